//! `lockgate sync`: make each environment's target equal to what it renders to.

use std::path::PathBuf;

use anyhow::anyhow;

use crate::helm::Tracing;
use crate::render::fleet::{Environment, PruneLimit};
use crate::render::{RenderedEnvironment, RenderedSet};
use crate::report::findings;
use crate::report::plans::{self, Format, Tense};
use crate::sync::guard::{EmptySet, Prune, PrunePolicy};
use crate::sync::{Interrupt, Owner, Plan};

use super::checks::CheckArgs;
use super::console::Console;
use super::fleet::{OpenFleet, SelectionArgs};
use super::outcome::{CommandError, Outcome};
use super::render::render_fleet;
use super::sync_target::{Job, TargetArgs};

/// Make each environment's target equal to what it renders to
///
/// Renders and checks first, and touches nothing where a check fails. Then creates, changes and
/// prunes what differs, in the order of promotion. A target is a folder, by default `rendered/ENV`
/// beside the fleet file, or a cluster.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("components", |argument| argument.hide(true)),
    after_help = "Examples:\n  lockgate sync --dry-run\n  lockgate sync overlays-examples/shop --env dev\n  lockgate sync --env prod --context prod --prune-limit 10%\n  lockgate sync --env prod --context prod --dry-run -o markdown\n  lockgate sync --env dev --target /srv/dev -o json"
)]
pub(super) struct Args {
    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(value_name = "FLEET")]
    fleet: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    /// Sync what this Git revision renders to, without a checkout
    #[arg(long, value_name = "REV")]
    rev: Option<String>,

    /// Print the plan and change nothing
    #[arg(long)]
    dry_run: bool,

    /// How the plan is written
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: OutputFormat,

    /// Sync without checking
    #[arg(long)]
    no_check: bool,

    #[command(flatten)]
    checks: CheckArgs,

    #[command(flatten)]
    prune: PruneArgs,

    #[command(flatten)]
    target: TargetArgs,
}

/// What may be deleted.
#[derive(Debug, clap::Args)]
struct PruneArgs {
    /// Whether to delete what is no longer rendered; by default as the fleet says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    prune: Option<bool>,

    /// Delete at most so many objects, or so much of what the target holds, as `25%`
    #[arg(long, value_name = "N|N%")]
    prune_limit: Option<PruneLimit>,

    /// Let an environment that renders nothing empty its target
    #[arg(long)]
    allow_empty: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    /// A line for each object that changes
    #[default]
    Text,
    /// For programs: every object
    Json,
    /// For a comment on a pull request
    Markdown,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let selection = args.selection.selection();
    if !selection.components.is_empty() {
        // The rest of the environment would be pruned.
        return Err(anyhow!("an environment is synced as a whole: leave out `--component`").into());
    }
    let mut open = args
        .selection
        .open(args.fleet.as_deref(), args.rev.as_deref())?;
    open.build.tracing = Tracing::On;
    let set = render_fleet(&open, false, console)?;
    if !args.no_check && is_shut(&args.checks, &set, &open, console)? {
        console
            .error("nothing was synced: the check found errors; --no-check goes on all the same\n");
        return Ok(Outcome::Shut);
    }
    args.target.check(&open, &selection)?;
    let interrupt = Interrupt::on_signals();
    let mut done: Vec<Plan> = Vec::new();
    let mut result = Ok(Outcome::Clean);
    for (environment, rendered) in in_order(&open, &set) {
        let job = Job {
            open: &open,
            environment,
            rendered,
            owner: Owner {
                fleet: open.fleet.name.clone(),
                environment: environment.name.clone(),
            },
            policy: args.prune.policy(environment),
            is_alone: selection.environments.len() == 1,
            interrupt: &interrupt,
        };
        if args.dry_run {
            match job.plan(&args.target) {
                // A plan is shown whole, with what would refuse it.
                Ok((plan, refusal)) => {
                    done.push(plan);
                    result = refusal.map_or(result, Err);
                }
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        } else {
            match job.sync(&args.target) {
                Ok(plan) => done.push(plan),
                // A later environment must not get what an earlier one refused.
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
    }
    write(&done, args, console)?;
    result
}

/// Checks, and shows what was found where that shuts the gate, else how much was found.
fn is_shut(
    checks: &CheckArgs,
    set: &RenderedSet,
    open: &OpenFleet,
    console: &Console,
) -> Result<bool, CommandError> {
    let findings = checks.check(set, open)?;
    if findings.is_shut() {
        let text = findings.written(set, findings::Format::Text, console.stderr_color())?;
        console.error(&String::from_utf8_lossy(&text));
    } else {
        console.error(&format!("{}\n", findings.summary(set)));
    }
    Ok(findings.is_shut())
}

/// Returns the environments in the order of promotion, else in that of the fleet.
fn in_order<'f>(
    open: &'f OpenFleet,
    set: &'f RenderedSet,
) -> Vec<(&'f Environment, &'f RenderedEnvironment)> {
    let mut waiting: Vec<(&Environment, &RenderedEnvironment)> = open
        .fleet
        .environments
        .iter()
        .filter_map(|environment| {
            let rendered = set
                .environments
                .iter()
                .find(|rendered| rendered.name == environment.name)?;
            Some((environment, rendered))
        })
        .collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_free = |environment: &Environment| {
            !waiting
                .iter()
                .any(|(other, _)| environment.after.contains(&other.name))
        };
        // The fleet was refused if it had a circle; without one something is always free.
        let next = waiting
            .iter()
            .position(|(environment, _)| is_free(environment))
            .unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

impl PruneArgs {
    /// Returns what may be deleted: what flags say, else what the fleet says.
    fn policy(&self, environment: &Environment) -> PrunePolicy {
        let prune = if self.prune.unwrap_or(environment.sync.prune) {
            Prune::Delete
        } else {
            Prune::Retain
        };
        let empty = if self.allow_empty {
            EmptySet::Allow
        } else {
            EmptySet::Refuse
        };
        PrunePolicy {
            prune,
            limit: self.prune_limit.or(environment.sync.prune_limit),
            empty,
        }
    }
}

fn write(plans: &[Plan], args: &Args, console: &Console) -> Result<(), CommandError> {
    let tense = if args.dry_run {
        Tense::Planned
    } else {
        Tense::Done
    };
    let format = match args.output {
        OutputFormat::Text => Format::Text(console.stdout_color()),
        OutputFormat::Markdown => Format::Markdown,
        OutputFormat::Json => Format::Json,
    };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = plans::write(plans, tense, format, &mut text);
    Ok(console.write(&text)?)
}
