//! The syntax of vars in a text: `$(NAME)`, and `$$` for a dollar.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use smol_str::SmolStr;

use super::VarValue;
use crate::yaml::{Origin, Tag};

/// A text with its vars expanded.
pub(super) struct Expanded {
    pub(super) text: SmolStr,
    pub(super) tag: Tag,
    /// The place of the first value that was put in.
    pub(super) origin: Option<Origin>,
}

/// Expands a text. One that is a single var takes the type of its value; a var without a value stays.
pub(super) fn expand(text: &str, values: &BTreeMap<SmolStr, VarValue>) -> Expanded {
    let alone = text
        .strip_prefix("$(")
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|name| !name.contains(')'));
    if let Some(value) = alone.and_then(|name| values.get(name)) {
        value.is_used.set(true);
        return Expanded {
            text: value.alone.clone(),
            tag: value.tag,
            origin: Some(value.origin),
        };
    }
    let mut origin = None;
    // Bytes, for the reference takes a byte after a dollar for a character.
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'$', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let Some((next, after)) = from.get(1..).and_then(<[u8]>::split_first) else {
            rest = from;
            break;
        };
        rest = after;
        match next {
            b'$' => out.push(b'$'),
            b'(' => match memchr::memchr(b')', after) {
                Some(end) => {
                    let name = String::from_utf8_lossy(after.get(..end).unwrap_or_default());
                    if let Some(value) = values.get(name.as_ref()) {
                        value.is_used.set(true);
                        out.extend_from_slice(value.text.as_bytes());
                        origin = origin.or(Some(value.origin));
                    } else {
                        out.extend_from_slice(format!("$({name})").as_bytes());
                    }
                    rest = after.get(end + 1..).unwrap_or_default();
                }
                None => out.extend_from_slice(b"$("),
            },
            other => {
                let mut buffer = [0; 4];
                out.push(b'$');
                out.extend_from_slice(char::from(*other).encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    out.extend_from_slice(rest);
    // What is no text any more, the reference shows in base64.
    let text = String::from_utf8(out).unwrap_or_else(|error| BASE64.encode(error.into_bytes()));
    Expanded {
        text: text.into(),
        tag: Tag::Str,
        origin,
    }
}

/// Writes a float as Go does inside a text: with an exponent where it is very large or small.
pub(super) fn float_in_text(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{number}");
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..21).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    fn values() -> BTreeMap<SmolStr, VarValue> {
        let value = |text: &str, tag| VarValue {
            text: text.into(),
            alone: text.into(),
            tag,
            origin: Origin::file(FileId::of("vars")),
            is_used: std::cell::Cell::default(),
        };
        BTreeMap::from([
            ("A".into(), value("a", Tag::Str)),
            ("N".into(), value("7", Tag::Int)),
            ("REF".into(), value("$(A)", Tag::Str)),
            ("EMPTY".into(), value("", Tag::Str)),
        ])
    }

    #[test]
    fn vars_expand_where_they_are_whole() {
        for (text, want) in [
            ("$(A)", "a"),
            ("$(A)-$(A)", "a-a"),
            ("x$(EMPTY)y", "xy"),
            ("$(REF)!", "$(A)!"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$a"),
            ("$$$$(A)", "$$(A)"),
            ("$(NONE)", "$(NONE)"),
            ("$(A", "$(A"),
            ("$(A$(N))", "$(A$(N))"),
            ("cost: 5$", "cost: 5$"),
            ("$A ${A} $?", "$A ${A} $?"),
            ("--$($($(--", "--$($($(--"),
            (r"\$(A)", r"\a"),
            ("$é(x$", "JMODqSh4JA=="),
            ("", ""),
        ] {
            assert_eq!(expand(text, &values()).text, want, "{text}");
        }
    }

    #[test]
    fn only_a_var_that_stands_alone_keeps_its_type() {
        assert_eq!(expand("$(N)", &values()).tag, Tag::Int);
        let text = expand("$(N)$(EMPTY)", &values());
        assert_eq!((text.text.as_str(), text.tag), ("7", Tag::Str));
    }

    #[test]
    fn floats_inside_a_text_are_written_as_go_does() {
        for (number, want) in [
            (1.5, "1.5"),
            (100_000.0, "100000"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
        ] {
            assert_eq!(float_in_text(number), want);
        }
    }
}
