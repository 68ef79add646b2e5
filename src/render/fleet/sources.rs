//! Sources: what a component is built from.

use crate::yaml::{Node, Origin};

use super::components::DeclaredSource;
use super::decode::{Fields, text, wrong_type};
use super::error::FleetError;
use super::file::dns_label;

/// A chart with its release and values.
#[derive(Clone, Debug)]
pub struct HelmSource {
    /// Which chart.
    pub chart: ChartSource,
    /// The release's name.
    pub release: String,
    /// The release's namespace; empty where the file names none.
    pub namespace: String,
    /// The values.
    pub values: ValuesSource,
    /// Whether the chart's `crds/` are rendered.
    pub include_crds: bool,
    /// Whether test hooks are rendered.
    pub include_tests: bool,
    /// Whether all other hooks are rendered.
    pub include_hooks: bool,
    /// API versions that the chart finds, beside those of Kubernetes.
    pub api_versions: Vec<String>,
    /// Patches over what the chart renders, as in a kustomization.
    pub patches: Option<Node>,
    /// What declares it.
    pub at: Origin,
}

/// Which chart is rendered.
#[derive(Clone, Debug)]
pub struct ChartSource {
    /// The chart's folder or archive, from the fleet's folder; or its name in a repository.
    pub name: String,
    /// The repository, an address of HTTP or `oci://`; none for a folder or archive.
    pub repository: Option<String>,
    /// The version, or a range of versions, for a repository.
    pub version: Option<String>,
    /// Whether the registry is reached without encryption.
    pub plain_http: bool,
    /// The line that names the chart.
    pub at: Origin,
}

/// Templates with their values.
#[derive(Clone, Debug)]
pub struct TeraSource {
    /// The file, or the folder of files, from the fleet's folder.
    pub path: String,
    /// The values.
    pub values: ValuesSource,
    /// Patches over what the templates render, as in a kustomization.
    pub patches: Option<Node>,
    /// What declares it.
    pub at: Origin,
}

/// Values of files and in place.
#[derive(Clone, Debug, Default)]
pub struct ValuesSource {
    /// The files, from the fleet's folder; later ones over earlier ones. Each with the line that names it.
    pub files: Vec<(String, Origin)>,
    /// A mapping that goes over the files.
    pub inline: Option<Node>,
}

/// Reads a source.
pub(super) fn source(node: &Node) -> Result<DeclaredSource, FleetError> {
    let mut fields = Fields::of(node, "a source")?;
    let name = match fields.take("name") {
        Some(node) => Some(dns_label(node, "name")?),
        None => None,
    };
    let kustomize = fields.take("kustomize");
    let helm = fields.take("helm");
    let tera = fields.take("tera");
    let manifests = fields.take("manifests");
    let at = fields.origin();
    fields.finish()?;
    match (kustomize, helm, tera, manifests) {
        (None, None, None, Some(node)) => Ok(DeclaredSource::Manifests {
            path: text(node, "manifests")?,
            name,
            at: node.origin,
        }),
        (Some(node), None, None, None) => Ok(DeclaredSource::Kustomize {
            glob: text(node, "kustomize")?,
            name,
            at: node.origin,
        }),
        (None, Some(node), None, None) => {
            let source = helm_source(node)?;
            Ok(DeclaredSource::Helm {
                name: name.unwrap_or_else(|| source.release.clone()),
                source,
            })
        }
        (None, None, Some(node), None) => {
            let source = tera_source(node)?;
            Ok(DeclaredSource::Tera { name, source })
        }
        _ => Err(FleetError::OneOf {
            record: "a source".to_owned(),
            fields: "`kustomize`, `helm`, `tera` and `manifests`",
            at,
        }),
    }
}

fn helm_source(node: &Node) -> Result<HelmSource, FleetError> {
    let mut fields = Fields::of(node, "`helm`")?;
    let chart = fields.require("chart")?;
    let source = HelmSource {
        chart: ChartSource {
            name: text(chart, "chart")?,
            repository: fields.take_text("repo")?,
            version: fields.take_text("version")?,
            plain_http: fields.take_bool("plainHTTP")?.unwrap_or(false),
            at: chart.origin,
        },
        release: fields.require_text("release")?,
        namespace: fields.take_text("namespace")?.unwrap_or_default(),
        values: values(&mut fields)?,
        include_crds: fields.take_bool("includeCRDs")?.unwrap_or(true),
        include_tests: !fields.take_bool("skipTests")?.unwrap_or(true),
        include_hooks: !fields.take_bool("skipHooks")?.unwrap_or(false),
        api_versions: fields
            .take_texts("apiVersions")?
            .into_iter()
            .map(|(version, _)| version)
            .collect(),
        patches: patches(&mut fields)?,
        at: node.origin,
    };
    fields.finish()?;
    Ok(source)
}

fn tera_source(node: &Node) -> Result<TeraSource, FleetError> {
    let mut fields = Fields::of(node, "`tera`")?;
    let source = TeraSource {
        path: fields.require_text("path")?,
        values: values(&mut fields)?,
        patches: patches(&mut fields)?,
        at: node.origin,
    };
    fields.finish()?;
    Ok(source)
}

fn values(fields: &mut Fields<'_>) -> Result<ValuesSource, FleetError> {
    let files = fields.take_texts("values")?;
    let inline = fields.take("valuesInline").cloned();
    if let Some(inline) = &inline
        && inline.as_mapping().is_none()
    {
        return Err(wrong_type(inline, "valuesInline", "a mapping"));
    }
    Ok(ValuesSource { files, inline })
}

fn patches(fields: &mut Fields<'_>) -> Result<Option<Node>, FleetError> {
    let patches = fields.take("patches").cloned();
    if let Some(patches) = &patches
        && patches.as_sequence().is_none()
    {
        return Err(wrong_type(patches, "patches", "a list"));
    }
    Ok(patches)
}
