//! Lists whose elements merge, by keys or as scalars.
//!
//! A patch's elements come first, in its order, then the object's others: kustomize merges so, unlike
//! `kubectl`. Lists as Kubernetes takes them, where each element has its keys and no two have the same, are merged
//! in linear time. What the reference makes of others follows from the steps it takes, which
//! `irregular` takes too.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::yaml::{Mapping, Node, Segment};

use super::directive::{self, Directive};
use super::{MergeError, Merged, Merger, Schema, irregular, kind_name, unchanged};

/// The values of an element's keys; empty where it has none.
pub(super) type Values = Vec<SmolStr>;

impl<'s> Merger<'s> {
    pub(super) fn merge_lists(
        &mut self,
        target: Option<&Node>,
        patch: Option<&Node>,
        keys: &[&str],
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        let patch = match (target, patch) {
            (None, Some(patch)) => return self.adopt_list(patch, keys, schema),
            (_, None) => None,
            (_, Some(patch)) if patch.is_null() => return Ok(Merged::Gone),
            (_, Some(patch)) => match directive::of_list(patch, &self.path)? {
                (Some(Directive::Delete), _) => return Ok(Merged::Gone),
                (Some(Directive::Replace), patch) => return self.adopt_list(&patch, keys, schema),
                (_, patch) => Some(patch),
            },
        };
        let Some(target) = target else {
            return Ok(Merged::Gone);
        };
        let sides = Sides {
            target: target.as_sequence().unwrap_or_default(),
            patch: patch
                .as_ref()
                .and_then(Node::as_sequence)
                .unwrap_or_default(),
        };
        let elements = schema.and_then(Schema::elements);
        let items = self.merge_elements(&sides, keys, elements, Source::Both)?;
        Ok(Merged::Kept(match items {
            None => target.clone(),
            Some(items) => Node::sequence(items, target.origin),
        }))
    }

    /// Takes a list of the patch, its directive obeyed.
    pub(super) fn adopt_list(
        &mut self,
        list: &Node,
        keys: &[&str],
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        let sides = Sides {
            target: list.as_sequence().unwrap_or_default(),
            patch: &[],
        };
        let elements = schema.and_then(Schema::elements);
        let items = self.merge_elements(&sides, keys, elements, Source::Patch)?;
        Ok(Merged::Taken(match items {
            None => list.clone(),
            Some(items) => Node::sequence(items, list.origin),
        }))
    }

    /// Returns the merged elements, `None` where they are the target's as they were.
    fn merge_elements(
        &mut self,
        sides: &Sides<'_>,
        keys: &[&str],
        schema: Option<Schema<'s>>,
        source: Source,
    ) -> Result<Option<Vec<Node>>, MergeError> {
        if keys.is_empty() {
            return merge_scalars(sides).map_err(|item| self.foreign_element(item, "value"));
        }
        if let Some(regular) = Regular::new(sides, keys) {
            return self.merge_regular(sides, &regular, schema, source);
        }
        irregular::merge(self, sides, keys, schema, source).map(Some)
    }

    fn merge_regular(
        &mut self,
        sides: &Sides<'_>,
        regular: &Regular,
        schema: Option<Schema<'s>>,
        source: Source,
    ) -> Result<Option<Vec<Node>>, MergeError> {
        let mut items = Vec::with_capacity(sides.target.len() + sides.patch.len());
        let mut changed = !sides.patch.is_empty();
        for (position, patch) in sides.patch.iter().enumerate() {
            let target = regular.target_of(position);
            // With several keys the object's elements keep their places behind the new ones.
            if regular.by_several_keys && target.is_some() {
                continue;
            }
            let target = target.and_then(|at| sides.target.get(at));
            let merged = self.merge_element(position, target, Some(patch), schema, source)?;
            items.extend(present(merged, target));
        }
        for (position, target) in sides.target.iter().enumerate() {
            let patch = regular.patch_of(position);
            if !regular.by_several_keys && patch.is_some() {
                continue;
            }
            let patch = patch.and_then(|at| sides.patch.get(at));
            let merged = self.merge_element(position, Some(target), patch, schema, source)?;
            let old = (source == Source::Both).then_some(target);
            let item = present(merged, old);
            changed |= !item.as_ref().is_some_and(|item| unchanged(item, target));
            items.extend(item);
        }
        Ok(changed.then_some(items))
    }

    pub(super) fn merge_element(
        &mut self,
        position: usize,
        target: Option<&Node>,
        patch: Option<&Node>,
        schema: Option<Schema<'s>>,
        source: Source,
    ) -> Result<Merged, MergeError> {
        self.path.push(Segment::Index(position));
        let merged = match (source, target) {
            (Source::Patch, Some(target)) => self.adopt(target, schema),
            _ => self.merge(target, patch, schema),
        }?;
        self.path.pop();
        Ok(merged)
    }

