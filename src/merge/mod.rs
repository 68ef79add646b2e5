//! Patches over nodes: strategic merge by Kubernetes' merge keys, JSON patch.
//!
//! [`strategic_merge`] lays one object over another, [`JsonPatch`] makes operations one after the other.
//! [`Schemas`] tells how the lists of a type merge and whether it has a namespace, [`resource_of`] what its
//! resource is called.
//! Performs no I/O and knows nothing of kustomizations: a patch arrives parsed, with its origins.

mod item;
mod json_patch;
mod resource;
mod schema;
mod strategic;

pub use item::ITEM_KEYS;
pub use json_patch::{JsonPatch, JsonPatchError};
pub use resource::resource_of;
pub use schema::{Custom, OpenApiError, Schemas, Scope, scope};
pub use strategic::{Deletion, MergeError, deletion_in, strategic_merge};
