//! `spec.expand`: what objects of Argo CD and Flux cannot say of themselves.

use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{Node, Origin};

use super::decode::{Fields, text};
use super::error::FleetError;

/// How objects of Argo CD and Flux are expanded.
#[derive(Clone, Debug, Default)]
pub struct ExpandSettings {
    /// The folders that have the files of repositories.
    pub repositories: Vec<RepositoryFolder>,
    /// Whether a variable of Flux that is not set is an error.
    pub strict_substitutions: bool,
    /// API versions that charts find, beside those of Kubernetes.
    pub api_versions: Vec<String>,
}

/// A folder that has the files of a repository.
#[derive(Clone, Debug)]
pub struct RepositoryFolder {
    /// The address of the repository.
    pub url: String,
    /// The folder.
    pub path: TreePath,
    /// Which folder of the repository it is.
    pub subfolder: TreePath,
    /// What declares it.
    pub at: Origin,
}

/// Reads the settings.
pub(super) fn settings(
    spec: &mut Fields<'_>,
    tree: &dyn Tree,
) -> Result<ExpandSettings, FleetError> {
    let Some(node) = spec.take("expand") else {
        return Ok(ExpandSettings::default());
    };
    let mut fields = Fields::of(node, "`expand`")?;
    let repositories = fields
        .take_list("repositories")?
        .iter()
        .map(|node| repository(node, tree))
        .collect::<Result<_, _>>()?;
    let settings = ExpandSettings {
        repositories,
        strict_substitutions: fields.take_bool("strictSubstitutions")?.unwrap_or(false),
        api_versions: fields
            .take_texts("apiVersions")?
            .into_iter()
            .map(|(version, _)| version)
            .collect(),
    };
    fields.finish()?;
    Ok(settings)
}

fn repository(node: &Node, tree: &dyn Tree) -> Result<RepositoryFolder, FleetError> {
    let mut fields = Fields::of(node, "a repository")?;
    let url = fields.require_text("url")?;
    let folder = fields.take("path");
    let path = path(folder, "path")?;
    let subfolder = self::path(fields.take("subfolder"), "subfolder")?;
    fields.finish()?;
    if tree.kind(&path)? != Some(EntryKind::Directory) {
        return Err(FleetError::Missing {
            nearest: super::components::nearest_entry(tree, &path),
            path: path.to_string(),
            at: folder.map_or(node.origin, |folder| folder.origin),
        });
    }
    Ok(RepositoryFolder {
        url,
        path,
        subfolder,
        at: node.origin,
    })
}

fn path(node: Option<&Node>, field: &str) -> Result<TreePath, FleetError> {
    let Some(node) = node else {
        return Ok(TreePath::root());
    };
    let written = text(node, field)?;
    TreePath::new(&written).map_err(|_| FleetError::Escapes {
        path: written,
        at: node.origin,
    })
}
