//! The kustomization of a folder that has none, as Flux makes it: all manifests in it and below.

use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{Node, Origin};

use super::error::Problem;

/// The deepest folder that is looked into.
const DEEPEST: usize = 32;

/// The most files and folders that are listed.
const MOST: usize = 20_000;

/// The names of a kustomization file.
pub(super) const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What Flux's sources leave out of a repository.
const LEFT_OUT: [&str; 14] = [
    ".git",
    ".github",
    ".circleci",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    ".goreleaser.yml",
    ".sops.yaml",
    ".flux.yaml",
    ".gitmodules",
];

/// Returns the entries of `resources`: each manifest, and each folder that has a kustomization of its own, which is
/// not looked into.
pub(super) fn resources(
    tree: &dyn Tree,
    folder: &TreePath,
    at: Origin,
) -> Result<Vec<Node>, Problem> {
    let mut walk = Walk {
        tree,
        at,
        found: Vec::new(),
    };
    walk.folder(folder, "", DEEPEST)?;
    Ok(walk.found)
}

struct Walk<'w> {
    tree: &'w dyn Tree,
    at: Origin,
    found: Vec<Node>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &TreePath, below: &str, depth: usize) -> Result<(), Problem> {
        let at = self.at;
        let source = |error| Problem::Source { error, at };
        for (name, kind) in self.tree.list(folder).map_err(source)? {
            let Ok(path) = folder.join(&name) else {
                continue;
            };
            if LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            let entry = format!("{below}{name}");
            match kind {
                EntryKind::Directory if self.has_kustomization(&path)? => self.add(&entry),
                EntryKind::Directory if depth > 0 => {
                    self.folder(&path, &format!("{entry}/"), depth - 1)?;
                }
                EntryKind::File if [".yaml", ".yml"].iter().any(|end| name.ends_with(end)) => {
                    self.add(&entry);
                }
                _ => {}
            }
            if self.found.len() > MOST {
                return Err(Problem::Unsupported {
                    what: format!("the folder `{folder}` has more than {MOST} manifests"),
                    hint: None,
                    at,
                });
            }
        }
        Ok(())
    }

    fn has_kustomization(&self, folder: &TreePath) -> Result<bool, Problem> {
        let at = self.at;
        for name in KUSTOMIZATION_FILES {
            let Ok(path) = folder.join(name) else {
                continue;
            };
            let kind = self.tree.kind(&path);
            if kind.map_err(|error| Problem::Source { error, at })? == Some(EntryKind::File) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn add(&mut self, entry: &str) {
        self.found.push(Node::string(format!("./{entry}"), self.at));
    }
}
