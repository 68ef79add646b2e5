//! Paths with slashes. `osBase` and its like are the same on the reference's machines.

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("base", [Str], base),
    ("dir", [Str], dir),
    ("clean", [Str], clean),
    ("ext", [Str], ext),
    ("isAbs", [Str], is_abs),
    ("osBase", [Str], base),
    ("osDir", [Str], dir),
    ("osClean", [Str], clean),
    ("osExt", [Str], ext),
    ("osIsAbs", [Str], is_abs),
];

/// The last element; `.` of nothing, `/` of slashes.
fn base(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let path = arg::bytes(arguments, 0);
    if path.is_empty() {
        return Ok(".".into());
    }
    let end = path.iter().rposition(|&byte| byte != b'/');
    let Some(path) = end.and_then(|end| path.get(..=end)) else {
        return Ok("/".into());
    };
    let start = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    Ok(Value::str(path.get(start..).unwrap_or_default()))
}

/// All but the last element.
fn dir(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let path = arg::bytes(arguments, 0);
    let end = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    Ok(Value::str(cleaned(path.get(..end).unwrap_or_default())))
}

fn clean(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(Value::str(cleaned(arg::bytes(arguments, 0))))
}

/// What the last dot of the last element begins.
fn ext(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let path = arg::bytes(arguments, 0);
    let start = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    let last = path.get(start..).unwrap_or_default();
    let dot = memchr::memrchr(b'.', last).unwrap_or(last.len());
    Ok(Value::str(last.get(dot..).unwrap_or_default()))
}

fn is_abs(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(arg::bytes(arguments, 0).starts_with(b"/").into())
}

/// The shortest path that leads to the same place, by the text alone.
fn cleaned(path: &[u8]) -> Vec<u8> {
    let is_rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|&byte| byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|last| *last != b"..") => {
                kept.pop();
            }
            b".." if is_rooted => {}
            _ => kept.push(element),
        }
    }
    let joined = kept.join(&b'/');
    match (is_rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}
