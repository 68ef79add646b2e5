//! What builds of one tree share: files parsed and folders accumulated.

use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::helm::repository::LoadedChart;
use crate::yaml::{DuplicateKeys, FileId, Node};

use super::layer::Layer;
use super::openapi::OpenApiSource;
use super::place::Place;
use super::provenance::Location;

/// The size of the largest file whose content is kept.
pub(super) const LARGEST_KEPT: usize = 256 << 10;

/// What is known of a tree. Nothing waits for another thread's work: what two begin at once is done
/// twice, so that no circle of waiting can arise.
#[derive(Default)]
pub(super) struct Cache {
    /// Of files up to [`LARGEST_KEPT`]: a component's are read for each that includes it.
    pub(super) contents: Memo<FileKey, (FileId, Arc<[u8]>)>,
    pub(super) documents: Memo<(FileKey, DuplicateKeys), Option<Node>>,
    pub(super) objects: Memo<FileKey, Vec<Node>>,
    pub(super) layers: Memo<LayerKey, Layer>,
    pub(super) charts: Memo<Place, LoadedChart>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum FileKey {
    /// In a tree, by its path without links.
    InTree(Place),
    /// On a server.
    Url(String),
}

/// What a layer depends on, beside the tree and the options.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LayerKey {
    /// The folder.
    pub(super) place: Place,
    /// Where it is as written from the folder that is built, where that asks for provenance.
    pub(super) provenance: Option<Location>,
    /// The types by which patches merge, where those that lead here name them.
    pub(super) open_api: Option<OpenApiSource>,
    /// The namespace that Helm charts without one get; none where there is no such chart.
    pub(super) helm_namespace: Option<SmolStr>,
}

/// A map that threads share.
pub(super) struct Memo<K, V>(RwLock<FxHashMap<K, Arc<V>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, V> Memo<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(key).cloned()
    }

    pub(super) fn insert(&self, key: K, value: &Arc<V>) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        map.entry(key).or_insert_with(|| Arc::clone(value));
    }
}
