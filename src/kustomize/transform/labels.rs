//! Adds labels or annotations, which differ in nothing but their fields.

use smol_str::SmolStr;

use super::scalar::set_typed;
use super::shared::{SharedValue, settle};
use crate::kustomize::fieldspec::{
    Create, FieldError, FieldSpecConflict, FieldSpecError, FieldSpecs, Rewritten,
};
use crate::kustomize::{FieldSpec, Gvk, ResMap};
use crate::yaml::{Entry, Node, Origin, Scalar, Tag};

/// What the label or annotation transformer is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// What to add.
    pub pairs: Vec<Pair>,
    /// The mappings that take it.
    pub field_specs: FieldSpecs,
    /// The line that asks for it.
    pub origin: Origin,
}

/// A label or annotation.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The key.
    pub key: SmolStr,
    /// The value.
    pub value: SmolStr,
    /// The line that has it.
    pub origin: Origin,
}

/// Sets all pairs in all fields.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<(), FieldSpecError> {
    if config.pairs.is_empty() {
        return Ok(());
    }
    for resource in resources.iter_mut() {
        let gvk = Gvk::of(&resource.node);
        let mut added = vec![0_u32; config.pairs.len()];
        for spec in config.field_specs.iter().filter(|spec| spec.selects(&gvk)) {
            let new = spec
                .rewrite(
                    &resource.node,
                    Create::Mapping,
                    config.origin,
                    &mut |field| set_pairs(field, &config.pairs, &mut added),
                )
                .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
            if let Some(new) = new {
                resource.node = new;
            }
        }
        for (pair, added) in config.pairs.iter().zip(added) {
            if added > 1 {
                let (key, text) = (pair.key.clone(), pair.value.clone());
                let shared = SharedValue::new(key, pair.origin, text);
                resource.shared.push(shared);
            }
        }
        settle(resource);
    }
    Ok(())
}

/// Sets pairs in a field; counts where each was not there.
fn set_pairs(field: &Node, pairs: &[Pair], added: &mut [u32]) -> Rewritten {
    if field.is_null() {
        return Ok(None);
    }
    let Some(mapping) = field.as_mapping() else {
        return Err(FieldError::wrong_kind("a mapping", field));
    };
    let mut changed: Option<Node> = None;
    for (pair, added) in pairs.iter().zip(added) {
        let entry = match mapping.get(&pair.key) {
            // A mapping in the place of a value is replaced as a whole.
            Some(old) => match set_typed(old, &pair.value, Tag::Str, pair.origin) {
                Ok(None) => continue,
                Ok(Some(new)) => new,
                Err(_) => Node::string(pair.value.clone(), pair.origin),
            },
            None => Node::string(pair.value.clone(), pair.origin),
        };
        let new = changed.get_or_insert_with(|| field.clone());
        let Some(mapping) = new.as_mapping_mut() else {
            continue;
        };
        if let Some(old) = mapping.get_mut(&pair.key) {
            *old = entry;
        } else {
            *added += 1;
            mapping.push(Entry {
                key: Scalar::string(pair.key.clone()),
                key_origin: pair.origin,
                value: entry,
            });
        }
    }
    Ok(changed)
}

/// Which fields an entry of a kustomization's `labels` sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The labels of the object.
    #[default]
    Metadata,
    /// Those of its pod template too.
    Templates,
    /// Those of its pod template and its selectors too.
    Selectors,
}

/// Returns the fields of an entry of a kustomization's `labels`: its own, and those the configuration
/// has for its reach.
pub(crate) fn field_specs(
    own: &FieldSpecs,
    reach: Reach,
    configuration: &crate::kustomize::config::TransformerConfig,
) -> Result<FieldSpecs, FieldSpecConflict> {
    let specs = own.merge(&configuration.labels)?;
    if reach == Reach::Selectors {
        return specs.merge(&configuration.common_labels);
    }
    let specs = match reach {
        Reach::Templates => specs.merge(&configuration.template_labels)?,
        _ => specs,
    };
    specs.merge(&FieldSpecs::from_iter([FieldSpec::everywhere(
        "metadata/labels",
        true,
    )]))
}
