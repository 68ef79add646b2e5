//! `lockgate policy`: what policies there are, and whether they do what their cases say.

mod list;
mod test;

use clap::Subcommand;

use super::console::Console;
use super::outcome::{CommandError, Outcome};

/// Test and list policies
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Test(test::Args),
    List(list::Args),
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    match &args.verb {
        Verb::Test(args) => test::run(args, console),
        Verb::List(args) => list::run(args, console),
    }
}
