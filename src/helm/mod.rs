//! A Helm chart becomes manifests, byte for byte as `helm template` of 4.3.1 renders them.
//!
//! [`chart`] reads a folder or an archive into a [`Chart`], once for any number of renders; [`values`] puts the
//! user's values over the charts' own; [`template`](fn@template) renders, with the functions of [`func`]. Knows nothing
//! of clusters, and reads nothing but through [`source`](crate::source): no environment, no clock unless a template asks
//! for one. Charts of repositories come from [`repository`], which asks no server unless a
//! [`FetchPolicy`](crate::source::remote::FetchPolicy) says so.

pub mod capabilities;
pub mod chart;
mod decode;
mod dependencies;
mod documents;
mod error;
pub mod func;
mod glob;
mod instance;
mod known;
pub mod manifest;
mod meta_schema;
mod objects;
pub(crate) mod path_match;
pub mod release;
mod render;
pub mod repository;
pub mod schema;
pub mod toml;
pub mod values;
mod values_type;
pub mod yaml;

pub use capabilities::{Capabilities, KubeVersion};
pub use chart::Chart;
pub use documents::{DocumentsError, documents};
pub use error::Error;
pub use func::Lookup;
pub use manifest::Manifest;
pub use release::{Action, Options, Randomness, Schemas, Tracing, check_name};
pub(crate) use render::write_document;
pub use render::{Crd, Hooks, Rendered, Show, Trace, Unreproducible, template};
