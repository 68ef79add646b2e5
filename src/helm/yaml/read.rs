//! YAML to values of templates, by way of JSON.

use crate::template::{self, Kind, Map, Str, Value};
use crate::yaml::{self, DuplicateKeys, FileId, Limits, Node, Scalar, Tag, number_in_json};

use super::words::words;

/// Why a text has no value.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ReadError {
    #[error("error converting YAML to JSON: {0}")]
    Yaml(String),
    #[error(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type {wanted}"
    )]
    Type {
        found: &'static str,
        wanted: &'static str,
    },
}

/// Returns the value of the first document of a text. Each piece has the origin that the text's trace gives to its line.
pub fn value(text: &Str) -> Result<Value, ReadError> {
    let file = FileId::of("");
    let limits = Limits::default();
    let node = yaml::parse_version_2(text.bytes(), file, &limits, DuplicateKeys::LastCounts)
        .map_err(|error| ReadError::Yaml(words(&error, text.bytes())))?;
    let lines = Lines::of(text);
    Ok(node.map_or(Value::NIL, |node| {
        from_node(&node, &mut |at| lines.origin(at.line))
    }))
}

/// Makes a value of a node that was read by the rules of version 2: numbers are floats, dates are text.
/// `origin` tells the origin of a value from the place of its node.
pub fn from_node(node: &Node, origin: &mut impl FnMut(yaml::Origin) -> template::Origin) -> Value {
    let at = origin(node.origin);
    let kind = match &node.value {
        yaml::Value::Scalar(scalar) => from_scalar(scalar),
        yaml::Value::Sequence(items) => {
            let items = items.iter().map(|item| from_node(item, origin)).collect();
            Kind::List(template::List::new(items))
        }
        yaml::Value::Mapping(mapping) => {
            let entries = mapping.iter();
            let entries = entries.map(|entry| {
                (
                    Str::from(entry.key.text.as_str()),
                    from_node(&entry.value, origin),
                )
            });
            Kind::Map(entries.collect::<Map>())
        }
    };
    Value::from(kind).at(at)
}

fn from_scalar(scalar: &Scalar) -> Kind {
    match scalar.tag {
        Tag::Null => Kind::Nil,
        Tag::Bool => Kind::Bool(scalar.text == "true"),
        Tag::Int | Tag::Float => {
            let number = number_in_json(&scalar.text).and_then(|json| json.parse().ok());
            Kind::Float(number.unwrap_or_default())
        }
        Tag::Str | Tag::Timestamp => Kind::Str(scalar.text.as_str().into()),
        Tag::Binary => match scalar.to_json() {
            serde_json::Value::String(text) => Kind::Str(text.into()),
            _ => Kind::Str(scalar.text.as_str().into()),
        },
    }
}

/// The name that Go's JSON has for what a value is.
pub(crate) fn json_name(value: &Value) -> &'static str {
    match &value.kind {
        Kind::Map(_) => "object",
        Kind::List(_) => "array",
        Kind::Str(_) => "string",
        Kind::Bool(_) => "bool",
        Kind::Nil => "null",
        _ => "number",
    }
}

/// The lines of a text that is traced.
struct Lines<'t> {
    text: &'t Str,
    /// Where each line begins; empty where the text has no trace.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t Str) -> Self {
        let starts = match text.trace() {
            None => Vec::new(),
            Some(_) => std::iter::once(0)
                .chain(memchr::memchr_iter(b'\n', text.bytes()).map(|index| index + 1))
                .collect(),
        };
        Self { text, starts }
    }

    /// The origin that the trace has for a line, from 1.
    fn origin(&self, line: u32) -> template::Origin {
        let start = (line as usize)
            .checked_sub(1)
            .and_then(|index| self.starts.get(index));
        let (Some(start), Some(trace)) = (start, self.text.trace()) else {
            return template::Origin::NONE;
        };
        let end = trace.partition_point(|span| span.start <= *start);
        end.checked_sub(1)
            .and_then(|index| trace.get(index))
            .map_or(template::Origin::NONE, |span| span.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::yaml::write::write;
    use crate::template::Origin;

    #[test]
    fn origins_survive_the_way_through_text() {
        let map = Map::new();
        map.insert("a", Value::list(vec![Value::int(1).at(Origin(3))]));
        map.insert("b", Value::from("x").at(Origin(4)));
        let again = value(&write(&map.into()).unwrap()).unwrap();
        let map = again.as_map().unwrap();
        assert_eq!(map.get(b"b").unwrap().origin, Origin(4));
        let list = map.get(b"a").unwrap();
        assert_eq!(list.as_list().unwrap()[0].origin, Origin(3));
    }

    #[test]
    fn numbers_are_floats_and_dates_text() {
        let read = |text: &str| value(&text.into()).unwrap();
        assert!(matches!(read("12345678901234567890").kind, Kind::Float(number) if number > 1e19));
        assert_eq!(read("2020-01-02").as_str().unwrap().text(), "2020-01-02");
        assert!(read("").is_nil() && read("~").is_nil());
    }
}
