//! `lockgate sync`: render, check, then make each environment's target equal to what was rendered.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::check::{Finding, Schemas, Severity, check};
use crate::render::fleet::{self, Environment, Target};
use crate::render::{RenderedEnvironment, RenderedSet};
use crate::report::findings::Format;
use crate::report::plans::{self, Tense};
use crate::sync::directory;
use crate::sync::guard::{self, EmptySet, Prune, PruneLimit, PrunePolicy};
use crate::sync::{Interrupt, Owner, Plan};

use super::check::write_findings;
use super::console::Console;
use super::fleet::{OpenFleet, SelectionArgs};
use super::outcome::{CommandError, Outcome};
use super::render::render_fleet;

/// Make the targets equal to what the fleet renders
///
/// Renders the fleet, checks it, and makes each environment's target equal to the result: creates,
/// changes, and prunes what an earlier sync put there and nothing renders any more. What was changed
/// there by hand is told and reverted. Does nothing where a check finds an error.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate sync --dry-run\n  lockgate sync overlays-examples/shop --env dev\n  lockgate sync --env prod --prune-limit 10"
)]
pub(super) struct Args {
    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(value_name = "FLEET")]
    fleet: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    /// Sync this Git revision, without a checkout
    #[arg(long, value_name = "REV")]
    rev: Option<String>,

    /// Print what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// The format of the plan
    #[arg(short, long, value_enum, default_value_t = PlanFormat::Text)]
    output: PlanFormat,

    /// Go on whatever a check would find
    #[arg(long)]
    no_check: bool,

    #[command(flatten)]
    pruning: PruningArgs,

    /// Sync to this folder instead of the environment's target
    #[arg(long, value_name = "DIR")]
    target: Option<PathBuf>,
}

/// What may be deleted.
#[derive(Debug, clap::Args)]
struct PruningArgs {
    /// Delete what is no longer rendered: true or false, whatever the fleet says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    prune: Option<bool>,

    /// The most to delete: a number of objects, or a part of them as `25%`
    #[arg(long, value_name = "N|N%")]
    prune_limit: Option<PruneLimit>,

    /// Let an environment that renders nothing empty its target
    #[arg(long)]
    allow_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PlanFormat {
    /// A line a step, for a person
    Text,
    /// One document with all plans
    Json,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let open = args
        .selection
        .open(args.fleet.as_deref(), args.rev.as_deref())?;
    let targets = targets(&open, args)?;
    let set = render_fleet(&open, console)?;
    if !args.no_check && is_shut(&set, &open, console)? {
        console
            .error("nothing was synced: the check found errors; --no-check goes on all the same\n");
        return Ok(Outcome::Shut);
    }
    let interrupt = Interrupt::on_signals();
    let tense = if args.dry_run {
        Tense::Would
    } else {
        Tense::Did
    };
    let mut done = Vec::new();
    for ((environment, target), rendered) in targets.iter().zip(&set.environments) {
        let plan = sync_one(&open, environment, target, rendered, args, &interrupt)?;
        if args.output == PlanFormat::Text {
            console.write(plans::text(&plan, tense).as_bytes())?;
        }
        done.push(plan);
    }
    if args.output == PlanFormat::Json {
        console.write(format!("{:#}\n", plans::json(&done, tense)).as_bytes())?;
    }
    Ok(Outcome::Clean)
}

/// Returns each environment's folder. All are known before anything is touched.
fn targets<'f>(
    open: &'f OpenFleet,
    args: &Args,
) -> anyhow::Result<Vec<(&'f Environment, PathBuf)>> {
    let environments = &open.fleet.environments;
    if args.target.is_some() && environments.len() != 1 {
        return Err(anyhow!(
            "--target takes one environment: name it with --env"
        ));
    }
    environments
        .iter()
        .map(|environment| {
            let folder = match (&args.target, &environment.target) {
                (Some(folder), _) => folder.clone(),
                (None, Some(Target::Directory { path, .. })) => open.folder.join(path),
                (None, None) => {
                    return Err(anyhow!("environment `{}` has no target: give one with --target", environment.name));
                }
                (None, Some(_)) => {
                    return Err(anyhow!(
                        "the target of environment `{}` is not a directory, and others are not supported yet",
                        environment.name
                    ));
                }
            };
            Ok((environment, folder))
        })
        .collect()
}

/// Tells whether a check shuts the gate; what it found goes to standard error.
fn is_shut(set: &RenderedSet, open: &OpenFleet, console: &Console) -> Result<bool, CommandError> {
    let findings: Vec<Finding> = check(set, Schemas::Check).map_err(|error| anyhow!(error))?;
    let shut = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if !findings.is_empty() {
        let text = write_findings(&findings, set, open, Format::Text, console.stderr_color())?;
        console.error(&String::from_utf8_lossy(&text));
    }
    Ok(shut)
}

fn sync_one(
    open: &OpenFleet,
    environment: &Environment,
    target: &Path,
    rendered: &RenderedEnvironment,
    args: &Args,
    interrupt: &Interrupt,
) -> Result<Plan, CommandError> {
    let owner = Owner {
        fleet: open.fleet.name.clone(),
        environment: environment.name.clone(),
    };
    let policy = policy(environment, &args.pruning);
    let planned = if args.dry_run {
        let plan = directory::plan(target, &owner, rendered, policy.prune);
        if let Ok(plan) = &plan {
            guard::check(plan, &policy)?;
        }
        plan
    } else {
        directory::sync(target, &owner, rendered, &policy, interrupt)
    };
    planned.map_err(|error| {
        if error.is_environment() {
            CommandError::environment(error)
        } else {
            CommandError::from(error)
        }
    })
}

/// Returns what may be deleted: what the flags say, else what the fleet says.
fn policy(environment: &Environment, args: &PruningArgs) -> PrunePolicy {
    let of_fleet = environment.sync.prune_limit.map(|limit| match limit {
        fleet::PruneLimit::Objects(objects) => PruneLimit::Objects(objects as usize),
        fleet::PruneLimit::Percent(percent) => PruneLimit::Percent(percent),
    });
    PrunePolicy {
        prune: if args.prune.unwrap_or(environment.sync.prune) {
            Prune::Delete
        } else {
            Prune::Retain
        },
        limit: args.prune_limit.or(of_fleet),
        empty: if args.allow_empty {
            EmptySet::Allow
        } else {
            EmptySet::Refuse
        },
    }
}
