//! The tree of a document: shared by reference, copied along the path that changes.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{Origin, number};

/// A YAML node and the place that wrote it. Cloning costs a reference count.
#[derive(Clone, Debug)]
pub struct Node {
    /// What the node holds.
    pub value: Value,
    /// What wrote it last.
    pub origin: Origin,
}

/// What a node holds. Aliases and merge keys are resolved by the parser and don't occur.
#[derive(Clone, Debug)]
pub enum Value {
    /// A leaf.
    Scalar(Scalar),
    /// A list.
    Sequence(Arc<Vec<Node>>),
    /// A mapping in the order of its text.
    Mapping(Arc<Mapping>),
}

/// A leaf: its text as written (escapes and folds resolved), its type, its style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The content.
    pub text: SmolStr,
    /// The type.
    pub tag: Tag,
    /// How it was written.
    pub style: Style,
}

/// A scalar's type, by the rules of Go's YAML (version 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// An integer in any base.
    Int,
    /// A float.
    Float,
    /// Text.
    Str,
    /// An unquoted date or time.
    Timestamp,
    /// `!!binary`: base64.
    Binary,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// Nothing at all within `{}` or `[]`: null until it is printed, and empty text from there on.
    NothingInFlow,
    /// Without quotes and without a type but what its text looks like: as the reference tool leaves what it
    /// writes itself. A strategic merge over it makes it text.
    Untyped,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

impl Scalar {
    /// Returns text, which the emitter quotes where it must.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        Self {
            text: text.into(),
            tag: Tag::Str,
            style: Style::Plain,
        }
    }
}

/// The entries of a mapping. Keys are unique.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, mostly text.
    pub key: Scalar,
    /// The place that wrote the key.
    pub key_origin: Origin,
    /// The value.
    pub value: Node,
}

impl Mapping {
    /// Returns an empty mapping with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: Vec::with_capacity(capacity),
        }
    }

    /// Returns a mapping of entries whose keys are known to differ.
    pub fn from_entries(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the entries in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// Returns the entries in the order of the text, values open to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Entry> {
        self.entries.iter_mut()
    }

    /// Returns the entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the value of a key, open to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key.text == key)
            .map(|entry| &mut entry.value)
    }

    /// Tells whether the key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Sets a key of type text: replaces its value where it is, else appends.
    pub fn insert(&mut self, key: &str, value: Node) {
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else {
            let key_origin = value.origin;
            self.entries.push(Entry {
                key: Scalar::string(key),
                key_origin,
                value,
            });
        }
    }

    /// Appends an entry. The key must not be there.
    pub fn push(&mut self, entry: Entry) {
        debug_assert!(
            !self.contains_key(&entry.key.text),
            "key {:?} is there",
            entry.key.text
        );
        self.entries.push(entry);
    }

    /// Takes a key out and returns its entry.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let index = self
            .entries
            .iter()
            .position(|entry| entry.key.text == key)?;
        Some(self.entries.remove(index))
    }

    /// Keeps the entries that the predicate accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Entry) -> bool) {
        self.entries.retain(keep);
    }

    /// Sorts the entries by key, bytewise.
    pub fn sort(&mut self) {
        self.entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
    }
}

impl<'m> IntoIterator for &'m mut Mapping {
    type Item = &'m mut Entry;
    type IntoIter = std::slice::IterMut<'m, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<'m> IntoIterator for &'m Mapping {
    type Item = &'m Entry;
    type IntoIter = std::slice::Iter<'m, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Node {
    /// Returns a scalar node.
    pub fn scalar(scalar: Scalar, origin: Origin) -> Self {
        Self {
            value: Value::Scalar(scalar),
            origin,
        }
    }

    /// Returns a node of text.
    pub fn string(text: impl Into<SmolStr>, origin: Origin) -> Self {
        Self::scalar(Scalar::string(text), origin)
    }

    /// Returns an integer.
    pub fn int(number: i64, origin: Origin) -> Self {
        let text = smol_str::format_smolstr!("{number}");
        Self::scalar(
            Scalar {
                text,
                tag: Tag::Int,
                style: Style::Plain,
            },
            origin,
        )
    }

