//! `lockgate check`: render, then hold every object to schemas and policies.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use crate::check::{Finding, Schemas, Severity, check};
use crate::render::RenderedSet;
use crate::report::Sources;
use crate::report::findings::{self, Checked, Format};
use crate::report::snippet::Color;

use super::console::Console;
use super::fleet::{OpenFleet, SelectionArgs};
use super::outcome::{CommandError, Outcome};
use super::render::render_fleet;

/// Check every rendered object
///
/// Renders the fleet and holds each object to the schema of its environment's Kubernetes version.
/// A finding names the line in the repository that wrote the field. Exits with 1 where a finding is an
/// error.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate check\n  lockgate check overlays-examples/shop --env prod\n  lockgate check -o sarif > findings.sarif"
)]
pub(super) struct Args {
    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(value_name = "FLEET")]
    fleet: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    /// Check this Git revision, without a checkout
    #[arg(long, value_name = "REV")]
    rev: Option<String>,

    /// The format of the findings
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,

    /// Exit with 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let open = args
        .selection
        .open(args.fleet.as_deref(), args.rev.as_deref())?;
    let set = render_fleet(&open, console)?;
    let findings = check(&set, Schemas::Check).map_err(|error| anyhow!(error))?;
    if !open.fleet.policies.is_empty() {
        console.error("warning: policies are not evaluated yet\n");
    }
    let text = write_findings(&findings, &set, &open, args.output, console.stdout_color())?;
    console.write(&text)?;
    let shut = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    Ok(if shut && !args.exit_zero {
        Outcome::Shut
    } else {
        Outcome::Clean
    })
}

/// Returns findings in a format, with the lines of the fleet's tree.
pub(super) fn write_findings(
    findings: &[Finding],
    set: &RenderedSet,
    open: &OpenFleet,
    format: Format,
    color: Color,
) -> anyhow::Result<Vec<u8>> {
    let components = || {
        set.environments
            .iter()
            .flat_map(|environment| &environment.components)
    };
    let checked = Checked {
        environments: set.environments.len(),
        components: components().count(),
        objects: components().map(|component| component.objects.len()).sum(),
    };
    let sources = Sources::tree(open.tree.as_ref());
    let mut text = Vec::new();
    findings::write(findings, &checked, &sources, format, color, &mut text)
        .context("cannot write the findings")?;
    Ok(text)
}
