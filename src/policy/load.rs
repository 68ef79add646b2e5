//! Files to policies, bindings and parameters.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::render::fleet::{PolicyAction, PolicySource};
use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{self, Limits, Node, Origin};

use super::definition::{Binding, Policy};
use super::error::{PolicyError, PolicyErrors};
use super::parameters::Parameter;

/// The policies of a repository, compiled.
#[derive(Debug, Default)]
pub struct PolicySet {
    pub(super) policies: Vec<Loaded>,
    pub(super) parameters: Vec<Parameter>,
}

/// A policy with its bindings.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) policy: Policy,
    pub(super) bindings: Vec<Binding>,
    /// The most that may follow, by the fleet.
    pub(super) action: PolicyAction,
}

/// A file or folder of policies, and the most that may follow from them.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file or folder.
    pub path: TreePath,
    /// The most that may follow.
    pub action: PolicyAction,
    /// What declares it, if something does.
    pub origin: Option<Origin>,
}

/// What a policy is, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySummary {
    /// Its name.
    pub name: SmolStr,
    /// Its title: the annotation `lockgate.dev/title`.
    pub title: Option<String>,
    /// What it is for: the annotation `lockgate.dev/description`.
    pub description: Option<String>,
    /// What follows where an object breaks it.
    pub action: PolicyAction,
    /// Where it stands.
    pub origin: Origin,
}

impl From<&PolicySource> for Source {
    fn from(source: &PolicySource) -> Self {
        Self {
            path: source.path.clone(),
            action: source.action,
            origin: Some(source.origin),
        }
    }
}

/// Folders below one of policies that are not read: they hold the objects of test cases.
pub(super) const CASES: &str = "cases";
/// How deep folders of policies may nest.
const MAX_DEPTH: usize = 16;
/// The stack on which expressions are parsed: the parser recurses as deep as its input nests.
const STACK: usize = 256 << 20;

impl PolicySet {
    /// Reads and compiles all policies. A folder `cases` is left out at any depth.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its place.
    pub fn load(tree: &dyn Tree, sources: &[Source]) -> Result<Self, PolicyErrors> {
        if sources.is_empty() {
            return Ok(Self::default());
        }
        let load = || Loader::default().load(tree, sources);
        let loaded = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, load);
            thread.ok().and_then(|thread| thread.join().ok())
        });
        // Where no thread could be started, this one has to do.
        loaded.unwrap_or_else(load)
    }

    /// Tells whether there is no policy.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Returns what the policies are, by name.
    pub fn summaries(&self) -> Vec<PolicySummary> {
        let mut summaries: Vec<_> = self
            .policies
            .iter()
            .map(|loaded| PolicySummary {
                name: loaded.policy.name.clone(),
                title: loaded.policy.title.clone(),
                description: loaded.policy.description.clone(),
                action: loaded
                    .bindings
                    .iter()
                    .flat_map(|binding| super::evaluate::action(binding, loaded.action))
                    .min_by_key(|action| super::evaluate::weakness(*action))
                    .unwrap_or(PolicyAction::Audit),
                origin: loaded.policy.origin,
            })
            .collect();
        summaries.sort_by(|a, b| a.name.cmp(&b.name));
        summaries
    }
}

#[derive(Default)]
struct Loader {
    policies: Vec<(Policy, PolicyAction)>,
    bindings: Vec<Binding>,
    others: Vec<Node>,
    /// Names of policies that are there, also of those that did not compile.
    names: Vec<SmolStr>,
    errors: Vec<PolicyError>,
}

impl Loader {
    fn load(mut self, tree: &dyn Tree, sources: &[Source]) -> Result<PolicySet, PolicyErrors> {
        let mut read = Vec::new();
        for source in sources {
            let before = self.errors.len();
            self.visit(tree, &source.path, source.action, &mut read, 0);
            for error in self.errors.iter_mut().skip(before) {
                if let PolicyError::Source { at, .. } = error {
                    *at = at.or(source.origin);
                }
            }
        }
        self.finish()
    }

    fn visit(
        &mut self,
        tree: &dyn Tree,
        path: &TreePath,
        action: PolicyAction,
        read: &mut Vec<TreePath>,
        depth: usize,
    ) {
        let fail = |source| PolicyError::Source { source, at: None };
        match tree.kind(path) {
            Ok(Some(EntryKind::Directory)) => {}
            Ok(_) => {
                if !read.contains(path) {
                    read.push(path.clone());
                    self.file(tree, path, action);
                }
                return;
            }
            Err(error) => return self.errors.push(fail(error)),
        }
        let entries = match tree.list(path) {
            Ok(entries) => entries,
            Err(error) => return self.errors.push(fail(error)),
        };
        for (name, kind) in entries {
            let wanted = match kind {
                EntryKind::Directory => name != CASES && depth < MAX_DEPTH,
                EntryKind::File => is_yaml(&name) && !is_kustomization(&name),
            };
            if wanted && let Ok(child) = path.join(&name) {
                self.visit(tree, &child, action, read, depth + 1);
            }
        }
    }

