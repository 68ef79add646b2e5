//! A folder's kustomization to a layer: resources, generators, components, transformers, in the order of
//! the reference tool. What comes after all layers is in `build`.

use std::path::PathBuf;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::helm::repository::Charts;
use crate::merge::Schemas;
use crate::source::remote::{RemoteError, Remotes, is_file_url, redact};
use crate::yaml::{DuplicateKeys, Node, Origin, emit};

use super::cache::{Cache, LayerKey};
use super::config::{
    MergeConflict, TransformerConfig, merge_over_built_in, not_a_definition, read_crds,
};
use super::file::{GeneratorArgs, Kind, Kustomization, Text, Warning};
use super::files::{Files, address};
use super::generate::{Generated, generate};
use super::history::{Recorder, Writer};
use super::layer::Layer;
use super::mistake::Mistakes;
use super::openapi::{self, OpenApi};
use super::place::{Base, Chain};
use super::provenance::{ConfiguredBy, Location, Provenance};
use super::steps::{Step, generate_by_plugin, plugins, step_of_plugin, steps_of_fields};
use super::{BuildError, BuildOptions, ResMap, Resource, inflate};

/// The one label that a validator may set, on what has no other: the reference tool takes it out again to
/// compare, and thereby rewrites the others.
const VALIDATED_BY: &str = "validated-by";

/// The names that a kustomization file may have.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What is the same for all folders of a build.
#[derive(Clone, Copy)]
pub(super) struct Context<'b> {
    /// Who gives what is remote; without it nothing is.
    pub(super) remotes: Option<&'b Remotes>,
    /// Who gives charts.
    pub(super) charts: &'b Charts<'b>,
    pub(super) options: &'b BuildOptions,
    pub(super) cache: &'b Cache,
}

/// A kustomization and where it stands.
pub(super) struct Target<'b> {
    pub(super) context: Context<'b>,
    pub(super) chain: Chain<'b>,
    pub(super) files: Files<'b>,
    pub(super) kustomization: Kustomization,
    /// The name of the kustomization file.
    pub(super) file_name: &'static str,
    /// Where it is as written from the folder that is built, where that asks for provenance.
    pub(super) provenance: Option<Location>,
    /// The types of the `openapi` field, its own or that of whoever led here, which comes first.
    open_api: Option<OpenApi>,
    warnings: Vec<Warning>,
    /// The namespace of those that led here, which Helm charts without one get.
    pub(super) inherited_namespace: SmolStr,
}

