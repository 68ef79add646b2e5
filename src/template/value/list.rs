//! A slice of Go. No function of a template changes one in place.

use std::ops::Deref;
use std::rc::Rc;

use super::Value;

/// A slice, shared.
#[derive(Clone, Debug)]
pub struct List {
    items: Rc<[Value]>,
    elem: Elem,
    is_nil: bool,
}

/// The type of what a list or a map holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Elem {
    /// `interface {}`
    Any,
    Str,
    Int,
    Int64,
    Float64,
    Bytes,
    /// `map[string]interface {}`
    Map,
    /// `[]string`
    Strings,
    /// `[]interface {}`
    Lists,
}

impl List {
    /// A `[]interface{}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::with_elem(items, Elem::Any)
    }

    /// A slice of another type, which all `items` must have.
    pub fn with_elem(items: Vec<Value>, elem: Elem) -> Self {
        Self {
            items: items.into(),
            elem,
            is_nil: false,
        }
    }

    /// A nil slice: prints as an empty one, and is `null` in JSON.
    pub fn nil(elem: Elem) -> Self {
        Self {
            items: Rc::default(),
            elem,
            is_nil: true,
        }
    }

    /// Whether both are one slice.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.items, &other.items)
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// The type of the items.
    pub fn elem(&self) -> Elem {
        self.elem
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Elem {
    /// The type's name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Str => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::Bytes => "[]uint8",
            Self::Map => "map[string]interface {}",
            Self::Strings => "[]string",
            Self::Lists => "[]interface {}",
        }
    }
}
