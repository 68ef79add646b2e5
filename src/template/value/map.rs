//! A map of Go with string keys. Shared, and changed in place by `set`, `unset` and `merge`.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::template::{CallError, Run};

use super::{Elem, Str, Value};

/// A map, shared: each clone sees what is done to the others. Entries come in the order of the keys' bytes,
/// which is how `range` and `print` go through a map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Rc<RefCell<BTreeMap<Str, Value>>>,
    kind: MapType,
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
        self.entries.borrow().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The value of a key, nil values included.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }

    /// Whether the key is there, be its value nil.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(key)
    }

    /// Sets a key, for all who share the map.
    pub fn insert(&self, key: impl Into<Str>, value: Value) {
        self.entries.borrow_mut().insert(key.into(), value);
    }

    /// Removes a key, for all who share the map.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow_mut().remove(key)
    }

    /// The entries, in order, to look at. Nothing may change the map meanwhile: take [`Map::snapshot`]
    /// where what runs in between could.
    pub fn entries(&self) -> Ref<'_, BTreeMap<Str, Value>> {
        self.entries.borrow()
    }

    /// The entries as they are now, in order.
    pub fn snapshot(&self) -> Vec<(Str, Value)> {
        let entries = self.entries.borrow();
        entries
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
        let entries: BTreeMap<_, _> = entries.into_iter().collect();
        Self {
            entries: Rc::new(RefCell::new(entries)),
            kind: MapType::default(),
        }
    }
}
