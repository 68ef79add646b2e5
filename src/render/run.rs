//! All builds of a fleet, in parallel, in a fixed order.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::helm::manifest;
use crate::kustomize::{BuildOptions, Builder, Built, Mistakes, Warning};
use crate::source::remote::Remotes;
use crate::source::{ReadLog, Tree, TreePath};
use crate::yaml::{Diagnostic, Origin};

use super::digest::ObjectDigests;
use super::expand::{Expanded, Expander, Expansion, Given, Repository};
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
    /// How objects of Argo CD and Flux are expanded, where they are.
    pub expand: Option<ExpandOptions<'o>>,
    /// Whether the process ends with what is made of the set. Then charts, bases and parsed templates are not freed once
    /// the set is there: that would take a tenth of the time, on one thread.
    pub is_last: bool,
}

/// How objects of Argo CD and Flux are expanded.
#[derive(Clone, Copy)]
pub struct ExpandOptions<'o> {
    /// What follows where one cannot be.
    pub expansion: Expansion,
    /// The repositories that the tree is known to be, beside those that the fleet names.
    pub own: &'o [Repository],
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
            let result = sources::build(source, kubernetes, &builder, tree)
                .or_else(|error| again_traced(error, source, kubernetes, &builder, tree));
            if let Some(progress) = options.progress {
                progress.finished_one();
            }
            Ok(BuiltSource::of(result?, &digests))
        })
        .collect();
    let built = check_all(fleet, built, &places)?;
    let expanded = match options.expand {
        Some(expand) => {
            let expander = Expander::new(
                &builder,
                &options.build.cloned().unwrap_or_default(),
                options.remotes,
                &fleet.expand,
                expand.own,
                expand.expansion,
            );
            expand_all(fleet, &built, &places, &expander, &digests)?
        }
        None => Vec::new(),
    };
    let rendering = assemble(fleet, &built, &places, &expanded, options.is_part);
    if options.is_last {
        std::mem::forget((builder, built, digests));
    }
    Ok(rendering)
}

/// What an environment expands to, by the names of components.
struct ExpandedSources {
    sources: Vec<(String, BuiltSource)>,
    warnings: Vec<Warning>,
}

/// Expands all environments, or returns all errors.
fn expand_all(
    fleet: &Fleet,
    built: &[BuiltSource],
    places: &[usize],
    expander: &Expander<'_>,
    digests: &ObjectDigests,
) -> Result<Vec<ExpandedSources>, RenderErrors> {
    let mut places = places.iter();
    let given: Vec<(&Environment, Vec<Given<'_>>)> = fleet
        .environments
        .iter()
        .map(|environment| {
            let components = environment.components.iter();
            let given = components.filter_map(|component| {
                let built = built.get(*places.next()?)?;
                Some(Given {
                    name: &component.name,
                    folder: component.source.folder(),
                    objects: built.objects.iter().map(|object| &object.node).collect(),
                })
            });
            (environment, given.collect())
        })
        .collect();
    let expanded: Vec<(&Environment, Expanded)> = given
        .par_iter()
        .map(|(environment, given)| {
            let expanded = expander.environment(&environment.kubernetes, given);
            (*environment, expanded)
        })
        .collect();
    let mut sources = Vec::with_capacity(expanded.len());
    let mut errors: Vec<(Vec<String>, Box<dyn Diagnostic>)> = Vec::new();
    for (environment, expanded) in expanded {
        for (component, error) in expanded.errors {
            let build = format!("{}/{component}", environment.name);
            errors.push((vec![build], Box::new(error)));
        }
        let components = expanded.components.into_iter();
        sources.push(ExpandedSources {
            sources: components
                .map(|component| (component.name, BuiltSource::of(component.built, digests)))
                .collect(),
            warnings: expanded.warnings,
        });
    }
    if errors.is_empty() {
        Ok(sources)
    } else {
        Err(RenderErrors::collect(errors))
    }
}

/// Builds what failed once more where the error is in what a template rendered to: then it says which line is to blame.
fn again_traced(
    error: SourceBuildError,
    source: &ComponentSource,
    kubernetes: &str,
    builder: &Builder<'_>,
    tree: &dyn Tree,
) -> Result<Built, SourceBuildError> {
    let is_rendered = |at: Origin| manifest::is_rendered(at.file);
    if !error.origin().is_some_and(is_rendered) {
        return Err(error);
    }
    sources::build(source, kubernetes, &builder.traced(), tree)
}

/// Returns what is built, and for each component, in the fleet's order, which of it is its own: a folder with a
/// kustomization is built once, in whatever environments it stands.
fn builds(fleet: &Fleet) -> (Vec<(&ComponentSource, &str)>, Vec<usize>) {
    let mut builds = Vec::new();
    let mut places = Vec::new();
    let mut folders: FxHashMap<&TreePath, usize> = FxHashMap::default();
    for (environment, component) in components(fleet) {
        let next = builds.len();
        let place = match component.source.folder() {
            Some(folder) => *folders.entry(folder).or_insert(next),
            None => next,
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

fn assemble(
    fleet: &Fleet,
    built: &[BuiltSource],
    places: &[usize],
    expanded: &[ExpandedSources],
    is_part: bool,
) -> Rendering {
    let more = || expanded.iter().flat_map(|expanded| &expanded.sources);
    let mut mistakes = Mistakes::default();
    for source in built.iter().chain(more().map(|(_, source)| source)) {
        mistakes.merge(&source.mistakes);
    }
    let settled = mistakes.settled(!is_part);
    let rendered = |name: &str, built: &BuiltSource| RenderedComponent {
        name: name.to_owned(),
        objects: built.objects.clone(),
        reads: built.reads.clone(),
        digest: built.digest,
        mistakes: built.mistakes.among(&settled),
    };
    let mut places = places.iter();
    let mut expansions = expanded.iter();
    let environments: Vec<RenderedEnvironment> = fleet
        .environments
        .iter()
        .map(|environment| {
            let mut components: Vec<RenderedComponent> = environment
                .components
                .iter()
                .filter_map(|component| {
                    let built = built.get(*places.next()?)?;
                    Some(rendered(&component.name, built))
                })
                .collect();
            let more = expansions.next().into_iter();
            let more = more.flat_map(|expanded| &expanded.sources);
            components.extend(more.map(|(name, source)| rendered(name, source)));
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
        .chain(more().flat_map(|(_, source)| &source.warnings))
        .chain(expanded.iter().flat_map(|expanded| &expanded.warnings))
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
