//! Argo CD's `Application`: its sources, rendered as its repo server would.
//!
//! [`expand`] is the way in; `helm`, `kustomize` and `directory` have the tools that a source can ask for, `overrides` the
//! files in a folder that change what an Application says, `environment` the variables that it may name.

mod directory;
mod environment;
mod helm;
mod kustomize;
mod overrides;

use rustc_hash::FxHashMap;

use crate::kustomize::{Built, ResId, Resource, Warning};
use crate::source::{EntryKind, TreePath};
use crate::yaml::{Node, Origin};

use super::context::{Context, Halt};
use super::error::Problem;
use super::fields::{Text, find, list, name, require, text};
use super::repository::{Repository, kind};

use environment::Variables;

/// What the step is called in a history.
const STEP: &str = "Application";

/// Renders the sources of an Application. `ancestors` are the folders that led to it.
pub(super) fn expand(
    context: &Context<'_>,
    application: &Node,
    ancestors: &[TreePath],
) -> Result<(Built, Vec<TreePath>), Halt> {
    let sources = sources(application)?;
    let references = references(context, &sources)?;
    let destination = text(application, &["spec", "destination", "namespace"])?;
    let mut all: Option<Built> = None;
    let mut folders = Vec::new();
    for source in sources {
        if is_reference_alone(source) {
            continue;
        }
        let source = Source {
            context,
            application,
            node: source,
            references: &references,
            destination,
            at: source.origin,
        };
        let (mut built, folder) = source.build(ancestors)?;
        folders.extend(folder);
        if let Some(namespace) = destination {
            context.set_default_namespace(&mut built, STEP, namespace);
        }
        remove_namespaces(context, &mut built, application.origin);
        all = Some(match all {
            None => built,
            Some(all) => merge(all, built)?,
        });
    }
    match all {
        Some(built) => Ok((built, folders)),
        None => Err(Problem::MissingField {
            field: "spec.source".to_owned(),
            at: application.origin,
        }
        .into()),
    }
}

/// The sources: of several, or the one, or what a hydrated Application is hydrated from.
fn sources(application: &Node) -> Result<Vec<&Node>, Problem> {
    let several = list(application, &["spec", "sources"])?;
    if !several.is_empty() {
        return Ok(several.iter().collect());
    }
    let one = find(application, &["spec", "source"])
        .or_else(|| find(application, &["spec", "sourceHydrator", "drySource"]));
    Ok(one.into_iter().collect())
}

/// Whether a source is only there to be named by the value files of others.
fn is_reference_alone(source: &Node) -> bool {
    find(source, &["ref"]).is_some()
        && find(source, &["path"]).is_none()
        && find(source, &["chart"]).is_none()
}

/// The repositories that value files name by `$REF`.
fn references<'n>(
    context: &Context<'_>,
    sources: &[&'n Node],
) -> Result<FxHashMap<&'n str, Repository>, Problem> {
    let mut references = FxHashMap::default();
    for source in sources {
        let Some(reference) = text(source, &["ref"])? else {
            continue;
        };
        let url = require(source, &["repoURL"])?;
        let repository = context.repositories.require(url.text, url.at)?;
        references.insert(reference.text, repository.clone());
    }
    Ok(references)
}

/// A source that is rendered.
struct Source<'s> {
    context: &'s Context<'s>,
    application: &'s Node,
    node: &'s Node,
    references: &'s FxHashMap<&'s str, Repository>,
    /// The namespace of the destination.
    destination: Option<Text<'s>>,
    at: Origin,
}

/// The tool that renders a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Helm,
    Kustomize,
    Directory,
}

