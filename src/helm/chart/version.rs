//! Versions of charts and ranges of them, as the reference reads them.

use crate::template::semver::{Constraint, Version};

/// Whether a text is a version; parts may be missing.
pub(crate) fn is_valid(version: &str) -> bool {
    Version::parse(version).is_ok()
}

/// Whether a version is in a range; false where one of them is none.
pub(crate) fn is_compatible(range: &str, version: &str) -> bool {
    match (Constraint::parse(range), Version::parse(version)) {
        (Ok(range), Ok(version)) => range.matches(&version),
        _ => false,
    }
}
