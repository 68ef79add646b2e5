//! The resources of a layer, in order.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::yaml::{Diagnostic, Origin};

use super::{Behavior, ResId, Resource};

/// Resources in order. No two have the same current id.
///
/// An index by id is made when it is first asked for and lives until an id may have changed.
#[derive(Debug, Default)]
pub struct ResMap {
    resources: Vec<Resource>,
    current: OnceLock<Index>,
    any: OnceLock<Index>,
}

/// Why a resource could not join others.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JoinError {
    /// Another has its id.
    #[error("may not add resource with an already registered id: `{id}`")]
    DuplicateId {
        /// The id.
        id: ResId,
        /// The place of the one that was to be added.
        added: Origin,
        /// The place of the one that is there.
        present: Origin,
    },
    /// A generator is to merge with or replace what is not there.
    #[error("`{id}` does not exist, so it cannot be merged or replaced")]
    NothingToReplace {
        /// The id.
        id: ResId,
        /// The place of the generator.
        added: Origin,
    },
    /// A generator makes what is there, without leave to replace it.
    #[error("`{id}` exists already")]
    Exists {
        /// The id.
        id: ResId,
        /// The place of the generator.
        added: Origin,
        /// The place of the one that is there.
        present: Origin,
    },
    /// A generator is to merge with one of several.
    #[error("{} resources could take the merge of `{id}`", .present.len())]
    Ambiguous {
        /// The id.
        id: ResId,
        /// The place of the generator.
        added: Origin,
        /// The places of those that are there.
        present: Vec<Origin>,
    },
}

impl Diagnostic for JoinError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::DuplicateId { added, .. }
            | Self::NothingToReplace { added, .. }
            | Self::Exists { added, .. }
            | Self::Ambiguous { added, .. } => Some(*added),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        let present: &[Origin] = match self {
            Self::DuplicateId { present, .. } | Self::Exists { present, .. } => {
                std::slice::from_ref(present)
            }
            Self::NothingToReplace { .. } => &[],
            Self::Ambiguous { present, .. } => present,
        };
        present
            .iter()
            .map(|origin| (*origin, "is there already".to_owned()))
            .collect()
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::DuplicateId { .. } => {
                "list it once, or change one's name, namespace or kind".to_owned()
            }
            Self::NothingToReplace { .. } => {
                "add the resource it is to change, or say `behavior: create`".to_owned()
            }
            Self::Exists { .. } => "say `behavior: merge` or `behavior: replace`".to_owned(),
            Self::Ambiguous { .. } => "name the namespace".to_owned(),
        })
    }
}

impl Clone for ResMap {
    fn clone(&self) -> Self {
        self.resources.clone().into()
    }
}

/// Takes the resources as they are; their ids must differ.
impl From<Vec<Resource>> for ResMap {
    fn from(resources: Vec<Resource>) -> Self {
        Self {
            resources,
            current: OnceLock::new(),
            any: OnceLock::new(),
        }
    }
}

