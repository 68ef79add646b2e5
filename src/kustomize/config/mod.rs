//! The transformer configuration: which fields each transformer works on.
//!
//! [`TransformerConfig::built_in`] is what every kustomization starts from; `configurations` files
//! ([`TransformerConfig::read`]) and schemas listed in `crds` ([`read_crds`]) are merged into it, and a
//! layer's into those of the layers below it.

mod crds;
mod decode;
mod defaults;
mod order;

use std::sync::{Arc, LazyLock, OnceLock};

use smol_str::SmolStr;

pub(crate) use crds::{not_a_definition, read_crds};
pub(crate) use decode::{field_specs, merge_over_built_in};
pub(crate) use order::{FIRST, LAST, kind_key, rank, sort_text};

use super::Gvk;
use super::fieldspec::{FieldSpecConflict, FieldSpecs};
use super::transform::name_reference::ReferenceIndex;

/// The fields that each transformer works on.
#[derive(Clone, Debug, Default)]
pub struct TransformerConfig {
    /// Fields that take a name prefix.
    pub name_prefix: FieldSpecs,
    /// Fields that take a name suffix.
    pub name_suffix: FieldSpecs,
    /// Fields that hold the namespace.
    pub namespace: FieldSpecs,
    /// Labels, selectors and templates included.
    pub common_labels: FieldSpecs,
    /// Labels that `labels` sets in any case.
    pub labels: FieldSpecs,
    /// Labels of templates.
    pub template_labels: FieldSpecs,
    /// Annotations, templates included.
    pub common_annotations: FieldSpecs,
    /// Fields that name another resource.
    pub name_reference: Arc<[NameReference]>,
    /// Fields in which vars are expanded.
    pub var_reference: FieldSpecs,
    /// Fields that hold an image.
    pub images: FieldSpecs,
    /// Fields that hold a number of replicas.
    pub replicas: FieldSpecs,
    reference_index: OnceLock<ReferenceIndex>,
}

/// The fields in which resources of a kind are named.
#[derive(Clone, Debug)]
pub struct NameReference {
    /// The kind that is named.
    pub target: Gvk,
    /// The fields that name it.
    pub referrers: FieldSpecs,
}

/// Two configurations that disagree on a field.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the configurations disagree on whether `{path}` of `{section}` is created")]
pub struct MergeConflict {
    /// The section of the configuration.
    pub section: &'static str,
    /// The field.
    pub path: SmolStr,
}

impl TransformerConfig {
    /// Returns the configuration of kustomize itself.
    pub fn built_in() -> &'static Arc<Self> {
        static BUILT_IN: LazyLock<Arc<TransformerConfig>> =
            LazyLock::new(|| Arc::new(defaults::built_in()));
        &BUILT_IN
    }

    /// Returns a configuration with no fields.
    pub fn empty() -> &'static Arc<Self> {
        static EMPTY: LazyLock<Arc<TransformerConfig>> = LazyLock::new(Arc::default);
        &EMPTY
    }

    /// Returns this with what another has more.
    pub fn merge(self: &Arc<Self>, other: &Arc<Self>) -> Result<Arc<Self>, MergeConflict> {
        // Most layers have no configuration of their own.
        let built_in = Self::built_in();
        if Arc::ptr_eq(other, Self::empty())
            || (Arc::ptr_eq(other, built_in) && Arc::ptr_eq(self, built_in))
        {
            return Ok(Arc::clone(self));
        }
        if Arc::ptr_eq(self, Self::empty()) && Arc::ptr_eq(other, built_in) {
            return Ok(Arc::clone(other));
        }
        let mut merged = self.merge_sections(other)?;
        merged.sort();
        Ok(Arc::new(merged))
    }

    fn merge_sections(&self, other: &Self) -> Result<Self, MergeConflict> {
        let merge = |section, ours: &FieldSpecs, theirs: &FieldSpecs| {
            ours.merge(theirs)
                .map_err(|conflict| MergeConflict::new(section, conflict))
        };
        Ok(Self {
            name_prefix: merge("namePrefix", &self.name_prefix, &other.name_prefix)?,
            name_suffix: merge("nameSuffix", &self.name_suffix, &other.name_suffix)?,
            namespace: merge("namespace", &self.namespace, &other.namespace)?,
            common_annotations: merge(
                "commonAnnotations",
                &self.common_annotations,
                &other.common_annotations,
            )?,
            common_labels: merge("commonLabels", &self.common_labels, &other.common_labels)?,
            labels: merge("labels", &self.labels, &other.labels)?,
            template_labels: merge(
                "templateLabels",
                &self.template_labels,
                &other.template_labels,
            )?,
            var_reference: merge("varReference", &self.var_reference, &other.var_reference)?,
            name_reference: self.merge_references(other)?,
            images: merge("images", &self.images, &other.images)?,
            replicas: merge("replicas", &self.replicas, &other.replicas)?,
            reference_index: OnceLock::new(),
        })
    }

    fn merge_references(&self, other: &Self) -> Result<Arc<[NameReference]>, MergeConflict> {
        let mut merged = self.name_reference.to_vec();
        for reference in other.name_reference.iter() {
            let mut found = false;
            for ours in &mut merged {
                if ours.target == reference.target {
                    ours.referrers = ours
                        .referrers
                        .merge(&reference.referrers)
                        .map_err(|conflict| MergeConflict::new("nameReference", conflict))?;
                    found = true;
                }
            }
            if !found {
                merged.push(reference.clone());
            }
        }
        Ok(merged.into())
    }

    fn sort(&mut self) {
        for specs in [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.var_reference,
            &mut self.images,
            &mut self.replicas,
        ] {
            specs.sort_by_kind(kind_key);
        }
        let mut references = self.name_reference.to_vec();
        references.sort_by_cached_key(|reference| kind_key(&reference.target));
        self.name_reference = references.into();
    }

    /// Returns the name references by the kind that refers.
    pub(super) fn reference_index(&self) -> &ReferenceIndex {
        self.reference_index
            .get_or_init(|| ReferenceIndex::new(&self.name_reference))
    }
}

impl MergeConflict {
    fn new(section: &'static str, conflict: FieldSpecConflict) -> Self {
        Self {
            section,
            path: conflict.path,
        }
    }
}
