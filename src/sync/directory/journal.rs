//! Changes file by file, for a folder that can't be swapped as a whole.
//!
//! What is to be written is first staged in lockgate's own folder, with the next inventory. One
//! rename makes that inventory the journal: from then on the change only goes forward, by renames and
//! removals that can be done twice. Another rename makes the journal the inventory, and the change is
//! done. A kill before the first leaves the folder as it was; one after it leaves a journal, which
//! says that the folder is not finished, and which [`recover`] completes.

use std::collections::BTreeSet;
use std::io;

use rustix::io::Errno;

use crate::source::TreePath;

use super::folder::Folder;
use super::inventory::{INVENTORY, Inventory, OWN_FOLDER};
use super::observe::Found;
use super::swap::Next;
use super::target::Target;
use super::{DirectoryError, fault, shown};

/// The next inventory, from the moment when there is no way back.
pub(super) const JOURNAL: &str = ".lockgate/journal.json";

const STAGED: &str = ".lockgate/staged";
/// The next inventory, as long as there is one.
const STAGED_INVENTORY: &str = ".lockgate/staged/inventory.json";

/// Makes the folder what is next, file by file.
pub(super) fn apply(
    target: &Target,
    current: Option<&Inventory>,
    next: &Next<'_, '_>,
) -> Result<(), DirectoryError> {
    match stage(target, next) {
        Ok(()) => {}
        Err(error) if fault::is_kill(&error) => return Err(error),
        Err(error) => {
            roll_back(target)?;
            return Err(error);
        }
    }
    complete(target, current, next.inventory)
}

/// Ends what a kill left in the folder: completes it where there is a journal, else undoes it.
/// Tells whether it was completed.
pub(super) fn recover(target: &Target) -> Result<bool, DirectoryError> {
    let Some(journal) = read(target, JOURNAL)? else {
        roll_back(target)?;
        return Ok(false);
    };
    if journal.owner != target.owner {
        return Err(DirectoryError::OtherOwner {
            target: target.shown.clone(),
            held: Box::new(journal.owner),
            wanted: Box::new(target.owner.clone()),
        });
    }
    let current = read(target, INVENTORY)?;
    complete(target, current.as_ref(), &journal)?;
    Ok(true)
}

/// Reads an inventory of the folder; `None` where there is none.
pub(super) fn read(target: &Target, path: &str) -> Result<Option<Inventory>, DirectoryError> {
    read_in(&target.root, &target.shown, path)
}

/// Reads an inventory of a folder; `None` where there is none.
pub(super) fn read_in(
    root: &Folder,
    target: &str,
    path: &str,
) -> Result<Option<Inventory>, DirectoryError> {
    let path = known(path);
    let place = shown(target, &path);
    let unusable = |reason: String| DirectoryError::Inventory {
        path: place.clone(),
        reason,
    };
    let bytes = match root.read(&path) {
        Ok(bytes) => bytes.ok_or_else(|| unusable("it is not a file".to_owned()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DirectoryError::io("read", place.as_str())(error)),
    };
    Inventory::parse(&bytes).map(Some).map_err(unusable)
}

fn stage(target: &Target, next: &Next<'_, '_>) -> Result<(), DirectoryError> {
    let root = &target.root;
    let io = |what, path: &TreePath| DirectoryError::io(what, shown(&target.shown, path));
    let folder = known(STAGED);
    let staged = root.make_below(&folder).map_err(io("make", &folder))?;
    fault::point()?;
    let inventory = known(STAGED_INVENTORY);
    root.write_new(&inventory, next.inventory.to_text().as_bytes())
        .map_err(io("write", &inventory))?;
    for (index, path) in next.inventory.files.keys().enumerate() {
        target.check_interrupt()?;
        let Some(file) = next.desired.get(path) else {
            continue;
        };
        let found = next.observed.files.get(path);
        if matches!(found, Some(Found::File { digest, .. }) if *digest == file.digest) {
            continue;
        }
        fault::point()?;
        let staged = staged_file(index);
        root.write_new(&staged, file.text.as_bytes())
            .map_err(io("write", path))?;
        if let Some(parent) = path.parent() {
            root.make_below(&parent).map_err(io("make", &parent))?;
        }
    }
    staged.sync().map_err(io("write", &folder))?;
    fault::point()?;
    target.check_interrupt()?;
    let journal = known(JOURNAL);
    root.rename(&inventory, root, &journal)
        .map_err(io("write", &journal))
}

/// Goes forward from a journal. Done in part or in whole before, it comes to the same.
fn complete(
    target: &Target,
    current: Option<&Inventory>,
    next: &Inventory,
) -> Result<(), DirectoryError> {
    let root = &target.root;
    let io = |what, path: &TreePath| DirectoryError::io(what, shown(&target.shown, path));
    sync_own(target)?;
    for (index, path) in next.files.keys().enumerate() {
        let staged = staged_file(index);
        let is_staged = root.stat(&staged).map_err(io("read", &staged))?.is_some();
        if !is_staged {
            continue;
        }
        fault::point()?;
        if let Some(parent) = path.parent() {
            root.make_below(&parent).map_err(io("make", &parent))?;
        }
        let is_ours = current.is_some_and(|current| current.files.contains_key(path));
        let moved = if is_ours {
            root.rename(&staged, root, path)
        } else {
            root.rename_new(&staged, root, path)
        };
        match moved {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(DirectoryError::Foreign {
                    target: target.shown.clone(),
                    paths: vec![path.to_string()],
                });
            }
            moved => moved.map_err(io("write", path))?,
        }
    }
    let removed: Vec<&TreePath> = current
        .iter()
        .flat_map(|current| current.files.keys())
        .filter(|path| !next.files.contains_key(*path))
        .collect();
    for path in &removed {
        fault::point()?;
        match root.remove(path) {
            // Someone put something else on the way to the file: then ours is not there.
            Err(error) if is_not_there(&error) => {}
            result => result.map_err(io("remove", path))?,
        }
    }
    remove_empty_folders(target, removed.into_iter());
    sync_folders(target, current, next);
    fault::point()?;
    let (journal, inventory) = (known(JOURNAL), known(INVENTORY));
    root.rename(&journal, root, &inventory)
        .map_err(io("write", &inventory))?;
    sync_own(target)?;
    fault::point()?;
    let staged = known(STAGED);
    root.remove_folder(&staged).map_err(io("remove", &staged))
}

