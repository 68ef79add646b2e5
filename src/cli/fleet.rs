//! The arguments that say which fleet, which part of it and which revision, for all verbs that render.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::helm::Randomness;
use crate::kustomize::BuildOptions;
use crate::render::fleet::{FLEET_FILE, Fleet, Selection};
use crate::source::remote::Remotes;
use crate::source::{DiskTree, GitTree, Tree, TreePath};

use super::expand::{ExpandArgs, OpenExpansion};
use super::functions::FunctionArgs;
use super::outcome::CommandError;
use super::remotes::FetchArgs;

/// The stack of a worker: enough for the deepest YAML that is read.
const STACK_BYTES: usize = 16 << 20;

/// Which part of the fleet.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SelectionArgs {
    /// Only this environment; may be given more than once
    #[arg(long = "env", value_name = "ENV")]
    environments: Vec<String>,

    /// Only this component of each environment; may be given more than once
    #[arg(long = "component", value_name = "COMPONENT")]
    components: Vec<String>,

    /// The number of threads; by default one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Make random values of Helm charts from the release and the template, so that they stay the same
    #[arg(long)]
    pin_random: bool,

    #[command(flatten)]
    fetch: FetchArgs,

    #[command(flatten)]
    functions: FunctionArgs,
}

/// A fleet that was opened, with the tree that it is in.
pub(crate) struct OpenFleet {
    /// What is rendered from.
    pub(crate) tree: Arc<dyn Tree>,
    /// The fleet, or the part of it that was asked for.
    pub(crate) fleet: Fleet,
    /// The folder of the fleet on disk; targets and outputs start there.
    pub(crate) folder: PathBuf,
    /// How each folder is built.
    pub(crate) build: BuildOptions,
    /// Whether the fleet is only a part of what there is.
    pub(crate) is_part: bool,
    /// Who gives what it takes from elsewhere.
    pub(crate) remotes: Arc<Remotes>,
    /// How objects of Argo CD and Flux are expanded.
    pub(crate) expand: OpenExpansion,
}

impl SelectionArgs {
    /// Opens a fleet, at a revision or as it is on disk, and takes the part that was asked for.
    ///
    /// Starts the pool of threads, too, so it is called once.
    pub(crate) fn open(
        &self,
        fleet: Option<&Path>,
        revision: Option<&str>,
    ) -> Result<OpenFleet, CommandError> {
        let place = FleetPlace::find(fleet)?;
        self.fetch.check_revision(revision)?;
        self.start_threads()?;
        let mut open = place.open(revision)?;
        open.fleet = self
            .selection()
            .apply(&open.fleet)
            .map_err(|errors| CommandError::from(errors).drawn_from(&open.tree))?;
        self.prepare(&mut open, revision)?;
        Ok(open)
    }

    /// Opens a fleet as [`Self::open`] does, to expand its objects if that is asked for: then components are left out
    /// by their names once all is expanded, as one may name objects of another.
    pub(crate) fn open_to_expand(
        &self,
        fleet: Option<&Path>,
        revision: Option<&str>,
        expand: &ExpandArgs,
    ) -> Result<OpenFleet, CommandError> {
        if !expand.is_on() {
            return self.open(fleet, revision);
        }
        let all = Self {
            components: Vec::new(),
            ..self.clone()
        };
        let mut open = all.open(fleet, revision)?;
        open.is_part = self.is_part();
        open.expand = self.expansion(&open, expand);
        Ok(open)
    }

    /// Says how a fleet that was opened is expanded.
    pub(crate) fn expansion(&self, open: &OpenFleet, expand: &ExpandArgs) -> OpenExpansion {
        expand.open(&open.folder, &open.folder, &self.components)
    }

    /// Says how a fleet that was opened is built, and who gives what it takes from elsewhere.
    pub(crate) fn prepare(
        &self,
        open: &mut OpenFleet,
        revision: Option<&str>,
    ) -> Result<(), CommandError> {
        open.build = self.build_options();
        open.is_part = self.is_part();
        open.remotes = self.fetch.open(&open.tree, revision)?;
        Ok(())
    }

