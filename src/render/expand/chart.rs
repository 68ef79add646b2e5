//! Which chart a Flux object means, and where its files are.

use std::sync::Arc;

use crate::helm;
use crate::helm::repository::{ChartReference, LoadedChart, RepositoryError};
use crate::helm::values::Table;
use crate::helm::values::read::documents;
use crate::source::{EntryKind, Recorded, TreePath};
use crate::yaml::{Node, Origin};

use super::artifact;
use super::context::{Context, Halt};
use super::error::Problem;
use super::fields::{Text, find, flag, namespace, require, text, texts};
use super::objects::Key;
use super::repository::{Repository, kind};

/// The group of Flux's sources.
const SOURCES: &str = "source.toolkit.fluxcd.io";

/// Reads the chart of a `HelmRelease`: of `spec.chart` or `spec.chartRef`.
pub(super) fn of_release(context: &Context<'_>, release: &Node) -> Result<Arc<LoadedChart>, Halt> {
    let own = namespace(release);
    if let Some(reference) = find(release, &["spec", "chartRef"]) {
        return of_reference(context, reference, own);
    }
    let Some(spec) = find(release, &["spec", "chart", "spec"]) else {
        return Err(Problem::MissingField {
            field: "spec.chart.spec".to_owned(),
            at: release.origin,
        }
        .into());
    };
    of_spec(context, spec, own)
}

/// Reads the chart of a `chartRef`.
fn of_reference(
    context: &Context<'_>,
    reference: &Node,
    own: &str,
) -> Result<Arc<LoadedChart>, Halt> {
    let kind = require(reference, &["kind"])?;
    match kind.text {
        "HelmChart" => {
            let source = source(context, reference, own)?;
            let Some(spec) = find(source, &["spec"]) else {
                return Err(missing("spec", source.origin).into());
            };
            of_spec(context, spec, namespace(source))
        }
        "OCIRepository" => {
            let source = source(context, reference, own)?;
            let url = require(source, &["spec", "url"])?;
            if let Some(repository) = context.repositories.find(url.text) {
                return Ok(in_tree(
                    context,
                    repository,
                    ".",
                    &ValuesFiles::none(),
                    url.at,
                )?);
            }
            let of = |field| text(source, &["spec", "ref", field]);
            let address = match of("digest")? {
                Some(digest) => format!("{}@{}", url.text, digest.text),
                None => url.text.to_owned(),
            };
            let version = match of("semver")? {
                Some(version) => Some(version),
                None => of("tag")?,
            };
            let chart = ChartReference::of_address(&address, version.map(|text| text.text));
            let chart = chart
                .map_err(|error| of_repository(error, url.at))?
                .ok_or_else(|| unsupported("it is no address of a registry".to_owned(), url.at))?;
            Ok(fetched(
                context,
                chart,
                source,
                &ValuesFiles::none(),
                url.at,
            )?)
        }
        "ExternalArtifact" => {
            let repository = repository(context, reference, own)?;
            let files = ValuesFiles::none();
            Ok(in_tree(
                context,
                &repository,
                ".",
                &files,
                reference.origin,
            )?)
        }
        other => Err(unsupported(
            format!("a chart of a {other} is known to the cluster alone"),
            kind.at,
        )
        .into()),
    }
}

/// Reads the chart of the `spec` of a `HelmChart`, or of what makes one.
fn of_spec(context: &Context<'_>, spec: &Node, own: &str) -> Result<Arc<LoadedChart>, Halt> {
    let chart = require(spec, &["chart"])?;
    let Some(reference) = find(spec, &["sourceRef"]) else {
        return Err(missing("sourceRef", spec.origin).into());
    };
    let kind = require(reference, &["kind"])?;
    let files = ValuesFiles {
        files: texts(spec, &["valuesFiles"])?,
        is_missing_ignored: flag(spec, &["ignoreMissingValuesFiles"])?,
    };
    match kind.text {
        "HelmRepository" => {
            let source = source(context, reference, own)?;
            let url = require(source, &["spec", "url"])?;
            let version = text(spec, &["version"])?.map(|version| version.text);
            // `*` is what a missing version becomes in the cluster.
            let version = version.filter(|version| *version != "*");
            let found = ChartReference::of_repository(url.text, chart.text, version);
            let found = found.map_err(|error| of_repository(error, url.at))?;
            Ok(fetched(context, found, source, &files, chart.at)?)
        }
        "GitRepository" | "Bucket" => {
            let repository = repository(context, reference, own)?;
            Ok(in_tree(context, &repository, chart.text, &files, chart.at)?)
        }
        other => Err(unsupported(format!("`{other}` is no source of charts"), kind.at).into()),
    }
}

/// Returns a chart from elsewhere, if the cache has it or it may be fetched.
pub(super) fn fetched(
    context: &Context<'_>,
    mut chart: ChartReference,
    source: &Node,
    files: &ValuesFiles<'_>,
    at: Origin,
) -> Result<Arc<LoadedChart>, Problem> {
    if flag(source, &["spec", "insecure"])? {
        chart = chart.over_plain_http();
    }
    let loaded = context.builder.charts().load(&chart);
    let loaded = loaded.map_err(|error| of_repository(error, at))?;
    if files.files.is_empty() {
        return Ok(loaded);
    }
    let chart = &loaded.chart;
    let mut values = Table::new();
    let mut values_file = chart.values_file;
    for file in &files.files {
        let path = TreePath::new(file.text).map_err(|_| Problem::Escapes {
            path: file.text.to_owned(),
            at: file.at,
        })?;
        let found = chart.files.iter().find(|known| known.name == path.as_str());
        let more = match found {
            Some(found) => {
                values_file = found.id;
                documents(data_of(found)?, found.id).map_err(Problem::Values)?
            }
            None if path.as_str() == "values.yaml" => chart.values.clone(),
            None if files.is_missing_ignored => continue,
            None => {
                return Err(Problem::Missing {
                    path: file.text.to_owned(),
                    at: file.at,
                });
            }
        };
        values = values.overlaid(&more);
    }
    Ok(Arc::new(LoadedChart {
        chart: chart.with_values(values, values_file),
        reads: loaded.reads.clone(),
    }))
}

