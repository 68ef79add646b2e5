//! The transformers, one file each.
//!
//! Each is a plain function `transform(resources: &mut ResMap, config: &Config) -> Result<(), E>` with an
//! error enum `E` of its own that implements [`Diagnostic`]; [`TransformError`] is what the caller holds.
//! A transformer that deletes a resource takes it out of the [`ResMap`](super::ResMap); one that renames calls
//! [`Resource::store_previous_id`](super::Resource::store_previous_id) before.

mod field_path;
pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod name_affix;
pub(crate) mod name_reference;
pub(crate) mod namespace;
pub(crate) mod patch;
pub(crate) mod replacement;
pub(crate) mod replicas;
mod scalar;
pub(crate) mod shared;
pub(crate) mod sort_order;
pub(crate) mod value_add;
pub(crate) mod vars;

use crate::yaml::Diagnostic;

/// Why a transformer failed: the error of whichever it was.
#[derive(Debug)]
pub struct TransformError(pub Box<dyn Diagnostic>);

impl<E: Diagnostic> From<E> for TransformError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}
