//! A folder's kustomization to a layer: resources, generators, components, transformers, in the order of
//! the reference tool. What comes after all layers is in `build`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::merge::Schemas;
use crate::source::{EntryKind, ReadLog, Tree, TreePath};
use crate::yaml::{DuplicateKeys, Node, Origin, emit};

use super::cache::{Cache, LayerKey};
use super::config::{
    MergeConflict, TransformerConfig, merge_over_built_in, not_a_definition, read_crds,
};
use super::file::{GeneratorArgs, Kind, Kustomization, Text, Var, Warning};
use super::files::Files;
use super::generate::{Generated, generate};
use super::history::{Recorder, Writer};
use super::openapi::{self, OpenApi};
use super::provenance::{ConfiguredBy, Provenance};
use super::steps::{Step, generate_by_plugin, plugins, step_of_plugin, steps_of_fields};
use super::{BuildError, BuildOptions, ResMap, Resource};

/// The most folders that lead to one another.
const DEEPEST: usize = 100;

/// The most resources of a build: bases that include bases twice double them at each level.
const MOST_RESOURCES: usize = 100_000;

/// The names that a kustomization file may have.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a folder adds up to, before names are final.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) resources: ResMap,
    /// The fields that transformers work on.
    pub(super) config: Arc<TransformerConfig>,
    /// The vars, sorted by name.
    pub(super) vars: Vec<Var>,
    /// The types that the first base with an `openapi` field brought.
    pub(super) open_api: Option<OpenApi>,
    /// What was read.
    pub(super) reads: ReadLog,
    /// The folders that were entered.
    pub(super) folders: BTreeSet<TreePath>,
    /// The warnings, each once.
    pub(super) warnings: Vec<Warning>,
    /// Who changed the resources, where that is asked for.
    pub(super) recorder: Recorder,
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            resources: ResMap::default(),
            config: Arc::clone(TransformerConfig::empty()),
            vars: Vec::new(),
            open_api: None,
            reads: ReadLog::default(),
            folders: BTreeSet::new(),
            warnings: Vec::new(),
            recorder: Recorder::default(),
        }
    }
}

impl Layer {
    /// Adds what a base adds up to.
    fn merge(&mut self, base: &Layer, at: Origin) -> Result<(), BuildError> {
        if self.resources.len() + base.resources.len() > MOST_RESOURCES {
            return Err(BuildError::TooManyResources {
                limit: MOST_RESOURCES,
                at,
            });
        }
        if self.resources.is_empty() {
            self.resources = base.resources.clone();
        } else {
            self.resources.append_all(base.resources.iter().cloned())?;
        }
        self.merge_config(&base.config, at)?;
        base.vars.iter().try_for_each(|var| self.add_var(var))?;
        if self.open_api.is_none() {
            self.open_api.clone_from(&base.open_api);
        }
        self.reads.extend(&base.reads);
        self.folders.extend(base.folders.iter().cloned());
        self.add_warnings(&base.warnings);
        self.recorder.merge(&base.recorder);
        Ok(())
    }

    /// Takes what a generator made.
    fn absorb(
        &mut self,
        resource: Resource,
        writer: impl FnOnce() -> Writer,
    ) -> Result<(), BuildError> {
        let absorb = |resources: &mut ResMap| resources.absorb(resource);
        Ok(self.recorder.record(&mut self.resources, writer, absorb)?)
    }

    pub(super) fn add_warnings(&mut self, more: &[Warning]) {
        if more.is_empty() {
            return;
        }
        self.warnings.extend_from_slice(more);
        let mut seen = rustc_hash::FxHashSet::default();
        self.warnings
            .retain(|warning| seen.insert((warning.origin, warning.message.clone())));
    }

    fn merge_config(
        &mut self,
        other: &Arc<TransformerConfig>,
        at: Origin,
    ) -> Result<(), BuildError> {
        self.config = self
            .config
            .merge(other)
            .map_err(|conflict| BuildError::Configurations {
                section: conflict.section,
                path: conflict.path.to_string(),
                at,
            })?;
        Ok(())
    }

