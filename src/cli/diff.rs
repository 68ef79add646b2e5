//! `lockgate diff`: the rendered difference between two revisions.

use std::path::PathBuf;

use crate::diff::sets;
use crate::report::differences::{self, Format};

use super::console::Console;
use super::expand::{self, ExpandArgs};
use super::fleet::{FleetPlace, SelectionArgs};
use super::outcome::{CommandError, Outcome};
use super::render::render_fleet;

/// Show what differs between two revisions once they are rendered
///
/// Both are read from Git's object store: nothing is checked out. Values of Secrets are masked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate diff main\n  lockgate diff v1.0.0 v1.1.0 --env prod\n  lockgate diff main -o markdown --exit-code"
)]
pub(super) struct Args {
    /// The revision to compare with
    #[arg(value_name = "BASE")]
    base: String,

    /// The revision that is compared; by default the files as they are on disk
    #[arg(value_name = "HEAD")]
    head: Option<String>,

    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(short, long, value_name = "FLEET")]
    fleet: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    expand: ExpandArgs,

    /// How the difference is written
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: OutputFormat,

    /// Exit with 1 where something differs
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    /// A unified diff
    #[default]
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For programs
    Json,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let place = FleetPlace::find(args.fleet.as_deref())?;
    args.selection.start_threads()?;
    let mut old = place.open(Some(&args.base))?;
    let mut new = place.open(args.head.as_deref())?;
    // What only one of the two has is a difference, not an error.
    let mut selection = args.selection.selection();
    if args.expand.is_on() {
        selection.components.clear();
    }
    selection.check(&[&old.fleet, &new.fleet])?;
    let revisions = [Some(args.base.as_str()), args.head.as_deref()];
    for (open, revision) in [&mut old, &mut new].into_iter().zip(revisions) {
        open.fleet = selection.part_of(&open.fleet);
        args.selection.prepare(open, revision)?;
        open.expand = args.selection.expansion(open, &args.expand);
    }
    let components = old.expand.components.clone();
    let mut old = render_fleet(&old, false, console)?;
    let mut new = render_fleet(&new, true, console)?;
    expand::keep(&mut [&mut old, &mut new], &components)?;
    let diff = sets(&old, &new);
    let format = match args.output {
        OutputFormat::Text => Format::Text(console.stdout_color()),
        OutputFormat::Markdown => Format::Markdown,
        OutputFormat::Json => Format::Json,
    };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = differences::write(&diff, format, &mut text);
    console.write(&text)?;
    console.error(&format!("{}\n", differences::summary(&diff)));
    if args.exit_code && !diff.is_empty() {
        return Ok(Outcome::Shut);
    }
    Ok(Outcome::Clean)
}