    /// Returns how each folder is to be built.
    pub(crate) fn build_options(&self) -> BuildOptions {
        BuildOptions {
            plugins: self.functions.plugins(&[], false),
            find_mistakes: true,
            randomness: if self.pin_random {
                Randomness::Pinned
            } else {
                Randomness::System
            },
            ..BuildOptions::default()
        }
    }

    /// Returns those of the whole fleet, with everything fetched that the lock or the cache lacks, or anew.
    pub(crate) fn for_fetch(self, is_update: bool) -> Self {
        Self {
            fetch: self.fetch.for_all(is_update),
            ..self
        }
    }

    /// Returns the arguments with one more environment, if there is one.
    pub(crate) fn with_environment(&self, name: Option<&str>) -> Self {
        let mut more = self.clone();
        more.environments.extend(name.map(str::to_owned));
        more
    }

    /// Tells whether some of the fleet is left out.
    fn is_part(&self) -> bool {
        !(self.environments.is_empty() && self.components.is_empty())
    }

    /// Returns the names that were asked for.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            environments: self.environments.clone(),
            components: self.components.clone(),
        }
    }

    /// Starts the pool of threads that renders.
    pub(crate) fn start_threads(&self) -> anyhow::Result<()> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
            .stack_size(STACK_BYTES)
            .build_global()
            .context("cannot start threads")
    }
}

/// Where a fleet is.
#[derive(Debug)]
pub(crate) struct FleetPlace {
    folder: PathBuf,
    /// The fleet file, where it was named.
    file: Option<TreePath>,
}

impl FleetPlace {
    /// Finds the fleet that an argument names; without one, the nearest `lockgate.yaml` from here up to
    /// the root of the repository, or else this folder.
    pub(crate) fn find(argument: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = argument else {
            return Ok(Self {
                folder: nearest_fleet(),
                file: None,
            });
        };
        let is_file_name = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if path.is_dir() {
            return Ok(Self {
                folder: path.to_owned(),
                file: None,
            });
        }
        // A file that is not there may be at the revision that is rendered.
        if !path.is_file() && !is_file_name {
            bail!("`{}` does not exist", path.display());
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .with_context(|| format!("`{}` is not a file's name", path.display()))?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self {
            folder,
            file: Some(TreePath::new(name)?),
        })
    }
}

impl FleetPlace {
    /// Opens the whole fleet, at a revision or as it is on disk.
    pub(crate) fn open(&self, revision: Option<&str>) -> Result<OpenFleet, CommandError> {
        let here = std::env::current_dir().context("the current folder is gone")?;
        let tree: Arc<dyn Tree> = match revision {
            Some(revision) => Arc::new(GitTree::open(&self.folder, revision, &here)?),
            None => Arc::new(DiskTree::open(&self.folder, &here)?),
        };
        let fleet = match &self.file {
            Some(file) => Fleet::load_file(tree.as_ref(), file),
            None => Fleet::load(tree.as_ref()),
        };
        let fleet = fleet.map_err(|errors| CommandError::from(errors).drawn_from(&tree))?;
        Ok(OpenFleet {
            tree,
            fleet,
            folder: self.folder.clone(),
            build: BuildOptions::default(),
            is_part: false,
            remotes: Arc::new(Remotes::none()),
            expand: OpenExpansion::default(),
        })
    }
}

/// Returns the nearest folder with a fleet file, from here up to the root of the repository.
pub(crate) fn nearest_fleet() -> PathBuf {
    let here = PathBuf::from(".");
    let Ok(absolute) = std::env::current_dir() else {
        return here;
    };
    for folder in absolute.ancestors() {
        if folder.join(FLEET_FILE).is_file() {
            return folder.to_owned();
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    here
}
