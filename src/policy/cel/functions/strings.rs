//! Text: the standard functions and the strings extension, version 2. Positions count code points.

use smol_str::SmolStr;

use super::super::evaluate::no_overload;
use super::convert::format_value;
use super::{Line, Result, Type, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("size(string): int", size),
    ("string.size(): int", size),
    ("string.contains(string): bool", |a| {
        test(a, |s, t| s.contains(t))
    }),
    ("string.startsWith(string): bool", |a| {
        test(a, |s, t| s.starts_with(t))
    }),
    ("string.endsWith(string): bool", |a| {
        test(a, |s, t| s.ends_with(t))
    }),
    ("string.charAt(int): string", char_at),
    ("string.indexOf(string): int", index_of),
    ("string.indexOf(string; int): int", index_of),
    ("string.lastIndexOf(string): int", last_index_of),
    ("string.lastIndexOf(string; int): int", last_index_of),
    ("string.lowerAscii(): string", |a| {
        map(a, |s| s.to_ascii_lowercase().into())
    }),
    ("string.upperAscii(): string", |a| {
        map(a, |s| s.to_ascii_uppercase().into())
    }),
    ("string.trim(): string", |a| map(a, |s| s.trim().into())),
    ("string.replace(string; string): string", replace),
    ("string.replace(string; string; int): string", replace),
    ("string.split(string): list<string>", split),
    ("string.split(string; int): list<string>", split),
    ("string.substring(int): string", substring),
    ("string.substring(int; int): string", substring),
    ("string.format(list<dyn>): string", format),
    ("::strings.quote(string): string", |a| {
        map(a, |s| quote(s).into())
    }),
    ("list<string>.join(): string", join),
    ("list<string>.join(string): string", join),
];

fn size<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::String(text));
    Ok(Value::Int(length(text)))
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

fn test<'a>(values: &[Value<'a>], holds: fn(&str, &str) -> bool) -> Result<'a> {
    arguments!(values, Value::String(text), Value::String(other));
    Ok(Value::Bool(holds(text, other)))
}

fn map<'a>(values: &[Value<'a>], map: fn(&str) -> SmolStr) -> Result<'a> {
    arguments!(values, Value::String(text));
    Ok(Value::String(map(text)))
}

/// Returns the byte where a code point stands; the end for the position behind the last.
fn byte_at(text: &str, position: i64) -> Option<usize> {
    let position = usize::try_from(position).ok()?;
    text.char_indices()
        .map(|(byte, _)| byte)
        .chain(std::iter::once(text.len()))
        .nth(position)
}

fn out_of_range<'a>(position: i64) -> Result<'a> {
    fail(format!("index out of range: {position}"))
}

fn char_at<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::String(text), Value::Int(position));
    let Some(byte) = byte_at(text, *position) else {
        return out_of_range(*position);
    };
    let rest = text.get(byte..).unwrap_or_default();
    Ok(Value::string(rest.chars().take(1).collect::<SmolStr>()))
}

fn index_of<'a>(values: &[Value<'a>]) -> Result<'a> {
    let (text, other, from) = match values {
        [Value::String(text), Value::String(other)] => (text, other, 0),
        [Value::String(text), Value::String(other), Value::Int(from)] => (text, other, *from),
        _ => return Err(super::EvalError::NoSuchOverload),
    };
    if other.is_empty() {
        return Ok(Value::Int(from));
    }
    if from < 0 {
        return out_of_range(from);
    }
    // A position behind the end finds nothing; only one before the start is an error.
    let found = byte_at(text, from).and_then(|start| {
        let found = text.get(start..)?.find(other.as_str())?;
        text.get(..start + found)
    });
    Ok(Value::Int(found.map_or(-1, length)))
}

