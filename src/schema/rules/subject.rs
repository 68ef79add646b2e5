//! What a rule sees of an object: a mapping at its place, read leniently, and a way to say what is wrong.
//!
//! What has the wrong type reads as missing: the walk has told of it already. As in the API, text that is
//! empty and null are as good as missing.

use crate::schema::place::Place;
use crate::schema::quantity::{self, Quantity};
use crate::schema::scalar::number_of;
use crate::schema::violation::{Report, Severity};
use crate::yaml::{Entry, Node, Segment, Tag};

/// A mapping that a rule looks at.
pub(super) struct Subject<'s, 'n> {
    pub(super) node: &'s Node,
    place: &'s Place<'s>,
    /// From the place to the node.
    way: Vec<Segment>,
    severity: Severity,
    report: &'s mut Report<'n>,
}

impl<'s, 'n> Subject<'s, 'n> {
    pub(super) fn new(node: &'s Node, place: &'s Place<'s>, report: &'s mut Report<'n>) -> Self {
        Self {
            node,
            place,
            way: Vec::new(),
            severity: Severity::Error,
            report,
        }
    }

    /// Returns a mapping below as what is looked at.
    pub(super) fn below<'a>(&'a mut self, node: &'a Node, way: &[Segment]) -> Subject<'a, 'n> {
        Subject {
            node,
            place: self.place,
            way: [&self.way, way].concat(),
            severity: self.severity,
            report: self.report,
        }
    }

    /// Makes warnings of what is wrong from here on: the server does not look at it.
    pub(super) fn only_warn(&mut self) {
        self.severity = Severity::Warning;
    }

    /// Tells whether a mapping of some name is around this one.
    pub(super) fn is_in(&self, name: &str) -> bool {
        let mut at = Some(self.place);
        while let Some(place) = at {
            if place.parent().is_some() && place.name() == name {
                return true;
            }
            at = place.parent();
        }
        false
    }

    /// Tells whether the mapping is the value of some field.
    pub(super) fn is_in_field(&self, name: &str) -> bool {
        self.place.name() == name
    }

    /// Returns the object that the mapping is in.
    pub(super) fn object(&self) -> &'n Node {
        self.report.root()
    }

    /// Adds what is wrong, at a field on the way from the mapping.
    pub(super) fn wrong(
        &mut self,
        rule: &'static str,
        way: &[Segment],
        message: impl Into<String>,
    ) {
        let way = [&self.way, way].concat();
        self.report
            .add_below(rule, self.severity, self.place, &way, message);
    }

    /// Adds that a field is missing.
    pub(super) fn missing(&mut self, way: &[Segment], message: impl Into<String>) {
        self.wrong("schema/required", way, message);
    }
}

/// A step into a mapping.
pub(super) fn key(name: &str) -> Segment {
    Segment::Key(name.into())
}

/// A step into a list.
pub(super) fn item(index: usize) -> Segment {
    Segment::Index(index)
}

/// Tells whether a field is there and not null.
pub(super) fn has(node: &Node, field: &str) -> bool {
    node.get(field).is_some_and(|value| !value.is_null())
}

/// Returns text that is not empty.
pub(super) fn text<'n>(node: &'n Node, field: &str) -> Option<&'n str> {
    node.get(field).and_then(plain_text)
}

/// Returns the text of an item of a list of texts; what is none reads as empty.
pub(super) fn item_text(node: &Node) -> &str {
    plain_text(node).unwrap_or_default()
}

/// Returns the text of a node, if it has some.
pub(super) fn plain_text(node: &Node) -> Option<&str> {
    node.as_scalar()
        .filter(|scalar| matches!(scalar.tag, Tag::Str | Tag::Timestamp | Tag::Binary))
        .map(|scalar| scalar.text.as_str())
        .filter(|text| !text.is_empty())
}

pub(super) fn int(node: &Node, field: &str) -> Option<i64> {
    node.get(field)?.as_scalar().and_then(number_of)
}

pub(super) fn is_true(node: &Node, field: &str) -> bool {
    is_bool(node, field, "true")
}

pub(super) fn is_false(node: &Node, field: &str) -> bool {
    is_bool(node, field, "false")
}

fn is_bool(node: &Node, field: &str, value: &str) -> bool {
    node.get(field)
        .and_then(Node::as_scalar)
        .is_some_and(|scalar| scalar.tag == Tag::Bool && scalar.text.eq_ignore_ascii_case(value))
}

pub(super) fn items<'n>(node: &'n Node, field: &str) -> &'n [Node] {
    node.get(field)
        .and_then(Node::as_sequence)
        .unwrap_or_default()
}

pub(super) fn entries<'n>(
    node: &'n Node,
    field: &str,
) -> impl Iterator<Item = &'n Entry> + use<'n> {
    node.get(field)
        .and_then(Node::as_mapping)
        .into_iter()
        .flatten()
}

/// Returns a quantity that is there and not null.
pub(super) fn quantity(node: &Node, field: &str) -> Option<Quantity> {
    node.get(field)
        .filter(|node| !node.is_null())
        .and_then(quantity_of)
}

/// Returns the quantity of an entry; null is 0 there.
pub(super) fn quantity_of(node: &Node) -> Option<Quantity> {
    let scalar = node.as_scalar()?;
    match scalar.tag {
        Tag::Null => quantity::parse("0"),
        _ => quantity::parse(&scalar.text),
    }
}
