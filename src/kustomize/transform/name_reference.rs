//! Fields that name another resource follow its renaming.
//!
//! Runs once, when all layers are done and all names are final. A field names a resource when it holds
//! one of the names that the resource had before; which, where several did, is told by kind, namespace
//! and the prefixes and suffixes that both went through.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::scalar::set_untyped;
use crate::kustomize::config::{NameReference, TransformerConfig};
use crate::kustomize::fieldspec::{
    FieldError, FieldProblem, FieldSpecError, SpecPath, is_field_key, rewrite_items, with_field,
};
use crate::kustomize::{Gvk, ResId, ResMap, Resource};
use crate::yaml::{Diagnostic, Node, Origin, Value};

/// Why a reference could not be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field could not be read or set.
    #[error(transparent)]
    Field(#[from] FieldSpecError),
    /// Several resources had the name.
    #[error("`{name}`, which `{referrer}` refers to, may be any of {} resources", .candidates.len())]
    Ambiguous {
        /// The name.
        name: SmolStr,
        /// The resource that refers to it.
        referrer: ResId,
        /// The place of the name.
        at: Origin,
        /// The resources, with their places.
        candidates: Vec<(ResId, Origin)>,
    },
    /// A service account that a role binding names has no namespace.
    #[error("a subject of `{referrer}` has a namespace that is not a string")]
    Namespace {
        /// The role binding.
        referrer: ResId,
        /// The place of the subject.
        at: Origin,
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Field(error) => error.origin(),
            Self::Ambiguous { at, .. } | Self::Namespace { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Ambiguous { candidates, .. } => candidates
                .iter()
                .map(|(id, origin)| (*origin, format!("it may be `{id}`")))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ambiguous { .. } => Some("give them different names".to_owned()),
            _ => None,
        }
    }
}

/// Lets all references follow the names of what they refer to.
pub(crate) fn transform(
    resources: &mut ResMap,
    configuration: &TransformerConfig,
) -> Result<(), Error> {
    let mut any_renamed = false;
    for resource in resources.iter() {
        any_renamed |= !resource.previous.is_empty();
        // Even where no name has changed, this must hold.
        account_namespaces(resource)?;
    }
    if !any_renamed {
        return Ok(());
    }
    let index = configuration.reference_index();
    let targets = Targets::new(resources.as_slice());
    let mut changed: Vec<(usize, Node)> = Vec::new();
    for (position, resource) in resources.iter().enumerate() {
        let original = resource.original_id().gvk;
        let mut referrer = None;
        let mut node: Option<Node> = None;
        for tree in index.trees(&original) {
            let referrer = match &referrer {
                Some(referrer) => referrer,
                None => referrer.insert(Referrer::new(resource, &targets)?),
            };
            let rewritten = referrer.rewrite(node.as_ref().unwrap_or(&resource.node), tree)?;
            node = rewritten.or(node);
        }
        changed.extend(node.map(|node| (position, node)));
    }
    for (position, node) in changed {
        if let Some(mut resource) = resources.get_mut(position) {
            resource.node = node;
        }
    }
    Ok(())
}

/// The rules by the kind that refers. The paths of a kind form a tree, so that one walk over an object
/// meets all fields that may name another.
#[derive(Clone, Debug, Default)]
pub(in crate::kustomize) struct ReferenceIndex {
    by_kind: FxHashMap<SmolStr, Vec<(Gvk, PathTree)>>,
    any_kind: Vec<(Gvk, PathTree)>,
}

/// What stands at a field: the kinds it may name, and the fields below it.
#[derive(Clone, Debug, Default)]
struct PathTree {
    /// A path that leads here or through here.
    path: SmolStr,
    targets: Vec<Target>,
    fields: Vec<(SmolStr, PathTree)>,
}

/// A kind that a field may name.
#[derive(Clone, Debug)]
struct Target {
    gvk: Gvk,
    /// Whether the field is the name in a `roleRef`, which says group and kind itself.
    in_role_ref: bool,
}

impl ReferenceIndex {
    pub(in crate::kustomize) fn new(references: &[NameReference]) -> Self {
        let mut index = Self::default();
        for reference in references {
            for spec in &reference.referrers {
                let of_kind = if spec.gvk.kind.is_empty() {
                    &mut index.any_kind
                } else {
                    index.by_kind.entry(spec.gvk.kind.clone()).or_default()
                };
                let known = of_kind.iter().position(|(gvk, _)| *gvk == spec.gvk);
                let known = known.unwrap_or_else(|| {
                    of_kind.push((spec.gvk.clone(), PathTree::default()));
                    of_kind.len() - 1
                });
                if let Some((_, tree)) = of_kind.get_mut(known) {
                    tree.add(&spec.path, &reference.target);
                }
            }
        }
        index
    }