    fn add_var(&mut self, var: &Var) -> Result<(), BuildError> {
        match self.vars.binary_search_by(|have| have.name.cmp(&var.name)) {
            Ok(position) => Err(BuildError::DuplicateVar {
                name: var.name.to_string(),
                at: var.origin,
                present: self.vars.get(position).map_or(var.origin, |var| var.origin),
            }),
            Err(position) => {
                self.vars.insert(position, var.clone());
                Ok(())
            }
        }
    }

    /// Notes each var at the resource that it takes its value from, if that is there.
    fn add_vars(&mut self, vars: &[Var]) -> Result<(), BuildError> {
        for var in vars {
            let id = var.object.id();
            // A var that names no namespace means any.
            let found = if id.namespace.is_empty() && !id.gvk.is_cluster_scoped() {
                self.resources
                    .positions_where(|have| have.is_same_but_namespace(&id))
            } else {
                self.resources.positions_of_any(&id)
            };
            match found.as_slice() {
                [] => {}
                [position] => {
                    if let Some(mut resource) = self.resources.get_mut(*position) {
                        resource.vars.push(var.name.text.clone());
                    }
                }
                several => {
                    return Err(BuildError::AmbiguousVar {
                        name: var.name.to_string(),
                        count: several.len(),
                        at: var.origin,
                    });
                }
            }
        }
        vars.iter().try_for_each(|var| self.add_var(var))
    }
}

/// What is the same for all folders of a build.
#[derive(Clone, Copy)]
pub(super) struct Context<'b> {
    pub(super) tree: &'b dyn Tree,
    pub(super) options: &'b BuildOptions,
    pub(super) cache: &'b Cache,
}

/// The folders that led to the one at hand, innermost first.
#[derive(Clone, Copy)]
pub(super) struct Chain<'c> {
    folder: &'c TreePath,
    referrer: Option<&'c Chain<'c>>,
    depth: usize,
}

impl<'c> Chain<'c> {
    pub(super) fn start(folder: &'c TreePath) -> Self {
        Self {
            folder,
            referrer: None,
            depth: 1,
        }
    }

    /// Fails where a folder is one of the chain or holds one, which would make a cycle possible.
    fn check(
        &self,
        context: &Context<'_>,
        folder: &TreePath,
        at: Origin,
    ) -> Result<(), BuildError> {
        let mut link = Some(self);
        while let Some(Chain { folder: inner, .. }) = link {
            if inner.is_within(folder) {
                let name = |path| context.tree.file_id(path).name().to_string();
                return Err(BuildError::Cycle {
                    folder: name(folder),
                    inner: name(inner),
                    at,
                });
            }
            link = link.and_then(|link| link.referrer);
        }
        if self.depth >= DEEPEST {
            return Err(BuildError::TooDeep { limit: DEEPEST, at });
        }
        Ok(())
    }

    fn enter<'n>(&'n self, folder: &'n TreePath) -> Chain<'n> {
        Chain {
            folder,
            referrer: Some(self),
            depth: self.depth + 1,
        }
    }
}

/// A kustomization and where it stands.
pub(super) struct Target<'b> {
    pub(super) context: Context<'b>,
    pub(super) chain: Chain<'b>,
    pub(super) files: Files<'b>,
    pub(super) kustomization: Kustomization,
    /// The name of the kustomization file.
    pub(super) file_name: &'static str,
    /// The folder's path as written from the one that is built, where that asks for provenance.
    pub(super) provenance: Option<String>,
    /// The types of the `openapi` field, its own or that of whoever led here, which comes first.
    open_api: Option<OpenApi>,
    warnings: Vec<Warning>,
}

