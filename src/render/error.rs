//! Why a fleet could not be rendered.

use std::fmt;

use rustc_hash::FxHashMap;

use crate::yaml::{Diagnostic, Origin};

/// How many builds an error names before it only counts them.
const SHOWN_BUILDS: usize = 3;

/// All errors of all builds, those of the same place told once.
#[derive(Debug)]
pub struct RenderErrors(pub Vec<RenderError>);

/// An error with the builds that met it.
#[derive(Debug)]
pub struct RenderError {
    /// What went wrong.
    pub error: Box<dyn Diagnostic>,
    /// The builds, as `dev/web`.
    pub builds: Vec<String>,
}

impl RenderErrors {
    /// Collects errors with their builds, in the order of the builds.
    pub(super) fn collect(
        errors: impl IntoIterator<Item = (Vec<String>, Box<dyn Diagnostic>)>,
    ) -> Self {
        let mut collected: Vec<RenderError> = Vec::new();
        let mut known: FxHashMap<(Option<Origin>, String), usize> = FxHashMap::default();
        for (builds, error) in errors {
            let key = (error.origin(), error.to_string());
            if let Some(first) = known.get(&key).and_then(|index| collected.get_mut(*index)) {
                first.builds.extend(builds);
            } else {
                known.insert(key, collected.len());
                collected.push(RenderError { error, builds });
            }
        }
        Self(collected)
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        for (position, build) in self.builds.iter().take(SHOWN_BUILDS).enumerate() {
            f.write_str(if position == 0 { " (in " } else { ", " })?;
            f.write_str(build)?;
        }
        match self.builds.len() {
            0 => Ok(()),
            count if count > SHOWN_BUILDS => write!(f, " and {} more)", count - SHOWN_BUILDS),
            _ => f.write_str(")"),
        }
    }
}

impl std::error::Error for RenderError {}

impl Diagnostic for RenderError {
    fn origin(&self) -> Option<Origin> {
        self.error.origin()
    }

    fn related(&self) -> Vec<(Origin, String)> {
        self.error.related()
    }

    fn is_of_environment(&self) -> bool {
        self.error.is_of_environment()
    }

    fn hint(&self) -> Option<String> {
        self.error.hint()
    }
}

impl fmt::Display for RenderErrors {
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

impl std::error::Error for RenderErrors {}
