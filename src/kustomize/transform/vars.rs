//! Puts the values of vars in the place of `$(NAME)`.
//!
//! Runs once, after all names are final. Which resource a var takes its value from was noted on the
//! resource, layer by layer.

mod expand;

use std::cell::Cell;
use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::field_path::{lookup, split_with_indexes};
use crate::kustomize::config::TransformerConfig;
use crate::kustomize::fieldspec::{
    Create, FieldError, FieldProblem, FieldSpecError, Rewritten, rewrite_items,
};
use crate::kustomize::file::Var;
use crate::kustomize::{Gvk, ResMap};
use crate::yaml::{Diagnostic, Node, Origin, Scalar, Style, Tag, Value};

use expand::expand;

/// Why vars could not be expanded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field could not be read or set.
    #[error(transparent)]
    Field(#[from] FieldSpecError),
    /// No resource is the object of a var.
    #[error("the var `{name}` refers to no resource of this build")]
    NoObject {
        /// The var.
        name: SmolStr,
        /// The place of the var.
        at: Origin,
    },
    /// The object of a var lacks the field.
    #[error("the var `{name}` refers to `{path}`, which its object does not have")]
    NoField {
        /// The var.
        name: SmolStr,
        /// The field.
        path: SmolStr,
        /// The place of the var.
        at: Origin,
        /// The place of the object.
        object: Origin,
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Field(error) => error.origin(),
            Self::NoObject { at, .. } | Self::NoField { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::NoField { object, .. } => vec![(*object, "the object".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoObject { .. } => Some(
                "`objref` must have group, version, kind and the name before any prefix".to_owned(),
            ),
            _ => None,
        }
    }
}

/// The value of a var, with the place that wrote it.
#[derive(Clone, Debug)]
pub(super) struct VarValue {
    /// As it stands inside a longer text.
    text: SmolStr,
    /// As it stands alone, with its type.
    alone: SmolStr,
    tag: Tag,
    origin: Origin,
    /// Whether it was put anywhere.
    is_used: Cell<bool>,
}

/// Expands the vars in all fields that may hold them, and returns those that stand in none.
pub(crate) fn transform<'v>(
    resources: &mut ResMap,
    vars: &'v [Var],
    configuration: &TransformerConfig,
) -> Result<Vec<&'v Var>, Error> {
    if vars.is_empty() {
        return Ok(Vec::new());
    }
    let values = values(resources, vars)?;
    for resource in resources.iter_mut() {
        let gvk = Gvk::of(&resource.node);
        let specs = configuration.var_reference.iter();
        for spec in specs.filter(|spec| spec.selects(&gvk)) {
            let new = spec
                .rewrite(
                    &resource.node,
                    Create::Nothing,
                    resource.node.origin,
                    &mut |field| expand_in(field, &values),
                )
                .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
            if let Some(new) = new {
                resource.node = new;
            }
        }
    }
    resources.iter_mut().for_each(super::shared::settle);
    let is_unused = |var: &&Var| !values.get(&var.name.text).is_some_and(|v| v.is_used.get());
    Ok(vars.iter().filter(is_unused).collect())
}

/// Returns the values of vars by name. A value that is a mapping or a list is left out: its var stays as
/// it is written.
fn values(resources: &ResMap, vars: &[Var]) -> Result<BTreeMap<SmolStr, VarValue>, Error> {
    let mut values = BTreeMap::new();
    for var in vars {
        let name = &var.name.text;
        let object = resources
            .iter()
            .find(|resource| resource.vars.contains(name))
            .ok_or_else(|| Error::NoObject {
                name: name.clone(),
                at: var.origin,
            })?;
        let path = match &*var.field.field_path {
            "" => "metadata.name",
            path => path,
        };
        let no_field = || Error::NoField {
            name: name.clone(),
            path: path.into(),
            at: var.origin,
            object: object.node.origin,
        };
        let field = lookup(&object.node, &split_with_indexes(path));
        let field = field.ok().flatten().ok_or_else(no_field)?;
        if let Value::Scalar(scalar) = &field.value {
            let value = value(scalar, field.origin).ok_or_else(no_field)?;
            values.insert(name.clone(), value);
        }
    }
    Ok(values)
}

/// Returns the value of a scalar, or none where it has a type but not a value of it.
fn value(scalar: &Scalar, origin: Origin) -> Option<VarValue> {
    let plain = |text: SmolStr, tag| VarValue {
        alone: text.clone(),
        text,
        tag,
        origin,
        is_used: Cell::default(),
    };
    Some(match scalar.tag {
        Tag::Int => {
            let number: i64 = scalar.text.parse().ok()?;
            plain(smol_str::format_smolstr!("{number}"), Tag::Int)
        }
        Tag::Bool => {
            // Those that Go's own parser of booleans knows and YAML too.
            let truth = scalar.text.eq_ignore_ascii_case("true");
            plain(smol_str::format_smolstr!("{truth}"), Tag::Bool)
        }
        Tag::Float => {
            let number: f64 = scalar.text.replace('_', "").parse().ok()?;
            VarValue {
                text: expand::float_in_text(number).into(),
                alone: smol_str::format_smolstr!("{number}"),
                tag: Tag::Float,
                origin,
                is_used: Cell::default(),
            }
        }
        _ => plain(scalar.text.clone(), Tag::Str),
    })
}

fn expand_in(field: &Node, values: &BTreeMap<SmolStr, VarValue>) -> Rewritten {
    match &field.value {
        _ if field.is_null() => Ok(None),
        Value::Scalar(scalar) if scalar.tag == Tag::Str => Ok(expand_scalar(field, scalar, values)),
        Value::Scalar(_) => Ok(None),
        Value::Mapping(mapping) => {
            let mut new: Option<Node> = None;
            for entry in mapping.iter() {
                if entry.key.tag != Tag::Str {
                    let problem = FieldProblem::KeyNotString(entry.key.text.clone());
                    return Err(FieldError {
                        problem,
                        at: entry.key_origin,
                    });
                }
                let Some(scalar) = entry.value.as_scalar().filter(|s| s.tag == Tag::Str) else {
                    continue;
                };
                if let Some(value) = expand_scalar(&entry.value, scalar, values) {
                    let mapping = new.get_or_insert_with(|| field.clone()).as_mapping_mut();
                    if let Some(mapping) = mapping {
                        mapping.insert(&entry.key.text, value);
                    }
                }
            }
            Ok(new)
        }
        Value::Sequence(_) => rewrite_items(field, |item| match item.as_scalar() {
            Some(scalar) if scalar.tag == Tag::Str => Ok(expand_scalar(item, scalar, values)),
            _ => Err(FieldError::wrong_kind("a string", item)),
        }),
    }
}

fn expand_scalar(
    node: &Node,
    scalar: &Scalar,
    values: &BTreeMap<SmolStr, VarValue>,
) -> Option<Node> {
    if !scalar.text.contains('$') {
        return None;
    }
    let expanded = expand(&scalar.text, values);
    if expanded.tag == Tag::Str && expanded.text == scalar.text {
        return None;
    }
    let scalar = Scalar {
        text: expanded.text,
        tag: expanded.tag,
        style: Style::Plain,
    };
    Some(Node::scalar(scalar, expanded.origin.unwrap_or(node.origin)))
}
