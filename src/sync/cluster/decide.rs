//! The plan for a cluster, from what is wanted and what is there. Pure: nothing is asked here.

use std::collections::BTreeSet;

use crate::diff::{self, FieldChange};
use crate::sync::guard::Prune;
use crate::sync::order::Wave;
use crate::sync::{Action, Drift, Step};

use super::applyset::GroupKind;
use super::desired::Desired;
use super::graft::graft;
use super::managed;
use super::members::{Member, protection};
use super::preview::Preview;
use super::record::Noted;

/// What is done to a desired object.
pub(super) struct Decision {
    /// The step of the plan.
    pub(super) step: Step,
    /// Whether the object is applied.
    pub(super) is_applied: bool,
    /// What a person should know.
    pub(super) note: Option<String>,
}

/// Decides what is done to an object.
pub(super) fn decide(one: &Desired<'_>, preview: &Preview, noted: Noted) -> Decision {
    let mut note = None;
    let mut is_applied = true;
    let mut changes = Vec::new();
    let mut drift = None;
    let action = match (&preview.live, &preview.after) {
        (Some(_), _) if preview.is_terminating() => {
            note = Some(format!(
                "`{}` is being deleted; it is made anew once it is gone",
                one.id
            ));
            drift = Some(Drift::Deleted);
            Action::Create
        }
        (None, _) => {
            drift = (noted != Noted::Absent).then_some(Drift::Deleted);
            Action::Create
        }
        (Some(_), None) => {
            note = (preview.refusal.is_none()).then(|| {
                format!(
                    "what changes in `{}` cannot be known before: the server cannot try it",
                    one.id
                )
            });
            Action::Change
        }
        (Some(live), Some(after)) => {
            changes = diff::fields(&graft(live, one.node), &graft(after, one.node));
            if changes.is_empty() {
                is_applied = managed::changes_ownership(live, after);
                Action::Keep
            } else {
                drift = edited(preview, noted, &changes);
                Action::Change
            }
        }
    };
    Decision {
        step: Step {
            action,
            id: one.id.clone(),
            component: one.component.to_owned(),
            path: None,
            origin: Some(one.origin()),
            drift,
            changes,
        },
        is_applied,
        note,
    }
}

/// Tells whether a change puts right what someone did by hand, and who.
fn edited(preview: &Preview, noted: Noted, changes: &[FieldChange]) -> Option<Drift> {
    let mut by: BTreeSet<String> = preview
        .edited_by
        .union(&preview.extras.by)
        .cloned()
        .collect();
    if by.is_empty() {
        // A field that was taken away has no owner any more. But what is rendered is what was applied.
        if noted != Noted::Same || changes.is_empty() {
            return None;
        }
        by = preview
            .live
            .as_ref()
            .map(managed::latest_by_hand)
            .unwrap_or_default();
    }
    Some(Drift::Edited {
        by: by.into_iter().collect(),
    })
}

/// What is done to the members that nothing renders any more.
pub(super) struct Pruning<'m> {
    /// The steps of the plan, in their order.
    pub(super) steps: Vec<Step>,
    /// The members that are deleted, in their order.
    pub(super) pruned: Vec<&'m Member>,
    /// The members that stay.
    pub(super) retained: Vec<&'m Member>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

/// What is wanted, so that it is not pruned.
#[derive(Default)]
pub(super) struct Wanted<'w> {
    /// Under another kind the same object may be listed: its uid tells.
    uids: BTreeSet<&'w str>,
    /// In another version the same object may be wanted, where its uid is not known yet.
    names: BTreeSet<(GroupKind, &'w str, &'w str)>,
}

impl<'w> Wanted<'w> {
    pub(super) fn add(&mut self, one: &'w Desired<'_>, preview: &'w Preview) {
        self.names
            .insert((one.group_kind(), &one.id.namespace, &one.id.name));
        let live = preview.live.as_ref();
        self.uids
            .extend(live.and_then(|live| live["metadata"]["uid"].as_str()));
    }

    fn has(&self, member: &Member) -> bool {
        let id = &member.id;
        let name = (
            member.kind.group_kind(),
            id.namespace.as_str(),
            id.name.as_str(),
        );
        self.uids.contains(member.uid()) || self.names.contains(&name)
    }
}

/// Decides which members go: those that are not wanted.
pub(super) fn prune<'m>(members: &'m [Member], wanted: &Wanted<'_>, policy: Prune) -> Pruning<'m> {
    let mut left: Vec<&Member> = members
        .iter()
        .filter(|member| !wanted.has(member))
        .collect();
    // The reverse of the order in which they were applied.
    left.sort_by(|a, b| {
        let wave = |member: &Member| Wave::of(&member.id.group, &member.id.kind);
        (wave(b), &a.id).cmp(&(wave(a), &b.id))
    });
    let mut pruning = Pruning {
        steps: Vec::with_capacity(left.len()),
        pruned: Vec::new(),
        retained: Vec::new(),
        notes: Vec::new(),
    };
    for member in left {
        let protection = protection(&member.meta);
        let action = if policy == Prune::Delete && protection.is_none() {
            pruning.pruned.push(member);
            Action::Prune
        } else {
            pruning.retained.push(member);
            Action::Retain
        };
        if let Some(annotation) = protection.filter(|_| policy == Prune::Delete) {
            pruning.notes.push(format!(
                "`{}` stays: its annotation `{annotation}` protects it",
                member.id
            ));
        }
        pruning.steps.push(Step {
            action,
            id: member.id.clone(),
            component: String::new(),
            path: None,
            origin: None,
            drift: None,
            changes: Vec::new(),
        });
    }
    pruning
}