    fn trees(&self, gvk: &Gvk) -> impl Iterator<Item = &PathTree> {
        self.by_kind
            .get(&gvk.kind)
            .into_iter()
            .flatten()
            .chain(&self.any_kind)
            .filter(|(selector, _)| gvk.is_selected(selector))
            .map(|(_, tree)| tree)
    }
}

impl PathTree {
    fn add(&mut self, path: &SpecPath, target: &Gvk) {
        let mut tree = self;
        for key in path.keys() {
            let known = tree.fields.iter().position(|(field, _)| **field == *key);
            let known = known.unwrap_or_else(|| {
                let below = PathTree {
                    path: path.as_str().into(),
                    ..PathTree::default()
                };
                tree.fields.push((key.into(), below));
                tree.fields.len() - 1
            });
            tree = &mut tree.fields[known].1;
        }
        tree.path = path.as_str().into();
        tree.targets.push(Target {
            gvk: target.clone(),
            in_role_ref: path.as_str().ends_with("roleRef/name"),
        });
    }
}

/// All resources that were renamed, by the names they had.
struct Targets<'r> {
    resources: &'r [Resource],
    renamed: Vec<Renamed<'r>>,
    by_name: FxHashMap<&'r str, Vec<usize>>,
    places: OnceCell<Vec<Place>>,
}

struct Renamed<'r> {
    resource: &'r Resource,
    gvk: Gvk,
    place: Place,
}

/// Where a resource is, in effective namespaces.
struct Place {
    current: SmolStr,
    original: SmolStr,
    /// As written.
    written: SmolStr,
    cluster_scoped: bool,
}

impl Place {
    fn of(resource: &Resource) -> Self {
        let id = resource.id();
        Self {
            current: id.effective_namespace(),
            original: resource.original_id().effective_namespace(),
            cluster_scoped: id.gvk.is_cluster_scoped(),
            written: id.namespace,
        }
    }
}

impl<'r> Targets<'r> {
    fn new(resources: &'r [Resource]) -> Self {
        let mut targets = Self {
            resources,
            renamed: Vec::new(),
            by_name: FxHashMap::default(),
            places: OnceCell::new(),
        };
        for resource in resources {
            let position = targets.renamed.len();
            for id in &resource.previous {
                let named = targets.by_name.entry(id.name.as_str()).or_default();
                if named.last() != Some(&position) {
                    named.push(position);
                }
            }
            if !resource.previous.is_empty() {
                targets.renamed.push(Renamed {
                    resource,
                    gvk: Gvk::of(&resource.node),
                    place: Place::of(resource),
                });
            }
        }
        targets
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Renamed<'r>> {
        let positions = self.by_name.get(name).map(Vec::as_slice);
        positions
            .unwrap_or_default()
            .iter()
            .filter_map(|position| self.renamed.get(*position))
    }

    fn places(&self) -> &[Place] {
        self.places
            .get_or_init(|| self.resources.iter().map(Place::of).collect())
    }
}

impl Renamed<'_> {
    /// Tells whether it is, or once was, of a kind.
    fn was_of(&self, selector: &Gvk) -> bool {
        self.resource.previous.iter().any(|id| {
            (selector.kind.is_empty() || selector.kind == id.gvk.kind)
                && (selector.group.is_empty() || selector.group == self.gvk.group)
                && (selector.version.is_empty() || selector.version == self.gvk.version)
        })
    }
}

/// A resource that refers to others.
struct Referrer<'r> {
    resource: &'r Resource,
    targets: &'r Targets<'r>,
    place: Place,
    /// The namespaces of the service accounts that a role binding names.
    account_namespaces: FxHashSet<SmolStr>,
    /// The group and kind that a role binding says it names.
    role: Option<Gvk>,
}

enum Failure {
    Field(FieldError, SmolStr),
    Whole(Error),
}

impl<'r> Referrer<'r> {
    fn new(resource: &'r Resource, targets: &'r Targets<'r>) -> Result<Self, Error> {
        Ok(Self {
            resource,
            targets,
            place: Place::of(resource),
            account_namespaces: account_namespaces(resource)?,
            role: role(&resource.node),
        })
    }

    fn rewrite(&self, node: &Node, tree: &PathTree) -> Result<Option<Node>, Error> {
        self.field(node, tree).map_err(|failure| match failure {
            Failure::Field(error, path) => error.of(&path, self.resource.id()).into(),
            Failure::Whole(error) => error,
        })
    }

