//! A part of the fleet, by the names that flags give.

use super::Fleet;
use super::error::{FleetError, FleetErrors, nearest};

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
    /// Where a name is in no environment that is selected.
    pub fn apply(&self, fleet: &Fleet) -> Result<Fleet, FleetErrors> {
        let mut errors = Vec::new();
        let known: Vec<&str> = fleet
            .environments
            .iter()
            .map(|known| known.name.as_str())
            .collect();
        missing("environment", &self.environments, &known, &mut errors);
        let mut selected = fleet.clone();
        if !self.environments.is_empty() {
            selected
                .environments
                .retain(|environment| self.environments.contains(&environment.name));
        }
        let mut known: Vec<&str> = fleet
            .environments
            .iter()
            .filter(|known| selected.environment(&known.name).is_some())
            .flat_map(|environment| &environment.components)
            .map(|component| component.name.as_str())
            .collect();
        known.sort_unstable();
        known.dedup();
        if errors.is_empty() {
            missing("component", &self.components, &known, &mut errors);
        }
        if !errors.is_empty() {
            return Err(FleetErrors(errors));
        }
        if !self.components.is_empty() {
            for environment in &mut selected.environments {
                environment
                    .components
                    .retain(|component| self.components.contains(&component.name));
            }
            selected
                .environments
                .retain(|environment| !environment.components.is_empty());
        }
        Ok(selected)
    }
}

fn missing(thing: &'static str, asked: &[String], known: &[&str], errors: &mut Vec<FleetError>) {
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
