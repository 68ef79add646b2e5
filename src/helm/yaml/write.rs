//! Values of templates to YAML, with the bytes of `sigs.k8s.io/yaml`.

use std::borrow::Cow;

use base64::Engine as _;

use crate::template::{Kind, List, MOST_TEXT, Map, Origin, Span, Str, Value};
use crate::yaml::{Emitter, Manner, Number, Order, json, sort_keys};

use super::MAX_DEPTH;

/// The longest key that is read again, in characters of its JSON.
const KEY_LENGTH: usize = 1024;

/// Why a value has no YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum WriteError {
    #[error("error marshaling into JSON: json: unsupported value: {0}")]
    NotFinite(&'static str),
    #[error(
        "error marshaling into JSON: json: unsupported value: encountered a cycle via map[string]interface {{}}"
    )]
    TooDeep,
    #[error("the value is more than {} MiB of YAML", MOST_TEXT >> 20)]
    TooLarge,
    #[error("yaml: control characters are not allowed")]
    ControlCharacter,
    #[error("yaml: did not find expected ',' or '}}'")]
    Key,
}

/// Returns a value as YAML, with the line break at its end. The lines are traced to what wrote the scalars in them.
pub fn write(value: &Value) -> Result<Str, WriteError> {
    let mut out = String::new();
    let mut writer = Writer {
        emitter: Emitter::new(Manner::Build, &mut out),
        spans: Vec::new(),
    };
    writer.value(value, false, MAX_DEPTH)?;
    let Writer { emitter, spans } = writer;
    emitter.finish();
    let text = Str::from(out);
    Ok(if spans.is_empty() {
        text
    } else {
        text.traced(spans)
    })
}

struct Writer<'o> {
    emitter: Emitter<'o>,
    spans: Vec<Span>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, in_mapping: bool, depth: usize) -> Result<(), WriteError> {
        let depth = depth.checked_sub(1).ok_or(WriteError::TooDeep)?;
        if self.emitter.len() > MOST_TEXT {
            return Err(WriteError::TooLarge);
        }
        self.trace(value.origin);
        match &value.kind {
            Kind::Nil => self.emitter.write_word("null"),
            Kind::Bool(true) => self.emitter.write_word("true"),
            Kind::Bool(false) => self.emitter.write_word("false"),
            Kind::Int(number, _) => self.emitter.number(Number::Int(*number)),
            Kind::Uint(number, _) => self.emitter.number(Number::Uint(*number)),
            Kind::Float(number) => self.float(*number)?,
            Kind::Str(text) => {
                let start = self.emitter.len();
                self.emitter.string(&text_in_json(text)?);
                self.trace_lines(text, start);
            }
            Kind::Bytes(bytes) => {
                let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                self.emitter.string(&text);
            }
            Kind::List(list) if list.is_nil() => self.emitter.write_word("null"),
            Kind::Map(map) if map.is_nil() => self.emitter.write_word("null"),
            Kind::List(list) => self.list(list, in_mapping, depth)?,
            Kind::Map(map) => self.map(map, depth)?,
            Kind::Object(object) => self.value(&object.json(), in_mapping, depth)?,
        }
        Ok(())
    }

    fn float(&mut self, number: f64) -> Result<(), WriteError> {
        if let Some(name) = not_finite(number) {
            return Err(WriteError::NotFinite(name));
        }
        self.emitter.number(Number::Float(number));
        Ok(())
    }

    fn list(&mut self, list: &List, in_mapping: bool, depth: usize) -> Result<(), WriteError> {
        if list.is_empty() {
            self.emitter.write_word("[]");
            return Ok(());
        }
        let outer = self.emitter.open_sequence(in_mapping);
        for item in list.iter() {
            self.emitter.item();
            self.value(item, false, depth)?;
        }
        self.emitter.close(outer);
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), WriteError> {
        let entries = map.entries();
        if entries.is_empty() {
            self.emitter.write_word("{}");
            return Ok(());
        }
        let entries = entries
            .iter()
            .map(|(key, value)| Ok((key_in_json(key)?, value)))
            .collect::<Result<Vec<_>, WriteError>>()?;
        let mut entries: Vec<&(Cow<'_, str>, &Value)> = entries.iter().collect();
        sort_keys(&mut entries, Order::Version2, |(key, _)| key);
        let outer = self.emitter.open_mapping();
        for (key, value) in entries {
            self.emitter.key(key);
            self.value(value, true, depth)?;
        }
        self.emitter.close(outer);
        Ok(())
    }

    /// Notes where each line of a text comes from that was written as a block from `start` on.
    fn trace_lines(&mut self, text: &Str, start: usize) {
        let written = self.emitter.since(start);
        if text.trace().is_none() || !written.trim_start().starts_with('|') {
            return;
        }
        let starts = memchr::memchr_iter(b'\n', written.as_bytes()).map(|end| start + end + 1);
        let lines = memchr::memchr_iter(b'\n', text.bytes()).map(|end| end + 1);
        for (start, line) in starts.zip(std::iter::once(0).chain(lines)) {
            let origin = text.origin_at(line);
            if self.spans.last().is_none_or(|last| last.origin != origin) {
                self.spans.push(Span { start, origin });
            }
        }
    }

    /// Notes where the rest of the line, at least, comes from.
    fn trace(&mut self, origin: Origin) {
        let before = self.spans.last();
        if before.map_or(Origin::NONE, |span| span.origin) == origin {
            return;
        }
        let start = self.emitter.line_start();
        match self.spans.last_mut() {
            // The value of a key stands for the line, not the mapping that begins there.
            Some(span) if span.start == start => {
                if origin != Origin::NONE {
                    span.origin = origin;
                }
            }
            _ => self.spans.push(Span { start, origin }),
        }
    }
}

