//! What is asked of a cluster or of the network: `lookup`, `getHostByName`.

use std::fmt;

use serde_json::Value as Json;

use crate::template::{CallError, Function, Map, Run, Str, Value, func::functions};

use super::control::Host;

/// A cluster that templates may look into.
pub trait Lookup: fmt::Debug + Send + Sync {
    /// Returns an object, or the list of objects where `name` is empty: of a namespace, or of all where that is
    /// empty. None where the cluster has none.
    ///
    /// # Errors
    ///
    /// The reference's words of why the cluster does not say.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Json>, String>;
}

/// The functions.
pub(super) const FUNCTIONS: &[Function] = functions![
    ("lookup", [Str, Str, Str, Str], lookup),
    ("getHostByName", [Str], host_by_name),
];

/// Without a cluster there is nothing.
fn lookup(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let host = run.host().downcast_ref::<Host>();
    let Some(cluster) = host.and_then(|host| host.cluster.as_ref()) else {
        return Ok(Map::new().into());
    };
    let texts = arguments.iter().filter_map(Value::as_str).map(Str::text);
    let texts: Vec<_> = texts.collect();
    let [api_version, kind, namespace, name] = texts.as_slice() else {
        return Err(CallError::new("the arguments are no strings"));
    };
    match cluster.lookup(api_version, kind, namespace, name) {
        Ok(Some(found)) => {
            run.take(found.to_string().len() * 2)?;
            Ok(value(found))
        }
        Ok(None) => Ok(Map::new().into()),
        Err(message) => Err(CallError::Failed(message)),
    }
}

/// A render asks no one, so there is no address.
#[expect(clippy::unnecessary_wraps, reason = "the signature of functions")]
fn host_by_name(_run: &mut Run<'_>, _arguments: &[Value]) -> Result<Value, CallError> {
    Ok("".into())
}

/// An object as the reference's client reads it: whole numbers are `int64`.
fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::NIL,
        Json::Bool(truth) => truth.into(),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::int64(int),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => Value::list(items.into_iter().map(value).collect()),
        Json::Object(fields) => {
            let fields = fields.into_iter();
            let map: Map = fields
                .map(|(key, field)| (Str::from(key), value(field)))
                .collect();
            map.into()
        }
    }
}
