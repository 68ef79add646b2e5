//! Where a node was written, and what every error can say beside its message.

use std::fmt;
use std::sync::{Arc, LazyLock, RwLock};

use rustc_hash::FxHashMap;

/// A file's name as people are shown it, interned for the life of the process.
///
/// A name stands for a path in a [tree](crate::source::Tree), not for content: the same file at two
/// revisions has one `FileId`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

#[derive(Default)]
struct Interner {
    names: Vec<Arc<str>>,
    ids: FxHashMap<Arc<str>, FileId>,
}

static FILES: LazyLock<RwLock<Interner>> = LazyLock::new(RwLock::default);

impl FileId {
    /// Returns the id of a name, the same each time.
    pub fn of(name: &str) -> Self {
        let read = FILES
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(id) = read.ids.get(name) {
            return *id;
        }
        drop(read);
        let mut files = FILES
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(id) = files.ids.get(name) {
            return *id;
        }
        let id = Self(u32::try_from(files.names.len()).unwrap_or(u32::MAX));
        let name: Arc<str> = name.into();
        files.names.push(Arc::clone(&name));
        files.ids.insert(name, id);
        id
    }

    /// Returns the name.
    pub fn name(self) -> Arc<str> {
        let files = FILES
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        files
            .names
            .get(self.0 as usize)
            .map_or_else(|| Arc::from(""), Arc::clone)
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The place in a file that wrote a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The line, from 1; 0 where only the file is known.
    pub line: u32,
    /// The column in characters, from 1; 0 where only the line is known.
    pub column: u32,
}

impl Origin {
    /// Returns the origin that names a whole file.
    pub fn file(file: FileId) -> Self {
        Self {
            file,
            line: 0,
            column: 0,
        }
    }

    /// Returns the origin at a line and column of a file.
    pub fn at(file: FileId, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file.name())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an error tells beside its message, for whoever draws it.
pub trait Diagnostic: std::error::Error + Send + Sync + 'static {
    /// Returns the place to look at.
    fn origin(&self) -> Option<Origin> {
        None
    }

    /// Returns other places that matter, each with what stands there.
    fn related(&self) -> Vec<(Origin, String)> {
        Vec::new()
    }

    /// Tells whether a server or the network failed, where the input may well be right.
    fn is_of_environment(&self) -> bool {
        false
    }

    /// Returns what to try, shown on a line of its own.
    fn hint(&self) -> Option<String> {
        None
    }
}
