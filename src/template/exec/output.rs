//! What was printed, and where it comes from.

use crate::template::{Origin, Span, Str};

/// Bytes printed so far.
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    spans: Option<Vec<Span>>,
}

impl Output {
    /// Nothing yet, with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize, is_traced: bool) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            spans: is_traced.then(Vec::new),
        }
    }

    pub(super) fn is_traced(&self) -> bool {
        self.spans.is_some()
    }

    /// Says that what is printed from here on comes from `origin`.
    pub(super) fn mark(&mut self, origin: Origin) {
        let start = self.bytes.len();
        if let Some(spans) = &mut self.spans {
            if spans.last().is_some_and(|last| last.start == start) {
                spans.pop();
            }
            if spans.last().is_none_or(|last| last.origin != origin) {
                spans.push(Span { start, origin });
            }
        }
    }

    pub(super) fn into_str(self) -> Str {
        let text = Str::from(self.bytes);
        match self.spans {
            Some(spans) => text.traced(spans),
            None => text,
        }
    }
}
