//! What an unquoted scalar is: null, bool, number, timestamp or text.
//!
//! Two sets of rules are needed. Documents are read by those of Go's YAML version 3 ([`resolve`]);
//! the output is quoted by those of version 2 ([`reads_as_text`]), where `yes` and `off` are booleans.

use super::{Tag, number, timestamp};

/// Returns the type of an unquoted scalar.
pub(crate) fn resolve(text: &str) -> Tag {
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N') if is_null(text) => Tag::Null,
        Some(b't' | b'T' | b'f' | b'F') if is_bool(text) => Tag::Bool,
        Some(b'.') if is_special_float(text) || number::is_dotted_float(text) => Tag::Float,
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if is_special_float(text) {
                Tag::Float
            } else if timestamp::is_timestamp(text) {
                Tag::Timestamp
            } else {
                match number::parse_number(text) {
                    Some(number::Number::Float(_)) => Tag::Float,
                    Some(_) => Tag::Int,
                    None => Tag::Str,
                }
            }
        }
        _ => Tag::Str,
    }
}

/// Tells whether text, written without quotes, would be read back as text by YAML version 2 of Go.
pub(super) fn reads_as_text(text: &str) -> bool {
    match text.as_bytes().first() {
        None => false,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            // `false` is the longest.
            text.len() > 5 || !(is_null(text) || is_bool(text) || is_old_bool(text))
        }
        Some(b'.') => !(is_special_float(text) || number::is_dotted_float(text)),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            !(is_special_float(text)
                || timestamp::is_timestamp(text)
                || number::parse_number(text).is_some()
                || number::is_base_60(text))
        }
        Some(_) => true,
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn is_bool(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

pub(super) fn is_old_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    )
}

/// Tells whether it is an infinity or not a number, which JSON cannot hold.
pub(super) fn is_special_float(text: &str) -> bool {
    let unsigned = match text.as_bytes() {
        [b'+' | b'-', b'.', b'i' | b'I', ..] => &text[1..],
        _ => text,
    };
    matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn types_are_those_of_version_3() {
        let cases: &[(Tag, &[&str])] = &[
            (Tag::Null, &["", "~", "null", "Null", "NULL"]),
            (
                Tag::Bool,
                &["true", "True", "TRUE", "false", "False", "FALSE"],
            ),
            (
                Tag::Int,
                &[
                    "0",
                    "-0",
                    "+5",
                    "012",
                    "0o14",
                    "0b101",
                    "-0b1",
                    "0x1F",
                    "1_000",
                    "0X1f",
                    "9223372036854775808",
                    "18446744073709551615",
                    "0b+1",
                ],
            ),
            (
                Tag::Float,
                &[
                    "1.0",
                    "1.",
                    "1e3",
                    "1E-3",
                    ".5",
                    "-.5",
                    ".1_0",
                    "+1.5",
                    "08",
                    "09",
                    "1_0.5",
                    ".inf",
                    "-.Inf",
                    "+.INF",
                    ".nan",
                    "18446744073709551616",
                    "+18446744073709551615",
                ],
            ),
            (
                Tag::Timestamp,
                &[
                    "2024-01-02",
                    "2024-1-2",
                    "2024-01-02T03:04:05Z",
                    "2024-01-02t3:4:5+02:00",
                    "2024-01-02 03:04:05",
                    "2024-01-02 03:04:05.123456789123",
                    "0000-01-01",
                    "2024-01-02T03:04:05,5Z",
                ],
            ),
            (
                Tag::Str,
                &[
                    "yes",
                    "y",
                    "on",
                    "off",
                    "n",
                    "No",
                    "tRue",
                    "nULL",
                    "none",
                    "foo",
                    "1a",
                    "-",
                    "+",
                    "--1",
                    "0x",
                    "0xg",
                    "0b2",
                    "0o8",
                    "1e",
                    "1e400",
                    ".",
                    "..5",
                    ".e5",
                    "._5",
                    ".5_",
                    "+-1",
                    "2024-13-01",
                    "2024-02-30",
                    "2024-01-02T03:04:05",
                    "2024-01-02 03:04:05 +2",
                    "24:00",
                    "1:30",
                    "+.nan",
                    "_1x",
                    "١",
                    "0x1p-2",
                    "Infinity",
                    "2024-01-02T24:00:00Z",
                ],
            ),
        ];
        for (tag, texts) in cases {
            for text in *texts {
                assert_eq!(resolve(text), *tag, "{text:?}");
            }
        }
    }

    #[test]
    fn what_version_2_would_not_read_as_text_is_quoted() {
        for text in [
            "",
            "y",
            "Yes",
            "ON",
            "off",
            "null",
            "~",
            "true",
            "1",
            "012",
            "1e3",
            ".5",
            ".inf",
            "1:30",
            "-12:30:45",
            "190:20:30.15",
            "2024-01-02",
            "0b+1",
            "0o7",
            "1_000",
        ] {
            assert!(!reads_as_text(text), "{text:?}");
        }
        for text in [
            "yess", "tRue", "nothing", "foo", "1a", "1:60", "a:1", "<<", "=", "-", "1e", "1.2.3",
            "08:61",
        ] {
            assert!(reads_as_text(text), "{text:?}");
        }
    }
}
