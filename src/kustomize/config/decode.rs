//! A file listed in `configurations`, read into a [`TransformerConfig`].

use std::sync::{Arc, OnceLock};

use super::{NameReference, TransformerConfig};
use crate::kustomize::Gvk;
use crate::kustomize::fieldspec::{FieldSpec, FieldSpecs, SpecPath};
use crate::kustomize::file::{
    self, DecodeError, Text,
    decode::{Rules, decode, record},
};
use crate::yaml::Node;

record! {
    /// A file listed in `configurations`.
    "a transformer configuration"
    pub(super) struct ConfigurationFile {
        /// Fields that take a name prefix.
        name_prefix: Vec<file::FieldSpec> = "namePrefix",
        /// Fields that take a name suffix.
        name_suffix: Vec<file::FieldSpec> = "nameSuffix",
        /// Fields that hold the namespace.
        namespace: Vec<file::FieldSpec> = "namespace",
        /// Labels, selectors and templates included.
        common_labels: Vec<file::FieldSpec> = "commonLabels",
        /// Labels that `labels` sets in any case.
        labels: Vec<file::FieldSpec> = "labels",
        /// Labels of templates.
        template_labels: Vec<file::FieldSpec> = "templateLabels",
        /// Annotations, templates included.
        common_annotations: Vec<file::FieldSpec> = "commonAnnotations",
        /// Fields that name another resource.
        name_reference: Vec<NameReferenceEntry> = "nameReference",
        /// Fields in which vars are expanded.
        var_reference: Vec<file::FieldSpec> = "varReference",
        /// Fields that hold an image.
        images: Vec<file::FieldSpec> = "images",
        /// Fields that hold a number of replicas.
        replicas: Vec<file::FieldSpec> = "replicas",
    }
}

record! {
    /// An entry of `nameReference`.
    "an entry of `nameReference`"
    pub(super) struct NameReferenceEntry {
        %embedded ["group", "version", "kind"],
        /// The API group that is named; empty for all.
        group: Text = "group",
        /// The version that is named; empty for all.
        version: Text = "version",
        /// The kind that is named; empty for all.
        kind: Text = "kind",
        /// The fields that name it.
        field_specs: Vec<file::FieldSpec> = "fieldSpecs",
    }
}

impl TransformerConfig {
    /// Reads a file listed in `configurations`.
    pub(crate) fn read(document: &Node) -> Result<Self, DecodeError> {
        let file: ConfigurationFile =
            decode(document, "transformer configuration", Rules::Configuration)?;
        let mut config = Self {
            name_prefix: field_specs(&file.name_prefix),
            name_suffix: field_specs(&file.name_suffix),
            namespace: field_specs(&file.namespace),
            common_labels: field_specs(&file.common_labels),
            labels: field_specs(&file.labels),
            template_labels: field_specs(&file.template_labels),
            common_annotations: field_specs(&file.common_annotations),
            name_reference: file.name_reference.iter().map(reference).collect(),
            var_reference: field_specs(&file.var_reference),
            images: field_specs(&file.images),
            replicas: field_specs(&file.replicas),
            reference_index: OnceLock::new(),
        };
        config.sort();
        Ok(config)
    }
}

fn reference(entry: &NameReferenceEntry) -> NameReference {
    NameReference {
        target: gvk(&entry.group, &entry.version, &entry.kind),
        referrers: field_specs(&entry.field_specs),
    }
}

/// Turns field specs as they are written into those that are walked.
pub(crate) fn field_specs(written: &[file::FieldSpec]) -> FieldSpecs {
    written
        .iter()
        .map(|spec| FieldSpec {
            gvk: gvk(&spec.group, &spec.version, &spec.kind),
            path: SpecPath::new(spec.path.text.clone()),
            create: spec.create,
        })
        .collect()
}

fn gvk(group: &Text, version: &Text, kind: &Text) -> Gvk {
    Gvk {
        group: group.text.clone(),
        version: version.text.clone(),
        kind: kind.text.clone(),
    }
}

/// Merges the configurations of several files, in order, over the built-in one.
pub(crate) fn merge_over_built_in(
    files: impl IntoIterator<Item = TransformerConfig>,
) -> Result<Arc<TransformerConfig>, super::MergeConflict> {
    let mut own = Arc::clone(TransformerConfig::empty());
    for file in files {
        own = own.merge(&Arc::new(file))?;
    }
    TransformerConfig::built_in().merge(&own)
}
