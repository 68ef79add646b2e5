//! Where Go's YAML version 2, by way of JSON, takes a scalar for something else than version 3 does.

use crate::yaml::number::{self, Number};
use crate::yaml::resolve::{is_old_bool, is_special_float, resolve as resolve_version_3};
use crate::yaml::{Node, Scalar, Tag, Value};

use super::ParseError;

/// Returns the type of an unquoted scalar: version 2 has more booleans, and JSON no dates.
pub(super) fn resolve(text: &str) -> Tag {
    match resolve_version_3(text) {
        Tag::Timestamp => Tag::Str,
        Tag::Str if is_old_bool(text) => Tag::Bool,
        tag => tag,
    }
}

/// Makes text of a key, whatever its type. False if there is none for it.
pub(super) fn key(scalar: &mut Scalar) -> bool {
    match scalar.tag {
        Tag::Str | Tag::Binary | Tag::Timestamp | Tag::Bool => {}
        Tag::Int | Tag::Float => match number::parse_any(&scalar.text) {
            Some(Number::Int(_)) => {
                scalar.text = number::number_text(&scalar.text).unwrap_or_default();
            }
            Some(Number::Float(number)) => {
                let mut text = String::new();
                Number::write_short(number, &mut text);
                scalar.text = text.into();
            }
            // Infinities have a text of their own.
            None => scalar.text = special_float(&scalar.text).into(),
            Some(Number::Uint(_)) => return false,
        },
        Tag::Null => return false,
    }
    scalar.tag = Tag::Str;
    true
}

fn special_float(text: &str) -> &'static str {
    match text.as_bytes() {
        [b'-', ..] => "-.inf",
        [b'.', b'n' | b'N', ..] => ".nan",
        _ => ".inf",
    }
}

/// Finds what JSON cannot hold: infinities, and keys that have no text.
pub(super) fn check_fit(node: &Node) -> Result<(), ParseError> {
    match &node.value {
        Value::Scalar(scalar) if scalar.tag == Tag::Float && is_special_float(&scalar.text) => {
            Err(ParseError::NotInJson {
                value: scalar.text.clone(),
                at: node.origin,
            })
        }
        Value::Scalar(_) => Ok(()),
        Value::Sequence(items) => items.iter().try_for_each(check_fit),
        Value::Mapping(mapping) => mapping.iter().try_for_each(|entry| {
            if entry.key.tag == Tag::Str {
                check_fit(&entry.value)
            } else {
                Err(ParseError::KeyNotText {
                    key: entry.key.text.clone(),
                    at: entry.key_origin,
                })
            }
        }),
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
    use crate::yaml::parse::{DuplicateKeys, Limits, parse_alike, parse_version_2};
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
    fn what_both_versions_read_alike_is_told() {
        let file = FileId::of("a.yaml");
        let limits = Limits::default();
        for (text, is_alike) in [
            ("a: 1\nb: [x, 'yes', 1.5, ~, true]\nc: >\n  d\n  e\n", true),
            ("a: &x {b: 1}\nc: *x\n", true),
            ("# nothing\n", true),
            ("'a': \"1\"\n? b\n: |-\n  x\n", true),
            ("a: 2024-01-02 03:04:05", false),
            ("a: yes", false),
            ("y: 1", false),
            ("a: True", false),
            ("a: !!str 1", false),
            ("a: ! 1", false),
            ("1: a", false),
            ("a: {true: b}", false),
            ("a: 1\na: 2", false),
            ("a: {b: 1, b: 2}", false),
            ("a: &x {b: 1}\nc: {<<: *x}", false),
            ("a: {'<<': 1}", false),
            ("a: .inf", false),
            ("a: 1\n---\nb: 2", false),
            ("a: b: c", false),
            ("\u{feff}a: 1", true),
        ] {
            let duplicates = DuplicateKeys::LastCounts;
            let alike = parse_alike(text.as_bytes(), file, &limits, duplicates);
            assert_eq!(alike.is_some(), is_alike, "{text}");
            if let Some(nodes) = alike {
                let shown = |node: Option<&_>| node.map(|node| json::to_value(node).to_string());
                let version_2 = parse_version_2(text.as_bytes(), file, &limits, duplicates);
                let version_2 = version_2.unwrap();
                assert_eq!(shown(nodes.first()), shown(version_2.as_ref()), "{text}");
            }
        }
        let utf_16: Vec<u8> = "\u{feff}a: 1"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(parse_alike(&utf_16, file, &limits, DuplicateKeys::LastCounts).is_none());
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
        for text in ["~: a", "a: .inf", "a: [.nan]", "18446744073709551615: a"] {
            assert!(read(text, DuplicateKeys::LastCounts).is_err(), "{text}");
        }
        let replaced = "a: {~: b}\na: 1\n1.1: x\n.inf: y\n16777217.0: z";
        assert_eq!(
            read(replaced, DuplicateKeys::LastCounts).as_deref(),
            Ok(r#"{"a":1,"1.1":"x",".inf":true,"1.6777216e+07":"z"}"#)
        );
        assert_eq!(
            read("a: 1\nb: 2\na: 3", DuplicateKeys::Refused),
            Err("key `a` is already defined at line 1".to_owned())
        );
    }
}
