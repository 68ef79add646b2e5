//! What the templates of a chart rendered to before: in a further environment most of it is the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;

use crate::yaml::DuplicateKeys;

use super::manifest::{Failed, File, Read};

/// The documents of rendered files, by path and text.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<SmolStr, Texts, FxBuildHasher>>);

type Texts = HashMap<Arc<[u8]>, Arc<[Read]>, FxBuildHasher>;

impl Known {
    /// Reads a rendered file, unless that was done before.
    pub(crate) fn read(
        &self,
        file: &File<'_>,
        later: Option<DuplicateKeys>,
    ) -> Result<Arc<[Read]>, Box<Failed>> {
        if let Some(known) = self.with(file, |texts| texts.get(file.text).cloned()) {
            return Ok(known);
        }
        let read = file.read(later)?;
        // Of two that read it at the same time, both take what the first one read.
        Ok(self.with(file, |texts| {
            Arc::clone(texts.entry(file.text.into()).or_insert(read))
        }))
    }

    fn with<T>(&self, file: &File<'_>, what: impl FnOnce(&mut Texts) -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what(known.entry(file.path.clone()).or_default())
    }
}
