//! Nodes as JSON, typed and printed as Go's `encoding/json` does it.
//!
//! [`to_value`] and [`from_value`] meet libraries that speak `serde_json`; [`write`] gives the bytes that
//! hashes and digests are made of.

use smol_str::SmolStr;

use super::number::{self, Number};
use super::{Entry, Mapping, Node, Origin, Scalar, Style, Tag, Value, binary, timestamp};

/// Which characters of text are escaped beyond those that must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// `<`, `>` and `&` too, as `json.Marshal` does.
    Html,
    /// None, as an encoder with `SetEscapeHTML(false)` does.
    Minimal,
}

/// Appends compact JSON, mappings sorted bytewise by key.
pub fn write(node: &Node, escape: Escape, out: &mut String) {
    match &node.value {
        Value::Scalar(scalar) => write_scalar(scalar, escape, out),
        Value::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, escape, out);
            }
            out.push(']');
        }
        Value::Mapping(mapping) => {
            let mut entries: Vec<&Entry> = mapping.iter().collect();
            entries.sort_by(|a, b| a.key.text.cmp(&b.key.text));
            out.push('{');
            for (index, entry) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(&entry.key.text, escape, out);
                out.push(':');
                write(&entry.value, escape, out);
            }
            out.push('}');
        }
    }
}

fn write_scalar(scalar: &Scalar, escape: Escape, out: &mut String) {
    match scalar.tag {
        Tag::Null if scalar.style == Style::NothingInFlow => out.push_str("\"\""),
        Tag::Null => out.push_str("null"),
        Tag::Bool => out.push_str(bool_text(&scalar.text)),
        Tag::Int | Tag::Float => match number_of(scalar) {
            Some(number) => number.write_json(out),
            None => out.push_str("null"),
        },
        Tag::Str | Tag::Timestamp | Tag::Binary => {
            write_string(&text_in_json(scalar), escape, out);
        }
    }
}

/// Appends text in quotes, escaped as Go's JSON does it.
pub fn write_string(text: &str, escape: Escape, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    let (mut plain, mut from) = (0, 0);
    let bytes = text.as_bytes();
    let is_suspicious =
        |byte: &u8| matches!(byte, ..b' ' | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xE2);
    while let Some(found) = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(is_suspicious))
    {
        let index = from + found;
        let Some(character) = text.get(index..).and_then(|rest| rest.chars().next()) else {
            break;
        };
        from = index + character.len_utf8();
        let short = match character {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{C}' => "\\f",
            '<' | '>' | '&' if escape == Escape::Html => "",
            '\0'..='\u{1F}' | '\u{2028}' | '\u{2029}' => "",
            _ => continue,
        };
        out.push_str(text.get(plain..index).unwrap_or_default());
        plain = from;
        if short.is_empty() {
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push_str(short);
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

/// Returns the number of characters that text has as JSON with its quotes.
pub(crate) fn quoted_length(text: &str) -> usize {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(text, Escape::Html, &mut out);
    out.chars().count()
}

pub(super) fn bool_text(text: &str) -> &'static str {
    if text.eq_ignore_ascii_case("true") {
        "true"
    } else {
        "false"
    }
}

/// Returns the number that a node of type int or float holds; `None` if JSON has no such number.
pub(super) fn number_of(scalar: &Scalar) -> Option<Number> {
    match (scalar.tag, number::parse_any(&scalar.text)?) {
        // `!!float 5`. There is no loss that Go would not have too.
        #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
        (Tag::Float, Number::Int(number)) => Some(Number::Float(number as f64)),
        (_, number) => Some(number),
    }
}

/// Returns the text that a node of type text, timestamp or binary is in JSON.
pub(super) fn text_in_json(scalar: &Scalar) -> SmolStr {
    match scalar.tag {
        Tag::Timestamp => timestamp::to_rfc3339(&scalar.text).map(Into::into),
        Tag::Binary => binary::decode(&scalar.text).map(Into::into),
        _ => None,
    }
    .unwrap_or_else(|| scalar.text.clone())
}

impl Scalar {
    /// Returns the value in JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self.tag {
            Tag::Null if self.style == Style::NothingInFlow => "".into(),
            Tag::Null => serde_json::Value::Null,
            Tag::Bool => (bool_text(&self.text) == "true").into(),
            Tag::Int | Tag::Float => match number_of(self) {
                Some(Number::Int(number)) => number.into(),
                Some(Number::Uint(number)) => number.into(),
                Some(Number::Float(number)) => whole(number),
                None => serde_json::Value::Null,
            },
            Tag::Str | Tag::Timestamp | Tag::Binary => text_in_json(self).as_str().into(),
        }
    }
}

