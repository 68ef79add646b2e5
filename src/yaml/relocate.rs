//! Nodes of a text that was made from others get the places of what it was made from.

use std::ops::Range;
use std::sync::Arc;

use super::{Node, Origin, Value};

/// Gives the nodes that [`parse`](super::parse) read from `text` other origins: those that `place` knows for the
/// bytes from the beginning of a node to the end of its line. A key, and a list or mapping, is known by its
/// beginning.
pub fn relocate(nodes: &mut [Node], text: &str, place: &dyn Fn(Range<usize>) -> Option<Origin>) {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1))
        .collect();
    let relocator = Relocator {
        text,
        starts,
        place,
    };
    for node in nodes {
        relocator.node(node);
    }
}

struct Relocator<'r> {
    text: &'r str,
    /// Where lines begin.
    starts: Vec<usize>,
    place: &'r dyn Fn(Range<usize>) -> Option<Origin>,
}

impl Relocator<'_> {
    fn node(&self, node: &mut Node) {
        match &mut node.value {
            Value::Scalar(_) => node.origin = self.origin(node.origin, None),
            Value::Sequence(items) => {
                node.origin = self.origin(node.origin, Some(1));
                for item in Arc::make_mut(items) {
                    self.node(item);
                }
            }
            Value::Mapping(mapping) => {
                node.origin = self.origin(node.origin, Some(1));
                for entry in Arc::make_mut(mapping).iter_mut() {
                    let length = entry.key.text.len().max(1);
                    entry.key_origin = self.origin(entry.key_origin, Some(length));
                    self.node(&mut entry.value);
                }
            }
        }
    }

    /// The new origin of what begins at an old one and has `length` bytes, or goes on to the end of the line.
    fn origin(&self, old: Origin, length: Option<usize>) -> Origin {
        let range = self.range(old, length);
        range.and_then(|range| (self.place)(range)).unwrap_or(old)
    }

    fn range(&self, old: Origin, length: Option<usize>) -> Option<Range<usize>> {
        let line = usize::try_from(old.line).ok()?.checked_sub(1)?;
        let line_start = *self.starts.get(line)?;
        let line_end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |next| next - 1);
        let line_text = self.text.get(line_start..line_end)?;
        let column = usize::try_from(old.column).ok()?.saturating_sub(1);
        let within = line_text.char_indices().nth(column).map_or(0, |(at, _)| at);
        let start = line_start + within;
        let end = length.map_or(line_end, |length| (start + length).min(line_end));
        Some(start..end.max(start + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    #[test]
    fn nodes_are_known_by_where_they_begin() {
        let text = "a: 1\nü: {b: x}\n";
        let made = FileId::of("made");
        let mut nodes = parse(text.as_bytes(), made, &Limits::default()).unwrap();
        let file = FileId::of("from");
        relocate(&mut nodes, text, &|range| {
            let start = u32::try_from(range.start).unwrap();
            Some(Origin::at(file, 7, start))
        });
        let root = nodes.first().unwrap();
        assert_eq!(root.get("a").unwrap().origin, Origin::at(file, 7, 3));
        let inner = root.get("ü").unwrap();
        assert_eq!(inner.origin, Origin::at(file, 7, 9));
        assert_eq!(inner.get("b").unwrap().origin, Origin::at(file, 7, 13));
    }
}
