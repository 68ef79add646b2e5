//! A field followed through the states of its object.

use crate::diff;
use crate::kustomize::{Event, Writer};
use crate::merge::ITEM_KEYS;
use crate::yaml::{FieldPath, Node, Origin, Segment, Value};

use super::{Effect, FieldQuery, Link};

/// Returns the field that is asked for, as it is or was last, with who wrote it; `None` where the object
/// never had it.
pub(super) fn of_field(
    events: &[Event],
    query: &FieldQuery,
) -> Option<(FieldPath, Option<Node>, Vec<Link>)> {
    let (last, path) = events
        .iter()
        .enumerate()
        .rev()
        .find_map(|(index, event)| Some((index, query.resolve(&event.node)?)))?;
    let had = &events[last];
    let mut links = writers(&events[..=last], &path);
    let mut value = path.find(&had.node).cloned();
    if let Some(next) = events.get(last + 1) {
        links.push(removal(&next.writer, &path, &had.node));
        value = None;
    }
    Some((path, value, links))
}

/// Returns who read and who changed an object.
pub(super) fn of_object(events: &[Event]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut before: Option<&Event> = None;
    for event in events {
        let changes = before.map(|before| diff::fields(&before.node, &event.node));
        if changes.as_ref().is_none_or(|changes| !changes.is_empty()) {
            let first = changes.as_ref().and_then(|changes| changes.first());
            let at = match (event.writer.at, first) {
                (Some(at), Some(_)) => at,
                (None, Some(first)) => first.path.origin_in(&event.node),
                (_, None) => event.node.origin,
            };
            links.push(link(
                &event.writer,
                at,
                Effect::Changed(changes.unwrap_or_default()),
            ));
        }
        before = Some(event);
    }
    links
}

/// Returns the link of a step that took a field, or with the root's path an object, out.
pub(super) fn removal(writer: &Writer, path: &FieldPath, before: &Node) -> Link {
    let at = writer.deletion(path, before).or(writer.at);
    link(
        writer,
        at.unwrap_or_else(|| path.origin_in(before)),
        Effect::Removed,
    )
}

/// Returns who wrote the field at a path of the last state, oldest first.
fn writers(events: &[Event], path: &FieldPath) -> Vec<Link> {
    let mut links = Vec::new();
    let mut path = path.clone();
    for (index, event) in events.iter().enumerate().rev() {
        let Some(now) = path.find(&event.node) else {
            break;
        };
        let before = index.checked_sub(1).and_then(|index| events.get(index));
        let path_before = before.and_then(|before| path_in(&path, &event.node, &before.node));
        let was = match (&path_before, before) {
            (Some(path), Some(before)) => path.find(&before.node),
            _ => None,
        };
        if let Some(place) = place(was, now, &path, &event.node) {
            let copied_by = event.writer.copy(&path, &event.node, was);
            links.push(Link {
                printed_at: event.writer.through(&path),
                ..written(&event.writer, place, copied_by, now)
            });
        }
        match path_before {
            Some(before) => path = before,
            None => break,
        }
    }
    links.reverse();
    links
}

/// Where a step wrote.
#[derive(Clone, Copy)]
enum Place {
    /// What it wrote has this line.
    Written(Origin),
    /// It changed a value that keeps the line it had.
    Kept(Origin),
}

