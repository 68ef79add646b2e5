//! Steps of the fields of a kustomization.

use smol_str::SmolStr;

use crate::merge::Schemas;
use crate::yaml::Origin;

use super::super::config::field_specs;
use super::super::file::{Image, Label, Patch, Text, TextMap};
use super::super::transform::labels::Reach;
use super::replacement_files::with_files;
use super::{
    BuildError, Step, Target, Transformer, TransformerConfig, images, labels, name_affix,
    namespace, patch, replicas,
};

/// Returns the steps in the order of the reference tool.
pub(in super::super) fn steps_of_fields(
    target: &Target<'_>,
    config: &TransformerConfig,
    schemas: &Schemas,
) -> Result<Vec<Step>, BuildError> {
    let mut steps = Steps {
        target,
        config,
        schemas,
        planned: Vec::new(),
    };
    steps.patches()?;
    steps.namespace();
    steps.affixes();
    steps.labels()?;
    steps.annotations();
    steps.json_patches()?;
    steps.replicas();
    steps.images();
    steps.replacements()?;
    Ok(steps.planned)
}

struct Steps<'s> {
    target: &'s Target<'s>,
    config: &'s TransformerConfig,
    schemas: &'s Schemas,
    planned: Vec<Step>,
}

impl Steps<'_> {
    fn push(&mut self, kind: &str, field: &str, at: Origin, transformer: Transformer) {
        self.planned.push(Step {
            transformer,
            name: field.into(),
            at,
            provenance: self.target.built_in_provenance(kind),
        });
    }

    fn patches(&mut self) -> Result<(), BuildError> {
        let kustomization = &self.target.kustomization;
        let load = |path: &Text| self.target.files.content(path);
        let schemas = self.schemas;
        if !kustomization.patches_strategic_merge.is_empty() {
            let config = patch::from_strategic_merge(
                &kustomization.patches_strategic_merge,
                schemas,
                &load,
                kustomization.origin,
            )?;
            self.push(
                "PatchStrategicMergeTransformer",
                "patchesStrategicMerge",
                first_text(&kustomization.patches_strategic_merge, kustomization.origin),
                Transformer::Patch(Box::new(config)),
            );
        }
        for entry in &kustomization.patches {
            let config = patch::from_patch(&patch_fields(entry), schemas, &load)?;
            let patch = Transformer::Patch(Box::new(config));
            self.push("PatchTransformer", "patches", entry.origin, patch);
        }
        Ok(())
    }

    fn json_patches(&mut self) -> Result<(), BuildError> {
        for entry in &self.target.kustomization.patches_json_6902 {
            let load = |path: &Text| self.target.files.content(path);
            let config = patch::from_json_6902(&patch_fields(entry), self.schemas, &load)?;
            self.push(
                "PatchJson6902Transformer",
                "patchesJson6902",
                entry.origin,
                Transformer::Patch(Box::new(config)),
            );
        }
        Ok(())
    }

    fn namespace(&mut self) {
        let namespace = &self.target.kustomization.namespace;
        if !namespace.is_empty() {
            let config = namespace::Config {
                namespace: namespace.text.clone(),
                field_specs: self.config.namespace.clone(),
                unset_only: false,
                subjects: namespace::RoleBindingSubjects::default(),
                origin: namespace.origin,
            };
            let step = Transformer::Namespace(config);
            self.push("NamespaceTransformer", "namespace", namespace.origin, step);
        }
    }

    fn affixes(&mut self) {
        let kustomization = &self.target.kustomization;
        for (affix, side, field_specs, kind, field) in [
            (
                &kustomization.name_prefix,
                name_affix::Side::Prefix,
                &self.config.name_prefix,
                "PrefixTransformer",
                "namePrefix",
            ),
            (
                &kustomization.name_suffix,
                name_affix::Side::Suffix,
                &self.config.name_suffix,
                "SuffixTransformer",
                "nameSuffix",
            ),
        ] {
            if !affix.is_empty() {
                let config = name_affix::Config {
                    affix: affix.text.clone(),
                    side,
                    field_specs: field_specs.clone(),
                    origin: affix.origin,
                };
                self.push(kind, field, affix.origin, Transformer::NameAffix(config));
            }
        }
    }

    fn labels(&mut self) -> Result<(), BuildError> {
        let kustomization = &self.target.kustomization;
        if kustomization.labels.is_empty() && kustomization.common_labels.is_empty() {
            return Ok(());
        }
        for label in &kustomization.labels {
            let field_specs =
                labels::field_specs(&field_specs(&label.fields), reach(label), self.config)
                    .map_err(|conflict| BuildError::FieldSpecs {
                        path: conflict.path.to_string(),
                        at: label.origin,
                    })?;
            let config = labels::Config {
                pairs: pairs(&label.pairs),
                field_specs,
                origin: label.origin,
            };
            let step = Transformer::Labels(config);
            self.push("LabelTransformer", "labels", label.origin, step);
        }
        // It runs even where it has nothing to do, which its provenance shows.
        let origin = first_origin(&kustomization.common_labels).unwrap_or(kustomization.origin);
        let config = labels::Config {
            pairs: pairs(&kustomization.common_labels),
            field_specs: self.config.common_labels.clone(),
            origin,
        };
        let step = Transformer::Labels(config);
        self.push("LabelTransformer", "commonLabels", origin, step);
        Ok(())
    }

    fn annotations(&mut self) {
        let annotations = &self.target.kustomization.common_annotations;
        if let Some(origin) = first_origin(annotations) {
            let config = labels::Config {
                pairs: pairs(annotations),
                field_specs: self.config.common_annotations.clone(),
                origin,
            };
            let step = Transformer::Labels(config);
            self.push("AnnotationsTransformer", "commonAnnotations", origin, step);
        }
    }

    fn replicas(&mut self) {
        for replica in &self.target.kustomization.replicas {
            let config = replicas::Config {
                name: replica.name.text.clone(),
                count: replica.count.value,
                count_origin: replica.count.origin,
                field_specs: self.config.replicas.clone(),
                origin: replica.origin,
            };
            let step = Transformer::Replicas(config);
            self.push("ReplicaCountTransformer", "replicas", replica.origin, step);
        }
    }

    fn images(&mut self) {
        for image in &self.target.kustomization.images {
            let config = images::Config {
                images: vec![image_change(image)],
                field_specs: self.config.images.clone(),
            };
            let step = Transformer::Images(config);
            self.push("ImageTagTransformer", "images", image.origin, step);
        }
    }

    fn replacements(&mut self) -> Result<(), BuildError> {
        let entries = &self.target.kustomization.replacements;
        if let Some(first) = entries.first() {
            let step = Transformer::Replacement(with_files(self.target, entries)?);
            self.push("ReplacementTransformer", "replacements", first.origin, step);
        }
        Ok(())
    }
}

