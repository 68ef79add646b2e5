//! Writes a value, such as the name of a project, into fields or into paths that fields hold.

use smol_str::SmolStr;

use super::field_path::{Leaf, PathProblem, find, node_at};
use super::namespace::{self, RoleBindingSubjects};
use super::scalar::set_untyped;
use super::shared::settle;
use crate::kustomize::fieldspec::{FieldError, FieldSpecError, FieldSpecs, Rewritten};
use crate::kustomize::selector::{Selection, SelectorError};
use crate::kustomize::{ResId, ResMap, Resource};
use crate::yaml::{Diagnostic, Node, Origin};

/// What the value-add transformer is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The value.
    pub value: SmolStr,
    /// Where it goes.
    pub targets: Vec<Target>,
    /// The line that has the value.
    pub origin: Origin,
}

/// Fields that get the value.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The resources; all where there is none.
    pub selection: Option<Selection>,
    /// The field, as a path with slashes.
    pub field_path: SmolStr,
    /// Where the value goes in a file path that the field holds, from 1; 0 where it takes the field's
    /// place.
    pub file_path_position: usize,
}

/// Why the value could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field could not be set.
    #[error(transparent)]
    Field(#[from] FieldSpecError),
    /// The resources could not be selected.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// The path leads to no field.
    #[error("field `{path}` of `{resource}`: {problem}")]
    Path {
        /// The path.
        path: SmolStr,
        /// The resource.
        resource: ResId,
        /// Why.
        problem: PathProblem,
        /// The line that has the path.
        at: Origin,
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Field(error) => error.origin(),
            Self::Selector(error) => error.origin(),
            Self::Path { at, .. } => Some(*at),
        }
    }
}

/// Writes the value into the fields of all targets.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<(), Error> {
    for target in &config.targets {
        let positions = match &target.selection {
            Some(selection) => selection.positions(resources)?,
            None => (0..resources.len()).collect(),
        };
        for position in positions {
            if let Some(mut resource) = resources.get_mut(position) {
                add(&mut resource, target, config)?;
                settle(&mut resource);
            }
        }
    }
    Ok(())
}

fn add(resource: &mut Resource, target: &Target, config: &Config) -> Result<(), Error> {
    if target.field_path == "metadata/namespace" {
        let config = namespace::Config {
            namespace: config.value.clone(),
            field_specs: FieldSpecs::default(),
            unset_only: false,
            subjects: RoleBindingSubjects::default(),
            origin: config.origin,
        };
        return Ok(namespace::set_namespace(resource, &config)?);
    }
    let steps = steps(&target.field_path);
    let mut node = resource.node.clone();
    let found = find(&mut node, &steps, Some(Leaf::Scalar), config.origin);
    let found = found.map_err(|problem| Error::Path {
        path: target.field_path.clone(),
        resource: resource.id(),
        problem,
        at: config.origin,
    })?;
    for found in &found.fields {
        let Some(field) = node_at(&mut node, &found.path) else {
            continue;
        };
        let new = set(field, target, config)
            .map_err(|error| error.of(&target.field_path, resource.id()))?;
        if let Some(new) = new {
            *field = new;
        }
    }
    resource.node = node;
    Ok(())
}

/// Returns the fields that a path leads through; a backslash keeps a slash in one.
fn steps(path: &str) -> Vec<SmolStr> {
    let mut steps: Vec<String> = Vec::new();
    for part in path.split('/') {
        match steps.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('/');
                last.push_str(part);
            }
            _ => steps.push(part.to_owned()),
        }
    }
    steps.into_iter().map(SmolStr::from).collect()
}

fn set(field: &Node, target: &Target, config: &Config) -> Rewritten {
    let Some(old) = field.text() else {
        return Err(FieldError::wrong_kind("a scalar", field));
    };
    let Some(position) = target.file_path_position.checked_sub(1) else {
        return set_untyped(field, &config.value, config.origin);
    };
    let new = insert_part(old, position, &config.value);
    set_untyped(field, &new, config.origin)
}

/// Inserts a part into a file path, which stays absolute or relative.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::insert_part;

    #[test]
    fn a_part_goes_in_where_it_is_told_or_at_the_end() {
        for (path, position, want) in [
            ("", 0, "p"),
            ("/", 3, "/p"),
            ("a", 0, "p/a"),
            ("/a", 0, "/p/a"),
            ("a", 1, "a/p"),
            ("/a", 9, "/a/p"),
            ("/a/b/c", 2, "/a/b/p/c"),
        ] {
            assert_eq!(insert_part(path, position, "p"), want, "{path} {position}");
        }
    }
}