/// Tells where a field was written in a step, if it was.
fn place(was: Option<&Node>, now: &Node, path: &FieldPath, object: &Node) -> Option<Place> {
    let Some(was) = was else {
        // A mapping or list stands where its key is.
        return Some(Place::Written(path.origin_in(object)));
    };
    if was.same(now) {
        return None;
    }
    match (&was.value, &now.value) {
        (Value::Scalar(a), Value::Scalar(b)) => {
            if was.origin != now.origin {
                return Some(Place::Written(now.origin));
            }
            ((&a.text, a.tag) != (&b.text, b.tag)).then_some(Place::Kept(now.origin))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            let changed = b.iter().find_map(|entry| match a.get(&entry.key.text) {
                Some(was) => place(Some(was), &entry.value, &FieldPath::root(), &entry.value),
                None => Some(Place::Written(match entry.value.as_scalar() {
                    Some(_) => entry.value.origin,
                    None => entry.key_origin,
                })),
            });
            let lost = || a.iter().any(|entry| !b.contains_key(&entry.key.text));
            changed.or_else(|| lost().then_some(Place::Kept(now.origin)))
        }
        (Value::Sequence(a), Value::Sequence(b)) => {
            let root = FieldPath::root();
            let changed = b.iter().enumerate().find_map(|(index, item)| {
                match item_in(index, b, a).and_then(|index| a.get(index)) {
                    Some(was) => place(Some(was), item, &root, item),
                    None => Some(Place::Written(item.origin)),
                }
            });
            changed.or_else(|| (a.len() != b.len()).then_some(Place::Kept(now.origin)))
        }
        _ => Some(Place::Written(now.origin)),
    }
}

fn written(writer: &Writer, place: Place, copied_by: Option<Origin>, now: &Node) -> Link {
    let wrote = Effect::Wrote(now.clone());
    match place {
        Place::Kept(at) => link(writer, writer.at.unwrap_or(at), wrote),
        Place::Written(at) => match copied_by {
            Some(copied_by) => Link {
                copied_from: Some(at).filter(|at| *at != copied_by),
                ..link(writer, copied_by, wrote)
            },
            None => link(writer, at, wrote),
        },
    }
}

fn link(writer: &Writer, at: Origin, effect: Effect) -> Link {
    Link {
        step: writer.name.to_string(),
        at,
        asked_at: writer
            .at
            .filter(|asked| (asked.file, asked.line) != (at.file, at.line)),
        copied_from: None,
        printed_at: Vec::new(),
        effect,
    }
}

/// Returns the path that a field of an object had in an earlier state of it.
fn path_in(path: &FieldPath, now: &Node, before: &Node) -> Option<FieldPath> {
    let (mut now, mut before) = (now, before);
    let mut path_before = FieldPath::root();
    for segment in path.segments() {
        let segment_before = match segment {
            Segment::Key(_) => segment.clone(),
            Segment::Index(index) => {
                let (items, items_before) = (now.as_sequence()?, before.as_sequence()?);
                Segment::Index(item_in(*index, items, items_before)?)
            }
        };
        now = segment.find(now)?;
        before = segment_before.find(before)?;
        path_before.push(segment_before);
    }
    Some(path_before)
}

/// Returns the index that an item of a list had in an earlier state of the list.
fn item_in(index: usize, items: &[Node], before: &[Node]) -> Option<usize> {
    let item = items.get(index)?;
    let only = |is_it: &dyn Fn(&Node) -> bool| {
        let mut found = before.iter().enumerate().filter(|(_, item)| is_it(item));
        let (index, _) = found.next()?;
        found.next().is_none().then_some(index)
    };
    if let Some(same) = only(&|before| before.same(item)) {
        return Some(same);
    }
    match &item.value {
        Value::Mapping(fields) => {
            let by_key = ITEM_KEYS.iter().find_map(|key| {
                let value = fields.get(key)?.text()?;
                only(&|before| before.get(key).and_then(Node::text) == Some(value))
            });
            // One that was renamed is known by its place.
            by_key.or_else(|| only(&|before| before.origin == item.origin))
        }
        Value::Scalar(scalar) => {
            let text = scalar.text.as_str();
            only(&|before| before.text() == Some(text))
                .or_else(|| only(&|before| before.origin == item.origin))
        }
        Value::Sequence(_) => None,
    }
    .or_else(|| (items.len() == before.len() && !has_names(items)).then_some(index))
}

/// Tells whether items are told apart by a field of theirs, so that their order says nothing.
fn has_names(items: &[Node]) -> bool {
    ITEM_KEYS
        .iter()
        .any(|key| items.iter().all(|item| item.get(key).is_some()))
}
