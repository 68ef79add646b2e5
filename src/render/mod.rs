//! The fleet: its file, its discovery, all its builds in parallel, the rendered set and its digest.
//!
//! [`RenderedSet`] is what every later stage takes: environments, in them components, in them objects.

mod digest;
pub mod fleet;
mod set;

pub use digest::Digest;
pub use fleet::Fleet;
pub use set::{Object, ObjectId, RenderedComponent, RenderedEnvironment, RenderedSet};
