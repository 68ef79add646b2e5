//! Steps of configurations of plugins: resources in `transformers` and `validators`.

use crate::merge::Schemas;
use crate::yaml::{Node, Origin};

use super::super::config::field_specs;
use super::super::documents::objects;
use super::super::file::decode::{Rules, decode, record};
use super::super::file::inline;
use super::super::file::{
    FieldSpec, Image, Metadata, PatchOptions, Replica, Selector, Text, TextMap,
};
use super::super::function::{Function, Plugins, spec_of};
use super::super::layer::Layer;
use super::super::provenance::ConfiguredBy;
use super::super::{FieldSpecs, Resource};
use super::fields::{image_change, pairs};
use super::replacement_files::{aimed, with_files};
use super::value_add_config::value_add_config;
use super::{
    BuildError, Provenance, Replacement, Step, Target, Transformer, images, labels, name_affix,
    namespace, patch, replicas,
};

record! {
    /// What the configuration of a plugin may hold. Each plugin looks at its own part.
    "the configuration of a plugin"
    struct PluginConfig {
        /// Its name and namespace.
        metadata: Metadata = "metadata",
        /// The fields it works on.
        field_specs: Option<Vec<FieldSpec>> = "fieldSpecs",
        /// Labels to set.
        labels: TextMap = "labels",
        /// Annotations to set.
        annotations: TextMap = "annotations",
        /// A change of an image.
        image_tag: Image = "imageTag",
        /// A change of the number of replicas.
        replica: Replica = "replica",
        /// A patch's file.
        path: Text = "path",
        /// Files of patches, or patches themselves.
        paths: Vec<Text> = "paths",
        /// A patch.
        patch: Text = "patch",
        /// Patches, as documents of one text.
        patches: Text = "patches",
        /// A JSON patch.
        json_op: Text = "jsonOp",
        /// What is patched.
        target: Option<Selector> = "target",
        /// What a patch may do beyond.
        options: PatchOptions = "options",
        /// Replacements to make.
        replacements: Vec<Replacement> = "replacements",
        /// What goes before names.
        prefix: Text = "prefix",
        /// What goes after names.
        suffix: Text = "suffix",
        /// Whether fields that have a value keep it.
        unset_only: bool = "unsetOnly",
        /// Which subjects of role bindings get the namespace.
        set_role_binding_subjects: Text = "setRoleBindingSubjects",
    }
}

/// Returns the resources that a list of `generators`, `transformers` or `validators` names. Those that
/// stand in the kustomization itself come first, as in the reference tool.
pub(in super::super) fn plugins(
    target: &Target<'_>,
    layer: &mut Layer,
    entries: &[Text],
) -> Result<Vec<Resource>, BuildError> {
    let mut found = Layer::default();
    let mut paths = Vec::new();
    for entry in entries {
        let Some(nodes) = inline::documents(entry)
            .ok()
            .and_then(|documents| objects(documents).ok())
        else {
            paths.push(entry.clone());
            continue;
        };
        for node in nodes {
            let mut resource = Resource::new(node);
            let file = target.location_of(target.file_name);
            resource.provenance = file.as_ref().map(Provenance::file);
            found.resources.append(resource)?;
        }
    }
    target.add_resources(&mut found, &paths)?;
    layer.reads.extend(&found.reads);
    layer.folders.append(&mut found.folders);
    layer.addresses.append(&mut found.addresses);
    layer.add_warnings(&found.warnings);
    Ok(found.resources.into_vec())
}

/// Returns the provenance of what a plugin makes or changes.
pub(in super::super) fn provenance(plugin: &Resource) -> Option<Provenance> {
    let from = plugin.provenance.as_ref()?;
    let id = plugin.id();
    Some(Provenance::configured(
        from.at.clone(),
        ConfiguredBy {
            api_version: id.gvk.api_version().to_string(),
            kind: id.gvk.kind.to_string(),
            name: id.name.to_string(),
            namespace: id.namespace.to_string(),
        },
    ))
}

/// Returns the function that a plugin is; `None` for what is built in. Others are refused.
pub(super) fn function(
    target: &Target<'_>,
    plugin: &Resource,
) -> Result<Option<Function>, BuildError> {
    let gvk = plugin.id().gvk;
    if gvk.group.is_empty() && gvk.version == "builtin" {
        return Ok(None);
    }
    let (kind, at) = (|| plugin.kind().to_owned(), plugin.node.origin);
    let Plugins::Functions(options) = &target.context.options.plugins else {
        return Err(BuildError::ExternalPlugin { kind: kind(), at });
    };
    let Some(spec) = spec_of(&plugin.node)? else {
        return Err(BuildError::PluginFolder { kind: kind(), at });
    };
    let folder = target.folder_on_disk();
    Ok(Some(Function::new(plugin, &spec, options, folder)?))
}

/// Returns the steps that a plugin's configuration asks for.
pub(in super::super) fn step_of_plugin(
    target: &Target<'_>,
    plugin: &Resource,
    schemas: &Schemas,
) -> Result<Vec<Step>, BuildError> {
    if let Some(function) = function(target, plugin)? {
        let transformer = Transformer::Function(Box::new(function));
        return Ok(vec![step(plugin, transformer)]);
    }
    let config: PluginConfig = decode(&plugin.node, "configuration of a plugin", Rules::Plugin)?;
    let transformers = transformers(target, plugin, &config, schemas)?;
    let steps = transformers.into_iter();
    let mut steps: Vec<Step> = steps.map(|transformer| step(plugin, transformer)).collect();
    // A plugin leaves its provenance once.
    if let Some((_, before)) = steps.split_last_mut() {
        for step in before {
            step.provenance = None;
        }
    }
    Ok(steps)
}

