//! YAML and the values of templates, as Helm has them meet.
//!
//! The reference writes a value as JSON, reads that with version 2 of Go's YAML and prints it with the same; it reads
//! YAML with version 2 and turns it into JSON, whose numbers are all floats. [`write()`] and [`pretty`] are the way out,
//! [`read`] the way in.

pub mod pretty;
pub mod read;
mod words;
pub mod write;

/// Values nested deeper than this hold themselves, or were made to break something.
const MAX_DEPTH: usize = 500;
