//! The integration tests, linked as one binary.

mod control_plane;
mod examples;
mod schema_bundle;
mod tools;
mod yaml_reference;
