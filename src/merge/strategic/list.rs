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
            let target = regular
                .partner(position)
                .and_then(|at| sides.target.get(at));
            let merged = self.merge_element(position, target, Some(patch), schema, source)?;
            items.extend(present(merged, target));
        }
        for (position, target) in sides.target.iter().enumerate() {
            if regular.is_partner(position) {
                continue;
            }
            let merged = self.merge_element(position, Some(target), None, schema, source)?;
            let item = present(merged, Some(target));
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
    partners: Vec<Option<usize>>,
    /// For each of the target's elements, whether the patch has one with the same keys.
    is_partner: Vec<bool>,
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
        if keys.is_empty() {
            return (sides.target.is_empty() && sides.patch.is_empty()).then(|| Self {
                partners: Vec::new(),
                is_partner: Vec::new(),
            });
        }
        let identity = |element: &Node| -> Option<Values> {
            let values = keys.iter().map(|key| key_value(element, key));
            values
                .map(|value| (!value.is_empty()).then(|| value.into()))
                .collect()
        };
        let mut targets = FxHashMap::default();
        for (position, element) in sides.target.iter().enumerate() {
            if targets.insert(identity(element)?, position).is_some() {
                return None;
            }
        }
        let mut is_partner = vec![false; sides.target.len()];
        let mut partners = Vec::with_capacity(sides.patch.len());
        let mut seen = rustc_hash::FxHashSet::default();
        for element in sides.patch {
            let values = identity(element)?;
            let partner = targets.get(&values).copied();
            if let Some(flag) = partner.and_then(|at| is_partner.get_mut(at)) {
                *flag = true;
            }
            partners.push(partner);
            if !seen.insert(values) {
                return None;
            }
        }
        Some(Self {
            partners,
            is_partner,
        })
    }

    fn partner(&self, position: usize) -> Option<usize> {
        self.partners.get(position).copied().flatten()
    }

    fn is_partner(&self, position: usize) -> bool {
        self.is_partner.get(position).copied().unwrap_or(false)
    }
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