impl<'b> Target<'b> {
    /// Reads the kustomization of the chain's innermost folder.
    pub(super) fn open(
        context: Context<'b>,
        chain: Chain<'b>,
        at: Option<Origin>,
        provenance: Option<Location>,
        open_api: Option<&OpenApi>,
    ) -> Result<Self, BuildError> {
        let files = Files::new(context, chain.home.clone(), chain.folder.clone());
        let (file_name, document) = read_file(chain, &files, at)?;
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
            inherited_namespace: SmolStr::default(),
        })
    }

    /// Takes a document for the kustomization of the chain's innermost folder.
    pub(super) fn with_document(
        context: Context<'b>,
        chain: Chain<'b>,
        document: &Node,
    ) -> Result<Self, BuildError> {
        let (kustomization, warnings) = Kustomization::read(document)?;
        let target = Self::of(context, chain, kustomization);
        Ok(Self {
            open_api: openapi::read(&target.kustomization.openapi, &target.files)?,
            warnings,
            ..target
        })
    }

    /// Runs the transformers over what others built, with the fields that they work on by themselves.
    pub(super) fn transform(self, mut layer: Layer) -> Result<Layer, BuildError> {
        self.read_configurations(&mut layer)?;
        self.patch(layer)
    }

    /// Takes a kustomization that stands in no file for one of the chain's innermost folder.
    pub(super) fn of(context: Context<'b>, chain: Chain<'b>, kustomization: Kustomization) -> Self {
        Self {
            context,
            chain,
            files: Files::new(context, chain.home.clone(), chain.folder.clone()),
            kustomization,
            file_name: FILE_NAMES[0],
            provenance: None,
            open_api: None,
            warnings: Vec::new(),
            inherited_namespace: SmolStr::default(),
        }
    }

    /// Runs the transformers over resources that are there.
    pub(super) fn patch(self, mut layer: Layer) -> Result<Layer, BuildError> {
        self.run_transformers(&mut layer)?;
        layer.reads.extend(&self.files.into_log());
        Ok(layer)
    }

    /// Adds up the folder alone.
    pub(super) fn accumulate(self) -> Result<Layer, BuildError> {
        let options = self.context.options;
        self.accumulate_onto(Layer {
            recorder: Recorder::new(options.keep_history),
            mistakes: Mistakes::new(options.find_mistakes),
            ..Layer::default()
        })
    }

    /// Adds up the folder: on nothing for a kustomization, on what is there for a component.
    fn accumulate_onto(self, mut layer: Layer) -> Result<Layer, BuildError> {
        layer.folders.insert(self.chain.folder.clone());
        layer.add_warnings(&self.warnings);
        layer.mistakes.look_at(&self.kustomization);
        self.add_resources(&mut layer, &self.kustomization.resources)?;
        self.read_configurations(&mut layer)?;
        self.run_generators(&mut layer)?;
        for component in &self.kustomization.components {
            layer = self
                .add_component(layer, component)
                .map_err(|error| error.included_from(component.origin))?;
        }
        layer
            .mistakes
            .generated(&self.kustomization, &layer.resources);
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
            if self.files.content(path)?.1.is_empty() {
                return Err(BuildError::NoDefinition { at: path.origin });
            }
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

    /// Returns the types that are known by now: those of whoever led here, or else the first that what was
    /// added has brought.
    fn known_open_api<'l>(&'l self, layer: &'l Layer) -> Option<&'l OpenApi> {
        self.open_api.as_ref().or(layer.open_api.as_ref())
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
        layer.mistakes.is_shared = self.kustomization.kind() == Kind::Component;
        steps.iter().try_for_each(|step| {
            step.run(
                &mut layer.resources,
                &mut layer.recorder,
                &mut layer.mistakes,
            )
        })
    }

    fn run_validators(&self, layer: &mut Layer) -> Result<(), BuildError> {
        let schemas = self.schemas(layer);
        for plugin in plugins(self, layer, &self.kustomization.validators)? {
            let mut resources = layer.resources.clone();
            for step in step_of_plugin(self, &plugin, &schemas)? {
                step.of_validator().run(
                    &mut resources,
                    &mut Recorder::default(),
                    &mut layer.mistakes,
                )?;
            }
            let mut compared = resources.clone();
            let mut is_marked = false;
            // What a function gives back counts as changed anyway, and what it doesn't as unchanged.
            let is_built_in = plugin.id().gvk.version == "builtin";
            if is_built_in {
                for resource in &mut compared {
                    is_marked |= resource.remove_only_label(VALIDATED_BY);
                }
            }
            let is_complete = layer.resources.len() == compared.len();
            if is_built_in && !is_complete || changes(&layer.resources, &compared) {
                return Err(BuildError::ValidatorChanges {
                    kind: plugin.kind().to_owned(),
                    at: plugin.node.origin,
                });
            }
            if is_marked {
                layer.resources = resources;
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
            self.add_resource(layer, path)?;
        }
        Ok(())
    }

    fn add_resource(&self, layer: &mut Layer, path: &Text) -> Result<(), BuildError> {
        if is_file_url(path) {
            return self.add_url(layer, path);
        }
        // A file counts before a repository that has the same name.
        if self.files.is_file(path) {
            return self.add_file(layer, path);
        }
        self.add_base(layer, path)
            .map_err(|error| error.included_from(path.origin))
    }

    /// Adds what is at an address. The reference tool takes it as that of a file first; a server may answer
    /// with a page where a repository is.
    fn add_url(&self, layer: &mut Layer, path: &Text) -> Result<(), BuildError> {
        let Err(of_file) = self.add_file(layer, path) else {
            return Ok(());
        };
        if address(path)?.is_none() {
            return Err(of_file);
        }
        self.add_base(layer, path).map_err(|of_repository| {
            let is_late = matches!(
                of_repository,
                BuildError::Remote {
                    error: RemoteError::Timeout { .. },
                    ..
                }
            );
            match of_file {
                BuildError::Remote { .. } => of_repository.included_from(path.origin),
                _ if is_late => of_repository,
                _ => of_file,
            }
        })
    }

    fn add_file(&self, layer: &mut Layer, path: &Text) -> Result<(), BuildError> {
        let nodes = self.files.objects(path)?;
        let location = self.location_of(path);
        for node in nodes.iter() {
            let mut resource = Resource::new(node.clone());
            resource.provenance = location.as_ref().map(Provenance::file);
            layer.recorder.start(&mut resource, || {
                Writer::new("resources", Some(path.origin))
            });
            layer.resources.append(resource)?;
        }
        Ok(())
    }

    fn add_base(&self, layer: &mut Layer, path: &Text) -> Result<(), BuildError> {
        let base = self.find_base(path)?;
        let key = LayerKey {
            place: base.place(),
            provenance: self.location_of(path),
            open_api: self
                .known_open_api(layer)
                .map(|open_api| open_api.source.clone()),
            helm_namespace: None,
        };
        let key_of_charts = LayerKey {
            helm_namespace: Some(self.helm_namespace()),
            ..key.clone()
        };
        let layers = &self.context.cache.layers;
        let known = layers.get(&key).or_else(|| layers.get(&key_of_charts));
        let added = if let Some(known) = known {
            if base.address.is_none() {
                for folder in &known.folders {
                    self.chain.check(folder, path.origin)?;
                }
            }
            for address in &known.addresses {
                self.chain.check_address(address, path.origin)?;
            }
            known
        } else {
            let target = self.open_below(&base, path, layer)?;
            if target.kustomization.kind() == Kind::Component {
                return Err(BuildError::IsComponent {
                    folder: redact(path).into_owned(),
                    at: path.origin,
                });
            }
            let added = Arc::new(target.accumulate()?);
            added.resources.check_ids()?;
            let key = if added.knows_helm_namespace {
                key_of_charts
            } else {
                key
            };
            layers.insert(key, &added);
            added
        };
        layer.merge(&added, path.origin)?;
        match &base.address {
            None => layer.folders.extend(added.folders.iter().cloned()),
            Some(address) => {
                layer.addresses.insert(address.raw().to_owned());
            }
        }
        Ok(())
    }

    fn add_component(&self, mut layer: Layer, path: &Text) -> Result<Layer, BuildError> {
        let base = self.find_base(path)?;
        let target = self.open_below(&base, path, &layer)?;
        if target.kustomization.kind() != Kind::Component {
            return Err(BuildError::IsNotComponent {
                folder: redact(path).into_owned(),
                at: path.origin,
            });
        }
        // The folders that the component of another tree enters are no folders of this one.
        let elsewhere = base.address.as_ref();
        let folders = elsewhere.map(|_| std::mem::take(&mut layer.folders));
        layer
            .addresses
            .extend(elsewhere.map(|address| address.raw().to_owned()));
        let mut layer = target.accumulate_onto(layer)?;
        if let Some(folders) = folders {
            layer.folders = folders;
        }
        // The reference tool lays the sum onto nothing, which shows what disagrees within it.
        layer.resources.check_ids()?;
        let config = std::mem::replace(&mut layer.config, Arc::clone(TransformerConfig::empty()));
        layer.merge_config(&config, path.origin)?;
        Ok(layer)
    }

    /// Finds the folder that an entry leads to, and holds it against those that led here.
    fn find_base(&self, path: &Text) -> Result<Base<'b>, BuildError> {
        let Some(reference) = address(path)? else {
            let base = self.files.folder(path)?;
            self.chain.check(&base.folder, path.origin)?;
            return Ok(base);
        };
        self.chain.check_address(reference.raw(), path.origin)?;
        self.files.fetch(reference, path.origin)
    }

    fn open_below<'n>(
        &'n self,
        base: &'n Base<'n>,
        path: &Text,
        layer: &Layer,
    ) -> Result<Target<'n>, BuildError> {
        let target = Target::open(
            self.context,
            self.chain.enter(base),
            Some(path.origin),
            self.location_of(path),
            self.known_open_api(layer),
        )?;
        Ok(Target {
            inherited_namespace: self.helm_namespace(),
            ..target
        })
    }

    /// Returns where the folder is on disk, if it is.
    pub(super) fn folder_on_disk(&self) -> Option<PathBuf> {
        self.chain.home.tree().folder_on_disk(self.chain.folder)
    }

    /// Returns the name of the folder.
    pub(super) fn folder_name(&self) -> smol_str::SmolStr {
        if let Some(name) = self.chain.folder.parts().last() {
            return name.into();
        }
        let folder = self.folder_on_disk();
        let name = folder.as_deref().and_then(|folder| folder.file_name());
        name.unwrap_or_default().to_string_lossy().into()
    }

    /// Returns where something that the kustomization names is, where that is asked for.
    pub(super) fn location_of(&self, path: &str) -> Option<Location> {
        self.provenance.as_ref().map(|folder| folder.join(path))
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
        self.inflate_charts(layer)?;
        for plugin in plugins(self, layer, &kustomization.generators)? {
            if plugin.kind() == inflate::KIND {
                self.inflate_plugin(layer, &plugin)?;
                continue;
            }
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
        let file = self.location_of(self.file_name)?;
        Some(Provenance::configured(
            file,
            ConfiguredBy {
                api_version: "builtin".to_owned(),
                kind: kind.to_owned(),
                ..ConfiguredBy::default()
            },
        ))
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
        a.function_path == b.function_path
            && (a.node.same(&b.node) || text(a) == text(b))
            && a.remembers_as(b)
    };
    let count = before.len();
    before.iter().any(|before| {
        let position = after.position(&before.id());
        match position.and_then(|position| after.get(position)) {
            Some(after) => !is_same(before, after),
            None => after.len() == count,
        }
    })
}

/// Reads the one kustomization file of a folder.
pub(super) fn read_file(
    chain: Chain<'_>,
    files: &Files<'_>,
    at: Option<Origin>,
) -> Result<(&'static str, Node), BuildError> {
    let shown = || chain.home.name(chain.folder);
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
