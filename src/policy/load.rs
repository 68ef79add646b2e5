//! Files to policies, bindings and parameters.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::render::fleet::{PolicyAction, PolicyPlace, PolicySource};
use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{self, FileId, Limits, Node, Origin};

use super::definition::{Binding, Policy};
use super::error::{PolicyError, PolicyErrors};
use super::pack::{self, PackTree};
use super::parameters::{ParamKind, Parameter, Parameters};

/// The policies of a repository, compiled.
#[derive(Debug, Default)]
pub struct PolicySet {
    pub(super) policies: Vec<Loaded>,
    pub(super) parameters: Parameters,
    /// The kinds that policies take as parameters.
    param_kinds: Vec<ParamKind>,
    /// The CRDs that stand beside the policies.
    pub(super) definitions: Vec<Node>,
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
#[derive(Clone)]
pub struct Source<'t> {
    /// What the files are read from.
    pub tree: &'t dyn Tree,
    /// The file or folder.
    pub path: TreePath,
    /// The most that may follow.
    pub action: PolicyAction,
    /// What declares it, if something does.
    pub origin: Option<Origin>,
    /// Whose policies they are.
    pub owner: Owner,
}

/// Whose policies a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The repository's.
    Repository,
    /// The pack's: a binding or a parameter of the repository that has the same name takes the place of
    /// the pack's own.
    Pack,
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

impl<'t> Source<'t> {
    /// Returns where the policies of a fleet's entry are.
    ///
    /// # Errors
    ///
    /// Where the pack has no policy of that name.
    pub fn of(source: &PolicySource, tree: &'t dyn Tree) -> Result<Self, PolicyError> {
        match &source.place {
            PolicyPlace::Path(path) => Ok(Self {
                tree,
                path: path.clone(),
                action: source.action,
                origin: Some(source.origin),
                owner: Owner::Repository,
            }),
            PolicyPlace::Pack(name) => match TreePath::new(name) {
                Ok(path) if pack::names().any(|known| known == name) => Ok(Self {
                    tree: &PackTree,
                    path,
                    action: source.action,
                    origin: Some(source.origin),
                    owner: Owner::Pack,
                }),
                _ => Err(PolicyError::NotInPack {
                    name: name.clone(),
                    nearest: pack::nearest(name),
                    at: source.origin,
                }),
            },
        }
    }
}

