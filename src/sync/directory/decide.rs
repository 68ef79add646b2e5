//! The plan for a folder: what is wanted against what is there and what the inventory names.

use std::collections::BTreeMap;

use crate::diff::{self, FieldChange};
use crate::render::Digest;
use crate::source::TreePath;
use crate::sync::guard::Prune;
use crate::sync::{Action, Drift, Plan, Step};
use crate::yaml::{self, FileId, Limits};

use super::inventory::Inventory;
use super::layout::DesiredFile;
use super::observe::{Found, Observed};

/// Returns the steps, by path. Pure: nothing is read here.
pub(super) fn decide(
    desired: &BTreeMap<TreePath, DesiredFile<'_>>,
    inventory: Option<&Inventory>,
    observed: &Observed,
    prune: Prune,
) -> Plan {
    let listed = |path: &TreePath| inventory.and_then(|inventory| inventory.files.get(path));
    let mut steps = BTreeMap::new();
    for (path, file) in desired {
        let found = observed.files.get(path);
        let last = listed(path).map(|listed| listed.digest.as_str());
        let (action, drift) = compare(&file.digest, last, found);
        let changes = match (action, found) {
            (Action::Change, Some(Found::File { bytes, .. })) => changes(path, bytes, file),
            _ => Vec::new(),
        };
        let step = Step {
            action,
            id: file.object.id.clone(),
            component: file.component.to_owned(),
            path: Some(path.to_string()),
            origin: Some(file.object.node.origin),
            drift,
            changes,
        };
        steps.insert(path, step);
    }
    for (path, last) in inventory.iter().flat_map(|inventory| &inventory.files) {
        let Some(found) = observed.files.get(path) else {
            continue;
        };
        if desired.contains_key(path) {
            continue;
        }
        let is_edited =
            !matches!(found, Found::File { digest, .. } if digest.to_string() == last.digest);
        let step = Step {
            action: match prune {
                Prune::Delete => Action::Prune,
                Prune::Retain => Action::Retain,
            },
            id: last.id.clone(),
            component: last.component.clone(),
            path: Some(path.to_string()),
            origin: None,
            drift: is_edited.then(|| Drift::Edited { by: Vec::new() }),
            changes: Vec::new(),
        };
        steps.insert(path, step);
    }
    Plan {
        steps: steps.into_values().collect(),
        ..Plan::default()
    }
}

fn compare(wanted: &Digest, last: Option<&str>, found: Option<&Found>) -> (Action, Option<Drift>) {
    match found {
        None => (Action::Create, last.map(|_| Drift::Deleted)),
        Some(Found::File { digest, .. }) if digest == wanted => (Action::Keep, None),
        Some(Found::File { digest, .. }) if last == Some(&digest.to_string()) => {
            (Action::Change, None)
        }
        Some(_) => (Action::Change, Some(Drift::Edited { by: Vec::new() })),
    }
}

/// Returns the fields that differ; none where the old text is no object any more.
fn changes(path: &TreePath, old: &[u8], file: &DesiredFile<'_>) -> Vec<FieldChange> {
    let documents = yaml::parse(old, FileId::of(path.as_str()), &Limits::default());
    match documents.as_deref() {
        Ok([old]) => diff::fields(old, &file.object.node),
        _ => Vec::new(),
    }
}
