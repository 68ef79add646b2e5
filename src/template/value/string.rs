//! A string of Go: bytes that are mostly, not always, UTF-8.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::Origin;

/// A string, shared. Compares, sorts and hashes by its bytes; the trace plays no part.
#[derive(Clone)]
pub struct Str {
    bytes: Rc<[u8]>,
    /// Which of its parts come from where, if someone keeps track.
    trace: Option<Rc<Trace>>,
}

/// The parts of a string by where they come from, in order.
pub type Trace = [Span];

/// From this byte on, up to the next span's, the string comes from `origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// Where the bytes come from.
    pub origin: Origin,
}

impl Str {
    /// The bytes as text; what is not UTF-8 is replaced, as in a Go `range`.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where its parts come from.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// The same bytes, of which `trace` is known.
    #[must_use]
    pub fn traced(mut self, trace: Vec<Span>) -> Self {
        self.trace = Some(trace.into());
        self
    }
}

impl Deref for Str {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        &self.bytes
    }
}

impl Default for Str {
    fn default() -> Self {
        Self::from("")
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl std::hash::Hash for Str {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.text())
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().into(),
            trace: None,
        }
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&[u8]> for Str {
    fn from(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.into(),
            trace: None,
        }
    }
}

impl From<Vec<u8>> for Str {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
            trace: None,
        }
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}
