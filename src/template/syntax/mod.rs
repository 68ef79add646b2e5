//! The text of a template becomes a tree: `lex` cuts it into tokens, `parse` builds what `tree` describes.
//!
//! By the rules of Go's `text/template/parse`. Nothing here is executed; functions are only looked up.

mod lex;
mod literal;
mod parse;
mod show;
pub(super) mod tree;

pub use parse::ParseError;
pub(super) use parse::{Body, Parsed, body, named, parse};
pub(super) use show::shortened;
