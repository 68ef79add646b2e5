//! Lists. Sprig takes any slice where it takes a list, and most of what it gives is a `[]interface{}`.

use std::borrow::Cow;

use super::super::value::{Elem, Kind, List, Value};
use super::super::{CallError, Run};
use super::equal::Seen;
use super::{Function, arg, cast, convert, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("list", [..Any], list),
    ("tuple", [..Any], list),
    ("append", [Any, Any], append),
    ("push", [Any, Any], append),
    ("mustAppend", [Any, Any], append),
    ("mustPush", [Any, Any], append),
    ("prepend", [Any, Any], prepend),
    ("mustPrepend", [Any, Any], prepend),
    ("first", [Any], first),
    ("mustFirst", [Any], first),
    ("last", [Any], last),
    ("mustLast", [Any], last),
    ("rest", [Any], rest),
    ("mustRest", [Any], rest),
    ("initial", [Any], initial),
    ("mustInitial", [Any], initial),
    ("reverse", [Any], reverse),
    ("mustReverse", [Any], reverse),
    ("compact", [Any], compact),
    ("mustCompact", [Any], compact),
    ("uniq", [Any], uniq),
    ("mustUniq", [Any], uniq),
    ("without", [Any, ..Any], without),
    ("mustWithout", [Any, ..Any], without),
    ("has", [Any, Any], has),
    ("mustHas", [Any, Any], has),
    ("slice", [Any, ..Any], slice),
    ("mustSlice", [Any, ..Any], slice),
    ("concat", [..Any], concat),
    ("chunk", [Int, Any], chunk),
    ("mustChunk", [Int, Any], chunk),
];

/// Makes a list, within the bounds.
fn made(run: &mut Run<'_>, items: Vec<Value>) -> Result<Value, CallError> {
    run.take(size_of::<Value>().saturating_mul(items.len()))?;
    Ok(Value::list(items))
}

fn list(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    made(run, arguments.to_vec())
}

fn append(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot push on type")?;
    let last = arg::any(arguments, 1);
    made(run, items.iter().cloned().chain([last]).collect())
}

fn prepend(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot prepend on type")?;
    let first = arg::any(arguments, 1);
    made(
        run,
        [first].into_iter().chain(items.iter().cloned()).collect(),
    )
}

fn first(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or_default())
}

fn last(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or_default())
}

fn rest(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find rest on type")?;
    match items.split_first() {
        Some((_, rest)) => made(run, rest.to_vec()),
        None => Ok(List::nil(Elem::Any).into()),
    }
}

fn initial(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find initial on type")?;
    match items.split_last() {
        Some((_, initial)) => made(run, initial.to_vec()),
        None => Ok(List::nil(Elem::Any).into()),
    }
}

fn reverse(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find reverse on type")?;
    made(run, items.iter().rev().cloned().collect())
}

fn compact(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot compact on type")?;
    let full = items.iter().filter(|item| !convert::is_empty(item));
    made(run, full.cloned().collect())
}

fn uniq(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find uniq on type")?;
    let mut seen = Seen::default();
    let mut kept = Vec::new();
    for item in items.iter() {
        if seen.insert(item)? {
            kept.push(item.clone());
        }
    }
    made(run, kept)
}

fn without(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "Cannot find without on type")?;
    let mut omitted = Seen::default();
    for value in arg::rest(arguments, 1) {
        omitted.insert(value)?;
    }
    let mut kept = Vec::new();
    for item in items.iter() {
        if !omitted.contains(item)? {
            kept.push(item.clone());
        }
    }
    made(run, kept)
}

fn has(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 1);
    if list.is_nil() {
        return Ok(false.into());
    }
    let items = convert::items_or(&list, "Cannot find has on type")?;
    let needle = arg::any(arguments, 0);
    for item in items.iter() {
        if super::equal::deep_equal(&needle, item)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

/// The items from one index up to another, of the type of the list.
fn slice(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 0);
    let items = convert::items_or(&list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::NIL);
    }
    let index = |at: usize| {
        arguments
            .get(at)
            .map(|value| usize::try_from(cast::to_int64(value)))
    };
    let out_of_bounds = || CallError::new("reflect.Value.Slice: slice index out of bounds");
    let start = index(1).unwrap_or(Ok(0)).map_err(|_| out_of_bounds())?;
    let end = index(2)
        .unwrap_or(Ok(items.len()))
        .map_err(|_| out_of_bounds())?;
    let part = items.get(start..end).ok_or_else(out_of_bounds)?;
    run.take(size_of_val(part))?;
    Ok(match &list.kind {
        Kind::Bytes(bytes) => Kind::Bytes(bytes.get(start..end).unwrap_or_default().into()).into(),
        Kind::List(list) => List::with_elem(part.to_vec(), list.elem()).into(),
        _ => Value::list(part.to_vec()),
    })
}

fn concat(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let mut all = Vec::new();
    for list in arguments {
        let items = convert::items(list).ok_or_else(|| {
            if list.is_nil() {
                CallError::new(convert::NIL_POINTER)
            } else {
                CallError::new(format!("Cannot concat type {} as list", list.kind_name()))
            }
        })?;
        run.take(size_of_val(&*items))?;
        all.extend(items.iter().cloned());
    }
    Ok(if all.is_empty() {
        List::nil(Elem::Any).into()
    } else {
        Value::list(all)
    })
}

/// Lists of so many items each; the last has what is left.
fn chunk(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let list = arg::any(arguments, 1);
    let items: Cow<'_, [Value]> = convert::items_or(&list, "Cannot chunk type")?;
    run.take(size_of_val(&*items))?;
    let size = arg::int(arguments, 0);
    let length = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
    let chunk_of = |items: &[Value]| Value::list(items.to_vec());
    // For a negative length the reference computes, as floating point, a number of chunks that may be none.
    let chunks = match items.len() {
        _ if size > 0 => items.chunks(length).map(chunk_of).collect(),
        1 if size < -1 => vec![chunk_of(&items)],
        count if size < 0 && count > 1 && count - 1 <= length => Vec::new(),
        _ => return Err(CallError::new("runtime error: makeslice: len out of range")),
    };
    Ok(List::with_elem(chunks, Elem::Lists).into())
}
