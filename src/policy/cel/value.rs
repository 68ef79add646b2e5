//! Values of expressions. What comes from an object stays a reference into its YAML.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta};
use smol_str::SmolStr;

use crate::yaml::{self, Mapping, Node, Scalar, Tag};

use super::functions::{Cidr, FormatName, Quantity, Url};

/// A value: computed, or a reference into a YAML tree.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(SmolStr),
    Bytes(Arc<[u8]>),
    Duration(TimeDelta),
    Timestamp(DateTime<FixedOffset>),
    /// A computed list.
    List(Arc<Vec<Value<'a>>>),
    /// A computed map, in the order of its making.
    Map(Arc<Vec<(Value<'a>, Value<'a>)>>),
    /// A list of a YAML tree.
    Sequence(&'a [Node]),
    /// A mapping of a YAML tree.
    Mapping(&'a Mapping),
    Optional(Option<Arc<Value<'a>>>),
    Type(SmolStr),
    Opaque(Arc<Opaque>),
}

/// Values of the Kubernetes libraries' own types.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opaque {
    Quantity(Quantity),
    Url(Url),
    Ip(IpAddr),
    Cidr(Cidr),
    Semver(semver::Version),
    Format(FormatName),
}

impl<'a> Value<'a> {
    /// Returns a node as a value; only scalars are converted.
    pub(crate) fn of(node: &'a Node) -> Self {
        match &node.value {
            yaml::Value::Scalar(scalar) => Self::of_scalar(scalar),
            yaml::Value::Sequence(items) => Self::Sequence(items),
            yaml::Value::Mapping(mapping) => Self::Mapping(mapping),
        }
    }

    fn of_scalar(scalar: &Scalar) -> Self {
        match scalar.tag {
            Tag::Null => Self::Null,
            Tag::Bool => Self::Bool(matches!(scalar.text.as_bytes().first(), Some(b't' | b'T'))),
            Tag::Int => integer(&scalar.text),
            Tag::Float => float(&scalar.text).map_or(Self::Null, json_number),
            Tag::Str | Tag::Timestamp | Tag::Binary => Self::String(scalar.text.clone()),
        }
    }

    pub(crate) fn list(items: Vec<Value<'a>>) -> Self {
        Self::List(Arc::new(items))
    }

    pub(crate) fn string(text: impl Into<SmolStr>) -> Self {
        Self::String(text.into())
    }

    pub(crate) fn opaque(opaque: Opaque) -> Self {
        Self::Opaque(Arc::new(opaque))
    }

    pub(crate) fn some(value: Value<'a>) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    /// Returns the value of a map's key; `None` where it has none or is no map.
    pub(crate) fn field(&self, key: &str) -> Option<Value<'a>> {
        match self {
            Self::Mapping(mapping) => mapping.get(key).map(Value::of),
            Self::Map(entries) => entries
                .iter()
                .find(|(have, _)| matches!(have, Value::String(have) if have == key))
                .map(|(_, value)| value.clone()),
            _ => None,
        }
    }

    /// Returns the element at an index; `None` where there is none or it is no list.
    pub(crate) fn element(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Sequence(items) => items.get(index).map(Value::of),
            Self::List(items) => items.get(index).cloned(),
            _ => None,
        }
    }

    /// Returns the number of elements or entries; `None` for what has neither.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::Sequence(items) => Some(items.len()),
            Self::List(items) => Some(items.len()),
            Self::Mapping(mapping) => Some(mapping.len()),
            Self::Map(entries) => Some(entries.len()),
            _ => None,
        }
    }

    /// Returns the elements of a list.
    pub(crate) fn elements(&self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::Sequence(items) => Some(items.iter().map(Value::of).collect()),
            Self::List(items) => Some(items.as_ref().clone()),
            _ => None,
        }
    }

    /// Returns the key and the value of the entry at a position.
    pub(crate) fn entry(&self, position: usize) -> Option<(Value<'a>, Value<'a>)> {
        match self {
            Self::Mapping(mapping) => mapping.iter().nth(position).map(|entry| {
                let key = Value::String(entry.key.text.clone());
                (key, Value::of(&entry.value))
            }),
            Self::Map(entries) => entries.get(position).cloned(),
            _ => None,
        }
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self, Self::Mapping(_) | Self::Map(_))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::Sequence(_) | Self::List(_))
    }

    /// Returns the name that messages of the reference have for the value's type.
    pub(crate) fn go_type(&self) -> &'static str {
        match self {
            Self::Null => "types.Null",
            Self::Bool(_) => "types.Bool",
            Self::Int(_) => "types.Int",
            Self::Uint(_) => "types.Uint",
            Self::Double(_) => "types.Double",
            Self::String(_) => "types.String",
            Self::Bytes(_) => "types.Bytes",
            Self::Duration(_) => "types.Duration",
            Self::Timestamp(_) => "types.Timestamp",
            _ => "ref.Val",
        }
    }

    /// Returns the name of the value's type, as `type()` writes it.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::List(_) | Self::Sequence(_) => "list",
            Self::Map(_) | Self::Mapping(_) => "map",
            Self::Optional(_) => "optional_type",
            Self::Type(_) => "type",
            Self::Opaque(opaque) => match opaque.as_ref() {
                Opaque::Quantity(_) => "kubernetes.Quantity",
                Opaque::Url(_) => "kubernetes.URL",
                Opaque::Ip(_) => "net.IP",
                Opaque::Cidr(_) => "net.CIDR",
                Opaque::Semver(_) => "kubernetes.Semver",
                Opaque::Format(_) => "kubernetes.NamedFormat",
            },
        }
    }
}