/// Folders below one of policies that are not read: they hold the objects of test cases.
pub(super) const CASES: &str = "cases";
/// The kinds that are read.
const KINDS: [&str; 2] = [
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
];
/// Other kinds of their group, which may stand beside them.
const ADMISSION_KINDS: [&str; 4] = [
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];
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
    pub fn load(sources: &[Source<'_>]) -> Result<Self, PolicyErrors> {
        if sources.is_empty() {
            return Ok(Self::default());
        }
        let load = || Loader::default().load(sources);
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

    /// Tells whether an object is of a kind that some policy takes as a parameter.
    pub(super) fn takes(&self, node: &Node) -> bool {
        !self.param_kinds.is_empty() && self.param_kinds.contains(&ParamKind::of(node))
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
                    .filter_map(|binding| super::evaluate::action(binding, loaded.action))
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
    bindings: Vec<(Binding, Owner)>,
    others: Vec<Other>,
    definitions: Vec<Node>,
    /// Names of policies that are there, also of those that did not compile.
    names: Vec<SmolStr>,
    read: FxHashSet<FileId>,
    /// Which sources, by their position, hold something that counts.
    useful: FxHashSet<usize>,
    errors: Vec<PolicyError>,
}

/// An object that may be a parameter.
struct Other {
    node: Node,
    owner: Owner,
    /// The position of its source.
    source: usize,
}

impl Loader {
    fn load(mut self, sources: &[Source<'_>]) -> Result<PolicySet, PolicyErrors> {
        for (position, source) in sources.iter().enumerate() {
            let before = self.errors.len();
            self.visit((position, source), &source.path, 0);
            for error in self.errors.iter_mut().skip(before) {
                if let PolicyError::Source { at, .. } = error {
                    *at = at.or(source.origin);
                }
            }
        }
        self.finish(sources)
    }

    fn visit(&mut self, source: (usize, &Source<'_>), path: &TreePath, depth: usize) {
        let tree = source.1.tree;
        let fail = |source| PolicyError::Source { source, at: None };
        match tree.kind(path) {
            Ok(Some(EntryKind::Directory)) => {}
            Ok(_) => {
                if self.read.insert(tree.file_id(path)) {
                    self.file(source, path);
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
                EntryKind::Directory => {
                    name != CASES && !name.starts_with('.') && depth < MAX_DEPTH
                }
                EntryKind::File => is_yaml(&name) && !is_kustomization(&name),
            };
            if wanted && let Ok(child) = path.join(&name) {
                self.visit(source, &child, depth + 1);
            }
        }
    }

    fn file(&mut self, source: (usize, &Source<'_>), path: &TreePath) {
        let tree = source.1.tree;
        let text = match tree.read(path) {
            Ok(text) => text,
            Err(source) => return self.errors.push(PolicyError::Source { source, at: None }),
        };
        let documents = match yaml::parse(&text, tree.file_id(path), &Limits::default()) {
            Ok(documents) => documents,
            Err(error) => return self.errors.push(PolicyError::Yaml(error)),
        };
        for document in documents {
            self.document(document, &text, source);
        }
    }

    fn document(&mut self, document: Node, file: &[u8], source: (usize, &Source<'_>)) {
        let (position, source) = source;
        let text = |key: &str| document.get(key).and_then(Node::text).unwrap_or_default();
        let admission = text("apiVersion").starts_with("admissionregistration.k8s.io/");
        let kind = text("kind");
        match kind {
            "ValidatingAdmissionPolicy" if admission => {
                self.useful.insert(position);
                let name = document.lookup(&["metadata", "name"]).and_then(Node::text);
                self.names.extend(name.map(SmolStr::from));
                if let Some(policy) = Policy::read(&document, file, &mut self.errors) {
                    self.policies.push((policy, source.action));
                }
            }
            "ValidatingAdmissionPolicyBinding" if admission => {
                self.useful.insert(position);
                match Binding::read(&document) {
                    Ok(binding) => self.bindings.push((binding, source.owner)),
                    Err(error) => self.errors.push(error),
                }
            }
            "CustomResourceDefinition" => self.definitions.push(document),
            _ if admission && !ADMISSION_KINDS.contains(&kind) => {
                self.errors.push(PolicyError::UnknownKind {
                    kind: kind.to_owned(),
                    nearest: KINDS
                        .into_iter()
                        .min_by_key(|known| strsim::damerau_levenshtein(known, kind)),
                    at: document.origin,
                });
            }
            _ => self.others.push(Other {
                node: document,
                owner: source.owner,
                source: position,
            }),
        }
    }

    fn finish(mut self, sources: &[Source<'_>]) -> Result<PolicySet, PolicyErrors> {
        let mut bound = self.bound();
        let mut first: FxHashMap<SmolStr, Origin> = FxHashMap::default();
        let mut policies = Vec::with_capacity(self.policies.len());
        for (policy, action) in std::mem::take(&mut self.policies) {
            if let Some(first) = first.insert(policy.name.clone(), policy.origin) {
                self.errors.push(PolicyError::Duplicate {
                    what: "policy",
                    name: policy.name.to_string(),
                    first,
                    at: policy.origin,
                });
                continue;
            }
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
        let mut param_kinds: Vec<ParamKind> = Vec::new();
        for kind in policies.iter().filter_map(|p| p.policy.param_kind.as_ref()) {
            if !param_kinds.contains(kind) {
                param_kinds.push(kind.clone());
            }
        }
        let parameters = self.parameters(&param_kinds);
        let all_read = self.errors.is_empty();
        for (position, source) in sources.iter().enumerate() {
            // A folder of which nothing counts is most likely not the one that was meant.
            if all_read && !self.useful.contains(&position) {
                self.errors.push(PolicyError::Empty {
                    file: source.tree.file_id(&source.path),
                    at: source.origin,
                });
            }
        }
        if !self.errors.is_empty() {
            return Err(PolicyErrors(self.errors));
        }
        Ok(PolicySet {
            policies,
            parameters,
            param_kinds,
            definitions: self.definitions,
        })
    }

    /// Returns the bindings by the policy that they name.
    fn bound(&mut self) -> FxHashMap<SmolStr, Vec<Binding>> {
        // What the repository binds comes first, and takes the place of the pack's of the same name.
        self.bindings
            .sort_by_key(|(_, owner)| *owner == Owner::Pack);
        let mut first: FxHashMap<SmolStr, Origin> = FxHashMap::default();
        let mut bound: FxHashMap<SmolStr, Vec<Binding>> = FxHashMap::default();
        for (binding, owner) in std::mem::take(&mut self.bindings) {
            match first.get(&binding.name) {
                Some(_) if owner == Owner::Pack => continue,
                Some(first) => {
                    self.errors.push(PolicyError::Duplicate {
                        what: "binding",
                        name: binding.name.to_string(),
                        first: *first,
                        at: binding.origin,
                    });
                    continue;
                }
                None => first.insert(binding.name.clone(), binding.origin),
            };
            if self.names.contains(&binding.policy) {
                bound
                    .entry(binding.policy.clone())
                    .or_default()
                    .push(binding);
            } else {
                let nearest = self
                    .names
                    .iter()
                    .map(|name| (strsim::damerau_levenshtein(name, &binding.policy), name))
                    .min()
                    .filter(|(distance, _)| *distance <= 3);
                self.errors.push(PolicyError::NoSuchPolicy {
                    binding: binding.name.to_string(),
                    policy: binding.policy.to_string(),
                    nearest: nearest.map(|(_, name)| name.to_string()),
                    at: binding.origin,
                });
            }
        }
        bound
    }

    /// Keeps the objects that are of a kind some policy takes; what else stands there is no policy's.
    fn parameters(&mut self, kinds: &[ParamKind]) -> Parameters {
        let mut parameters = Parameters::default();
        // What the repository says comes first, and takes the place of the pack's of the same name.
        self.others.sort_by_key(|other| other.owner == Owner::Pack);
        for other in std::mem::take(&mut self.others) {
            let origin = other.node.origin;
            let parameter = Parameter::of(other.node);
            if !kinds.contains(&parameter.kind) {
                continue;
            }
            self.useful.insert(other.source);
            let name = parameter.name.to_string();
            if let Some(first) = parameters.insert(parameter)
                && other.owner == Owner::Repository
            {
                self.errors.push(PolicyError::Duplicate {
                    what: "parameter",
                    name,
                    first: first.node.origin,
                    at: origin,
                });
            }
        }
        parameters
    }
}

pub(super) fn is_yaml(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml"))
}

fn is_kustomization(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml")
}
