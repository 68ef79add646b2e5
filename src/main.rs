//! The `lockgate` binary: parses and calls; decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    lockgate::cli::main()
}
