//! Field specifications: which fields of which kinds a transformer works on.
//!
//! [`FieldSpec::rewrite`] walks an object along the path of one and hands each field it reaches to a
//! setter. A path names mappings' keys only; lists on the way are entered by themselves. What does
//! not change stays shared.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::yaml::{Diagnostic, Mapping, Node, Origin, Value};

use super::{Gvk, ResId};

/// A field of the kinds that a selector accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Which objects; empty parts accept all.
    pub gvk: Gvk,
    /// Where the field is.
    pub path: SpecPath,
    /// Whether a missing field is created.
    pub create: bool,
}

/// The path of a [`FieldSpec`]: keys separated by `/`, which `\/` escapes; a key that ends in `[]` is
/// known to hold a list.
///
/// It is split while it is walked: most walks end at the first key, and every build starts with hundreds
/// of paths of the built-in configuration, of which it walks few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecPath(SmolStr);

/// What is left of a path; `None` at its end.
#[derive(Clone, Copy)]
struct Steps<'p>(Option<&'p str>);

struct Step<'p> {
    key: Cow<'p, str>,
    list: bool,
}

/// What a missing field is created as, where its specification says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Create {
    /// Not at all.
    Nothing,
    /// As an empty scalar.
    Scalar,
    /// As an empty mapping.
    Mapping,
}

/// Why a field could not be reached or set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldProblem {
    /// The path goes on below a scalar.
    #[error("expected a mapping or a list, found a scalar")]
    BelowScalar,
    /// The path has an empty key or one that names an item of a list.
    #[error("`{0}` is not the key of a field")]
    BadKey(SmolStr),
    /// The field holds another kind of node than the transformer sets.
    #[error("expected {expected}, found {found}")]
    WrongKind {
        /// What can be set.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// The field refers by name but holds no name.
    #[error("the mapping has no field `name`")]
    NoName,
    /// A key that is not text stands where variables are expanded.
    #[error("the key `{0}` is not a string")]
    KeyNotString(SmolStr),
}

/// A [`FieldProblem`] and the node that has it.
#[derive(Clone, Debug)]
pub(super) struct FieldError {
    pub(super) problem: FieldProblem,
    pub(super) at: Origin,
}

impl FieldError {
    pub(super) fn new(problem: FieldProblem, node: &Node) -> Self {
        Self {
            problem,
            at: node.origin,
        }
    }

    pub(super) fn wrong_kind(expected: &'static str, node: &Node) -> Self {
        let found = kind_name(node);
        Self::new(FieldProblem::WrongKind { expected, found }, node)
    }
}

/// Why a transformer could not set a field of a resource.
#[derive(Clone, Debug, thiserror::Error)]
#[error("field `{path}` of `{resource}`: {problem}")]
pub struct FieldSpecError {
    path: SmolStr,
    resource: ResId,
    problem: FieldProblem,
    at: Origin,
}

impl Diagnostic for FieldSpecError {
    fn origin(&self) -> Option<Origin> {
        Some(self.at)
    }
}

impl FieldError {
    /// Names the field and the resource.
    pub(super) fn of(self, path: &str, resource: ResId) -> FieldSpecError {
        FieldSpecError {
            path: path.into(),
            resource,
            problem: self.problem,
            at: self.at,
        }
    }
}

/// What a rewrite came to: the new node, or none where nothing changes.
pub(super) type Rewritten = Result<Option<Node>, FieldError>;

impl SpecPath {
    /// Returns the path that a text is.
    pub fn new(path: impl Into<SmolStr>) -> Self {
        Self(path.into())
    }

    /// Returns the path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the keys in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let mut steps = self.steps();
        std::iter::from_fn(move || {
            let (step, rest) = steps.split_first()?;
            steps = rest;
            Some(step.key)
        })
    }

    fn steps(&self) -> Steps<'_> {
        // A slash at the start is allowed and means nothing.
        Steps(Some(self.0.strip_prefix('/').unwrap_or(&self.0)))
    }
}

impl<'p> Steps<'p> {
    fn is_empty(self) -> bool {
        self.0.is_none()
    }

    fn split_first(self) -> Option<(Step<'p>, Self)> {
        let text = self.0?;
        let (mut key, mut rest) = match text.split_once('/') {
            Some((key, rest)) => (Cow::Borrowed(key), Some(rest)),
            None => (Cow::Borrowed(text), None),
        };
        while let (Some(escaped), Some(after)) = (key.strip_suffix('\\'), rest) {
            let (more, rest_after) = match after.split_once('/') {
                Some((more, rest_after)) => (more, Some(rest_after)),
                None => (after, None),
            };
            key = Cow::Owned(format!("{escaped}/{more}"));
            rest = rest_after;
        }
        Some((Step::new(key), Self(rest)))
    }
}

