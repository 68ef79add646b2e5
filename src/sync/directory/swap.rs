//! A whole new folder built beside the target, and swapped with it in one instant.
//!
//! A kill before the swap leaves the target as it was and the new folder beside it; a kill after it
//! leaves the target as it should be and the old folder beside it. [`discard`] ends both: it removes
//! from the folder beside what its inventory names, and brings home what is not lockgate's.

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;
use rustix::io::Errno;

use crate::source::TreePath;

use super::folder::{self, Folder};
use super::inventory::{INVENTORY, Inventory, OWN_FOLDER};
use super::layout::DesiredFile;
use super::observe::{Found, Observed};
use super::target::Target;
use super::{DirectoryError, fault, shown};

/// What the folder is to become.
pub(super) struct Next<'a, 'r> {
    pub(super) inventory: &'a Inventory,
    pub(super) desired: &'a BTreeMap<TreePath, DesiredFile<'r>>,
    pub(super) observed: &'a Observed,
}

/// Whether the folder was swapped.
pub(super) enum Swap {
    /// It was.
    Done,
    /// It cannot be, here: something is in it that can't be carried over, or the file system can't.
    Impossible,
}

/// Makes the target what is next, in one instant.
pub(super) fn apply(target: &mut Target, next: &Next<'_, '_>) -> Result<Swap, DirectoryError> {
    let carried = next.observed.foreign.iter();
    if carried.clone().any(|it| it.is_folder || it.path.is_none()) {
        return Ok(Swap::Impossible);
    }
    let swapped = build_and_swap(target, next);
    match swapped {
        Ok(()) => {}
        Err(error) if fault::is_kill(&error) => return Err(error),
        Err(error) => {
            discard(target)?;
            return match error {
                DirectoryError::Io { ref source, .. } if cannot_swap(source) => {
                    Ok(Swap::Impossible)
                }
                error => Err(error),
            };
        }
    }
    discard(target)?;
    Ok(Swap::Done)
}

fn build_and_swap(target: &mut Target, next: &Next<'_, '_>) -> Result<(), DirectoryError> {
    let beside = target.beside_shown();
    let io = |what| DirectoryError::io(what, beside.clone());
    let stage = target
        .parent
        .make_below(&target.beside)
        .map_err(io("make"))?;
    let lock = target.lock_folder(&stage)?;
    fault::point()?;
    let own = stage.make_below(&own_folder()).map_err(io("make"))?;
    fault::point()?;
    // First of all, so that whoever finds this folder knows what in it is lockgate's.
    stage
        .write_new(&inventory_path(), next.inventory.to_text().as_bytes())
        .map_err(io("write"))?;
    own.sync().map_err(io("write"))?;
    stage.sync().map_err(io("write"))?;
    fault::point()?;
    fill(target, &stage, next)?;
    fault::point()?;
    stage.resemble(&target.root).map_err(io("write"))?;
    target.check_interrupt()?;
    target
        .parent
        .exchange(&target.name, &target.beside)
        .map_err(io("swap"))?;
    // Both locks are held until the end: a run that waits for either finds the folder changed.
    target.now_at(stage, lock);
    fault::point()?;
    target.parent.sync().map_err(io("swap"))
}

fn fill(target: &Target, stage: &Folder, next: &Next<'_, '_>) -> Result<(), DirectoryError> {
    let beside = target.beside_shown();
    let foreign = next.observed.foreign.iter();
    let carried: Vec<&TreePath> = foreign.filter_map(|it| it.path.as_ref()).collect();
    let mut folders: Vec<TreePath> = next
        .inventory
        .files
        .keys()
        .chain(carried.iter().copied())
        .filter_map(TreePath::parent)
        .collect();
    folders.sort();
    folders.dedup();
    for folder in &folders {
        stage
            .make_below(folder)
            .map_err(DirectoryError::io("make", shown(&beside, folder)))?;
        target.check_interrupt()?;
    }
    fault::point()?;
    next.inventory.files.par_iter().try_for_each(|(path, _)| {
        target.check_interrupt()?;
        place(target, stage, path, next).map_err(DirectoryError::io("write", shown(&beside, path)))
    })?;
    for path in carried {
        fault::point()?;
        target
            .root
            .link(path, stage)
            .map_err(DirectoryError::io("link", shown(&beside, path)))?;
    }
    for folder in &folders {
        let opened = stage.below(folder);
        opened
            .and_then(|folder| folder.sync())
            .map_err(DirectoryError::io("write", shown(&beside, folder)))?;
    }
    stage
        .sync()
        .map_err(DirectoryError::io("write", beside.clone()))
}

