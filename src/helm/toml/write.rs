//! Values of templates to TOML, with the bytes of `BurntSushi/toml`.

use super::{LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME};
use crate::template::func::date::write_time;
use crate::template::{Elem, IntType, Kind, List, MOST_TEXT, Str, Value, display};
use crate::yaml::Number;

/// The deepest that is written.
const MAX_DEPTH: usize = 200;

/// Why a value has no TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum WriteError {
    #[error("toml: cannot encode array with nil element")]
    NilInArray,
    #[error("toml: top-level values must be Go maps or structs")]
    NoKey,
    #[error("the value holds itself, or is more than {} MiB of TOML", MOST_TEXT >> 20)]
    TooDeep,
}

/// Returns a value as TOML. What is no map is written as it would be behind a key.
pub fn write(value: &Value) -> Result<Str, WriteError> {
    let mut writer = Writer { out: Vec::new() };
    writer.value(&Vec::new(), &plain(value))?;
    Ok(writer.out.into())
}

/// The value, objects made lists and scalars; structs and times stay what they are.
fn plain(value: &Value) -> Value {
    match &value.kind {
        Kind::Object(object) if object.fields().is_some() || time(value).is_some() => value.clone(),
        Kind::Object(object) => match object.items() {
            Some(items) => items.into(),
            None => object.json(),
        },
        _ => value.clone(),
    }
}

/// The entries of a table: a map's by their keys, a struct's in their order.
fn entries(value: &Value) -> Option<Entries> {
    match &value.kind {
        Kind::Map(map) => Some(map.snapshot().into_iter().collect()),
        Kind::Object(object) => {
            let fields = object.fields()?.into_iter();
            Some(
                fields
                    .map(|field| (field.name.into(), field.value))
                    .collect(),
            )
        }
        _ => None,
    }
}

/// A time as TOML writes it.
fn time(value: &Value) -> Option<String> {
    write_time(value, |zone| match zone {
        LOCAL_DATETIME => "2006-01-02T15:04:05.999999999",
        LOCAL_DATE => "2006-01-02",
        LOCAL_TIME => "15:04:05.999999999",
        _ => "2006-01-02T15:04:05.999999999Z07:00",
    })
}

/// What a value is in TOML, as far as that decides where it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Not at all.
    Absent,
    /// Behind its key.
    Direct,
    Table,
    Tables,
}

