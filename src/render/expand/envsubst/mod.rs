//! Variables of a shell in a text, as Flux substitutes them: `${name}`, `${name:=default}`, `${name:1:2}`,
//! `${name/a/b}` and their like, by the rules of its envsubst.
//!
//! [`parse()`] reads a text, [`run()`] puts values into it and says of each part of the result where it comes from.
//! Knows nothing of YAML.

mod parse;
mod pattern;
mod run;

pub use parse::{Text, parse};
pub use run::{Lookup, Part, Substituted, run};

/// Why a text cannot be substituted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SubstitutionError {
    /// Where in the text, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with a substitution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Reason {
    #[error("bad substitution")]
    Bad,
    #[error("a variable's name must follow `${{`")]
    NoName,
    #[error("`}}` is missing behind `${{{0}`")]
    NotClosed(String),
    #[error("bad substitution: the operator needs an argument before `}}`")]
    NoArgument,
    #[error("substitutions are nested deeper than {limit}", limit = parse::DEEPEST)]
    TooDeep,
    #[error("the variable `{0}` is not set")]
    NotSet(String),
    #[error("the part of `{0}` that is asked for is too long")]
    TooLong(String),
    #[error("the part of `{0}` that is asked for cuts a character")]
    CutsCharacter(String),
    #[error("to match the pattern against `{0}` takes more than {limit} steps", limit = pattern::MOST_STEPS)]
    TooManySteps(String),
    #[error("the text becomes larger than {limit} bytes", limit = run::LARGEST)]
    TooLarge,
}
