//! A part of the fleet, by the names that flags give.

use super::error::{FleetError, FleetErrors, nearest};
use super::{Environment, Fleet};

/// The environments and components that were asked for; all where none is named.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of environments.
    pub environments: Vec<String>,
    /// Names of components.
    pub components: Vec<String>,
}

impl Selection {
    /// Returns the part of the fleet that is selected.
    ///
    /// # Errors
    ///
    /// Where the fleet does not have what a name asks for.
    pub fn apply(&self, fleet: &Fleet) -> Result<Fleet, FleetErrors> {
        self.check(&[fleet])?;
        Ok(self.part_of(fleet))
    }

    /// Checks that each name is in one of some fleets at least.
    ///
    /// # Errors
    ///
    /// One for each name that is in none of them.
    pub fn check(&self, fleets: &[&Fleet]) -> Result<(), FleetErrors> {
        let mut errors = Vec::new();
        let environments = || fleets.iter().flat_map(|fleet| &fleet.environments);
        let known = environments().map(|known| known.name.as_str()).collect();
        missing("environment", &self.environments, known, &mut errors);
        if errors.is_empty() {
            let known = environments()
                .filter(|environment| self.has(environment))
                .flat_map(|environment| &environment.components)
                .map(|component| component.name.as_str())
                .collect();
            missing("component", &self.components, known, &mut errors);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(FleetErrors(errors))
        }
    }

    /// Returns what a fleet has of what is selected.
    pub fn part_of(&self, fleet: &Fleet) -> Fleet {
        let mut part = fleet.clone();
        part.environments
            .retain(|environment| self.has(environment));
        if !self.components.is_empty() {
            for environment in &mut part.environments {
                environment
                    .components
                    .retain(|component| self.components.contains(&component.name));
            }
            part.environments
                .retain(|environment| !environment.components.is_empty());
        }
        part
    }

    fn has(&self, environment: &Environment) -> bool {
        self.environments.is_empty() || self.environments.contains(&environment.name)
    }
}

fn missing(
    thing: &'static str,
    asked: &[String],
    mut known: Vec<&str>,
    errors: &mut Vec<FleetError>,
) {
    known.sort_unstable();
    known.dedup();
    for name in asked {
        if !known.contains(&name.as_str()) {
            errors.push(FleetError::NotSelected {
                thing,
                name: name.clone(),
                nearest: nearest(name, known.iter().copied()),
                known: known.iter().map(|name| (*name).to_owned()).collect(),
            });
        }
    }
}