/// Puts a file into the new folder: the old one under a second name where it is right.
fn place(target: &Target, stage: &Folder, path: &TreePath, next: &Next<'_, '_>) -> io::Result<()> {
    let found = next.observed.files.get(path);
    let Some(file) = next.desired.get(path) else {
        // Retained: it stays as it is, if it is there at all.
        return match found {
            Some(Found::Folder) | None => Ok(()),
            Some(_) => target.root.link(path, stage),
        };
    };
    let is_right = matches!(found, Some(Found::File { digest, .. }) if *digest == file.digest);
    if is_right && target.root.link(path, stage).is_ok() {
        return Ok(());
    }
    stage.write_new(path, file.text.as_bytes())
}

/// Ends what a swap left beside the target, whether it happened or not.
pub(super) fn discard(target: &Target) -> Result<(), DirectoryError> {
    let beside = target.beside_shown();
    let io = |what| DirectoryError::io(what, beside.clone());
    let Some(stat) = target.parent.stat(&target.beside).map_err(io("read"))? else {
        return Ok(());
    };
    if !folder::is_folder(&stat) {
        return Err(target.stray());
    }
    let stage = target.parent.below(&target.beside).map_err(io("read"))?;
    let inventory = read_own(&stage);
    if inventory.is_none() {
        let entries = stage.entries().map_err(io("read"))?;
        // Beside a first sync it holds nothing, or the second names of what was carried over.
        for entry in entries.iter().filter(|entry| entry.shown != OWN_FOLDER) {
            let path = entry
                .name
                .as_deref()
                .and_then(|name| TreePath::new(name).ok());
            let is_carried = path.is_some_and(|path| {
                let stats = (stage.stat(&path), target.root.stat(&path));
                matches!(stats, (Ok(Some(here)), Ok(Some(there))) if folder::is_same(&here, &there))
            });
            if !is_carried {
                return Err(target.stray());
            }
        }
    }
    if let Some(inventory) = &inventory
        && inventory.owner != target.owner
    {
        return Err(DirectoryError::OtherOwner {
            target: beside,
            held: Box::new(inventory.owner.clone()),
            wanted: Box::new(target.owner.clone()),
        });
    }
    let discarder = Discarder {
        target,
        stage: &stage,
        inventory: inventory.as_ref(),
        current: read_own(&target.root),
    };
    discarder.empty(&TreePath::root())?;
    fault::point()?;
    discarder.drop_own()?;
    target
        .parent
        .remove_folder(&target.beside)
        .map_err(io("remove"))?;
    target.parent.sync().map_err(io("remove"))
}

/// A kill may have left no inventory or a part of one: then nothing of ours is in the folder yet.
fn read_own(folder: &Folder) -> Option<Inventory> {
    let bytes = folder.read(&inventory_path()).ok().flatten()?;
    Inventory::parse(&bytes).ok()
}

struct Discarder<'a> {
    target: &'a Target,
    stage: &'a Folder,
    inventory: Option<&'a Inventory>,
    current: Option<Inventory>,
}

