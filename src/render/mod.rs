//! The fleet: its file, its discovery, all its builds in parallel, the rendered set and its digest.
//!
//! [`Fleet::load`] says what there is, [`render`] builds it. [`RenderedSet`] is what every later stage
//! takes: environments, in them components, in them objects.

mod digest;
mod error;
pub mod expand;
pub mod fleet;
mod run;
mod set;
pub mod sources;

pub use digest::Digest;
pub use error::{RenderError, RenderErrors};
pub use fleet::Fleet;
pub use run::{ExpandOptions, Progress, RenderOptions, Rendering, render};
pub use set::{Object, ObjectId, RenderedComponent, RenderedEnvironment, RenderedSet};
