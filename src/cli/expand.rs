//! Whether objects of Argo CD and Flux are expanded, for the verbs that render what will be deployed.

use std::path::Path;

use crate::render::expand::{Expansion, Repository};
use crate::render::fleet::{FleetError, FleetErrors};
use crate::render::{ExpandOptions, RenderedSet};
use crate::source::{HomeRepository, TreePath};

/// Whether objects of Argo CD and Flux are expanded.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExpandArgs {
    /// Render what Argo CD's Applications and `ApplicationSet`s, Flux's `HelmRelease`s and Kustomizations among the objects will deploy, too.
    /// What cannot be expanded is an error, or with `--expand=lenient` a warning. No server is asked
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "strict"
    )]
    expand: Option<How>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum How {
    /// What cannot be expanded is an error
    Strict,
    /// What cannot be expanded is a warning
    Lenient,
}

/// How a fleet that was opened is expanded.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenExpansion {
    expansion: Option<Expansion>,
    /// The repositories that the tree is known to be.
    pub(crate) own: Vec<Repository>,
    /// The components that are asked for, once all is expanded.
    pub(crate) components: Vec<String>,
}

impl ExpandArgs {
    /// Whether anything is expanded.
    pub(crate) fn is_on(&self) -> bool {
        self.expand.is_some()
    }

    /// Says how a tree is expanded whose root is this folder of the disk.
    pub(crate) fn open(&self, root: &Path, from: &Path, components: &[String]) -> OpenExpansion {
        let Some(how) = self.expand else {
            return OpenExpansion::default();
        };
        OpenExpansion {
            expansion: Some(match how {
                How::Strict => Expansion::Strict,
                How::Lenient => Expansion::Lenient,
            }),
            own: own_repositories(root, from),
            components: components.to_vec(),
        }
    }
}

impl OpenExpansion {
    /// What follows where an object cannot be expanded; none where nothing is expanded.
    pub(crate) fn expansion(&self) -> Option<Expansion> {
        self.expansion
    }

    /// How a render expands.
    pub(crate) fn options(&self) -> Option<ExpandOptions<'_>> {
        Some(ExpandOptions {
            expansion: self.expansion?,
            own: &self.own,
        })
    }
}

/// Leaves of sets what was asked for; each name must be in one of them.
pub(crate) fn keep(
    sets: &mut [&mut RenderedSet],
    components: &[String],
) -> Result<(), FleetErrors> {
    if components.is_empty() {
        return Ok(());
    }
    let all = || sets.iter().flat_map(|set| &set.environments);
    let mut known: Vec<String> = all()
        .flat_map(|environment| &environment.components)
        .map(|component| component.name.clone())
        .collect();
    known.sort_unstable();
    known.dedup();
    let is_missing = |name: &&String| !known.iter().any(|known| is_of(known, name));
    let errors: Vec<FleetError> = components
        .iter()
        .filter(is_missing)
        .map(|name| FleetError::not_selected("component", name, &known))
        .collect();
    if !errors.is_empty() {
        return Err(FleetErrors(errors));
    }
    for set in sets {
        set.keep_components(|known| components.iter().any(|name| is_of(known, name)));
    }
    Ok(())
}

/// Whether a component is the one of a name, or was expanded from it.
pub(crate) fn is_of(component: &str, name: &str) -> bool {
    component
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The addresses of the repository that a folder is in, each with where its files are below the tree's root.
fn own_repositories(root: &Path, from: &Path) -> Vec<Repository> {
    let (Ok(root), Some(home)) = (root.canonicalize(), HomeRepository::of(from)) else {
        return Vec::new();
    };
    let tree_path = |path: &Path| path.to_str().and_then(|path| TreePath::new(path).ok());
    let (path, subfolder) = if let Ok(below) = root.strip_prefix(&home.root) {
        (Some(TreePath::root()), tree_path(below))
    } else {
        let below = home.root.strip_prefix(&root).ok();
        (below.and_then(tree_path), Some(TreePath::root()))
    };
    let (Some(path), Some(subfolder)) = (path, subfolder) else {
        return Vec::new();
    };
    home.urls
        .into_iter()
        .map(|url| Repository {
            url,
            path: path.clone(),
            subfolder: subfolder.clone(),
        })
        .collect()
}
