//! YAML as Kubernetes' tools read and write it.
//!
//! [`parse`] reads documents by the rules of Go's YAML version 3, which kustomize uses; [`emit`]
//! writes them as `kustomize build` does. In between stand [`Node`]s, each knowing its [`Origin`].
//! Knows nothing of files or of Kubernetes.

mod binary;
mod emit;
pub mod json;
mod node;
mod number;
mod origin;
mod parse;
mod path;
mod relocate;
mod resolve;
mod timestamp;

pub(crate) use emit::{Emitter, Manner, Order, sort_keys};
pub use emit::{emit, emit_as_written};
pub use node::{Entry, Mapping, Node, Scalar, Style, Tag, Value};
pub(crate) use number::{Number, number_in_json, number_text, parse_any as parse_number};
pub use origin::{Diagnostic, FileId, Origin};
pub(crate) use parse::parse_alike;
pub use parse::{DuplicateKeys, Limits, ParseError, Syntax, parse, parse_version_2, parse_with};
pub use path::{FieldPath, Segment};
pub use relocate::{MadeDocument, MadeFrom, parse_made, parse_made_version_2};
pub(crate) use resolve::resolve;
