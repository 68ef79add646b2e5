//! `lockgate render`: every build of the fleet.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check;
use crate::render::{RenderOptions, RenderedSet, Rendering, render};
use crate::report::snippet::Artist;
use crate::report::{Sources, findings};
use crate::source::Tree;

use super::console::Console;
use super::expand::{self, ExpandArgs};
use super::fleet::{OpenFleet, SelectionArgs};
use super::outcome::{CommandError, Outcome};
use super::progress::RenderProgress;
use super::remotes::write_lock;
use super::rendered_folder::{self, Layout};
use super::stream;

/// Render every build of the fleet
///
/// Reads `lockgate.yaml`, or without it finds `overlays/ENV`, `environments/ENV` and `clusters/ENV`, else the
/// folders beside a folder `base`.
/// Objects go to standard output, or with -o to a folder that is replaced as a whole.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate render\n  lockgate render --env dev --component web\n  lockgate render --rev v1.2.0 -o rendered\n  lockgate render overlays-examples/shop --digest\n  lockgate render --expand"
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

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    expand: ExpandArgs,

    /// Render this Git revision, without a checkout
    #[arg(long, value_name = "REV")]
    rev: Option<String>,

    /// Write to this folder, which must be empty, missing or of an earlier render
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// The files in the folder: one for each object or for each component
    #[arg(long, value_enum, default_value_t, requires = "output")]
    layout: Layout,

    /// Print the digests of components, environments and the whole instead of objects
    #[arg(long, conflicts_with = "output")]
    digest: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let fleet = args.fleet.as_deref().or(args.fleet_flag.as_deref());
    let open = args
        .selection
        .open_to_expand(fleet, args.rev.as_deref(), &args.expand)?;
    // The process ends with it: to free its nodes one by one would take as long as to write them.
    let mut set = ManuallyDrop::new(render_fleet(&open, true, console)?);
    expand::keep(&mut [&mut *set], &open.expand.components)?;
    tell_mistakes(&set, &open, console);
    match &args.output {
        Some(folder) => write_folder(&set, folder, args.layout, console)?,
        None if args.digest => console.write(digests(&set).as_bytes())?,
        None => stream::write(&set, console)?,
    }
    console.error(&format!("{}\n", summary(&set)));
    Ok(Outcome::Clean)
}

/// Writes what is surely a mistake in the kustomizations to standard error.
fn tell_mistakes(set: &RenderedSet, open: &OpenFleet, console: &Console) {
    let findings = check::mistakes(set);
    let fetched: &dyn Tree = open.remotes.as_ref();
    let sources = Sources::trees([open.tree.as_ref(), fetched]);
    let artist = Artist::new(&sources, console.stderr_color());
    for text in findings::drawn(&findings, &artist) {
        console.error(&text);
    }
}

/// Renders a fleet that was opened, with a progress bar; warnings go to standard error. Writes the lock file
/// where something was fetched for it. `is_last`: the process ends with what is made of it.
pub(crate) fn render_fleet(
    open: &OpenFleet,
    is_last: bool,
    console: &Console,
) -> Result<RenderedSet, CommandError> {
    let progress = RenderProgress::new(console);
    let options = RenderOptions {
        build: Some(&open.build),
        remotes: Some(&open.remotes),
        progress: Some(&progress),
        is_part: open.is_part,
        expand: open.expand.options(),
        is_last,
    };
    let rendered = render(&open.fleet, open.tree.as_ref(), &options);
    progress.clear();
    let Rendering { set, warnings } = rendered.map_err(|errors| {
        let fetched: Arc<dyn Tree> = open.remotes.clone();
        let error = CommandError::from(errors);
        error.drawn_from(&open.tree).drawn_from(&fetched)
    })?;
    for warning in warnings {
        console.error(&format!(
            "warning: {}: {}\n",
            warning.origin, warning.message
        ));
    }
    write_lock(open, &set, console)?;
    Ok(set)
}

fn write_folder(
    set: &RenderedSet,
    folder: &Path,
    layout: Layout,
    console: &Console,
) -> Result<(), CommandError> {
    let count = rendered_folder::write(set, folder, layout)?;
    console.error(&format!("wrote {count} files to `{}`\n", folder.display()));
    Ok(())
}

/// Returns the digests as lines of a digest and what it is of: `dev/web`, `dev`, and `.` for the whole.
fn digests(set: &RenderedSet) -> String {
    let mut text = String::new();
    let mut line = |digest: &crate::render::Digest, name: &str| {
        text.extend([digest.to_string().as_str(), "  ", name, "\n"]);
    };
    for environment in &set.environments {
        for component in &environment.components {
            line(
                &component.digest,
                &format!("{}/{}", environment.name, component.name),
            );
        }
        line(&environment.digest, &environment.name);
    }
    line(&set.digest, ".");
    text
}

fn summary(set: &RenderedSet) -> String {
    let components = set
        .environments
        .iter()
        .map(|env| env.components.len())
        .sum();
    let objects = set
        .environments
        .iter()
        .flat_map(|environment| &environment.components)
        .map(|component| component.objects.len())
        .sum();
    format!(
        "rendered {}, {}, {}: {}",
        count(set.environments.len(), "environment"),
        count(components, "component"),
        count(objects, "object"),
        set.digest
    )
}

fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
