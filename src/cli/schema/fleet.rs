//! `lockgate schema fleet`: the JSON Schema of `lockgate.yaml`, for editors.

use crate::cli::console::Console;
use crate::cli::outcome::{CommandError, Outcome};
use crate::render::fleet;

/// Print the JSON Schema of `lockgate.yaml`, by which editors complete it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate schema fleet > lockgate.schema.json\n  # yaml-language-server: $schema=lockgate.schema.json, as the first line of lockgate.yaml"
)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, console: &Console) -> Result<Outcome, CommandError> {
    console.write(fleet::JSON_SCHEMA.as_bytes())?;
    Ok(Outcome::Clean)
}
