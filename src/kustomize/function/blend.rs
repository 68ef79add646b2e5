//! What a function gives back, with the places of all that it left as it was.
//!
//! A function prints whole objects, so what it changed is found by comparing them with what it was given.
//! What is new has the place of the function's configuration. Objects, maps and lists that are the same keep
//! their memory, too.

use rustc_hash::FxHashMap;

use crate::merge::ITEM_KEYS;
use crate::yaml::{Entry, Mapping, Node, Origin, Scalar, Style, Value, emit};

/// Returns the new node: what is as it was has its old place, the rest stands at `at`.
pub(super) fn blend(old: &Node, new: &Node, at: Origin) -> Node {
    blended(old, new, at).0
}

/// Returns a node with all its parts at one place.
pub(super) fn written_at(node: &Node, at: Origin) -> Node {
    let value = match &node.value {
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
        Value::Sequence(items) => {
            let items = items.iter().map(|item| written_at(item, at)).collect();
            return Node::sequence(items, at);
        }
        Value::Mapping(mapping) => {
            let entries = mapping.iter().map(|entry| Entry {
                key: entry.key.clone(),
                key_origin: at,
                value: written_at(&entry.value, at),
            });
            return Node::mapping(Mapping::from_entries(entries.collect()), at);
        }
    };
    Node { value, origin: at }
}

/// Returns the node, and whether it is the old one.
fn blended(old: &Node, new: &Node, at: Origin) -> (Node, bool) {
    match (&old.value, &new.value) {
        (Value::Scalar(a), Value::Scalar(b)) => scalar(old, a, new, b, at),
        (Value::Mapping(a), Value::Mapping(b)) => mapping(old, a, b, at),
        (Value::Sequence(a), Value::Sequence(b)) => sequence(old, a, b, at),
        _ => (written_at(new, at), false),
    }
}

fn scalar(old: &Node, a: &Scalar, new: &Node, b: &Scalar, at: Origin) -> (Node, bool) {
    let is_kept = a.tag == b.tag && a.text == b.text;
    // What these styles stand for has been resolved on the way to the function.
    if is_kept && !matches!(a.style, Style::Folded | Style::NothingInFlow) {
        return (old.clone(), true);
    }
    let text = |node: &Node| {
        let mut text = String::new();
        emit(node, &mut text);
        text
    };
    // `1e3` comes back as `1000`.
    let is_same = is_kept || text(old) == text(new);
    let origin = if is_same { old.origin } else { at };
    let value = Value::Scalar(b.clone());
    (Node { value, origin }, false)
}

fn mapping(old: &Node, a: &Mapping, b: &Mapping, at: Origin) -> (Node, bool) {
    let mut is_old = a.len() == b.len();
    let mut entries = Vec::with_capacity(b.len());
    for entry in b {
        let (key_origin, value) = if let Some(before) = a.entry(&entry.key.text) {
            let (value, is_kept) = blended(&before.value, &entry.value, at);
            is_old &= is_kept;
            (before.key_origin, value)
        } else {
            is_old = false;
            (at, written_at(&entry.value, at))
        };
        entries.push(Entry {
            key: entry.key.clone(),
            key_origin,
            value,
        });
    }
    if is_old {
        return (old.clone(), true);
    }
    let mapping = Mapping::from_entries(entries);
    (Node::mapping(mapping, old.origin), false)
}

fn sequence(old: &Node, a: &[Node], b: &[Node], at: Origin) -> (Node, bool) {
    let mut partners = partners(a, b);
    let mut is_old = a.len() == b.len();
    let mut items = Vec::with_capacity(b.len());
    for (position, item) in b.iter().enumerate() {
        let partner = partners.get_mut(position).and_then(Option::take);
        let (item, is_kept) = match partner.and_then(|partner| Some((partner, a.get(partner)?))) {
            Some((partner, before)) => {
                let (item, is_kept) = blended(before, item, at);
                (item, is_kept && partner == position)
            }
            None => (written_at(item, at), false),
        };
        is_old &= is_kept;
        items.push(item);
    }
    if is_old {
        return (old.clone(), true);
    }
    (Node::sequence(items, old.origin), false)
}

