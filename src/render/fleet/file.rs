//! `lockgate.yaml`, read strictly.

use crate::source::{Tree, TreePath};
use crate::yaml::{FileId, Limits, Node, Origin, parse};

use super::components::expand;
use super::decode::{Fields, text, wrong_type};
use super::error::{FleetError, FleetErrors, nearest};
use super::{
    DEFAULT_KUBERNETES, Environment, Fleet, PolicyAction, PolicyPlace, PolicySource, PruneLimit,
    Review, SyncOptions, Target, order, sources,
};

const API_VERSION: &str = "lockgate.dev/v1alpha1";

/// Reads a fleet file and expands its globs.
pub(super) fn load(tree: &dyn Tree, path: &TreePath) -> Result<Fleet, FleetErrors> {
    let file = tree.file_id(path);
    let content = tree.read(path).map_err(FleetError::from)?;
    let documents = parse(&content, file, &Limits::default()).map_err(FleetError::from)?;
    let [document] = documents.as_slice() else {
        return Err(FleetError::Documents {
            count: documents.len(),
            at: Origin::at(file, 1, 1),
        }
        .into());
    };
    fleet(document, file, tree)
}

fn fleet(document: &Node, file: FileId, tree: &dyn Tree) -> Result<Fleet, FleetErrors> {
    let mut fields = Fields::of(document, "the fleet file")?;
    constant(&mut fields, "apiVersion", API_VERSION)?;
    constant(&mut fields, "kind", "Fleet")?;
    let mut metadata = Fields::of(fields.require("metadata")?, "`metadata`")?;
    let name = metadata.require_text("name")?;
    metadata.finish()?;
    let mut spec = Fields::of(fields.require("spec")?, "`spec`")?;
    fields.finish()?;

    let kubernetes = kubernetes(&mut spec)?.unwrap_or_default();
    let sync = sync_options(&mut spec, SyncOptions::default())?;
    let review = review(&mut spec)?;
    let expand = super::expand::settings(&mut spec, tree)?;
    let declared = spec.take_list("environments")?;
    let declared_policies = spec.take_list("policies")?;
    let at = spec.origin();
    spec.finish()?;
    if declared.is_empty() {
        return Err(FleetError::MissingField {
            field: "environments",
            record: "`spec`".to_owned(),
            at,
        }
        .into());
    }

    let mut errors = Vec::new();
    let mut environments: Vec<Environment> = Vec::with_capacity(declared.len());
    let mut places: Vec<Vec<Origin>> = Vec::with_capacity(declared.len());
    for node in declared {
        match environment(node, &kubernetes, sync, tree) {
            Ok((environment, after)) => {
                environments.push(environment);
                places.push(after);
            }
            Err(FleetErrors(more)) => errors.extend(more),
        }
    }
    let mut policy_sources = Vec::new();
    for node in declared_policies {
        match policies(node, tree) {
            Ok(sources) => policy_sources.extend(sources),
            Err(error) => errors.push(error),
        }
    }
    // Where an environment could not be read, the order would blame those that name it.
    if errors.is_empty() {
        errors = order::check(&environments, &places);
    }
    if !errors.is_empty() {
        return Err(FleetErrors(errors));
    }
    Ok(Fleet {
        name,
        file: Some(file),
        environments,
        policies: policy_sources,
        review,
        expand,
    })
}

fn constant(
    fields: &mut Fields<'_>,
    field: &'static str,
    wanted: &'static str,
) -> Result<(), FleetError> {
    let node = fields.require(field)?;
    let value = text(node, field)?;
    if value == wanted {
        return Ok(());
    }
    Err(FleetError::BadValue {
        field: field.to_owned(),
        value,
        wanted: "what this version of Lockgate reads",
        nearest: Some(wanted.to_owned()),
        at: node.origin,
    })
}

