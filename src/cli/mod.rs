//! The verbs: arguments in, report out. One file a verb.
//!
//! A verb's file holds its `Args` and a `run`. What it results in becomes an exit code in one place,
//! [`outcome`]. Data goes to standard output, all else to standard error.

mod build;
mod check;
mod checks;
mod console;
mod diff;
mod expand;
mod explain;
mod fetch;
mod fleet;
mod functions;
mod outcome;
mod output;
mod policy;
mod progress;
mod remotes;
mod render;
mod rendered_folder;
mod schema;
mod stream;
mod sync;
mod sync_target;
mod template;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::Console;
use outcome::{Codes, CommandError, Outcome};

/// Renders, checks and syncs GitOps config repositories
///
/// Exit codes: 0 clean; 1 the gate is shut (findings, or differences with --exit-code); 2 the
/// arguments or the input are wrong; 3 the environment failed (cluster, network). `build` stands in for
/// kustomize and `template` for helm: they exit with 1 whatever went wrong.
#[derive(Debug, Parser)]
#[command(name = "lockgate", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,

    /// Write no colors; so does the environment variable NO_COLOR
    #[arg(long, global = true)]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Build(build::Args),
    Template(Box<template::Args>),
    Check(check::Args),
    Render(render::Args),
    Diff(diff::Args),
    Explain(explain::Args),
    Fetch(fetch::Args),
    Policy(policy::Args),
    Schema(schema::Args),
    Sync(sync::Args),
}

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return outcome::usage(&error, codes_as_written()),
    };
    let codes = match cli.verb {
        Verb::Build(_) | Verb::Template(_) => Codes::DropIn,
        _ => Codes::Own,
    };
    if matches!(cli.verb, Verb::Template(_)) {
        use_small_pages();
    }
    let console = Console::new(cli.no_color);
    let result = run(cli.verb, &console);
    outcome::exit_code(result, codes, &console)
}

/// Takes memory in small pages from here on. One chart needs so little that huge pages, which make a fleet faster, are
/// for the most part empty.
fn use_small_pages() {
    // Where it is refused, the process is larger, and all else the same.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Returns the exit codes of the verb of a command line that cannot be read.
fn codes_as_written() -> Codes {
    let verb = std::env::args_os()
        .skip(1)
        .find(|argument| !argument.as_encoded_bytes().starts_with(b"-"));
    match verb {
        Some(verb) if verb == "build" || verb == "template" => Codes::DropIn,
        _ => Codes::Own,
    }
}

fn run(verb: Verb, console: &Console) -> Result<Outcome, CommandError> {
    match verb {
        Verb::Build(args) => build::run(&args, console),
        Verb::Template(args) => template::run(&args, console),
        Verb::Check(args) => check::run(&args, console),
        Verb::Render(args) => render::run(&args, console),
        Verb::Diff(args) => diff::run(&args, console),
        Verb::Explain(args) => explain::run(&args, console),
        Verb::Fetch(args) => fetch::run(&args, console),
        Verb::Policy(args) => policy::run(&args, console),
        Verb::Schema(args) => schema::run(&args, console),
        Verb::Sync(args) => sync::run(&args, console),
    }
}
