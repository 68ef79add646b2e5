//! `lockgate policy list`: which policies there are.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::checks::fleet_sources;
use crate::cli::console::Console;
use crate::cli::fleet::FleetPlace;
use crate::cli::outcome::{CommandError, Outcome};
use crate::policy::pack::{self, PackTree};
use crate::policy::{Owner, PolicySet, PolicySummary, Source};
use crate::render::fleet::PolicyAction;
use crate::source::{Tree, TreePath};

/// List the policies that are in force, or those of the pack
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate policy list\n  lockgate policy list --pack\n  lockgate policy list overlays-examples/shop -o json"
)]
pub(super) struct Args {
    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(value_name = "FLEET")]
    fleet: Option<PathBuf>,

    /// The policies that are built in, whatever the fleet
    #[arg(long, conflicts_with = "fleet")]
    pack: bool,

    /// How the list is written
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each policy
    #[default]
    Text,
    /// For programs: with descriptions and places
    Json,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let summaries = if args.pack {
        pack_policies()?
    } else {
        fleet_policies(args)?
    };
    let text = match args.output {
        Format::Text => lines(&summaries),
        Format::Json => {
            let policies: Vec<Value> = summaries.iter().map(entry).collect();
            format!("{:#}\n", json!({ "policies": policies }))
        }
    };
    console.write(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn pack_policies() -> Result<Vec<PolicySummary>, CommandError> {
    let sources: Vec<Source<'_>> = pack::names()
        .filter_map(|name| TreePath::new(name).ok())
        .map(|path| Source {
            tree: &PackTree,
            path,
            action: PolicyAction::Deny,
            origin: None,
            owner: Owner::Pack,
        })
        .collect();
    Ok(PolicySet::load(&sources)?.summaries())
}

fn fleet_policies(args: &Args) -> Result<Vec<PolicySummary>, CommandError> {
    let open = FleetPlace::find(args.fleet.as_deref())?.open(None)?;
    let pack: Arc<dyn Tree> = Arc::new(PackTree);
    fleet_sources(&open)
        .and_then(|sources| PolicySet::load(&sources))
        .map(|policies| policies.summaries())
        .map_err(|errors| {
            CommandError::from(errors)
                .drawn_from(&open.tree)
                .drawn_from(&pack)
        })
}

fn action(action: PolicyAction) -> &'static str {
    match action {
        PolicyAction::Deny => "deny",
        PolicyAction::Warn => "warn",
        PolicyAction::Audit => "audit",
    }
}

fn lines(summaries: &[PolicySummary]) -> String {
    let width = |text: fn(&PolicySummary) -> usize| summaries.iter().map(text).max().unwrap_or(0);
    let names = width(|summary| summary.name.len());
    let titles = width(|summary| summary.title.as_deref().unwrap_or_default().len());
    let lines: Vec<String> = summaries
        .iter()
        .map(|summary| {
            format!(
                "{:<names$}  {:<5}  {:<titles$}  {}\n",
                summary.name,
                action(summary.action),
                summary.title.as_deref().unwrap_or_default(),
                summary.origin,
            )
        })
        .collect();
    lines.concat()
}

fn entry(summary: &PolicySummary) -> Value {
    json!({
        "name": summary.name.as_str(),
        "action": action(summary.action),
        "title": summary.title,
        "description": summary.description,
        "origin": {
            "file": &*summary.origin.file.name(),
            "line": summary.origin.line,
        },
    })
}
