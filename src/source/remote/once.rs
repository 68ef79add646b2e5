//! Values that several threads ask for at a time.

use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use super::RemoteError;

/// Values that are made once each, whichever thread asks first; the others wait for it.
pub(super) struct Once<K, V> {
    slots: Mutex<FxHashMap<K, Slot<V>>>,
}

type Slot<V> = Arc<OnceLock<Result<V, RemoteError>>>;

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash, V: Clone> Once<K, V> {
    pub(super) fn get(
        &self,
        key: K,
        (what, limit): (&'static str, usize),
        make: impl FnOnce() -> Result<V, RemoteError>,
    ) -> Result<V, RemoteError> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            if !slots.contains_key(&key) && slots.len() >= limit {
                return Err(RemoteError::TooMany { what, limit });
            }
            Arc::clone(slots.entry(key).or_default())
        };
        // Making one needs no other, so no circle of waiting can arise.
        slot.get_or_init(make).clone()
    }
}
