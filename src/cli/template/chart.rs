//! Which chart `lockgate template` renders, and where it comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::cli::console::Console;
use crate::cli::fleet::nearest_fleet;
use crate::cli::functions::boolean;
use crate::cli::outcome::CommandError;
use crate::cli::remotes::{FetchArgs, Unused, write_pins};
use crate::helm::repository::{
    ChartReference, Charts, CredentialScope, Encryption, LoadedChart, Login, RepositoryError,
    RepositorySettings,
};
use crate::helm::{Error, chart};
use crate::source::remote::{LOCK_FILE, Pins, Remotes, TlsSettings, Verification};
use crate::source::{DiskTree, ReadLog, Tree, TreePath};

/// The version that stands for any, prereleases included.
const DEVELOPMENT: &str = ">0.0.0-0";

/// Charts of repositories.
#[derive(Debug, clap::Args)]
pub(super) struct RepositoryArgs {
    /// The address of the repository that the chart is in
    #[arg(long, value_name = "URL")]
    repo: Option<String>,

    /// The version of the chart in its repository, or a range of versions; by default the newest
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// Take prereleases, too, where no version is named
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    devel: bool,

    /// The user of the repository
    #[arg(long, value_name = "USER")]
    username: Option<String>,

    /// The password of the repository
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,

    /// Give the user and the password to other hosts that the repository names, too
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    pass_credentials: bool,

    /// Reach OCI registries without encryption
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    plain_http: bool,

    #[command(flatten)]
    tls: TlsArgs,

    /// Helm's file of repositories
    #[arg(long, value_name = "FILE")]
    repository_config: Option<PathBuf>,

    /// The file with the logins of registries
    #[arg(long, value_name = "FILE")]
    registry_config: Option<PathBuf>,

    #[command(flatten)]
    fetch: FetchArgs,
}

/// How servers are known.
#[derive(Debug, clap::Args)]
struct TlsArgs {
    /// Trust the authorities in this file (PEM), in place of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// The certificate that is shown to servers which ask for one (PEM)
    #[arg(long, value_name = "FILE")]
    cert_file: Option<PathBuf>,

    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Take any certificate of a server
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    insecure_skip_tls_verify: bool,
}

/// Where the lock is, and what it says.
struct Place {
    folder: PathBuf,
    has_lock: bool,
    remotes: Arc<Remotes>,
}

/// A chart, and what is to be written into the lock once it was rendered.
pub(super) struct Located {
    pub(super) loaded: Arc<LoadedChart>,
    place: Option<Place>,
}

impl Located {
    /// Returns the tree of what was fetched, for those who show lines of it.
    pub(super) fn fetched(&self) -> Option<Arc<dyn Tree>> {
        let remotes = Arc::clone(&self.place.as_ref()?.remotes);
        Some(remotes)
    }

    /// Writes the lock, where something was fetched.
    pub(super) fn write_lock(&self, console: &Console) -> anyhow::Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        let mut pins = Pins::default();
        for read in self.loaded.reads.iter() {
            pins.insert(read);
        }
        write_pins(&place.folder, &place.remotes, &pins, Unused::Kept, console)
    }
}

