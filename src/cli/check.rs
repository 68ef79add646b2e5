//! `lockgate check`: render, then hold every object to schemas and policies.

use std::path::PathBuf;

use crate::helm::Tracing;
use crate::report::findings::Format;

use super::checks::CheckArgs;
use super::console::Console;
use super::expand::{self, ExpandArgs};
use super::fleet::SelectionArgs;
use super::outcome::{CommandError, Outcome};
use super::render::render_fleet;

/// Check every rendered object
///
/// Renders the fleet and holds each object to the schema of its environment's Kubernetes version and to
/// the policies that the fleet names. A finding names the line in the repository that wrote the field.
/// Exits with 1 where a finding is an error.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate check\n  lockgate check overlays-examples/shop --env prod\n  lockgate check -o sarif > findings.sarif\n  lockgate check --policies ../platform/policies\n  lockgate check --expand"
)]
pub(super) struct Args {
    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(value_name = "FLEET")]
    fleet: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    expand: ExpandArgs,

    /// Check this Git revision, without a checkout
    #[arg(long, value_name = "REV")]
    rev: Option<String>,

    #[command(flatten)]
    checks: CheckArgs,

    /// The format of the findings
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,

    /// Exit with 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let mut open =
        args.selection
            .open_to_expand(args.fleet.as_deref(), args.rev.as_deref(), &args.expand)?;
    open.build.tracing = Tracing::On;
    let mut set = render_fleet(&open, true, console)?;
    expand::keep(&mut [&mut set], &open.expand.components)?;
    let findings = args.checks.check(&set, &open)?;
    let text = findings.written(&set, args.output, console.stdout_color())?;
    console.write(&text)?;
    Ok(if findings.is_shut() && !args.exit_zero {
        Outcome::Shut
    } else {
        Outcome::Clean
    })
}
