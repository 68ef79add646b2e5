//! Why a chart cannot be rendered.

use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::source::SourceError;
use crate::template::{CallError, ExecError, ParseError, Place, Reason};
use crate::yaml::{Diagnostic, Origin};

use super::chart::ChartError;
use super::documents::Blame;
use super::manifest::ManifestError;
use super::repository::RepositoryError;
use super::schema::Violation;
use super::values::coalesce::CoalesceError;
use super::values::heap::TooDeep;
use super::values::sources::GivenError;

/// Why a chart cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error(transparent)]
    Chart(#[from] ChartError),
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Given(#[from] GivenError),
    #[error(transparent)]
    Coalesce(#[from] CoalesceError),
    #[error(transparent)]
    TooDeep(#[from] TooDeep),
    #[error("{kind} charts are not installable: they only serve other charts")]
    NotInstallable { kind: String, at: Origin },
    #[error("found in Chart.yaml, but missing in charts/ directory: {}", .names.join(", "))]
    MissingDependencies { names: Vec<String>, at: Origin },
    #[error("release name `{name}` is invalid: {reason}")]
    ReleaseName { name: String, reason: &'static str },
    #[error("chart requires kubeVersion: {range} which is incompatible with Kubernetes {version}")]
    KubeVersion {
        range: String,
        version: String,
        at: Origin,
    },
    #[error(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{}",
        listed(.0)
    )]
    Schema(Vec<Violation>),
    #[error("parse error at ({}:{}): {}", .error.name, .error.line, .error.message)]
    Parse {
        error: ParseError,
        at: Option<Origin>,
    },
    #[error("{}", told(.error))]
    Execute {
        error: Box<ExecError>,
        /// The places in files, from the outermost template to the one that failed.
        places: Vec<Origin>,
    },
    #[error("YAML parse error on {path}: {error}{}", within(.line.as_deref()))]
    Manifest {
        path: SmolStr,
        #[source]
        error: ManifestError,
        /// The rendered line.
        line: Option<String>,
        /// Where it comes from.
        blame: Option<Blame>,
        /// All documents, to look at.
        rendered: Vec<u8>,
    },
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Chart(error.into())
    }
}

impl Error {
    /// Whether templates were rendered, so that the reference has something to show.
    pub fn rendered(&self) -> Option<&[u8]> {
        match self {
            Self::Manifest { rendered, .. } => Some(rendered),
            _ => None,
        }
    }
}

/// The most characters of a rendered line that are told.
const MOST_CHARACTERS: usize = 120;

/// What a rendered line is, behind what is wrong with it.
fn within(line: Option<&str>) -> String {
    let Some(line) = line.map(str::trim).filter(|line| !line.is_empty()) else {
        return String::new();
    };
    let shown: String = line.chars().take(MOST_CHARACTERS).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!(", in the rendered line `{shown}{more}`")
}

/// The violations of each chart, below its name.
fn listed(violations: &[Violation]) -> String {
    let mut text = String::new();
    let mut chart = None;
    for violation in violations {
        if chart != Some(&violation.chart) {
            chart = Some(&violation.chart);
            let _ = writeln!(text, "{}:", violation.chart);
        }
        let _ = write!(text, "- at '{}': {}", violation.path, violation.message);
        if let Some(at) = violation.at {
            let _ = write!(text, " ({at})");
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// The most places of an error that are told.
const MOST_PLACES: usize = 12;

/// The most characters of the reason of an error that are told.
const MOST_OF_REASON: usize = 2_000;

/// An error of templates in the reference's manner: a refusal by its author in a line, all others with the places
/// from the outermost template to the one that failed.
fn told(error: &ExecError) -> String {
    if let Some(message) = asked(error) {
        return match &error.place {
            Some(place) => format!("execution error at ({}): {message}", at(place)),
            None => message.to_owned(),
        };
    }
    let mut text = String::new();
    let mut places = error.places();
    // Of a recursion one turn is enough.
    places.dedup();
    let shown = places.len().min(MOST_PLACES);
    let left_out = places.len() - shown;
    if left_out > 0 {
        places.drain(shown - 1..places.len() - 1);
    }
    for (number, place) in places.into_iter().enumerate() {
        if left_out > 0 && number + 1 == shown {
            let _ = writeln!(text, "… {left_out} more …");
        }
        let _ = writeln!(
            text,
            "{}\n  executing {:?}{}:",
            at(place),
            place.template,
            match place.code.as_ref() {
                "" => String::new(),
                code => format!(" at <{code}>"),
            }
        );
    }
    let mut reason = error.innermost().to_string();
    if let Some((end, _)) = reason.char_indices().nth(MOST_OF_REASON) {
        reason.truncate(end);
        reason.push('…');
    }
    if text.is_empty() {
        return reason;
    }
    let _ = write!(text, "    {reason}");
    text
}

fn at(place: &Place) -> String {
    format!("{}:{}:{}", place.source, place.line, place.column)
}

/// What the author of a template says with `fail` or `required`.
fn asked(error: &ExecError) -> Option<&str> {
    match &error.reason {
        Reason::Call {
            error: CallError::Asked(message),
            ..
        } => Some(message),
        Reason::Call {
            error: CallError::Template(inner),
            ..
        } => asked(inner),
        _ => None,
    }
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Chart(error) => error.origin(),
            Self::Repository(error) => error.origin(),
            Self::Given(error) => error.origin(),
            Self::Coalesce(CoalesceError::NotTable { at, .. })
            | Self::NotInstallable { at, .. }
            | Self::MissingDependencies { at, .. }
            | Self::KubeVersion { at, .. } => Some(*at),
            Self::Schema(violations) => violations.iter().find_map(|violation| violation.at),
            Self::Parse { at, .. } => *at,
            Self::Execute { places, .. } => places.last().copied(),
            Self::Manifest { blame, .. } => {
                let blame = blame.as_ref()?;
                blame.lines.last().copied().or(blame.supplier)
            }
            Self::Coalesce(_) | Self::TooDeep(_) | Self::ReleaseName { .. } => None,
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Execute { places, .. } => {
                let outer = places.iter().rev().skip(1).rev();
                let outer = outer.take(MOST_PLACES);
                outer.map(|at| (*at, "called here".to_owned())).collect()
            }
            Self::Manifest {
                blame: Some(blame), ..
            } => {
                let supplier = blame.supplier.filter(|_| !blame.lines.is_empty());
                let supplier = supplier.map(|at| (at, "the value is from here".to_owned()));
                let outer = blame.lines.iter().rev().skip(1).rev().take(MOST_PLACES);
                let outer = outer.map(|at| (*at, "called here".to_owned()));
                supplier.into_iter().chain(outer).collect()
            }
            _ => Vec::new(),
        }
    }

    fn is_of_environment(&self) -> bool {
        matches!(self, Self::Repository(error) if error.is_of_environment())
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Chart(error) => error.hint(),
            Self::Repository(error) => error.hint(),
            Self::Given(error) => error.hint(),
            Self::MissingDependencies { .. } => Some(
                "`--fetch` has them fetched where a verb takes it, and so does `helm dependency build`; or take them out of Chart.yaml".to_owned(),
            ),
            Self::Manifest {
                error: ManifestError::Yaml(_),
                ..
            } => Some(
                "quote what may hold `: `, `#` or a line break (`| quote`), and indent blocks as deep as they stand \
                 (`| nindent 4`); with --debug `lockgate template` prints the rendered documents"
                    .to_owned(),
            ),
            Self::Manifest { .. } => Some(
                "with --debug `lockgate template` prints the rendered documents".to_owned(),
            ),
            Self::KubeVersion { .. } => {
                Some("name the cluster's version with --kube-version".to_owned())
            }
            _ => None,
        }
    }
}
