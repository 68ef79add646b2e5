//! Go's own functions: `and`, `call`, `html`, `index`, `slice`, `js`, `len`, `not`, `or`, `print…`, `urlquery` and the
//! comparisons.

use super::functions;
use crate::template::print::{is_printable, sprint, sprintf, sprintln};
use crate::template::{CallError, Elem, Function, Kind, List, Run, Str, UintType, Value, display};

pub(super) const FUNCTIONS: &[Function] = functions![
    // The engine computes no more arguments of these two than decide.
    ("and", [Reflect, ..Reflect], |_, arguments| Ok(arguments
        .last()
        .cloned()
        .unwrap_or_default())),
    ("or", [Reflect, ..Reflect], |_, arguments| Ok(arguments
        .last()
        .cloned()
        .unwrap_or_default())),
    ("call", [Reflect, ..Reflect], call),
    ("eq", [Reflect, ..Reflect], |_, arguments| equal_any(
        arguments
    )
    .map(Value::from)),
    ("ge", [Reflect, Reflect], |_, arguments| less(arguments)
        .map(|less| (!less).into())),
    ("gt", [Reflect, Reflect], |_, arguments| less_or_equal(
        arguments
    )
    .map(|less| (!less).into())),
    ("html", [..Any], |run, arguments| escaped(
        run, arguments, html
    )),
    ("index", [Reflect, ..Reflect], index),
    ("js", [..Any], |run, arguments| escaped(
        run, arguments, javascript
    )),
    ("le", [Reflect, Reflect], |_, arguments| less_or_equal(
        arguments
    )
    .map(Value::from)),
    ("len", [Reflect], length),
    ("lt", [Reflect, Reflect], |_, arguments| less(arguments)
        .map(Value::from)),
    ("ne", [Reflect, Reflect], |_, arguments| equal_any(
        arguments
    )
    .map(|equal| (!equal).into())),
    ("not", [Reflect], |_, arguments| Ok((!argument(
        arguments, 0
    )
    .truth())
    .into())),
    ("print", [..Any], |run, arguments| counted(
        run,
        print_operands(arguments)
    )),
    ("printf", [Str, ..Any], printf),
    ("println", [..Any], |run, arguments| counted(
        run,
        sprintln(arguments)
    )),
    ("slice", [Reflect, ..Reflect], slice),
    ("urlquery", [..Any], |run, arguments| escaped(
        run, arguments, query
    )),
];

fn argument(arguments: &[Value], place: usize) -> &Value {
    const NIL: &Value = &Value::NIL;
    arguments.get(place).unwrap_or(NIL)
}

fn counted(run: &mut Run<'_>, text: Str) -> Result<Value, CallError> {
    run.take(text.len())?;
    Ok(text.into())
}

fn printf(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let format = argument(arguments, 0).as_str().cloned().unwrap_or_default();
    counted(
        run,
        sprintf(&format, arguments.get(1..).unwrap_or_default()),
    )
}

fn call(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let function = argument(arguments, 0);
    if function.is_nil() {
        return Err(CallError::new("call of nil"));
    }
    Err(CallError::new(format!(
        "non-function of type {}",
        function.type_name()
    )))
}

/// What Go compares basic values by.
#[derive(PartialEq)]
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'v [u8]),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    match &value.kind {
        Kind::Bool(truth) => Some(Basic::Bool(*truth)),
        Kind::Int(number, _) => Some(Basic::Int(*number)),
        Kind::Uint(number, _) => Some(Basic::Uint(*number)),
        Kind::Float(number) => Some(Basic::Float(*number)),
        Kind::Str(text) => Some(Basic::Str(text)),
        _ => None,
    }
}

