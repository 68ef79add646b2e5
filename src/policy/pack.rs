//! The built-in pack: the policies in the folder `policies/` of Lockgate's own repository.
//!
//! Each is a folder with a policy, its binding and, where it has one, its default parameter. They are
//! shown with names as `lockgate:policies/no-latest-tag/policy.yaml`.

use std::sync::Arc;

use crate::source::{EntryKind, SourceError, Tree, TreePath};
use crate::yaml::FileId;

/// Lists the policies of the pack with their texts.
macro_rules! pack {
    ($($name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/policies/",
                $name,
                "/policy.yaml"
            )),
        )),+]
    };
}

const POLICIES: &[(&str, &str)] = pack![
    "allowed-registries",
    "budget-lets-go",
    "disruption-budget",
    "ingress-tls",
    "no-automounted-token",
    "no-cluster-admin",
    "no-default-namespace",
    "no-host-path",
    "no-latest-tag",
    "no-wildcard-rbac",
    "pod-security-baseline",
    "pod-security-restricted",
    "probes",
    "read-only-root-filesystem",
    "requests-and-limits",
    "required-labels",
    "service-types",
];

/// What the names of the pack's files begin with.
const SHOWN: &str = "lockgate:policies/";
/// The file of a policy within its folder.
const FILE: &str = "policy.yaml";

/// Returns the names of the policies.
pub fn names() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|(name, _)| *name)
}

/// Returns the name that was most likely meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    names()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 2)
        .map(|(_, known)| known)
}

/// The pack as a tree: a folder for each policy.
#[derive(Clone, Copy, Debug)]
pub struct PackTree;

impl PackTree {
    fn unreadable(self, path: &TreePath) -> SourceError {
        SourceError::NotFound {
            file: self.file_id(path),
        }
    }
}

impl Tree for PackTree {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        let mut parts = path.parts();
        let Some(name) = parts.next() else {
            return Ok(Some(EntryKind::Directory));
        };
        Ok(match (names().any(|known| known == name), parts.next()) {
            (true, None) => Some(EntryKind::Directory),
            (true, Some(FILE)) if parts.next().is_none() => Some(EntryKind::File),
            _ => None,
        })
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        let found = POLICIES
            .iter()
            .find(|(name, _)| path.parts().eq([*name, FILE]));
        match found {
            Some((_, text)) => Ok(text.as_bytes().into()),
            None => Err(self.unreadable(path)),
        }
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        match (path.is_root(), self.kind(path)?) {
            (true, _) => Ok(names()
                .map(|name| (name.to_owned(), EntryKind::Directory))
                .collect()),
            (false, Some(EntryKind::Directory)) => Ok(vec![(FILE.to_owned(), EntryKind::File)]),
            _ => Err(self.unreadable(path)),
        }
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        Ok(path.clone())
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        FileId::of(&format!("{SHOWN}{path}"))
    }

    fn path_of(&self, file: FileId) -> Option<TreePath> {
        TreePath::new(file.name().strip_prefix(SHOWN)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_holds_every_folder_of_policies() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut folders: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(folders, names().collect::<Vec<_>>());
    }

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        assert_eq!(nearest("no-latest-tags"), Some("no-latest-tag"));
        assert_eq!(nearest("zzzz"), None);
    }
}
