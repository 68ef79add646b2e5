//! What keeps a sync from deleting more than someone meant.

use crate::render::fleet::PruneLimit;
use crate::yaml::Diagnostic;

use super::{Action, Plan};

/// What a sync may delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrunePolicy {
    /// Whether it deletes what is no longer rendered.
    pub prune: Prune,
    /// How much it may delete at once.
    pub limit: Option<PruneLimit>,
    /// Whether an environment that renders nothing may empty its target.
    pub empty: EmptySet,
}

/// Whether a sync deletes what is no longer rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// It deletes it.
    Delete,
    /// It leaves it, and remembers that it is the set's.
    Retain,
}

/// Whether an environment that renders nothing may empty its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptySet {
    /// It may not.
    Refuse,
    /// It may.
    Allow,
}

/// Why a plan must not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum GuardError {
    #[error("`{environment}` renders no objects, and a sync would delete all {held} of `{target}`")]
    Empty {
        environment: String,
        target: String,
        held: usize,
    },
    #[error(
        "a sync of `{environment}` would delete {prunes} of the {held} objects of `{target}`; {limit} is the limit"
    )]
    Limit {
        environment: String,
        target: String,
        prunes: usize,
        held: usize,
        limit: PruneLimit,
    },
}

/// Refuses a plan that deletes more than the policy allows.
pub fn check(plan: &Plan, policy: &PrunePolicy) -> Result<(), GuardError> {
    let prunes = plan.count(Action::Prune);
    if prunes == 0 {
        return Ok(());
    }
    let held = plan.steps.len() - plan.count(Action::Create);
    let rendered = plan.steps.len() - prunes - plan.count(Action::Retain);
    if rendered == 0 && policy.empty == EmptySet::Refuse {
        return Err(GuardError::Empty {
            environment: plan.environment.clone(),
            target: plan.target.clone(),
            held,
        });
    }
    match policy.limit {
        // Emptying was allowed by name, which says more than a limit does.
        Some(limit) if rendered > 0 && prunes > most(limit, held) => Err(GuardError::Limit {
            environment: plan.environment.clone(),
            target: plan.target.clone(),
            prunes,
            held,
            limit,
        }),
        _ => Ok(()),
    }
}

impl Default for PrunePolicy {
    fn default() -> Self {
        Self {
            prune: Prune::Delete,
            limit: None,
            empty: EmptySet::Refuse,
        }
    }
}

/// Returns the most objects that may go of so many.
fn most(limit: PruneLimit, held: usize) -> usize {
    match limit {
        PruneLimit::Objects(objects) => usize::try_from(objects).unwrap_or(usize::MAX),
        PruneLimit::Percent(percent) => held.saturating_mul(usize::from(percent)) / 100,
    }
}

impl Diagnostic for GuardError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty { .. } => {
                "if that is meant, say `--allow-empty`; `--prune=false` deletes nothing".to_owned()
            }
            Self::Limit { prunes, .. } => {
                format!(
                    "look at the plan with `--dry-run`; if it is meant, say `--prune-limit {prunes}`"
                )
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::ObjectId;
    use crate::sync::Step;

    fn plan(creates: usize, prunes: usize, keeps: usize) -> Plan {
        let step = |action| Step {
            action,
            id: ObjectId {
                group: "".into(),
                kind: "ConfigMap".into(),
                namespace: "".into(),
                name: "x".into(),
                version: "v1".into(),
            },
            component: String::new(),
            path: None,
            origin: None,
            drift: None,
            changes: Vec::new(),
        };
        let steps = [
            (Action::Create, creates),
            (Action::Prune, prunes),
            (Action::Keep, keeps),
        ];
        Plan {
            steps: steps
                .into_iter()
                .flat_map(|(action, count)| vec![step(action); count])
                .collect(),
            ..Plan::default()
        }
    }

    fn refused(plan: &Plan, limit: Option<&str>, empty: EmptySet) -> bool {
        let policy = PrunePolicy {
            limit: limit.map(|limit| limit.parse().unwrap()),
            empty,
            ..PrunePolicy::default()
        };
        check(plan, &policy).is_err()
    }

    #[test]
    fn a_limit_counts_what_the_target_holds() {
        assert!(!refused(&plan(100, 1, 3), Some("25%"), EmptySet::Refuse));
        assert!(refused(&plan(100, 2, 6), Some("24%"), EmptySet::Refuse));
        assert!(!refused(&plan(0, 2, 6), Some("2"), EmptySet::Refuse));
        assert!(refused(&plan(0, 3, 6), Some("2"), EmptySet::Refuse));
        assert!(refused(&plan(0, 1, 6), Some("0"), EmptySet::Refuse));
    }

    #[test]
    fn nothing_rendered_empties_a_target_only_when_allowed() {
        assert!(refused(&plan(0, 3, 0), None, EmptySet::Refuse));
        assert!(!refused(&plan(0, 3, 0), Some("1"), EmptySet::Allow));
        assert!(!refused(&plan(0, 0, 0), None, EmptySet::Refuse));
    }

    #[test]
    fn a_limit_is_a_number_or_a_percentage() {
        for wrong in ["", "%", "-1", "101%", "1.5%", "a"] {
            assert!(wrong.parse::<PruneLimit>().is_err(), "{wrong}");
        }
        assert_eq!("25%".parse(), Ok(PruneLimit::Percent(25)));
        assert_eq!("7".parse(), Ok(PruneLimit::Objects(7)));
    }
}
