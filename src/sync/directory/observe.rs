//! What the folder holds now.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::render::Digest;
use crate::source::TreePath;

use super::DirectoryError;
use super::folder::{self, Folder};
use super::inventory::OWN_FOLDER;
use super::layout::digest_of;
use super::shown;

/// The names that lockgate gives to what is in its own folder.
const OWN_NAMES: [&str; 3] = ["inventory.json", "journal.json", "staged"];

/// What a folder holds.
#[derive(Default)]
pub(super) struct Observed {
    /// What stands at the paths that were asked for.
    pub(super) files: BTreeMap<TreePath, Found>,
    /// All that stands elsewhere; folders as a whole.
    pub(super) foreign: Vec<Foreign>,
}

/// What stands at a path.
pub(super) enum Found {
    /// A file.
    File { bytes: Vec<u8>, digest: Digest },
    /// A folder.
    Folder,
    /// A link, a pipe, or a file too large to be an object.
    Other,
}

/// Something that no sync wrote.
pub(super) struct Foreign {
    /// The path; `None` where it is not UTF-8.
    pub(super) path: Option<TreePath>,
    /// The path as people can read it.
    pub(super) shown: String,
    pub(super) is_folder: bool,
}

/// Looks at the paths that are ours or will be, and notes all else.
pub(super) fn observe(
    root: &Folder,
    target: &str,
    paths: &BTreeSet<TreePath>,
) -> Result<Observed, DirectoryError> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let mut parent = path.parent();
        while let Some(folder) = parent {
            parent = folder.parent();
            folders.insert(folder);
        }
    }
    let mut found = Vec::new();
    let mut foreign = Vec::new();
    let mut pending = vec![TreePath::root()];
    while let Some(folder) = pending.pop() {
        let place = || shown(target, &folder);
        let opened = root
            .below(&folder)
            .map_err(DirectoryError::io("read", place()))?;
        let entries = opened
            .entries()
            .map_err(DirectoryError::io("read", place()))?;
        for entry in entries {
            let path = entry
                .name
                .as_deref()
                .and_then(|name| folder.join(name).ok());
            let is_own = folder.as_str() == OWN_FOLDER && OWN_NAMES.contains(&&*entry.shown);
            match path {
                Some(_) if is_own => {}
                Some(path) if paths.contains(&path) => found.push((path, entry.is_folder)),
                Some(path)
                    if entry.is_folder
                        && (folders.contains(&path) || path.as_str() == OWN_FOLDER) =>
                {
                    pending.push(path);
                }
                path => foreign.push(Foreign {
                    shown: shown_below(&folder, &entry.shown),
                    path,
                    is_folder: entry.is_folder,
                }),
            }
        }
    }
    let files: Result<_, DirectoryError> = found
        .into_par_iter()
        .map(|(path, is_folder)| {
            let state = if is_folder {
                Found::Folder
            } else {
                read(root, target, &path)?
            };
            Ok((path, state))
        })
        .collect();
    foreign.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(Observed {
        files: files?,
        foreign,
    })
}

/// Returns the first thing in a folder that no sync left; `None` where it is empty.
pub(super) fn first_foreign(root: &Folder, target: &str) -> Result<Option<String>, DirectoryError> {
    let observed = observe(root, target, &BTreeSet::new())?;
    // It is how people commit an empty folder.
    let entry = observed
        .foreign
        .into_iter()
        .find(|entry| entry.shown != ".gitkeep");
    Ok(entry.map(|entry| entry.shown))
}

fn read(root: &Folder, target: &str, path: &TreePath) -> Result<Found, DirectoryError> {
    let bytes = root
        .read(path)
        .map_err(DirectoryError::io("read", shown(target, path)))?;
    Ok(match bytes {
        Some(bytes) => Found::File {
            digest: digest_of(&bytes),
            bytes,
        },
        None => Found::Other,
    })
}

fn shown_below(folder: &TreePath, name: &str) -> String {
    if folder.as_str().is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Returns what stands in the way of a folder that a path needs, if anything.
pub(super) fn blocking(root: &Folder, path: &TreePath) -> Option<TreePath> {
    let mut blocker = None;
    let mut parent = path.parent();
    while let Some(above) = parent.filter(|above| !above.as_str().is_empty()) {
        // Where a step on the way is no folder, looking below it fails: the step itself will tell.
        if let Ok(Some(stat)) = root.stat(&above)
            && !folder::is_folder(&stat)
        {
            blocker = Some(above.clone());
        }
        parent = above.parent();
    }
    blocker
}
