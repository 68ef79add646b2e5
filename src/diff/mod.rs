//! What differs between two objects or two rendered sets, Secrets masked.
//!
//! [`fields`] compares two objects field by field, [`sets`] two rendered sets object by object. What
//! leaves here holds no Secret's value: [`mask`] puts marks in their place that show whether they
//! changed. Draws nothing.

mod fields;
mod mask;
mod sets;

pub use fields::{FieldChange, fields};
pub use mask::{is_secret, mask};
pub use sets::{Change, ComponentDiff, EnvironmentDiff, ObjectDiff, SetDiff, sets};