    /// Rewrites a field and all below it.
    fn field(&self, node: &Node, tree: &PathTree) -> Result<Option<Node>, Failure> {
        let mut new: Option<Node> = None;
        for target in &tree.targets {
            let set = self.set(new.as_ref().unwrap_or(node), target);
            new = set.map_err(|failure| failure.at(tree))?.or(new);
        }
        if tree.fields.is_empty() {
            return Ok(new);
        }
        Ok(self.below(new.as_ref().unwrap_or(node), tree)?.or(new))
    }

    fn below(&self, node: &Node, tree: &PathTree) -> Result<Option<Node>, Failure> {
        match &node.value {
            Value::Sequence(_) => rewrite_items(node, |item| self.below(item, tree)),
            Value::Scalar(_) if node.is_null() => Ok(None),
            Value::Scalar(_) => {
                let error = FieldError::new(FieldProblem::BelowScalar, node);
                Err(Failure::Field(error, tree.path.clone()))
            }
            Value::Mapping(mapping) => {
                let mut new: Option<Node> = None;
                for (key, below) in &tree.fields {
                    if !is_field_key(key) {
                        let problem = FieldProblem::BadKey(key.clone());
                        let error = FieldError::new(problem, node);
                        return Err(Failure::Field(error, below.path.clone()));
                    }
                    let Some(field) = mapping.get(key) else {
                        continue;
                    };
                    if let Some(field) = self.field(field, below)? {
                        new = Some(with_field(new.as_ref().unwrap_or(node), key, field));
                    }
                }
                Ok(new)
            }
        }
    }

    fn set(&self, node: &Node, target: &Target) -> Result<Option<Node>, Failure> {
        if node.is_null() {
            return Ok(None);
        }
        match &node.value {
            Value::Scalar(_) => self.set_scalar(node, target),
            Value::Mapping(_) => self.set_mapping(node, target),
            Value::Sequence(_) => rewrite_items(node, |item| match &item.value {
                _ if item.is_null() => Ok(None),
                Value::Scalar(_) => self.set_scalar(item, target),
                Value::Mapping(_) => self.set_mapping(item, target),
                Value::Sequence(_) => {
                    let error = FieldError::wrong_kind("a name", item);
                    Err(Failure::Field(error, SmolStr::default()))
                }
            }),
        }
    }

    /// Sets a field that is the name.
    fn set_scalar(&self, node: &Node, target: &Target) -> Result<Option<Node>, Failure> {
        let name = node.text().unwrap_or_default();
        let candidates = self.candidates(name, target);
        let same = |a: &Renamed<'_>, b: &Renamed<'_>| a.resource.name() == b.resource.name();
        let Some(found) = self.choose(candidates, name, node, same)? else {
            return Ok(None);
        };
        let new = found.resource.name();
        if new == name {
            return Ok(None);
        }
        Ok(set_untyped(node, new, name_origin(found.resource))?)
    }

    /// Sets a mapping that has fields `name` and `namespace`.
    fn set_mapping(&self, node: &Node, target: &Target) -> Result<Option<Node>, Failure> {
        let Some(name_node) = node.get("name") else {
            let error = FieldError::new(FieldProblem::NoName, node);
            return Err(Failure::Field(error, SmolStr::default()));
        };
        let name = name_node.text().unwrap_or_default();
        let mut candidates = self.candidates(name, target);
        if let Some(namespace) = node.get("namespace") {
            self.keep_in_namespace(&mut candidates, namespace.text().unwrap_or_default());
        }
        let same = |a: &Renamed<'_>, b: &Renamed<'_>| {
            a.resource.name() == b.resource.name() && a.place.written == b.place.written
        };
        let Some(found) = self.choose(candidates, name, node, same)? else {
            return Ok(None);
        };
        let (new, namespace) = (found.resource.name(), &found.place.written);
        if new == name && namespace.is_empty() {
            return Ok(None);
        }
        let mut changed = None;
        if new != name {
            let name = set_untyped(name_node, new, name_origin(found.resource))?;
            changed = name.map(|name| with_field(node, "name", name));
        }
        // None is written where there was none: it would not mean `default`.
        if !namespace.is_empty() {
            let at = origin_of(found.resource, "namespace");
            let namespace = match node.get("namespace") {
                Some(old) if old.text() == Some(namespace) => None,
                Some(old) => set_untyped(old, namespace, at)?,
                None => Some(Node::string(namespace.clone(), at)),
            };
            if let Some(namespace) = namespace {
                let node = changed.as_ref().unwrap_or(node);
                changed = Some(with_field(node, "namespace", namespace));
            }
        }
        Ok(changed)
    }

    /// Returns the resources that had a name, are of the kind and can be referred to from here.
    fn candidates(&self, name: &str, target: &Target) -> Vec<&'r Renamed<'r>> {
        let role = self.role.as_ref().filter(|_| target.in_role_ref);
        self.targets
            .named(name)
            .filter(|renamed| {
                self.reaches(renamed)
                    && renamed.was_of(&target.gvk)
                    && role.is_none_or(|role| renamed.was_of(role))
            })
            .collect()
    }

