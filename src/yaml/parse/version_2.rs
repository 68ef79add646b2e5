//! Where Go's YAML version 2, by way of JSON, takes a scalar for something else than version 3 does.

use smol_str::SmolStr;

use crate::yaml::number::{self, Number};
use crate::yaml::resolve::{is_old_bool, resolve as resolve_version_3};
use crate::yaml::{Origin, Scalar, Tag};

use super::ParseError;

/// Returns the type of an unquoted scalar: version 2 has more booleans, and JSON no dates.
pub(super) fn resolve(text: &str) -> Tag {
    match resolve_version_3(text) {
        Tag::Timestamp => Tag::Str,
        Tag::Str if is_old_bool(text) => Tag::Bool,
        tag => tag,
    }
}

/// Makes text of a key, whatever its type.
pub(super) fn key(scalar: &mut Scalar, at: Origin) -> Result<(), ParseError> {
    match scalar.tag {
        Tag::Str | Tag::Binary | Tag::Timestamp | Tag::Bool => {}
        Tag::Int | Tag::Float => match number::parse_any(&scalar.text) {
            Some(Number::Int(_) | Number::Float(_)) => {
                scalar.text = number::number_text(&scalar.text).unwrap_or_default();
            }
            _ => return Err(not_text(&scalar.text, at)),
        },
        Tag::Null => return Err(not_text(&scalar.text, at)),
    }
    scalar.tag = Tag::Str;
    Ok(())
}

fn not_text(key: &SmolStr, at: Origin) -> ParseError {
    ParseError::KeyNotText {
        key: key.clone(),
        at,
    }
}

/// Returns `true` or `false` for what [`resolve`] calls a boolean.
pub(super) fn bool_text(text: &str) -> &'static str {
    match text {
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => "true",
        _ => "false",
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::parse::{DuplicateKeys, Limits, parse_version_2};
    use crate::yaml::{FileId, json};

    fn read(text: &str, duplicates: DuplicateKeys) -> Result<String, String> {
        let file = FileId::of("kustomization.yaml");
        match parse_version_2(text.as_bytes(), file, &Limits::default(), duplicates) {
            Ok(None) => Ok("nothing".to_owned()),
            Ok(Some(node)) => Ok(json::to_value(&node).to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn documents_become_what_json_holds() {
        for (text, want) in [
            (
                "a: yes\nb: 'yes'\nc: Off",
                r#"{"a":true,"b":"yes","c":false}"#,
            ),
            ("a: 2024-01-02", r#"{"a":"2024-01-02"}"#),
            (
                "1: a\ntrue: b\n1.50: c\non: d",
                r#"{"1":"a","true":"d","1.5":"c"}"#,
            ),
            ("a: 1\nb: 2\na: 3", r#"{"a":3,"b":2}"#),
            ("a: 1\n<<: {a: 2, b: 3}\nb: 4", r#"{"a":2,"b":4}"#),
            ("a: 1\n---\nb: 2", r#"{"a":1}"#),
            ("# nothing\n", "nothing"),
        ] {
            assert_eq!(
                read(text, DuplicateKeys::LastCounts).as_deref(),
                Ok(want),
                "{text}"
            );
        }
        assert!(read("~: a", DuplicateKeys::LastCounts).is_err());
        assert_eq!(
            read("a: 1\nb: 2\na: 3", DuplicateKeys::Refused),
            Err("key `a` is already defined at line 1".to_owned())
        );
    }
}