fn last_index_of<'a>(values: &[Value<'a>]) -> Result<'a> {
    let (text, other, upto) = match values {
        [Value::String(text), Value::String(other)] => (text, other, length(text)),
        [Value::String(text), Value::String(other), Value::Int(upto)] => (text, other, *upto),
        _ => return Err(super::EvalError::NoSuchOverload),
    };
    if other.is_empty() {
        return Ok(Value::Int(upto));
    }
    if upto < 0 {
        return out_of_range(upto);
    }
    if values.len() == 3 && upto >= length(text) {
        return Ok(Value::Int(-1));
    }
    // A match may start at the last position, not behind it.
    let found = byte_at(text, upto).and_then(|start| {
        let end = start.saturating_add(other.len()).min(text.len());
        let end = (end..=text.len()).find(|end| text.is_char_boundary(*end))?;
        let found = text.get(..end)?.rfind(other.as_str())?;
        text.get(..found)
    });
    Ok(Value::Int(found.map_or(-1, length)))
}

/// Returns how many replacements or parts a limit allows; a negative one is none.
fn limit(values: &[Value<'_>], index: usize) -> Option<usize> {
    match values.get(index) {
        Some(Value::Int(limit)) => usize::try_from(*limit).ok(),
        _ => None,
    }
}

fn replace<'a>(values: &[Value<'a>]) -> Result<'a> {
    let [
        Value::String(text),
        Value::String(from),
        Value::String(to),
        ..,
    ] = values
    else {
        return Err(super::EvalError::NoSuchOverload);
    };
    // A few bytes replaced by many: the result is bounded before it is made.
    let most = text.len().saturating_add(1).saturating_mul(to.len().max(1));
    if most > 32 << 20 {
        return Err(super::EvalError::CostLimit);
    }
    Ok(Value::string(match limit(values, 3) {
        Some(limit) => text.replacen(from.as_str(), to, limit),
        None => text.replace(from.as_str(), to),
    }))
}

fn split<'a>(values: &[Value<'a>]) -> Result<'a> {
    let [Value::String(text), Value::String(separator), ..] = values else {
        return Err(super::EvalError::NoSuchOverload);
    };
    let limit = limit(values, 2);
    if limit == Some(0) {
        return Ok(Value::list(Vec::new()));
    }
    let parts: Vec<Value<'a>> = if separator.is_empty() {
        let most = limit.unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(character) = rest.chars().next() {
            if parts.len() + 1 == most {
                parts.push(Value::string(rest));
                break;
            }
            let (head, tail) = rest.split_at(character.len_utf8());
            parts.push(Value::string(head));
            rest = tail;
        }
        parts
    } else if let Some(limit) = limit {
        text.splitn(limit, separator.as_str())
            .map(Value::string)
            .collect()
    } else {
        text.split(separator.as_str()).map(Value::string).collect()
    };
    Ok(Value::list(parts))
}

fn substring<'a>(values: &[Value<'a>]) -> Result<'a> {
    let [Value::String(text), Value::Int(start), ..] = values else {
        return Err(super::EvalError::NoSuchOverload);
    };
    let end = match values.get(2) {
        Some(Value::Int(end)) => *end,
        _ => length(text),
    };
    if *start > end && values.len() == 3 {
        return fail(format!(
            "invalid substring range. start: {start}, end: {end}"
        ));
    }
    let Some(first) = byte_at(text, *start) else {
        return out_of_range(*start);
    };
    let Some(last) = byte_at(text, end) else {
        return out_of_range(end);
    };
    Ok(Value::string(text.get(first..last).unwrap_or_default()))
}

fn join<'a>(values: &[Value<'a>]) -> Result<'a> {
    let (list, separator) = match values {
        [list] => (list, ""),
        [list, Value::String(separator)] => (list, separator.as_str()),
        _ => return Err(super::EvalError::NoSuchOverload),
    };
    let mut joined = String::new();
    for (index, item) in list.elements().unwrap_or_default().iter().enumerate() {
        let Value::String(text) = item else {
            return Err(no_overload("join", values));
        };
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    Ok(Value::string(joined))
}

/// Writes a text as `strings.quote` does.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '\u{07}' => quoted.push_str("\\a"),
            '\u{08}' => quoted.push_str("\\b"),
            '\u{0c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{0b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn format<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::String(template), list);
    let items = list.elements().unwrap_or_default();
    let mut text = String::new();
    let parts = clauses(template).map_err(super::EvalError::Function)?;
    let mut index = 0;
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Clause { verb, precision } => {
                let Some(item) = items.get(index) else {
                    return fail(format!("index {index} out of range"));
                };
                index += 1;
                match format_value(verb, precision, item) {
                    Ok(formatted) => text.push_str(&formatted),
                    Err(message) => {
                        return fail(format!("error during formatting: {message}"));
                    }
                }
            }
        }
    }
    Ok(Value::string(text))
}

