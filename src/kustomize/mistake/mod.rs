//! What the reference tool accepts in silence though it is surely a mistake, where that is asked for.
//!
//! A step says what it found nothing to do for; `selector` and `image` look for what was meant, `file` looks
//! at a kustomization alone. A component is laid over many kustomizations, so what does nothing in one of
//! them may do something in another: [`Mistakes`] keeps both, and [`Mistakes::settled`] tells what does
//! nothing anywhere.

mod file;
mod image;
mod selector;

use rustc_hash::FxHashSet;

use crate::yaml::Origin;

use super::ResMap;
use super::file::{Kustomization, ReplacementTarget, Var};
use super::selector::Selection;
use super::transform::images;

/// What is surely a mistake though it builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The rule, as `kustomize/patch-target`.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// The line.
    pub origin: Origin,
    /// Other places that matter, each with what stands there.
    pub related: Vec<(Origin, String)>,
    /// What to do.
    pub hint: Option<String>,
    /// Whether it is one only where no build has a use for the line.
    is_shared: bool,
}

/// The rules, each with what it is about.
pub const RULES: [(&str, &str); 7] = [
    (PATCH_TARGET, "a patch whose target selects nothing"),
    (
        REPLACEMENT_TARGET,
        "a target of a replacement that selects nothing",
    ),
    (IMAGE, "an entry of `images` that changes no image"),
    (VAR, "a var that nothing refers to"),
    (LABELS, "an entry of `labels` without labels"),
    (
        GENERATOR_OPTIONS,
        "`generatorOptions` where only others generate",
    ),
    (TWICE, "an entry that stands twice"),
];

const PATCH_TARGET: &str = "kustomize/patch-target";
const REPLACEMENT_TARGET: &str = "kustomize/replacement-target";
const IMAGE: &str = "kustomize/image";
const VAR: &str = "kustomize/var";
const LABELS: &str = "kustomize/labels";
const GENERATOR_OPTIONS: &str = "kustomize/generator-options";
const TWICE: &str = "kustomize/twice";

