//! How each kind of source becomes objects.

mod error;
mod helm;
mod tera;
mod values;

use crate::kustomize::{Builder, Built};
use crate::source::Tree;

use super::fleet::ComponentSource;

pub use error::SourceBuildError;

/// Builds what a component is built from, for a cluster of that Kubernetes version (`1.36`).
pub fn build(
    source: &ComponentSource,
    kubernetes: &str,
    builder: &Builder<'_>,
    tree: &dyn Tree,
) -> Result<Built, SourceBuildError> {
    match source {
        ComponentSource::Kustomize(folder) => Ok(builder.build(folder)?),
        ComponentSource::Manifests(folder, at) => {
            super::expand::build_folder(builder, tree, folder, *at)
                .map_err(|problem| SourceBuildError::Manifests(Box::new(problem)))
        }
        ComponentSource::Tera(source) => {
            let made = tera::made(source, tree)?;
            Ok(builder.build_made(made, source.patches.as_ref())?)
        }
        ComponentSource::Helm(source) => {
            let made = helm::made(source, kubernetes, builder, tree)?;
            Ok(builder.build_made(made, source.patches.as_ref())?)
        }
    }
}