impl<'b> Target<'b> {
    /// Reads the kustomization of the chain's innermost folder.
    pub(super) fn open(
        context: Context<'b>,
        chain: Chain<'b>,
        at: Option<Origin>,
        provenance: Option<String>,
        open_api: Option<&OpenApi>,
    ) -> Result<Self, BuildError> {
        let files = Files::new(
            context.tree,
            context.cache,
            context.options.load_restriction,
            chain.folder.clone(),
        );
        let (file_name, document) = read_file(context, chain.folder, &files, at)?;
        let (kustomization, warnings) = Kustomization::read(&document)?;
        let open_api = match open_api {
            Some(open_api) => Some(open_api.clone()),
            None => openapi::read(&kustomization.openapi, &files)?,
        };
        Ok(Self {
            context,
            chain,
            files,
            kustomization,
            file_name,
            provenance,
            open_api,
            warnings,
        })
    }

    /// Adds up the folder alone.
    pub(super) fn accumulate(self) -> Result<Layer, BuildError> {
        let recorder = Recorder::new(self.context.options.keep_history);
        self.accumulate_onto(Layer {
            recorder,
            ..Layer::default()
        })
    }

    /// Adds up the folder: on nothing for a kustomization, on what is there for a component.
    fn accumulate_onto(self, mut layer: Layer) -> Result<Layer, BuildError> {
        layer.folders.insert(self.chain.folder.clone());
        layer.add_warnings(&self.warnings);
        self.add_resources(&mut layer, &self.kustomization.resources)?;
        self.read_configurations(&mut layer)?;
        self.run_generators(&mut layer)?;
        for component in &self.kustomization.components {
            layer = self
                .add_component(layer, component)
                .map_err(|error| error.included_from(component.origin))?;
        }
        self.run_transformers(&mut layer)?;
        self.run_validators(&mut layer)?;
        layer.add_vars(&self.kustomization.vars)?;
        layer.reads.extend(&self.files.into_log());
        Ok(layer)
    }

    fn read_configurations(&self, layer: &mut Layer) -> Result<(), BuildError> {
        let mut own = Vec::new();
        for path in &self.kustomization.configurations {
            if let Some(document) = self.files.document(path, DuplicateKeys::Refused)? {
                own.push(TransformerConfig::read(&document)?);
            }
        }
        let conflict = |at| {
            move |conflict: MergeConflict| BuildError::Configurations {
                section: conflict.section,
                path: conflict.path.to_string(),
                at,
            }
        };
        let at = self.kustomization.origin;
        let config = merge_over_built_in(own).map_err(conflict(at))?;
        layer.merge_config(&config, at)?;
        for path in &self.kustomization.crds {
            if let Some(document) = self.files.document(path, DuplicateKeys::LastCounts)? {
                if let Some(at) = not_a_definition(&document) {
                    return Err(BuildError::NoDefinition { at });
                }
                let config = read_crds(&document).map_err(conflict(path.origin))?;
                layer.merge_config(&Arc::new(config), path.origin)?;
            }
        }
        Ok(())
    }

    /// Returns the types by which patches merge. The reference tool takes the first that it meets on its
    /// way and keeps them for all that follows.
    fn schemas(&self, layer: &mut Layer) -> Schemas {
        if self.open_api.is_some() {
            layer.open_api.clone_from(&self.open_api);
        }
        let open_api = layer.open_api.as_ref();
        open_api.map_or_else(Schemas::default, |open_api| open_api.schemas.clone())
    }

    fn run_transformers(&self, layer: &mut Layer) -> Result<(), BuildError> {
        let config = Arc::clone(&layer.config);
        let schemas = self.schemas(layer);
        let mut steps = steps_of_fields(self, &config, &schemas)?;
        for plugin in plugins(self, layer, &self.kustomization.transformers)? {
            steps.append(&mut step_of_plugin(self, &plugin, &schemas)?);
        }
        let warnings: Vec<Warning> = steps.iter().filter_map(Step::warning).collect();
        layer.add_warnings(&warnings);
        steps
            .iter()
            .try_for_each(|step| step.run(&mut layer.resources, &mut layer.recorder))
    }

