//! The order of the environments: what `after` says of it must make sense.

use super::Environment;
use super::error::{FleetError, nearest};
use crate::yaml::Origin;

/// Returns all that is wrong with the names of environments and with what comes after what; `places` has the
/// place of each entry of each environment's `after`.
pub(super) fn check(environments: &[Environment], places: &[Vec<Origin>]) -> Vec<FleetError> {
    let mut errors = Vec::new();
    for (index, environment) in environments.iter().enumerate() {
        let first = environments[..index]
            .iter()
            .find(|first| first.name == environment.name);
        if let Some(first) = first {
            errors.push(FleetError::Duplicate {
                things: "environments",
                name: environment.name.clone(),
                at: environment.origin,
                first: first.origin,
            });
        }
        let places = places.get(index).map_or(&[][..], Vec::as_slice);
        for (name, at) in environment.after.iter().zip(places) {
            if !environments.iter().any(|known| known.name == *name) {
                errors.push(FleetError::UnknownAfter {
                    environment: environment.name.clone(),
                    name: name.clone(),
                    nearest: nearest(name, environments.iter().map(|known| known.name.as_str())),
                    at: *at,
                });
            }
        }
    }
    if errors.is_empty() {
        errors.extend(cycle(environments));
    }
    errors
}

/// Returns the environments of a cycle, if there is one: what is left when, again and again, each
/// environment that comes after none of the others is taken out.
fn cycle(environments: &[Environment]) -> Option<FleetError> {
    let mut left: Vec<&Environment> = environments.iter().collect();
    loop {
        let before = left.len();
        let names: Vec<&str> = left.iter().map(|known| known.name.as_str()).collect();
        left.retain(|known| {
            known
                .after
                .iter()
                .any(|name| names.contains(&name.as_str()))
        });
        if left.len() == before {
            break;
        }
    }
    let first = left.first()?;
    let mut names = vec![first.name.clone()];
    let mut here = *first;
    // What is left may also lead into a cycle, so walk until a name comes again.
    loop {
        let next = left.iter().find(|known| here.after.contains(&known.name))?;
        if let Some(start) = names.iter().position(|name| *name == next.name) {
            names.drain(..start);
            names.push(next.name.clone());
            let at = environments
                .iter()
                .find(|known| names.first() == Some(&known.name))?
                .origin;
            return Some(FleetError::Cycle { names, at });
        }
        names.push(next.name.clone());
        here = next;
    }
}