fn equal_any(arguments: &[Value]) -> Result<bool, CallError> {
    let Some((first, others)) = arguments
        .split_first()
        .filter(|(_, others)| !others.is_empty())
    else {
        return Err(CallError::new("missing argument for comparison"));
    };
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(one: &Value, other: &Value) -> Result<bool, CallError> {
    match (basic(one), basic(other)) {
        (Some(Basic::Int(int)), Some(Basic::Uint(uint)))
        | (Some(Basic::Uint(uint)), Some(Basic::Int(int))) => {
            Ok(u64::try_from(int).is_ok_and(|int| int == uint))
        }
        (Some(one_basic), Some(other_basic)) => {
            if std::mem::discriminant(&one_basic) == std::mem::discriminant(&other_basic) {
                Ok(one_basic == other_basic)
            } else {
                incompatible(one, other)
            }
        }
        (None, None) => {
            if one.kind_name() != other.kind_name() && !one.is_nil() && !other.is_nil() {
                return Err(non_comparable(one, other));
            }
            if is_nil(one) || is_nil(other) {
                return Ok(is_nil(one) == is_nil(other));
            }
            match (&one.kind, &other.kind) {
                (Kind::Object(one), Kind::Object(other)) => Ok(std::ptr::addr_eq(
                    std::rc::Rc::as_ptr(one),
                    std::rc::Rc::as_ptr(other),
                )),
                _ => Err(CallError::new(format!(
                    "non-comparable type {}: {}",
                    shown(other),
                    other.type_name()
                ))),
            }
        }
        _ if one.is_nil() || other.is_nil() => Ok(false),
        _ => incompatible(one, other),
    }
}

/// Whether this is nil, or a slice of Go that is.
fn is_nil(value: &Value) -> bool {
    value.is_nil() || value.as_list().is_some_and(List::is_nil)
}

fn non_comparable(one: &Value, other: &Value) -> CallError {
    CallError::new(format!(
        "non-comparable types {}: {}, {}: {}",
        shown(one),
        one.type_name(),
        other.type_name(),
        display(other).text()
    ))
}

/// A value as `%s` prints it.
fn shown(value: &Value) -> String {
    let text = sprintf(b"%s", std::slice::from_ref(value));
    String::from_utf8_lossy(&text).into_owned()
}

fn incompatible<T>(one: &Value, other: &Value) -> Result<T, CallError> {
    Err(CallError::new(format!(
        "incompatible types for comparison: {} and {}",
        one.type_name(),
        other.type_name()
    )))
}

fn less(arguments: &[Value]) -> Result<bool, CallError> {
    let (one, other) = (argument(arguments, 0), argument(arguments, 1));
    let invalid = || CallError::new("invalid type for comparison");
    match (
        basic(one).ok_or_else(invalid)?,
        basic(other).ok_or_else(invalid)?,
    ) {
        (Basic::Bool(_), Basic::Bool(_)) => Err(invalid()),
        (Basic::Int(one), Basic::Int(other)) => Ok(one < other),
        (Basic::Uint(one), Basic::Uint(other)) => Ok(one < other),
        (Basic::Float(one), Basic::Float(other)) => Ok(one < other),
        (Basic::Str(one), Basic::Str(other)) => Ok(one < other),
        (Basic::Int(one), Basic::Uint(other)) => {
            Ok(u64::try_from(one).map_or(true, |one| one < other))
        }
        (Basic::Uint(one), Basic::Int(other)) => {
            Ok(u64::try_from(other).is_ok_and(|other| one < other))
        }
        _ => incompatible(one, other),
    }
}

fn less_or_equal(arguments: &[Value]) -> Result<bool, CallError> {
    Ok(less(arguments)? || equal(argument(arguments, 0), argument(arguments, 1))?)
}

/// Reads an index of a list or string.
fn position(index: &Value, most: usize) -> Result<usize, CallError> {
    let number = match &index.kind {
        Kind::Int(number, _) => *number,
        Kind::Uint(number, _) => i64::try_from(*number).unwrap_or(-1),
        Kind::Nil => return Err(CallError::new("cannot index slice/array with nil")),
        _ => {
            return Err(CallError::new(format!(
                "cannot index slice/array with type {}",
                index.type_name()
            )));
        }
    };
    match usize::try_from(number) {
        Ok(position) if position <= most => Ok(position),
        _ => Err(CallError::new(format!("index out of range: {number}"))),
    }
}

fn index(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let mut item = argument(arguments, 0).clone();
    if item.is_nil() {
        return Err(CallError::new("index of untyped nil"));
    }
    for index in arguments.iter().skip(1) {
        item = at_index(&item, index)?;
    }
    Ok(item)
}

fn at_index(item: &Value, index: &Value) -> Result<Value, CallError> {
    let out_of_range = |kind: &str| CallError::new(format!("reflect: {kind} index out of range"));
    let key = |index: &Value| match &index.kind {
        Kind::Str(key) => Ok(key.clone()),
        Kind::Nil => Err(CallError::new("value is nil; should be of type string")),
        _ => Err(CallError::new(format!(
            "value has type {}; should be string",
            index.type_name()
        ))),
    };
    let in_list = |list: &List| {
        let position = position(index, list.len())?;
        list.get(position)
            .cloned()
            .ok_or_else(|| out_of_range("slice"))
    };
    match &item.kind {
        Kind::List(list) => in_list(list),
        Kind::Str(text) => {
            let position = position(index, text.len())?;
            let byte = text.get(position).ok_or_else(|| out_of_range("string"))?;
            Ok(Value::from(Kind::Uint(u64::from(*byte), UintType::Uint8)).at(item.origin))
        }
        Kind::Bytes(bytes) => {
            let position = position(index, bytes.len())?;
            let byte = bytes.get(position).ok_or_else(|| out_of_range("slice"))?;
            Ok(Kind::Uint(u64::from(*byte), UintType::Uint8).into())
        }
        Kind::Map(map) => Ok(map.get(&key(index)?).unwrap_or_else(|| absent(map.elem()))),
        Kind::Object(object) => match (object.entries(), object.items()) {
            (Some(entries), _) => {
                let key = key(index)?;
                let found = entries.into_iter().find(|(known, _)| *known == key);
                Ok(found.map(|(_, value)| value).unwrap_or_default())
            }
            (None, Some(items)) => in_list(&items),
            (None, None) => Err(CallError::new(format!(
                "can't index item of type {}",
                object.type_name()
            ))),
        },
        Kind::Nil => Err(CallError::new("index of nil pointer")),
        _ => Err(CallError::new(format!(
            "can't index item of type {}",
            item.type_name()
        ))),
    }
}

fn absent(elem: Elem) -> Value {
    match elem {
        Elem::Str => "".into(),
        Elem::Int => Value::int(0),
        Elem::Int64 => Value::int64(0),
        Elem::Float64 => 0.0.into(),
        _ => Value::NIL,
    }
}

fn slice(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let item = argument(arguments, 0);
    let indexes = arguments.get(1..).unwrap_or_default();
    if indexes.len() > 3 {
        return Err(CallError::new(format!(
            "too many slice indexes: {}",
            indexes.len()
        )));
    }
    let length = match &item.kind {
        Kind::Nil => return Err(CallError::new("slice of untyped nil")),
        Kind::Str(_) if indexes.len() == 3 => {
            return Err(CallError::new("cannot 3-index slice a string"));
        }
        Kind::Str(text) => text.len(),
        Kind::List(list) => list.len(),
        Kind::Bytes(bytes) => bytes.len(),
        _ => {
            return Err(CallError::new(format!(
                "can't slice item of type {}",
                item.type_name()
            )));
        }
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    let [start, end, most] = bounds;
    if start > end {
        return Err(CallError::new(format!(
            "invalid slice index: {start} > {end}"
        )));
    }
    if end > most {
        return Err(CallError::new(format!(
            "invalid slice index: {end} > {most}"
        )));
    }
    let value: Value = match &item.kind {
        Kind::List(list) => {
            let items = list.get(start..end).unwrap_or_default().to_vec();
            List::with_elem(items, list.elem()).into()
        }
        Kind::Bytes(bytes) => Kind::Bytes(bytes.get(start..end).unwrap_or_default().into()).into(),
        _ => Value::str(
            item.as_str()
                .and_then(|text| text.get(start..end))
                .unwrap_or_default(),
        ),
    };
    Ok(value.at(item.origin))
}

fn length(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let item = argument(arguments, 0);
    let length = match &item.kind {
        Kind::Nil => {
            let reason = "reflect: call of reflect.Value.Type on zero Value";
            return Err(CallError::new(reason));
        }
        Kind::Str(text) => Some(text.len()),
        Kind::Bytes(bytes) => Some(bytes.len()),
        Kind::List(list) => Some(list.len()),
        Kind::Map(map) => Some(map.len()),
        Kind::Object(object) => {
            let items = || object.items().map(|items| items.len());
            object.entries().map(|entries| entries.len()).or_else(items)
        }
        _ => None,
    };
    match length {
        Some(length) => Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX))),
        None => Err(CallError::new(format!("len of type {}", item.type_name()))),
    }
}

