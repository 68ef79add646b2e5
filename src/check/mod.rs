//! Schemas and policies over a rendered set, as findings at the line that wrote the field; and what is surely
//! a mistake in the kustomizations that it is made of.
//!
//! [`check`] is the way in. It decides nothing about what follows: whoever calls looks at the
//! [severities](Severity).

mod duplicates;
mod finding;
mod kustomizations;
mod policies;
mod schemas;

use rayon::prelude::*;

use crate::policy::PolicySet;
use crate::render::RenderedSet;
use crate::schema::{Bundle, BundleError};

pub use finding::{Finding, Severity};

/// Whether objects are held to the schemas.
#[derive(Clone, Copy, Debug)]
pub enum Schemas<'s> {
    /// Each object against the schema of its environment's Kubernetes version: one of these, else one
    /// that ships with the binary.
    Check(&'s [Bundle]),
    /// No schema is loaded.
    Skip,
}

/// Returns what is surely a mistake in the kustomizations that a set is made of, if the render looked for it.
pub fn mistakes(set: &RenderedSet) -> Vec<Finding> {
    set.environments
        .iter()
        .flat_map(kustomizations::find)
        .collect()
}

/// Checks all objects of a set. Findings come in the order of environments, components and objects.
///
/// # Errors
///
/// Where a bundle of schemas is damaged.
pub fn check(
    set: &RenderedSet,
    schemas: Schemas<'_>,
    policies: &PolicySet,
) -> Result<Vec<Finding>, BundleError> {
    let environments: Vec<Vec<Finding>> = set
        .environments
        .par_iter()
        .map(|environment| {
            let mut findings = match schemas {
                Schemas::Check(added) => schemas::find(environment, added)?,
                Schemas::Skip => Vec::new(),
            };
            findings.extend(kustomizations::find(environment));
            findings.extend(duplicates::find(environment));
            findings.extend(policies::find(environment, policies));
            Ok(findings)
        })
        .collect::<Result<_, BundleError>>()?;
    Ok(environments.into_iter().flatten().collect())
}
