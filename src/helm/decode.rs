//! Typed reading of YAML as Go's `encoding/json` fills a struct: keys in any case, scalars as text where text is
//! wanted, null as nothing.

use crate::yaml::{Mapping, Node, Number, Origin, Tag, parse_number};

/// A field does not have the type that it must have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` must be {wanted}, not {found}")]
pub struct WrongType {
    /// The field.
    pub field: String,
    /// What it must be.
    pub wanted: &'static str,
    /// What it is.
    pub found: &'static str,
    /// Where it stands.
    pub at: Origin,
}

/// A mapping whose fields are read by name.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    mapping: Option<&'n Mapping>,
    /// What the mapping is in: put before the names of fields in errors.
    prefix: &'n str,
}

impl<'n> Fields<'n> {
    /// The fields of a mapping; null has none.
    pub(crate) fn of(node: &'n Node, prefix: &'n str) -> Result<Self, WrongType> {
        match node.as_mapping() {
            Some(mapping) => Ok(Self {
                mapping: Some(mapping),
                prefix,
            }),
            None if node.is_null() => Ok(Self {
                mapping: None,
                prefix,
            }),
            None => Err(wrong(node, prefix.trim_end_matches('.'), "a mapping")),
        }
    }

    /// The node of a field that is not null: by the name as it is, else by one that differs in case only.
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        let mapping = self.mapping?;
        let exact = mapping.get(name).filter(|node| !node.is_null());
        exact.or_else(|| {
            let mut alike = mapping
                .iter()
                .filter(|entry| entry.key.text != name && entry.key.text.eq_ignore_ascii_case(name))
                .filter(|entry| !entry.value.is_null());
            alike.next_back().map(|entry| &entry.value)
        })
    }

    fn name(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    /// Text; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> Result<String, WrongType> {
        match self.get(name) {
            Some(node) => text(node, &self.name(name)),
            None => Ok(String::new()),
        }
    }

    /// A boolean; false where there is none.
    pub(crate) fn truth(&self, name: &str) -> Result<bool, WrongType> {
        match self.get(name) {
            None => Ok(false),
            Some(node) => match node.as_scalar() {
                Some(scalar) if scalar.tag == Tag::Bool => {
                    Ok(scalar.text.eq_ignore_ascii_case("true"))
                }
                _ => Err(wrong(node, &self.name(name), "a boolean")),
            },
        }
    }

    /// The items of a list; none where there is none.
    pub(crate) fn items(&self, name: &str) -> Result<&'n [Node], WrongType> {
        match self.get(name) {
            None => Ok(&[]),
            Some(node) => node
                .as_sequence()
                .ok_or_else(|| wrong(node, &self.name(name), "a list")),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, WrongType> {
        let items = self.items(name)?;
        let full = self.name(name);
        items.iter().map(|item| text(item, &full)).collect()
    }

    /// A mapping of texts, in the order of the file.
    pub(crate) fn text_map(&self, name: &str) -> Result<Vec<(String, String)>, WrongType> {
        let Some(node) = self.get(name) else {
            return Ok(Vec::new());
        };
        let full = self.name(name);
        let Some(mapping) = node.as_mapping() else {
            return Err(wrong(node, &full, "a mapping"));
        };
        mapping
            .iter()
            .map(|entry| {
                let key = entry.key.text.to_string();
                let value = text(&entry.value, &format!("{full}.{key}"))?;
                Ok((key, value))
            })
            .collect()
    }
}

/// A scalar as text, whatever its type; null is empty.
pub(crate) fn text(node: &Node, field: &str) -> Result<String, WrongType> {
    let Some(scalar) = node.as_scalar() else {
        return Err(wrong(node, field, "text"));
    };
    Ok(match scalar.tag {
        Tag::Null => String::new(),
        Tag::Int | Tag::Float => match parse_number(&scalar.text) {
            Some(Number::Int(number)) => number.to_string(),
            Some(Number::Uint(number)) => number.to_string(),
            Some(Number::Float(number)) => single_precision(number),
            None => scalar.text.to_string(),
        },
        Tag::Bool => scalar.text.to_ascii_lowercase(),
        Tag::Str | Tag::Timestamp => scalar.text.to_string(),
        Tag::Binary => match scalar.to_json() {
            serde_json::Value::String(text) => text,
            _ => scalar.text.to_string(),
        },
    })
}

/// A number as the reference writes it where text is wanted: with the digits of single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the reference cuts it, too"
)]
fn single_precision(number: f64) -> String {
    let number = number as f32;
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

fn wrong(node: &Node, field: &str, wanted: &'static str) -> WrongType {
    WrongType {
        field: if field.is_empty() {
            "the file".to_owned()
        } else {
            field.to_owned()
        },
        wanted,
        found: node.type_words(),
        at: node.origin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{DuplicateKeys, FileId, Limits, parse_version_2};

    fn parse(text: &str) -> Node {
        let file = FileId::of("Chart.yaml");
        parse_version_2(
            text.as_bytes(),
            file,
            &Limits::default(),
            DuplicateKeys::LastCounts,
        )
        .unwrap()
        .unwrap()
    }

    #[test]
    fn scalars_become_text() {
        for (yaml, want) in [
            ("1", "1"),
            ("1.0", "1"),
            ("1.10", "1.1"),
            ("0755", "493"),
            ("2023.1015", "2023.1014"),
            ("1234567.5", "1.2345675e+06"),
            ("0.00001", "1e-05"),
            ("123456.5", "123456.5"),
            ("yes", "true"),
            ("2020-01-02", "2020-01-02"),
            ("null", ""),
            ("1e21", "1e+21"),
        ] {
            let node = parse(&format!("a: {yaml}"));
            assert_eq!(
                text(node.get("a").unwrap(), "a").as_deref(),
                Ok(want),
                "{yaml}"
            );
        }
    }

    #[test]
    fn keys_match_in_any_case_and_types_are_checked() {
        let node = parse("Name: x\nlist: text\nflag: 'true'\n");
        let fields = Fields::of(&node, "").unwrap();
        assert_eq!(fields.text("name").unwrap(), "x");
        assert_eq!(
            fields.items("list").unwrap_err().to_string(),
            "`list` must be a list, not text"
        );
        assert!(fields.truth("flag").is_err());
    }
}
