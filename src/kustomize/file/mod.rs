//! The kustomization file as typed values, each with the place that wrote it.
//!
//! [`decode`](decode::decode) turns any document into a [`record`](decode::record): the file itself, a
//! plugin's configuration, a list of field specs.

pub(crate) mod decode;
pub(crate) mod inline;
mod kustomization;
mod types;

pub(crate) use decode::{At, Decode, fields};
pub use decode::{DecodeError, Number, Text, TextMap};
pub use kustomization::{FileError, Kind, Kustomization, Warning};
pub use types::*;
