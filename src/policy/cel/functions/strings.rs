//! Text: the standard functions and the strings extension, version 2. Positions count code points.

use smol_str::SmolStr;

use super::convert::format_value;
use super::{Line, Result, Value, arguments, fail};

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

fn test<'a>(values: &[Value<'a>], test: fn(&str, &str) -> bool) -> Result<'a> {
    arguments!(values, Value::String(text), Value::String(other));
    Ok(Value::Bool(test(text, other)))
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
    if other.is_empty() && values.len() == 2 {
        return Ok(Value::Int(0));
    }
    let Some(start) = byte_at(text, from) else {
        return out_of_range(from);
    };
    let found = text.get(start..).and_then(|rest| rest.find(other.as_str()));
    Ok(Value::Int(found.map_or(-1, |byte| {
        length(text.get(..start + byte).unwrap_or_default())
    })))
}

fn last_index_of<'a>(values: &[Value<'a>]) -> Result<'a> {
    let (text, other, upto) = match values {
        [Value::String(text), Value::String(other)] => (text, other, None),
        [Value::String(text), Value::String(other), Value::Int(upto)] => (text, other, Some(*upto)),
        _ => return Err(super::EvalError::NoSuchOverload),
    };
    if let Some(upto) = upto
        && byte_at(text, upto).is_none()
    {
        return out_of_range(upto);
    }
    // A match may start at the last position, not behind it.
    let end = upto
        .and_then(|upto| byte_at(text, upto))
        .map_or(text.len(), |byte| (byte + other.len()).min(text.len()));
    let found = text.get(..end).and_then(|head| head.rfind(other.as_str()));
    Ok(Value::Int(found.map_or(-1, |byte| {
        length(text.get(..byte).unwrap_or_default())
    })))
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
    let Some(first) = byte_at(text, *start) else {
        return out_of_range(*start);
    };
    let Some(last) = byte_at(text, end) else {
        return out_of_range(end);
    };
    if *start > end {
        return fail(format!(
            "invalid substring range. start: {start}, end: {end}"
        ));
    }
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
            return Err(super::EvalError::NoSuchOverload);
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
    let mut items_left = items.iter();
    let mut index = 0;
    let mut text = String::new();
    let mut characters = template.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let mut precision = None;
        let mut verb = characters.next();
        if verb == Some('.') {
            let mut digits = String::new();
            verb = characters.next();
            while let Some(digit) = verb.filter(char::is_ascii_digit) {
                digits.push(digit);
                verb = characters.next();
            }
            precision = digits.parse::<usize>().ok().filter(|p| *p <= 1000);
            if precision.is_none() {
                return fail(
                    "could not parse formatting clause: unable to find end of precision specifier",
                );
            }
        }
        let Some(verb) = verb else {
            return fail("unexpected end of string");
        };
        if verb == '%' {
            text.push('%');
            continue;
        }
        let Some(item) = items_left.next() else {
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
    Ok(Value::string(text))
}
