//! Values of files: YAML by the rules of Go's YAML version 2 by way of JSON, one or several documents.

use std::borrow::Cow;

use crate::yaml::{self, DuplicateKeys, FileId, Limits, Node, Origin, ParseError, Style, Tag};

use super::{Data, Lines, Table, Value};

/// Why a file gives no values.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ReadError {
    #[error(transparent)]
    Yaml(#[from] ParseError),
    #[error("values are a mapping of keys, not {what}")]
    NotTable { what: &'static str, at: Origin },
    #[error("nothing but a comment may stand behind `---`, not `{rest}`")]
    Separator { rest: String, at: Origin },
    #[error("the number `{text}` is none that JSON can hold")]
    Number { text: String, at: Origin },
}

impl ReadError {
    /// Where it is.
    pub fn origin(&self) -> Option<Origin> {
        match self {
            Self::Yaml(error) => yaml::Diagnostic::origin(error),
            Self::NotTable { at, .. } | Self::Separator { at, .. } | Self::Number { at, .. } => {
                Some(*at)
            }
        }
    }
}

/// Reads the documents of a text, later ones laid over earlier ones.
pub fn documents(text: &[u8], file: FileId) -> Result<Table, ReadError> {
    let mut values = Table::new();
    for part in Parts::new(text) {
        let (part, line) = part.map_err(|(rest, line)| ReadError::Separator {
            rest,
            at: Origin::at(file, line, 0),
        })?;
        let text = below(part, line);
        let node =
            yaml::parse_version_2(&text, file, &Limits::default(), DuplicateKeys::LastCounts)?;
        let Some(node) = node else { continue };
        let value = value(&node)?;
        match value.data {
            Data::Table(table) => values = values.overlaid(&table),
            Data::Null => {}
            data => {
                return Err(ReadError::NotTable {
                    what: kind_of(&data),
                    at: node.origin,
                });
            }
        }
    }
    Ok(values)
}

/// Puts empty lines before a later document, so that its lines count from the head of the file.
fn below(part: &[u8], line: u32) -> Cow<'_, [u8]> {
    if line == 0 {
        return Cow::Borrowed(part);
    }
    let mut text = vec![b'\n'; line as usize];
    text.extend_from_slice(part);
    Cow::Owned(text)
}

fn kind_of(data: &Data) -> &'static str {
    match data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Float(_) => "a number",
        Data::Text(_) | Data::Bytes(_) => "text",
        Data::List(_) => "a list",
        Data::Table(_) => "a mapping",
    }
}

/// Makes values of a node that was read by the rules of version 2.
pub fn value(node: &Node) -> Result<Value, ReadError> {
    let data = match &node.value {
        yaml::Value::Sequence(items) => {
            Data::List(items.iter().map(value).collect::<Result<_, _>>()?)
        }
        yaml::Value::Mapping(mapping) => {
            let entries = mapping
                .iter()
                .map(|entry| Ok((entry.key.text.clone(), value(&entry.value)?)));
            Data::Table(entries.collect::<Result<Table, ReadError>>()?)
        }
        yaml::Value::Scalar(scalar) => match scalar.tag {
            Tag::Null => Data::Null,
            Tag::Bool => Data::Bool(scalar.text.eq_ignore_ascii_case("true")),
            Tag::Int | Tag::Float => Data::Float(number(node)?),
            Tag::Str | Tag::Timestamp => Data::Text(scalar.text.clone()),
            Tag::Binary => match scalar.to_json() {
                serde_json::Value::String(text) => Data::Text(text.into()),
                _ => Data::Text(scalar.text.clone()),
            },
        },
    };
    let lines = match node.as_scalar() {
        Some(scalar) if scalar.style == Style::Literal => Lines::Below,
        _ => Lines::Here,
    };
    Ok(Value {
        data,
        at: node.origin,
        lines,
    })
}

#[expect(clippy::cast_precision_loss, reason = "the reference loses it")]
fn number(node: &Node) -> Result<f64, ReadError> {
    let text = node.text().unwrap_or_default();
    let number = match yaml::parse_number(text) {
        Some(yaml::Number::Int(number)) => number as f64,
        Some(yaml::Number::Uint(number)) => number as f64,
        Some(yaml::Number::Float(number)) => number,
        None => f64::NAN,
    };
    if number.is_finite() {
        return Ok(number);
    }
    Err(ReadError::Number {
        text: text.to_owned(),
        at: node.origin,
    })
}

/// The documents of a text, each with the number of lines before it. Lines that begin with `---` divide them.
struct Parts<'t> {
    rest: &'t [u8],
    line: u32,
    is_done: bool,
}

impl<'t> Parts<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            rest: text,
            line: 0,
            is_done: false,
        }
    }
}

impl<'t> Iterator for Parts<'t> {
    /// A document, or what stands behind `---` and the line of that.
    type Item = Result<(&'t [u8], u32), (String, u32)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let (text, first) = (self.rest, self.line);
        let mut end = 0;
        let mut line = first;
        for content in text.split_inclusive(|byte| *byte == b'\n') {
            line += 1;
            if let Some(behind) = content.strip_prefix(b"---") {
                let behind = String::from_utf8_lossy(behind);
                let behind = behind.trim();
                if !behind.is_empty() && !behind.starts_with('#') {
                    self.is_done = true;
                    return Some(Err((behind.to_owned(), line)));
                }
                self.rest = text.get(end + content.len()..).unwrap_or_default();
                self.line = line;
                return Some(Ok((text.get(..end).unwrap_or_default(), first)));
            }
            end += content.len();
        }
        self.is_done = true;
        Some(Ok((text, first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        documents(text.as_bytes(), FileId::of("values.yaml"))
            .map(|table| table.to_json().to_string())
            .map_err(|error| match error.origin() {
                Some(at) => format!("{at}: {error}"),
                None => error.to_string(),
            })
    }

    #[test]
    fn scalars_are_those_of_version_2() {
        assert_eq!(
            read("a: on\nb: 0755\nc: 1_000\nd: 1:30\ne: 2020-01-02\nf: 0b11\non: 1\n").unwrap(),
            r#"{"a":true,"b":493,"c":1000,"d":"1:30","e":"2020-01-02","f":3,"true":1}"#
        );
    }

    #[test]
    fn documents_are_laid_over_each_other() {
        assert_eq!(
            read("a: {b: 1}\n--- # more\na: {c: 2}\n---\n").unwrap(),
            r#"{"a":{"b":1,"c":2}}"#
        );
        assert_eq!(read("").unwrap(), "{}");
        assert_eq!(read("---\n# none\n").unwrap(), "{}");
    }

    #[test]
    fn mistakes_have_the_line_in_the_file() {
        let error = read("a: 1\n---\nb: 2\n- c\n").unwrap_err();
        assert!(error.starts_with("values.yaml:4"), "{error}");
        let error = read("a: 1\n---\n- c\n").unwrap_err();
        assert!(
            error.starts_with("values.yaml:3:1: values are a mapping"),
            "{error}"
        );
        let error = read("a: 1\n--- x: y\n").unwrap_err();
        assert!(error.starts_with("values.yaml:2"), "{error}");
        assert!(read("a: .inf\n").is_err());
    }
}
