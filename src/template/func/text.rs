//! Strings: what is in them, how they are put together, repeated, indented and quoted.

use memchr::memmem;

use super::super::print::{display, quoted};
use super::super::value::{Str, Text, Value};
use super::super::{CallError, Run};
use super::{Function, arg, convert, functions, runes};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("hello", [], hello),
    ("contains", [Str, Str], contains),
    ("hasPrefix", [Str, Str], has_prefix),
    ("hasSuffix", [Str, Str], has_suffix),
    ("replace", [Str, Str, Str], replace),
    ("repeat", [Int, Str], repeat),
    ("indent", [Int, Str], indent),
    ("nindent", [Int, Str], nindent),
    ("quote", [..Any], quote),
    ("squote", [..Any], squote),
    ("cat", [..Any], cat),
    ("plural", [Str, Str, Int], plural),
    ("toString", [Any], to_string),
];

fn hello(_: &mut Run<'_>, _: &[Value]) -> Result<Value, CallError> {
    Ok("Hello!".into())
}

fn contains(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (part, text) = (arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    Ok(memmem::find(text, part).is_some().into())
}

fn has_prefix(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (part, text) = (arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    Ok(text.starts_with(part).into())
}

fn has_suffix(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (part, text) = (arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    Ok(text.ends_with(part).into())
}

fn replace(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (old, new) = (arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    let text = arg::string(arguments, 2);
    let places = places(&text, old);
    if places.is_empty() {
        return Ok(arg::any(arguments, 2));
    }
    let grown = new.len().saturating_sub(old.len());
    let length = text
        .len()
        .saturating_add(grown.saturating_mul(places.len()));
    run.take(length)?;
    let mut out = Text::like(&text, length);
    let mut end = 0;
    for place in places {
        out.push_part(&text, end..place);
        out.push(new, text.origin_at(place));
        end = place + old.len();
    }
    out.push_part(&text, end..text.len());
    Ok(out.finish().into())
}

/// The offsets of a part. Nothing is before each character and at the end.
fn places(text: &[u8], part: &[u8]) -> Vec<usize> {
    if part.is_empty() {
        let starts = runes::runes(text).map(|(at, _, _)| at);
        return starts.chain([text.len()]).collect();
    }
    memmem::find_iter(text, part).collect()
}

fn repeat(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let Ok(count) = usize::try_from(arg::int(arguments, 0)) else {
        return Err(CallError::new("strings: negative Repeat count"));
    };
    let text = arg::bytes(arguments, 1);
    run.take(text.len().saturating_mul(count))?;
    Ok(Value::str(text.repeat(count)))
}

fn indent(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    indented(run, arguments, b"")
}

fn nindent(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    indented(run, arguments, b"\n")
}

/// The text behind `before`, with spaces before each of its lines, empty ones too.
fn indented(run: &mut Run<'_>, arguments: &[Value], before: &[u8]) -> Result<Value, CallError> {
    let Ok(spaces) = usize::try_from(arg::int(arguments, 0)) else {
        return Err(CallError::new("strings: negative Repeat count"));
    };
    let text = arg::string(arguments, 1);
    let lines = memchr::memchr_iter(b'\n', &text).count() + 1;
    let length = spaces
        .saturating_mul(lines)
        .saturating_add(text.len() + before.len());
    run.take(length)?;
    let pad = vec![b' '; spaces];
    let mut out = Text::like(&text, length);
    out.push(before, text.origin_at(0));
    let mut start = 0;
    for newline in memchr::memchr_iter(b'\n', &text) {
        out.push(&pad, text.origin_at(start));
        out.push_part(&text, start..newline + 1);
        start = newline + 1;
    }
    out.push(&pad, text.origin_at(start));
    out.push_part(&text, start..text.len());
    Ok(out.finish().into())
}

fn quote(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(spaced(arguments, |value| {
        quoted(&convert::text(value)).into()
    }))
}

fn squote(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(spaced(arguments, |value| {
        Str::from([b"'", display(value).bytes(), b"'"].concat())
    }))
}

fn cat(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(spaced(arguments, display))
}

/// Each argument but the nils, with spaces between.
fn spaced(arguments: &[Value], print: impl Fn(&Value) -> Str) -> Value {
    let arguments = arguments.iter().filter(|value| !value.is_nil());
    let mut printed: Vec<Str> = arguments.map(print).collect();
    match printed.len() {
        1 => printed.pop().unwrap_or_default().into(),
        _ => joined(&printed, b" ").into(),
    }
}

/// The texts with something between them.
pub(super) fn joined(texts: &[Str], between: &[u8]) -> Str {
    let texts: Vec<&[u8]> = texts.iter().map(Str::bytes).collect();
    Str::from(texts.join(between))
}

fn plural(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let index = usize::from(arg::int(arguments, 2) != 1);
    Ok(arg::any(arguments, index))
}

fn to_string(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(convert::text(&arg::any(arguments, 0)).into())
}
