//! Schemas and policies over a rendered set, as findings at the line that wrote the field.

mod duplicates;
mod finding;

pub use finding::{Finding, Severity};
