//! `merge` and its kin: maps merged into the first of them, in place, as mergo does it.

use super::super::value::{Elem, Kind, Map, Str, Value};
use super::super::{CallError, Run};
use super::{Function, arg, convert, equal, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("merge", [Map, ..Map], merge),
    ("mustMerge", [Map, ..Map], must_merge),
    ("mergeOverwrite", [Map, ..Map], merge_overwrite),
    ("mustMergeOverwrite", [Map, ..Map], must_merge_overwrite),
];

/// Which value stays where both maps have one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Winner {
    /// The destination's, unless it is empty.
    Destination,
    /// The source's.
    Source,
}

/// Why maps do not merge.
enum MergeError {
    /// An error of mergo, which some of the functions swallow.
    Refused(&'static str),
    /// Nothing swallows it.
    Failed(CallError),
}

fn merge(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    lenient(all(run, arguments, Winner::Destination))
}

fn merge_overwrite(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    lenient(all(run, arguments, Winner::Source))
}

fn must_merge(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    strict(all(run, arguments, Winner::Destination))
}

fn must_merge_overwrite(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    strict(all(run, arguments, Winner::Source))
}

fn lenient(merged: Result<Value, MergeError>) -> Result<Value, CallError> {
    match merged {
        Ok(value) => Ok(value),
        Err(MergeError::Refused(_)) => Ok("".into()),
        Err(MergeError::Failed(error)) => Err(error),
    }
}

fn strict(merged: Result<Value, MergeError>) -> Result<Value, CallError> {
    merged.map_err(|error| match error {
        MergeError::Refused(reason) => CallError::new(reason),
        MergeError::Failed(error) => error,
    })
}

fn all(run: &mut Run<'_>, arguments: &[Value], winner: Winner) -> Result<Value, MergeError> {
    let destination = arg::map(arguments, 0);
    for source in arg::rest(arguments, 1).iter().filter_map(Value::as_map) {
        merge_maps(run, &destination, source, winner, equal::MOST_NESTED)?;
    }
    let origin = arguments.first().map(|value| value.origin);
    Ok(Value::from(destination).at(origin.unwrap_or_default()))
}

/// Merges a map into another. What is new there is shared with the source from then on.
fn merge_maps(
    run: &mut Run<'_>,
    destination: &Map,
    source: &Map,
    winner: Winner,
    depth: usize,
) -> Result<(), MergeError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(MergeError::Failed(equal::nested_too_deep()));
    };
    if destination.is_same(source) {
        return Ok(());
    }
    let entries = source.snapshot();
    run.take(size_of_val(&*entries))
        .map_err(MergeError::Failed)?;
    for (key, value) in entries {
        if value.is_nil() {
            if winner == Winner::Source {
                put(destination, source, key, value)?;
            }
            continue;
        }
        let present = destination.get(&key).unwrap_or_default();
        merge_values(run, &present, &value, winner, depth)?;
        let are_maps = present.kind_name() == "map" && value.kind_name() == "map";
        let stays = are_maps || winner == Winner::Destination;
        if !stays || convert::is_empty(&present) {
            put(destination, source, key, value)?;
        }
    }
    Ok(())
}

/// Merges a value into the one that is there, as far as that can be changed in place: only maps can.
fn merge_values(
    run: &mut Run<'_>,
    present: &Value,
    value: &Value,
    winner: Winner,
    depth: usize,
) -> Result<(), MergeError> {
    match (&present.kind, &value.kind) {
        (Kind::Map(present), Kind::Map(value)) => merge_maps(run, present, value, winner, depth),
        (Kind::Object(present), Kind::Map(_) | Kind::Object(_)) => {
            match (present.kind_name(), value.kind_name()) {
                ("ptr", "map" | "struct") if winner == Winner::Destination => {
                    Err(MergeError::Refused("src and dst must be of same type"))
                }
                ("struct", kind @ ("map" | "ptr")) => Err(MergeError::Failed(CallError::new(
                    format!("reflect: call of reflect.Value.Field on {kind} Value"),
                ))),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Sets a key. A map of a typed value takes values of no other type.
fn put(destination: &Map, source: &Map, key: Str, value: Value) -> Result<(), MergeError> {
    if destination.elem() != Elem::Any && destination.elem() != source.elem() {
        return Err(MergeError::Failed(CallError::new(format!(
            "reflect.Value.SetMapIndex: value of type {} is not assignable to type {}",
            source.elem().type_name(),
            destination.elem().type_name(),
        ))));
    }
    destination.insert(key, value);
    Ok(())
}
