//! TOML to values of templates: whole numbers are `int64`, lists of tables lists of maps.

use toml::value::Datetime;

use super::words::words;
use super::{LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME};
use crate::template::func::date::read_time;
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
        let at = error.span().map_or(0, |span| span.start);
        ReadError(words(error.message(), at, text))
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
        toml::Value::Datetime(datetime) => time_of(datetime),
        toml::Value::Array(items) => {
            let is_of_tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let elem = if is_of_tables { Elem::Map } else { Elem::Any };
            List::with_elem(items.iter().map(value).collect(), elem).into()
        }
        toml::Value::Table(table) => map(table).into(),
    }
}

/// A date or time as a time of Go, whose zone says by its name what of it was there.
fn time_of(datetime: &Datetime) -> Value {
    let date = datetime.date.map(|date| {
        let (year, month, day) = (date.year, date.month, date.day);
        format!("{year:04}-{month:02}-{day:02}")
    });
    let time = datetime.time.map(|time| {
        let (second, nanosecond) = (time.second, time.nanosecond);
        let (second, nanosecond) = (second.unwrap_or(0), nanosecond.unwrap_or(0));
        format!(
            "{:02}:{:02}:{second:02}.{nanosecond:09}",
            time.hour, time.minute
        )
    });
    let read = match (date, time, datetime.offset) {
        (Some(date), Some(time), Some(offset)) => {
            let text = format!("{date}T{time}{offset}");
            read_time("2006-01-02T15:04:05Z07:00", &text, None)
        }
        (Some(date), Some(time), None) => {
            let text = format!("{date}T{time}");
            read_time("2006-01-02T15:04:05", &text, Some(LOCAL_DATETIME))
        }
        (Some(date), None, _) => read_time("2006-01-02", &date, Some(LOCAL_DATE)),
        (None, Some(time), _) => read_time("15:04:05", &time, Some(LOCAL_TIME)),
        (None, None, _) => None,
    };
    read.unwrap_or_else(|| datetime.to_string().into())
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
        assert_eq!(
            read("a = 1979-05-27T00:32:00.5-07:00\nb = 1979-05-27\nc = 07:32:00\nd = 1979-05-27 07:32:00\n").unwrap(),
            "map[a:1979-05-27 00:32:00.5 -0700 -0700 b:1979-05-27 00:00:00 +0000 date-local c:0000-01-01 07:32:00 +0000 time-local d:1979-05-27 07:32:00 +0000 datetime-local]"
        );
    }
}