/// The name of a number that JSON does not have.
pub(crate) fn not_finite(number: f64) -> Option<&'static str> {
    if number.is_finite() {
        None
    } else if number.is_nan() {
        Some("NaN")
    } else if number > 0.0 {
        Some("+Inf")
    } else {
        Some("-Inf")
    }
}

/// The text as it comes out of JSON, which is read as YAML.
fn text_in_json(text: &Str) -> Result<Cow<'_, str>, WriteError> {
    let bytes = text.bytes();
    // Without branches, so that the compiler makes it wide.
    let suspicious = bytes
        .iter()
        .fold(0_u8, |found, byte| found | u8::from(*byte >= 0x7F));
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if suspicious == 0 => return Ok(Cow::Borrowed(text)),
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replaced(bytes)),
    };
    // What is below a blank is escaped.
    let is_allowed = |character: char| matches!(character, '\0'..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..);
    if text.chars().all(is_allowed) {
        Ok(text)
    } else {
        Err(WriteError::ControlCharacter)
    }
}

fn key_in_json(key: &Str) -> Result<Cow<'_, str>, WriteError> {
    let text = text_in_json(key)?;
    if text.len() > KEY_LENGTH / 6 && json::quoted_length(&text) > KEY_LENGTH
        || !text.is_ascii() && text.contains('\u{85}')
    {
        return Err(WriteError::Key);
    }
    Ok(text)
}

/// Makes UTF-8 of bytes as Go's JSON does it: each byte that is none becomes U+FFFD.
pub(crate) fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::yaml::read;

    fn written(yaml: &str) -> String {
        let value = read::value(&Str::from(yaml)).unwrap();
        write(&value).unwrap().text().into_owned()
    }

    #[test]
    fn scalars_are_those_of_the_reference() {
        for (given, want) in [
            ("1000000", "1000000"),
            ("12345678901234567890", "12345678901234567000"),
            ("12345678.9", "1.23456789e+07"),
            ("1e21", "1e+21"),
            ("'y'", "\"y\""),
            ("'1:30'", "\"1:30\""),
            ("'0b1'", "\"0b1\""),
            ("'+1'", "\"+1\""),
            ("'2020-01-02'", "\"2020-01-02\""),
            ("'NaN'", "NaN"),
            ("'<<'", "<<"),
            ("'='", "="),
            ("'😀'", "\"\\U0001F600\""),
            ("0755", "493"),
            ("on", "true"),
            ("~", "null"),
            ("[]", "[]"),
            ("{}", "{}"),
            ("[[1], [], {a: [2]}]", "- - 1\n- []\n- a:\n  - 2"),
            (
                "{\"9\": 1, \"10\": 2, A: 3, a: 4, a9: 5, a10: 6}",
                "\"9\": 1\n\"10\": 2\nA: 3\na: 4\na9: 5\na10: 6",
            ),
            ("{a: \"x\\ny\\n\"}", "a: |\n  x\n  y"),
        ] {
            assert_eq!(written(given), format!("{want}\n"), "{given}");
        }
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        let refused = |value: Value| write(&value).unwrap_err();
        assert_eq!(refused(f64::INFINITY.into()), WriteError::NotFinite("+Inf"));
        assert_eq!(refused("\u{7f}".into()), WriteError::ControlCharacter);
        let map = Map::new();
        map.insert("a", Value::from(map.clone()));
        assert_eq!(refused(map.clone().into()), WriteError::TooDeep);
        map.remove(b"a");
        map.insert("k".repeat(1023).as_str(), Value::NIL);
        assert_eq!(refused(map.into()), WriteError::Key);
        assert_eq!(
            write(&Value::str(&b"a\xFF\xFEb"[..])).unwrap().text(),
            "a\u{FFFD}\u{FFFD}b\n"
        );
    }

    #[test]
    fn lines_are_traced_to_what_wrote_their_scalars() {
        let map = Map::new();
        map.insert("a", Value::int(1).at(Origin(1)));
        map.insert(
            "b",
            Value::list(vec![Value::from("x\ny").at(Origin(2)), Value::NIL]),
        );
        map.insert("c", Value::int(3).at(Origin(1)));
        let text = write(&map.into()).unwrap();
        assert_eq!(text.text(), "a: 1\nb:\n- |-\n  x\n  y\n- null\nc: 3\n");
        let spans = text.trace().unwrap().iter();
        let spans: Vec<(usize, u32)> = spans.map(|span| (span.start, span.origin.0)).collect();
        assert_eq!(spans, [(0, 1), (5, 0), (8, 2), (21, 0), (28, 1)]);
        assert!(write(&Value::int(1)).unwrap().trace().is_none());
    }
}