impl<'p> Step<'p> {
    fn new(mut key: Cow<'p, str>) -> Self {
        let list = key.ends_with("[]");
        if list {
            let length = key.len() - 2;
            match &mut key {
                Cow::Borrowed(text) => *text = text.get(..length).unwrap_or_default(),
                Cow::Owned(text) => text.truncate(length),
            }
        }
        Self { key, list }
    }
}

impl fmt::Display for SpecPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FieldSpec {
    /// Returns a specification for all objects.
    pub fn everywhere(path: &str, create: bool) -> Self {
        Self {
            gvk: Gvk::default(),
            path: SpecPath::new(path),
            create,
        }
    }

    /// Tells whether the specification is meant for objects of a kind.
    pub fn selects(&self, gvk: &Gvk) -> bool {
        gvk.is_selected(&self.gvk)
    }

    /// Returns the object with the field set, or none where nothing changes.
    ///
    /// The setter gets each field that the path reaches and returns its new node, if it changes.
    /// What must be created on the way gets the origin `at`.
    pub(super) fn rewrite(
        &self,
        object: &Node,
        create: Create,
        at: Origin,
        set: &mut dyn FnMut(&Node) -> Rewritten,
    ) -> Rewritten {
        let create = if self.create { create } else { Create::Nothing };
        Walk { create, at, set }.node(object, self.path.steps())
    }
}

struct Walk<'s> {
    create: Create,
    at: Origin,
    set: &'s mut dyn FnMut(&Node) -> Rewritten,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, path: Steps<'_>) -> Rewritten {
        let Some((step, rest)) = path.split_first() else {
            return (self.set)(node);
        };
        if node.is_null() {
            return Ok(None);
        }
        match &node.value {
            Value::Sequence(_) => rewrite_items(node, |item| self.node(item, path)),
            Value::Mapping(mapping) => self.field(node, mapping, &step, rest),
            Value::Scalar(_) => Err(FieldError::new(FieldProblem::BelowScalar, node)),
        }
    }

    fn field(
        &mut self,
        node: &Node,
        mapping: &Mapping,
        step: &Step<'_>,
        rest: Steps<'_>,
    ) -> Rewritten {
        if !is_field_key(&step.key) {
            let problem = FieldProblem::BadKey(step.key.as_ref().into());
            return Err(FieldError::new(problem, node));
        }
        // A list is never created, but a null where one should be becomes an empty one.
        let create = match (self.create, rest.is_empty()) {
            _ if step.list => Create::Nothing,
            (Create::Nothing, _) => Create::Nothing,
            (leaf, true) => leaf,
            (_, false) => Create::Mapping,
        };
        let (field, created) = match mapping.get(&step.key) {
            Some(field) if field.is_null() => match null_becomes(field, create, step.list) {
                Some(field) => (field, create != Create::Scalar),
                None => (field.clone(), false),
            },
            Some(field) => {
                let field = self.node(field, rest)?;
                return Ok(field.map(|field| with_field(node, &step.key, field)));
            }
            None => match create {
                Create::Nothing => return Ok(None),
                Create::Scalar => (Node::string("", self.at), true),
                Create::Mapping => (Node::mapping(Mapping::default(), self.at), true),
            },
        };
        let new = self.node(&field, rest)?;
        let new = new.or_else(|| created.then_some(field));
        Ok(new.map(|field| with_field(node, &step.key, field)))
    }
}

fn null_becomes(null: &Node, create: Create, list: bool) -> Option<Node> {
    match create {
        _ if list => Some(Node::sequence(Vec::new(), null.origin)),
        Create::Nothing => None,
        Create::Scalar => Some(Node::string(null.text().unwrap_or_default(), null.origin)),
        Create::Mapping => Some(Node::mapping(Mapping::default(), null.origin)),
    }
}

/// Tells whether the reference takes a step as the key of a field: it reads numbers, `-`, `*` and
/// brackets as items of lists.
pub(super) fn is_field_key(key: &str) -> bool {
    let index = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    let brackets = key.starts_with('[') && key.ends_with(']');
    !(key.is_empty() || index || brackets || key == "-" || key == "*")
}

/// Returns a mapping node with a field replaced or appended.
pub(super) fn with_field(node: &Node, key: &str, field: Node) -> Node {
    let mut node = node.clone();
    if let Some(mapping) = node.as_mapping_mut() {
        mapping.insert(key, field);
    }
    node
}

/// Returns a list node with those items replaced for which there is a new one.
pub(super) fn rewrite_items<E>(
    node: &Node,
    mut item: impl FnMut(&Node) -> Result<Option<Node>, E>,
) -> Result<Option<Node>, E> {
    let mut changed: Option<Vec<Node>> = None;
    let items = node.as_sequence().unwrap_or_default();
    for (index, old) in items.iter().enumerate() {
        if let Some(new) = item(old)? {
            changed.get_or_insert_with(|| items.to_vec())[index] = new;
        }
    }
    Ok(changed.map(|items| Node::sequence(items, node.origin)))
}