/// Reads an environment, and where it says what it comes after.
fn environment(
    node: &Node,
    kubernetes_of_fleet: &Version,
    sync_of_fleet: SyncOptions,
    tree: &dyn Tree,
) -> Result<(Environment, Vec<Origin>), FleetErrors> {
    let mut fields = Fields::of(node, "an environment")?;
    let name_node = fields.require("name")?;
    let name = dns_label(name_node, "name")?;
    let kubernetes = kubernetes(&mut fields)?.unwrap_or_else(|| kubernetes_of_fleet.clone());
    let after = fields.take_texts("after")?;
    let declared_sources = fields.take_list("sources")?;
    let target = fields.take("target").map(target).transpose()?;
    let sync = sync_options(&mut fields, sync_of_fleet)?;
    let at = fields.origin();
    fields.finish()?;
    if declared_sources.is_empty() {
        return Err(FleetError::MissingField {
            field: "sources",
            record: format!("environment `{name}`"),
            at,
        }
        .into());
    }
    let mut errors = Vec::new();
    let mut declared = Vec::with_capacity(declared_sources.len());
    for node in declared_sources {
        match sources::source(node) {
            Ok(source) => declared.push(source),
            Err(error) => errors.push(error),
        }
    }
    let components = match expand(declared, &name, tree) {
        Ok(components) => components,
        Err(more) => {
            errors.extend(more);
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return Err(FleetErrors(errors));
    }
    let environment = Environment {
        name,
        origin: name_node.origin,
        kubernetes: kubernetes.number,
        kubernetes_at: kubernetes.at,
        after: after.iter().map(|(name, _)| name.clone()).collect(),
        components,
        target,
        sync,
    };
    Ok((environment, after.into_iter().map(|(_, at)| at).collect()))
}

fn target(node: &Node) -> Result<Target, FleetError> {
    let mut fields = Fields::of(node, "`target`")?;
    let directory = fields.take("directory");
    let cluster = fields.take("cluster");
    let branch = fields.take("branch");
    let origin = fields.origin();
    fields.finish()?;
    match (directory, cluster, branch) {
        (Some(node), None, None) => Ok(Target::Directory {
            path: text(node, "directory")?,
            origin: node.origin,
        }),
        (None, Some(node), None) => {
            let mut fields = Fields::of(node, "`cluster`")?;
            let target = Target::Cluster {
                context: fields.require_text("context")?,
                kubeconfig: fields.take_text("kubeconfig")?,
                namespace: fields
                    .take("namespace")
                    .map(|node| dns_label(node, "namespace"))
                    .transpose()?,
                origin: node.origin,
            };
            fields.finish()?;
            Ok(target)
        }
        (None, None, Some(node)) => Ok(Target::Branch {
            name: text(node, "branch")?,
            origin: node.origin,
        }),
        _ => Err(FleetError::OneOf {
            record: "`target`".to_owned(),
            fields: "`directory`, `cluster` and `branch`",
            at: origin,
        }),
    }
}

/// Reads an entry of `policies`: a path, or names of the pack.
fn policies(node: &Node, tree: &dyn Tree) -> Result<Vec<PolicySource>, FleetError> {
    let mut fields = Fields::of(node, "a policy source")?;
    let path = fields.take("path");
    let names = fields.take("pack");
    let action = fields.take("action").map(action).transpose()?;
    let at = fields.origin();
    fields.finish()?;
    let places = match (path, names) {
        (Some(node), None) => vec![(policy_path(node, tree)?, node.origin)],
        (None, Some(node)) => pack_names(node)?,
        _ => {
            return Err(FleetError::OneOf {
                record: "a policy source".to_owned(),
                fields: "`path` and `pack`",
                at,
            });
        }
    };
    Ok(places
        .into_iter()
        .map(|(place, origin)| PolicySource {
            place,
            action: action.unwrap_or_default(),
            origin,
        })
        .collect())
}

fn policy_path(node: &Node, tree: &dyn Tree) -> Result<PolicyPlace, FleetError> {
    let written = text(node, "path")?;
    let at = node.origin;
    let path = TreePath::new(&written).map_err(|_| FleetError::Escapes {
        path: written.clone(),
        at,
    })?;
    if tree.kind(&path)?.is_none() {
        return Err(FleetError::Missing {
            nearest: super::components::nearest_entry(tree, &path),
            path: written,
            at,
        });
    }
    Ok(PolicyPlace::Path(path))
}

/// Reads a name of the pack or a list of them; whether the pack has them is for `policy` to say.
fn pack_names(node: &Node) -> Result<Vec<(PolicyPlace, Origin)>, FleetError> {
    let one = std::slice::from_ref(node);
    node.as_sequence()
        .unwrap_or(one)
        .iter()
        .map(|name| Ok((PolicyPlace::Pack(text(name, "pack")?), name.origin)))
        .collect()
}

fn action(node: &Node) -> Result<PolicyAction, FleetError> {
    match text(node, "action")?.as_str() {
        "deny" => Ok(PolicyAction::Deny),
        "warn" => Ok(PolicyAction::Warn),
        "audit" => Ok(PolicyAction::Audit),
        other => Err(FleetError::BadValue {
            field: "action".to_owned(),
            value: other.to_owned(),
            wanted: "`deny`, `warn` or `audit`",
            nearest: nearest(other, ["deny", "warn", "audit"]),
            at: node.origin,
        }),
    }
}

fn review(spec: &mut Fields<'_>) -> Result<Option<Review>, FleetError> {
    let Some(node) = spec.take("review") else {
        return Ok(None);
    };
    let mut fields = Fields::of(node, "`review`")?;
    let branch = fields
        .take_text("branch")?
        .unwrap_or_else(|| "main".to_owned());
    let approvals = match fields.take("approvals") {
        None => 1,
        Some(node) => node
            .text()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| wrong_type(node, "approvals", "a number from 0 up"))?,
    };
    fields.finish()?;
    Ok(Some(Review { branch, approvals }))
}

