//! What objects of Argo CD and Flux will deploy: the charts, folders and kustomizations that they name, rendered.
//!
//! [`Expander::environment`] takes the objects of an environment and returns what they expand to, and what that expands
//! to. `order` decides which is next; `application`, `application_set`, `helm_release`
//! and `kustomization` know one kind each; `objects`
//! finds those that others name, `repository` the folders of the tree that have a repository's files. Nothing is read
//! but the tree, and no server is asked.

mod application;
mod application_set;
mod artifact;
mod chart;
mod context;
mod document;
pub mod envsubst;
mod error;
mod fields;
mod generated;
mod helm_release;
mod kustomization;
mod objects;
mod order;
mod overlay;
mod repository;
mod substitute;
mod values_from;

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::kustomize::{BuildOptions, Builder, Built, LoadRestriction, Warning};
use crate::source::remote::Remotes;
use crate::source::{Recorded, Tree, TreePath};
use crate::yaml::Node;

use super::RenderedSet;
use super::fleet::ExpandSettings;

pub use error::{ExpandError, Problem};
pub use repository::Repository;

pub(super) use kustomization::build_folder;

use context::{Context, Halt, Patience};
use objects::{Key, Objects};
use order::{Item, Kind};
use repository::{Repositories, declared};

/// Whether objects are expanded, and what follows where one cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expansion {
    /// What cannot be expanded is an error.
    Strict,
    /// What cannot be expanded is a warning; where only values are missing, it is expanded without them.
    Lenient,
}

/// Expands the objects of environments of one fleet.
pub struct Expander<'x> {
    tree: &'x dyn Tree,
    builder: &'x Builder<'x>,
    flux: OnceLock<Builder<'x>>,
    options: BuildOptions,
    remotes: Option<&'x Remotes>,
    settings: &'x ExpandSettings,
    repositories: Repositories,
    expansion: Expansion,
}

/// What a component of an environment was built to.
pub struct Given<'g> {
    /// Its name.
    pub name: &'g str,
    /// The folder that it was built from, where it is one.
    pub folder: Option<&'g TreePath>,
    /// Its objects.
    pub objects: Vec<&'g Node>,
}

/// What an environment expands to.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The components, in the order in which they would be deployed.
    pub components: Vec<ExpandedComponent>,
    /// What works but should be changed, or was left out.
    pub warnings: Vec<Warning>,
    /// What could not be expanded, each with the name of the component that it would have been.
    pub errors: Vec<(String, ExpandError)>,
}

/// What an object expands to.
#[derive(Debug)]
pub struct ExpandedComponent {
    /// The name: that of the component which has the object, and the object's own.
    pub name: String,
    /// The objects.
    pub built: Built,
}

/// What became of an object.
struct Attempt {
    /// What it expands to, with the folders that it was built from.
    result: Result<(Built, Vec<TreePath>), Halt>,
    warnings: Vec<Warning>,
    /// What it names, is missing, and was done without.
    missed: Vec<Key>,
}

/// Tells whether a rendered set has objects that would expand to others.
pub fn expands(set: &RenderedSet) -> bool {
    let components = set.environments.iter().flat_map(|env| &env.components);
    components
        .flat_map(|component| &component.objects)
        .any(|object| Kind::named(&object.id.group, &object.id.kind).is_some())
}

impl<'x> Expander<'x> {
    /// Returns one for a tree. `own` are the repositories that the tree itself is known to be.
    pub fn new(
        builder: &'x Builder<'x>,
        options: &BuildOptions,
        remotes: Option<&'x Remotes>,
        settings: &'x ExpandSettings,
        own: &[Repository],
        expansion: Expansion,
    ) -> Self {
        let repositories = declared(&settings.repositories).chain(own.iter().cloned());
        Self {
            tree: builder.tree(),
            builder,
            flux: OnceLock::new(),
            options: options.clone(),
            remotes,
            settings,
            repositories: Repositories::new(repositories),
            expansion,
        }
    }

    /// Expands the objects of an environment with that Kubernetes version.
    pub fn environment(&self, kubernetes: &str, given: &[Given<'_>]) -> Expanded {
        order::run(self, kubernetes, given)
    }

    /// The builder of Flux's folders, whose kustomizations may read any file of the tree.
    fn flux(&self) -> &Builder<'x> {
        self.flux.get_or_init(|| {
            let options = BuildOptions {
                load_restriction: LoadRestriction::None,
                ..self.options.clone()
            };
            let builder = Builder::new(self.tree, options);
            match self.remotes {
                Some(remotes) => builder.with_remotes(remotes),
                None => builder,
            }
        })
    }

    /// Expands one object by what is known.
    fn expand(
        &self,
        kubernetes: &str,
        item: &Item,
        objects: &Objects,
        patience: Patience,
    ) -> Attempt {
        let recorded = Recorded::new(self.tree);
        let context = Context {
            tree: &recorded,
            builder: self.builder,
            flux: self.flux(),
            repositories: &self.repositories,
            kubernetes,
            api_versions: &self.settings.api_versions,
            is_strict_about_variables: self.settings.strict_substitutions,
            is_lenient: self.expansion == Expansion::Lenient,
            objects,
            patience,
            warnings: Mutex::default(),
            missed: Mutex::default(),
            reads: Mutex::default(),
            listings: Mutex::default(),
        };
        let mut result = match item.kind {
            Kind::Application => application::expand(&context, &item.node, &item.folders),
            Kind::ApplicationSet => {
                application_set::expand(&context, &item.node).map(|built| (built, Vec::new()))
            }
            Kind::HelmRelease => {
                helm_release::expand(&context, &item.node).map(|built| (built, Vec::new()))
            }
            Kind::Kustomization => kustomization::expand(&context, &item.node, &item.folders)
                .map(|(built, folder)| (built, vec![folder])),
        };
        let warnings = context.warnings.into_inner();
        let missed = context.missed.into_inner();
        let reads = context.reads.into_inner();
        if let Ok((built, _)) = &mut result {
            built
                .reads
                .extend(&reads.unwrap_or_else(PoisonError::into_inner));
            built.reads.extend(&recorded.into_log());
        }
        Attempt {
            result,
            warnings: warnings.unwrap_or_else(PoisonError::into_inner),
            missed: missed.unwrap_or_else(PoisonError::into_inner),
        }
    }
}
