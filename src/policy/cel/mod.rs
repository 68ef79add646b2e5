//! The Common Expression Language as the API server has it.
//!
//! [`compile`](compile::compile) turns a text into an [`Expr`]: parsed by the `cel` crate, then names, macros,
//! overloads and types are resolved once. [`Evaluator`] gives its value over YAML nodes, with no copy
//! of an object; [`blame`](blame::blame) says which field decided it. The crate's own evaluator has
//! neither a bound on cost nor a trace of fields, and boxes every value.
//!
//! Evaluation reads nothing but its variables: no clock, no file, no network.

mod blame;
mod compile;
mod error;
mod evaluate;
mod expression;
mod functions;
mod macros;
mod operators;
#[cfg(test)]
mod tests;
mod types;
mod value;

pub(crate) use blame::blame;
pub(crate) use compile::{Scope, compile};
pub(crate) use error::EvalError;
pub(crate) use evaluate::{Bindings, Evaluator};
pub(crate) use expression::Expr;
pub(crate) use types::Type;
pub(crate) use value::Value;