fn kind_name(node: &Node) -> &'static str {
    match &node.value {
        Value::Scalar(_) if node.is_null() => "a null",
        Value::Scalar(_) => "a scalar",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
    }
}

/// Field specifications in order, shared.
#[derive(Clone, Debug, Default)]
pub struct FieldSpecs(Arc<[FieldSpec]>);

/// Two specifications of the same field that disagree on whether it is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpecConflict {
    /// The field.
    pub path: SmolStr,
}

impl FieldSpecs {
    /// Returns the specifications in order.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldSpec> {
        self.0.iter()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns these with those of another list appended that are not there.
    ///
    /// One is there when a listed one has its path and is among the kinds it selects; both must then
    /// agree on whether the field is created.
    pub fn merge(&self, other: &Self) -> Result<Self, FieldSpecConflict> {
        let mut merged: Vec<FieldSpec> = self.0.to_vec();
        for spec in other {
            let there = merged
                .iter()
                .find(|have| have.path == spec.path && have.gvk.is_selected(&spec.gvk));
            match there {
                None => merged.push(spec.clone()),
                Some(have) if have.create == spec.create => {}
                Some(_) => {
                    let path = spec.path.0.clone();
                    return Err(FieldSpecConflict { path });
                }
            }
        }
        Ok(Self(merged.into()))
    }
}

impl FromIterator<FieldSpec> for FieldSpecs {
    fn from_iter<T: IntoIterator<Item = FieldSpec>>(specs: T) -> Self {
        Self(specs.into_iter().collect())
    }
}

impl<'s> IntoIterator for &'s FieldSpecs {
    type Item = &'s FieldSpec;
    type IntoIter = std::slice::Iter<'s, FieldSpec>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FieldSpecs {
    /// Sorts the specifications by a key of their kinds; equal ones keep their order.
    pub(super) fn sort_by_kind<K: Ord>(&mut self, key: impl Fn(&Gvk) -> K) {
        if self.0.len() < 2 {
            return;
        }
        let mut specs = self.0.to_vec();
        specs.sort_by_cached_key(|spec| key(&spec.gvk));
        self.0 = specs.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, emit, parse};

    fn set(object: &str, path: &str, create: bool) -> Result<Option<String>, FieldProblem> {
        let file = FileId::of("fieldspec.yaml");
        let object = parse(object.as_bytes(), file, &Limits::default())
            .unwrap()
            .remove(0);
        let at = Origin::file(file);
        let new = FieldSpec::everywhere(path, create)
            .rewrite(&object, Create::Scalar, at, &mut |field| {
                Ok((field.text() != Some("new")).then(|| Node::string("new", at)))
            })
            .map_err(|error| error.problem)?;
        Ok(new.map(|node| {
            let mut out = String::new();
            emit(&node, &mut out);
            out
        }))
    }

    #[test]
    fn paths_enter_lists_and_create_what_is_missing() {
        for (object, path, create, want) in [
            ("{a: {b: old}}", "a/b", false, Some("a:\n  b: new\n")),
            ("{a: {b: new}}", "a/b", false, None),
            (
                "{a: [{b: x}, {c: y}]}",
                "a/b",
                false,
                Some("a:\n- b: new\n- c: \"y\"\n"),
            ),
            ("{x: y}", "a/b", false, None),
            ("{x: y}", "a/b", true, Some("a:\n  b: new\nx: \"y\"\n")),
            ("{a: null}", "a/b", false, None),
            ("{a: null}", "a/b", true, Some("a:\n  b: new\n")),
            ("{a: null}", "a[]/b", true, Some("a: []\n")),
            ("{x: y}", "a[]/b", true, None),
            ("{a/b: x}", r"a\/b", false, Some("a/b: new\n")),
        ] {
            let got = set(object, path, create).unwrap();
            assert_eq!(got.as_deref(), want, "{object} {path} {create}");
        }
    }

    #[test]
    fn paths_stop_at_scalars_and_take_no_index() {
        assert_eq!(set("{a: x}", "a/b", false), Err(FieldProblem::BelowScalar));
        for key in ["0", "*", "-", "[b=c]", ""] {
            let problem = set("{a: {b: c}}", &format!("a/{key}"), false);
            assert_eq!(problem, Err(FieldProblem::BadKey(key.into())));
        }
    }

    #[test]
    fn a_merge_keeps_what_is_there_and_refuses_to_disagree() {
        let spec = |kind: &str, create| {
            let mut spec = FieldSpec::everywhere("a/b", create);
            spec.gvk.kind = kind.into();
            FieldSpecs::from_iter([spec])
        };
        let count = |specs: FieldSpecs| specs.iter().count();
        assert_eq!(spec("", true).merge(&spec("A", false)).map(count), Ok(2));
        assert_eq!(spec("A", true).merge(&spec("", true)).map(count), Ok(1));
        assert!(spec("A", true).merge(&spec("", false)).is_err());
    }
}