/// The mistakes of a layer, if someone asks for them.
#[derive(Clone, Debug, Default)]
pub struct Mistakes {
    is_on: bool,
    /// Whether what runs now is laid over other kustomizations, too.
    pub(super) is_shared: bool,
    found: Vec<Mistake>,
    /// The rules and lines of those that were found.
    known: FxHashSet<(&'static str, Origin)>,
    /// The lines of shared parts that did something.
    useful: FxHashSet<(&'static str, Origin)>,
}

impl Mistakes {
    pub(super) fn new(is_on: bool) -> Self {
        Self {
            is_on,
            ..Self::default()
        }
    }

    /// Takes over what is known of a base, or of another build.
    pub fn merge(&mut self, other: &Mistakes) {
        self.useful.extend(other.useful.iter().copied());
        for mistake in &other.found {
            if !self.known.contains(&(mistake.rule, mistake.origin)) {
                self.add(mistake.clone());
            }
        }
    }

    fn add(&mut self, mistake: Mistake) {
        if self.known.insert((mistake.rule, mistake.origin)) {
            self.found.push(mistake);
        }
    }

    /// Returns what is a mistake wherever it is used, in the order of file and line. Of shared parts nothing
    /// is known where not all that use them were built.
    pub fn settled(&self, is_everything: bool) -> Vec<Mistake> {
        let is_certain = |mistake: &&Mistake| {
            let is_useful = || self.useful.contains(&(mistake.rule, mistake.origin));
            !mistake.is_shared || (is_everything && !is_useful())
        };
        let mut settled: Vec<Mistake> = self.found.iter().filter(is_certain).cloned().collect();
        settled.sort_by_cached_key(|mistake| {
            let origin = mistake.origin;
            (origin.file.name(), origin.line, origin.column, mistake.rule)
        });
        settled
    }

    /// Returns those of a list that are found here.
    pub fn among(&self, settled: &[Mistake]) -> Vec<Mistake> {
        let is_here = |mistake: &&Mistake| self.known.contains(&(mistake.rule, mistake.origin));
        settled.iter().filter(is_here).cloned().collect()
    }

    /// Looks at a kustomization alone.
    pub(super) fn look_at(&mut self, kustomization: &Kustomization) {
        if self.is_on {
            for mistake in file::mistakes(kustomization) {
                self.add(mistake);
            }
        }
    }

    /// Looks at the options of generators where a file has none, but something was generated.
    pub(super) fn generated(&mut self, kustomization: &Kustomization, resources: &ResMap) {
        let generated = || resources.iter().find(|one| one.behavior.is_some());
        if self.is_on
            && kustomization.config_map_generator.is_empty()
            && kustomization.secret_generator.is_empty()
            && let Some(options) = &kustomization.generator_options
            && let Some(generated) = generated()
        {
            let what = format!("`{}` is generated here", generated.id());
            self.add(Mistake {
                rule: GENERATOR_OPTIONS,
                message: "no generator has these options".to_owned(),
                origin: options.origin,
                related: vec![(generated.node.origin, what)],
                hint: Some(
                    "they are for the generators of this file, not for those of bases or of files in \
                     `generators`: write them there"
                        .to_owned(),
                ),
                is_shared: false,
            });
        }
    }

    /// Notes whether a patch found what its target selects.
    pub(super) fn patched(&mut self, resources: &ResMap, target: &Selection, is_useful: bool) {
        let at = target.origin();
        self.note(resources, PATCH_TARGET, at, is_useful, || {
            let why = selector::why(resources, target, &|selection, resource| {
                selection.selects(resource).unwrap_or_default()
            });
            let message = format!("the target of the patch selects nothing: `{target}`");
            Some((message, why?))
        });
    }

    /// Notes whether a replacement found what its target selects.
    pub(super) fn replaced(
        &mut self,
        resources: &ResMap,
        target: &ReplacementTarget,
        is_useful: bool,
    ) {
        let Some(Ok(select)) = target.select.as_ref().map(Selection::new) else {
            return;
        };
        let at = select.origin();
        self.note(resources, REPLACEMENT_TARGET, at, is_useful, || {
            let selects = |selection: &Selection, resource: &super::Resource| {
                selection.matches_labels(resource).unwrap_or_default()
                    && super::transform::replacement::ids(resource)
                        .any(|id| selection.matches_id(&id))
            };
            let selected = resources.iter().find(|resource| selects(&select, resource));
            if let Some(resource) = selected {
                let message =
                    format!("`reject` leaves nothing of what `{select}` selects to be replaced");
                let related = vec![(resource.node.origin, format!("`{}`", resource.id()))];
                return Some((message, (related, None)));
            }
            let message = format!("the target of the replacement selects nothing: `{select}`");
            Some((message, selector::why(resources, &select, &selects)?))
        });
    }

    /// Notes whether there was an image to change.
    pub(super) fn retagged(
        &mut self,
        resources: &ResMap,
        image: &images::Image,
        at: Origin,
        is_useful: bool,
    ) {
        self.note(resources, IMAGE, at, is_useful, || {
            let message = format!("no container has the image `{}`", image.change.name);
            Some((message, image::why(resources, &image.change.name)))
        });
    }

    /// Notes which vars had a use.
    pub(super) fn expanded(&mut self, vars: &[Var], is_used: impl Fn(&Var) -> bool) {
        if !self.is_on {
            return;
        }
        // Each overlay adds what may refer to the vars of its base.
        self.is_shared = true;
        for var in vars {
            if is_used(var) {
                self.useful.insert((VAR, var.origin));
            } else {
                self.add(Mistake {
                    rule: VAR,
                    message: format!("nothing refers to the var `{}`", &*var.name),
                    origin: var.origin,
                    related: Vec::new(),
                    hint: Some(format!(
                        "write `$({})` where its value belongs, in a field that `varReference` names; \
                         or take it out",
                        &*var.name
                    )),
                    is_shared: true,
                });
            }
        }
    }

    /// Notes a line that did something, or why it did not. Where there is nothing at all, no line is to
    /// blame.
    fn note(
        &mut self,
        resources: &ResMap,
        rule: &'static str,
        origin: Origin,
        is_useful: bool,
        why: impl FnOnce() -> Option<(String, Why)>,
    ) {
        if !self.is_on {
            return;
        }
        if is_useful {
            if self.is_shared {
                self.useful.insert((rule, origin));
            }
        } else if !resources.is_empty()
            && let Some((message, (related, hint))) = why()
        {
            self.add(Mistake {
                rule,
                message,
                origin,
                related,
                hint,
                is_shared: self.is_shared,
            });
        }
    }
}

/// Other places and what to do.
type Why = (Vec<(Origin, String)>, Option<String>);
