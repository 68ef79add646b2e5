//! `lockgate template`: a drop-in for `helm template`.

mod chart;
mod ignored;
mod list;
mod output_dir;
mod release_name;
mod show_only;

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::helm::values::sources::Given;
use crate::helm::{
    Action, Capabilities, Error, Hooks, KubeVersion, Options, Randomness, Rendered, Schemas, Show,
    Tracing,
};
use crate::source::Tree;
use crate::sync::cluster::{ClusterTarget, LiveCluster, ServiceAccount};

use super::build::whole_disk;
use super::console::Console;
use super::functions::boolean;
use super::outcome::{CommandError, Outcome};
use super::sync_target::blamed;

/// Render a chart, byte for byte as `helm template` does
///
/// Takes the flags of Helm v4.3.1 and gives the same standard output and exit code: 0, or 1 whatever went wrong.
/// No cluster is asked without --dry-run=server, and nothing is fetched without --fetch: charts of repositories, and dependencies that are not in
/// `charts/`, come from the cache as `lockgate.lock` says.
#[derive(Debug, clap::Args)]
#[command(
    args_override_self = true,
    after_help = "Examples:\n  lockgate template web charts/web\n  lockgate template web charts/web -f values/prod.yaml --set image.tag=1.2.3\n  lockgate template web web-1.2.3.tgz --namespace shop --include-crds\n  lockgate template web oci://ghcr.io/org/web --version 1.2.3 --fetch"
)]
pub(crate) struct Args {
    /// The name of the release, and the chart: a folder, a packed chart, its name in --repo, `oci://HOST/PATH`, or the
    /// address of a packed chart. The name may be left out
    #[arg(value_name = "[NAME] CHART", required = true, num_args = 1..)]
    arguments: Vec<String>,

    #[command(flatten)]
    values: ValueArgs,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    shown: ShownArgs,

    /// Generate the name of the release, where none is given
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    generate_name: bool,

    /// A template of the release's name
    #[arg(long, value_name = "TEMPLATE")]
    name_template: Option<String>,

    /// Make random values from this text: the same at each render
    #[arg(long, value_name = "TEXT", conflicts_with = "pin_random")]
    seed: Option<String>,

    /// Make random values from the release and the template's path: stable until one of them changes
    #[arg(long)]
    pin_random: bool,

    #[command(flatten)]
    repository: chart::RepositoryArgs,

    #[command(flatten)]
    ignored: ignored::IgnoredArgs,
}

/// Where values come from.
#[derive(Debug, clap::Args)]
struct ValueArgs {
    /// Values files, `-` for standard input; later ones win
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    files: Vec<String>,

    /// Set values: `key1=val1,key2=val2`
    #[arg(long = "set", allow_hyphen_values = true, value_name = "ASSIGNMENTS")]
    typed: Vec<String>,

    /// Set values that are text, whatever they look like
    #[arg(
        long = "set-string",
        allow_hyphen_values = true,
        value_name = "ASSIGNMENTS"
    )]
    text: Vec<String>,

    /// Set values that are JSON: `key1=json1,key2=json2`, or one object
    #[arg(
        long = "set-json",
        allow_hyphen_values = true,
        value_name = "ASSIGNMENTS"
    )]
    json: Vec<String>,

    /// Set values to the contents of files: `key1=path1,key2=path2`
    #[arg(
        long = "set-file",
        allow_hyphen_values = true,
        value_name = "ASSIGNMENTS"
    )]
    contents: Vec<String>,

    /// Set a value to the text behind `=`, as it stands
    #[arg(
        long = "set-literal",
        allow_hyphen_values = true,
        value_name = "ASSIGNMENT"
    )]
    literal: Vec<String>,

    /// Don't hold values to the charts' schemas
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    skip_schema_validation: bool,
}

/// What the cluster is taken to be.
#[derive(Debug, clap::Args)]
struct ClusterArgs {
    /// The namespace of the release
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,

    /// The version of Kubernetes
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,

    /// API versions that the cluster has, beyond the usual ones
    #[arg(short, long, value_name = "VERSION")]
    api_versions: Vec<String>,

