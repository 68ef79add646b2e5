//! The resources of a layer, in order.

use super::{ResId, Resource};

/// Resources in order. No two have the same current id.
#[derive(Clone, Debug, Default)]
pub struct ResMap {
    resources: Vec<Resource>,
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

    /// Returns the resources in order, open to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.resources.iter_mut()
    }

    /// Returns where the resource with a current id stands.
    pub fn position(&self, id: &ResId) -> Option<usize> {
        self.resources
            .iter()
            .position(|resource| resource.id() == *id)
    }
}
