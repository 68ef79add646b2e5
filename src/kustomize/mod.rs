//! A folder with a kustomization becomes resources, as kustomize v5.8.1 makes them.
//!
//! [`Resource`]s travel in a [`ResMap`], which keeps their order and finds them by [`ResId`].
//! No file is written here and no process started; all reading goes through
//! [`source::Tree`](crate::source::Tree).

mod id;
mod resmap;
mod resource;

pub use id::{Gvk, ResId};
pub use resmap::ResMap;
pub use resource::{Behavior, Resource};
