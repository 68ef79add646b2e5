//! Why policies could not be loaded.

use crate::source::SourceError;
use crate::yaml::{Diagnostic, FileId, Origin, ParseError};

/// Why a policy, a binding or a parameter could not be loaded.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PolicyError {
    #[error("{source}")]
    Source {
        source: SourceError,
        at: Option<Origin>,
    },
    #[error("{0}")]
    Yaml(ParseError),
    #[error("`{field}` of {what} is missing")]
    MissingField {
        what: String,
        field: String,
        at: Origin,
    },
    #[error("`{field}` must be {wanted}")]
    BadValue {
        field: String,
        wanted: &'static str,
        at: Origin,
    },
    #[error("{what} has no field `{field}`")]
    UnknownField {
        what: String,
        field: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("`{kind}` is no kind of `admissionregistration.k8s.io`")]
    UnknownKind {
        kind: String,
        nearest: Option<&'static str>,
        at: Origin,
    },
    #[error("`{}` holds no policy, binding or parameter", .file.name())]
    Empty { file: FileId, at: Option<Origin> },
    #[error("{what} `{name}` is declared twice")]
    Duplicate {
        what: &'static str,
        name: String,
        first: Origin,
        at: Origin,
    },
    #[error("binding `{binding}` names policy `{policy}`, which is not there")]
    NoSuchPolicy {
        binding: String,
        policy: String,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("the pack has no policy `{name}`")]
    NotInPack {
        name: String,
        nearest: Option<&'static str>,
        at: Origin,
    },
    #[error("policy `{policy}` has no binding, so it is never evaluated")]
    NoBinding { policy: String, at: Origin },
    #[error("expression of `{field}` does not compile: {message}")]
    Expression {
        field: String,
        message: String,
        at: Origin,
    },
    #[error("expression of `{field}` must evaluate to {wanted} but got {found}")]
    ResultType {
        field: String,
        wanted: &'static str,
        found: String,
        at: Origin,
    },
}

/// All that is wrong with the policies of a repository. There is at least one.
#[derive(Debug, thiserror::Error)]
#[error("{} of the policies cannot be used", .0.len())]
pub struct PolicyErrors(pub Vec<PolicyError>);

impl Diagnostic for PolicyError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Source { at, .. } | Self::Empty { at, .. } => *at,
            Self::Yaml(error) => error.origin(),
            Self::MissingField { at, .. }
            | Self::BadValue { at, .. }
            | Self::UnknownField { at, .. }
            | Self::UnknownKind { at, .. }
            | Self::Duplicate { at, .. }
            | Self::NotInPack { at, .. }
            | Self::NoSuchPolicy { at, .. }
            | Self::NoBinding { at, .. }
            | Self::Expression { at, .. }
            | Self::ResultType { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Duplicate { first, .. } => vec![(*first, "declared here first".to_owned())],
            Self::Yaml(error) => error.related(),
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Yaml(error) => error.hint(),
            Self::UnknownField { nearest, .. } | Self::NoSuchPolicy { nearest, .. } => nearest
                .as_ref()
                .map(|name| format!("did you mean `{name}`?")),
            Self::UnknownKind { nearest, .. } => {
                nearest.map(|name| format!("did you mean `{name}`?"))
            }
            Self::NotInPack { nearest, .. } => Some(match nearest {
                Some(name) => format!("did you mean `{name}`?"),
                None => "`lockgate policy list --pack` lists them".to_owned(),
            }),
            Self::Empty { .. } => Some(
                "a policy is a `ValidatingAdmissionPolicy` with a `ValidatingAdmissionPolicyBinding`"
                    .to_owned(),
            ),
            Self::NoBinding { policy, .. } => Some(format!(
                "add a `ValidatingAdmissionPolicyBinding` with `policyName: {policy}`"
            )),
            _ => None,
        }
    }
}
