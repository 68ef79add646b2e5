//! What goes wrong in templates.

use std::fmt;
use std::sync::Arc;

/// Why a function of a template failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The function's own words, as the reference has them: `error calling NAME: …` is put before.
    #[error("{0}")]
    Failed(String),
    /// The author of the template wants the render to fail (`fail`, `required`).
    #[error("{0}")]
    Asked(String),
    /// A bound was reached; nothing of the template can catch it.
    #[error("{0}")]
    Bound(String),
    /// A template that the function rendered failed.
    #[error("{0}")]
    Template(Box<ExecError>),
}

impl CallError {
    /// The function failed, for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }
}

/// Why a template could not be rendered.
#[derive(Clone, Debug)]
pub struct ExecError {
    /// Where; None where no template was begun.
    pub place: Option<Place>,
    /// Why.
    pub reason: Reason,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the text that holds it.
    pub source: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The byte in the line, from 0.
    pub column: u32,
    /// The template: that of the text, or one that it defines.
    pub template: Arc<str>,
    /// The code that was executed, shortened.
    pub code: String,
}

/// Why a template could not be rendered.
#[derive(Clone, Debug)]
pub enum Reason {
    /// In the words of the reference.
    Message(String),
    /// A function failed.
    Call {
        /// The function.
        function: String,
        /// Why.
        error: CallError,
    },
    /// A bound was reached.
    Bound(String),
}

impl ExecError {
    /// The places from the outermost template to the one that failed.
    pub fn places(&self) -> Vec<&Place> {
        let mut places: Vec<&Place> = self.place.iter().collect();
        let mut error = self;
        while let Reason::Call {
            error: CallError::Template(inner),
            ..
        } = &error.reason
        {
            places.extend(&inner.place);
            error = inner;
        }
        places
    }

    /// The innermost reason.
    pub fn innermost(&self) -> &Reason {
        match &self.reason {
            Reason::Call {
                error: CallError::Template(inner),
                ..
            } => inner.innermost(),
            reason => reason,
        }
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place {
            source,
            line,
            column,
            template,
            code,
        }) = &self.place
        {
            write!(
                formatter,
                "template: {source}:{line}:{column}: executing {template:?} at <{code}>: "
            )?;
        }
        self.reason.fmt(formatter)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) | Self::Bound(message) => formatter.write_str(message),
            Self::Call { function, error } => {
                write!(formatter, "error calling {function}: {error}")
            }
        }
    }
}

impl std::error::Error for ExecError {}