fn patch_fields(entry: &Patch) -> patch::PatchFields<'_> {
    patch::PatchFields {
        path: &entry.path,
        inline: &entry.patch,
        target: entry.target.as_ref(),
        options: Some(&entry.options),
        origin: entry.origin,
    }
}

fn reach(label: &Label) -> Reach {
    if label.include_selectors {
        Reach::Selectors
    } else if label.include_templates {
        Reach::Templates
    } else {
        Reach::Metadata
    }
}

fn first_text(texts: &[Text], or: Origin) -> Origin {
    texts.first().map_or(or, |text| text.origin)
}

fn first_origin(texts: &TextMap) -> Option<Origin> {
    texts.first().map(|(_, value)| value.origin)
}

pub(super) fn pairs(texts: &TextMap) -> Vec<labels::Pair> {
    let pair = |(key, value): &(SmolStr, super::super::file::Text)| labels::Pair {
        key: key.clone(),
        value: value.text.clone(),
        origin: value.origin,
    };
    texts.iter().map(pair).collect()
}

pub(super) fn image_change(image: &Image) -> images::Image {
    // What a reader looks for is the line of the tag, not that of the entry.
    let written = [&image.new_tag, &image.digest, &image.new_name]
        .into_iter()
        .find(|text| !text.text.is_empty());
    images::Image {
        change: images::ImageChange {
            name: image.name.text.clone(),
            new_name: image.new_name.text.clone(),
            new_tag: image.new_tag.text.clone(),
            tag_suffix: image.tag_suffix.text.clone(),
            digest: image.digest.text.clone(),
        },
        origin: written.map_or(image.origin, |text| text.origin),
    }
}
