//! `lockgate fetch`: everything from elsewhere, into the cache and the lock.

use std::path::PathBuf;

use crate::source::remote::{LOCK_FILE, Lock, Pins};

use super::console::Console;
use super::expand::ExpandArgs;
use super::fleet::SelectionArgs;
use super::outcome::{CommandError, Outcome};
use super::remotes::pins_of;
use super::render::render_fleet;

/// Fetch what the fleet takes from elsewhere, and pin it in `lockgate.lock`
///
/// Bases and files of kustomizations, charts and their dependencies: what the lock or the cache lacks comes from its
/// server, and the lock is written beside the fleet file. The whole fleet is rendered for it, and what does not render is
/// an error. Each thing that was used is told, new ones with a plus.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate fetch\n  lockgate fetch --update\n  lockgate fetch overlays-examples/shop --env dev\n  lockgate fetch --expand"
)]
pub(super) struct Args {
    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(value_name = "FLEET")]
    fleet: Option<PathBuf>,

    /// The fleet's folder or file, as a flag
    #[arg(
        short = 'f',
        long = "fleet",
        value_name = "FLEET",
        conflicts_with = "fleet"
    )]
    fleet_flag: Option<PathBuf>,

    /// Fetch all anew: branches that moved, newer charts in their ranges, files that changed
    #[arg(long)]
    update: bool,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    expand: ExpandArgs,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let fleet = args.fleet.as_deref().or(args.fleet_flag.as_deref());
    let selection = args.selection.clone().for_fetch(args.update);
    let open = selection.open_to_expand(fleet, None, &args.expand)?;
    let set = render_fleet(&open, true, console)?;
    let pins = pins_of(&set);
    console.write(told(&pins, open.remotes.lock()).as_bytes())?;
    let count = pins.repositories.len() + pins.files.len() + pins.charts.len();
    console.error(&match count {
        0 => "nothing is taken from elsewhere\n".to_owned(),
        count => format!("{count} pinned in `{LOCK_FILE}`\n"),
    });
    Ok(Outcome::Clean)
}

/// A line for each pin; before what the lock did not have, a plus.
fn told(pins: &Pins, before: &Lock) -> String {
    let mut text = String::new();
    let mut tell = |is_known: bool, kind: &str, what: String| {
        let mark = if is_known { ' ' } else { '+' };
        text.push_str(&format!("{mark} {kind} {what}\n"));
    };
    for pin in &pins.repositories {
        let known = before.commit(&pin.url, pin.reference.as_deref());
        tell(known == Some(&pin.commit), "repository", pin.to_string());
    }
    for pin in &pins.files {
        let known = before.sha256(&pin.url);
        tell(known == Some(&pin.sha256), "file", pin.to_string());
    }
    for pin in &pins.charts {
        let known = before.chart(&pin.repository, &pin.name, pin.version.as_deref());
        let is_known = known.is_some_and(|known| known.sha256 == pin.sha256);
        tell(is_known, "chart", pin.to_string());
    }
    text
}
