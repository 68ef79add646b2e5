//! Sources with a chart.

use crate::helm::values::Table;
use crate::helm::values::flags::{Dialect, FlagError, assign};
use crate::helm::values::read::value;
use crate::helm::{Hooks, Schemas, Show};
use crate::kustomize::Built;
use crate::source::{EntryKind, Recorded, Tree, TreePath};
use crate::yaml::{Node, Origin};

use super::super::chart::values_file;
use super::super::context::Release;
use super::super::error::Problem;
use super::super::fields::{Text, find, flag, list, mapping, name, text, texts};
use super::super::repository::{Repository, kind};
use super::super::values_from::Datum;
use super::Source;
use super::environment::Variables;

/// Renders the chart in a folder.
pub(super) fn build(
    from: &Source<'_>,
    source: &Node,
    repository: &Repository,
    folder: &TreePath,
    variables: &Variables,
    at: Origin,
) -> Result<Built, Problem> {
    let loaded = from.context.builder.chart(folder);
    let loaded = loaded.map_err(|error| Problem::Helm {
        error: Box::new(error),
        at,
    })?;
    let recorded = Recorded::new(from.context.tree);
    let values = Values {
        from,
        source,
        repository,
        folder,
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
    repository: &'v Repository,
    /// The folder of the chart.
    folder: &'v TreePath,
    variables: &'v Variables,
    tree: &'v dyn Tree,
}

impl Values<'_> {
    /// Files, then `values` or `valuesObject`, then parameters: those that are typed, texts, files.
    fn all(&self) -> Result<Table, Problem> {
        let mut values = Table::new();
        let ignores_missing = flag(self.source, &["helm", "ignoreMissingValueFiles"])?;
        for file in texts(self.source, &["helm", "valueFiles"])? {
            let (repository, path) = self.place(file)?;
            if kind(self.tree, &path, file.at)? != Some(EntryKind::File) {
                if ignores_missing {
                    continue;
                }
                return Err(Problem::Missing {
                    path: file.text.to_owned(),
                    at: file.at,
                });
            }
            values = values.overlaid(&values_file(self.tree, repository, &path, file.at)?);
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
        let (repository, place) = self.place(path)?;
        if kind(self.tree, &place, path.at)? != Some(EntryKind::File) {
            return Err(Problem::Missing {
                path: path.text.to_owned(),
                at: path.at,
            });
        }
        let real = repository.resolve(self.tree, &place, path.at)?;
        let read = |_: &str| {
            let content = self.tree.read(&real);
            content
                .map(|content| content.to_vec())
                .map_err(|error| error.to_string())
        };
        let at = Origin::file(self.tree.file_id(&place));
        assign(
            values,
            &format!("{}=file", name.text),
            Dialect::File(&read),
            at,
        )
        .map_err(|error| failed(name, error))
    }

    /// Where a file is that the source names: from the chart's folder, or with `/` from the root of the repository, or
    /// with `$REF/` from that of another.
    fn place(&self, file: Text<'_>) -> Result<(&Repository, TreePath), Problem> {
        if let Some(behind) = file.text.strip_prefix('$') {
            let (reference, path) = behind.split_once('/').unwrap_or((behind, ""));
            if let Some(repository) = self.from.references.get(reference) {
                let path = self.variables.expand(path, file.at)?;
                return Ok((repository, repository.join(&path, file.at)?));
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
        let from = if path.starts_with('/') {
            TreePath::root()
        } else {
            self.repository.path_of(self.folder)
        };
        let place = self.repository.join_from(&from, &path, file.at)?;
        Ok((self.repository, place))
    }
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