fn step(plugin: &Resource, transformer: Transformer) -> Step {
    Step {
        transformer,
        name: plugin.kind().into(),
        at: plugin.node.origin,
        provenance: provenance(plugin),
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each plugin")]
fn transformers(
    target: &Target<'_>,
    plugin: &Resource,
    config: &PluginConfig,
    schemas: &Schemas,
) -> Result<Vec<Transformer>, BuildError> {
    let origin = plugin.node.origin;
    let kind = plugin.kind();
    let load = |path: &Text| target.files.content(path);
    let patch_fields = |inline| patch::PatchFields {
        path: &config.path,
        inline,
        target: config.target.as_ref(),
        options: Some(&config.options),
        origin,
    };
    let own_field_specs = || field_specs(config.field_specs.as_deref().unwrap_or_default());
    let affix = |affix: &Text, side| -> Result<Transformer, BuildError> {
        if config.field_specs.is_none() {
            return Err(BuildError::NoFieldSpecs {
                kind: kind.to_owned(),
                at: origin,
            });
        }
        Ok(Transformer::NameAffix(name_affix::Config {
            affix: affix.text.clone(),
            side,
            field_specs: field_specs(&not_null(plugin, config)),
            origin: or(affix.origin, origin),
        }))
    };
    let labels = |texts: &TextMap, field_specs: FieldSpecs| {
        Transformer::Labels(labels::Config {
            pairs: pairs(texts),
            field_specs,
            origin,
        })
    };
    Ok(vec![match kind {
        "AnnotationsTransformer" => labels(&config.annotations, own_field_specs()),
        "LabelTransformer" => labels(&config.labels, own_field_specs()),
        "HashTransformer" => Transformer::Hash,
        "ImageTagTransformer" => Transformer::Images(images::Config {
            images: vec![image_change(&config.image_tag)],
            field_specs: own_field_specs(),
        }),
        "NamespaceTransformer" => Transformer::Namespace(namespace::Config {
            namespace: config.metadata.namespace.text.clone(),
            field_specs: own_field_specs(),
            unset_only: config.unset_only,
            subjects: role_binding_subjects(&config.set_role_binding_subjects)?,
            origin: config.metadata.namespace.origin,
        }),
        "PatchTransformer" => Transformer::Patch(Box::new(patch::from_patch(
            &patch_fields(&config.patch),
            schemas,
            &load,
        )?)),
        "PatchJson6902Transformer" => Transformer::Patch(Box::new(patch::from_json_6902(
            &patch_fields(&config.json_op),
            schemas,
            &load,
        )?)),
        "PatchStrategicMergeTransformer" => {
            let mut entries = config.paths.clone();
            if !config.patches.is_empty() {
                entries.push(config.patches.clone());
            }
            Transformer::Patch(Box::new(patch::from_strategic_merge(
                &entries, schemas, &load, origin,
            )?))
        }
        "PrefixTransformer" => affix(&config.prefix, name_affix::Side::Prefix)?,
        "SuffixTransformer" => affix(&config.suffix, name_affix::Side::Suffix)?,
        "PrefixSuffixTransformer" => {
            return Ok(vec![
                affix(&config.prefix, name_affix::Side::Prefix)?,
                affix(&config.suffix, name_affix::Side::Suffix)?,
            ]);
        }
        "ReplacementTransformer" => {
            let aimed = aimed(plugin.node.get("replacements"), &config.replacements);
            Transformer::Replacement(with_files(target, &aimed)?)
        }
        "ValueAddTransformer" => Transformer::ValueAdd(value_add_config(target, plugin)?),
        "ReplicaCountTransformer" => Transformer::Replicas(replicas::Config {
            name: config.replica.name.text.clone(),
            count: config.replica.count.value,
            count_origin: config.replica.count.origin,
            field_specs: own_field_specs(),
            origin: or(config.replica.origin, origin),
        }),
        _ => {
            return Err(BuildError::WrongPlugin {
                kind: kind.to_owned(),
                wanted: "transformer",
                at: origin,
            });
        }
    }])
}

fn role_binding_subjects(text: &Text) -> Result<namespace::RoleBindingSubjects, BuildError> {
    Ok(match &**text {
        "" | "defaultOnly" => namespace::RoleBindingSubjects::DefaultOnly,
        "allServiceAccounts" => namespace::RoleBindingSubjects::AllServiceAccounts,
        "none" => namespace::RoleBindingSubjects::None,
        other => {
            return Err(BuildError::RoleBindingSubjects {
                found: other.to_owned(),
                at: text.origin,
            });
        }
    })
}

/// Returns a place, or another where it is none: what is not written has none.
pub(super) fn or(at: Origin, other: Origin) -> Origin {
    if at.line > 0 { at } else { other }
}

/// Returns the field specs without those that are null, as the reference tool reads them for affixes alone.
fn not_null(plugin: &Resource, config: &PluginConfig) -> Vec<FieldSpec> {
    let specs = config.field_specs.iter().flatten();
    let nodes = plugin.node.get("fieldSpecs").and_then(Node::as_sequence);
    specs
        .zip(nodes.into_iter().flatten())
        .filter(|(_, node)| !node.is_null())
        .map(|(spec, _)| spec.clone())
        .collect()
}