    fn run_validators(&self, layer: &mut Layer) -> Result<(), BuildError> {
        let schemas = self.schemas(layer);
        for plugin in plugins(self, layer, &self.kustomization.validators)? {
            let mut resources = layer.resources.clone();
            for step in step_of_plugin(self, &plugin, &schemas)? {
                step.run(&mut resources, &mut Recorder::default())?;
            }
            if changes(&layer.resources, &resources) {
                return Err(BuildError::ValidatorChanges {
                    kind: plugin.kind().to_owned(),
                    at: plugin.node.origin,
                });
            }
        }
        Ok(())
    }

    /// Adds files and folders.
    pub(super) fn add_resources(
        &self,
        layer: &mut Layer,
        paths: &[Text],
    ) -> Result<(), BuildError> {
        for path in paths {
            match self.files.kind(path)?.1 {
                EntryKind::File => self.add_file(layer, path)?,
                EntryKind::Directory => self
                    .add_base(layer, path)
                    .map_err(|error| error.included_from(path.origin))?,
            }
        }
        Ok(())
    }

    fn add_file(&self, layer: &mut Layer, path: &Text) -> Result<(), BuildError> {
        let nodes = self.files.objects(path)?;
        for node in nodes.iter() {
            let mut resource = Resource::new(node.clone());
            resource.provenance = self.provenance.as_ref().map(|folder| Provenance {
                path: join_paths(folder, path),
                ..Provenance::default()
            });
            layer.recorder.start(&mut resource, || {
                Writer::new("resources", Some(path.origin))
            });
            layer.resources.append(resource)?;
        }
        Ok(())
    }

    fn add_base(&self, layer: &mut Layer, path: &Text) -> Result<(), BuildError> {
        let folder = self.files.folder(path)?;
        self.chain.check(&self.context, &folder, path.origin)?;
        let key = LayerKey {
            provenance: self.provenance_of(path),
            open_api: self
                .open_api
                .as_ref()
                .map(|open_api| open_api.source.clone()),
            folder,
        };
        if let Some(base) = self.context.cache.layers.get(&key) {
            for folder in &base.folders {
                self.chain.check(&self.context, folder, path.origin)?;
            }
            return layer.merge(&base, path.origin);
        }
        let target = self.open_below(&key.folder, path)?;
        if target.kustomization.kind() == Kind::Component {
            return Err(BuildError::IsComponent {
                folder: path.to_string(),
                at: path.origin,
            });
        }
        let base = Arc::new(target.accumulate()?);
        self.context.cache.layers.insert(key.clone(), &base);
        layer.merge(&base, path.origin)
    }

    fn add_component(&self, layer: Layer, path: &Text) -> Result<Layer, BuildError> {
        let folder = self.files.folder(path)?;
        self.chain.check(&self.context, &folder, path.origin)?;
        let target = self.open_below(&folder, path)?;
        if target.kustomization.kind() != Kind::Component {
            return Err(BuildError::IsNotComponent {
                folder: path.to_string(),
                at: path.origin,
            });
        }
        target.accumulate_onto(layer)
    }