/// `fmt.Sprint` of the operands; a single string stays as it is, with its trace.
fn print_operands(arguments: &[Value]) -> Str {
    match arguments {
        [
            Value {
                kind: Kind::Str(text),
                ..
            },
        ] => text.clone(),
        _ => sprint(arguments),
    }
}

fn escaped(
    run: &mut Run<'_>,
    arguments: &[Value],
    escape: fn(&[u8]) -> Vec<u8>,
) -> Result<Value, CallError> {
    // A text that stands for nil is a text: no space is put beside it.
    let printable = arguments.iter().map(|argument| match argument.kind {
        Kind::Nil => "<no value>".into(),
        _ => argument.clone(),
    });
    let text = sprint(&printable.collect::<Vec<Value>>());
    run.take(text.len() * 6)?;
    Ok(Value::str(escape(&text)))
}

fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(*byte),
        }
    }
    out
}

fn javascript(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let escape = match character {
                '\\' => "\\\\".to_owned(),
                '\'' => "\\'".to_owned(),
                '"' => "\\\"".to_owned(),
                '<' | '>' | '&' | '=' => format!("\\u{:04X}", u32::from(character)),
                '\0'..' ' => format!("\\u{:04X}", u32::from(character)),
                _ if character.is_ascii() || is_printable(character) => character.to_string(),
                _ => format!("\\u{:04X}", u32::from(character)),
            };
            out.extend_from_slice(escape.as_bytes());
        }
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out
}

/// `url.QueryEscape`
fn query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
