//! The content of a file: read already, or read when somebody asks for it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::SourceError;

/// The bytes of a file, shared.
#[derive(Clone)]
pub struct Content(Arc<Inner>);

struct Inner {
    length: u64,
    read: OnceLock<Result<Arc<[u8]>, SourceError>>,
    later: Option<Read>,
}

/// Reads a file.
type Read = Box<dyn Fn() -> Result<Arc<[u8]>, SourceError> + Send + Sync>;

impl Content {
    /// Returns the content of a file of so many bytes that `read` reads once it is asked for.
    pub fn later(
        length: u64,
        read: impl Fn() -> Result<Arc<[u8]>, SourceError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            length,
            read: OnceLock::new(),
            later: Some(Box::new(read)),
        }))
    }

    /// The bytes of the file, when it was found, if they are to be read later; else of what was read.
    pub fn length(&self) -> u64 {
        self.0.length
    }

    /// Returns the content.
    ///
    /// # Errors
    ///
    /// Where the file was found, but can't be read any more.
    pub fn get(&self) -> Result<&Arc<[u8]>, &SourceError> {
        let Inner { read, later, .. } = &*self.0;
        let read = read.get_or_init(|| {
            later
                .as_ref()
                .map_or_else(|| Ok(Arc::from([])), |read| read())
        });
        read.as_ref()
    }

    /// Why it could not be read, if somebody tried.
    pub fn failed(&self) -> Option<&SourceError> {
        self.0.read.get()?.as_ref().err()
    }
}

impl From<Arc<[u8]>> for Content {
    fn from(content: Arc<[u8]>) -> Self {
        Self(Arc::new(Inner {
            length: content.len() as u64,
            read: OnceLock::from(Ok(content)),
            later: None,
        }))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("length", &self.0.length)
            .finish_non_exhaustive()
    }
}
