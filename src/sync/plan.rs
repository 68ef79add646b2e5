//! What a sync would do, one step an object.

use crate::diff::FieldChange;
use crate::render::ObjectId;
use crate::yaml::Origin;

/// What makes a target equal to a rendered environment.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The environment.
    pub environment: String,
    /// The target as people name it: a folder, or a cluster's context.
    pub target: String,
    /// The steps, in the order in which they are carried out.
    pub steps: Vec<Step>,
    /// What a person should know beside the steps.
    pub notes: Vec<String>,
}

/// What happens to one object.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// The object.
    pub id: ObjectId,
    /// The component that it belongs to; empty where the target does not tell.
    pub component: String,
    /// The file that holds it, below the folder, where the target is one.
    pub path: Option<String>,
    /// Where the object was written; `None` where nothing renders it any more.
    pub origin: Option<Origin>,
    /// What was done to the target by hand since the last sync, which this step puts right.
    pub drift: Option<Drift>,
    /// The fields that change. The new value's origin is the line that wrote it.
    pub changes: Vec<FieldChange>,
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there, and differs.
    Change,
    /// It was synced earlier, and nothing renders it any more.
    Prune,
    /// It would be pruned if pruning were not off.
    Retain,
    /// It is as it should be.
    Keep,
}

/// A change to the target that no sync made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The object was edited, by the named field managers where the target tells.
    Edited {
        /// The field managers that own what differs.
        by: Vec<String>,
    },
    /// The object was deleted.
    Deleted,
}

impl Action {
    /// Returns the word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Prune => "prune",
            Self::Retain => "retain",
            Self::Keep => "keep",
        }
    }
}

impl Plan {
    /// Returns how many steps do the action.
    pub fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .filter(|step| step.action == action)
            .count()
    }

    /// Tells whether the target is as it should be.
    pub fn is_in_sync(&self) -> bool {
        self.steps
            .iter()
            .all(|step| matches!(step.action, Action::Keep | Action::Retain))
    }
}
