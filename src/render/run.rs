//! All builds of a fleet, in parallel, in a fixed order.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::kustomize::{BuildError, BuildOptions, Builder, Mistakes, Warning};
use crate::source::remote::Remotes;
use crate::source::{ReadLog, Tree, TreePath};
use crate::yaml::{Diagnostic, Origin};

use super::digest::ObjectDigests;
use super::error::HelmNotSupported;
use super::fleet::{ComponentSource, Fleet};
use super::{Digest, Object, RenderErrors, RenderedComponent, RenderedEnvironment, RenderedSet};

/// How a fleet is rendered.
#[derive(Clone, Copy, Default)]
pub struct RenderOptions<'o> {
    /// How each folder is built.
    pub build: Option<&'o BuildOptions>,
    /// Who gives what kustomizations take from elsewhere; without it nothing is taken.
    pub remotes: Option<&'o Remotes>,
    /// Who wants to know how far the work is.
    pub progress: Option<&'o dyn Progress>,
    /// Whether there is more of the fleet than what is rendered, so that not all that use a shared part are
    /// known.
    pub is_part: bool,
}

/// Is told how far a render is, from several threads.
pub trait Progress: Sync {
    /// The number of builds is known.
    fn started(&self, builds: usize);
    /// One more build is done.
    fn finished_one(&self);
}

/// A rendered fleet.
#[derive(Debug)]
pub struct Rendering {
    /// What it was rendered to.
    pub set: RenderedSet,
    /// What works but should be changed, each once.
    pub warnings: Vec<Warning>,
}

/// What one folder was built to.
struct BuiltFolder {
    objects: Vec<Object>,
    reads: ReadLog,
    digest: Digest,
    warnings: Vec<Warning>,
    mistakes: Mistakes,
}

/// Renders a fleet from a tree, on the threads of the current rayon pool.
///
/// # Errors
///
/// All errors of all builds: one that is broken does not hide the others.
pub fn render(
    fleet: &Fleet,
    tree: &dyn Tree,
    options: &RenderOptions<'_>,
) -> Result<Rendering, RenderErrors> {
    // Each folder is built once, in whatever environments it stands.
    let mut folders: Vec<&TreePath> = components(fleet)
        .filter_map(|(_, _, source, _)| match source {
            ComponentSource::Kustomize(path) => Some(path),
            ComponentSource::Helm(_) => None,
        })
        .collect();
    folders.sort_unstable();
    folders.dedup();
    if let Some(progress) = options.progress {
        progress.started(folders.len());
    }
    let mut builder = Builder::new(tree, options.build.cloned().unwrap_or_default());
    if let Some(remotes) = options.remotes {
        builder = builder.with_remotes(remotes);
    }
    let digests = ObjectDigests::default();
    let built: Vec<Result<BuiltFolder, BuildError>> = folders
        .par_iter()
        .with_max_len(1)
        .map(|folder| {
            let result = build_folder(&builder, folder, &digests);
            if let Some(progress) = options.progress {
                progress.finished_one();
            }
            result
        })
        .collect();
    let built = folders.into_iter().zip(built).collect();
    check_all(fleet, built).map(|built| assemble(fleet, &built, options.is_part))
}

/// Returns each component with its environment, name and place.
fn components(fleet: &Fleet) -> impl Iterator<Item = (&str, &str, &ComponentSource, Origin)> {
    fleet.environments.iter().flat_map(|environment| {
        environment.components.iter().map(|component| {
            (
                environment.name.as_str(),
                component.name.as_str(),
                &component.source,
                component.origin,
            )
        })
    })
}

fn build_folder(
    builder: &Builder<'_>,
    folder: &TreePath,
    digests: &ObjectDigests,
) -> Result<BuiltFolder, BuildError> {
    let built = builder.build(folder)?;
    let objects: Vec<Object> = built
        .resources
        .into_vec()
        .into_iter()
        .map(|resource| Object::from(resource.node))
        .collect();
    let digest = digests.of_component(objects.iter().map(|object| &object.node));
    Ok(BuiltFolder {
        objects,
        reads: built.reads,
        digest,
        warnings: built.warnings,
        mistakes: built.mistakes,
    })
}

/// Returns what was built if all was, else all errors in the fleet's order.
fn check_all<'f>(
    fleet: &'f Fleet,
    built: BTreeMap<&'f TreePath, Result<BuiltFolder, BuildError>>,
) -> Result<BTreeMap<&'f TreePath, BuiltFolder>, RenderErrors> {
    let mut good = BTreeMap::new();
    let mut bad = BTreeMap::new();
    for (folder, result) in built {
        match result {
            Ok(folder_built) => {
                good.insert(folder, folder_built);
            }
            Err(error) => {
                bad.insert(folder, error);
            }
        }
    }
    let mut errors: Vec<(Vec<String>, Box<dyn Diagnostic>)> = Vec::new();
    let mut position: BTreeMap<&TreePath, usize> = BTreeMap::new();
    for (environment, component, source, at) in components(fleet) {
        let name = format!("{environment}/{component}");
        match source {
            ComponentSource::Helm(_) => {
                errors.push((vec![name], Box::new(HelmNotSupported { at })));
            }
            ComponentSource::Kustomize(path) => {
                if let Some(error) = bad.remove(path) {
                    position.insert(path, errors.len());
                    errors.push((vec![name], Box::new(error)));
                } else if let Some((builds, _)) =
                    position.get(path).and_then(|index| errors.get_mut(*index))
                {
                    builds.push(name);
                }
            }
        }
    }
    if errors.is_empty() {
        Ok(good)
    } else {
        Err(RenderErrors::collect(errors))
    }
}

fn assemble(fleet: &Fleet, built: &BTreeMap<&TreePath, BuiltFolder>, is_part: bool) -> Rendering {
    let mut mistakes = Mistakes::default();
    for folder in built.values() {
        mistakes.merge(&folder.mistakes);
    }
    let settled = mistakes.settled(!is_part);
    let environments: Vec<RenderedEnvironment> = fleet
        .environments
        .iter()
        .map(|environment| {
            let components: Vec<RenderedComponent> = environment
                .components
                .iter()
                .filter_map(|component| {
                    let ComponentSource::Kustomize(path) = &component.source else {
                        return None;
                    };
                    let built = built.get(path)?;
                    Some(RenderedComponent {
                        name: component.name.clone(),
                        path: path.clone(),
                        objects: built.objects.clone(),
                        reads: built.reads.clone(),
                        digest: built.digest,
                        mistakes: built.mistakes.among(&settled),
                    })
                })
                .collect();
            let digest = Digest::of_environment(
                components
                    .iter()
                    .map(|component| (component.name.as_str(), component.digest)),
            );
            RenderedEnvironment {
                name: environment.name.clone(),
                kubernetes: environment.kubernetes.clone(),
                kubernetes_at: environment.kubernetes_at,
                components,
                digest,
            }
        })
        .collect();
    let digest = Digest::of_set(
        environments
            .iter()
            .map(|environment| (environment.name.as_str(), environment.digest)),
    );
    let mut seen = FxHashSet::default();
    let warnings = built
        .values()
        .flat_map(|folder| &folder.warnings)
        .filter(|warning| seen.insert((warning.origin, warning.message.as_str())))
        .cloned()
        .collect();
    Rendering {
        set: RenderedSet {
            environments,
            digest,
        },
        warnings,
    }
}