/// Undoes what was staged without a journal.
fn roll_back(target: &Target) -> Result<(), DirectoryError> {
    let root = &target.root;
    let io = |what, path: &TreePath| DirectoryError::io(what, shown(&target.shown, path));
    let folder = known(STAGED);
    if root.stat(&folder).map_err(io("read", &folder))?.is_none() {
        return Ok(());
    }
    let planned = read(target, STAGED_INVENTORY).ok().flatten();
    let staged = root.below(&folder).map_err(io("read", &folder))?;
    for entry in staged.entries().map_err(io("read", &folder))? {
        fault::point()?;
        let path = entry.name.and_then(|name| folder.join(&name).ok());
        let Some(path) = path.filter(|path| *path != known(STAGED_INVENTORY)) else {
            continue;
        };
        root.remove(&path).map_err(io("remove", &path))?;
    }
    let planned = planned.iter().flat_map(|planned| planned.files.keys());
    remove_empty_folders(target, planned);
    fault::point()?;
    let inventory = known(STAGED_INVENTORY);
    root.remove(&inventory).map_err(io("remove", &inventory))?;
    root.remove_folder(&folder).map_err(io("remove", &folder))?;
    let own = known(OWN_FOLDER);
    // Empty where this was the first sync.
    let _ = root.remove_folder(&own);
    Ok(())
}

/// Removes the folders of files that went, where nothing else is in them.
fn remove_empty_folders<'p>(target: &Target, files: impl Iterator<Item = &'p TreePath>) {
    let mut folders = BTreeSet::new();
    for path in files {
        let mut parent = path.parent();
        while let Some(folder) = parent.filter(|folder| !folder.as_str().is_empty()) {
            parent = folder.parent();
            folders.insert(folder);
        }
    }
    // A folder sorts before what is in it. One that still holds something refuses to go.
    for folder in folders.iter().rev() {
        let _ = target.root.remove_folder(folder);
    }
}

/// Waits until the names of all folders are on disk. A folder that is gone needs no wait.
fn sync_folders(target: &Target, current: Option<&Inventory>, next: &Inventory) {
    let files = current.into_iter().chain([next]);
    let folders: BTreeSet<TreePath> = files
        .flat_map(|inventory| inventory.files.keys())
        .filter_map(TreePath::parent)
        .chain([TreePath::root()])
        .collect();
    for folder in folders {
        let _ = target.root.below(&folder).and_then(|folder| folder.sync());
    }
}

fn sync_own(target: &Target) -> Result<(), DirectoryError> {
    let own = known(OWN_FOLDER);
    let opened = target.root.below(&own);
    opened
        .and_then(|folder| folder.sync())
        .map_err(DirectoryError::io("write", shown(&target.shown, &own)))
}

fn is_not_there(error: &io::Error) -> bool {
    let is_link = error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
    is_link
        || matches!(
            error.kind(),
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
        )
}

fn staged_file(index: usize) -> TreePath {
    known(&format!("{STAGED}/{index}"))
}

/// Returns a path that is known to be one.
fn known(path: &str) -> TreePath {
    TreePath::new(path).unwrap_or_default()
}
