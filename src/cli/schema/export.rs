//! `lockgate schema export`: the schemas of a cluster's API server, as a file that `check` reads.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::cli::console::Console;
use crate::cli::outcome::{CommandError, Outcome};
use crate::cli::sync_target::blamed;
use crate::schema::Bundle;
use crate::sync::Interrupt;
use crate::sync::cluster::{self, ClusterTarget, ServiceAccount};

/// Write the schemas of a cluster's API server to a file
///
/// The server publishes them under /openapi/v3. Custom resources of the cluster are left out, unless
/// `--custom` asks for them: `check` takes them from the definitions in the fleet.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  lockgate schema export -o 1.35.schemas --context staging\n  lockgate check --schemas 1.35.schemas"
)]
pub(super) struct Args {
    /// The file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The context in the kubeconfig; by default the current one
    #[arg(long, value_name = "NAME")]
    context: Option<String>,

    /// The kubeconfig; by default those of KUBECONFIG, or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Take the kinds of custom resources, too
    #[arg(long)]
    custom: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let asked = args.context.is_some() || args.kubeconfig.is_some();
    let target = ClusterTarget {
        context: args.context.clone(),
        kubeconfig: args.kubeconfig.clone(),
        namespace: String::new(),
        service_account: if asked {
            ServiceAccount::Refuse
        } else {
            ServiceAccount::Allow
        },
    };
    let published = cluster::openapi(&target, &Interrupt::never()).map_err(blamed)?;
    let documents: Vec<_> = published
        .documents
        .into_iter()
        .filter(|(path, _)| args.custom || is_of_kubernetes(path))
        .map(|(_, document)| document)
        .collect();
    let bundle =
        Bundle::from_openapi(&published.version, &documents).map_err(|error| anyhow!(error))?;
    let bytes = bundle.to_bytes().map_err(|error| anyhow!(error))?;
    write(&args.output, &bytes)
        .with_context(|| format!("cannot write `{}`", args.output.display()))?;
    console.error(&format!(
        "Kubernetes {}: {} kinds in `{}`\n",
        bundle.version(),
        bundle.kinds().len(),
        args.output.display()
    ));
    Ok(Outcome::Clean)
}

/// Groups with a dot are Kubernetes' own where they end in `k8s.io`.
fn is_of_kubernetes(path: &str) -> bool {
    !path.contains('.') || path.contains(".k8s.io/")
}

/// Writes the whole file or none of it.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
