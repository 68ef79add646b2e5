//! Findings, differences, plans and explanations, drawn for people and written for machines.
//!
//! Everything here turns values into text; nothing decides. [`findings::write`] writes the findings of a
//! check in each [`findings::Format`]; [`snippet`] draws one message with the line it is about.

pub mod differences;
pub mod explanations;
pub mod findings;
pub mod plans;
mod shown_line;
pub mod snippet;
mod sources;

pub use sources::Sources;
