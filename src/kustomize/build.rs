//! The way in: a folder to its final resources.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::helm::Tracing;
use crate::helm::repository::Charts;
use crate::source::remote::{Asker, Remotes, RepositoryReference};
use crate::source::{Read, ReadLog, Tree, TreePath};
use crate::yaml::emit;

use super::accumulate::{Context, Target};
use super::cache::Cache;
use super::file::{Kustomization, Var, Warning};
use super::files::fetch;
use super::finish;
use super::generate::add_hashes;
use super::history::{Removed, Writer};
use super::layer::Layer;
use super::mistake::Mistakes;
use super::place::{Base, Chain, Home};
use super::provenance::Location;
use super::transform::sort_order::{self, Order};
use super::transform::{name_reference, vars};
use super::{
    BuildError, BuildOptions, Gvk, ManagedByLabel, Reorder, ResMap, Resource, TransformError,
};

/// Builds folders of one tree. What they have in common is read and accumulated once, whichever thread
/// asks first.
pub struct Builder<'t> {
    tree: &'t dyn Tree,
    remotes: Option<&'t Remotes>,
    charts: Charts<'t>,
    options: BuildOptions,
    cache: Cache,
}

/// What a folder builds to.
#[derive(Clone, Debug)]
pub struct Built {
    /// The resources in the order of the output.
    pub resources: ResMap,
    /// What was looked at.
    pub reads: ReadLog,
    /// What works but should be changed.
    pub warnings: Vec<Warning>,
    /// What is surely a mistake, where that was asked for.
    pub mistakes: Mistakes,
    /// The resources that were taken out on the way, where the options ask for histories.
    pub removed: Vec<Removed>,
}

/// Builds one folder, which takes nothing from elsewhere. Same tree and options, same bytes.
pub fn build(
    tree: &dyn Tree,
    folder: &TreePath,
    options: &BuildOptions,
) -> Result<Built, BuildError> {
    Builder::new(tree, options.clone()).build(folder)
}

impl<'t> Builder<'t> {
    /// Returns a builder that knows nothing of the tree yet.
    pub fn new(tree: &'t dyn Tree, options: BuildOptions) -> Self {
        Self {
            tree,
            remotes: None,
            charts: Charts::default(),
            options,
            cache: Cache::default(),
        }
    }

    /// Lets builds take from elsewhere what their kustomizations name there.
    #[must_use]
    pub fn with_remotes(self, remotes: &'t Remotes) -> Self {
        Self {
            remotes: Some(remotes),
            charts: Charts::new(remotes),
            ..self
        }
    }

    /// A builder of the same tree that keeps track of which line wrote what.
    #[must_use]
    pub fn traced(&self) -> Self {
        let options = BuildOptions {
            tracing: Tracing::On,
            ..self.options.clone()
        };
        let traced = Self::new(self.tree, options);
        match self.remotes {
            Some(remotes) => traced.with_remotes(remotes),
            None => traced,
        }
    }

    /// Builds a folder.
    pub fn build(&self, folder: &TreePath) -> Result<Built, BuildError> {
        let folder = self.tree.resolve(folder);
        self.build_base(&Base {
            home: Home::Own(self.tree),
            folder: folder.map_err(|error| BuildError::Source { error, at: None })?,
            address: None,
        })
    }

    /// Builds a folder of a repository from elsewhere.
    pub fn build_remote(&self, address: RepositoryReference) -> Result<Built, BuildError> {
        let (base, pin) = fetch(self.remotes, address, Asker::Local, None)?;
        let mut built = self.build_base(&base)?;
        built.reads.insert(Read::Repository(pin));
        Ok(built)
    }

