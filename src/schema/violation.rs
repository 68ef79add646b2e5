//! What is wrong with an object.

use crate::yaml::{FieldPath, Node, Origin, Segment};

use super::place::Place;

/// Something an API server would refuse, or that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as `schema/unknown-field`.
    pub rule: &'static str,
    /// Whether a server would refuse the object for it.
    pub severity: Severity,
    /// The field.
    pub field: FieldPath,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The place that wrote the field, or what is nearest above where it is missing.
    pub origin: Origin,
}

/// How much a violation weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A server takes the object, but something is likely wrong; or nothing is known of its kind.
    Warning,
    /// A server refuses the object.
    Error,
}

/// Gathers the violations of one object. Costs nothing while there is none.
pub(super) struct Report<'n> {
    root: &'n Node,
    violations: Vec<Violation>,
}

/// The most that is told of one object: enough to work on, and a bound on what hostile input costs.
const MOST: usize = 200;

impl<'n> Report<'n> {
    pub(super) fn new(root: &'n Node) -> Self {
        Self {
            root,
            violations: Vec::new(),
        }
    }

    pub(super) fn root(&self) -> &'n Node {
        self.root
    }

    /// Adds an error at a place.
    pub(super) fn error(
        &mut self,
        rule: &'static str,
        place: &Place<'_>,
        message: impl Into<String>,
    ) {
        self.add(rule, Severity::Error, place, message, None);
    }

    /// Adds a violation at the end of a way that begins at a place.
    pub(super) fn add_below(
        &mut self,
        rule: &'static str,
        severity: Severity,
        place: &Place<'_>,
        way: &[Segment],
        message: impl Into<String>,
    ) {
        let field: FieldPath = place.path().segments().iter().chain(way).cloned().collect();
        let origin = field.origin_in(self.root);
        self.push(rule, severity, field, origin, message.into(), None);
    }

    /// Adds an error about a field's name, at its key.
    pub(super) fn at_key(
        &mut self,
        rule: &'static str,
        place: &Place<'_>,
        key_origin: Origin,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.push(
            rule,
            Severity::Error,
            place.path(),
            key_origin,
            message.into(),
            hint,
        );
    }

    /// Adds a violation at a place.
    pub(super) fn add(
        &mut self,
        rule: &'static str,
        severity: Severity,
        place: &Place<'_>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let field = place.path();
        let origin = field.origin_in(self.root);
        self.push(rule, severity, field, origin, message.into(), hint);
    }

    fn push(
        &mut self,
        rule: &'static str,
        severity: Severity,
        field: FieldPath,
        origin: Origin,
        message: String,
        hint: Option<String>,
    ) {
        if self.violations.len() < MOST {
            self.violations.push(Violation {
                rule,
                severity,
                field,
                message,
                hint,
                origin,
            });
        }
    }

    /// Returns how many there are so far.
    pub(super) fn len(&self) -> usize {
        self.violations.len()
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}
