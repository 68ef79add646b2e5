//! Who wrote a field of a rendered object, and who removed one.
//!
//! A build that keeps its history ([`BuildOptions::keep_history`](crate::kustomize::BuildOptions)) leaves
//! on each resource what it was after each step. [`explain`] finds the objects that an [`ObjectQuery`]
//! names and follows the field of a [`FieldQuery`] back through those states, however the items of lists have
//! moved. [`annotate`] writes an object with the place of each line beside it. Draws nothing.

mod annotate;
mod chain;
mod field;
mod kinds;
mod object;

use smol_str::SmolStr;

use crate::diff::FieldChange;
use crate::kustomize::{Built, Removed, Resource};
use crate::render::ObjectId;
use crate::yaml::{FieldPath, Node, Origin};

pub use annotate::{Annotated, annotate};
pub use field::{FieldQuery, FieldQueryError};
pub use object::{ObjectQuery, ObjectQueryError};

/// How an object, or one of its fields, came to be what it is.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The object: as it is rendered, or as it was when it was removed.
    pub id: ObjectId,
    /// The id that it was read with, without its namespace, where its name or kind is another.
    pub read_as: Option<ObjectId>,
    /// The field; none for the object as a whole. An index counts in the list as it was last.
    pub field: Option<FieldPath>,
    /// The field as it is rendered; `None` where it was removed.
    pub value: Option<Node>,
    /// Who wrote it, oldest first.
    pub links: Vec<Link>,
    /// Whether the object is a Secret, whose values are not to be shown.
    pub is_secret: bool,
}

/// One who wrote or removed.
#[derive(Clone, Debug)]
pub struct Link {
    /// The field of the kustomization that asked for it, or what the step is called.
    pub step: String,
    /// The line that wrote, or that removed.
    pub at: Origin,
    /// The line of the kustomization that asked for it, where that is another.
    pub asked_at: Option<Origin>,
    /// The line that a copied value was read from.
    pub copied_from: Option<Origin>,
    /// The lines of templates that printed a value, the outermost first.
    pub printed_at: Vec<Origin>,
    /// What it did.
    pub effect: Effect,
}

/// What a link did.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The field had this value afterwards.
    Wrote(Node),
    /// The object had these fields changed; none where it was read.
    Changed(Vec<FieldChange>),
    /// The field, or the object, was gone afterwards.
    Removed,
}

/// What a build has of what was asked for.
#[derive(Debug)]
pub enum Answer {
    /// It has, or had, the object and the field.
    Found(Vec<Explanation>),
    /// It has objects of that name; none ever had the field.
    NoField {
        /// The first of the objects.
        id: Box<ObjectId>,
        /// A field that is much like the one asked for.
        nearest: Option<String>,
    },
    /// It never had such an object.
    NoObject {
        /// The names of objects that are much like it.
        nearest: Vec<String>,
    },
}

/// Explains the objects of a build that a query names, as a whole or one field of them.
///
/// An object that is there goes before one that once had the name, and that before one that was removed.
pub fn explain(built: &Built, object: &ObjectQuery, field: Option<&FieldQuery>) -> Answer {
    let present: Vec<(&Resource, Option<&Removed>)> = named(&built.resources, object)
        .into_iter()
        .map(|resource| (resource, None))
        .collect();
    let found = if present.is_empty() {
        let removed = built.removed.iter();
        removed
            .filter(|removed| object.names_or_named(&removed.resource))
            .map(|removed| (&removed.resource, Some(removed)))
            .collect()
    } else {
        present
    };
    let Some((first, _)) = found.first() else {
        return Answer::NoObject {
            nearest: object.nearest(&built.resources),
        };
    };
    let explanations: Vec<Explanation> = found
        .iter()
        .filter_map(|(resource, removed)| explanation(resource, *removed, field))
        .collect();
    if explanations.is_empty() {
        return Answer::NoField {
            id: Box::new(first.id().into()),
            nearest: field.and_then(|field| field.nearest(&first.node)),
        };
    }
    Answer::Found(explanations)
}

/// Returns the resources that have a name now, or else those that once had it.
fn named<'r>(
    resources: impl IntoIterator<Item = &'r Resource> + Copy,
    object: &ObjectQuery,
) -> Vec<&'r Resource> {
    let now: Vec<_> = resources
        .into_iter()
        .filter(|resource| object.names(&resource.id()))
        .collect();
    if !now.is_empty() {
        return now;
    }
    resources
        .into_iter()
        .filter(|resource| object.names_or_named(resource))
        .collect()
}

fn explanation(
    resource: &Resource,
    removed: Option<&Removed>,
    query: Option<&FieldQuery>,
) -> Option<Explanation> {
    let events = resource.history.events();
    let (field, value, mut links) = match query {
        None => (None, Some(resource.node.clone()), chain::of_object(events)),
        Some(query) => {
            let (field, value, links) = chain::of_field(events, query)?;
            (Some(field), value, links)
        }
    };
    if let Some(Removed { writer, .. }) = removed {
        links.push(chain::removal(writer, &FieldPath::root(), &resource.node));
    }
    let (id, read_as) = (resource.id(), resource.original_id());
    let is_renamed = (&id.name, &id.gvk.kind) != (&read_as.name, &read_as.gvk.kind);
    Some(Explanation {
        read_as: is_renamed.then(|| ObjectId {
            namespace: SmolStr::default(),
            ..read_as.into()
        }),
        id: id.into(),
        field,
        value: value.filter(|_| removed.is_none()),
        links,
        is_secret: crate::diff::is_secret(&resource.node),
    })
}