/// Reads the chart that an argument means, as `helm template` finds it.
pub(super) fn locate(
    args: &RepositoryArgs,
    tree: &dyn Tree,
    argument: &str,
) -> Result<Located, CommandError> {
    let argument = argument.trim();
    tls(args)
        .check()
        .map_err(RepositoryError::from)
        .map_err(Error::Repository)?;
    let repository = args.repo.as_deref().filter(|repo| !repo.is_empty());
    if repository.is_none() {
        if let Ok(real) = Path::new(argument).canonicalize() {
            return local(args, tree, &real);
        }
        if argument.starts_with(['.', '/']) {
            return Err(no_chart(argument));
        }
    }
    let version = args.version.as_deref().map(str::trim);
    let version = match version.filter(|version| !version.is_empty()) {
        None if args.devel => Some(DEVELOPMENT),
        version => version,
    };
    let of_helm = |error| CommandError::from(Error::Repository(error));
    let place = Place::open(args)?;
    let reference = match repository {
        Some(repository) => ChartReference::of_repository(repository, argument, version),
        None => match ChartReference::of_address(argument, version).map_err(of_helm)? {
            Some(reference) => Ok(reference),
            None => match argument.split_once('/') {
                Some((alias, name)) if args.fetch.is_given() || place.has_lock => {
                    ChartReference::of_repository(&format!("@{alias}"), name, version)
                }
                _ => return Err(no_chart(argument)),
            },
        },
    };
    let reference = reference.map_err(of_helm)?;
    let charts = Charts::new(&place.remotes).with_settings(settings(args)?);
    let loaded = charts.load(&reference).map_err(of_helm)?;
    Ok(Located {
        loaded,
        place: Some(place),
    })
}

/// Reads a chart of the disk. What its `charts/` lacks is looked for only where the user fetches or has a lock: else the
/// chart is refused, as in Helm.
fn local(args: &RepositoryArgs, tree: &dyn Tree, real: &Path) -> Result<Located, CommandError> {
    let real = real
        .to_str()
        .with_context(|| format!("the path of `{}` is not UTF-8", real.display()))?;
    let path = TreePath::new(real).map_err(anyhow::Error::from)?;
    let chart = chart::load(tree, &path).map_err(Error::from)?;
    let plain = |chart| {
        let reads = ReadLog::default();
        Located {
            loaded: Arc::new(LoadedChart { chart, reads }),
            place: None,
        }
    };
    if !chart.lacks_dependencies() {
        return Ok(plain(chart));
    }
    let place = Place::open(args)?;
    if !args.fetch.is_given() && !place.has_lock {
        return Ok(plain(chart));
    }
    let charts = Charts::new(&place.remotes).with_settings(settings(args)?);
    let loaded = Arc::new(charts.load_local(tree, &path)?);
    Ok(Located {
        loaded,
        place: Some(place),
    })
}

impl Place {
    /// The lock is that of the fleet here, or stands in this folder.
    fn open(args: &RepositoryArgs) -> Result<Self, CommandError> {
        let here = std::env::current_dir().context("the current folder is gone")?;
        let folder = nearest_fleet();
        let tree: Arc<dyn Tree> = Arc::new(DiskTree::open(&folder, &here)?);
        Ok(Self {
            has_lock: folder.join(LOCK_FILE).is_file(),
            remotes: args.fetch.open(&tree, None)?,
            folder,
        })
    }
}

fn no_chart(path: &str) -> CommandError {
    Error::from(chart::ChartError::NoSuchChart {
        path: path.to_owned(),
    })
    .into()
}

fn tls(args: &RepositoryArgs) -> TlsSettings {
    let file = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
    let args = &args.tls;
    TlsSettings {
        ca_file: file(&args.ca_file),
        cert_file: file(&args.cert_file),
        key_file: file(&args.key_file),
        verification: if args.insecure_skip_tls_verify {
            Verification::Skipped
        } else {
            Verification::Checked
        },
    }
}

fn settings(args: &RepositoryArgs) -> anyhow::Result<RepositorySettings> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let login = match (given(&args.username), given(&args.password)) {
        (Some(user), Some(password)) => Some(Login { user, password }),
        (None, None) => None,
        _ => bail!("--username and --password belong together"),
    };
    Ok(RepositorySettings {
        login,
        scope: if args.pass_credentials {
            CredentialScope::WhereverItLeads
        } else {
            CredentialScope::Repository
        },
        encryption: if args.plain_http {
            Encryption::PlainHttp
        } else {
            Encryption::Required
        },
        tls: tls(args),
        repository_config: args.repository_config.clone(),
        registry_config: args.registry_config.clone(),
    })
}
