//! JSON as Go's `encoding/json` reads it into `interface{}` and writes it.

mod read;
mod write;

pub use read::{JsonError, read, read_partly};
pub use write::{Escape, WriteError, write, write_indented};

/// Values nested deeper than this hold themselves, or were made to break something.
const MAX_DEPTH: usize = 500;
