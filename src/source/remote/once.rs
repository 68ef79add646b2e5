//! Values that several threads ask for at a time.

use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use super::RemoteError;

/// Values that are made once each, whichever thread asks first; the others wait for it.
pub(crate) struct Once<K, V, E = RemoteError> {
    slots: Mutex<FxHashMap<K, Slot<V, E>>>,
}

type Slot<V, E> = Arc<OnceLock<Result<V, E>>>;

impl<K, V, E> Default for Once<K, V, E> {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash, V: Clone, E: Clone + From<RemoteError>> Once<K, V, E> {
    /// Returns the value of a key, made now if no one asked for it before; of no more keys than the limit.
    pub(crate) fn get(
        &self,
        key: K,
        (what, limit): (&'static str, usize),
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            if !slots.contains_key(&key) && slots.len() >= limit {
                return Err(RemoteError::TooMany { what, limit }.into());
            }
            Arc::clone(slots.entry(key).or_default())
        };
        // Making one needs no other of its kind, so no circle of waiting can arise.
        slot.get_or_init(make).clone()
    }
}