fn of_repository(error: RepositoryError, at: Origin) -> Problem {
    Problem::Chart {
        error: Box::new(error),
        at,
    }
}

/// Returns the repository that a reference to a `GitRepository`, `OCIRepository` or `Bucket` names.
pub(super) fn repository(
    context: &Context<'_>,
    reference: &Node,
    own: &str,
) -> Result<Repository, Halt> {
    let name = require(reference, &["name"])?;
    if require(reference, &["kind"])?.text == "ExternalArtifact" {
        let namespace = text(reference, &["namespace"])?;
        return artifact::repository(context, name, namespace.map_or(own, |text| text.text));
    }
    let source = match source(context, reference, own) {
        // What bootstraps Flux names the repository itself so; often it is not among what is rendered.
        Err(halt) if name.text == "flux-system" => match halt {
            Halt::Failed(problem) if matches!(*problem, Problem::NoObject { .. }) => {
                return Ok(Repository::whole_tree());
            }
            halt => return Err(halt),
        },
        source => source?,
    };
    let field = if require(reference, &["kind"])?.text == "Bucket" {
        "bucketName"
    } else {
        "url"
    };
    let url = require(source, &["spec", field])?;
    Ok(context.repositories.require(url.text, url.at)?.clone())
}

/// Returns the source that a reference names.
fn source<'c>(context: &'c Context<'_>, reference: &Node, own: &str) -> Result<&'c Node, Halt> {
    let kind = require(reference, &["kind"])?;
    let name = require(reference, &["name"])?;
    let namespace = text(reference, &["namespace"])?;
    let namespace = namespace.map_or(own, |namespace| namespace.text);
    let key = Key::new(SOURCES, kind.text, namespace, name.text);
    match context.objects.require(&key, name.at) {
        Ok(node) => Ok(node),
        Err(_) if context.patience < super::context::Patience::Over => Err(Halt::Later),
        Err(problem) => Err(problem.into()),
    }
}

/// The files that take the place of a chart's own values.
pub(super) struct ValuesFiles<'f> {
    files: Vec<Text<'f>>,
    is_missing_ignored: bool,
}

impl ValuesFiles<'_> {
    pub(super) fn none() -> Self {
        Self {
            files: Vec::new(),
            is_missing_ignored: false,
        }
    }
}

/// Reads a chart that is a folder or file of a repository in the tree.
pub(super) fn in_tree(
    context: &Context<'_>,
    repository: &Repository,
    path: &str,
    files: &ValuesFiles<'_>,
    at: Origin,
) -> Result<Arc<LoadedChart>, Problem> {
    let joined = repository.join(path, at)?;
    if kind(context.tree, &joined, at)?.is_none() {
        return Err(Problem::Missing {
            path: path.to_owned(),
            at,
        });
    }
    let place = repository.resolve(context.tree, &joined, at)?;
    let of_helm = |error: helm::Error| Problem::Helm {
        error: Box::new(error),
        at,
    };
    let loaded = context.builder.chart(&place).map_err(of_helm)?;
    if files.files.is_empty() {
        return Ok(loaded);
    }
    let recorded = Recorded::new(context.tree);
    let mut values = Table::new();
    let mut values_file = loaded.chart.values_file;
    for file in &files.files {
        let path = repository.join(file.text, file.at)?;
        if kind(&recorded, &path, file.at)? != Some(EntryKind::File) {
            if files.is_missing_ignored {
                continue;
            }
            return Err(Problem::Missing {
                path: file.text.to_owned(),
                at: file.at,
            });
        }
        let more = self::values_file(&recorded, repository, &path, file.at)?;
        values = values.overlaid(&more);
        values_file = context.tree.file_id(&path);
    }
    let mut reads = recorded.into_log();
    reads.extend(&loaded.reads);
    Ok(Arc::new(LoadedChart {
        chart: loaded.chart.with_values(values, values_file),
        reads,
    }))
}

/// Reads a values file of a repository.
pub(super) fn values_file(
    tree: &dyn crate::source::Tree,
    repository: &Repository,
    path: &TreePath,
    at: Origin,
) -> Result<Table, Problem> {
    let real = repository.resolve(tree, path, at)?;
    let content = tree
        .read(&real)
        .map_err(|error| Problem::Source { error, at })?;
    documents(&content, tree.file_id(path)).map_err(Problem::Values)
}

pub(super) fn missing(field: &str, at: Origin) -> Problem {
    Problem::MissingField {
        field: field.to_owned(),
        at,
    }
}

pub(super) fn unsupported(what: String, at: Origin) -> Problem {
    Problem::Unsupported {
        what,
        hint: None,
        at,
    }
}

/// The content of a file of a chart.
pub(super) fn data_of(file: &helm::chart::File) -> Result<&Arc<[u8]>, Problem> {
    file.data().map_err(|error| Problem::Source {
        error,
        at: Origin::file(file.id),
    })
}
