//! A folder as a target: one file an object, in a folder a component, with an inventory.
//!
//! [`plan`] looks, [`sync`] makes it so. Only what the inventory names is ever changed or removed.
//! The folder is swapped as a whole where that can be done, else changed file by file with a
//! journal; either way a kill leaves what the next sync recognises and ends.

mod decide;
mod error;
mod fault;
mod folder;
mod inventory;
mod journal;
mod layout;
mod observe;
mod swap;
mod target;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::render::{Object, RenderedEnvironment};
use crate::source::TreePath;

use self::folder::Folder;
use self::inventory::{INVENTORY, Inventory};
use self::layout::DesiredFile;
use self::observe::{Found, Observed};
use self::swap::{Next, Swap};
use self::target::{Place, Target};
use super::guard::{self, Prune, PrunePolicy};
use super::{Action, Interrupt, Owner, Plan};

pub use error::DirectoryError;

/// What was found and what is to be done about it.
struct Prepared<'r> {
    desired: BTreeMap<TreePath, DesiredFile<'r>>,
    inventory: Option<Inventory>,
    observed: Observed,
    plan: Plan,
}

/// Returns what a sync would do. Changes nothing.
pub fn plan(
    path: &Path,
    owner: &Owner,
    environment: &RenderedEnvironment,
    prune: Prune,
) -> Result<Plan, DirectoryError> {
    let place = Place::find(path)?;
    let target = path.display().to_string();
    let root = place.look()?;
    let mut prepared = prepare(root.as_ref(), &target, owner, environment, prune)?;
    if let Some(root) = &root
        && journal::read_in(root, &target, journal::JOURNAL)?.is_some()
    {
        let note = format!(
            "an earlier sync of `{target}` did not finish; the next one will finish it first"
        );
        prepared.plan.notes.push(note);
    }
    Ok(prepared.plan)
}

/// Returns the paths of the files that hold an environment's objects.
pub fn paths(environment: &RenderedEnvironment) -> Result<Vec<(String, &Object)>, DirectoryError> {
    layout::paths(environment)
}

/// Makes the folder equal to an environment, and returns what was done.
///
/// On an error the folder is as it was, or the next sync ends what this one began.
pub fn sync(
    path: &Path,
    owner: &Owner,
    environment: &RenderedEnvironment,
    policy: &PrunePolicy,
    interrupt: &Interrupt,
) -> Result<Plan, DirectoryError> {
    let place = Place::find(path)?;
    if let Some(root) = place.look()? {
        // Before anything is made or locked: the folder may be someone else's.
        claim(&root, &path.display().to_string(), owner)?;
    }
    let mut target = place.open(owner, interrupt)?;
    swap::discard(&target)?;
    journal::recover(&target)?;
    let prepared = prepare(
        Some(&target.root),
        &target.shown,
        owner,
        environment,
        policy.prune,
    )?;
    guard::check(&prepared.plan, policy)?;
    make(&mut target, environment, &prepared)?;
    Ok(prepared.plan)
}

fn make(
    target: &mut Target,
    environment: &RenderedEnvironment,
    prepared: &Prepared<'_>,
) -> Result<(), DirectoryError> {
    let Prepared {
        desired,
        inventory: current,
        observed,
        plan,
    } = prepared;
    let mut inventory = Inventory::of(&target.owner, &environment.digest, desired);
    let retained = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Retain);
    for path in retained.filter_map(|step| TreePath::new(step.path.as_deref()?).ok()) {
        if let Some(listed) = current
            .as_ref()
            .and_then(|current| current.files.get(&path))
        {
            inventory.files.insert(path, listed.clone());
        }
    }
    if current.as_ref() == Some(&inventory) && plan.is_in_sync() {
        return Ok(());
    }
    let next = Next {
        inventory: &inventory,
        desired,
        observed,
    };
    if plan.is_in_sync() {
        // Only the inventory is new, which one rename replaces.
        return journal::apply(target, current.as_ref(), &next);
    }
    match swap::apply(target, &next)? {
        Swap::Done => Ok(()),
        Swap::Impossible => journal::apply(target, current.as_ref(), &next),
    }
}

fn prepare<'r>(
    root: Option<&Folder>,
    target: &str,
    owner: &Owner,
    environment: &'r RenderedEnvironment,
    prune: Prune,
) -> Result<Prepared<'r>, DirectoryError> {
    let desired = layout::desired_files(environment)?;
    let mut inventory = None;
    let mut observed = Observed::default();
    if let Some(root) = root {
        inventory = claim(root, target, owner)?;
        let mut known: BTreeSet<TreePath> = BTreeSet::new();
        known.extend(inventory.iter().flat_map(|it| it.files.keys().cloned()));
        // What a sync that did not finish has written is ours, too.
        let journal = journal::read_in(root, target, journal::JOURNAL)?;
        known.extend(journal.iter().flat_map(|it| it.files.keys().cloned()));
        let mut paths = known.clone();
        paths.extend(desired.keys().cloned());
        observed = observe::observe(root, target, &paths)?;
        check_foreign(root, target, &desired, &known, &observed)?;
    }
    let mut plan = decide::decide(&desired, inventory.as_ref(), &observed, prune);
    plan.environment.clone_from(&environment.name);
    target.clone_into(&mut plan.target);
    Ok(Prepared {
        desired,
        inventory,
        observed,
        plan,
    })
}

/// Returns the folder's inventory, if the folder is the owner's; `None` where it is new.
fn claim(root: &Folder, target: &str, owner: &Owner) -> Result<Option<Inventory>, DirectoryError> {
    let inventory = journal::read_in(root, target, INVENTORY)?;
    let journal = journal::read_in(root, target, journal::JOURNAL)?;
    for held in inventory.iter().chain(&journal) {
        if held.owner != *owner {
            return Err(DirectoryError::OtherOwner {
                target: target.to_owned(),
                held: Box::new(held.owner.clone()),
                wanted: Box::new(owner.clone()),
            });
        }
    }
    if inventory.is_none()
        && journal.is_none()
        && let Some(entry) = observe::first_foreign(root, target)?
    {
        return Err(DirectoryError::NotOurs {
            target: target.to_owned(),
            entry,
        });
    }
    Ok(inventory)
}

/// Refuses when something that no sync wrote stands where a file or its folder must be.
fn check_foreign(
    root: &Folder,
    target: &str,
    desired: &BTreeMap<TreePath, DesiredFile<'_>>,
    known: &BTreeSet<TreePath>,
    observed: &Observed,
) -> Result<(), DirectoryError> {
    let mut conflicts = BTreeSet::new();
    for path in desired.keys() {
        let found = observed.files.get(path);
        if matches!(found, Some(Found::Folder)) || (found.is_some() && !known.contains(path)) {
            conflicts.insert(path.to_string());
        }
        if found.is_none() {
            let blocking = observe::blocking(root, path);
            conflicts.extend(blocking.map(|path| path.to_string()));
        }
    }
    if conflicts.is_empty() {
        return Ok(());
    }
    Err(DirectoryError::Foreign {
        target: target.to_owned(),
        paths: conflicts.into_iter().collect(),
    })
}

/// Returns a path in a folder as people can find it.
fn shown(target: &str, path: &TreePath) -> String {
    let joined = Path::new(target).join(path.as_str());
    joined.display().to_string()
}
