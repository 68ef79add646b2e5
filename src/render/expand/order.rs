//! Which object is expanded next.
//!
//! In rounds: all whose dependencies are done and that find the objects which they name are expanded at once, and
//! what comes out of them may be found by those of the next round. Where a round gets nowhere, the first that lacks
//! only what is optional goes on without, and where none does, what is missing is an error.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::kustomize::{Built, Warning};
use crate::source::TreePath;
use crate::yaml::{Node, Origin};

use super::context::{Halt, Patience};
use super::error::{ExpandError, Problem};
use super::fields::{find, list, name, namespace, text};
use super::objects::{Key, Objects};
use super::{Attempt, Expanded, ExpandedComponent, Expander, Expansion, Given};

/// The deepest that objects expand to objects that expand.
const DEEPEST: usize = 16;

/// The most objects of an environment that expand.
const MOST: usize = 2_000;

/// The kinds of objects that expand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Application,
    ApplicationSet,
    HelmRelease,
    Kustomization,
}

impl Kind {
    fn of(key: &Key) -> Option<Self> {
        Self::named(&key.group, &key.kind)
    }

    pub(super) fn named(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("argoproj.io", "Application") => Some(Self::Application),
            ("argoproj.io", "ApplicationSet") => Some(Self::ApplicationSet),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => Some(Self::HelmRelease),
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => Some(Self::Kustomization),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::ApplicationSet => "ApplicationSet",
            Self::HelmRelease => "HelmRelease",
            Self::Kustomization => "Kustomization",
        }
    }
}

/// An object to be expanded.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) node: Node,
    pub(super) key: Key,
    /// The name of what it expands to.
    pub(super) component: String,
    /// The folders that led to it.
    pub(super) folders: Vec<TreePath>,
    /// The objects that led to it.
    ancestors: Vec<Key>,
}

/// The most passes over an environment.
const MOST_PASSES: usize = 4;

/// Expands all objects of an environment. Where something optional was done without and came later, once more.
pub(super) fn run(expander: &Expander<'_>, kubernetes: &str, given: &[Given<'_>]) -> Expanded {
    let mut foreseen: BTreeMap<Key, Node> = BTreeMap::new();
    let mut passes = 0;
    loop {
        passes += 1;
        let run = pass(expander, kubernetes, given, &foreseen);
        let came_later: Vec<(Key, Node)> = run
            .missed
            .iter()
            .filter_map(|key| Some((key.clone(), run.objects.get(key)?.clone())))
            .collect();
        if came_later.is_empty() || passes >= MOST_PASSES {
            return run.out;
        }
        foreseen.extend(came_later);
    }
}

fn pass<'r, 'x>(
    expander: &'r Expander<'x>,
    kubernetes: &'r str,
    given: &[Given<'_>],
    foreseen: &BTreeMap<Key, Node>,
) -> Run<'r, 'x> {
    let mut run = Run {
        expander,
        kubernetes,
        objects: Objects::default(),
        known: FxHashSet::default(),
        done: FxHashSet::default(),
        names: FxHashSet::default(),
        pending: Vec::new(),
        missed: Vec::new(),
        out: Expanded::default(),
    };
    for (key, node) in foreseen {
        run.objects.foresee(key.clone(), node.clone());
    }
    for component in given {
        run.names.insert(component.name.to_owned());
        for node in &component.objects {
            run.objects.add(node);
        }
    }
    for component in given {
        let parent = Parent {
            component: component.name,
            folders: component.folder.into_iter().cloned().collect(),
            ancestors: Vec::new(),
        };
        run.find(&parent, component.objects.iter().copied());
    }
    run.all();
    run
}

/// Where objects come from.
struct Parent<'p> {
    component: &'p str,
    folders: Vec<TreePath>,
    ancestors: Vec<Key>,
}

struct Run<'r, 'x> {
    expander: &'r Expander<'x>,
    kubernetes: &'r str,
    objects: Objects,
    /// All that expand or did.
    known: FxHashSet<Key>,
    /// Those that are done, or never will be.
    done: FxHashSet<Key>,
    /// The names of components.
    names: FxHashSet<String>,
    pending: Vec<Item>,
    /// What was missing and done without.
    missed: Vec<Key>,
    out: Expanded,
}