    /// Render as for an upgrade, not for a first release
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    is_upgrade: bool,

    /// `client`, the default, or `server`: the cluster of the kubeconfig answers `lookup` and says what it can do
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "unset", default_value = "client", hide_default_value = true)]
    dry_run: String,

    /// The kubeconfig of the cluster; by default those of KUBECONFIG, or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    kube_context: Option<String>,

    /// Deprecated: `--dry-run=server`
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean)]
    validate: bool,
}

/// What is printed, and where.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of the reference")]
struct ShownArgs {
    /// Print the files in `crds/`, too
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    include_crds: bool,

    /// Leave out tests
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    skip_tests: bool,

    /// Leave out hooks
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    no_hooks: bool,

    /// Print only what these templates render, in this order; patterns are allowed
    #[arg(short, long, value_name = "TEMPLATE")]
    show_only: Vec<String>,

    /// Write a file for each template to this folder
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<PathBuf>,

    /// Write to a folder of the release's name within the output folder
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    release_name: bool,

    /// Print what was rendered even where it is not YAML
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    debug: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    args.ignored.refuse()?;
    save_memory();
    let (name, chart) = release_name::name_and_chart(
        &args.arguments,
        args.name_template.as_deref(),
        args.generate_name,
    )?;
    let tree = whole_disk()?;
    rendered(args, console, &tree, &name, &chart).map_err(|error| error.drawn_from(&tree))
}

/// One chart takes a few megabytes here and there: huge pages would take twice as many.
fn save_memory() {
    #[cfg(target_os = "linux")]
    // Where it cannot be had, nothing is lost but memory.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

fn rendered(
    args: &Args,
    console: &Console,
    tree: &Arc<dyn Tree>,
    name: &str,
    chart: &str,
) -> Result<Outcome, CommandError> {
    let mut options = options(args, name)?;
    if is_live(args)? {
        ask_cluster(args, console, &mut options)?;
    }
    let located = chart::locate(&args.repository, tree.as_ref(), chart)?;
    let chart = &located.loaded.chart;
    if chart.metadata.deprecated {
        console.error("warning: this chart is deprecated\n");
    }
    let rendered = match crate::helm::template(chart, &options) {
        Ok(rendered) => rendered,
        Err(error) => {
            if let Some(documents) = error.rendered().filter(|_| args.shown.debug) {
                console.write(documents)?;
            }
            let error = CommandError::from(error);
            return Err(match located.fetched() {
                Some(fetched) => error.drawn_from(&fetched),
                None => error,
            });
        }
    };
    warn(&rendered, console);
    print(args, console, name, &rendered)?;
    located.write_lock(console)?;
    // The process ends: to take the chart apart would only cost time.
    std::mem::forget(located);
    Ok(Outcome::Clean)
}

fn warn(rendered: &Rendered, console: &Console) {
    for warning in &rendered.warnings {
        let warning = warning.strip_prefix("warning: ").unwrap_or(warning);
        console.error(&format!("warning: {warning}\n"));
    }
    if let Some(calls) = rendered.unreproducible_calls() {
        console.error(&format!(
            "warning: not reproducible: another render differs, because of {calls}; --pin-random makes random values stable\n",
        ));
    }
}

fn print(
    args: &Args,
    console: &Console,
    name: &str,
    rendered: &Rendered,
) -> Result<(), CommandError> {
    let show = Show {
        crds: args.shown.include_crds,
        hooks: if args.shown.no_hooks {
            Hooks::None
        } else if args.shown.skip_tests {
            Hooks::NoTests
        } else {
            Hooks::All
        },
    };
    let text = match &args.shown.output_dir {
        None => rendered.to_text(show).map_err(crate::helm::Error::from)?,
        Some(folder) => {
            let release = args.shown.release_name.then_some(name);
            let told = output_dir::write(folder, release, rendered, show)?;
            console.write(told.as_bytes())?;
            b"\n".to_vec()
        }
    };
    if args.shown.show_only.is_empty() {
        console.write(&text)?;
    } else {
        console.write(&show_only::select(&text, &args.shown.show_only)?)?;
    }
    Ok(())
}

fn options(args: &Args, name: &str) -> Result<Options, CommandError> {
    let mut capabilities = Capabilities::default();
    if let Some(version) = args
        .cluster
        .kube_version
        .as_deref()
        .filter(|v| !v.is_empty())
    {
        capabilities.kube_version = KubeVersion::parse(version).map_err(anyhow::Error::from)?;
    }
    let more = list::values("--api-versions", &args.cluster.api_versions)?.into_iter();
    capabilities
        .api_versions
        .extend(more.filter(|version| !version.is_empty()));
    let namespace = match args.cluster.namespace.as_deref() {
        Some(namespace) if !namespace.is_empty() => namespace.to_owned(),
        _ => std::env::var("HELM_NAMESPACE")
            .ok()
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or_else(|| "default".to_owned()),
    };
    let values = given(&args.values)?;
    let values = values
        .merge(&|path| read(path).map_err(|error| format!("{error:#}")))
        .map_err(Error::from)?;
    Ok(Options {
        namespace,
        values,
        capabilities,
        action: if args.cluster.is_upgrade {
            Action::Upgrade
        } else {
            Action::Install
        },
        schemas: if args.values.skip_schema_validation {
            Schemas::Skipped
        } else {
            Schemas::Checked
        },
        randomness: match &args.seed {
            Some(seed) => Randomness::Seeded(seed.clone().into_bytes()),
            None if args.pin_random => Randomness::Pinned,
            None => Randomness::System,
        },
        tracing: Tracing::Off,
        ..Options::new(name)
    })
}

fn given(values: &ValueArgs) -> Result<Given, CommandError> {
    let files = list::values("--values", &values.files)?.into_iter();
    let files = files.filter(|file| !file.is_empty());
    let files = files.map(|file| {
        let content = read(&file)?;
        Ok((file, content))
    });
    Ok(Given {
        files: files.collect::<anyhow::Result<_>>()?,
        json: values.json.clone(),
        typed: values.typed.clone(),
        text: values.text.clone(),
        contents: values.contents.clone(),
        literal: values.literal.clone(),
    })
}

/// Reads a file that a flag names, or standard input.
fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    if path.trim() == "-" {
        let mut content = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut content)
            .context("cannot read standard input")?;
        return Ok(content);
    }
    if path.starts_with("http://") || path.starts_with("https://") || path.starts_with("oci://") {
        bail!("`{path}`: values are not fetched; download the file and name that");
    }
    std::fs::read(path).with_context(|| format!("cannot read `{path}`"))
}

