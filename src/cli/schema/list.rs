//! `lockgate schema list`: the Kubernetes versions whose schemas are at hand, and their kinds.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::cli::console::Console;
use crate::cli::outcome::{CommandError, Outcome};
use crate::schema::Bundle;

/// List the Kubernetes versions whose schemas ship with Lockgate
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate schema list\n  lockgate schema list --kinds\n  lockgate schema list --schemas staging.schemas -o json"
)]
pub(super) struct Args {
    /// List the kinds of each version, too
    #[arg(long)]
    kinds: bool,

    /// List this file, which `lockgate schema export` wrote, too; may be given more than once
    #[arg(long = "schemas", value_name = "FILE")]
    schemas: Vec<PathBuf>,

    /// How the list is written
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each version, and for each kind
    #[default]
    Text,
    /// For programs: with all kinds
    Json,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let mut bundles: Vec<(String, Bundle)> = Vec::new();
    for version in Bundle::builtin_versions() {
        let bundle = Bundle::builtin(version).map_err(|error| anyhow!(error))?;
        bundles.push(("built in".to_owned(), bundle));
    }
    for path in &args.schemas {
        bundles.push((path.display().to_string(), super::read_bundle(path)?));
    }
    let text = match args.output {
        Format::Text => bundles
            .iter()
            .map(|(place, bundle)| lines(place, bundle, args.kinds))
            .collect(),
        Format::Json => {
            let versions: Vec<Value> = bundles
                .iter()
                .map(|(place, bundle)| entry(place, bundle))
                .collect();
            format!("{:#}\n", json!({ "schemas": versions }))
        }
    };
    console.write(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn lines(place: &str, bundle: &Bundle, with_kinds: bool) -> String {
    let kinds = bundle.kinds();
    let mut text = format!(
        "Kubernetes {}: {} kinds, {place}\n",
        bundle.version(),
        kinds.len()
    );
    if with_kinds {
        for (api_version, kind, ..) in kinds {
            let _ = writeln!(text, "  {api_version} {kind}");
        }
    }
    text
}

fn entry(place: &str, bundle: &Bundle) -> Value {
    let kinds: Vec<Value> = bundle
        .kinds()
        .into_iter()
        .map(|(api_version, kind, plural, namespaced)| {
            json!({
                "apiVersion": api_version.as_str(),
                "kind": kind.as_str(),
                "plural": plural.as_str(),
                "namespaced": namespaced,
            })
        })
        .collect();
    json!({ "version": bundle.version(), "from": place, "kinds": kinds })
}
