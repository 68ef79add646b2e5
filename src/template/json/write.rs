//! Values to JSON.

use std::borrow::Cow;

use base64::Engine as _;

use super::MAX_DEPTH;
use crate::template::{Kind, MOST_TEXT, Object, Str, Value};

/// Which characters of text are escaped beyond those that must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// `<`, `>` and `&` too, as `json.Marshal` does.
    Html,
    /// None, as an encoder with `SetEscapeHTML(false)` does.
    Minimal,
}

/// Why a value has no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum WriteError {
    #[error("json: unsupported value: {0}")]
    NotFinite(&'static str),
    #[error("the value is more than {} MiB of JSON", MOST_TEXT >> 20)]
    TooLarge,
    #[error("json: unsupported value: encountered a cycle via map[string]interface {{}}")]
    TooDeep,
}

/// Appends a value as compact JSON, as `json.Marshal` writes it.
pub fn write(value: &Value, escape: Escape, out: &mut String) -> Result<(), WriteError> {
    let mut writer = Writer {
        out,
        escape,
        indent: None,
    };
    writer.value(value, 0)
}

/// Appends a value as JSON over several lines, as `json.MarshalIndent` writes it without prefix.
pub fn write_indented(value: &Value, indent: &str, out: &mut String) -> Result<(), WriteError> {
    let mut writer = Writer {
        out,
        escape: Escape::Html,
        indent: Some(indent),
    };
    writer.value(value, 0)
}

struct Writer<'o, 'i> {
    out: &'o mut String,
    escape: Escape,
    indent: Option<&'i str>,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), WriteError> {
        if depth > MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        if self.out.len() > MOST_TEXT {
            return Err(WriteError::TooLarge);
        }
        match &value.kind {
            Kind::Nil => self.out.push_str("null"),
            Kind::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Kind::Int(number, _) => self.out.push_str(&number.to_string()),
            Kind::Uint(number, _) => self.out.push_str(&number.to_string()),
            Kind::Float(number) => write_float(*number, self.out)?,
            Kind::Str(text) => self.string(text),
            Kind::Bytes(bytes) => {
                self.out.push('"');
                base64::engine::general_purpose::STANDARD.encode_string(bytes, self.out);
                self.out.push('"');
            }
            Kind::List(list) if list.is_nil() => self.out.push_str("null"),
            Kind::Map(map) if map.is_nil() => self.out.push_str("null"),
            Kind::List(list) => self.items('[', list.iter(), ']', depth, |writer, item| {
                writer.value(item, depth + 1)
            })?,
            Kind::Map(map) => {
                let entries = map.entries();
                self.items('{', entries.iter(), '}', depth, |writer, (key, value)| {
                    writer.entry(key, value, depth)
                })?;
            }
            Kind::Object(object) => match object.fields() {
                Some(fields) => self.items('{', fields.iter(), '}', depth, |writer, field| {
                    writer.entry(&field.json_name.into(), &field.value, depth)
                })?,
                None => self.object(object.as_ref(), depth)?,
            },
        }
        Ok(())
    }

    /// What an object is in JSON is no object again, but may hold some.
    fn object(&mut self, object: &dyn Object, depth: usize) -> Result<(), WriteError> {
        match object.json() {
            Value {
                kind: Kind::Object(_),
                ..
            } => Err(WriteError::TooDeep),
            plain => self.value(&plain, depth),
        }
    }

    fn entry(&mut self, key: &Str, value: &Value, depth: usize) -> Result<(), WriteError> {
        self.string(key);
        self.out.push(':');
        if self.indent.is_some() {
            self.out.push(' ');
        }
        self.value(value, depth + 1)
    }

    fn items<T>(
        &mut self,
        open: char,
        items: impl ExactSizeIterator<Item = T>,
        close: char,
        depth: usize,
        mut write: impl FnMut(&mut Self, T) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.out.push(open);
        let is_empty = items.len() == 0;
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line(depth + 1);
            write(self, item)?;
        }
        if !is_empty {
            self.line(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(indent, depth));
        }
    }

    fn string(&mut self, text: &Str) {
        write_string(text.bytes(), self.escape, self.out);
    }
}

/// Appends text in quotes; what is not UTF-8 becomes U+FFFD, byte by byte.
fn write_string(bytes: &[u8], escape: Escape, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        let mut plain = 0;
        for (index, character) in text.char_indices() {
            let short = match character {
                '"' => Cow::Borrowed("\\\""),
                '\\' => Cow::Borrowed("\\\\"),
                '\n' => Cow::Borrowed("\\n"),
                '\r' => Cow::Borrowed("\\r"),
                '\t' => Cow::Borrowed("\\t"),
                '\u{8}' => Cow::Borrowed("\\b"),
                '\u{C}' => Cow::Borrowed("\\f"),
                '<' | '>' | '&' if escape == Escape::Minimal => continue,
                '<' | '>' | '&' | '\0'..='\u{1F}' | '\u{2028}' | '\u{2029}' => {
                    format!("\\u{:04x}", u32::from(character)).into()
                }
                _ => continue,
            };
            out.push_str(text.get(plain..index).unwrap_or_default());
            out.push_str(&short);
            plain = index + character.len_utf8();
        }
        out.push_str(text.get(plain..).unwrap_or_default());
        for _ in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = out.write_char(char::REPLACEMENT_CHARACTER);
        }
    }
    out.push('"');
}

/// Appends a float as Go's JSON prints it.
fn write_float(number: f64, out: &mut String) -> Result<(), WriteError> {
    use std::fmt::Write as _;
    if !number.is_finite() {
        return Err(WriteError::NotFinite(if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        }));
    }
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        let _ = write!(out, "{number}");
    } else {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        let _ = write!(out, "{mantissa}e{sign}{exponent}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{List, Map};

    fn written(value: &Value) -> String {
        let mut out = String::new();
        write(value, Escape::Html, &mut out).unwrap();
        out
    }

    #[test]
    fn values_are_written_as_go_writes_them() {
        let map = Map::new();
        map.insert(
            "b",
            Value::list(vec![Value::NIL, true.into(), Value::int(-3)]),
        );
        map.insert("a", Value::str(&b"<\xFF\t\x01\"\\ \x08 \xE2\x80\xA8"[..]));
        map.insert("c", List::nil(crate::template::Elem::Any).into());
        assert_eq!(
            written(&map.into()),
            r#"{"a":"\u003c�\t\u0001\"\\ \b \u2028","b":[null,true,-3],"c":null}"#
        );
        for (number, want) in [
            (1e6, "1000000"),
            (0.00001, "0.00001"),
            (1e-7, "1e-7"),
            (1e21, "1e+21"),
            (-0.0, "-0"),
            (1.5e300, "1.5e+300"),
        ] {
            assert_eq!(written(&number.into()), want);
        }
    }

    #[test]
    fn indentation_leaves_empty_collections_closed() {
        let map = Map::new();
        map.insert("a", Value::list(vec![]));
        map.insert("b", Value::list(vec![Value::int(1), Map::new().into()]));
        let mut out = String::new();
        write_indented(&map.into(), "  ", &mut out).unwrap();
        assert_eq!(out, "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}");
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        let map = Map::new();
        map.insert("a", Value::from(map.clone()));
        let mut out = String::new();
        let value = Value::from(map);
        assert_eq!(
            write(&value, Escape::Html, &mut out),
            Err(WriteError::TooDeep)
        );
        let nan = f64::NAN.into();
        assert_eq!(
            write(&nan, Escape::Html, &mut out),
            Err(WriteError::NotFinite("NaN"))
        );
    }
}
