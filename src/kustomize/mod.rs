//! A folder with a kustomization becomes resources, as kustomize v5.8.1 makes them.
//!
//! [`Resource`]s travel in a [`ResMap`], which keeps their order and finds them by [`ResId`].
//! No file is written here and no process started; all reading goes through
//! [`source::Tree`](crate::source::Tree).

mod accumulate;
mod amend;
mod build;
mod cache;
pub(crate) mod config;
mod documents;
mod error;
mod fieldspec;
pub mod file;
mod files;
mod finish;
pub mod function;
mod generate;
mod history;
mod id;
mod inflate;
mod layer;
mod made;
mod memory;
mod mistake;
mod openapi;
mod options;
mod place;
mod provenance;
mod resmap;
mod resource;
pub(crate) mod selector;
mod steps;
pub(crate) mod transform;

pub use build::{Builder, Built, build};
pub use config::TransformerConfig;
pub use documents::ObjectError;
pub use error::BuildError;
pub use fieldspec::{FieldSpec, FieldSpecError, FieldSpecs};
pub use file::{DecodeError, FileError, Warning};
pub use function::{FunctionOptions, Plugins};
pub use generate::GeneratorError;
pub use history::{Event, History, Removed, Writer};
pub use id::{Gvk, ResId};
pub use inflate::warnings_of;
pub use made::Made;
pub use mistake::{Mistake, Mistakes, RULES};
pub use options::{
    BuildOptions, HelmCharts, HelmDefaults, LoadRestriction, ManagedByLabel, Reorder,
};
pub use provenance::{ConfiguredBy, Location, Provenance};
pub use resmap::{JoinError, ResMap};
pub use resource::{Behavior, Resource};
pub use transform::TransformError;
pub use transform::shared::SharedValue;
