//! Flux's `ExternalArtifact`: files of other sources, put together by an `ArtifactGenerator`.
//!
//! Where all files keep their places below one folder of a repository, the artifact is taken for that folder.

use crate::source::TreePath;
use crate::yaml::{Node, Origin};

use super::chart;
use super::context::{Context, Halt, Patience};
use super::error::Problem;
use super::fields::{Text, find, list, namespace, require, text};
use super::repository::Repository;

/// The group of what makes artifacts.
const EXTENSIONS: &str = "source.extensions.fluxcd.io";

/// Returns the folder that an artifact is, taken for a repository of its own.
pub(super) fn repository(
    context: &Context<'_>,
    name: Text<'_>,
    own: &str,
) -> Result<Repository, Halt> {
    let generators = context.objects.of_kind(EXTENSIONS, "ArtifactGenerator");
    for generator in generators {
        if namespace(generator) != own {
            continue;
        }
        for artifact in list(generator, &["spec", "artifacts"])? {
            if require(artifact, &["name"])?.text == name.text {
                return Artifact {
                    context,
                    generator,
                    node: artifact,
                }
                .repository();
            }
        }
    }
    if context.patience < Patience::Over {
        return Err(Halt::Later);
    }
    Err(Problem::NoObject {
        kind: "ExternalArtifact".to_owned(),
        name: name.text.to_owned(),
        namespace: own.to_owned(),
        nearest: None,
        at: name.at,
    }
    .into())
}

struct Artifact<'a> {
    context: &'a Context<'a>,
    generator: &'a Node,
    node: &'a Node,
}

impl Artifact<'_> {
    fn repository(&self) -> Result<Repository, Halt> {
        if let Some(pattern) = find(self.generator, &["spec", "pathPattern"]) {
            let what =
                "an artifact for each folder that a pattern finds is known to the cluster alone";
            return Err(chart::unsupported(what.to_owned(), pattern.origin).into());
        }
        let mut found: Option<(Repository, TreePath)> = None;
        for copy in list(self.node, &["copy"])? {
            let strategy = text(copy, &["strategy"])?;
            if let Some(strategy) = strategy.filter(|strategy| strategy.text != "Overwrite") {
                return Err(rearranged(strategy.at).into());
            }
            let from = require(copy, &["from"])?;
            let to = require(copy, &["to"])?;
            let (alias, pattern) = split(from)?;
            let root = root(pattern, split(to)?.1);
            let root = root.ok_or_else(|| rearranged(to.at))?;
            let repository = self.source(alias, from.at)?;
            match &found {
                Some(known) if *known != (repository.clone(), root.clone()) => {
                    return Err(rearranged(from.at).into());
                }
                _ => found = Some((repository, root)),
            }
        }
        let at = self.node.origin;
        let (repository, root) = found.ok_or_else(|| chart::missing("copy", at))?;
        Ok(Repository {
            url: String::new(),
            path: repository.join(root.as_str(), at)?,
            subfolder: TreePath::root(),
        })
    }

    /// The source that an alias stands for.
    fn source(&self, alias: &str, at: Origin) -> Result<Repository, Halt> {
        for source in list(self.generator, &["spec", "sources"])? {
            if require(source, &["alias"])?.text == alias {
                return chart::repository(self.context, source, namespace(self.generator));
            }
        }
        let what = format!("no source has `alias: {alias}`");
        Err(chart::unsupported(what, at).into())
    }
}

fn rearranged(at: Origin) -> Problem {
    Problem::Unsupported {
        what: "the artifact has its files in other places than their source, or changes them"
            .to_owned(),
        hint: Some("`--expand=lenient` goes on without what uses it"),
        at,
    }
}

/// Splits `@ALIAS/PATH`.
fn split(place: Text<'_>) -> Result<(&str, &str), Problem> {
    let behind = place.text.strip_prefix('@');
    let behind = behind.ok_or_else(|| Problem::BadValue {
        value: place.text.to_owned(),
        wanted: "a place as `@alias/path`",
        at: place.at,
    })?;
    Ok(behind.split_once('/').unwrap_or((behind, "")))
}

/// The folder below which files that a pattern finds have the places that they are copied to; `None` where there is
/// none.
fn root(pattern: &str, to: &str) -> Option<TreePath> {
    let is_glob = |part: &str| part.contains(['*', '?', '[', '{']);
    let fixed: Vec<&str> = pattern
        .split('/')
        .filter(|part| !part.is_empty())
        .take_while(|part| !is_glob(part))
        .collect();
    let mut target: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
    let is_whole = fixed.len() == pattern.split('/').filter(|part| !part.is_empty()).count();
    // A file or folder that is named itself goes into a folder by its name.
    if is_whole && (to.is_empty() || to.ends_with('/')) {
        target.extend(fixed.last());
    }
    let above = fixed.strip_suffix(target.as_slice())?;
    TreePath::new(&above.join("/")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_places_below_a_folder() {
        let root = |pattern, to| root(pattern, to).map(|root| root.as_str().to_owned());
        assert_eq!(
            root("infrastructure/**", "").as_deref(),
            Some("infrastructure")
        );
        assert_eq!(root("apps/base/**", "base/").as_deref(), Some("apps"));
        assert_eq!(root("**", "").as_deref(), Some(""));
        assert_eq!(root("charts/web/", "").as_deref(), Some("charts"));
        assert_eq!(root("charts/web", "web").as_deref(), Some("charts"));
        assert_eq!(root("apps/a.yaml", "apps/").as_deref(), Some(""));
        assert_eq!(root("apps/base/**", "other/"), None);
        assert_eq!(root("apps/a.yaml", "apps/b.yaml"), None);
    }
}