impl Discarder<'_> {
    /// Empties a folder, save lockgate's own, which must go last: it tells what the rest is.
    fn empty(&self, folder: &TreePath) -> Result<(), DirectoryError> {
        let io = |what| DirectoryError::io(what, self.target.beside_shown());
        let opened = self.stage.below(folder).map_err(io("read"))?;
        for entry in opened.entries().map_err(io("read"))? {
            fault::point()?;
            let path = entry.name.and_then(|name| folder.join(&name).ok());
            let Some(path) = path else {
                return Err(self.target.stray());
            };
            if path.as_str() == OWN_FOLDER {
                continue;
            }
            if !entry.is_folder {
                self.end_file(&path)?;
                continue;
            }
            let missing = self.target.root.stat(&path).map_err(io("read"))?.is_none();
            let has_ours = self
                .inventory
                .is_some_and(|inventory| inventory.files.keys().any(|file| file.is_within(&path)));
            if missing && !has_ours && !self.is_empty(&path)? {
                // A folder that someone made while the new one was built.
                self.bring_home(&path)?;
            } else {
                self.empty(&path)?;
                self.stage.remove_folder(&path).map_err(io("remove"))?;
            }
        }
        Ok(())
    }

    fn is_empty(&self, folder: &TreePath) -> Result<bool, DirectoryError> {
        let entries = self.stage.below(folder).and_then(|folder| folder.entries());
        let entries = entries.map_err(DirectoryError::io("read", self.target.beside_shown()))?;
        Ok(entries.is_empty())
    }

    fn end_file(&self, path: &TreePath) -> Result<(), DirectoryError> {
        let io = |what| DirectoryError::io(what, shown(&self.target.beside_shown(), path));
        let is_listed = self
            .inventory
            .is_some_and(|inventory| inventory.files.contains_key(path));
        if is_listed {
            return self.stage.remove(path).map_err(io("remove"));
        }
        let here = self.stage.stat(path).map_err(io("read"))?;
        let there = self.target.root.stat(path).map_err(io("read"))?;
        match (here, there) {
            (None, _) => Ok(()),
            (Some(here), Some(there)) if folder::is_same(&here, &there) => {
                self.stage.remove(path).map_err(io("remove"))
            }
            (Some(_), Some(_)) => {
                let is_ours = self
                    .current
                    .as_ref()
                    .is_some_and(|inventory| inventory.files.contains_key(path));
                if is_ours {
                    return Err(self.target.stray_file(path));
                }
                // Someone replaced the file after it was carried over: theirs is the newer one.
                self.stage
                    .rename(path, &self.target.root, path)
                    .map_err(io("move"))
            }
            (Some(_), None) => self.bring_home(path),
        }
    }

    fn bring_home(&self, path: &TreePath) -> Result<(), DirectoryError> {
        let io = |what| DirectoryError::io(what, shown(&self.target.shown, path));
        if let Some(parent) = path.parent() {
            self.target.root.make_below(&parent).map_err(io("make"))?;
        }
        self.stage
            .rename_new(path, &self.target.root, path)
            .map_err(io("move"))
    }

    /// Removes lockgate's own folder, once nothing is left that it would explain.
    fn drop_own(&self) -> Result<(), DirectoryError> {
        let io = |what| DirectoryError::io(what, self.target.beside_shown());
        let own = own_folder();
        if self.stage.stat(&own).map_err(io("read"))?.is_some() {
            let opened = self.stage.below(&own).map_err(io("read"))?;
            for entry in opened.entries().map_err(io("read"))? {
                let Some(path) = entry.name.and_then(|name| own.join(&name).ok()) else {
                    return Err(self.target.stray());
                };
                if path == inventory_path() {
                    continue;
                }
                self.end_file(&path)?;
            }
            self.stage.remove(&inventory_path()).map_err(io("remove"))?;
            fault::point()?;
            self.stage.remove_folder(&own).map_err(io("remove"))?;
        }
        fault::point()
    }
}

fn own_folder() -> TreePath {
    TreePath::new(OWN_FOLDER).unwrap_or_default()
}

fn inventory_path() -> TreePath {
    TreePath::new(INVENTORY).unwrap_or_default()
}

/// Tells whether a swap failed for what the file system or the mount is, not for what happened.
fn cannot_swap(error: &io::Error) -> bool {
    let errnos = [
        Errno::XDEV,
        Errno::BUSY,
        Errno::PERM,
        Errno::ACCESS,
        Errno::ROFS,
        Errno::MLINK,
    ];
    folder::cannot_flag(error)
        || errnos
            .iter()
            .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
