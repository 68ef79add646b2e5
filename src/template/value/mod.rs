//! What templates compute with: Go's values as far as templates can see them.
//!
//! A [`Value`] is a [`Kind`] with the [`Origin`] of what wrote it. Strings are bytes, as in Go ([`Str`]);
//! maps are shared and change in place ([`Map`]), lists never do ([`List`]); everything that has fields or
//! methods is an [`Object`].

mod key;
mod list;
mod map;
mod object;
mod string;

pub use list::{Elem, List};
pub(super) use map::Frozen;
pub use map::{Map, NamedMap};
pub use object::{Field, Object};
pub use string::{Span, Str, Text, Trace};

use std::rc::Rc;

/// Where a value was written: a number whose meaning is the caller's; zero is "not known".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(pub u32);

impl Origin {
    /// Nobody knows.
    pub const NONE: Self = Self(0);
}

/// A value, and where it was written.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// The value itself.
    pub kind: Kind,
    /// Where it was written. A list or a map has the origin of its own; each child has another.
    pub origin: Origin,
}

/// A value of Go.
#[derive(Clone, Debug, Default)]
pub enum Kind {
    /// The untyped nil, and what an absent key gives.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// A signed integer and its type.
    Int(i64, IntType),
    /// An unsigned integer and its type.
    Uint(u64, UintType),
    /// `float64`
    Float(f64),
    /// `string`
    Str(Str),
    /// `[]byte`
    Bytes(Rc<[u8]>),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A value with fields or methods: a struct, a pointer to one, a named map with methods, an error.
    Object(Rc<dyn Object>),
}

/// The signed integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IntType {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    /// `time.Duration`, an `int64` of nanoseconds with methods.
    Duration,
    /// `time.Month`, an `int` that prints its name.
    Month,
    /// `time.Weekday`, an `int` that prints its name.
    Weekday,
}

/// The unsigned integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UintType {
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
}

impl Value {
    /// The untyped nil.
    pub const NIL: Self = Self {
        kind: Kind::Nil,
        origin: Origin::NONE,
    };

    /// An `int`.
    pub fn int(number: i64) -> Self {
        Kind::Int(number, IntType::Int).into()
    }

    /// An `int64`.
    pub fn int64(number: i64) -> Self {
        Kind::Int(number, IntType::Int64).into()
    }

    /// A string.
    pub fn str(text: impl Into<Str>) -> Self {
        Kind::Str(text.into()).into()
    }

    /// A `[]interface{}`.
    pub fn list(items: Vec<Self>) -> Self {
        Kind::List(List::new(items)).into()
    }

    /// A `[]string`.
    pub fn strings<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(Self::str).collect();
        Kind::List(List::with_elem(items, Elem::Str)).into()
    }

    /// The same value, written elsewhere.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Whether this is the untyped nil.
    pub fn is_nil(&self) -> bool {
        matches!(self.kind, Kind::Nil)
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&Str> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one (`[]byte` is not).
    pub fn as_list(&self) -> Option<&List> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    /// What an `if` makes of it, as `template.IsTrue` does: zero, empty and nil are false.
    pub fn truth(&self) -> bool {
        match &self.kind {
            Kind::Nil => false,
            Kind::Bool(truth) => *truth,
            Kind::Int(number, _) => *number != 0,
            Kind::Uint(number, _) => *number != 0,
            Kind::Float(number) => *number != 0.0,
            Kind::Str(text) => !text.is_empty(),
            Kind::Bytes(bytes) => !bytes.is_empty(),
            Kind::List(list) => !list.is_empty(),
            Kind::Map(map) => !map.is_empty(),
            Kind::Object(object) => object.truth(),
        }
    }

    /// The type as `%T` prints it: `map[string]interface {}`, `float64`, `<nil>`.
    pub fn type_name(&self) -> String {
        match &self.kind {
            Kind::Nil => "<nil>".to_owned(),
            Kind::Bool(_) => "bool".to_owned(),
            Kind::Int(_, kind) => kind.type_name().to_owned(),
            Kind::Uint(_, kind) => kind.name().to_owned(),
            Kind::Float(_) => "float64".to_owned(),
            Kind::Str(_) => "string".to_owned(),
            Kind::Bytes(_) => "[]uint8".to_owned(),
            Kind::List(list) => format!("[]{}", list.elem().type_name()),
            Kind::Map(map) => match map.type_name() {
                Some(name) => name.to_owned(),
                None => format!("map[string]{}", map.elem().type_name()),
            },
            Kind::Object(object) => object.type_name().to_owned(),
        }
    }

    /// The kind as Go's reflection names it: `map`, `slice`, `int64`, `ptr`; nil's is `invalid`.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Nil => "invalid",
            Kind::Bool(_) => "bool",
            Kind::Int(_, kind) => kind.kind_name(),
            Kind::Uint(_, kind) => kind.name(),
            Kind::Float(_) => "float64",
            Kind::Str(_) => "string",
            Kind::Bytes(_) | Kind::List(_) => "slice",
            Kind::Map(_) => "map",
            Kind::Object(object) => object.kind_name(),
        }
    }
}

impl IntType {
    /// The type's name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Duration => "time.Duration",
            Self::Month => "time.Month",
            Self::Weekday => "time.Weekday",
            _ => self.kind_name(),
        }
    }

    /// The name of the kind below the type.
    pub fn kind_name(self) -> &'static str {
        match self {
            Self::Int | Self::Month | Self::Weekday => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 | Self::Duration => "int64",
        }
    }
}

impl UintType {
    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            origin: Origin::NONE,
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Kind::Bool(truth).into()
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Kind::Float(number).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::str(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::str(text)
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Kind::Str(text).into()
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Kind::List(list).into()
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Kind::Map(map).into()
    }
}