/// Reads an integer of Go's YAML. What does not fit is a double, as it is in the server's JSON.
fn integer<'a>(text: &str) -> Value<'a> {
    if let Ok(int) = text.parse::<i64>() {
        // A leading zero makes it octal in YAML 1.1; `0` alone and decimals come first as they are common.
        if !text.trim_start_matches(['-', '+']).starts_with('0') || int == 0 {
            return Value::Int(int);
        }
    }
    let clean: String = text.chars().filter(|c| *c != '_').collect();
    let (negative, digits) = match clean.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, clean.strip_prefix('+').unwrap_or(&clean)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = if let Some(body) = lower.strip_prefix("0x") {
        (16, body)
    } else if let Some(body) = lower.strip_prefix("0b") {
        (2, body)
    } else if let Some(body) = lower.strip_prefix("0o") {
        (8, body)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    let number = i128::from_str_radix(body, radix).map(|n| if negative { -n } else { n });
    match number.map(i64::try_from) {
        Ok(Ok(int)) => Value::Int(int),
        _ => float(&clean).map_or(Value::Null, Value::Double),
    }
}

/// Returns a number as the server reads it back from JSON, where a whole one is an integer.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is whole and small"
)]
fn json_number<'a>(number: f64) -> Value<'a> {
    if number.fract() == 0.0 && number.abs() < 9.2e18 {
        Value::Int(number as i64)
    } else {
        Value::Double(number)
    }
}

fn float(text: &str) -> Option<f64> {
    let clean: String = text.chars().filter(|c| *c != '_').collect();
    match clean.to_ascii_lowercase().as_str() {
        ".inf" | "+.inf" => Some(f64::INFINITY),
        "-.inf" => Some(f64::NEG_INFINITY),
        ".nan" => Some(f64::NAN),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_in_every_base() {
        for (text, want) in [
            ("80", 80),
            ("-5", -5),
            ("0", 0),
            ("012", 10),
            ("0o14", 12),
            ("0x1F", 31),
            ("0b101", 5),
            ("1_000", 1000),
        ] {
            assert!(
                matches!(integer(text), Value::Int(have) if have == want),
                "{text}"
            );
        }
        assert!(matches!(integer("99999999999999999999"), Value::Double(_)));
    }
}
