//! The fleet: which environments there are, what each is built from, where it goes.
//!
//! [`Fleet::load`] reads `lockgate.yaml` ([`file`]) or, where there is none, finds the environments by
//! their folders ([`discover`]). Either way globs are expanded and components named ([`components`]),
//! so that a loaded fleet needs no further look at the tree.

mod components;
mod decode;
mod discover;
mod error;
mod expand;
mod file;
mod order;
mod select;
mod sources;

use std::fmt;
use std::str::FromStr;

use crate::source::{Tree, TreePath};
use crate::yaml::{FileId, Origin};

pub use error::{FleetError, FleetErrors};
pub use expand::{ExpandSettings, RepositoryFolder};
pub use select::Selection;
pub use sources::{ChartSource, HelmSource, TeraSource, ValuesSource};

/// The name of the fleet file.
pub const FLEET_FILE: &str = "lockgate.yaml";

/// The JSON Schema of the fleet file, by which editors complete it. It agrees with the decoder.
pub const JSON_SCHEMA: &str = include_str!("schema.json");

/// The Kubernetes version of an environment that names none.
const DEFAULT_KUBERNETES: &str = "1.36";

/// The environments of a config repository.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// The file that describes it; none where it was discovered.
    pub file: Option<FileId>,
    /// Its environments: in the order of the file, or by name where they were discovered.
    pub environments: Vec<Environment>,
    /// The policies that its objects must satisfy.
    pub policies: Vec<PolicySource>,
    /// How changes are reviewed, if the file says so.
    pub review: Option<Review>,
    /// How objects of Argo CD and Flux are expanded, where that is asked for.
    pub expand: ExpandSettings,
}

/// A place that objects go to, and what they are built from.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name, unique in the fleet.
    pub name: String,
    /// What declares it: a line of the fleet file, or the first folder that was found.
    pub origin: Origin,
    /// The Kubernetes version it runs, as `1.36`.
    pub kubernetes: String,
    /// The line that says so; none where nothing does.
    pub kubernetes_at: Option<Origin>,
    /// The environments that a change passes before this one.
    pub after: Vec<String>,
    /// What it is built from, by name.
    pub components: Vec<Component>,
    /// Where its objects go, if the file says so.
    pub target: Option<Target>,
    /// How its target is made equal to what was rendered.
    pub sync: SyncOptions,
}

/// One build of an environment.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its name, unique in the environment.
    pub name: String,
    /// What is built.
    pub source: ComponentSource,
    /// What declares it: a line of the fleet file, or the folder that was found.
    pub origin: Origin,
}

/// What a component is built from.
#[derive(Clone, Debug)]
pub enum ComponentSource {
    /// A folder with a kustomization.
    Kustomize(TreePath),
    /// A Helm chart.
    Helm(Box<HelmSource>),
    /// Manifests with Tera templates.
    Tera(Box<TeraSource>),
    /// A folder as Flux builds it: by its kustomization, or else all manifests in it and below.
    Manifests(TreePath, Origin),
}

impl ComponentSource {
    /// Returns the folder that is built, where it is built alike for all environments.
    pub fn folder(&self) -> Option<&TreePath> {
        match self {
            Self::Kustomize(folder) | Self::Manifests(folder, _) => Some(folder),
            Self::Helm(_) | Self::Tera(_) => None,
        }
    }
}

/// Where the objects of an environment go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A folder, from the folder of the fleet file.
    Directory {
        /// The folder.
        path: String,
        /// What declares it.
        origin: Origin,
    },
    /// A cluster.
    Cluster {
        /// The context in the kubeconfig.
        context: String,
        /// The kubeconfig; the usual one where the file names none.
        kubeconfig: Option<String>,
        /// The namespace of the set's parent object, and of objects that name none; `default` where
        /// the file names none.
        namespace: Option<String>,
        /// What declares it.
        origin: Origin,
    },
    /// A branch of this repository.
    Branch {
        /// The branch.
        name: String,
        /// What declares it.
        origin: Origin,
    },
}

/// Policies that a fleet's objects must satisfy.
#[derive(Clone, Debug)]
pub struct PolicySource {
    /// Where they are.
    pub place: PolicyPlace,
    /// What follows where an object does not satisfy one.
    pub action: PolicyAction,
    /// What declares it.
    pub origin: Origin,
}

/// Where policies are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyPlace {
    /// A file or folder of the repository.
    Path(TreePath),
    /// The policy of this name in the pack that is built in.
    Pack(String),
}

/// What follows where an object does not satisfy a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyAction {
    /// The gate is shut.
    #[default]
    Deny,
    /// A warning; the gate stays open.
    Warn,
    /// A note.
    Audit,
}

/// How changes are reviewed.
#[derive(Clone, Debug)]
pub struct Review {
    /// The branch that takes reviewed changes only.
    pub branch: String,
    /// How many reviewers must approve a change.
    pub approvals: u32,
}

/// How a target is made equal to what was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncOptions {
    /// Whether what the rendered set no longer has is deleted.
    pub prune: bool,
    /// The most that one sync may delete.
    pub prune_limit: Option<PruneLimit>,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            prune: true,
            prune_limit: None,
        }
    }
}

/// The most that one sync may delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneLimit {
    /// A number of objects.
    Objects(u32),
    /// A part of the objects that are there, in hundredths.
    Percent(u8),
}

/// Why a text is not a prune limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither a number of objects nor a percentage up to `100%`")]
pub struct PruneLimitError {
    text: String,
}

impl FromStr for PruneLimit {
    type Err = PruneLimitError;

    /// Reads `25%` or `10`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let limit = match text.strip_suffix('%') {
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| *percent <= 100)
                .map(Self::Percent),
            None => text.parse().ok().map(Self::Objects),
        };
        limit.ok_or_else(|| PruneLimitError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for PruneLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects(objects) => write!(f, "{objects}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Fleet {
    /// Reads the fleet of a tree: `lockgate.yaml` at its root, or what is found without one.
    pub fn load(tree: &dyn Tree) -> Result<Self, FleetErrors> {
        let path = TreePath::root()
            .join(FLEET_FILE)
            .map_err(FleetError::from)?;
        match tree.kind(&path).map_err(FleetError::from)? {
            Some(_) => Self::load_file(tree, &path),
            None => discover::discover(tree),
        }
    }

    /// Reads a fleet file; the paths in it start at the root of the tree.
    pub fn load_file(tree: &dyn Tree, path: &TreePath) -> Result<Self, FleetErrors> {
        file::load(tree, path)
    }

    /// Returns an environment by its name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments
            .iter()
            .find(|environment| environment.name == name)
    }
}
