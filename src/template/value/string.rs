//! A string of Go: bytes that are mostly, not always, UTF-8.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::{Deref, Range};
use std::rc::Rc;

use ref_cast::RefCast as _;

use super::Origin;
use super::key::{Key, compare};

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

    /// Where the byte at an offset comes from, if someone kept track.
    pub fn origin_at(&self, offset: usize) -> Origin {
        let trace = self.trace.as_deref().unwrap_or_default();
        let after = trace.partition_point(|span| span.start <= offset);
        match after.checked_sub(1).and_then(|last| trace.get(last)) {
            Some(span) => span.origin,
            None => Origin::NONE,
        }
    }

    /// A part of the string, with the trace of that part. A range outside is cut to what there is.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        if range.start == 0 && range.end >= self.len() {
            return self.clone();
        }
        let mut text = Text::like(self, 0);
        text.push_part(self, range);
        text.finish()
    }

    /// The same bytes, of which `trace` is known.
    #[must_use]
    pub fn traced(mut self, trace: Vec<Span>) -> Self {
        self.trace = Some(trace.into());
        self
    }
}

/// A string in the making that keeps the trace of what it is made of. Costs nothing beside the bytes where
/// there is no trace.
#[derive(Debug)]
pub struct Text {
    bytes: Vec<u8>,
    /// None: nobody keeps track.
    spans: Option<Vec<Span>>,
}

impl Text {
    /// An empty text, traced if `source` is.
    pub fn like(source: &Str, capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
            spans: source.trace.as_ref().map(|_| Vec::new()),
        }
    }

    /// Adds bytes that come from `origin`.
    pub fn push(&mut self, bytes: &[u8], origin: Origin) {
        if bytes.is_empty() {
            return;
        }
        self.mark(origin);
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds a part of a string with the trace of that part.
    pub fn push_part(&mut self, source: &Str, range: Range<usize>) {
        let end = range.end.min(source.len());
        let Some(bytes) = source.bytes.get(range.start..end) else {
            return;
        };
        if bytes.is_empty() {
            return;
        }
        if self.spans.is_some() {
            self.mark(source.origin_at(range.start));
            let at = self.bytes.len();
            let trace = source.trace.as_deref().unwrap_or_default();
            let first = trace.partition_point(|span| span.start <= range.start);
            let inside = trace.get(first..).unwrap_or_default();
            let inside = inside.iter().take_while(|span| span.start < end);
            if let Some(spans) = &mut self.spans {
                spans.extend(inside.map(|span| Span {
                    start: span.start - range.start + at,
                    origin: span.origin,
                }));
            }
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The string.
    pub fn finish(self) -> Str {
        let text = Str::from(self.bytes);
        match self.spans {
            None => text,
            Some(spans) => text.traced(spans),
        }
    }

    /// What is added next comes from `origin`.
    fn mark(&mut self, origin: Origin) {
        let start = self.bytes.len();
        if let Some(spans) = &mut self.spans
            && spans.last().is_none_or(|last| last.origin != origin)
        {
            spans.push(Span { start, origin });
        }
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

impl Borrow<Key> for Str {
    fn borrow(&self) -> &Key {
        Key::ref_cast(&self.bytes)
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
        compare(&self.bytes, &other.bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(text: &str, trace: &[(usize, u32)]) -> Str {
        Str::from(text).traced(trace_of(trace))
    }

    fn trace_of(trace: &[(usize, u32)]) -> Vec<Span> {
        let span = |&(start, origin)| Span {
            start,
            origin: Origin(origin),
        };
        trace.iter().map(span).collect()
    }

    #[test]
    fn a_part_knows_where_it_comes_from() {
        let text = traced("aabbcc", &[(0, 1), (2, 2), (4, 3)]);
        let part = text.part(1..5);
        assert_eq!(part.bytes(), b"abbc");
        assert_eq!(part.trace(), Some(&*trace_of(&[(0, 1), (1, 2), (3, 3)])));
        assert_eq!(part.origin_at(3), Origin(3));
        assert_eq!(text.part(4..90).trace(), Some(&*trace_of(&[(0, 3)])));
        assert_eq!(Str::from("abc").part(1..2).trace(), None);
    }

    #[test]
    fn what_is_put_between_has_its_own_origin() {
        let text = traced("a\nb", &[(0, 1), (2, 2)]);
        let mut indented = Text::like(&text, 0);
        indented.push(b" ", Origin(1));
        indented.push_part(&text, 0..2);
        indented.push(b" ", Origin(2));
        indented.push_part(&text, 2..3);
        let indented = indented.finish();
        assert_eq!(indented.bytes(), b" a\n b");
        assert_eq!(indented.trace(), Some(&*trace_of(&[(0, 1), (3, 2)])));
    }
}
