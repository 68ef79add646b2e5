//! Is an object what the API server of a Kubernetes version would take?
//!
//! [`Bundle`] holds the kinds of one version, [`Bundle::builtin`] those that ship with the binary;
//! [`validate`] is the way in: an object, as strictly as with `fieldValidation=Strict`, walked as it stands.
//! `walk` holds it to its types, `rules` to what the API's own validation adds, `crd` to the schemas of custom
//! resources, with the `constraints` in them; `compile` makes a bundle from what a server publishes.
//! No cluster is asked and nothing is fetched.

mod bundle;
mod compile;
mod constraints;
mod crd;
mod json;
mod names;
mod place;
mod quantity;
mod removed;
mod rules;
mod scalar;
mod text;
mod violation;
mod walk;

pub use bundle::{Bundle, BundleError};
pub use compile::CompileError;
pub use violation::{Severity, Violation};
pub use walk::validate;
