//! TOML and the values of templates, as `BurntSushi/toml` has them meet.

pub mod read;
pub mod write;