    pub(super) fn foreign_element(&self, item: &Node, keys: &str) -> MergeError {
        MergeError::Element {
            path: self.path.clone(),
            found: if item.is_null() {
                "null"
            } else {
                kind_name(item)
            },
            keys: keys.to_owned(),
            at: item.origin,
        }
    }
}

/// Whether the target's elements are the object's, or the patch's own that it adds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Both,
    Patch,
}

pub(super) struct Sides<'n> {
    pub(super) target: &'n [Node],
    pub(super) patch: &'n [Node],
}

/// Returns what of a merged element stays in the list.
fn present(merged: Merged, target: Option<&Node>) -> Option<Node> {
    let is_empty = |node: &Node| node.as_mapping().is_some_and(Mapping::is_empty);
    let node = match (merged, target) {
        (Merged::Gone | Merged::Null(_), _) => return None,
        (Merged::Kept(node), _) | (Merged::Taken(node), None) => node,
        // An element that says `$patch: replace` loses against the one that it would replace: the
        // reference puts the object's elements over the merged ones at the end.
        (Merged::Taken(node), Some(_)) if is_empty(&node) => return None,
        (Merged::Taken(_), Some(target)) => target.clone(),
    };
    (!is_empty(&node)).then_some(node)
}

/// How two lists of elements with keys, each its own, correspond.
struct Regular {
    /// For each of the patch's elements, the target's with the same keys.
    targets: Vec<Option<usize>>,
    /// For each of the target's elements, the patch's with the same keys.
    patches: Vec<Option<usize>>,
    by_several_keys: bool,
}

impl Regular {
    fn new(sides: &Sides<'_>, keys: &[&str]) -> Option<Self> {
        // A key that no element has does not count.
        let keys: Vec<&str> = keys
            .iter()
            .copied()
            .filter(|key| {
                let mut elements = sides.patch.iter().chain(sides.target);
                elements.any(|element| !key_value(element, key).is_empty())
            })
            .collect();
        if keys.is_empty() && !(sides.target.is_empty() && sides.patch.is_empty()) {
            return None;
        }
        let positions_of = |elements: &[Node]| {
            let mut positions = FxHashMap::default();
            for (position, element) in elements.iter().enumerate() {
                let identity = identity(element, &keys)?;
                if positions.insert(identity, position).is_some() {
                    return None;
                }
            }
            Some(positions)
        };
        let positions = positions_of(sides.target)?;
        let mut patches = vec![None; sides.target.len()];
        let mut targets = vec![None; sides.patch.len()];
        positions_of(sides.patch)?;
        for (patch, element) in sides.patch.iter().enumerate() {
            let identity = identity(element, &keys);
            let Some(target) = identity.and_then(|identity| positions.get(&identity)) else {
                continue;
            };
            if let (Some(of_target), Some(of_patch)) =
                (patches.get_mut(*target), targets.get_mut(patch))
            {
                (*of_target, *of_patch) = (Some(patch), Some(*target));
            }
        }
        Some(Self {
            targets,
            patches,
            by_several_keys: keys.len() > 1,
        })
    }

    fn target_of(&self, patch: usize) -> Option<usize> {
        self.targets.get(patch).copied().flatten()
    }

    fn patch_of(&self, target: usize) -> Option<usize> {
        self.patches.get(target).copied().flatten()
    }
}

/// Returns an element's values of the keys, `None` where it lacks one.
fn identity(element: &Node, keys: &[&str]) -> Option<Values> {
    keys.iter()
        .map(|key| Some(key_value(element, key)).filter(|value| !value.is_empty()))
        .map(|value| value.map(SmolStr::from))
        .collect()
}

/// Returns the text by which an element is told from others; empty where it has none.
pub(super) fn key_value<'n>(element: &'n Node, key: &str) -> &'n str {
    element
        .get(key)
        .filter(|value| !value.is_null())
        .and_then(Node::text)
        .unwrap_or_default()
}

/// Joins lists of scalars: each once, the patch's first. A mapping or list among them is the error.
fn merge_scalars<'n>(sides: &Sides<'n>) -> Result<Option<Vec<Node>>, &'n Node> {
    let mut items: Vec<Node> = Vec::with_capacity(sides.target.len() + sides.patch.len());
    let mut positions: FxHashMap<&str, usize> = FxHashMap::default();
    for element in sides.patch.iter().chain(sides.target) {
        let text = element.text().ok_or(element)?;
        if element.is_null() {
            continue;
        }
        if let Some(item) = positions.get(text).and_then(|at| items.get_mut(*at)) {
            *item = element.clone();
        } else {
            positions.insert(text, items.len());
            items.push(element.clone());
        }
    }
    let same = sides.patch.is_empty() && items.len() == sides.target.len();
    Ok((!same).then_some(items))
}
