//! Semantic versions and constraints on them, by the rules of Masterminds' semver 3.5, which are those of Helm's
//! charts: a version may lack its minor and its patch number, `||` joins alternatives, a comma or a space joins
//! what must all hold, and a version before a release meets only constraints that name one.

mod constraint;
mod version;

pub use constraint::{Constraint, ConstraintError};
pub use version::{Version, VersionError};
