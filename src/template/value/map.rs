//! A map of Go with string keys. Shared, and changed in place by `set`, `unset` and `merge`.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use ref_cast::RefCast as _;

use crate::template::print::display;
use crate::template::{CallError, Run};

use super::key::Key;
use super::{Elem, Kind, List, Str, Value};

/// A map, shared: each clone sees what is done to the others. Entries come in the order of the keys' bytes,
/// which is how `range` and `print` go through a map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Rc<RefCell<Entries>>,
    kind: MapType,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: BTreeMap<Str, Value>,
    /// Entries whose keys are what these values are printed as, newer than all others. Printed once somebody asks
    /// for such a key, or for all: a map that was written where a key should stand may be the whole of the values,
    /// and nobody ever looks for it.
    unprinted: Vec<(Frozen, Value)>,
}

/// How a map begins when it is printed.
const PRINTED_MAP: &[u8] = b"map[";

/// How deep a value may nest, and how many parts it may have, to be [`Frozen`].
const MOST_FROZEN: (usize, usize) = (64, 1 << 16);

/// A map as it was at some time, sharing with others only what never changes.
#[derive(Debug)]
pub(in crate::template) struct Frozen(Value);

impl Frozen {
    /// Returns the map that a value is, and how many parts it has; none where it is something else, or too large.
    pub(in crate::template) fn map(value: &Value) -> Option<(Self, usize)> {
        value.as_map()?;
        let (depth, most) = MOST_FROZEN;
        let mut left = most;
        let frozen = frozen(value, depth, &mut left)?;
        Some((Self(frozen), most - left))
    }
}

fn frozen(value: &Value, depth: usize, left: &mut usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    *left = left.checked_sub(1)?;
    let kind = match &value.kind {
        Kind::List(list) if !list.is_nil() => {
            let items = list.iter().map(|item| frozen(item, depth, left));
            Kind::List(List::with_elem(items.collect::<Option<_>>()?, list.elem()))
        }
        Kind::Map(map) => {
            let entries = map.entries();
            let entries = entries
                .iter()
                .map(|(key, value)| Some((key.clone(), frozen(value, depth, left)?)));
            let copy: Map = entries.collect::<Option<_>>()?;
            Kind::Map(Map {
                kind: map.kind,
                ..copy
            })
        }
        kind => kind.clone(),
    };
    Some(Value::from(kind).at(value.origin))
}

/// A named type over `map[string]interface{}`.
#[derive(Debug)]
pub struct NamedMap {
    /// Its name, as `%T` prints it.
    pub name: &'static str,
    /// Calls the method of a name, which goes before the key of that name. None: there is no such method.
    pub method: Method,
}

/// A method of a map.
pub(super) type Method = fn(&Map, &str, &mut Run<'_>, &[Value]) -> Option<Result<Value, CallError>>;

/// What a map is declared as.
#[derive(Clone, Copy, Debug)]
struct MapType {
    elem: Elem,
    /// The named type that it is of.
    named: Option<&'static NamedMap>,
    /// Nil, while there is nothing in it.
    is_nil: bool,
}

impl Default for MapType {
    fn default() -> Self {
        Self {
            elem: Elem::Any,
            named: None,
            is_nil: false,
        }
    }
}

impl Map {
    /// An empty `map[string]interface{}`.
    pub fn new() -> Self {
        Self::default()
    }

    /// A nil map: prints as an empty one, and is `null` in JSON.
    pub fn nil(elem: Elem) -> Self {
        let mut map = Self::new().of(elem);
        map.kind.is_nil = true;
        map
    }

    /// Whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.kind.is_nil && self.is_empty()
    }

    /// The same entries as a map of a named type over `map[string]interface{}`.
    #[must_use]
    pub fn named(mut self, named: &'static NamedMap) -> Self {
        self.kind.named = Some(named);
        self
    }

    /// The same entries as a map of no named type, which is what a parameter of type `map[string]interface{}`
    /// makes of one.
    #[must_use]
    pub fn unnamed(mut self) -> Self {
        self.kind.named = None;
        self
    }

    /// The same entries as a map of another type, which all values must have.
    #[must_use]
    pub fn of(mut self, elem: Elem) -> Self {
        self.kind.elem = elem;
        self
    }

    /// The type of the values.
    pub fn elem(&self) -> Elem {
        self.kind.elem
    }

    /// The name of its type, if it has one.
    pub fn type_name(&self) -> Option<&'static str> {
        Some(self.kind.named?.name)
    }

    /// The named type that it is of, if it is of one.
    pub fn named_type(&self) -> Option<&'static NamedMap> {
        self.kind.named
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        let entries = self.entries.borrow();
        entries.by_key.is_empty() && entries.unprinted.is_empty()
    }

    /// The value of a key, nil values included.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.find(key).by_key.get(Key::ref_cast(key)).cloned()
    }

    /// Whether the key is there, be its value nil.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.find(key).by_key.contains_key(Key::ref_cast(key))
    }

    /// Sets a key, for all who share the map.
    pub fn insert(&self, key: impl Into<Str>, value: Value) {
        let key = key.into();
        drop(self.find(&key));
        self.entries.borrow_mut().by_key.insert(key, value);
    }

    /// Sets the key that a map is printed as, for all who share the map.
    pub(in crate::template) fn insert_printed(&self, key: Frozen, value: Value) {
        self.entries.borrow_mut().unprinted.push((key, value));
    }

    /// Removes a key, for all who share the map.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        drop(self.find(key));
        self.entries.borrow_mut().by_key.remove(key)
    }

    /// The entries, in order, to look at. Nothing may change the map meanwhile: take [`Map::snapshot`]
    /// where what runs in between could.
    pub fn entries(&self) -> Ref<'_, BTreeMap<Str, Value>> {
        self.print_keys();
        Ref::map(self.entries.borrow(), |entries| &entries.by_key)
    }

    /// The entries, among them that of a key, if it has one.
    fn find(&self, key: &[u8]) -> Ref<'_, Entries> {
        if key.starts_with(PRINTED_MAP) {
            self.print_keys();
        }
        self.entries.borrow()
    }

    fn print_keys(&self) {
        if self.entries.borrow().unprinted.is_empty() {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        for (Frozen(key), value) in std::mem::take(&mut entries.unprinted) {
            entries.by_key.insert(display(&key), value);
        }
    }

    /// The entries as they are now, in order.
    pub fn snapshot(&self) -> Vec<(Str, Value)> {
        self.entries()
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Whether both are one map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

impl FromIterator<(Str, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Str, Value)>>(entries: I) -> Self {
        let entries = Entries {
            by_key: entries.into_iter().collect(),
            unprinted: Vec::new(),
        };
        Self {
            entries: Rc::new(RefCell::new(entries)),
            kind: MapType::default(),
        }
    }
}