    fn open_below<'n>(
        &'n self,
        folder: &'n TreePath,
        path: &Text,
    ) -> Result<Target<'n>, BuildError> {
        Target::open(
            self.context,
            self.chain.enter(folder),
            Some(path.origin),
            self.provenance_of(path),
            self.open_api.as_ref(),
        )
    }

    /// Returns where the folder is on disk, if it is.
    pub(super) fn folder_on_disk(&self) -> Option<PathBuf> {
        self.context.tree.folder_on_disk(self.chain.folder)
    }

    /// Returns the name of the folder.
    pub(super) fn folder_name(&self) -> smol_str::SmolStr {
        let name = self.context.tree.file_id(self.chain.folder).name();
        name.rsplit('/').next().unwrap_or_default().into()
    }

    pub(super) fn provenance_of(&self, path: &str) -> Option<String> {
        self.provenance
            .as_ref()
            .map(|folder| join_paths(folder, path))
    }

    fn run_generators(&self, layer: &mut Layer) -> Result<(), BuildError> {
        let kustomization = &self.kustomization;
        for args in &kustomization.config_map_generator {
            if !args.secret_type.is_empty() {
                return Err(super::DecodeError::unknown_field(
                    "type",
                    args.secret_type.origin,
                    "a generator of a ConfigMap",
                    &[],
                )
                .into());
            }
            self.run_generator(layer, Generated::ConfigMap, args)?;
        }
        for args in &kustomization.secret_generator {
            self.run_generator(layer, Generated::Secret, args)?;
        }
        if let Some(chart) = kustomization.helm_charts.first() {
            return Err(BuildError::Helm { at: chart.origin });
        }
        for plugin in plugins(self, layer, &kustomization.generators)? {
            let (resources, warning) = generate_by_plugin(self, &plugin)?;
            layer.add_warnings(warning.as_slice());
            for resource in resources {
                layer.absorb(resource, || {
                    Writer::new(plugin.kind(), Some(plugin.node.origin))
                })?;
            }
        }
        Ok(())
    }

    fn run_generator(
        &self,
        layer: &mut Layer,
        what: Generated,
        args: &GeneratorArgs,
    ) -> Result<(), BuildError> {
        let global = self.kustomization.generator_options.as_ref();
        let mut resource = generate(what, args, global, &|path| self.files.content(path))?;
        let (kind, field) = match what {
            Generated::ConfigMap => ("ConfigMapGenerator", "configMapGenerator"),
            Generated::Secret => ("SecretGenerator", "secretGenerator"),
        };
        resource.provenance = self.built_in_provenance(kind);
        layer.absorb(resource, || Writer::new(field, Some(args.origin)))
    }

    /// Returns the provenance of what a field of this kustomization made or changed.
    pub(super) fn built_in_provenance(&self, kind: &str) -> Option<Provenance> {
        let folder = self.provenance.as_ref()?;
        Some(Provenance {
            configured_in: join_paths(folder, self.file_name),
            configured_by: Some(ConfiguredBy {
                api_version: "builtin".to_owned(),
                kind: kind.to_owned(),
                ..ConfiguredBy::default()
            }),
            ..Provenance::default()
        })
    }
}

/// Tells whether one of the resources is another afterwards. As in the reference tool, what a validator adds
/// or leaves out is not looked at.
fn changes(before: &ResMap, after: &ResMap) -> bool {
    let text = |resource: &Resource| {
        let mut text = String::new();
        emit(&resource.node, &mut text);
        text
    };
    let is_same = |a: &Resource, b: &Resource| {
        a.function_path == b.function_path && (a.node.same(&b.node) || text(a) == text(b))
    };
    before.iter().any(|before| {
        let position = after.position(&before.id());
        let after = position.and_then(|position| after.get(position));
        after.is_some_and(|after| !is_same(before, after))
    })
}

/// Reads the one kustomization file of a folder.
fn read_file(
    context: Context<'_>,
    folder: &TreePath,
    files: &Files<'_>,
    at: Option<Origin>,
) -> Result<(&'static str, Node), BuildError> {
    let shown = || context.tree.file_id(folder).name().to_string();
    let mut found = Vec::new();
    for name in FILE_NAMES {
        let path = Text {
            text: name.into(),
            ..Text::default()
        };
        if let Ok((file, _)) = files.content(&path) {
            found.push((name, path, file));
        }
    }
    match found.as_slice() {
        [] => Err(BuildError::NoKustomization {
            folder: shown(),
            at,
        }),
        [(name, path, file)] => {
            // The first document alone counts.
            let document = files.document(path, DuplicateKeys::LastCounts)?;
            Ok((
                name,
                document.unwrap_or_else(|| Node::null(Origin::at(*file, 1, 1))),
            ))
        }
        several => Err(BuildError::SeveralKustomizations {
            folder: shown(),
            files: several
                .iter()
                .map(|(name, ..)| (*name).to_owned())
                .collect(),
            at,
        }),
    }
}

/// Joins two paths as text, with `.` and `..` resolved where that is possible.
fn join_paths(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
