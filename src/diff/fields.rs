//! What differs between two objects, field by field.

use rustc_hash::FxHashMap;

use crate::merge::ITEM_KEYS;
use crate::yaml::{FieldPath, Node, Segment, Value};

use super::mask::{is_secret, mask};

/// A field that two objects do not have in common. A Secret's values are marks.
#[derive(Clone, Debug)]
pub struct FieldChange {
    /// The field; an index counts in the new object's list, for what is gone in the old one's.
    pub path: FieldPath,
    /// What it was; none where it is new.
    pub old: Option<Node>,
    /// What it becomes; none where it goes.
    pub new: Option<Node>,
    /// Whether marks stand in the place of values.
    pub masked: bool,
}

/// Returns the fields that differ, in the order of their keys. Styles and key order do not count.
pub fn fields(old: &Node, new: &Node) -> Vec<FieldChange> {
    let mut walk = Walk {
        path: FieldPath::root(),
        changes: Vec::new(),
        masked: false,
    };
    if is_secret(old) || is_secret(new) {
        walk.masked = true;
        if let (Some(old), Some(new)) = mask(Some(old), Some(new)) {
            walk.compare(&old, &new);
        }
    } else {
        walk.compare(old, new);
    }
    walk.changes
}

/// The comparison of two trees; as deep as YAML may be, which the parser bounds.
struct Walk {
    path: FieldPath,
    changes: Vec<FieldChange>,
    masked: bool,
}

impl Walk {
    fn compare(&mut self, old: &Node, new: &Node) {
        if old.same(new) {
            return;
        }
        match (&old.value, &new.value) {
            (Value::Mapping(before), Value::Mapping(after)) => {
                let mut keys: Vec<&str> = before
                    .iter()
                    .chain(after.iter())
                    .map(|entry| entry.key.text.as_str())
                    .collect();
                keys.sort_unstable();
                keys.dedup();
                for key in keys {
                    self.step(Segment::Key(key.into()), before.get(key), after.get(key));
                }
            }
            (Value::Sequence(before), Value::Sequence(after)) => {
                self.compare_lists(old, new, before, after);
            }
            _ => {
                if !old.equals(new) {
                    self.note(Some(old), Some(new));
                }
            }
        }
    }

    fn compare_lists(&mut self, old: &Node, new: &Node, before: &[Node], after: &[Node]) {
        let known = self.changes.len();
        let keyed = ITEM_KEYS
            .iter()
            .find_map(|key| Some((by_key(before, key)?, by_key(after, key)?)));
        let Some((before_keys, after_keys)) = keyed else {
            return self.compare_by_position(before, after);
        };
        for (index, item) in after.iter().enumerate() {
            let old = after_keys.of_index[index]
                .and_then(|key| before_keys.by_key.get(key))
                .and_then(|index| before.get(*index));
            self.step(Segment::Index(index), old, Some(item));
        }
        for (index, item) in before.iter().enumerate() {
            if before_keys.of_index[index].is_some_and(|key| !after_keys.by_key.contains_key(key)) {
                self.step(Segment::Index(index), Some(item), None);
            }
        }
        // Only the order differs, and the order of some lists has a meaning.
        if self.changes.len() == known && before_keys.of_index != after_keys.of_index {
            self.note(Some(old), Some(new));
        }
    }

    /// Compares lists whose items nothing tells apart, without what they begin and end with in common.
    fn compare_by_position(&mut self, before: &[Node], after: &[Node]) {
        let start = before
            .iter()
            .zip(after)
            .take_while(|(old, new)| old.equals(new))
            .count();
        let end = before[start..]
            .iter()
            .rev()
            .zip(after[start..].iter().rev())
            .take_while(|(old, new)| old.equals(new))
            .count();
        let before = &before[start..before.len() - end];
        let after = &after[start..after.len() - end];
        for index in 0..before.len().max(after.len()) {
            self.step(
                Segment::Index(start + index),
                before.get(index),
                after.get(index),
            );
        }
    }

