//! How each kind of source becomes objects.

mod error;
mod tera;
mod values;

use crate::kustomize::{Builder, Built};
use crate::source::Tree;

use super::fleet::ComponentSource;

pub use error::SourceBuildError;

/// Builds what a component is built from.
pub fn build(
    source: &ComponentSource,
    builder: &Builder<'_>,
    tree: &dyn Tree,
) -> Result<Built, SourceBuildError> {
    match source {
        ComponentSource::Kustomize(folder) => Ok(builder.build(folder)?),
        ComponentSource::Tera(source) => {
            let made = tera::made(source, tree)?;
            Ok(builder.build_made(made, source.patches.as_ref())?)
        }
        ComponentSource::Helm(source) => Err(SourceBuildError::NoHelm { at: source.at }),
    }
}
