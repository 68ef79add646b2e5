//! A folder with a kustomization becomes resources, as kustomize v5.8.1 makes them.
//!
//! [`Resource`]s travel in a [`ResMap`], which keeps their order and finds them by [`ResId`].
//! No file is written here and no process started; all reading goes through
//! [`source::Tree`](crate::source::Tree).

pub mod file;
mod id;
mod provenance;
mod resmap;
mod resource;
pub(crate) mod transform;

pub use id::{Gvk, ResId};
pub use provenance::{ConfiguredBy, Provenance};
pub use resmap::{JoinError, ResMap};
pub use resource::{Behavior, Resource};
pub use transform::TransformError;