impl<'m> IntoIterator for &'m mut ResMap {
    type Item = &'m mut Resource;
    type IntoIter = std::slice::IterMut<'m, Resource>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<'m> IntoIterator for &'m ResMap {
    type Item = &'m Resource;
    type IntoIter = std::slice::Iter<'m, Resource>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl ResMap {
    /// Returns the number of resources.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Returns the resources in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.resources.iter()
    }

    /// Returns the resources in order.
    pub fn as_slice(&self) -> &[Resource] {
        &self.resources
    }

    /// Returns the resources in order, open to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.forget_index();
        self.resources.iter_mut()
    }

    /// Returns the resource at a position.
    pub fn get(&self, position: usize) -> Option<&Resource> {
        self.resources.get(position)
    }

    /// Returns the resource at a position, open to change.
    pub fn get_mut(&mut self, position: usize) -> Option<ResourceMut<'_>> {
        let resource = self.resources.get_mut(position)?;
        let is_indexed = self.current.get().is_some() || self.any.get().is_some();
        Some(ResourceMut {
            indexed: is_indexed.then(|| Ids::of(resource)),
            resource,
            current: &mut self.current,
            any: &mut self.any,
        })
    }

    /// Returns the resources.
    pub fn into_vec(self) -> Vec<Resource> {
        self.resources
    }

    /// Returns where the resource with a current id stands.
    pub fn position(&self, id: &ResId) -> Option<usize> {
        self.current().positions(id).next()
    }

    /// Returns where the resources stand that have or had an id, in order.
    pub fn positions_of_any(&self, id: &ResId) -> Vec<usize> {
        self.any
            .get_or_init(|| {
                let mut index = Index::default();
                for (position, resource) in self.resources.iter().enumerate() {
                    index.add_all(position, resource);
                }
                index
            })
            .positions(id)
            .collect()
    }

    /// Returns where the resources stand whose current id or one they had the predicate accepts, in order.
    pub fn positions_where(&self, mut accepts: impl FnMut(&ResId) -> bool) -> Vec<usize> {
        let mut positions = Vec::new();
        for (position, resource) in self.resources.iter().enumerate() {
            if resource.previous_ids().any(|id| accepts(&id)) || accepts(&resource.id()) {
                positions.push(position);
            }
        }
        positions
    }

    /// Appends a resource, whose current id must be new.
    pub fn append(&mut self, resource: Resource) -> Result<(), JoinError> {
        let id = resource.id();
        if let Some(present) = self.position(&id).and_then(|at| self.get(at)) {
            return Err(JoinError::DuplicateId {
                id,
                added: resource.node.origin,
                present: present.node.origin,
            });
        }
        let position = self.resources.len();
        if let Some(index) = self.current.get_mut() {
            index.add(position, id.key());
        }
        if let Some(index) = self.any.get_mut() {
            index.add_all(position, &resource);
        }
        self.resources.push(resource);
        Ok(())
    }

    /// Appends a resource whose name the server makes, so that others may have its id.
    pub(super) fn append_unnamed(&mut self, resource: Resource) {
        self.forget_index();
        self.resources.push(resource);
    }

    /// Fails where two resources have the same current id, as a patch of names can leave them.
    pub(super) fn check_ids(&self) -> Result<(), JoinError> {
        for (position, resource) in self.resources.iter().enumerate() {
            let id = resource.id();
            match self.position(&id) {
                Some(first) if first < position => {
                    return Err(JoinError::DuplicateId {
                        id,
                        added: resource.node.origin,
                        present: self
                            .get(first)
                            .map_or(resource.node.origin, |present| present.node.origin),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Appends resources, whose current ids must be new.
    pub fn append_all(
        &mut self,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<(), JoinError> {
        resources
            .into_iter()
            .try_for_each(|resource| self.append(resource))
    }

    /// Takes what a generator made: appends, replaces or merges it, as its behavior says.
    pub fn absorb(&mut self, mut resource: Resource) -> Result<(), JoinError> {
        let id = resource.id();
        let added = resource.node.origin;
        let behavior = resource.behavior.unwrap_or_default();
        let present = self.positions_of_any(&id);
        let (position, old) = match (present.as_slice(), behavior) {
            ([], Behavior::Merge | Behavior::Replace) => {
                return Err(JoinError::NothingToReplace { id, added });
            }
            ([], _) => return self.append(resource),
            ([position], _) => match self.resources.get(*position) {
                Some(old) => (*position, old),
                None => return self.append(resource),
            },
            (several, _) => {
                return Err(JoinError::Ambiguous {
                    id,
                    added,
                    present: several
                        .iter()
                        .filter_map(|at| self.get(*at))
                        .map(|resource| resource.node.origin)
                        .collect(),
                });
            }
        };
        match behavior {
            Behavior::Unspecified | Behavior::Create => {
                return Err(JoinError::Exists {
                    id,
                    added,
                    present: old.node.origin,
                });
            }
            Behavior::Replace => resource.take_place_of(old),
            Behavior::Merge => {
                resource.take_place_of(old);
                resource.lay_data_over(old);
                if old.provenance.is_some() {
                    resource.provenance.clone_from(&old.provenance);
                }
            }
        }
        if let Some(mut old) = self.get_mut(position) {
            *old = resource;
        }
        Ok(())
    }

    /// Keeps the resources that the predicate accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        let before = self.len();
        self.resources.retain(keep);
        if self.len() != before {
            self.forget_index();
        }
    }

    /// Sorts the resources by a key; equal ones keep their order.
    pub fn sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&Resource) -> K) {
        self.forget_index();
        self.resources.sort_by_cached_key(key);
    }

    fn current(&self) -> &Index {
        self.current.get_or_init(|| {
            let mut index = Index::default();
            for (position, resource) in self.resources.iter().enumerate() {
                index.add(position, resource.id().key());
            }
            index
        })
    }

    fn forget_index(&mut self) {
        self.current.take();
        self.any.take();
    }
}

/// A resource open to change. What is indexed stays so if its ids are the same afterwards: most changes are
/// of other fields.
#[derive(Debug)]
pub struct ResourceMut<'m> {
    resource: &'m mut Resource,
    /// The ids by which it was indexed, if it was.
    indexed: Option<Ids>,
    current: &'m mut OnceLock<Index>,
    any: &'m mut OnceLock<Index>,
}

impl Deref for ResourceMut<'_> {
    type Target = Resource;

    fn deref(&self) -> &Resource {
        self.resource
    }
}

impl DerefMut for ResourceMut<'_> {
    fn deref_mut(&mut self) -> &mut Resource {
        self.resource
    }
}

