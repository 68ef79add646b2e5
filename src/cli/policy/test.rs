//! `lockgate policy test`: run the cases of policies.

use std::path::PathBuf;
use std::sync::Arc;

use crate::check::Severity;
use crate::cli::checks::open_on_disk;
use crate::cli::console::Console;
use crate::cli::fleet::FleetPlace;
use crate::cli::outcome::{CommandError, Outcome};
use crate::policy::cases::{self, CaseFile, Mismatch};
use crate::render::fleet::PolicyPlace;
use crate::report::Sources;
use crate::report::snippet::{Artist, Drawing};
use crate::source::{Tree, TreePath};

/// Run the cases of policies
///
/// A folder `cases` beside a policy holds objects. A comment `# finding: POLICY` at a line says that the
/// policy finds something there; what no comment names must not be found. Exits with 1 where a case
/// does not come out so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  lockgate policy test\n  lockgate policy test policies")]
pub(super) struct Args {
    /// Folders of policies; by default those that the nearest `lockgate.yaml` names
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let places = places(args)?;
    let mut files = Vec::new();
    for (tree, path) in &places {
        let found = cases::run(tree.as_ref(), path)
            .map_err(|errors| CommandError::from(errors).drawn_from(tree))?;
        files.extend(found);
    }
    if files.is_empty() {
        return Err(anyhow::anyhow!(
            "there are no cases: they stand in a folder `cases` beside a policy"
        )
        .into());
    }
    let sources = Sources::trees(places.iter().map(|(tree, _)| tree.as_ref()));
    let artist = Artist::new(&sources, console.stdout_color());
    let mut parts: Vec<String> = files.iter().map(|file| describe(file, &artist)).collect();
    let mismatches: usize = files.iter().map(|file| file.mismatches.len()).sum();
    parts.push(format!(
        "{}, {}, {}: {}\n",
        count(files.len(), "file"),
        count(files.iter().map(|file| file.objects).sum(), "object"),
        count(
            files.iter().map(|file| file.expected).sum(),
            "expected finding"
        ),
        match mismatches {
            0 => "all as the cases say".to_owned(),
            1 => "1 is not as its case says".to_owned(),
            many => format!("{many} are not as their cases say"),
        }
    ));
    console.write(parts.concat().as_bytes())?;
    Ok(if mismatches == 0 {
        Outcome::Clean
    } else {
        Outcome::Shut
    })
}

/// A folder to look for cases in, with the tree that it is in.
type Place = (Arc<dyn Tree>, TreePath);

/// Returns the folders to look for cases in.
fn places(args: &Args) -> Result<Vec<Place>, CommandError> {
    if !args.paths.is_empty() {
        let places: anyhow::Result<Vec<_>> =
            args.paths.iter().map(|path| open_on_disk(path)).collect();
        return Ok(places?);
    }
    let open = FleetPlace::find(None)?.open(None)?;
    let places = open
        .fleet
        .policies
        .iter()
        .filter_map(|source| match &source.place {
            PolicyPlace::Path(path) => Some((Arc::clone(&open.tree), path.clone())),
            PolicyPlace::Pack(_) => None,
        })
        .collect();
    Ok(places)
}

fn describe(file: &CaseFile, artist: &Artist<'_>) -> String {
    let verdict = if file.mismatches.is_empty() {
        "ok"
    } else {
        "FAILED"
    };
    let mut text = format!("{verdict:<6} {}\n", file.file.file.name());
    for mismatch in &file.mismatches {
        let drawn = match mismatch {
            Mismatch::Missing { policy, at } => artist.draw(&Drawing {
                severity: Severity::Error,
                rule: &format!("policy/{policy}"),
                title: "the case says that this is found, and it is not",
                label: "",
                origin: Some(*at),
                notes: &[],
                related: &[],
                hint: None,
            }),
            Mismatch::Unexpected(violation) => artist.draw(&Drawing {
                severity: Severity::Error,
                rule: &format!("policy/{}", violation.policy),
                title: &violation.message,
                label: "not expected",
                origin: Some(violation.origin),
                notes: &[violation.field.to_string()],
                related: &[(violation.expression, "by this rule".to_owned())],
                hint: None,
            }),
        };
        text.push_str(&drawn);
        text.push_str("\n\n");
    }
    text
}

fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
