//! Values of templates to YAML as version 3 of Go's YAML writes them (`toYamlPretty`): no way through JSON, so
//! that numbers keep their types.

use std::borrow::Cow;

use crate::template::{IntType, Kind, List, MOST_TEXT, Map, Str, Value, duration};
use crate::yaml::{Emitter, Manner, Number, Order, sort_keys};

use super::MAX_DEPTH;

/// The value holds itself, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value holds itself, or is more than {} MiB of YAML", MOST_TEXT >> 20)]
pub struct TooDeep;

/// Returns a value as YAML, with the line break at its end.
pub fn pretty(value: &Value) -> Result<String, TooDeep> {
    let mut out = String::new();
    let mut emitter = Emitter::new(Manner::Version3, &mut out);
    write(&mut emitter, value, false, MAX_DEPTH)?;
    emitter.finish();
    Ok(out)
}

fn write(
    emitter: &mut Emitter<'_>,
    value: &Value,
    in_mapping: bool,
    depth: usize,
) -> Result<(), TooDeep> {
    let depth = depth.checked_sub(1).ok_or(TooDeep)?;
    if emitter.len() > MOST_TEXT {
        return Err(TooDeep);
    }
    match &value.kind {
        Kind::Nil => emitter.write_word("null"),
        Kind::Bool(true) => emitter.write_word("true"),
        Kind::Bool(false) => emitter.write_word("false"),
        Kind::Int(number, IntType::Duration) => emitter.string(&duration(*number)),
        Kind::Int(number, _) => emitter.number(Number::Int(*number)),
        Kind::Uint(number, _) => emitter.number(Number::Uint(*number)),
        Kind::Float(number) => emitter.number(Number::Float(*number)),
        Kind::Str(text) => string(emitter, text),
        Kind::Bytes(bytes) => {
            let items = bytes.iter().map(|byte| Value::int(i64::from(*byte)));
            list(emitter, &List::new(items.collect()), in_mapping, depth)?;
        }
        Kind::List(items) => list(emitter, items, in_mapping, depth)?,
        Kind::Map(entries) => map(emitter, entries, depth)?,
        Kind::Object(object) if let Some(fields) = object.fields() => {
            let outer = emitter.open_mapping();
            for field in fields {
                emitter.key(&field.name.to_lowercase());
                write(emitter, &field.value, true, depth)?;
            }
            emitter.close(outer);
        }
        Kind::Object(object) => write(emitter, &object.json(), in_mapping, depth)?,
    }
    Ok(())
}

fn list(
    emitter: &mut Emitter<'_>,
    items: &List,
    in_mapping: bool,
    depth: usize,
) -> Result<(), TooDeep> {
    if items.is_empty() {
        emitter.write_word("[]");
        return Ok(());
    }
    let outer = emitter.open_sequence(in_mapping);
    for item in items.iter() {
        emitter.item();
        write(emitter, item, false, depth)?;
    }
    emitter.close(outer);
    Ok(())
}

fn map(emitter: &mut Emitter<'_>, map: &Map, depth: usize) -> Result<(), TooDeep> {
    let entries = map.entries();
    if entries.is_empty() {
        emitter.write_word("{}");
        return Ok(());
    }
    let entries: Vec<(Cow<'_, str>, &Value)> = entries
        .iter()
        .map(|(key, value)| (key.text(), value))
        .collect();
    let mut entries: Vec<&(Cow<'_, str>, &Value)> = entries.iter().collect();
    sort_keys(&mut entries, Order::Version3, |(key, _)| key);
    let outer = emitter.open_mapping();
    for (key, value) in entries {
        emitter.key(key);
        write(emitter, value, true, depth)?;
    }
    emitter.close(outer);
    Ok(())
}

fn string(emitter: &mut Emitter<'_>, text: &Str) {
    use base64::Engine as _;
    if let Ok(text) = std::str::from_utf8(text.bytes()) {
        emitter.string(text);
    } else {
        // Base64 in lines of 70 characters; one line alone is not ended.
        let encoded = base64::engine::general_purpose::STANDARD.encode(text.bytes());
        let is_long = encoded.len() >= 70;
        let mut lines = String::with_capacity(encoded.len() + encoded.len() / 70 + 1);
        for (index, character) in encoded.chars().enumerate() {
            if index > 0 && index % 70 == 0 {
                lines.push('\n');
            }
            lines.push(character);
        }
        if is_long {
            lines.push('\n');
        }
        emitter.write_word("!!binary");
        emitter.string(&lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::yaml::read;

    fn written(yaml: &str) -> String {
        pretty(&read::value(&Str::from(yaml)).unwrap()).unwrap()
    }

    #[test]
    fn lists_are_indented_and_lines_endless() {
        let long = "word ".repeat(40);
        let long = long.trim();
        assert_eq!(
            written(&format!(
                "a: [1, [2, {{b: [3]}}]]\nlong: {long}\nt: \"a\\tb\\nc\"\n"
            )),
            format!(
                "a:\n  - 1\n  - - 2\n    - b:\n        - 3\nlong: {long}\nt: |-\n  a\tb\n  c\n"
            )
        );
    }

    #[test]
    fn numbers_keep_their_types() {
        assert_eq!(written("1000000"), "1e+06\n");
        assert_eq!(pretty(&Value::int(1_000_000)).unwrap(), "1000000\n");
        assert_eq!(pretty(&f64::INFINITY.into()).unwrap(), ".inf\n");
    }
}
