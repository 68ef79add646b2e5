//! The integration tests, linked as one binary.

mod cli;
mod cli_build;
mod cli_diff;
mod cli_render;
mod control_plane;
mod examples;
mod kustomize_reference;
mod layers;
mod merge_reference;
mod schema_bundle;
mod tools;
mod yaml_reference;
