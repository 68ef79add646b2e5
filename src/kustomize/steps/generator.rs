//! What configurations of plugins in `generators` make.

use super::super::Resource;
use super::super::file::decode::{Rules, decode, record};
use super::super::file::{GeneratorArgs, Metadata, Text, Warning};
use super::super::generate::{Generated, generate};
use super::plugin::{function, or, provenance};
use super::{BuildError, Target};
use crate::yaml::{Limits, Mapping, Node, Origin, parse};

record! {
    /// What a generator may lack and its metadata have.
    "the configuration of a generator"
    struct Named {
        /// Name and namespace.
        metadata: Metadata = "metadata",
    }
}

record! {
    /// What makes a service account for a cloud's own accounts.
    "the configuration of an IAMPolicyGenerator"
    struct IamPolicy {
        %embedded ["cloud", "kubernetesService", "serviceAccount"],
        /// The cloud: `gke`.
        cloud: Text = "cloud",
        /// The account in the cluster.
        kubernetes_service: IamAccount = "kubernetesService",
        /// The account in the cloud.
        service_account: IamAccount = "serviceAccount",
    }
}

record! {
    /// An account.
    "an account of an IAMPolicyGenerator"
    struct IamAccount {
        @origin,
        /// Its name.
        name: Text = "name",
        /// Its namespace in the cluster.
        namespace: Text = "namespace",
        /// Its project in the cloud.
        project_id: Text = "projectId",
    }
}

/// Makes what a plugin's configuration asks for. A function that is passed over is warned of.
pub(in super::super) fn generate_by_plugin(
    target: &Target<'_>,
    plugin: &Resource,
) -> Result<(Vec<Resource>, Option<Warning>), BuildError> {
    let at = plugin.node.origin;
    if let Some(function) = function(target, plugin)? {
        let mut resources = function.generate()?;
        for resource in &mut resources {
            resource.provenance = provenance(plugin);
        }
        return Ok((resources, function.warning()));
    }
    let mut resource = match plugin.kind() {
        "ConfigMapGenerator" => key_values(target, plugin, Generated::ConfigMap)?,
        "SecretGenerator" => key_values(target, plugin, Generated::Secret)?,
        "IAMPolicyGenerator" => iam_policy(plugin)?,
        kind => {
            return Err(BuildError::WrongPlugin {
                kind: kind.to_owned(),
                wanted: "generator",
                at,
            });
        }
    };
    resource.provenance = provenance(plugin);
    Ok((vec![resource], None))
}

fn key_values(
    target: &Target<'_>,
    plugin: &Resource,
    what: Generated,
) -> Result<Resource, BuildError> {
    let mut args: GeneratorArgs = decode(
        &plugin.node,
        "configuration of a generator",
        Rules::StrictPlugin,
    )?;
    let Named { metadata, .. } =
        decode(&plugin.node, "configuration of a generator", Rules::Plugin)?;
    if args.name.is_empty() {
        args.name = metadata.name;
    }
    if args.namespace.is_empty() {
        args.namespace = metadata.namespace;
    }
    generate(what, &args, None, &|path| target.files.content(path))
}

fn iam_policy(plugin: &Resource) -> Result<Resource, BuildError> {
    let config: IamPolicy = decode(
        &plugin.node,
        "configuration of a generator",
        Rules::StrictPlugin,
    )?;
    if &*config.cloud != "gke" {
        return Err(BuildError::UnknownCloud {
            found: config.cloud.to_string(),
            at: or(config.cloud.origin, plugin.node.origin),
        });
    }
    if config.service_account.name.is_empty() {
        let at = plugin.node.origin;
        return Err(BuildError::NoAccount { at });
    }
    let (inner, outer) = (&config.kubernetes_service, &config.service_account);
    let mut annotations = Mapping::default();
    let account = format!(
        "{}@{}.iam.gserviceaccount.com",
        &*outer.name, &*outer.project_id
    );
    annotations.insert(
        "iam.gke.io/gcp-service-account",
        plain(&account, outer.origin)?,
    );
    let mut metadata = Mapping::default();
    metadata.insert("annotations", Node::mapping(annotations, outer.origin));
    metadata.insert("name", plain(&inner.name, inner.name.origin)?);
    if !inner.namespace.is_empty() {
        let namespace = plain(&inner.namespace, inner.namespace.origin)?;
        metadata.insert("namespace", namespace);
    }
    let at = plugin.node.origin;
    let mut root = Mapping::default();
    root.insert("apiVersion", Node::string("v1", at));
    root.insert("kind", Node::string("ServiceAccount", at));
    root.insert("metadata", Node::mapping(metadata, inner.origin));
    Ok(Resource::new(Node::mapping(root, at)))
}

/// Returns what a text is to YAML where it stands without quotes: the reference tool writes it so.
fn plain(text: &str, at: Origin) -> Result<Node, BuildError> {
    let line = format!("v: {text}\n");
    let documents = parse(line.as_bytes(), at.file, &Limits::default())?;
    let value = documents.first().and_then(|document| document.get("v"));
    let mut value = value.cloned().unwrap_or_else(|| Node::null(at));
    value.origin = at;
    Ok(value)
}