fn form(value: &Value, depth: usize) -> Result<Form, WriteError> {
    let depth = depth.checked_sub(1).ok_or(WriteError::TooDeep)?;
    Ok(match &value.kind {
        Kind::Nil => Form::Absent,
        Kind::Map(_) => Form::Table,
        Kind::Object(object) if object.fields().is_some() => Form::Table,
        Kind::List(list) if list.is_nil() => Form::Absent,
        Kind::List(list) if list.is_empty() => Form::Direct,
        Kind::List(list) => {
            let mut all_tables = true;
            for item in list.iter() {
                match form(&plain(item), depth)? {
                    Form::Absent => return Err(WriteError::NilInArray),
                    Form::Table => {}
                    Form::Direct | Form::Tables => all_tables = false,
                }
            }
            if all_tables {
                Form::Tables
            } else {
                Form::Direct
            }
        }
        _ => Form::Direct,
    })
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn value(&mut self, path: &[Str], value: &Value) -> Result<(), WriteError> {
        if path.len() > MAX_DEPTH || self.out.len() > MOST_TEXT {
            return Err(WriteError::TooDeep);
        }
        match (form(value, MAX_DEPTH)?, &value.kind) {
            (Form::Absent, _) => Ok(()),
            (Form::Table, _) => self.table(path, value),
            (Form::Tables, Kind::List(list)) => self.tables(path, list),
            _ => self.key_value(path, value),
        }
    }

    fn table(&mut self, path: &[Str], table: &Value) -> Result<(), WriteError> {
        if path.len() == 1 {
            self.line();
        }
        if !path.is_empty() {
            self.header("[", path, "]");
        }
        self.entries(path, table, MAX_DEPTH)
    }

    fn tables(&mut self, path: &[Str], list: &List) -> Result<(), WriteError> {
        if path.is_empty() {
            return Err(WriteError::NoKey);
        }
        for item in list.iter() {
            self.line();
            self.header("[[", path, "]]");
            self.entries(path, &plain(item), MAX_DEPTH)?;
        }
        Ok(())
    }

    /// Writes the entries of a table: those that are no tables first.
    fn entries(&mut self, path: &[Str], table: &Value, depth: usize) -> Result<(), WriteError> {
        for (key, value) in parted(table, depth)?.into_iter().flatten() {
            let mut below = path.to_vec();
            below.push(key);
            self.value(&below, &value)?;
        }
        Ok(())
    }

    fn inline_table(&mut self, table: &Value, depth: usize) -> Result<(), WriteError> {
        self.out.push(b'{');
        let [direct, tables] = parted(table, depth)?;
        let counts = [(direct.len(), !tables.is_empty()), (tables.len(), false)];
        for (entries, (count, more)) in [direct, tables].into_iter().zip(counts) {
            for (index, (key, value)) in entries.into_iter().enumerate() {
                // What is nil leaves the comma of what stands before it.
                if form(&value, depth)? == Form::Absent {
                    continue;
                }
                self.key(&key);
                self.out.extend_from_slice(b" = ");
                self.element(&value, depth)?;
                if more || index + 1 != count {
                    self.out.extend_from_slice(b", ");
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn key_value(&mut self, path: &[Str], value: &Value) -> Result<(), WriteError> {
        let Some(key) = path.last() else {
            return self.element(value, MAX_DEPTH);
        };
        self.indent(path);
        self.key(key);
        self.out.extend_from_slice(b" = ");
        self.element(value, MAX_DEPTH)?;
        self.line();
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), WriteError> {
        let depth = depth.checked_sub(1).ok_or(WriteError::TooDeep)?;
        if self.out.len() > MOST_TEXT {
            return Err(WriteError::TooDeep);
        }
        match &value.kind {
            Kind::Nil => return Err(WriteError::NilInArray),
            Kind::Bool(truth) => self.text(if *truth { "true" } else { "false" }),
            Kind::Int(_, IntType::Duration) => self.quoted(&display(value)),
            Kind::Int(number, _) => self.text(&number.to_string()),
            Kind::Uint(number, _) => self.text(&number.to_string()),
            Kind::Float(number) => self.float(*number),
            Kind::Str(text) => self.quoted(text),
            Kind::Bytes(bytes) => {
                let items = bytes.iter().map(|byte| Value::int(i64::from(*byte)));
                let items = List::with_elem(items.collect(), Elem::Int);
                self.element(&items.into(), depth)?;
            }
            Kind::List(list) => {
                self.out.push(b'[');
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.out.extend_from_slice(b", ");
                    }
                    self.element(&plain(item), depth)?;
                }
                self.out.push(b']');
            }
            Kind::Map(_) => self.inline_table(value, depth)?,
            Kind::Object(object) => match time(value) {
                Some(time) => self.text(&time),
                None if object.fields().is_some() => self.inline_table(value, depth)?,
                None => self.element(&object.json(), depth)?,
            },
        }
        Ok(())
    }

    fn float(&mut self, number: f64) {
        if !number.is_finite() {
            let sign = if number.is_sign_negative() { "-" } else { "" };
            self.text(sign);
            self.text(if number.is_nan() { "nan" } else { "inf" });
            return;
        }
        let mut text = String::new();
        Number::Float(number).write_go(&mut text);
        self.text(&text);
        if !text.contains(['e', '.']) {
            self.text(".0");
        }
    }

    fn header(&mut self, open: &str, path: &[Str], close: &str) {
        self.indent(path);
        self.text(open);
        for (index, key) in path.iter().enumerate() {
            if index > 0 {
                self.out.push(b'.');
            }
            self.key(key);
        }
        self.text(close);
        self.line();
    }

    fn indent(&mut self, path: &[Str]) {
        let width = 2 * path.len().saturating_sub(1);
        self.out.extend(std::iter::repeat_n(b' ', width));
    }

    fn key(&mut self, key: &Str) {
        let is_bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !key.is_empty() && key.iter().all(is_bare) {
            self.out.extend_from_slice(key);
        } else {
            self.quoted(key);
        }
    }

    fn quoted(&mut self, text: &Str) {
        self.out.push(b'"');
        for byte in text.iter() {
            match byte {
                b'"' => self.text("\\\""),
                b'\\' => self.text("\\\\"),
                8 => self.text("\\b"),
                b'\t' => self.text("\\t"),
                b'\n' => self.text("\\n"),
                12 => self.text("\\f"),
                b'\r' => self.text("\\r"),
                ..b' ' | 0x7F => self.text(&format!("\\u{byte:04x}")),
                _ => self.out.push(*byte),
            }
        }
        self.out.push(b'"');
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Ends the line, but where nothing was written yet.
    fn line(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }
}

/// Keys with their values.
type Entries = Vec<(Str, Value)>;

/// The entries that are no tables, and those that are.
fn parted(table: &Value, depth: usize) -> Result<[Entries; 2], WriteError> {
    let mut parts = [Vec::new(), Vec::new()];
    for (key, value) in entries(table).unwrap_or_default() {
        let value = plain(&value);
        let is_table = matches!(form(&value, depth)?, Form::Table | Form::Tables);
        if let Some(part) = parts.get_mut(usize::from(is_table)) {
            part.push((key, value));
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::yaml::read;
    use crate::template::Map;

    fn written(yaml: &str) -> String {
        match write(&read::value(&Str::from(yaml)).unwrap()) {
            Ok(text) => text.text().into_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn values_are_written_as_the_reference_writes_them() {
        for (given, want) in [
            (
                "{b: {c: 1, d: {e: x}}, a: true}",
                "a = true\n\n[b]\n  c = 1.0\n  [b.d]\n    e = \"x\"\n",
            ),
            (
                "{a: [{b: 1}, {c: [{d: 2}]}]}",
                "[[a]]\n  b = 1.0\n\n[[a]]\n\n  [[a.c]]\n    d = 2.0\n",
            ),
            (
                "{a: [1, {b: 2, c: ~}], 'x y': '\"\t'}",
                "a = [1.0, {b = 2.0, }]\n\"x y\" = \"\\\"\\t\"\n",
            ),
            ("{a: [~]}", "toml: cannot encode array with nil element"),
            (
                "[{a: 1}]",
                "toml: top-level values must be Go maps or structs",
            ),
            ("[1, x]", "[1.0, \"x\"]"),
            ("{a: ~, b: []}", "b = []\n"),
            (
                "{a: 1e6, b: 1e-5, c: -0.5}",
                "a = 1e+06\nb = 1e-05\nc = -0.5\n",
            ),
        ] {
            assert_eq!(written(given), want, "{given}");
        }
    }

    #[test]
    fn a_map_that_holds_itself_is_refused() {
        let map = Map::new();
        map.insert("a", Value::from(map.clone()));
        assert_eq!(write(&map.into()), Err(WriteError::TooDeep));
    }
}
