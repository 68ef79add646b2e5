//! What goes wrong in templates.

/// Why a function of a template failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
}

impl CallError {
    /// The function failed, for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }
}
