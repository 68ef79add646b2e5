//! The functions that Helm adds to those of Sprig, a file a theme.

pub mod json;
pub mod toml;
pub mod yaml;

use crate::template::Functions;

/// Adds the functions of this module.
pub fn add_to(functions: &mut Functions) {
    functions.add(yaml::FUNCTIONS);
    functions.add(json::FUNCTIONS);
    functions.add(toml::FUNCTIONS);
}
