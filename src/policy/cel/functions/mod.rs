//! The function libraries, a file for each theme, each a table from signature to function.
//!
//! [`named`] finds the overloads of a name. A function is only called with arguments its signature
//! accepts; what does not match even so is `no such overload`.

mod convert;
mod format;
mod lists;
mod network;
mod optionals;
mod quantity;
mod regex;
mod semvers;
mod strings;
mod time;
mod urls;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::error::EvalError;
use super::types::Type;
use super::value::{Opaque, Value};

pub(crate) use convert::display;
pub(crate) use format::FormatName;
pub(crate) use network::Cidr;
pub(crate) use quantity::Quantity;
pub(crate) use regex::check_pattern;
pub(crate) use strings::check_format;
pub(crate) use time::in_range;
pub(crate) use urls::Url;

pub(super) type Result<'a> = std::result::Result<Value<'a>, EvalError>;

/// The code of a function.
pub(crate) type Run = for<'a> fn(&[Value<'a>]) -> Result<'a>;

/// A line of a library's table: `string.charAt(int): string`, and its code.
type Line = (&'static str, Run);

/// One signature of a function.
#[derive(Debug)]
pub(crate) struct Overload {
    /// Whether the first parameter is a receiver: `a.f(b)`.
    pub(crate) receiver: bool,
    parameters: Vec<Type>,
    result: Type,
    pub(crate) run: Run,
}

static FUNCTIONS: LazyLock<FxHashMap<&'static str, Vec<Overload>>> = LazyLock::new(|| {
    let tables = [
        convert::TABLE,
        strings::TABLE,
        lists::TABLE,
        optionals::TABLE,
        regex::TABLE,
        time::TABLE,
        quantity::TABLE,
        network::TABLE,
        urls::TABLE,
        semvers::TABLE,
        format::TABLE,
    ];
    let mut functions: FxHashMap<&'static str, Vec<Overload>> = FxHashMap::default();
    for (signature, run) in tables.into_iter().flatten() {
        if let Some((name, overload)) = read(signature, *run) {
            functions.entry(name).or_default().push(overload);
        }
    }
    functions
});

/// Returns the overloads of a name.
pub(crate) fn named(name: &str) -> Option<&'static [Overload]> {
    FUNCTIONS.get(name).map(Vec::as_slice)
}

/// Reads `receiver.name(parameters): result`; a name with a dot of its own is written `a.b::name`.
fn read(signature: &'static str, run: Run) -> Option<(&'static str, Overload)> {
    let (head, rest) = signature.split_once('(')?;
    let (inside, result) = rest.rsplit_once("): ")?;
    let (receiver, name) = match head.strip_prefix("::") {
        Some(name) => (None, name),
        None => match head.rsplit_once('.') {
            Some((receiver, name)) => (Some(receiver), name),
            None => (None, head),
        },
    };
    let mut parameters: Vec<Type> = receiver.map(Type::read).into_iter().collect();
    parameters.extend(
        inside
            .split(';')
            .map(str::trim)
            .filter(|parameter| !parameter.is_empty())
            .map(Type::read),
    );
    let overload = Overload {
        receiver: receiver.is_some(),
        parameters,
        result: Type::read(result),
        run,
    };
    Some((name, overload))
}

impl Overload {
    /// Returns the result's type for arguments of these types; `None` where they don't fit.
    pub(crate) fn result_for(&self, types: &[Type]) -> Option<Type> {
        if types.len() != self.parameters.len() {
            return None;
        }
        let mut bindings = Vec::new();
        types
            .iter()
            .zip(&self.parameters)
            .all(|(have, want)| have.fits(want, &mut bindings))
            .then(|| self.result.resolve(&bindings))
    }

    /// Tells whether the overload takes these arguments.
    pub(crate) fn accepts(&self, arguments: &[Value<'_>]) -> bool {
        arguments.len() == self.parameters.len()
            && arguments
                .iter()
                .zip(&self.parameters)
                .all(|(value, want)| is_of(value, want))
    }
}

fn is_of(value: &Value<'_>, want: &Type) -> bool {
    match (want, value) {
        (Type::Dyn | Type::Parameter(_), _)
        | (Type::Null, Value::Null)
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Uint, Value::Uint(_))
        | (Type::Double, Value::Double(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Timestamp, Value::Timestamp(_))
        | (Type::Meta, Value::Type(_))
        | (Type::List(_), Value::List(_) | Value::Sequence(_))
        | (Type::Map(..), Value::Map(_) | Value::Mapping(_))
        | (Type::Optional(_), Value::Optional(_)) => true,
        (Type::Opaque(name), Value::Opaque(opaque)) => matches!(
            (*name, opaque.as_ref()),
            ("kubernetes.Quantity", Opaque::Quantity(_))
                | ("kubernetes.URL", Opaque::Url(_))
                | ("net.IP", Opaque::Ip(_))
                | ("net.CIDR", Opaque::Cidr(_))
                | ("kubernetes.Semver", Opaque::Semver(_))
                | ("kubernetes.NamedFormat", Opaque::Format(_))
        ),
        _ => false,
    }
}

fn fail<T>(message: impl Into<String>) -> std::result::Result<T, EvalError> {
    Err(EvalError::function(message))
}

/// Takes arguments apart; what does not match is `no such overload`.
macro_rules! arguments {
    ($values:expr, $($pattern:pat),+) => {
        let [$($pattern),+] = $values else {
            return Err($crate::policy::cel::EvalError::NoSuchOverload);
        };
    };
}
use arguments;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_reads() {
        assert!(FUNCTIONS.len() > 100, "{}", FUNCTIONS.len());
        for (signature, run) in strings::TABLE.iter().chain(quantity::TABLE) {
            assert!(read(signature, *run).is_some(), "{signature}");
        }
    }
}
