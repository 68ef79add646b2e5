//! Go's `text/template` with the functions of Sprig: templates as untrusted input, rendered within bounds.
//!
//! A [`Set`] holds the templates that may name each other; a [`Run`] renders them over [`Value`]s. What a
//! template can call is in a [`Functions`] table: [`Functions::standard`] has Go's own and Sprig's, and whoever
//! uses this module adds more ([`Function`] is a name, the types of the parameters and a Rust function). The run
//! bounds steps, output, depth and memory, and holds the sources of randomness and of time, which a
//! render reads by name only.
//!
//! Knows nothing of Helm, Kubernetes, YAML or files. Behaviour: Go 1.26's `text/template` and `fmt`, Sprig 3.3.0.

mod error;
mod exec;
pub mod func;
pub mod json;
mod origins;
mod print;
mod run;
pub mod semver;
mod set;
mod stack;
mod syntax;
pub mod value;

pub use error::{CallError, ExecError, Place, Reason};
pub(crate) use func::unicode;
pub use func::{Function, Functions, Param};
pub use origins::{Origins, Written};
pub(crate) use print::is_printable;
pub use print::{display, duration, quoted, shortest, sprint, sprintf, sprintln, unquoted};
pub use run::{Bounds, MOST_TEXT, MissingKey, Random, Run, Unreproducible};
pub use set::{Set, Texts};
pub use syntax::ParseError;
pub use value::{
    Elem, Field, IntType, Kind, List, Map, NamedMap, Object, Origin, Span, Str, UintType, Value,
};