impl Run<'_, '_> {
    /// Finds the objects that expand. One that is known already is passed over: it may manage itself.
    fn find<'n>(&mut self, parent: &Parent<'_>, nodes: impl IntoIterator<Item = &'n Node>) {
        let nodes: Vec<(&Node, Key)> = nodes
            .into_iter()
            .map(|node| (node, Key::of(node)))
            .collect();
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for (_, key) in nodes.iter().filter(|(_, key)| Kind::of(key).is_some()) {
            *counts.entry(key.name.as_str()).or_default() += 1;
        }
        for (node, key) in &nodes {
            let Some(kind) = Kind::of(key) else { continue };
            if !self.known.insert(key.clone()) {
                continue;
            }
            let is_alone = counts.get(key.name.as_str()) == Some(&1);
            let component = self.component(parent.component, key, is_alone);
            let item = Item {
                kind,
                node: (*node).clone(),
                key: key.clone(),
                component,
                folders: parent.folders.clone(),
                ancestors: parent.ancestors.clone(),
            };
            if item.ancestors.len() >= DEEPEST {
                self.fail(
                    &item,
                    Problem::TooDeep {
                        limit: DEEPEST,
                        at: node.origin,
                    },
                );
            } else if self.known.len() > MOST {
                if self.known.len() == MOST + 1 {
                    self.fail(
                        &item,
                        Problem::TooMany {
                            limit: MOST,
                            at: node.origin,
                        },
                    );
                }
            } else {
                self.pending.push(item);
            }
        }
    }

    /// Returns a name that no component has: `PARENT/NAME`, with namespace and kind where that is needed.
    fn component(&mut self, parent: &str, key: &Key, is_alone: bool) -> String {
        let (name, namespace) = (part(&key.name), part(&key.namespace));
        let full = format!(
            "{parent}/{}-{namespace}-{name}",
            part(&key.kind.to_lowercase())
        );
        let names = [
            is_alone.then(|| format!("{parent}/{name}")),
            Some(format!("{parent}/{namespace}-{name}")),
            Some(full.clone()),
        ];
        let numbered = (2..).map(|number| format!("{full}-{number}"));
        let all = names.into_iter().flatten().chain(numbered.take(MOST));
        let free = all.into_iter().find(|name| !self.names.contains(name));
        let name = free.unwrap_or(full);
        self.names.insert(name.clone());
        name
    }

    fn all(&mut self) {
        while !self.pending.is_empty() {
            if self.round() {
                continue;
            }
            // One at a time: what comes out of it may be what another waits for.
            let is_further = self.first(Patience::WaitForRequired) || self.first(Patience::Over);
            if !is_further {
                self.break_wait();
            }
        }
    }

    /// Expands all that are ready. Tells whether any was.
    fn round(&mut self) -> bool {
        let ready: Vec<usize> = (0..self.pending.len())
            .filter(|at| self.is_ready(*at))
            .collect();
        let tried: Vec<(usize, Attempt)> = ready
            .into_par_iter()
            .with_max_len(1)
            .filter_map(|at| {
                let item = self.pending.get(at)?;
                Some((at, self.attempt(item, Patience::WaitForAll)))
            })
            .collect();
        self.settle(tried)
    }

    /// Expands the first that is ready and does not wait with that patience. Tells whether there is one.
    fn first(&mut self, patience: Patience) -> bool {
        for at in 0..self.pending.len() {
            if !self.is_ready(at) {
                continue;
            }
            let Some(item) = self.pending.get(at) else {
                continue;
            };
            let tried = self.attempt(item, patience);
            if !matches!(tried.result, Err(Halt::Later)) {
                return self.settle(vec![(at, tried)]);
            }
        }
        false
    }

    fn attempt(&self, item: &Item, patience: Patience) -> Attempt {
        self.expander
            .expand(self.kubernetes, item, &self.objects, patience)
    }

    /// Whether all that an item depends on is done.
    fn is_ready(&self, at: usize) -> bool {
        let Some(item) = self.pending.get(at) else {
            return false;
        };
        dependencies(item).map_or(true, |all| {
            all.iter().all(|(key, _)| self.done.contains(key))
        })
    }

    /// Takes what became of items. Tells whether any is done.
    fn settle(&mut self, tried: Vec<(usize, Attempt)>) -> bool {
        let mut settled = Vec::new();
        for (at, tried) in tried {
            if matches!(tried.result, Err(Halt::Later)) {
                continue;
            }
            if let Some(item) = self.pending.get(at) {
                settled.push((at, item.clone(), tried.result));
            }
            self.out.warnings.extend(tried.warnings);
            self.missed.extend(tried.missed);
        }
        let mut at = 0;
        self.pending.retain(|_| {
            at += 1;
            !settled.iter().any(|(settled, ..)| settled + 1 == at)
        });
        let is_any = !settled.is_empty();
        for (_, item, result) in settled {
            self.done.insert(item.key.clone());
            match result {
                Ok((built, folders)) => self.take(item, built, folders),
                Err(Halt::Failed(problem)) => self.fail(&item, *problem),
                Err(Halt::Skipped(warning)) => self.out.warnings.extend(warning),
                Err(Halt::Later) => {}
            }
        }
        is_any
    }

    /// Takes what an item expanded to.
    fn take(&mut self, item: Item, mut built: Built, folders: Vec<TreePath>) {
        let mut ancestors = item.ancestors;
        ancestors.push(item.key);
        // An object that manages itself is there already.
        built.resources.retain(|resource| {
            let key = Key::of(&resource.node);
            let is_itself = ancestors.contains(&key)
                && self
                    .objects
                    .get(&key)
                    .is_some_and(|known| known.equals(&resource.node));
            !is_itself
        });
        for resource in &built.resources {
            self.objects.add(&resource.node);
        }
        let parent = Parent {
            component: &item.component,
            folders: item.folders.into_iter().chain(folders).collect(),
            ancestors,
        };
        let nodes: Vec<Node> = built
            .resources
            .iter()
            .map(|resource| resource.node.clone())
            .collect();
        self.find(&parent, &nodes);
        self.out.components.push(ExpandedComponent {
            name: item.component.clone(),
            built,
        });
    }

    /// Names one dependency that is not there, or a cycle, and goes on as if it were done.
    fn break_wait(&mut self) {
        let Some(item) = self.pending.first().cloned() else {
            return;
        };
        match dependencies(&item) {
            Err(problem) => {
                self.pending.remove(0);
                self.done.insert(item.key.clone());
                self.fail(&item, problem);
            }
            Ok(dependencies) => {
                let waits = |(key, _): &&(Key, Origin)| !self.done.contains(key);
                let Some((key, at)) = dependencies.iter().find(waits).cloned() else {
                    // Nothing holds it, and yet it did not come to an end.
                    self.pending.remove(0);
                    return;
                };
                let problem = match self.cycle(&item) {
                    _ if !self.known.contains(&key) => Problem::NoDependency {
                        kind: item.kind.name(),
                        name: key.name.to_string(),
                        nearest: self.nearest(&key),
                        at,
                    },
                    Some(names) => Problem::Cycle { names, at },
                    // What it waits for waits for something else: that is told first.
                    None => {
                        self.pending.rotate_left(1);
                        self.waiting_for_missing();
                        return;
                    }
                };
                self.done.insert(key);
                self.fail(&item, problem);
            }
        }
    }

    /// Puts the first item that depends on what is not there to the front; without one, the first of a cycle.
    fn waiting_for_missing(&mut self) {
        let position = self.pending.iter().position(|item| {
            let is_missing = |all: Vec<(Key, Origin)>| {
                all.iter()
                    .any(|(key, _)| !self.done.contains(key) && !self.known.contains(key))
            };
            dependencies(item).map_or(true, is_missing) || self.cycle(item).is_some()
        });
        if let Some(position) = position {
            self.pending.rotate_left(position);
        }
    }

    /// Returns the items that lead from one to itself, if they do.
    fn cycle(&self, start: &Item) -> Option<Vec<String>> {
        let mut names = vec![start.key.name.to_string()];
        let mut seen: FxHashSet<Key> = FxHashSet::default();
        let mut at = start.clone();
        loop {
            let waits = dependencies(&at).ok()?;
            let (next, _) = waits
                .into_iter()
                .find(|(key, _)| !self.done.contains(key))?;
            names.push(next.name.to_string());
            if next == start.key {
                return Some(names);
            }
            if !seen.insert(next.clone()) {
                return None;
            }
            at = self.pending.iter().find(|item| item.key == next)?.clone();
        }
    }

    fn nearest(&self, key: &Key) -> Option<String> {
        let same = self
            .known
            .iter()
            .filter(|known| known.kind == key.kind && known.group == key.group && *known != key);
        same.map(|known| {
            let name = if known.namespace == key.namespace {
                known.name.to_string()
            } else {
                format!("{}/{}", known.namespace, known.name)
            };
            (strsim::damerau_levenshtein(&known.name, &key.name), name)
        })
        .min()
        .filter(|(distance, _)| *distance <= key.name.len() / 3)
        .map(|(_, name)| name)
    }

    fn warn(&mut self, message: String, origin: Origin) {
        self.out.warnings.push(Warning {
            message,
            origin,
            is_logged: false,
        });
    }

    fn fail(&mut self, item: &Item, problem: Problem) {
        let error = ExpandError {
            problem: Box::new(problem),
            object: format!("{} `{}`", item.kind.name(), name(&item.node)),
            at: find(&item.node, &["metadata", "name"])
                .map_or(item.node.origin, |name| name.origin),
        };
        if self.expander.expansion == Expansion::Lenient {
            let origin = crate::yaml::Diagnostic::origin(&error).unwrap_or(error.at);
            let message = format!("{error}: {} is not expanded", error.object);
            self.warn(message, origin);
        } else {
            self.out.errors.push((item.component.clone(), error));
        }
    }
}

/// What of a name can be a part of a component's, which becomes that of a file or folder.
fn part(name: &str) -> String {
    let is_fine = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let part: String = name
        .chars()
        .map(|character| if is_fine(character) { character } else { '-' })
        .collect();
    if part.trim_matches('.').is_empty() {
        return "-".to_owned();
    }
    part
}

/// What an item depends on, each with its line.
fn dependencies(item: &Item) -> Result<Vec<(Key, Origin)>, Problem> {
    if matches!(item.kind, Kind::Application | Kind::ApplicationSet) {
        return Ok(Vec::new());
    }
    let own = namespace(&item.node);
    list(&item.node, &["spec", "dependsOn"])?
        .iter()
        .map(|dependency| {
            let name = super::fields::require(dependency, &["name"])?;
            let namespace = text(dependency, &["namespace"])?;
            let namespace = namespace.map_or(own, |namespace| namespace.text);
            let key = Key::new(&item.key.group, &item.key.kind, namespace, name.text);
            Ok((key, name.at))
        })
        .collect()
}
