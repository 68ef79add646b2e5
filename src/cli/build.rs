//! `lockgate build`: a drop-in for `kustomize build`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::kustomize::{
    BuildOptions, Builder, HelmCharts, HelmDefaults, LoadRestriction, ManagedByLabel, Reorder,
};
use crate::source::remote::{Remotes, RepositoryReference, redact};
use crate::source::{DiskTree, Tree, TreePath};

use super::console::Console;
use super::functions::{FunctionArgs, boolean};
use super::outcome::{CommandError, Outcome};
use super::output;

/// Build a folder with a kustomization, byte for byte as `kustomize build` does
///
/// Takes the flags of kustomize v5.8.1 and gives the same standard output, the same warnings of
/// deprecated fields and the same exit code: 0, or 1 whatever went wrong.
#[derive(Debug, clap::Args)]
#[command(
    args_override_self = true,
    after_help = "Examples:\n  lockgate build\n  lockgate build overlays/dev\n  lockgate build overlays/dev -o rendered.yaml"
)]
pub(super) struct Args {
    /// The folder of the kustomization, or the address of one in a Git repository
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Write to this file, or a file for each resource to this folder
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Which files kustomizations may load: `LoadRestrictionsRootOnly` or `LoadRestrictionsNone`
    #[arg(
        long,
        value_name = "RESTRICTION",
        default_value = "LoadRestrictionsRootOnly",
        value_parser = load_restriction
    )]
    load_restrictor: LoadRestriction,

    /// The order of the output: legacy (by kind) or none (as listed); deprecated for `sortOptions`
    #[arg(long, value_name = "ORDER", value_parser = reorder)]
    reorder: Option<Reorder>,

    /// Label each resource as managed by kustomize; deprecated for `buildMetadata`
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    enable_managedby_label: bool,

    #[command(flatten)]
    functions: FunctionArgs,

    /// Enable Helm charts
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    enable_helm: bool,

    /// An API version for charts' `Capabilities.APIVersions`
    #[arg(long, value_name = "VERSION")]
    helm_api_versions: Vec<String>,

    /// The Kubernetes version for charts' `Capabilities.KubeVersion`
    #[arg(long, value_name = "VERSION")]
    helm_kube_version: Option<String>,

    /// Let functions that ask for it reach the network
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    network: bool,

    /// An environment variable for functions
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,

    #[command(flatten)]
    ignored: IgnoredArgs,
}

/// Flags that are taken so that scripts need no change: what they are about is refused where a kustomization
/// asks for it.
#[derive(Debug, clap::Args)]
struct IgnoredArgs {
    /// The helm executable; never started
    #[arg(
        long,
        value_name = "PATH",
        default_value = "helm",
        hide_default_value = true
    )]
    helm_command: String,

    /// Print debug output of Helm
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    helm_debug: bool,

    /// The network of functions in containers
    #[arg(
        long,
        value_name = "NAME",
        default_value = "bridge",
        hide_default_value = true
    )]
    network_name: String,

    /// A mount for functions
    #[arg(long, value_name = "MOUNT")]
    mount: Vec<String>,

    /// Run functions in containers as the current user
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    as_current_user: bool,

    /// Print a stack trace on errors
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean)]
    stack_trace: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    for (is_used, flag, instead) in [
        (
            args.reorder.is_some(),
            "--reorder",
            "the field `sortOptions`",
        ),
        (
            args.enable_managedby_label,
            "--enable-managedby-label",
            "`managedByLabel` in the field `buildMetadata`",
        ),
    ] {
        if is_used {
            console.error(&format!("warning: {flag} is deprecated: use {instead}\n"));
        }
    }
    let tree = whole_disk()?;
    let remotes = Arc::new(Remotes::as_kustomize_has_it());
    let builder = Builder::new(tree.as_ref(), options(args)).with_remotes(&remotes);
    let built = match remote_folder(&args.folder)? {
        Some(address) => builder.build_remote(address),
        None => builder.build(&tree_path(&args.folder)?),
    };
    let fetched: Arc<dyn Tree> = remotes.clone();
    let built = built.map_err(|error| {
        let error = CommandError::from(error);
        error.drawn_from(&tree).drawn_from(&fetched)
    })?;
    for warning in &built.warnings {
        let time = if warning.is_logged {
            jiff::ZonedDateTime::now()
                .strftime("%Y/%m/%d %H:%M:%S ")
                .to_string()
        } else {
            String::new()
        };
        console.error(&format!("{time}{}\n", warning.message));
    }
    match &args.output {
        None => console.write(built.to_yaml().as_bytes())?,
        Some(folder) if folder.is_dir() => {
            for (name, text) in built.files() {
                output::write_file(&folder.join(name), text.as_bytes())?;
            }
        }
        Some(file) => output::write_file(file, built.to_yaml().as_bytes())?,
    }
    Ok(Outcome::Clean)
}

/// Returns the address of a folder in a repository, where the argument is one.
fn remote_folder(folder: &Path) -> anyhow::Result<Option<RepositoryReference>> {
    let Some(text) = folder.to_str() else {
        return Ok(None);
    };
    Ok(RepositoryReference::parse(text)?)
}

/// Returns the whole disk as a tree: a base may lie anywhere.
pub(super) fn whole_disk() -> Result<Arc<dyn Tree>, CommandError> {
    let here = std::env::current_dir().context("the current folder is gone")?;
    Ok(Arc::new(DiskTree::open(Path::new("/"), &here)?))
}

/// Returns where a folder is in the tree of the whole disk.
pub(super) fn tree_path(folder: &Path) -> anyhow::Result<TreePath> {
    let shown = folder.display();
    let Ok(real) = folder.canonicalize() else {
        bail!("`{}` does not exist", redact(&shown.to_string()));
    };
    if !real.is_dir() {
        bail!("`{shown}` is a file, not a directory");
    }
    let text = real
        .to_str()
        .with_context(|| format!("the path of `{shown}` is not UTF-8"))?;
    Ok(TreePath::new(text)?)
}

fn options(args: &Args) -> BuildOptions {
    let by_environment =
        std::env::var_os("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL").is_some_and(|value| value == "on");
    BuildOptions {
        load_restriction: args.load_restrictor,
        reorder: args.reorder.unwrap_or_default(),
        managed_by_label: if args.enable_managedby_label || by_environment {
            ManagedByLabel::Add
        } else {
            ManagedByLabel::AsKustomized
        },
        // As kustomize has it, all plugins are then enabled, and this is one.
        helm: if args.enable_helm || args.functions.are_enabled() {
            HelmCharts::Allowed
        } else {
            HelmCharts::Refused
        },
        helm_defaults: HelmDefaults {
            kube_version: args.helm_kube_version.clone(),
            api_versions: args.helm_api_versions.clone(),
        },
        plugins: args.functions.plugins(&args.env, args.network),
        ..BuildOptions::default()
    }
}

fn load_restriction(text: &str) -> Result<LoadRestriction, String> {
    match text {
        "LoadRestrictionsRootOnly" | "" => Ok(LoadRestriction::RootOnly),
        "LoadRestrictionsNone" => Ok(LoadRestriction::None),
        _ => Err("it is LoadRestrictionsRootOnly or LoadRestrictionsNone".to_owned()),
    }
}

fn reorder(text: &str) -> Result<Reorder, String> {
    match text {
        "legacy" => Ok(Reorder::Legacy),
        "none" => Ok(Reorder::None),
        _ => Err("it is legacy or none".to_owned()),
    }
}