/// Returns a float, as an integer where Go's JSON prints it as one that fits 64 bits.
fn whole(number: f64) -> serde_json::Value {
    let mut text = String::new();
    Number::Float(number).write_json(&mut text);
    match number::parse_number(&text) {
        Some(Number::Int(number)) => number.into(),
        Some(Number::Uint(number)) => number.into(),
        _ => number.into(),
    }
}

/// Returns the value in JSON, mappings in the order of their text.
pub fn to_value(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Scalar(scalar) => scalar.to_json(),
        Value::Sequence(items) => items.iter().map(to_value).collect(),
        Value::Mapping(mapping) => serde_json::Value::Object(
            mapping
                .iter()
                .map(|entry| (entry.key.text.to_string(), to_value(&entry.value)))
                .collect(),
        ),
    }
}

/// Returns the node of a value, all of it written at one place.
pub fn from_value(value: &serde_json::Value, origin: Origin) -> Node {
    use serde_json::Value as Json;
    let scalar = |text: String, tag| {
        Node::scalar(
            Scalar {
                text: text.into(),
                tag,
                style: Style::Plain,
            },
            origin,
        )
    };
    match value {
        Json::Null => Node::null(origin),
        Json::Bool(value) => scalar(value.to_string(), Tag::Bool),
        Json::Number(number) if number.is_f64() => {
            let mut text = String::new();
            Number::Float(number.as_f64().unwrap_or_default()).write_json(&mut text);
            // The text decides, as where the reference reads its own JSON.
            let tag = super::resolve::resolve(&text);
            scalar(text, tag)
        }
        Json::Number(number) => scalar(number.to_string(), Tag::Int),
        Json::String(text) => Node::string(text.as_str(), origin),
        Json::Array(items) => Node::sequence(
            items.iter().map(|item| from_value(item, origin)).collect(),
            origin,
        ),
        Json::Object(object) => {
            let entries = object.iter().map(|(key, value)| Entry {
                key: Scalar::string(key.as_str()),
                key_origin: origin,
                value: from_value(value, origin),
            });
            Node::mapping(Mapping::from_entries(entries.collect()), origin)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn read(text: &str) -> Node {
        let file = FileId::of("test.yaml");
        parse(text.as_bytes(), file, &Limits::default())
            .unwrap()
            .remove(0)
    }

    #[test]
    fn json_is_printed_as_go_prints_it() {
        let node = read("b: [1.0, 1e21, 0x10, ~, True]\na: \"<\\u2028\\u0001\\t>\"\nt: 2024-1-2\n");
        let mut out = String::new();
        write(&node, Escape::Html, &mut out);
        assert_eq!(
            out,
            r#"{"a":"\u003c\u2028\u0001\t\u003e","b":[1,1e+21,16,null,true],"t":"2024-01-02T00:00:00Z"}"#
        );
        out.clear();
        write(&read("a: <&>"), Escape::Minimal, &mut out);
        assert_eq!(out, r#"{"a":"<&>"}"#);
    }

    #[test]
    fn values_come_back_equal() {
        let node =
            read("a: [1, -2, 18446744073709551615, 1.5, 1e300, x, '1', null, false]\nb: {c: {}}\n");
        let again = from_value(&to_value(&node), node.origin);
        assert!(node.equals(&again));
        assert!(read("{a: 1.0, b: x}").equals(&read("b: 'x'\na: 1\n")));
        assert!(!read("a: 1").equals(&read("a: '1'")));
        assert!(!read("a: null").equals(&read("b: null")));
    }
}