    fn file(&mut self, tree: &dyn Tree, path: &TreePath, action: PolicyAction) {
        let text = match tree.read(path) {
            Ok(text) => text,
            Err(source) => return self.errors.push(PolicyError::Source { source, at: None }),
        };
        let documents = match yaml::parse(&text, tree.file_id(path), &Limits::default()) {
            Ok(documents) => documents,
            Err(error) => return self.errors.push(PolicyError::Yaml(error)),
        };
        for document in documents {
            self.document(document, &text, action);
        }
    }

    fn document(&mut self, document: Node, file: &[u8], action: PolicyAction) {
        let text = |key: &str| document.get(key).and_then(Node::text).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let admission = api_version.starts_with("admissionregistration.k8s.io/");
        match kind {
            "ValidatingAdmissionPolicy" if admission => {
                let name = document.lookup(&["metadata", "name"]).and_then(Node::text);
                self.names.extend(name.map(SmolStr::from));
                if let Some(policy) = Policy::read(&document, file, &mut self.errors) {
                    self.policies.push((policy, action));
                }
            }
            "ValidatingAdmissionPolicyBinding" if admission => match Binding::read(&document) {
                Ok(binding) => self.bindings.push(binding),
                Err(error) => self.errors.push(error),
            },
            _ => self.others.push(document),
        }
    }

    fn finish(mut self) -> Result<PolicySet, PolicyErrors> {
        let mut first: FxHashMap<SmolStr, Origin> = FxHashMap::default();
        for (policy, _) in &self.policies {
            if let Some(first) = first.insert(policy.name.clone(), policy.origin) {
                self.errors.push(PolicyError::Duplicate {
                    name: policy.name.to_string(),
                    first,
                    at: policy.origin,
                });
            }
        }
        let mut bound: FxHashMap<SmolStr, Vec<Binding>> = FxHashMap::default();
        for binding in self.bindings {
            if !self.names.contains(&binding.policy) {
                let nearest = self
                    .names
                    .iter()
                    .filter(|name| strsim::damerau_levenshtein(name, &binding.policy) <= 3)
                    .min_by_key(|name| strsim::damerau_levenshtein(name, &binding.policy));
                self.errors.push(PolicyError::NoSuchPolicy {
                    binding: binding.name.to_string(),
                    policy: binding.policy.to_string(),
                    nearest: nearest.map(SmolStr::to_string),
                    at: binding.origin,
                });
                continue;
            }
            bound
                .entry(binding.policy.clone())
                .or_default()
                .push(binding);
        }
        let mut policies = Vec::with_capacity(self.policies.len());
        for (policy, action) in self.policies {
            let bindings = bound.remove(&policy.name).unwrap_or_default();
            if bindings.is_empty() {
                self.errors.push(PolicyError::NoBinding {
                    policy: policy.name.to_string(),
                    at: policy.origin,
                });
            }
            policies.push(Loaded {
                policy,
                bindings,
                action,
            });
        }
        let parameters = parameters(self.others, &policies, &mut self.errors);
        if !self.errors.is_empty() {
            return Err(PolicyErrors(self.errors));
        }
        Ok(PolicySet {
            policies,
            parameters,
        })
    }
}

/// Keeps the objects that are of a kind some policy takes; others don't belong here.
fn parameters(
    others: Vec<Node>,
    policies: &[Loaded],
    errors: &mut Vec<PolicyError>,
) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    // A policy that did not compile may have named the kind.
    let judge = errors.is_empty();
    for node in others {
        let text = |key: &str| {
            let text = node.get(key).and_then(Node::text).unwrap_or_default();
            SmolStr::from(text)
        };
        let kind = (text("apiVersion"), text("kind"));
        let taken = policies
            .iter()
            .any(|loaded| loaded.policy.param_kind.as_ref() == Some(&kind));
        if taken {
            parameters.push(Parameter { node });
        } else if judge {
            errors.push(PolicyError::UnknownKind {
                api_version: kind.0.to_string(),
                kind: kind.1.to_string(),
                at: node.origin,
            });
        }
    }
    parameters
}

pub(super) fn is_yaml(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml"))
}

fn is_kustomization(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml")
}
