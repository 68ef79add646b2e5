//! All builds of a fleet, in parallel, in a fixed order.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::kustomize::{BuildOptions, Builder, Built, Mistakes, Warning};
use crate::source::remote::Remotes;
use crate::source::{ReadLog, Tree, TreePath};
use crate::yaml::Diagnostic;

use super::digest::ObjectDigests;
use super::fleet::{Component, ComponentSource, Environment, Fleet};
use super::sources::{self, SourceBuildError};
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

/// What one source was built to.
struct BuiltSource {
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
    let (builds, places) = builds(fleet);
    if let Some(progress) = options.progress {
        progress.started(builds.len());
    }
    let mut builder = Builder::new(tree, options.build.cloned().unwrap_or_default());
    if let Some(remotes) = options.remotes {
        builder = builder.with_remotes(remotes);
    }
    let digests = ObjectDigests::default();
    let built: Vec<Result<BuiltSource, SourceBuildError>> = builds
        .par_iter()
        .with_max_len(1)
        .map(|(source, kubernetes)| {
            let result = sources::build(source, kubernetes, &builder, tree);
            if let Some(progress) = options.progress {
                progress.finished_one();
            }
            Ok(BuiltSource::of(result?, &digests))
        })
        .collect();
    let built = check_all(fleet, built, &places)?;
    Ok(assemble(fleet, &built, &places, options.is_part))
}

/// Returns what is built, and for each component, in the fleet's order, which of it is its own: a folder with a
/// kustomization is built once, in whatever environments it stands.
fn builds(fleet: &Fleet) -> (Vec<(&ComponentSource, &str)>, Vec<usize>) {
    let mut builds = Vec::new();
    let mut places = Vec::new();
    let mut folders: FxHashMap<&TreePath, usize> = FxHashMap::default();
    for (environment, component) in components(fleet) {
        let next = builds.len();
        let place = match &component.source {
            ComponentSource::Kustomize(folder) => *folders.entry(folder).or_insert(next),
            ComponentSource::Helm(_) | ComponentSource::Tera(_) => next,
        };
        if place == next {
            builds.push((&component.source, environment.kubernetes.as_str()));
        }
        places.push(place);
    }
    (builds, places)
}

/// Returns each component with its environment.
fn components(fleet: &Fleet) -> impl Iterator<Item = (&Environment, &Component)> {
    fleet.environments.iter().flat_map(|environment| {
        let components = environment.components.iter();
        components.map(move |component| (environment, component))
    })
}

impl BuiltSource {
    fn of(built: Built, digests: &ObjectDigests) -> Self {
        let objects: Vec<Object> = built
            .resources
            .into_vec()
            .into_iter()
            .map(|resource| Object::from(resource.node))
            .collect();
        let digest = digests.of_component(objects.iter().map(|object| &object.node));
        Self {
            objects,
            reads: built.reads,
            digest,
            warnings: built.warnings,
            mistakes: built.mistakes,
        }
    }
}

/// Returns what was built if all was, else all errors in the fleet's order.
fn check_all(
    fleet: &Fleet,
    built: Vec<Result<BuiltSource, SourceBuildError>>,
    places: &[usize],
) -> Result<Vec<BuiltSource>, RenderErrors> {
    let mut good = Vec::new();
    let mut bad: FxHashMap<usize, (Vec<String>, Box<dyn Diagnostic>)> = FxHashMap::default();
    for (place, result) in built.into_iter().enumerate() {
        match result {
            Ok(source) => good.push(source),
            Err(error) => {
                bad.insert(place, (Vec::new(), Box::new(error)));
            }
        }
    }
    if bad.is_empty() {
        return Ok(good);
    }
    let mut order = Vec::new();
    for ((environment, component), place) in components(fleet).zip(places) {
        if let Some((builds, _)) = bad.get_mut(place) {
            if builds.is_empty() {
                order.push(*place);
            }
            builds.push(format!("{}/{}", environment.name, component.name));
        }
    }
    let errors = order.into_iter().filter_map(|place| bad.remove(&place));
    Err(RenderErrors::collect(errors))
}

fn assemble(fleet: &Fleet, built: &[BuiltSource], places: &[usize], is_part: bool) -> Rendering {
    let mut mistakes = Mistakes::default();
    for source in built {
        mistakes.merge(&source.mistakes);
    }
    let settled = mistakes.settled(!is_part);
    let mut places = places.iter();
    let environments: Vec<RenderedEnvironment> = fleet
        .environments
        .iter()
        .map(|environment| {
            let components: Vec<RenderedComponent> = environment
                .components
                .iter()
                .filter_map(|component| {
                    let built = built.get(*places.next()?)?;
                    Some(RenderedComponent {
                        name: component.name.clone(),
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
        .iter()
        .flat_map(|source| &source.warnings)
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
