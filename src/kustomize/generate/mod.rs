//! The generators: `ConfigMap`s and Secrets from files, literals and env files.

mod config;
mod hash;
mod key_values;

pub(super) use config::{Generated, generate};
pub(super) use hash::add_hashes;

use crate::yaml::{Diagnostic, Origin};

/// Why a generator made nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeneratorError {
    /// It says not what its resource is called.
    #[error("the generator has no `name`")]
    NoName {
        /// The generator.
        at: Origin,
    },
    /// A literal has no key or no value. Its text is not told: it may be a secret.
    #[error("a literal must be `key=value`")]
    BadLiteral {
        /// The literal.
        at: Origin,
    },
    /// A file source has no key, no path, or more than one `=`.
    #[error("`{source_text}` is not a file, nor a key with a file")]
    BadFileSource {
        /// The source.
        source_text: String,
        /// Its place.
        at: Origin,
    },
    /// A line of an env file is not text.
    #[error("the line is not UTF-8")]
    NotUtf8 {
        /// The line.
        at: Origin,
    },
    /// Two sources give the same key.
    #[error("the key `{key}` is there twice in `{name}`")]
    RepeatedKey {
        /// The key.
        key: String,
        /// The generator's name.
        name: String,
        /// The second.
        at: Origin,
        /// The first.
        first: Origin,
    },
}

impl Diagnostic for GeneratorError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::NoName { at }
            | Self::BadLiteral { at }
            | Self::BadFileSource { at, .. }
            | Self::NotUtf8 { at }
            | Self::RepeatedKey { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::RepeatedKey { first, .. } => vec![(*first, "the first".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::BadFileSource { .. } => Some("write `path` or `key=path`".to_owned()),
            Self::NoName { .. } => Some("give it a `name`".to_owned()),
            _ => None,
        }
    }
}
