//! TOML to values of templates: whole numbers are `int64`, lists of tables lists of maps.

use toml::value::Datetime;

use crate::template::{Elem, List, Map, Str, Value};

/// Why a text is not TOML.
#[derive(Clone, Debug, thiserror::Error)]
#[error("toml: {0}")]
pub struct ReadError(String);

/// Returns the table that a text is.
pub fn read(text: &[u8]) -> Result<Map, ReadError> {
    let text =
        std::str::from_utf8(text).map_err(|_| ReadError("files must be UTF-8".to_owned()))?;
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            let before = text.get(..span.start).unwrap_or_default();
            before.matches('\n').count() + 1
        });
        ReadError(format!("line {line}: {}", error.message()))
    })?;
    Ok(map(&table))
}

fn map(table: &toml::Table) -> Map {
    table
        .iter()
        .map(|(key, item)| (Str::from(key.as_str()), value(item)))
        .collect()
}

fn value(item: &toml::Value) -> Value {
    match item {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => Value::int64(*number),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(truth) => (*truth).into(),
        toml::Value::Datetime(datetime) => text_of(datetime).into(),
        toml::Value::Array(items) => {
            let is_of_tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let elem = if is_of_tables { Elem::Map } else { Elem::Any };
            List::with_elem(items.iter().map(value).collect(), elem).into()
        }
        toml::Value::Table(table) => map(table).into(),
    }
}

// FIXME: the reference gives a `time.Time`.
fn text_of(datetime: &Datetime) -> String {
    datetime.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::display;

    #[test]
    fn tables_are_maps() {
        let read =
            |text: &str| read(text.as_bytes()).map(|map| display(&map.into()).text().into_owned());
        assert_eq!(
            read("b = [1, 2.5]\n[a.c]\nx = 'y'\n[[t]]\nz = true\n").unwrap(),
            "map[a:map[c:map[x:y]] b:[1 2.5] t:[map[z:true]]]"
        );
        assert!(
            read("a = \n")
                .unwrap_err()
                .to_string()
                .starts_with("toml: line 1: ")
        );
    }
}