/// Tells whether a cluster is asked.
fn is_live(args: &Args) -> anyhow::Result<bool> {
    match args.cluster.dry_run.as_str() {
        "server" => Ok(true),
        "client" | "unset" | "true" => Ok(args.cluster.validate),
        other => bail!("invalid dry-run value ({other:?}): it is client or server"),
    }
}

/// Lets the cluster of the kubeconfig answer, as it is.
fn ask_cluster(args: &Args, console: &Console, options: &mut Options) -> Result<(), CommandError> {
    args.ignored.refuse_connections()?;
    let context = args.cluster.kube_context.clone();
    let kubeconfig = args.cluster.kubeconfig.clone();
    let is_named = context.is_some() || kubeconfig.is_some();
    let target = ClusterTarget {
        context: context.filter(|name| !name.is_empty()),
        kubeconfig: kubeconfig.filter(|path| !path.as_os_str().is_empty()),
        namespace: options.namespace.clone(),
        service_account: if is_named {
            ServiceAccount::Refuse
        } else {
            ServiceAccount::Allow
        },
    };
    let cluster = LiveCluster::open(&target).map_err(blamed)?;
    if args
        .cluster
        .api_versions
        .iter()
        .any(|version| !version.is_empty())
    {
        console.error("warning: --api-versions is ignored with --dry-run=server: the cluster says what it has\n");
    }
    options.capabilities = cluster.capabilities().clone();
    options.cluster = Some(Arc::new(cluster));
    Ok(())
}