    /// Returns who gives charts from elsewhere, by the policy of the remotes.
    pub fn charts(&self) -> &Charts<'t> {
        &self.charts
    }

    /// Returns the tree that is built from.
    pub fn tree(&self) -> &'t dyn Tree {
        self.tree
    }

    /// How folders are built.
    pub fn options(&self) -> &BuildOptions {
        &self.options
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            remotes: self.remotes,
            charts: &self.charts,
            options: &self.options,
            cache: &self.cache,
        }
    }

    fn build_base(&self, base: &Base<'_>) -> Result<Built, BuildError> {
        let target = Target::open(self.context(), Chain::start(base), None, None, None)?;
        self.build_target(target)
    }

    /// Builds a folder whose kustomization was read.
    pub(super) fn build_target(&self, mut target: Target<'_>) -> Result<Built, BuildError> {
        if !target.kustomization.build_metadata.is_empty() {
            target.provenance = Some(Location::default());
        }
        let kustomization = target.kustomization.clone();
        let layer = target.accumulate()?;
        self.finish(layer, &kustomization)
    }

    /// Does what is done once, after all layers.
    pub(super) fn finish(
        &self,
        layer: Layer,
        kustomization: &Kustomization,
    ) -> Result<Built, BuildError> {
        let Layer {
            mut resources,
            config,
            vars,
            reads,
            mut warnings,
            mut recorder,
            mut mistakes,
            ..
        } = layer;
        finish::check_memory(&resources)?;
        let mut step =
            |writer: &dyn Fn() -> Writer,
             change: &dyn Fn(&mut ResMap) -> Result<(), BuildError>| {
                recorder.record(&mut resources, writer, change)
            };
        let called = |name: &'static str| move || Writer::new(name, None);
        step(&called("hash of the content"), &|resources| {
            add_hashes(resources);
            Ok(())
        })?;
        if !config.name_reference.is_empty() {
            step(&called("reference to a name"), &|resources| {
                Ok(name_reference::transform(resources, &config).map_err(TransformError::from)?)
            })?;
        }
        let unused = RefCell::default();
        step(&|| Writer::of_vars(&vars), &|resources| {
            let vars = vars::transform(resources, &vars, &config).map_err(TransformError::from)?;
            unused.replace(vars);
            Ok(())
        })?;
        let unused = unused.into_inner();
        mistakes.expanded(&vars, |var| {
            unused
                .iter()
                .all(|unused| unused.name.text != var.name.text)
        });
        warnings.extend(never_replaced(&unused));
        step(
            &called("config.kubernetes.io/local-config"),
            &finish::drop_local,
        )?;
        let always = self.options.managed_by_label == ManagedByLabel::Add;
        step(&called("buildMetadata"), &|resources| {
            finish::label(resources, kustomization, always);
            finish::annotate(resources, kustomization);
            Ok(())
        })?;
        sort_order::sort(&mut resources, &self.order(kustomization)?);
        Ok(Built {
            resources,
            reads,
            warnings,
            mistakes,
            removed: recorder.into_removed(),
        })
    }

    /// Returns the order of the output: the kustomization's word counts before that of the options.
    fn order(&self, kustomization: &Kustomization) -> Result<Order, BuildError> {
        match (&kustomization.sort_options, self.options.reorder) {
            (Some(options), _) => Ok(Order::of(options).map_err(TransformError::from)?),
            (None, Reorder::None) => Ok(Order::Fifo),
            (None, Reorder::Legacy | Reorder::Unspecified) => Ok(Order::legacy()),
        }
    }
}

/// Returns what the reference tool says of vars that stand nowhere.
fn never_replaced(unused: &[&Var]) -> Option<Warning> {
    let names: Vec<&str> = unused.iter().map(|var| var.name.text.as_str()).collect();
    Some(Warning {
        message: format!(
            "well-defined vars that were never replaced: {}",
            names.join(",")
        ),
        origin: unused.first()?.origin,
        is_logged: true,
    })
}

impl Built {
    /// Returns the resources as `kustomize build` prints them.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        for (position, resource) in self.resources.iter().enumerate() {
            if position > 0 {
                out.push_str("---\n");
            }
            emit(&resource.node, &mut out);
        }
        out
    }

    /// Returns each resource with the name of the file that `kustomize build -o DIR` writes it to.
    pub fn files(&self) -> Vec<(String, String)> {
        let namespaces: BTreeSet<_> = self
            .resources
            .iter()
            .map(Resource::id)
            .filter(|id| !id.gvk.is_cluster_scoped())
            .map(|id| id.effective_namespace())
            .collect();
        let file = |resource: &Resource| {
            let id = resource.id();
            let Gvk {
                group,
                version,
                kind,
            } = &id.gvk;
            let mut parts = vec![group, version, kind];
            parts.retain(|part| !part.is_empty());
            let namespace = id.effective_namespace();
            if namespaces.len() > 1 && !id.gvk.is_cluster_scoped() {
                parts.insert(0, &namespace);
            }
            parts.push(&id.name);
            let mut text = String::new();
            emit(&resource.node, &mut text);
            (
                format!(
                    "{}.yaml",
                    parts
                        .iter()
                        .map(|part| part.to_lowercase())
                        .collect::<Vec<_>>()
                        .join("_")
                ),
                text,
            )
        };
        self.resources.iter().map(file).collect()
    }
}
