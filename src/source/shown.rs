//! The names under which people know the files of a tree.

use std::path::{Component, Path, PathBuf};

use crate::yaml::FileId;

use super::TreePath;

/// How many `..` a shown name may begin with before the whole path is shorter to read.
const MAX_UPS: usize = 4;

/// Turns paths of a tree into the names that people are shown, and back.
#[derive(Debug)]
pub(super) enum ShownNames {
    /// Paths on this machine.
    OnDisk {
        /// The tree's root.
        root: PathBuf,
        /// The folder that names are relative to.
        from: PathBuf,
    },
    /// Paths behind the address of what was fetched.
    Below(String),
}

impl ShownNames {
    pub(super) fn new(root: &Path, from: &Path) -> Self {
        Self::OnDisk {
            root: root.to_owned(),
            from: from.to_owned(),
        }
    }

    /// Returns the id of the name of a path.
    pub(super) fn file_id(&self, path: &TreePath) -> FileId {
        match self {
            Self::OnDisk { root, from } => {
                let absolute = root.join(path.as_str());
                FileId::of(&shown(&absolute, from).to_string_lossy())
            }
            Self::Below(address) => FileId::of(&format!("{address}{}", path.as_str())),
        }
    }

    /// Returns the path that has a name, if it is in the tree.
    pub(super) fn path_of(&self, file: FileId) -> Option<TreePath> {
        let (root, from) = match self {
            Self::OnDisk { root, from } => (root, from),
            Self::Below(address) => {
                return TreePath::new(file.name().strip_prefix(address.as_str())?).ok();
            }
        };
        let mut absolute = PathBuf::new();
        for component in from.join(&*file.name()).components() {
            match component {
                Component::ParentDir => {
                    absolute.pop();
                }
                Component::CurDir => {}
                component => absolute.push(component),
            }
        }
        let below = absolute.strip_prefix(root).ok()?;
        TreePath::new(below.to_str()?).ok()
    }
}

/// Returns the path relative to a folder, with `..` where it must, else as it is.
fn shown(path: &Path, from: &Path) -> PathBuf {
    if let Ok(below) = path.strip_prefix(from) {
        return if below.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            below.to_owned()
        };
    }
    let mut up = PathBuf::new();
    for ancestor in from.ancestors().skip(1).take(MAX_UPS) {
        up.push("..");
        if ancestor.parent().is_some()
            && let Ok(below) = path.strip_prefix(ancestor)
        {
            return up.join(below);
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_where_people_stand_and_lead_back() {
        let cases = [
            ("/repo", "/repo", "apps/x.yaml", "apps/x.yaml"),
            ("/repo/fleet", "/repo", "apps/x.yaml", "fleet/apps/x.yaml"),
            ("/", "/repo/apps", "repo/base/x.yaml", "../base/x.yaml"),
            ("/", "/repo", "elsewhere/x.yaml", "/elsewhere/x.yaml"),
            ("/repo", "/repo", "", "."),
        ];
        for (root, from, path, want) in cases {
            let names = ShownNames::new(Path::new(root), Path::new(from));
            let path = TreePath::new(path).unwrap();
            let file = names.file_id(&path);
            assert_eq!(&*file.name(), want);
            assert_eq!(names.path_of(file), Some(path), "{want}");
        }
    }

    #[test]
    fn names_of_what_was_fetched_stand_behind_its_address() {
        let names = ShownNames::Below("https://host/a/b?ref=v1//".to_owned());
        let path = TreePath::new("base/x.yaml").unwrap();
        let file = names.file_id(&path);
        assert_eq!(&*file.name(), "https://host/a/b?ref=v1//base/x.yaml");
        assert_eq!(names.path_of(file), Some(path));
        assert_eq!(names.path_of(FileId::of("base/x.yaml")), None);
    }

    #[test]
    fn a_name_outside_the_tree_leads_nowhere() {
        let names = ShownNames::new(Path::new("/repo/fleet"), Path::new("/repo"));
        assert_eq!(names.path_of(FileId::of("../etc/passwd")), None);
        assert_eq!(names.path_of(FileId::of("other/x.yaml")), None);
    }
}
