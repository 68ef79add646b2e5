//! Copies the value of a field into fields of other resources.
//!
//! [`transform`] is the way in; `embedded` writes into JSON or YAML that a field holds as text; `blame`
//! finds the line that wrote a field.

mod blame;
mod embedded;
mod error;

use smol_str::SmolStr;

use super::field_path::{Leaf, PathProblem, find, lookup, node_at, split};
use super::scalar::{implied_tag, retyped, untyped};
use super::shared::settle;
use crate::kustomize::file::{FieldOptions, Replacement, ReplacementSource, ReplacementTarget};
use crate::kustomize::selector::Selection;
use crate::kustomize::{ResId, ResMap, Resource};
use crate::yaml::{Node, Origin, Scalar, Style, Value};

pub(crate) use blame::writer_of;
pub(crate) use error::Error;

/// Makes the replacements in order. Those that stand in files have been read already. Returns whether each
/// target selected something.
pub(crate) fn transform(
    resources: &mut ResMap,
    replacements: &[Replacement],
) -> Result<Vec<bool>, Error> {
    let mut are_useful = Vec::new();
    for replacement in replacements {
        let at = replacement.origin;
        if replacement.targets.is_empty() {
            return Err(Error::NoTarget { at });
        }
        let value = match (&replacement.source, &replacement.source_value) {
            (Some(_), Some(_)) => return Err(Error::TwoSources { at }),
            (None, None) => return Err(Error::NoSource { at }),
            (None, Some(value)) => untyped(&value.text, value.origin),
            (Some(source), None) => source_value(resources, source)?,
        };
        for target in &replacement.targets {
            are_useful.push(write_to_target(resources, target, &value)?);
        }
    }
    Ok(are_useful)
}

/// Returns the ids by which a replacement finds a resource: that it has and those it had.
pub(in crate::kustomize) fn ids(resource: &Resource) -> impl Iterator<Item = ResId> {
    [resource.id()].into_iter().chain(resource.previous_ids())
}

fn source_value(resources: &ResMap, source: &ReplacementSource) -> Result<Node, Error> {
    let selector = source.id();
    let selects = |resource: &&Resource| ids(resource).any(|id| is_source(&id, &selector));
    let mut found = resources.iter().filter(selects);
    let Some(resource) = found.next() else {
        return Err(Error::SourceNotFound {
            source_id: Box::new(selector),
            at: source.origin,
        });
    };
    if let Some(second) = found.next() {
        return Err(Error::SeveralSources {
            source_id: Box::new(selector),
            at: source.origin,
            found: [resource, second]
                .map(|found| (found.id(), found.node.origin))
                .into(),
        });
    }
    let (path, at) = match &*source.field_path {
        "" => ("metadata.name", source.origin),
        path => (path, source.field_path.origin),
    };
    let value = lookup(&resource.node, &split(path)).map_err(|problem| Error::SourcePath {
        path: path.into(),
        problem,
        at,
    })?;
    let value = value
        .filter(|value| !is_empty(value))
        .ok_or_else(|| Error::NoSourceField {
            path: path.into(),
            resource: Box::new(resource.id()),
            at,
            object: resource.node.origin,
        })?;
    part(value, source.options.as_ref())
}

/// Compares an id with a selector whose empty parts select all. Whether a kind has namespaces does not
/// count here: what has none is in `default`.
fn is_source(id: &ResId, selector: &ResId) -> bool {
    let effective = |namespace: &SmolStr| {
        if namespace.is_empty() {
            SmolStr::new_static("default")
        } else {
            namespace.clone()
        }
    };
    (selector.name.is_empty() || selector.name == id.name)
        && (selector.namespace.is_empty()
            || effective(&selector.namespace) == effective(&id.namespace))
        && id.gvk.is_selected(&selector.gvk)
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(_) => node.is_null(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
    }
}

/// Returns the part of a value that the options name.
fn part(value: &Node, options: Option<&FieldOptions>) -> Result<Node, Error> {
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else {
        return Ok(value.clone());
    };
    let Some(scalar) = value.as_scalar() else {
        return Err(Error::DelimiterNeedsScalar {
            at: options.origin,
            field: value.origin,
        });
    };
    let part = usize::try_from(options.index)
        .ok()
        .and_then(|index| scalar.text.split(&*options.delimiter).nth(index))
        .ok_or(Error::NoSuchPart {
            index: options.index,
            at: options.origin,
            field: value.origin,
        })?;
    let scalar = Scalar {
        text: part.into(),
        ..scalar.clone()
    };
    Ok(Node::scalar(scalar, value.origin))
}

