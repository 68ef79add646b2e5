//! Sets the number of replicas of a named workload.

use smol_str::SmolStr;

use super::scalar::set_typed;
use crate::kustomize::fieldspec::{Create, FieldSpecError, FieldSpecs};
use crate::kustomize::{FieldSpec, Gvk, ResId, ResMap};
use crate::yaml::{Diagnostic, Origin, Tag};

/// What the replica count transformer is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The name that the workload has or had.
    pub name: SmolStr,
    /// How many replicas it gets.
    pub count: i64,
    /// The place that wrote the number.
    pub count_origin: Origin,
    /// The kinds and their fields.
    pub field_specs: FieldSpecs,
    /// The line that asks for it.
    pub origin: Origin,
}

/// Why the number could not be set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field could not be set.
    #[error(transparent)]
    Field(#[from] FieldSpecError),
    /// No workload has the name.
    #[error("no workload named `{name}` has replicas to set")]
    NoTarget {
        /// The name.
        name: SmolStr,
        /// The line that asks for it.
        at: Origin,
        /// A name that is much like it.
        similar: Option<SmolStr>,
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Field(error) => error.origin(),
            Self::NoTarget { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Field(error) => error.hint(),
            Self::NoTarget { similar, .. } => similar
                .as_ref()
                .map(|name| format!("did you mean `{name}`?")),
        }
    }
}

/// Sets the replicas of each workload that has or had the name.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<(), Error> {
    let mut found = false;
    let count = smol_str::format_smolstr!("{}", config.count);
    for position in 0..resources.len() {
        let Some(resource) = resources.get(position) else {
            continue;
        };
        let has_name = |id: &ResId| id.name == config.name;
        if resource.name() != config.name && !resource.previous.iter().any(has_name) {
            continue;
        }
        let named: Vec<ResId> = resource
            .previous_ids()
            .chain([resource.id()])
            .filter(has_name)
            .collect();
        for spec in &config.field_specs {
            if !named.iter().any(|id| spec.selects(&id.gvk)) {
                continue;
            }
            found = true;
            let Some(mut resource) = resources.get_mut(position) else {
                continue;
            };
            if !spec.selects(&Gvk::of(&resource.node)) {
                continue;
            }
            let new = spec
                .rewrite(
                    &resource.node,
                    Create::Scalar,
                    config.count_origin,
                    &mut |field| set_typed(field, &count, Tag::Int, config.count_origin),
                )
                .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
            if let Some(new) = new {
                resource.node = new;
            }
        }
    }
    if found {
        return Ok(());
    }
    Err(Error::NoTarget {
        name: config.name.clone(),
        at: config.origin,
        similar: similar_name(resources, config),
    })
}

fn similar_name(resources: &ResMap, config: &Config) -> Option<SmolStr> {
    resources
        .iter()
        .flat_map(|resource| [resource.original_id(), resource.id()])
        .filter(|id| {
            config
                .field_specs
                .iter()
                .any(|spec: &FieldSpec| spec.selects(&id.gvk))
        })
        .map(|id| (strsim::jaro_winkler(&id.name, &config.name), id.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
