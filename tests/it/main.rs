//! The integration tests, linked as one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by them, and so do the functions that it calls"
)]

mod admission;
mod agreement;
mod bad_input;
mod cel_reference;
mod chart_places;
mod cli;
mod cli_build;
mod cli_diff;
mod cli_explain;
mod cli_policy;
mod cli_render;
mod cli_schema;
mod control_plane;
mod envsubst;
mod examples;
mod expand;
mod expand_mistakes;
mod expand_order;
mod expand_sets;
mod explain_places;
mod finding_places;
mod fleet_file;
mod functions;
mod fuzz;
mod helm_cluster;
mod helm_files;
mod helm_golden;
mod helm_hostile;
mod helm_random;
mod helm_reference;
mod helm_sources;
mod helm_values;
mod kustomize_golden;
mod kustomize_reference;
mod layers;
mod memory_tree;
mod merge_reference;
mod mistakes;
mod policy_reference;
mod random;
mod remote;
mod schema_bundle;
mod sync_cluster;
mod sync_directory;
mod template_functions;
mod template_golden;
mod tera_sources;
mod tools;
mod wrong_types;
mod yaml_other_reader;
mod yaml_reference;
