//! Dictionaries. `set` and `unset` change the one that they are given.

use std::rc::Rc;

use super::super::value::{Frozen, Kind, List, Map, Str, Value};
use super::super::{CallError, Run};
use super::{Function, arg, convert, equal, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("dict", [..Any], dict),
    ("get", [Map, Str], get),
    ("set", [Map, Str, Any], set),
    ("unset", [Map, Str], unset),
    ("hasKey", [Map, Str], has_key),
    ("pluck", [Str, ..Map], pluck),
    ("keys", [..Map], keys),
    ("values", [Map], values),
    ("pick", [Map, ..Str], pick),
    ("omit", [Map, ..Str], omit),
    ("dig", [..Any], dig),
    ("deepCopy", [Any], deep_copy),
    ("mustDeepCopy", [Any], deep_copy),
];

/// What an entry of a map takes, about.
const ENTRY: usize = 2 * size_of::<(Str, Value)>();

/// What a map with few entries takes, about.
const SMALLEST_MAP: usize = 1 << 10;

fn dict(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    run.take(ENTRY * arguments.len())?;
    let map = Map::new();
    for pair in arguments.chunks(2) {
        let Some(key) = pair.first() else { continue };
        let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
        if let Some((key, parts)) = Frozen::map(key) {
            run.take(ENTRY * parts)?;
            map.insert_printed(key, value);
        } else {
            let text = convert::text(key);
            run.take(text.len())?;
            map.insert(text, value);
        }
    }
    Ok(map.into())
}

fn get(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = arg::map(arguments, 0).get(arg::bytes(arguments, 1));
    Ok(value.unwrap_or_else(|| "".into()))
}

fn set(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    run.take(ENTRY)?;
    let map = arg::map(arguments, 0);
    if map.is_nil() {
        return Err(CallError::new("assignment to entry in nil map"));
    }
    map.insert(arg::string(arguments, 1), arg::any(arguments, 2));
    Ok(same(arguments, map))
}

fn unset(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let map = arg::map(arguments, 0);
    map.remove(arg::bytes(arguments, 1));
    Ok(same(arguments, map))
}

/// The map that was given first, which still comes from where it came from.
fn same(arguments: &[Value], map: Map) -> Value {
    let origin = arguments.first().map(|value| value.origin);
    Value::from(map).at(origin.unwrap_or_default())
}

fn has_key(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let map = arg::map(arguments, 0);
    Ok(map.contains(arg::bytes(arguments, 1)).into())
}

fn pluck(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let key = arg::bytes(arguments, 0);
    let maps = arg::rest(arguments, 1).iter().filter_map(Value::as_map);
    Ok(Value::list(maps.filter_map(|map| map.get(key)).collect()))
}

/// In order, where the reference has none.
fn keys(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let mut keys: Vec<Str> = Vec::new();
    for map in arguments.iter().filter_map(Value::as_map) {
        run.take(ENTRY * map.len())?;
        keys.extend(map.entries().keys().cloned());
    }
    Ok(Value::strings(keys))
}

fn values(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let map = arg::map(arguments, 0);
    run.take(ENTRY * map.len())?;
    let values = map.entries().values().cloned().collect();
    Ok(Value::list(values))
}

fn pick(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let map = arg::map(arguments, 0);
    let picked = Map::new();
    for key in arg::rest(arguments, 1).iter().filter_map(Value::as_str) {
        if let Some(value) = map.get(key) {
            run.take(ENTRY)?;
            picked.insert(key.clone(), value);
        }
    }
    Ok(picked.into())
}

fn omit(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let map = arg::map(arguments, 0);
    run.take(ENTRY * map.len())?;
    let kept: Map = map.snapshot().into_iter().collect();
    for key in arg::rest(arguments, 1).iter().filter_map(Value::as_str) {
        kept.remove(key);
    }
    Ok(kept.into())
}

/// `dig KEY… DEFAULT DICT`: what the keys lead to, or the default where one is missing.
fn dig(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let [keys @ .., default, map] = arguments else {
        return Err(CallError::new("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(CallError::new("dig needs at least three arguments"));
    }
    let mut step = map.clone();
    // The reference converts the dictionary before the keys, and all keys before it goes down.
    plain_map(&step)?;
    for key in keys {
        if key.as_str().is_none() {
            return Err(not_of_type(key, "string"));
        }
    }
    for key in keys.iter().filter_map(Value::as_str) {
        match plain_map(&step)?.get(key) {
            Some(value) => step = value,
            None => return Ok(default.clone()),
        }
    }
    Ok(step)
}

/// The map, if its type is `map[string]interface{}` and not a named one.
fn plain_map(value: &Value) -> Result<&Map, CallError> {
    let map = value.as_map().filter(|_| value.type_name() == PLAIN_MAP);
    map.ok_or_else(|| not_of_type(value, PLAIN_MAP))
}

const PLAIN_MAP: &str = "map[string]interface {}";

/// What Go says of a value that is asserted to be of another type.
fn not_of_type(value: &Value, wanted: &str) -> CallError {
    let name = if value.is_nil() {
        "nil".to_owned()
    } else {
        value.type_name()
    };
    CallError::new(format!(
        "interface conversion: interface {{}} is {name}, not {wanted}"
    ))
}

fn deep_copy(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let value = arg::any(arguments, 0);
    if value.is_nil() {
        return Err(CallError::new(
            "reflect: call of reflect.Value.Type on zero Value",
        ));
    }
    copied(run, &value, equal::MOST_NESTED)
}

/// A copy that shares no map with what it is of.
fn copied(run: &mut Run<'_>, value: &Value, depth: usize) -> Result<Value, CallError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(equal::nested_too_deep());
    };
    let kind = match &value.kind {
        Kind::List(list) if list.is_nil() => Kind::List(list.clone()),
        Kind::List(list) => {
            run.take(size_of_val(&**list))?;
            let items: Result<Vec<Value>, CallError> =
                list.iter().map(|item| copied(run, item, depth)).collect();
            Kind::List(List::with_elem(items?, list.elem()))
        }
        Kind::Map(map) => {
            run.take(SMALLEST_MAP + ENTRY * map.len())?;
            let mut copy = if map.is_nil() {
                Map::nil(map.elem())
            } else {
                Map::new().of(map.elem())
            };
            if let Some(named) = map.named_type() {
                copy = copy.named(named);
            }
            for (key, value) in map.entries().iter() {
                copy.insert(key.clone(), copied(run, value, depth)?);
            }
            Kind::Map(copy)
        }
        Kind::Object(object) => match object.copied() {
            Some(copy) => copy.kind,
            None => Kind::Object(Rc::clone(object)),
        },
        kind => kind.clone(),
    };
    Ok(Value::from(kind).at(value.origin))
}