    fn step(&mut self, segment: Segment, old: Option<&Node>, new: Option<&Node>) {
        self.path.push(segment);
        match (old, new) {
            (Some(old), Some(new)) => self.compare(old, new),
            _ => self.note(old, new),
        }
        self.path.pop();
    }

    fn note(&mut self, old: Option<&Node>, new: Option<&Node>) {
        self.changes.push(FieldChange {
            path: self.path.clone(),
            old: old.cloned(),
            new: new.cloned(),
            masked: self.masked,
        });
    }
}

/// The items of a list by what tells them apart.
struct Keyed<'n> {
    of_index: Vec<Option<&'n str>>,
    by_key: FxHashMap<&'n str, usize>,
}

/// Returns the items by a field; `None` where one has no such field or two have the same.
fn by_key<'n>(items: &'n [Node], key: &str) -> Option<Keyed<'n>> {
    let mut keyed = Keyed {
        of_index: Vec::with_capacity(items.len()),
        by_key: FxHashMap::default(),
    };
    for (index, item) in items.iter().enumerate() {
        let text = item.get(key)?.text()?;
        keyed.of_index.push(Some(text));
        if keyed.by_key.insert(text, index).is_some() {
            return None;
        }
    }
    Some(keyed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn node(text: &str) -> Node {
        parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default())
            .unwrap()
            .remove(0)
    }

    fn check(old: &str, new: &str, want: &[&str]) {
        let show = |node: &Option<Node>| match node {
            None => "-".to_owned(),
            Some(node) => node.text().unwrap_or("…").to_owned(),
        };
        let changes: Vec<String> = fields(&node(old), &node(new))
            .iter()
            .map(|change| {
                format!(
                    "{} {} {}",
                    change.path,
                    show(&change.old),
                    show(&change.new)
                )
            })
            .collect();
        assert_eq!(changes, want);
    }

    #[test]
    fn changes_name_their_fields() {
        check(
            "a: 1\nb: {c: x}\n",
            "b: {c: y}\nd: 2\n",
            &["a 1 -", "b.c x y", "d - 2"],
        );
        check("a: [1, 2]\n", "a: [1, 2]\n", &[]);
        check("a: 'x'\n", "a: \"x\"\n", &[]);
        check("a: {b: 1}\n", "a: [1]\n", &["a … …"]);
    }

    #[test]
    fn items_are_matched_by_what_names_them() {
        check(
            "l: [{name: a, v: 1}, {name: b, v: 2}]\n",
            "l: [{name: b, v: 3}, {name: c, v: 4}]\n",
            &["l[0].v 2 3", "l[1] - …", "l[0] … -"],
        );
        check(
            "l: [{name: a}, {name: b}]\n",
            "l: [{name: b}, {name: a}]\n",
            &["l … …"],
        );
    }

    #[test]
    fn an_argument_added_in_the_middle_is_one_change() {
        check("l: [a, b, c]\n", "l: [a, x, b, c]\n", &["l[1] - x"]);
        check("l: [a, b, c]\n", "l: [a, c]\n", &["l[1] b -"]);
        check("l: [a, a]\n", "l: [a]\n", &["l[1] a -"]);
    }

    #[test]
    fn a_secrets_values_are_marks() {
        let secret = |value: &str| {
            node(&format!(
                "apiVersion: v1\nkind: Secret\ndata: {{a: {value}}}\n"
            ))
        };
        let changes = fields(&secret("one"), &secret("two"));
        assert_eq!(changes.len(), 1);
        assert!(changes[0].masked);
        assert_eq!(
            changes[0].old.as_ref().and_then(Node::text),
            Some("*** (before)")
        );
        assert_eq!(
            changes[0].new.as_ref().and_then(Node::text),
            Some("*** (after)")
        );
    }
}
