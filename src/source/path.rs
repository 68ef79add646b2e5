//! Paths below the root of a tree.

use std::fmt;

use smol_str::SmolStr;

/// A path from the root of a tree: parts joined by `/`, none of them `.` or `..`; the root is empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TreePath(SmolStr);

/// Why a text is not a path in the tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PathError {
    #[error("`{path}` leaves the root of the tree")]
    Escapes { path: String },
    #[error("`{path}` holds a NUL byte")]
    Nul { path: String },
}

impl TreePath {
    /// Returns the root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path from the root: `a/./b/../c` is `a/c`.
    pub fn new(path: &str) -> Result<Self, PathError> {
        Self::root().join(path)
    }

    /// Returns the path that a relative one leads to from this folder.
    pub fn join(&self, relative: &str) -> Result<Self, PathError> {
        if relative.contains('\0') {
            return Err(PathError::Nul {
                path: relative.replace('\0', "\\0"),
            });
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(PathError::Escapes {
                            path: relative.to_owned(),
                        });
                    }
                }
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// Returns the path of an entry of this folder, by a name that a listing gave.
    pub(super) fn child(&self, name: &str) -> Self {
        if self.0.is_empty() {
            return Self(name.into());
        }
        Self(smol_str::format_smolstr!("{}/{name}", self.0))
    }

    /// Tells whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the path as text; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the parts from the root down.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Returns the folder above; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(
            self.0
                .rsplit_once('/')
                .map_or("", |(parent, _)| parent)
                .into(),
        ))
    }

    /// Returns the last part; `None` for the root.
    pub fn name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// Tells whether the path is the folder or below it.
    pub fn is_within(&self, folder: &TreePath) -> bool {
        folder.0.is_empty()
            || self
                .0
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_normalises_and_stays_inside() {
        let base = TreePath::new("apps/web").unwrap();
        assert_eq!(base.join("../api/./x").unwrap().as_str(), "apps/api/x");
        assert_eq!(base.join("../..").unwrap(), TreePath::root());
        assert!(base.join("../../..").is_err());
    }

    #[test]
    fn is_within_compares_whole_parts() {
        let apps = TreePath::new("apps").unwrap();
        assert!(TreePath::new("apps/web").unwrap().is_within(&apps));
        assert!(!TreePath::new("apps2").unwrap().is_within(&apps));
        assert!(apps.is_within(&TreePath::root()));
    }
}
