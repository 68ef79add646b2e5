//! The functions that Helm adds to those of Sprig, a file a theme.

pub(crate) mod control;
pub mod duration;
pub mod json;
pub(crate) mod lookup;
pub mod toml;
pub mod yaml;

use std::sync::{Arc, LazyLock};

pub use lookup::Lookup;

use crate::template::Functions;

/// Adds the functions of this module.
pub fn add_to(functions: &mut Functions) {
    functions.add(yaml::FUNCTIONS);
    functions.add(json::FUNCTIONS);
    functions.add(toml::FUNCTIONS);
    functions.add(control::FUNCTIONS);
    functions.add(lookup::FUNCTIONS);
    functions.add(duration::FUNCTIONS);
}

/// All functions that a chart's templates may call.
pub fn all() -> &'static Arc<Functions> {
    static FUNCTIONS: LazyLock<Arc<Functions>> = LazyLock::new(|| {
        let mut functions = Functions::standard();
        // A chart's output is a function of its values, not of who renders it.
        functions.remove(&["env", "expandenv"]);
        add_to(&mut functions);
        Arc::new(functions)
    });
    &FUNCTIONS
}
