//! Strings to lists and back.

use memchr::memmem;

use super::super::value::{Elem, List, Map, Str, Value};
use super::super::{CallError, Run};
use super::{Function, arg, convert, functions, runes, text};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("split", [Str, Str], split),
    ("splitn", [Str, Int, Str], splitn),
    ("splitList", [Str, Str], split_list),
    ("join", [Str, Any], join),
    ("toStrings", [Any], to_strings),
    ("sortAlpha", [Any], sort_alpha),
];

fn split(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (separator, text) = (arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    numbered(run, parts(text, separator, usize::MAX))
}

/// As `split`, into no more parts than that; a negative number is no bound.
fn splitn(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (separator, text) = (arg::bytes(arguments, 0), arg::bytes(arguments, 2));
    let most = usize::try_from(arg::int(arguments, 1)).unwrap_or(usize::MAX);
    numbered(run, parts(text, separator, most))
}

fn split_list(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (separator, text) = (arg::bytes(arguments, 0), arg::bytes(arguments, 1));
    let parts = parts(text, separator, usize::MAX);
    run.take(size_of::<Value>().saturating_mul(parts.len()))?;
    Ok(Value::strings(parts))
}

/// A map of `_0`, `_1` and so on.
fn numbered(run: &mut Run<'_>, parts: Vec<&[u8]>) -> Result<Value, CallError> {
    run.take(size_of::<(Str, Value)>().saturating_mul(2 * parts.len()))?;
    let entry = |(index, part): (usize, &[u8])| (Str::from(format!("_{index}")), Value::str(part));
    let map: Map = parts.into_iter().enumerate().map(entry).collect();
    Ok(map.of(Elem::Str).into())
}

/// The parts between separators, at most that many; between characters if there is no separator.
fn parts<'t>(text: &'t [u8], separator: &[u8], most: usize) -> Vec<&'t [u8]> {
    if most == 0 {
        return Vec::new();
    }
    let cuts: Vec<usize> = if separator.is_empty() {
        if text.is_empty() {
            return Vec::new();
        }
        let starts = runes::runes(text).skip(1).map(|(at, _, _)| at);
        starts.take(most - 1).collect()
    } else {
        memmem::find_iter(text, separator).take(most - 1).collect()
    };
    let mut parts = Vec::with_capacity(cuts.len() + 1);
    let mut start = 0;
    for cut in cuts {
        parts.push(text.get(start..cut).unwrap_or_default());
        start = cut + separator.len();
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn join(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let separator = arg::bytes(arguments, 0);
    let texts = convert::texts(&arg::any(arguments, 1));
    run.take(
        texts
            .iter()
            .fold(separator.len().saturating_mul(texts.len()), |sum, text| {
                sum.saturating_add(text.len())
            }),
    )?;
    Ok(text::joined(&texts, separator).into())
}

fn to_strings(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = arg::any(arguments, 0);
    match value.as_list() {
        Some(list) if list.elem() == Elem::Str => Ok(value),
        _ => Ok(Value::strings(convert::texts(&value))),
    }
}

fn sort_alpha(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = arg::any(arguments, 0);
    let mut texts = match convert::items(&value) {
        Some(_) => convert::texts(&value),
        None => vec![convert::text(&value)],
    };
    texts.sort();
    Ok(List::with_elem(texts.into_iter().map(Value::str).collect(), Elem::Str).into())
}
