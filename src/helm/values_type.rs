//! The type of `.Values` and of all that holds it: a map with methods.

use crate::template::{CallError, Map, NamedMap, Run, Value};

use super::func::yaml::to_yaml;

/// `common.Values` of Helm.
pub(crate) static VALUES: NamedMap = NamedMap {
    name: "common.Values",
    method,
};

fn method(
    map: &Map,
    name: &str,
    run: &mut Run<'_>,
    arguments: &[Value],
) -> Option<Result<Value, CallError>> {
    Some(match (name, arguments) {
        ("AsMap", []) => Ok(map.clone().unnamed().into()),
        ("YAML", []) => to_yaml(run, &[map.clone().into()]).map(with_newline),
        ("Table", [path]) => table(map, path),
        ("PathValue", [path]) => path_value(map, path),
        ("AsMap" | "YAML", _) => Err(wrong_count(name, 0, arguments.len())),
        ("Table" | "PathValue", _) => Err(wrong_count(name, 1, arguments.len())),
        _ => return None,
    })
}

fn wrong_count(name: &str, want: usize, got: usize) -> CallError {
    CallError::new(format!(
        "wrong number of args for {name}: want {want} got {got}"
    ))
}

/// The method writes what `toYaml` cuts off.
fn with_newline(text: Value) -> Value {
    match text.as_str() {
        Some(text) => Value::str([text.bytes(), b"\n"].concat()),
        None => text,
    }
}

fn text(path: &Value) -> Result<String, CallError> {
    let text = path.as_str().map(|path| path.text().into_owned());
    text.ok_or_else(|| {
        CallError::new(format!(
            "wrong type for value; expected string; got {}",
            path.type_name()
        ))
    })
}

fn table(map: &Map, path: &Value) -> Result<Value, CallError> {
    let path = text(path)?;
    Ok(descend(map, path.split('.'))?.named(&VALUES).into())
}

fn descend<'p>(map: &Map, path: impl Iterator<Item = &'p str>) -> Result<Map, CallError> {
    let mut map = map.clone();
    for key in path {
        let below = map
            .get(key.as_bytes())
            .and_then(|value| value.as_map().cloned());
        map = below.ok_or_else(|| CallError::new(format!("{key:?} is not a table")))?;
    }
    Ok(map)
}

fn path_value(map: &Map, path: &Value) -> Result<Value, CallError> {
    let path = text(path)?;
    if path.is_empty() {
        return Err(CallError::new("YAML path cannot be empty"));
    }
    let (above, key) = path
        .rsplit_once('.')
        .map_or(("", path.as_str()), |parts| parts);
    let no_value = || CallError::new(format!("{key:?} is not a value"));
    let above = above.split('.').filter(|part| !part.is_empty());
    let table = descend(map, above).map_err(|_| no_value())?;
    let value = table
        .get(key.as_bytes())
        .filter(|value| value.as_map().is_none());
    value.ok_or_else(no_value)
}
