//! The integration tests, linked as one binary.

mod control_plane;
mod schema_bundle;
mod tools;
mod yaml_reference;
