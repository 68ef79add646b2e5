//! `lockgate build`: a drop-in for `kustomize build`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;

use crate::kustomize::{self, BuildOptions, Built, LoadRestriction, ManagedByLabel, Reorder};
use crate::source::{DiskTree, Tree, TreePath};

use super::console::Console;
use super::outcome::{CommandError, Outcome};

/// Build a folder with a kustomization, as `kustomize build` does
#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub(super) struct Args {
    /// The folder of the kustomization
    #[arg(value_name = "DIR", default_value = ".")]
    folder: String,

    /// Write to this file, or to this folder with a file for each resource
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Which files a kustomization may load
    #[arg(long, value_enum, default_value_t)]
    load_restrictor: LoadRestrictor,

    /// The order of the output, where the kustomization says nothing
    #[arg(long, value_enum, hide = true)]
    reorder: Option<Order>,

    /// Label each resource with the tool's name
    #[arg(long, hide = true)]
    enable_managedby_label: bool,

    /// Render Helm charts
    #[arg(long)]
    enable_helm: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LoadRestrictor {
    /// Those in or below its own folder
    #[default]
    #[value(name = "LoadRestrictionsRootOnly", alias = "rootOnly")]
    RootOnly,
    /// Any
    #[value(name = "LoadRestrictionsNone", alias = "none")]
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Order {
    Legacy,
    None,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    let folder = Path::new(&args.folder)
        .canonicalize()
        .with_context(|| format!("cannot build `{}`", args.folder))?;
    let folder = folder
        .to_str()
        .ok_or_else(|| anyhow!("the path of `{}` is not UTF-8", args.folder))?;
    let folder = TreePath::new(folder).map_err(anyhow::Error::from)?;
    // A kustomization may refer to any folder, as that of the reference tool.
    let tree: Arc<dyn Tree> =
        Arc::new(DiskTree::open(Path::new("/"), &here).map_err(anyhow::Error::from)?);

    let built = kustomize::build(&*tree, &folder, &args.options())
        .map_err(|error| CommandError::from(error).drawn_from(&tree))?;
    for warning in &built.warnings {
        console.error(&format!("{}\n", warning.message));
    }
    match &args.output {
        None => console.write(built.to_yaml().as_bytes())?,
        Some(folder) if folder.is_dir() => write_files(folder, &built)?,
        Some(file) => std::fs::write(file, built.to_yaml())
            .with_context(|| format!("cannot write `{}`", file.display()))?,
    }
    Ok(Outcome::Clean)
}

impl Args {
    fn options(&self) -> BuildOptions {
        BuildOptions {
            load_restriction: match self.load_restrictor {
                LoadRestrictor::RootOnly => LoadRestriction::RootOnly,
                LoadRestrictor::None => LoadRestriction::None,
            },
            reorder: match self.reorder {
                None => Reorder::Unspecified,
                Some(Order::Legacy) => Reorder::Legacy,
                Some(Order::None) => Reorder::None,
            },
            managed_by_label: if self.enable_managedby_label
                || std::env::var("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL")
                    .is_ok_and(|value| value == "on")
            {
                ManagedByLabel::Add
            } else {
                ManagedByLabel::AsKustomized
            },
        }
    }
}

/// Writes a file for each resource, named as `kustomize build -o DIR` names it.
fn write_files(folder: &Path, built: &Built) -> anyhow::Result<()> {
    for (name, text) in built.files() {
        let path = folder.join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