impl Source<'_> {
    /// Renders the source; returns its folder, too.
    fn build(&self, ancestors: &[TreePath]) -> Result<(Built, Option<TreePath>), Halt> {
        let url = require(self.node, &["repoURL"])?;
        if let Some(chart) = text(self.node, &["chart"])? {
            let source = self.node;
            let variables = Variables::of(self.application, source);
            let loaded = helm::fetched(self, url, chart)?;
            let built = helm::build(self, source, &loaded, None, &variables, chart.at)?;
            return Ok((built, None));
        }
        let path = text(self.node, &["path"])?.unwrap_or(Text {
            text: ".",
            at: url.at,
        });
        let repository = self.context.repositories.require(url.text, url.at)?;
        let folder = repository.folder(self.context.tree, path.text, path.at)?;
        let source = overrides::merged(self.context, self.node, &folder, name(self.application))?;
        let variables = Variables::of(self.application, &source);
        let tool = self.tool(&source, &folder)?;
        if tool != Tool::Helm && ancestors.contains(&folder) {
            // An Application that manages itself: what it would add is there.
            return Err(Halt::Skipped(None));
        }
        let built = match tool {
            Tool::Helm => {
                let loaded = self.context.builder.chart(&folder);
                let loaded = loaded.map_err(|error| Problem::Helm {
                    error: Box::new(error),
                    at: path.at,
                })?;
                let home = Some((repository, &folder));
                helm::build(self, &source, &loaded, home, &variables, path.at)?
            }
            Tool::Kustomize => kustomize::build(self, &source, &folder, &variables)?,
            Tool::Directory => directory::build(self, &source, repository, &folder, path.at)?,
        };
        Ok((built, Some(folder)))
    }

    /// The tool that the source names, or else that the folder's files are for.
    fn tool(&self, source: &Node, folder: &TreePath) -> Result<Tool, Problem> {
        let mut named = ["kustomize", "helm", "directory", "plugin"]
            .into_iter()
            .filter_map(|field| find(source, &[field]).map(|node| (field, node.origin)));
        let (first, second) = (named.next(), named.next());
        if let (Some((first, _)), Some((second, at))) = (first, second) {
            return Err(Problem::Unsupported {
                what: format!("a source is rendered by one tool, not by `{first}` and `{second}`"),
                hint: None,
                at,
            });
        }
        Ok(match first {
            Some(("kustomize", _)) => Tool::Kustomize,
            Some(("helm", _)) => Tool::Helm,
            Some(("directory", _)) => Tool::Directory,
            Some((_, at)) => {
                return Err(Problem::Unsupported {
                    what: "a plugin of Argo CD is a program, and not run here".to_owned(),
                    hint: Some("`--expand=lenient` goes on without what it renders"),
                    at,
                });
            }
            None => self.discovered(folder)?,
        })
    }

    fn discovered(&self, folder: &TreePath) -> Result<Tool, Problem> {
        let has = |name: &str| -> Result<bool, Problem> {
            let Ok(path) = folder.join(name) else {
                return Ok(false);
            };
            Ok(kind(self.context.tree, &path, self.at)? == Some(EntryKind::File))
        };
        for name in super::generated::KUSTOMIZATION_FILES {
            if has(name)? {
                return Ok(Tool::Kustomize);
            }
        }
        Ok(if has("Chart.yaml")? {
            Tool::Helm
        } else {
            Tool::Directory
        })
    }
}

/// Takes the namespaces of objects away that have none, as Argo CD does.
fn remove_namespaces(context: &Context<'_>, built: &mut Built, at: Origin) {
    built.change(STEP, at, |resource: &mut Resource| {
        if !resource.namespace().is_empty()
            && context.objects.is_namespaced(&resource.node, []) == Some(false)
        {
            resource.set_namespace("", at);
        }
    });
}

/// Puts what two sources render together. Of an object that both have, the later counts.
fn merge(mut all: Built, built: Built) -> Result<Built, Problem> {
    let later: FxHashMap<ResId, Origin> = built
        .resources
        .iter()
        .filter(|resource| !resource.name().is_empty())
        .map(|resource| (resource.id(), resource.node.origin))
        .collect();
    let mut warnings = Vec::new();
    all.resources.retain(|resource| {
        let Some(origin) = later.get(&resource.id()) else {
            return true;
        };
        warnings.push(Warning {
            message: format!(
                "{} is in two sources of the Application: this one counts",
                resource.id()
            ),
            origin: *origin,
            is_logged: false,
        });
        false
    });
    all.append(built)?;
    all.warnings.extend(warnings);
    Ok(all)
}
