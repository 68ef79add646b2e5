//! The `--set` family of flags: assignments that are laid over values.
//!
//! One grammar with five dialects ([`Dialect`]): `a.b=1,c[0].d={x,y}` where a backslash takes the meaning of the next
//! character away. [`assign`] is the way in.

mod draft;
mod parse;

use smol_str::SmolStr;

use crate::yaml::Origin;

use super::Table;

pub(crate) use draft::Draft;
pub(crate) use parse::from_json;

/// How a flag's right sides are read.
#[derive(Clone, Copy)]
pub enum Dialect<'f> {
    /// `--set`: booleans, null, integers, else text.
    Typed,
    /// `--set-string`: text.
    Text,
    /// `--set-json`: JSON; nothing is null.
    Json,
    /// `--set-file`: the name of a file, whose content is the value.
    File(&'f dyn Fn(&str) -> Result<Vec<u8>, String>),
    /// `--set-literal`: all that is left, as it stands.
    Literal,
}

/// Why a flag cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum FlagError {
    #[error("key `{0}` has no value")]
    NoValue(String),
    #[error("key `{0}` has no value: it cannot end with a comma")]
    EndsWithComma(String),
    #[error("key `{0}` is nested deeper than {limit} levels", limit = parse::DEPTH)]
    TooDeep(String),
    #[error("`{key}` is {what} in earlier values, not {wanted}")]
    Mismatch {
        key: String,
        what: &'static str,
        wanted: &'static str,
    },
    #[error("`{0}` is no position in a list")]
    Index(String),
    #[error("position {0} is below zero")]
    Negative(i64),
    #[error("position {0} is beyond {limit}, the last that a list may have", limit = parse::LAST_INDEX)]
    IndexTooLarge(i64),
    #[error("unexpected `{0}` behind a position in a list")]
    BehindIndex(String),
    #[error("a list must end with `}}`")]
    OpenList,
    #[error("the value of `{key}` is not JSON: {reason}")]
    Json { key: String, reason: String },
    #[error("cannot read `{path}`: {reason}")]
    File { path: String, reason: String },
}

/// Lays the assignments of a flag over values. All that it sets was written at `at`.
pub fn assign(
    values: &Table,
    text: &str,
    dialect: Dialect<'_>,
    at: Origin,
) -> Result<Table, FlagError> {
    let mut root = Draft::open(values, at);
    parse::Parser::new(text, dialect, at).run(&mut root)?;
    Ok(root.finish())
}

/// The keys of an open table.
type Entries = std::collections::BTreeMap<SmolStr, Draft>;

#[cfg(test)]
mod tests;
