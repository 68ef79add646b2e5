//! The text of a template becomes a tree: `lex` cuts it into tokens, `parse` and `pipeline` build what `tree`
//! describes, `text` gives it names.
//!
//! By the rules of Go's `text/template/parse`. Nothing here is executed; functions are only looked up.

mod lex;
mod literal;
mod parse;
mod pipeline;
mod show;
mod text;
pub(super) mod tree;

pub(super) use show::shortened;
pub use text::ParseError;
pub(super) use text::{Body, Parsed, body, named, parse};
