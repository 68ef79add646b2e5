//! Helm: charts, their values and the functions of their templates.

pub mod func;
pub mod toml;
pub mod yaml;