    /// Returns a null.
    pub fn null(origin: Origin) -> Self {
        Self::scalar(
            Scalar {
                text: "null".into(),
                tag: Tag::Null,
                style: Style::Plain,
            },
            origin,
        )
    }

    /// Returns a list.
    pub fn sequence(items: Vec<Node>, origin: Origin) -> Self {
        Self {
            value: Value::Sequence(Arc::new(items)),
            origin,
        }
    }

    /// Returns a mapping.
    pub fn mapping(mapping: Mapping, origin: Origin) -> Self {
        Self {
            value: Value::Mapping(Arc::new(mapping)),
            origin,
        }
    }

    /// Returns the scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Returns the text of a scalar of type text.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar()
            .filter(|scalar| scalar.tag == Tag::Str)
            .map(|scalar| scalar.text.as_str())
    }

    /// Returns the text of a scalar of whatever type.
    pub fn text(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// Says what it is, for messages: `a list`, `a mapping`, `text`, `a number`.
    pub fn type_words(&self) -> &'static str {
        match &self.value {
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.tag {
                Tag::Null => "null",
                Tag::Bool => "a boolean",
                Tag::Int | Tag::Float => "a number",
                Tag::Str | Tag::Timestamp | Tag::Binary => "text",
            },
        }
    }

    /// Returns the items, if it is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the items open to change; copies the list where it is shared.
    pub fn as_sequence_mut(&mut self) -> Option<&mut Vec<Node>> {
        match &mut self.value {
            Value::Sequence(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// Returns the mapping, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// Returns the mapping open to change; copies its entries where it is shared.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.value {
            Value::Mapping(mapping) => Some(Arc::make_mut(mapping)),
            _ => None,
        }
    }

    /// Tells whether it is a null scalar.
    pub fn is_null(&self) -> bool {
        self.as_scalar()
            .is_some_and(|scalar| scalar.tag == Tag::Null)
    }

    /// Returns the value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// Returns the value of a key open to change. The mapping is copied only when the key is there.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        if !self.as_mapping()?.contains_key(key) {
            return None;
        }
        self.as_mapping_mut()?.get_mut(key)
    }

    /// Returns what stands at the end of a path of keys.
    pub fn lookup(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns what stands at the end of a path of keys, open to change.
    pub fn lookup_mut(&mut self, path: &[&str]) -> Option<&mut Node> {
        self.lookup(path)?;
        path.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    /// Tells whether two nodes mean the same: types and values are equal, mappings in whatever order.
    /// Where and how they were written doesn't matter; `1.0` and `1` are equal, `1` and `"1"` aren't.
    pub fn equals(&self, other: &Node) -> bool {
        if self.same(other) {
            return true;
        }
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => {
                (a.tag == b.tag && a.text == b.text)
                    || match (a.tag, b.tag) {
                        (Tag::Null, Tag::Null) => true,
                        (Tag::Bool, Tag::Bool) => a.text.eq_ignore_ascii_case(&b.text),
                        (Tag::Int | Tag::Float, Tag::Int | Tag::Float) => {
                            number::parse_any(&a.text) == number::parse_any(&b.text)
                                || a.to_json() == b.to_json()
                        }
                        _ => false,
                    }
            }
            (Value::Sequence(a), Value::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b))
            }
            (Value::Mapping(a), Value::Mapping(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|(left, right)| {
                        // Mostly they have one order.
                        let right = if left.key.text == right.key.text {
                            Some(&right.value)
                        } else {
                            b.get(&left.key.text)
                        };
                        right.is_some_and(|right| left.value.equals(right))
                    })
            }
            _ => false,
        }
    }

    /// Returns where a mapping or list stands in memory, which tells it from all others while it is there.
    pub fn place(&self) -> Option<usize> {
        match &self.value {
            Value::Scalar(_) => None,
            Value::Sequence(items) => Some(Arc::as_ptr(items).addr()),
            Value::Mapping(mapping) => Some(Arc::as_ptr(mapping).addr()),
        }
    }

    /// Tells whether two nodes share their memory, hence are equal at no cost.
    pub fn same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Sequence(a), Value::Sequence(b)) => Arc::ptr_eq(a, b),
            (Value::Mapping(a), Value::Mapping(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
