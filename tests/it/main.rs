//! The integration tests, linked as one binary.

mod control_plane;
mod tools;
mod yaml_reference;
