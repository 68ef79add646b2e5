//! Puts a prefix before names, or a suffix after them.

use smol_str::{SmolStr, format_smolstr};

use super::scalar::set_untyped;
use crate::kustomize::fieldspec::{Create, FieldError, FieldSpecError, FieldSpecs};
use crate::kustomize::{Gvk, ResMap};
use crate::yaml::{Node, Origin};

/// What the prefix or suffix transformer is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The text to add. An empty one changes nothing.
    pub affix: SmolStr,
    /// Where it goes.
    pub side: Side,
    /// The fields that take it.
    pub field_specs: FieldSpecs,
    /// The line that asks for it.
    pub origin: Origin,
}

/// Where an affix goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before the name.
    Prefix,
    /// After the name.
    Suffix,
}

/// Adds the affix to all names but those that mean something to the cluster as they are.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<(), FieldSpecError> {
    if config.affix.is_empty() {
        return Ok(());
    }
    for resource in resources.iter_mut() {
        let original = resource.original_id().gvk;
        if keeps_its_name(&original) {
            continue;
        }
        for spec in &config.field_specs {
            if !spec.selects(&original) {
                continue;
            }
            if spec.path.as_str() == "metadata/name" {
                let affixes = match config.side {
                    Side::Prefix => &mut resource.prefixes,
                    Side::Suffix => &mut resource.suffixes,
                };
                affixes.push(config.affix.clone());
                resource.store_previous_id();
            }
            if !spec.selects(&Gvk::of(&resource.node)) {
                continue;
            }
            let new = spec
                .rewrite(
                    &resource.node,
                    Create::Scalar,
                    config.origin,
                    &mut |field| add(field, config),
                )
                .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
            if let Some(new) = new {
                resource.node = new;
            }
        }
    }
    Ok(())
}

fn add(field: &Node, config: &Config) -> Result<Option<Node>, FieldError> {
    let name = field.text().unwrap_or_default();
    let text = match config.side {
        Side::Prefix => format_smolstr!("{}{name}", config.affix),
        Side::Suffix => format_smolstr!("{name}{}", config.affix),
    };
    set_untyped(field, &text, config.origin)
}

fn keeps_its_name(gvk: &Gvk) -> bool {
    match gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
