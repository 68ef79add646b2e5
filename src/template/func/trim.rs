//! Cutting strings: trims, parts, abbreviations.

use super::super::value::{Str, Value};
use super::super::{CallError, Run};
use super::{Function, arg, functions, runes};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("trim", [Str], trim),
    ("trimAll", [Str, Str], trim_all),
    ("trimall", [Str, Str], trim_all),
    ("trimSuffix", [Str, Str], trim_suffix),
    ("trimPrefix", [Str, Str], trim_prefix),
    ("trunc", [Int, Str], trunc),
    ("substr", [Int, Int, Str], substr),
    ("abbrev", [Int, Str], abbrev),
    ("abbrevboth", [Int, Int, Str], abbrevboth),
    ("initials", [Str], initials),
    ("nospace", [Str], nospace),
];

fn trim(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(trimmed(arguments, 0, char::is_whitespace))
}

/// Cuts the characters of the first string off both ends of the second.
fn trim_all(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let set: Vec<char> = runes::runes(arg::bytes(arguments, 0))
        .map(|(_, character, _)| character)
        .collect();
    Ok(trimmed(arguments, 1, |character| set.contains(&character)))
}

/// The argument without what matches at its ends; itself if nothing does.
fn trimmed(arguments: &[Value], index: usize, matches: impl Fn(char) -> bool) -> Value {
    let text = arg::string(arguments, index);
    let start = runes::start_of_rest(&text, &matches);
    let rest = text.get(start..).unwrap_or_default();
    let end = start + runes::end_of_rest(rest, &matches);
    part(arguments, index, &text, start, end)
}

/// A part of an argument; the argument itself, with its origin, where that is all of it.
fn part(arguments: &[Value], index: usize, text: &Str, start: usize, end: usize) -> Value {
    if start == 0 && end >= text.len() {
        return arg::any(arguments, index);
    }
    text.part(start..end).into()
}

fn trim_suffix(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::string(arguments, 1);
    let suffix = arg::bytes(arguments, 0);
    let end = text.strip_suffix(suffix).map_or(text.len(), <[u8]>::len);
    Ok(part(arguments, 1, &text, 0, end))
}

fn trim_prefix(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::string(arguments, 1);
    let prefix = arg::bytes(arguments, 0);
    let start = if text.starts_with(prefix) {
        prefix.len()
    } else {
        0
    };
    Ok(part(arguments, 1, &text, start, text.len()))
}

/// The first bytes, or for a negative number the last; all where there are not that many.
fn trunc(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::string(arguments, 1);
    let length = text.len();
    let range = if let Ok(count) = usize::try_from(arg::int(arguments, 0)) {
        0..count.min(length)
    } else {
        let count = usize::try_from(arg::int(arguments, 0).unsigned_abs());
        count.map_or(0, |count| length.saturating_sub(count))..length
    };
    Ok(part(arguments, 1, &text, range.start, range.end))
}

/// The bytes between two offsets. A negative start means from the beginning, a negative end up to the end.
fn substr(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (start, end) = (arg::int(arguments, 0), arg::int(arguments, 1));
    let text = arg::string(arguments, 2);
    let length = text.len();
    let out_of_range =
        |what: String| CallError::new(format!("runtime error: slice bounds out of range {what}"));
    let Ok(start) = usize::try_from(start) else {
        let Ok(end) = usize::try_from(end) else {
            return Err(out_of_range(format!("[:{end}]")));
        };
        if end > length {
            return Err(out_of_range(format!("[:{end}] with length {length}")));
        }
        return Ok(part(arguments, 2, &text, 0, end));
    };
    let end = usize::try_from(end).map_or(length, |end| end.min(length));
    if start > end {
        return Err(out_of_range(format!("[{start}:{end}]")));
    }
    Ok(part(arguments, 2, &text, start, end))
}

const ELLIPSIS: &[u8] = b"...";

fn abbrev(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 1);
    match usize::try_from(arg::int(arguments, 0)) {
        Ok(width) if width >= 4 && text.len() > width => Ok(Value::str(cut(text, width))),
        _ => Ok(arg::any(arguments, 1)),
    }
}

/// The first bytes with three dots, `width` in all.
fn cut(text: &[u8], width: usize) -> Vec<u8> {
    let kept = text.get(..width.saturating_sub(3)).unwrap_or(text);
    [kept, ELLIPSIS].concat()
}

/// The bytes from an offset on with dots on both sides, `width` in all. What doesn't fit stays as it is.
fn abbrevboth(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (offset, width) = (arg::int(arguments, 0), arg::int(arguments, 1));
    let text = arg::bytes(arguments, 2);
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if width < 4 || offset > 0 && width < 7 || length <= width {
        return Ok(arg::any(arguments, 2));
    }
    let offset = offset.min(length);
    let offset = if length.saturating_sub(offset) < width - 3 {
        length - (width - 3)
    } else {
        offset
    };
    let at = |offset: i64| usize::try_from(offset).unwrap_or(0);
    if offset <= 4 {
        return Ok(Value::str(cut(text, at(width))));
    }
    // Moved back to show enough of the end, the offset may be above zero with a width that has no room for dots.
    if width < 7 {
        return Ok("".into());
    }
    let tail = |from: i64| text.get(at(from)..).unwrap_or_default();
    if offset + width - 3 >= length {
        return Ok(Value::str([ELLIPSIS, tail(length - (width - 3))].concat()));
    }
    let middle = tail(offset);
    Ok(Value::str([ELLIPSIS, &cut(middle, at(width - 3))].concat()))
}

/// The first byte of each word, as the character of that number: the reference doesn't read UTF-8 here.
fn initials(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let mut is_between = true;
    let mut out = String::new();
    for &byte in arg::bytes(arguments, 0) {
        let character = char::from(byte);
        if character.is_whitespace() {
            is_between = true;
        } else if is_between {
            out.push(character);
            is_between = false;
        }
    }
    Ok(out.into())
}

/// The text without white space. As with [`initials`], each byte is a character of its own; a text in which
/// none of them is white space stays as it is.
fn nospace(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    let is_space = |byte: &u8| char::from(*byte).is_whitespace();
    if !text.iter().any(is_space) {
        return Ok(arg::any(arguments, 0));
    }
    let kept = text.iter().filter(|byte| !is_space(byte));
    let out: String = kept.map(|&byte| char::from(byte)).collect();
    Ok(out.into())
}
