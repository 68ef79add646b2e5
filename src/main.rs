//! The `lockgate` binary: parses and calls; decides nothing.

use std::process::ExitCode;

/// A render makes and frees nodes by the hundred thousand, on all threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lockgate::cli::main()
}