/// Returns which old item each new one comes from: those at both ends that are equal, between them those of
/// one key, and those without a key by their position.
fn partners(a: &[Node], b: &[Node]) -> Vec<Option<usize>> {
    let shorter = a.len().min(b.len());
    let pairs = || a.iter().zip(b);
    let head = pairs().take_while(|(old, new)| old.equals(new)).count();
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(shorter - head)
        .take_while(|(old, new)| old.equals(new))
        .count();
    let mut by_key: FxHashMap<String, usize> = FxHashMap::default();
    let middle = |length: usize| head..length - tail;
    for position in middle(a.len()).rev() {
        if let Some(key) = a.get(position).and_then(key) {
            by_key.insert(key, position);
        }
    }
    let of_middle = |position: usize| match b.get(position).and_then(key) {
        Some(key) => by_key.get(&key).copied(),
        None => Some(position).filter(|position| {
            middle(a.len()).contains(position) && a.get(*position).and_then(self::key).is_none()
        }),
    };
    (0..b.len())
        .map(|position| {
            if position < head {
                Some(position)
            } else if position >= b.len() - tail {
                Some(position + a.len() - b.len())
            } else {
                of_middle(position)
            }
        })
        .collect()
}

/// Returns what tells an item of a list apart; `None` where nothing does.
fn key(item: &Node) -> Option<String> {
    if let Some(text) = item.text() {
        return Some(text.to_owned());
    }
    ITEM_KEYS
        .iter()
        .find_map(|key| Some(format!("{key}={}", item.get(key)?.text()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FieldPath, FileId, Limits, Segment, parse};

    fn node(file: &str, text: &str) -> Node {
        let mut nodes = parse(text.as_bytes(), FileId::of(file), &Limits::default()).unwrap();
        nodes.remove(0)
    }

    fn at() -> Origin {
        Origin::at(FileId::of("function.yaml"), 3, 1)
    }

    /// Returns each leaf that has the place of the function.
    fn written(node: &Node) -> Vec<String> {
        fn walk(node: &Node, path: &FieldPath, found: &mut Vec<String>) {
            match &node.value {
                Value::Scalar(scalar) if node.origin == at() => {
                    found.push(format!("{path}={}", scalar.text));
                }
                Value::Scalar(_) => {}
                Value::Sequence(items) => {
                    for (index, item) in items.iter().enumerate() {
                        let mut path = path.clone();
                        path.push(Segment::Index(index));
                        walk(item, &path, found);
                    }
                }
                Value::Mapping(mapping) => {
                    for entry in mapping.iter() {
                        let mut path = path.clone();
                        path.push(Segment::Key(entry.key.text.clone()));
                        walk(&entry.value, &path, found);
                    }
                }
            }
        }
        let mut found = Vec::new();
        walk(node, &FieldPath::root(), &mut found);
        found
    }

    fn changes(old: &str, new: &str) -> Vec<String> {
        written(&blend(&node("old", old), &node("new", new), at()))
    }

    #[test]
    fn only_what_is_new_has_the_place_of_the_function() {
        assert_eq!(
            changes("{a: 1, b: {c: x, d: y}}", "{a: 1, b: {c: z, d: y, e: w}}"),
            ["b.c=z", "b.e=w"]
        );
        assert_eq!(changes("{a: {b: 1}}", "{a: [x]}"), ["a[0]=x"]);
    }

    #[test]
    fn items_of_lists_are_known_by_their_name_or_their_neighbours() {
        assert_eq!(
            changes(
                "l: [{name: a, v: 1}, {name: b, v: 2}]",
                "l: [{name: new, v: 0}, {name: b, v: 2}, {name: a, v: 3}]"
            ),
            ["l[0].name=new", "l[0].v=0", "l[2].v=3"]
        );
        assert_eq!(changes("l: [a, b, c]", "l: [a, x, b, c]"), ["l[1]=x"]);
        assert_eq!(
            changes(
                "l: [{v: {w: 1}}, {v: {w: 2}}]",
                "l: [{v: {w: 1}}, {v: {w: 3}}]"
            ),
            ["l[1].v.w=3"]
        );
    }

    #[test]
    fn what_is_printed_otherwise_is_no_change() {
        assert_eq!(
            changes("{a: 1e3, b: 2024-01-02, c: ~, d: 'x'}", {
                "{a: 1000, b: \"2024-01-02T00:00:00Z\", c: null, d: x}"
            }),
            [] as [&str; 0]
        );
    }

    #[test]
    fn what_is_as_it_was_shares_its_memory() {
        let old = node("old", "{a: {b: [1, 2]}, c: {d: 1}}");
        let new = node("new", "{c: {d: 2}, a: {b: [1, 2]}}");
        let blended = blend(&old, &new, at());
        assert!(blended.get("a").unwrap().same(old.get("a").unwrap()));
        assert!(blend(&old, &node("new", "{a: {b: [1, 2]}, c: {d: 1}}"), at()).same(&old));
    }
}
