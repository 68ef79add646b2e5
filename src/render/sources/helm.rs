//! Helm charts.

use crate::helm::repository::{ChartReference, RepositoryError};
use crate::helm::values::Table;
use crate::helm::values::read::{documents, value};
use crate::helm::{self, Capabilities, DocumentsError, Hooks, KubeVersion, Options, Show};
use crate::kustomize::{Builder, Made, warnings_of};
use crate::source::{Recorded, Tree};
use crate::yaml::DuplicateKeys;

use super::super::fleet::{ChartSource, HelmSource};
use super::SourceBuildError;
use super::values::{content, path};

/// Renders the chart of a source for a cluster of that Kubernetes version.
pub(super) fn made(
    source: &HelmSource,
    kubernetes: &str,
    builder: &Builder<'_>,
    tree: &dyn Tree,
) -> Result<Made, SourceBuildError> {
    let at = source.at;
    let of_chart = |error: helm::Error| SourceBuildError::Helm {
        error: Box::new(error),
        at: source.chart.at,
    };
    let reference = reference(&source.chart).map_err(|error| of_chart(error.into()))?;
    let loaded = match reference {
        Some(reference) => builder
            .charts()
            .load(&reference)
            .map_err(|error| of_chart(error.into()))?,
        None => builder
            .chart(&path(&source.chart.name, source.chart.at)?)
            .map_err(|error| SourceBuildError::Helm {
                error: Box::new(error),
                at,
            })?,
    };
    let recorded = Recorded::new(tree);
    let mut options = Options::new(source.release.clone());
    if !source.namespace.is_empty() {
        options.namespace.clone_from(&source.namespace);
    }
    options.values = values(source, &recorded)?;
    options.capabilities = capabilities(source, kubernetes)?;
    options.tracing = builder.options().tracing;
    options.randomness = builder.options().randomness.clone();
    let show = Show {
        crds: source.include_crds,
        hooks: match (source.include_hooks, source.include_tests) {
            (false, _) => Hooks::None,
            (true, false) => Hooks::NoTests,
            (true, true) => Hooks::All,
        },
    };
    let (rendered, documents) =
        helm::documents(&loaded.chart, &options, show, DuplicateKeys::LastCounts).map_err(
            |error| match error {
                DocumentsError::Chart(error) => SourceBuildError::Helm { error, at },
                DocumentsError::Document(error) => SourceBuildError::Rendered(error),
            },
        )?;
    let mut reads = recorded.into_log();
    reads.extend(&loaded.reads);
    Ok(Made {
        step: "helm",
        at,
        documents,
        reads,
        warnings: warnings_of(&rendered, at),
    })
}

/// Returns which chart is meant, where it is not one of the tree.
fn reference(chart: &ChartSource) -> Result<Option<ChartReference>, RepositoryError> {
    let version = chart.version.as_deref();
    let reference = match &chart.repository {
        Some(repository) => Some(ChartReference::of_repository(
            repository,
            &chart.name,
            version,
        )?),
        None => ChartReference::of_address(&chart.name, version)?,
    };
    Ok(match reference {
        Some(reference) if chart.plain_http => Some(reference.over_plain_http()),
        reference => reference,
    })
}

fn values(source: &HelmSource, tree: &dyn Tree) -> Result<Table, SourceBuildError> {
    let mut values = Table::new();
    for (name, at) in &source.values.files {
        let (file, content) = content(name, *at, tree)?;
        let more = documents(&content, file).map_err(SourceBuildError::HelmValues)?;
        values = values.overlaid(&more);
    }
    if let Some(inline) = &source.values.inline {
        let inline = value(inline).map_err(SourceBuildError::HelmValues)?;
        if let Some(table) = inline.as_table() {
            values = values.overlaid(table);
        }
    }
    Ok(values)
}

fn capabilities(source: &HelmSource, kubernetes: &str) -> Result<Capabilities, SourceBuildError> {
    let kube_version = KubeVersion::parse(&format!("{kubernetes}.0"));
    let mut capabilities = Capabilities {
        kube_version: kube_version.map_err(|_| SourceBuildError::KubeVersion {
            version: kubernetes.to_owned(),
            at: source.at,
        })?,
        ..Capabilities::default()
    };
    capabilities
        .api_versions
        .extend(source.api_versions.iter().cloned());
    Ok(capabilities)
}