fn sync_options(fields: &mut Fields<'_>, default: SyncOptions) -> Result<SyncOptions, FleetError> {
    let Some(node) = fields.take("sync") else {
        return Ok(default);
    };
    let mut fields = Fields::of(node, "`sync`")?;
    let prune = fields.take_bool("prune")?.unwrap_or(default.prune);
    let prune_limit = match fields.take("pruneLimit") {
        None => default.prune_limit,
        Some(node) => Some(prune_limit(node)?),
    };
    fields.finish()?;
    Ok(SyncOptions { prune, prune_limit })
}

/// Reads `25%` or `10`.
fn prune_limit(node: &Node) -> Result<PruneLimit, FleetError> {
    let Some(text) = node.text() else {
        return Err(wrong_type(node, "pruneLimit", "a number or a percentage"));
    };
    text.parse().map_err(|_| FleetError::BadValue {
        field: "pruneLimit".to_owned(),
        value: text.to_owned(),
        wanted: "a number of objects or a percentage from `0%` to `100%`",
        nearest: None,
        at: node.origin,
    })
}

/// A Kubernetes version, and the line that says so.
#[derive(Clone)]
struct Version {
    number: String,
    at: Option<Origin>,
}

impl Default for Version {
    fn default() -> Self {
        Self {
            number: DEFAULT_KUBERNETES.to_owned(),
            at: None,
        }
    }
}

/// Reads a Kubernetes version as `1.36`; `v1.36.3` is taken for it.
fn kubernetes(fields: &mut Fields<'_>) -> Result<Option<Version>, FleetError> {
    let Some(node) = fields.take("kubernetes") else {
        return Ok(None);
    };
    let value = text(node, "kubernetes")?;
    let mut numbers = value.trim_start_matches('v').split('.');
    let is_number = |part: &&str| {
        !part.is_empty() && part.len() < 5 && part.bytes().all(|b| b.is_ascii_digit())
    };
    let major = numbers.next().filter(is_number);
    let minor = numbers.next().filter(is_number);
    let patch_is_number = numbers.next().is_none_or(|patch| is_number(&patch));
    match (major, minor, numbers.next()) {
        (Some(major), Some(minor), None) if patch_is_number => Ok(Some(Version {
            number: format!("{major}.{minor}"),
            at: Some(node.origin),
        })),
        _ => Err(FleetError::BadValue {
            field: "kubernetes".to_owned(),
            value,
            wanted: "a version as `1.36`",
            nearest: None,
            at: node.origin,
        }),
    }
}

/// Reads a name that can be a file's and a label's.
pub(super) fn dns_label(node: &Node, field: &'static str) -> Result<String, FleetError> {
    let name = text(node, field)?;
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    let ends_are_plain =
        bytes.first().copied().is_some_and(is_plain) && bytes.last().copied().is_some_and(is_plain);
    if ends_are_plain && bytes.len() <= 63 && bytes.iter().all(|b| is_plain(*b) || *b == b'-') {
        return Ok(name);
    }
    Err(FleetError::BadValue {
        field: field.to_owned(),
        value: name,
        wanted: "a name of at most 63 lower case letters, digits and `-`",
        nearest: None,
        at: node.origin,
    })
}
