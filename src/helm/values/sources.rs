//! The values of a release: files and flags, in the order of their strength.

use crate::yaml::{Diagnostic, FileId, Origin};

use super::flags::{Dialect, FlagError, assign};
use super::read::{ReadError, documents};
use super::{Table, Value};

/// What the caller gives beside a chart's defaults. The order on the command line counts within a kind only: files,
/// then JSON, typed, text, files' contents, literals.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Values files: their names and contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// `--set-json`
    pub json: Vec<String>,
    /// `--set`
    pub typed: Vec<String>,
    /// `--set-string`
    pub text: Vec<String>,
    /// `--set-file`
    pub contents: Vec<String>,
    /// `--set-literal`
    pub literal: Vec<String>,
}

/// Why what was given are no values.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum GivenError {
    #[error("values file: {0}")]
    File(#[from] ReadError),
    #[error("{flag} `{text}`: {error}")]
    Flag {
        flag: &'static str,
        text: String,
        error: FlagError,
    },
}

impl Diagnostic for GivenError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::File(error) => error.origin(),
            Self::Flag { .. } => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Flag {
                error: FlagError::NoValue(key),
                ..
            } => Some(format!(
                "write `{key}=VALUE`; a comma in a value is written `\\,`"
            )),
            _ => None,
        }
    }
}

impl Given {
    /// Puts all together. `read` reads the files that `--set-file` names.
    pub fn merge(
        &self,
        read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Table, GivenError> {
        let mut values = Table::new();
        for (name, content) in &self.files {
            values = values.overlaid(&documents(content, FileId::of(name))?);
        }
        for (number, text) in self.json.iter().enumerate() {
            let at = flag_origin("--set-json", number);
            values = if text.trim_start().starts_with('{') {
                values.overlaid(&object(text, at)?)
            } else {
                set(&values, "--set-json", text, Dialect::Json, at)?
            };
        }
        for (flag, texts, dialect) in [
            ("--set", &self.typed, Dialect::Typed),
            ("--set-string", &self.text, Dialect::Text),
            ("--set-file", &self.contents, Dialect::File(read)),
            ("--set-literal", &self.literal, Dialect::Literal),
        ] {
            for (number, text) in texts.iter().enumerate() {
                values = set(&values, flag, text, dialect, flag_origin(flag, number))?;
            }
        }
        Ok(values)
    }
}

/// The place of a flag, by its number among those of its name.
fn flag_origin(flag: &str, number: usize) -> Origin {
    Origin::file(FileId::of(&format!("{flag} (no. {})", number + 1)))
}

fn set(
    values: &Table,
    flag: &'static str,
    text: &str,
    dialect: Dialect<'_>,
    at: Origin,
) -> Result<Table, GivenError> {
    assign(values, text, dialect, at).map_err(|error| GivenError::Flag {
        flag,
        text: text.to_owned(),
        error,
    })
}

/// `--set-json` with a whole object.
fn object(text: &str, at: Origin) -> Result<Table, GivenError> {
    let json = serde_json::from_str(text.trim()).map_err(|error| GivenError::Flag {
        flag: "--set-json",
        text: text.to_owned(),
        error: FlagError::Json {
            key: String::new(),
            reason: error.to_string(),
        },
    })?;
    let Value { data, .. } = super::flags::from_json(&json, at);
    match data {
        super::Data::Table(table) => Ok(table),
        _ => Ok(Table::new()),
    }
}
