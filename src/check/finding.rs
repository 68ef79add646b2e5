//! A result of a check. Every format of a report is drawn from it.

use crate::render::ObjectId;
use crate::yaml::{FieldPath, Origin};

/// Something in a rendered set that is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, as `schema/unknown-field` or `policy/no-latest-tag`.
    pub rule: String,
    /// Whether it shuts the gate.
    pub severity: Severity,
    /// The environment; empty where it is about the fleet itself.
    pub environment: String,
    /// The component; empty where it is about the environment itself.
    pub component: String,
    /// The object, if it is about one.
    pub object: Option<ObjectId>,
    /// The field within the object.
    pub field: FieldPath,
    /// What is wrong: lower case, no full stop, values in backticks.
    pub message: String,
    /// The line in the repository that wrote the field.
    pub origin: Option<Origin>,
    /// Other places that matter, each with what stands there.
    pub related: Vec<(Origin, String)>,
    /// What to do.
    pub hint: Option<String>,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To know.
    Note,
    /// To look at; the gate stays open.
    Warning,
    /// The gate is shut.
    Error,
}