fn write_to_target(
    resources: &mut ResMap,
    target: &ReplacementTarget,
    value: &Node,
) -> Result<bool, Error> {
    let Some(select) = &target.select else {
        return Err(Error::NoSelect { at: target.origin });
    };
    let select = Selection::new(select)?;
    let rejects = target
        .reject
        .iter()
        .map(|reject| match reject {
            Some(reject) => Ok(Selection::new(reject)?),
            None => Err(Error::NullReject { at: target.origin }),
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut selected = Vec::new();
    for (position, resource) in resources.iter().enumerate() {
        if is_target(resource, &select, &rejects)? {
            selected.push(position);
        }
    }
    let is_useful = !selected.is_empty();
    for position in selected {
        if let Some(mut resource) = resources.get_mut(position) {
            write_to_fields(&mut resource, target, value)?;
            settle(&mut resource);
        }
    }
    Ok(is_useful)
}

fn is_target(
    resource: &Resource,
    select: &Selection,
    rejects: &[Selection],
) -> Result<bool, Error> {
    if !select.matches_labels(resource)? {
        return Ok(false);
    }
    for reject in rejects {
        if reject.names_labels() && reject.matches_labels(resource)? {
            return Ok(false);
        }
    }
    let rejected = |id: &ResId| {
        rejects
            .iter()
            .any(|reject| reject.names_id() && reject.matches_id(id))
    };
    Ok(!ids(resource).any(|id| rejected(&id)) && ids(resource).any(|id| select.matches_id(&id)))
}

fn write_to_fields(
    resource: &mut Resource,
    target: &ReplacementTarget,
    value: &Node,
) -> Result<(), Error> {
    let options = target.options.as_ref();
    let create = options
        .is_some_and(|options| options.create)
        .then_some(match &value.value {
            Value::Scalar(_) => Leaf::Scalar,
            Value::Sequence(_) => Leaf::Sequence,
            Value::Mapping(_) => Leaf::Mapping,
        });
    let default = [(SmolStr::new_static("metadata.name"), target.origin)];
    let paths: Vec<(SmolStr, Origin)> = if target.field_paths.is_empty() {
        default.into()
    } else {
        let paths = target.field_paths.iter();
        paths.map(|path| (path.text.clone(), path.origin)).collect()
    };
    for (path, at) in paths {
        if path.is_empty() {
            let at = if at.line > 0 { at } else { target.origin };
            return Err(Error::EmptyPath { at });
        }
        let steps = split(&path);
        // Any failure there means that the path is meant for the object itself.
        if let Some(new) = embedded::write(&resource.node, &steps, value, create) {
            resource.node = new;
            continue;
        }
        let mut node = resource.node.clone();
        let found = find(&mut node, &steps, create, value.origin);
        let failure = |problem: Option<PathProblem>| Error::TargetPath {
            path: path.clone(),
            resource: Box::new(resource.id()),
            problem,
            created: create.is_some(),
            at,
            object: resource.node.origin,
        };
        let found = found.map_err(|problem| failure(Some(problem)))?;
        if found.is_empty() {
            return Err(failure(None));
        }
        for found in &found.fields {
            if let Some(field) = node_at(&mut node, &found.path) {
                *field = written(field, found.created, value, options, at)?;
            }
        }
        resource.node = node;
    }
    Ok(())
}

/// Returns a field with the value, or a part of it replaced by the value.
fn written(
    field: &Node,
    created: bool,
    value: &Node,
    options: Option<&FieldOptions>,
    at: Origin,
) -> Result<Node, Error> {
    let options = options.filter(|options| !options.delimiter.is_empty());
    let text = match (value.as_scalar(), options) {
        (scalar, None) => scalar.map_or(SmolStr::default(), |scalar| scalar.text.clone()),
        (_, Some(options)) => {
            let Some(old) = field.as_scalar() else {
                return Err(Error::DelimiterNeedsScalar {
                    at: options.origin,
                    field: field.origin,
                });
            };
            let new = if value.is_null() {
                ""
            } else {
                value.text().unwrap_or_default()
            };
            joined(&old.text, new, options).into()
        }
    };
    let Some(old) = field.as_scalar() else {
        let mut new = value.clone();
        if let (Value::Scalar(scalar), Some(_)) = (&mut new.value, options) {
            scalar.text = text;
        }
        return Ok(new);
    };
    // A field that is there keeps its type, which its new text must be of.
    let tag = if created {
        Some(implied_tag(&text, Style::Plain))
    } else {
        retyped(old, &text)
    };
    let tag = tag.ok_or_else(|| Error::WrongType {
        text: text.clone(),
        at,
        field: field.origin,
    })?;
    let scalar = Scalar {
        text,
        tag,
        style: old.style,
    };
    Ok(Node::scalar(scalar, value.origin))
}

/// Replaces a part of a text; an index below 0 adds one before it, one beyond the end one after it.
fn joined(old: &str, new: &str, options: &FieldOptions) -> String {
    let mut parts: Vec<&str> = old.split(&*options.delimiter).collect();
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, new),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = new,
            None => parts.push(new),
        },
    }
    parts.join(&*options.delimiter)
}
