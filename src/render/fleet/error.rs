//! What can be wrong with a fleet.

use std::fmt;

use crate::source::{PathError, SourceError};
use crate::yaml::{Diagnostic, Origin, ParseError};

/// All that is wrong with a fleet.
#[derive(Debug)]
pub struct FleetErrors(pub Vec<FleetError>);

/// What is wrong with a fleet.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum FleetError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("a fleet file holds one document, this one {count}")]
    Documents { count: usize, at: Origin },
    #[error("unknown field `{field}` in {record}")]
    UnknownField {
        field: String,
        record: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("{record} has no `{field}`")]
    MissingField {
        field: &'static str,
        record: String,
        at: Origin,
    },
    #[error("`{field}` must be {wanted}, not {found}")]
    WrongType {
        field: String,
        wanted: &'static str,
        found: &'static str,
        at: Origin,
    },
    #[error("`{field}` is `{value}`, which is not {wanted}")]
    BadValue {
        field: String,
        value: String,
        wanted: &'static str,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("{record} must have exactly one of {fields}")]
    OneOf {
        record: String,
        fields: &'static str,
        at: Origin,
    },
    #[error("two {things} are named `{name}`")]
    Duplicate {
        things: &'static str,
        name: String,
        at: Origin,
        first: Origin,
    },
    #[error("environment `{environment}` comes after `{name}`, which is no environment")]
    UnknownAfter {
        environment: String,
        name: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("the order of the environments is a cycle: {}", .names.join(" after "))]
    Cycle { names: Vec<String>, at: Origin },
    #[error("`{glob}` is not a glob: {reason}")]
    BadGlob {
        glob: String,
        reason: String,
        at: Origin,
    },
    #[error("`{path}` leaves the folder of the fleet")]
    Escapes { path: String, at: Origin },
    #[error("`{path}` does not exist")]
    Missing {
        path: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("`{path}` has no kustomization file")]
    NoKustomization { path: String, at: Origin },
    #[error("no folder with a kustomization matches `{glob}`")]
    NoMatch {
        glob: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("`name` is for a source of one folder; `{glob}` matches {count}")]
    NamedGlob {
        glob: String,
        count: usize,
        at: Origin,
    },
    #[error("there is no fleet in `{folder}`: neither `lockgate.yaml` nor an overlay")]
    NotFound { folder: String },
    #[error("the fleet has no {thing} `{name}`")]
    NotSelected {
        thing: &'static str,
        name: String,
        nearest: Option<String>,
        known: Vec<String>,
    },
}

impl Diagnostic for FleetError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Source(error) => error.origin(),
            Self::Parse(error) => error.origin(),
            Self::Documents { at, .. }
            | Self::UnknownField { at, .. }
            | Self::MissingField { at, .. }
            | Self::WrongType { at, .. }
            | Self::BadValue { at, .. }
            | Self::OneOf { at, .. }
            | Self::Duplicate { at, .. }
            | Self::UnknownAfter { at, .. }
            | Self::Cycle { at, .. }
            | Self::BadGlob { at, .. }
            | Self::Escapes { at, .. }
            | Self::Missing { at, .. }
            | Self::NoKustomization { at, .. }
            | Self::NoMatch { at, .. }
            | Self::NamedGlob { at, .. } => Some(*at),
            Self::Path(_) | Self::NotFound { .. } | Self::NotSelected { .. } => None,
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Source(error) => error.related(),
            Self::Parse(error) => error.related(),
            Self::Duplicate { first, .. } => vec![(*first, "the first is here".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.hint(),
            Self::Parse(error) => error.hint(),
            Self::UnknownField { nearest, .. }
            | Self::BadValue { nearest, .. }
            | Self::UnknownAfter { nearest, .. }
            | Self::Missing { nearest, .. }
            | Self::NoMatch {
                nearest: nearest @ Some(_),
                ..
            } => {
                nearest.as_ref().map(|name| format!("did you mean `{name}`?"))
            }
            Self::WrongType {
                wanted: "text",
                found: "a number" | "a boolean",
                ..
            } => Some("put it in quotes".to_owned()),
            Self::NoMatch { .. } => Some(
                "a source is a folder with a kustomization file; `*` stands for one folder, `**` for any number"
                    .to_owned(),
            ),
            Self::NotFound { .. } => Some(
                "write a `lockgate.yaml`, name overlays `overlays/ENV`, `environments/ENV` or `clusters/ENV`, or put them beside a folder `base`"
                    .to_owned(),
            ),
            Self::NotSelected { nearest, known, .. } => Some(match nearest {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("there are: {}", known.join(", ")),
            }),
            _ => None,
        }
    }
}

impl FleetError {
    /// Says that the fleet has nothing of a name, where it has these.
    pub fn not_selected(thing: &'static str, name: &str, known: &[String]) -> Self {
        Self::NotSelected {
            thing,
            name: name.to_owned(),
            nearest: nearest(name, known.iter().map(String::as_str)),
            known: known.to_vec(),
        }
    }
}

impl From<FleetError> for FleetErrors {
    fn from(error: FleetError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for FleetErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FleetErrors {}

/// Returns the name that was most likely meant.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, known)| {
            *distance <= known.chars().count().max(name.chars().count()) / 2
        })
        .map(|(_, known)| known.to_owned())
}
