//! Sources with a chart.

use std::sync::Arc;

use crate::helm::repository::{ChartReference, LoadedChart};
use crate::helm::values::Table;
use crate::helm::values::flags::{Dialect, FlagError, assign};
use crate::helm::values::read::{documents, value};
use crate::helm::{Hooks, Schemas, Show};
use crate::kustomize::Built;
use crate::source::{EntryKind, Recorded, Tree, TreePath};
use crate::yaml::{Node, Origin};

use super::super::chart::{data_of, values_file};
use super::super::context::Release;
use super::super::error::Problem;
use super::super::fields::{Text, find, flag, list, mapping, name, text, texts};
use super::super::repository::{Repository, kind};
use super::super::values_from::Datum;
use super::Source;
use super::environment::Variables;

/// Where a chart is in the tree: the repository, and the chart's folder.
type Home<'h> = Option<(&'h Repository, &'h TreePath)>;

/// Returns the chart of a repository of charts, which without a scheme is a registry.
pub(super) fn fetched(
    from: &Source<'_>,
    url: Text<'_>,
    chart: Text<'_>,
) -> Result<Arc<LoadedChart>, Problem> {
    let of_repository = |error| Problem::Chart {
        error: Box::new(error),
        at: chart.at,
    };
    let version = text(from.node, &["targetRevision"])?.map(|version| version.text);
    let repository = if url.text.contains("://") {
        url.text.to_owned()
    } else {
        format!("oci://{}", url.text)
    };
    let reference = ChartReference::of_repository(&repository, chart.text, version);
    let reference = reference.map_err(of_repository)?;
    let loaded = from.context.builder.charts().load(&reference);
    loaded.map_err(of_repository)
}

/// Renders a chart.
pub(super) fn build(
    from: &Source<'_>,
    source: &Node,
    loaded: &LoadedChart,
    home: Home<'_>,
    variables: &Variables,
    at: Origin,
) -> Result<Built, Problem> {
    let recorded = Recorded::new(from.context.tree);
    let values = Values {
        from,
        source,
        loaded,
        home,
        variables,
        tree: &recorded,
    };
    let values = values.all()?;
    let release = Release {
        values,
        at,
        ..release(from, source)?
    };
    let mut reads = recorded.into_log();
    reads.extend(&loaded.reads);
    from.context.render(&loaded.chart, release, reads)
}

/// What a source says of the release, without its values.
fn release<'s>(from: &'s Source<'_>, source: &'s Node) -> Result<Release<'s>, Problem> {
    let own = text(source, &["helm", "releaseName"])?;
    let namespace = text(source, &["helm", "namespace"])?.or(from.destination);
    Ok(Release {
        name: own
            .map_or(name(from.application), |name| name.text)
            .to_owned(),
        namespace: namespace.map_or("", |namespace| namespace.text),
        values: Table::new(),
        kube_version: text(source, &["helm", "kubeVersion"])?,
        api_versions: texts(source, &["helm", "apiVersions"])?
            .into_iter()
            .map(|version| version.text.to_owned())
            .collect(),
        schemas: if flag(source, &["helm", "skipSchemaValidation"])? {
            Schemas::Skipped
        } else {
            Schemas::Checked
        },
        show: Show {
            crds: !flag(source, &["helm", "skipCrds"])?,
            hooks: if flag(source, &["helm", "skipTests"])? {
                Hooks::NoTests
            } else {
                Hooks::All
            },
        },
        step: super::STEP,
        at: from.at,
    })
}

/// Puts the values of a source together.
struct Values<'v> {
    from: &'v Source<'v>,
    source: &'v Node,
    loaded: &'v LoadedChart,
    home: Home<'v>,
    variables: &'v Variables,
    tree: &'v dyn Tree,
}