/// A part of a format string.
pub(super) enum Part<'t> {
    /// What stays as it is.
    Text(&'t str),
    /// What an argument takes the place of.
    Clause {
        /// The letter.
        verb: char,
        /// Digits behind the point.
        precision: Option<usize>,
    },
}

/// Takes a format string apart.
pub(super) fn clauses(template: &str) -> std::result::Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        let (before, clause) = rest.split_at(at);
        parts.push(Part::Text(before));
        let clause = clause.get(1..).unwrap_or_default();
        let (precision, clause) = match clause.strip_prefix('.') {
            None => (None, clause),
            Some(digits) => {
                let end = digits
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(digits.len());
                let (number, clause) = digits.split_at(end);
                let precision: Option<usize> = number.parse().ok().filter(|p| *p <= 1000);
                if precision.is_none() || clause.is_empty() {
                    return Err(
                        "could not parse formatting clause: error while parsing precision: could not find end of precision specifier"
                            .to_owned(),
                    );
                }
                (precision, clause)
            }
        };
        let mut letters = clause.chars();
        match letters.next() {
            None => return Err("unexpected end of string".to_owned()),
            Some('%') => parts.push(Part::Text("%")),
            Some(verb) if "sdfeboxX".contains(verb) => {
                parts.push(Part::Clause { verb, precision });
            }
            Some(verb) => {
                return Err(format!(
                    "could not parse formatting clause: unrecognized formatting clause \"{verb}\""
                ));
            }
        }
        rest = letters.as_str();
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Holds a format string to the types of its arguments. Returns what is wrong, and with which argument.
pub(crate) fn check_format(
    template: &str,
    types: &[Type],
) -> std::result::Result<(), (String, Option<usize>)> {
    let mut index = 0;
    for part in clauses(template).map_err(|message| (message, None))? {
        let Part::Clause { verb, .. } = part else {
            continue;
        };
        let Some(have) = types.get(index) else {
            return Err((format!("index {index} out of range"), None));
        };
        if let Some((clause, wanted)) = refused(verb, have) {
            let name = match have {
                Type::List(_) => "list".to_owned(),
                Type::Map(..) => "map".to_owned(),
                Type::Optional(_) => "optional_type".to_owned(),
                other => other.to_string(),
            };
            return Err((
                format!(
                    "error during formatting: {clause} clause can only be used on {wanted}, was given {name}"
                ),
                Some(index),
            ));
        }
        index += 1;
    }
    if types.len() > index {
        return Err((
            format!(
                "too many arguments supplied to string.format (expected {index}, got {})",
                types.len()
            ),
            None,
        ));
    }
    Ok(())
}

/// Returns the name of a clause and what it takes, where it does not take a type.
fn refused(verb: char, have: &Type) -> Option<(&'static str, &'static str)> {
    let unknown = matches!(have, Type::Dyn | Type::Parameter(_));
    let (taken, clause) = match verb {
        's' => (
            !matches!(have, Type::Opaque(_) | Type::Object(_) | Type::Optional(_)),
            ("string", STRINGS),
        ),
        'd' => (
            matches!(have, Type::Int | Type::Uint),
            ("decimal", INTEGERS),
        ),
        'f' => (
            matches!(have, Type::Double | Type::String),
            ("fixed-point", DOUBLES),
        ),
        'e' => (
            matches!(have, Type::Double | Type::String),
            ("scientific", DOUBLES),
        ),
        'b' => (
            matches!(have, Type::Int | Type::Uint | Type::Bool),
            ("binary", "integers and bools"),
        ),
        'o' => (matches!(have, Type::Int | Type::Uint), ("octal", INTEGERS)),
        _ => (
            matches!(have, Type::Int | Type::Uint | Type::String | Type::Bytes),
            ("hex", "integers, byte buffers, and strings"),
        ),
    };
    (!taken && !unknown).then_some(clause)
}

pub(super) const STRINGS: &str =
    "strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps";
pub(super) const INTEGERS: &str = "integers";
pub(super) const DOUBLES: &str = "doubles";
