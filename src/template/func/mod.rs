//! The functions of templates, a file a theme.
//!
//! A [`Function`] declares its parameters as Go does, so that the engine refuses what Go would refuse before the
//! function runs; a [`Run`] is what a function may use beside its arguments.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the functions of templates have one signature"
)]
#![expect(
    clippy::match_same_arms,
    reason = "a line for each case that the reference tells apart"
)]
#![expect(clippy::float_cmp, reason = "the reference compares so, too")]

mod arg;
mod builtin;
mod case;
mod cast;
mod convert;
mod crypto;
pub(crate) mod date;
mod decimal;
mod dict;
pub mod duration;
mod encoding;
mod equal;
mod flow;
mod json;
mod list;
mod math;
mod merge;
mod number;
mod path;
mod random;
mod reflect;
mod regex;
mod runes;
mod split;
mod text;
mod trim;
pub(crate) mod unicode;
mod url;
mod version;
mod wrap;

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::{CallError, IntType, Run, Value};

pub use number::{parse_float, truncated};

/// A function that templates may call.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// The types of the parameters.
    pub params: &'static [Param],
    /// Whether the last parameter may be given any number of times, none included.
    pub is_variadic: bool,
    /// Does it. The arguments have the declared types and number: no need to check again.
    pub run: fn(&mut Run<'_>, &[Value]) -> Result<Value, CallError>,
}

/// The type of a parameter. An argument of another type is refused (`wrong type for value; expected …`), as is nil
/// but for those that can be nil in Go: `Any`, `List`, `Map`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// `interface{}`: any value; nil is [`Value::NIL`].
    Any,
    /// `reflect.Value`: any value. Told apart from `Any` only by what Go does with literals.
    Reflect,
    /// `string`
    Str,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `uint32`; of what a template can write, only a number fits.
    Uint32,
    /// `float64`
    Float64,
    /// `[]interface{}`
    List,
    /// `[]string`
    Strings,
    /// `map[string]interface{}`; nil arrives as a nil map.
    Map,
    /// `[]byte`
    Bytes,
    /// `time.Duration`; a literal is one of so many nanoseconds.
    Duration,
    /// An object of this type.
    Object(&'static str),
}

/// The functions that templates may call, by name.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    by_name: HashMap<&'static str, &'static Function, FxBuildHasher>,
}

impl Functions {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Go's own functions and Sprig's, but for what reads the environment or asks the network.
    pub fn standard() -> Self {
        let mut functions = Self::new();
        for theme in [
            builtin::FUNCTIONS,
            text::FUNCTIONS,
            trim::FUNCTIONS,
            split::FUNCTIONS,
            case::FUNCTIONS,
            wrap::FUNCTIONS,
            flow::FUNCTIONS,
            reflect::FUNCTIONS,
            list::FUNCTIONS,
            dict::FUNCTIONS,
            merge::FUNCTIONS,
            cast::FUNCTIONS,
            math::FUNCTIONS,
            decimal::FUNCTIONS,
            date::FUNCTIONS,
            random::FUNCTIONS,
            path::FUNCTIONS,
            url::FUNCTIONS,
            json::FUNCTIONS,
            encoding::FUNCTIONS,
            crypto::hash::FUNCTIONS,
            crypto::password::FUNCTIONS,
            crypto::aes::FUNCTIONS,
            crypto::key::FUNCTIONS,
            crypto::certificate::FUNCTIONS,
            regex::FUNCTIONS,
            version::FUNCTIONS,
        ] {
            functions.add(theme);
        }
        functions
    }

    /// Adds functions, or puts them in the place of those of the same name.
    pub fn add(&mut self, functions: &'static [Function]) {
        self.by_name
            .extend(functions.iter().map(|function| (function.name, function)));
    }

    /// Takes functions away.
    pub fn remove(&mut self, names: &[&'static str]) {
        for name in names {
            self.by_name.remove(name);
        }
    }

    /// The function of a name.
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.by_name.get(name).copied()
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Function> {
        let mut all: Vec<&'static Function> = self.by_name.values().copied().collect();
        all.sort_by_key(|function| function.name);
        all.into_iter()
    }
}

/// The method of a number of a type that has methods. It gets the number as an argument before those declared.
pub(super) fn method_of(receiver: IntType, name: &str) -> Option<&'static Function> {
    let methods = match receiver {
        IntType::Duration => duration::METHODS,
        IntType::Month | IntType::Weekday => duration::METHODS_OF_NAMES,
        _ => return None,
    };
    methods.iter().find(|method| method.name == name)
}

/// Declares functions: `functions![("trunc", [Int, Str], trunc), ("cat", [..Any], cat)]`.
/// Two dots stand before a last parameter that may be given any number of times.
#[macro_export]
#[doc(hidden)]
macro_rules! template_functions {
    ($((
        $name:literal,
        [$($param:ident $(($object:literal))?),* $(,)? $(.. $rest:ident)?],
        $run:expr
    )),* $(,)?) => {
        &[$($crate::template::Function {
            name: $name,
            params: &[$($crate::template::Param::$param $(($object))?,)* $($crate::template::Param::$rest)?],
            is_variadic: $crate::template_functions!(@rest $($rest)?),
            run: $run,
        }),*]
    };
    (@rest $rest:ident) => { true };
    (@rest) => { false };
}
pub(crate) use template_functions as functions;