impl Drop for ResourceMut<'_> {
    fn drop(&mut self) {
        if self
            .indexed
            .as_ref()
            .is_some_and(|ids| *ids != Ids::of(self.resource))
        {
            self.current.take();
            self.any.take();
        }
    }
}

/// The ids by which a resource is found.
#[derive(Debug, PartialEq, Eq)]
struct Ids {
    current: ResId,
    any: BTreeSet<ResId>,
}

impl Ids {
    fn of(resource: &Resource) -> Self {
        let current = resource.id().key();
        let previous = resource.previous_ids().map(|id| id.key());
        Self {
            any: previous.chain([current.clone()]).collect(),
            current,
        }
    }
}

/// Positions by id. Those of one id are a chain through `links`, in order.
#[derive(Debug, Default)]
struct Index {
    chains: FxHashMap<ResId, Chain>,
    links: Vec<Link>,
}

#[derive(Debug)]
struct Chain {
    first: usize,
    last: usize,
}

#[derive(Debug)]
struct Link {
    position: usize,
    next: Option<usize>,
}

impl Index {
    fn add(&mut self, position: usize, key: ResId) {
        let new = self.links.len();
        let chain = self.chains.entry(key).or_insert(Chain {
            first: new,
            last: new,
        });
        if chain.last != new {
            let Some(last) = self.links.get_mut(chain.last) else {
                return;
            };
            if last.position == position {
                return;
            }
            last.next = Some(new);
            chain.last = new;
        }
        self.links.push(Link {
            position,
            next: None,
        });
    }

    fn add_all(&mut self, position: usize, resource: &Resource) {
        for id in resource.previous_ids() {
            self.add(position, id.key());
        }
        self.add(position, resource.id().key());
    }

    fn positions(&self, id: &ResId) -> impl Iterator<Item = usize> {
        let mut next = self.chains.get(&id.key()).map(|chain| chain.first);
        std::iter::from_fn(move || {
            let link = self.links.get(next?)?;
            next = link.next;
            Some(link.position)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn resource(text: &str) -> Resource {
        let mut nodes =
            parse(text.as_bytes(), FileId::of("test.yaml"), &Limits::default()).unwrap();
        Resource::new(nodes.remove(0))
    }

    fn config_map(name: &str, data: &str) -> Resource {
        resource(&format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {data}}}"
        ))
    }

    #[test]
    fn an_id_joins_once_however_its_namespace_is_written() {
        let mut resources = ResMap::default();
        resources.append(config_map("a", "{}")).unwrap();
        let mut again = config_map("a", "{}");
        again.set_namespace("default", again.node.origin);
        assert!(matches!(
            resources.append(again),
            Err(JoinError::DuplicateId { .. })
        ));
        resources.append(config_map("b", "{}")).unwrap();
        assert_eq!(resources.len(), 2);
    }

    #[test]
    fn a_renamed_resource_is_found_by_both_ids() {
        let mut resources = ResMap::default();
        resources.append(config_map("a", "{}")).unwrap();
        let old = resources.get(0).unwrap().id();
        for resource in &mut resources {
            resource.store_previous_id();
            resource.set_name("x-a", resource.node.origin);
        }
        let new = resources.get(0).unwrap().id();
        assert_eq!(resources.position(&old), None);
        assert_eq!(resources.position(&new), Some(0));
        assert_eq!(resources.positions_of_any(&old), [0]);
        assert_eq!(resources.positions_of_any(&new), [0]);
        assert_eq!(resources.get(0).unwrap().original_id().name, "a");
    }

    #[test]
    fn merging_lays_data_over_what_is_there() {
        let mut resources = ResMap::default();
        resources
            .append(config_map("a", "{k: old, l: old}"))
            .unwrap();
        let mut new = config_map("a", "{k: new}");
        new.behavior = Some(Behavior::Merge);
        resources.absorb(new).unwrap();
        let data = resources.get(0).unwrap().node.get("data").unwrap();
        assert_eq!(data.get("k").unwrap().as_str(), Some("new"));
        assert_eq!(data.get("l").unwrap().as_str(), Some("old"));
    }

    #[test]
    fn merging_needs_something_there_and_creating_needs_nothing() {
        let mut resources = ResMap::default();
        let mut merge = config_map("a", "{}");
        merge.behavior = Some(Behavior::Merge);
        assert!(matches!(
            resources.absorb(merge),
            Err(JoinError::NothingToReplace { .. })
        ));
        let mut create = config_map("a", "{}");
        create.behavior = Some(Behavior::Create);
        resources.absorb(create.clone()).unwrap();
        assert!(matches!(
            resources.absorb(create),
            Err(JoinError::Exists { .. })
        ));
    }
}
