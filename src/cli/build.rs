//! `lockgate build`: a drop-in for `kustomize build`.

use anyhow::anyhow;

use super::console::Console;
use super::outcome::{CommandError, Outcome};

/// Build a folder with a kustomization, as `kustomize build` does
#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub(super) struct Args {
    /// The folder of the kustomization
    #[arg(value_name = "DIR", default_value = ".")]
    folder: String,
}

pub(super) fn run(args: &Args, _console: &Console) -> Result<Outcome, CommandError> {
    Err(anyhow!("cannot build `{}` yet", args.folder).into())
}