impl Values<'_> {
    /// Files, then `values` or `valuesObject`, then parameters: those that are typed, texts, files.
    fn all(&self) -> Result<Table, Problem> {
        let mut values = Table::new();
        let ignores_missing = flag(self.source, &["helm", "ignoreMissingValueFiles"])?;
        for file in texts(self.source, &["helm", "valueFiles"])? {
            let found = match self.place(file)? {
                Place::InTree(repository, path) => match kind(self.tree, &path, file.at)? {
                    Some(EntryKind::File) => {
                        Some(values_file(self.tree, repository, &path, file.at)?)
                    }
                    _ => None,
                },
                Place::InChart(path) => self.file_of_chart(&path)?,
            };
            match found {
                Some(found) => values = values.overlaid(&found),
                None if ignores_missing => {}
                None => {
                    return Err(Problem::Missing {
                        path: file.text.to_owned(),
                        at: file.at,
                    });
                }
            }
        }
        values = values.overlaid(&self.inline()?);
        for is_text in [false, true] {
            for parameter in list(self.source, &["helm", "parameters"])? {
                if flag(parameter, &["forceString"])? == is_text {
                    values = self.with_parameter(&values, parameter, is_text)?;
                }
            }
        }
        for parameter in list(self.source, &["helm", "fileParameters"])? {
            values = self.with_file(&values, parameter)?;
        }
        Ok(values)
    }

    /// The values of a file that a chart from elsewhere has.
    fn file_of_chart(&self, path: &TreePath) -> Result<Option<Table>, Problem> {
        let chart = &self.loaded.chart;
        let file = chart.files.iter().find(|file| file.name == path.as_str());
        match file {
            Some(file) => documents(data_of(file)?, file.id)
                .map(Some)
                .map_err(Problem::Values),
            None if path.as_str() == "values.yaml" => Ok(Some(chart.values.clone())),
            None => Ok(None),
        }
    }

    fn inline(&self) -> Result<Table, Problem> {
        if let Some(object) = mapping(self.source, &["helm", "valuesObject"])? {
            let values = value(object).map_err(Problem::Values)?;
            return Ok(values.as_table().cloned().unwrap_or_default());
        }
        match find(self.source, &["helm", "values"]) {
            Some(values) if text(self.source, &["helm", "values"])?.is_some() => {
                Datum::of(values).table().map_err(Problem::Values)
            }
            _ => Ok(Table::new()),
        }
    }

    fn with_parameter(
        &self,
        values: &Table,
        parameter: &Node,
        is_text: bool,
    ) -> Result<Table, Problem> {
        let Some(name) = text(parameter, &["name"])? else {
            return Ok(values.clone());
        };
        let value = text(parameter, &["value"])?.unwrap_or(Text {
            text: "",
            at: name.at,
        });
        let expanded = self.variables.expand(value.text, value.at)?;
        let dialect = if is_text {
            Dialect::Text
        } else {
            Dialect::Typed
        };
        let flag = format!("{}={}", name.text, without_commas(&expanded));
        assign(values, &flag, dialect, value.at).map_err(|error| failed(name, error))
    }

    fn with_file(&self, values: &Table, parameter: &Node) -> Result<Table, Problem> {
        let (Some(name), Some(path)) = (text(parameter, &["name"])?, text(parameter, &["path"])?)
        else {
            return Ok(values.clone());
        };
        let missing = || Problem::Missing {
            path: path.text.to_owned(),
            at: path.at,
        };
        let (content, file) = match self.place(path)? {
            Place::InTree(repository, place) => {
                if kind(self.tree, &place, path.at)? != Some(EntryKind::File) {
                    return Err(missing());
                }
                let real = repository.resolve(self.tree, &place, path.at)?;
                let content = self
                    .tree
                    .read(&real)
                    .map_err(|error| Problem::Source { error, at: path.at })?;
                (content, self.tree.file_id(&place))
            }
            Place::InChart(place) => {
                let files = &self.loaded.chart.files;
                let file = files.iter().find(|file| file.name == place.as_str());
                let file = file.ok_or_else(missing)?;
                (Arc::clone(data_of(file)?), file.id)
            }
        };
        let read = |_: &str| Ok(content.to_vec());
        assign(
            values,
            &format!("{}=file", name.text),
            Dialect::File(&read),
            Origin::file(file),
        )
        .map_err(|error| failed(name, error))
    }

    /// Where a file is that the source names: from the chart's folder, or with `/` from the root of the repository, or
    /// with `$REF/` from that of another.
    fn place(&self, file: Text<'_>) -> Result<Place<'_>, Problem> {
        if let Some(behind) = file.text.strip_prefix('$') {
            let (reference, path) = behind.split_once('/').unwrap_or((behind, ""));
            if let Some(repository) = self.from.references.get(reference) {
                let path = self.variables.expand(path, file.at)?;
                let place = repository.join(&path, file.at)?;
                return Ok(Place::InTree(repository, place));
            }
        }
        let path = self.variables.expand(file.text, file.at)?;
        if path.contains("://") {
            return Err(Problem::Unsupported {
                what: format!("the file `{path}` is not in the tree"),
                hint: Some("put it into the tree"),
                at: file.at,
            });
        }
        if path.is_empty() && !file.text.is_empty() {
            let reference = file.text.split('/').next().unwrap_or_default();
            return Err(Problem::Unsupported {
                what: format!(
                    "no source of the Application has `ref: {}`",
                    reference.trim_start_matches('$')
                ),
                hint: None,
                at: file.at,
            });
        }
        let Some((repository, folder)) = self.home else {
            let place = TreePath::new(&path).map_err(|_| Problem::Escapes {
                path: path.into_owned(),
                at: file.at,
            })?;
            return Ok(Place::InChart(place));
        };
        let from = if path.starts_with('/') {
            TreePath::root()
        } else {
            repository.path_of(folder)
        };
        let place = repository.join_from(&from, &path, file.at)?;
        Ok(Place::InTree(repository, place))
    }
}

/// Where a file is.
enum Place<'p> {
    /// In the folder of a repository.
    InTree(&'p Repository, TreePath),
    /// In a chart from elsewhere.
    InChart(TreePath),
}

fn failed(name: Text<'_>, error: FlagError) -> Problem {
    Problem::Flag {
        path: name.text.to_owned(),
        error,
        at: name.at,
    }
}

/// Takes the meaning of commas away, unless the value is a list in braces.
fn without_commas(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut before = '\0';
    for character in value.chars() {
        if character == ',' && before != '\\' {
            out.push('\\');
        }
        out.push(character);
        before = character;
    }
    out
}