    fn reaches(&self, renamed: &Renamed<'_>) -> bool {
        self.sees(&renamed.place)
            && (self.place.cluster_scoped
                || renamed.place.cluster_scoped
                || renamed.gvk.kind == "ServiceAccount"
                || renamed.place.current == self.place.current)
    }

    /// Tells whether a place is among those that may be referred to from here at all.
    fn sees(&self, place: &Place) -> bool {
        self.place.cluster_scoped
            || place.cluster_scoped
            || place.current == self.place.current
            || self.account_namespaces.contains(&place.written)
    }

    /// Keeps those that were in a namespace at first, or, where nothing was, those that are in it now.
    fn keep_in_namespace(&self, candidates: &mut Vec<&'r Renamed<'r>>, namespace: &str) {
        let was_used = self
            .targets
            .places()
            .iter()
            .any(|place| place.original == namespace && self.sees(place));
        candidates.retain(|renamed| {
            let place = &renamed.place;
            namespace
                == if was_used {
                    &place.original
                } else {
                    &place.current
                }
        });
    }

    /// Returns the one candidate that shares most of its way with this resource.
    fn choose(
        &self,
        mut candidates: Vec<&'r Renamed<'r>>,
        name: &str,
        node: &Node,
        same: impl Fn(&Renamed<'_>, &Renamed<'_>) -> bool,
    ) -> Result<Option<&'r Renamed<'r>>, Failure> {
        if let [only] = candidates[..] {
            return Ok(Some(only));
        }
        candidates.retain(|renamed| shares_affixes(self.resource, renamed.resource, true));
        if candidates.len() > 1 {
            candidates.retain(|renamed| shares_affixes(self.resource, renamed.resource, false));
        }
        let Some((first, rest)) = candidates.split_first() else {
            return Ok(None);
        };
        if rest.iter().all(|other| same(first, other)) {
            return Ok(Some(first));
        }
        let candidates = candidates.iter().map(|renamed| {
            let resource = renamed.resource;
            (resource.id(), resource.node.origin)
        });
        Err(Failure::Whole(Error::Ambiguous {
            name: name.into(),
            referrer: self.resource.id(),
            at: node.origin,
            candidates: candidates.collect(),
        }))
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::Field(error, SmolStr::default())
    }
}

impl Failure {
    /// Fills in the path.
    fn at(self, tree: &PathTree) -> Self {
        match self {
            Self::Field(error, _) => Self::Field(error, tree.path.clone()),
            Self::Whole(_) => self,
        }
    }
}

fn name_origin(resource: &Resource) -> Origin {
    origin_of(resource, "name")
}

/// Returns the place that wrote a field of a resource's metadata.
fn origin_of(resource: &Resource, field: &str) -> Origin {
    let field = resource.node.lookup(&["metadata", field]);
    field.map_or(resource.node.origin, |field| field.origin)
}

/// Tells whether the shorter list of prefixes is the end of the longer, and so for suffixes. A missing
/// one agrees with all, where `lenient`.
fn shares_affixes(a: &Resource, b: &Resource, lenient: bool) -> bool {
    let shares = |a: &[SmolStr], b: &[SmolStr]| {
        if a.is_empty() || b.is_empty() {
            return lenient || a.len() == b.len();
        }
        a.ends_with(b) || b.ends_with(a)
    };
    shares(&a.prefixes, &b.prefixes) && shares(&a.suffixes, &b.suffixes)
}

fn account_namespaces(resource: &Resource) -> Result<FxHashSet<SmolStr>, Error> {
    let mut namespaces = FxHashSet::default();
    if resource.kind() != "RoleBinding" {
        return Ok(namespaces);
    }
    let subjects = resource.node.get("subjects").and_then(Node::as_sequence);
    for subject in subjects.unwrap_or_default() {
        let kind = subject.get("kind").and_then(Node::text);
        let Some(namespace) = subject.get("namespace") else {
            continue;
        };
        if kind != Some("ServiceAccount") {
            continue;
        }
        let namespace = namespace.as_str().ok_or_else(|| Error::Namespace {
            referrer: resource.id(),
            at: namespace.origin,
        })?;
        namespaces.insert(namespace.into());
    }
    Ok(namespaces)
}

/// Returns the group and kind that a `roleRef` names, if it has both.
fn role(node: &Node) -> Option<Gvk> {
    let text = |key| Some(node.lookup(&["roleRef", key])?.text().unwrap_or_default());
    Some(Gvk {
        group: text("apiGroup")?.into(),
        version: SmolStr::default(),
        kind: text("kind")?.into(),
    })
}
