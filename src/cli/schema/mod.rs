//! `lockgate schema`: what schemas there are, those of other servers, and that of the fleet file.

mod export;
mod fleet;
mod list;

use std::path::Path;

use anyhow::{Context as _, anyhow};
use clap::Subcommand;

use crate::schema::Bundle;

use super::console::Console;
use super::outcome::{CommandError, Outcome};

/// List schemas, export those of a cluster, print that of `lockgate.yaml`
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Fleet(fleet::Args),
    Export(export::Args),
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    match &args.verb {
        Verb::List(args) => list::run(args, console),
        Verb::Fleet(args) => fleet::run(args, console),
        Verb::Export(args) => export::run(args, console),
    }
}

/// Reads a bundle that `export` wrote.
pub(super) fn read_bundle(path: &Path) -> anyhow::Result<Bundle> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Bundle::from_bytes(&bytes).map_err(|error| anyhow!("`{}`: {error}", path.display()))
}
