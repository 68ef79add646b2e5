//! The verbs: arguments in, report out. One file a verb.

use std::process::ExitCode;

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
