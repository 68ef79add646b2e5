//! Nodes of a text that was made from others, such as a rendered template: they get the places of what made them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{
    DuplicateKeys, FieldPath, FileId, Limits, Node, Origin, ParseError, Value, parse_version_2,
    parse_with,
};

/// What a text was made from.
pub trait MadeFrom: fmt::Debug + Send + Sync {
    /// The line that supplied what begins in a part of the text.
    fn place(&self, range: Range<usize>) -> Option<Origin>;

    /// The lines that printed it there, the outermost first, where they are others.
    fn through(&self, range: Range<usize>) -> Vec<Origin>;
}

/// A text that was made from others.
#[derive(Debug)]
struct MadeText {
    text: String,
    /// Where lines begin.
    starts: Vec<usize>,
    /// Whether each character is a byte, so that columns need no counting.
    is_ascii: bool,
    from: Box<dyn MadeFrom>,
}

/// A document of a text that was made from others.
#[derive(Clone, Debug)]
pub struct MadeDocument {
    /// The document, its nodes known by what supplied them.
    pub node: Node,
    traced: Option<Traced>,
}

/// What is known beside of a document.
#[derive(Clone, Debug)]
struct Traced {
    /// The document, its nodes known by where they stand in the text.
    within: Node,
    text: Arc<MadeText>,
}

/// Reads the documents of a text that was made from others: where [`MadeFrom`] knows no place, `file` is named.
///
/// # Errors
///
/// The place of a [`ParseError`] is that of what made the line.
pub fn parse_made(
    text: String,
    file: FileId,
    duplicates: DuplicateKeys,
    from: Box<dyn MadeFrom>,
) -> Result<Vec<MadeDocument>, ParseError> {
    let text = Arc::new(MadeText::new(text, from));
    let documents = parse_with(text.text.as_bytes(), file, &Limits::default(), duplicates)
        .map_err(|error| error.at_places(|at| text.origin(at, None)))?;
    let documents = documents.into_iter();
    Ok(documents
        .map(|within| MadeDocument::new(within, &text))
        .collect())
}

/// Reads the first document of a text that was made from others by the rules of version 2, as
/// [`parse_version_2`](super::parse_version_2) does.
///
/// # Errors
///
/// The place of a [`ParseError`] is that of what made the line.
pub fn parse_made_version_2(
    text: String,
    file: FileId,
    from: Box<dyn MadeFrom>,
) -> Result<Option<MadeDocument>, ParseError> {
    let text = Arc::new(MadeText::new(text, from));
    let document = parse_version_2(
        text.text.as_bytes(),
        file,
        &Limits::default(),
        DuplicateKeys::LastCounts,
    )
    .map_err(|error| error.at_places(|at| text.origin(at, None)))?;
    Ok(document.map(|within| MadeDocument::new(within, &text)))
}

impl MadeDocument {
    fn new(within: Node, text: &Arc<MadeText>) -> Self {
        let mut node = within.clone();
        text.relocate(&mut node);
        Self {
            node,
            traced: Some(Traced {
                within,
                text: Arc::clone(text),
            }),
        }
    }

    /// A document of whose text nothing else is known: each node by where it stands.
    pub fn as_written(node: Node) -> Self {
        Self { node, traced: None }
    }

    /// The same text's knowledge of a part of the document.
    #[must_use]
    pub fn part(&self, path: &FieldPath) -> Option<Self> {
        let traced = match &self.traced {
            None => None,
            Some(Traced { within, text }) => Some(Traced {
                within: path.find(within)?.clone(),
                text: Arc::clone(text),
            }),
        };
        Some(Self {
            node: path.find(&self.node)?.clone(),
            traced,
        })
    }

    /// The lines that printed a field, the outermost first; not those that supplied it.
    pub fn through(&self, path: &FieldPath) -> Vec<Origin> {
        let Some(Traced { within, text }) = &self.traced else {
            return Vec::new();
        };
        let range = path
            .find(within)
            .and_then(|node| text.range(node.origin, None));
        let mut lines = range.map_or_else(Vec::new, |range| text.from.through(range));
        let supplied = path.find(&self.node).map(|node| node.origin);
        lines.retain(|line| {
            supplied.is_none_or(|supplied| (supplied.file, supplied.line) != (line.file, line.line))
        });
        lines.dedup();
        lines
    }
}

impl MadeText {
    fn new(text: String, from: Box<dyn MadeFrom>) -> Self {
        let starts = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1))
            .collect();
        let is_ascii = text.is_ascii();
        Self {
            text,
            starts,
            is_ascii,
            from,
        }
    }

    fn relocate(&self, node: &mut Node) {
        match &mut node.value {
            Value::Scalar(_) => node.origin = self.origin(node.origin, None),
            Value::Sequence(items) => {
                node.origin = self.origin(node.origin, Some(1));
                for item in Arc::make_mut(items) {
                    self.relocate(item);
                }
            }
            Value::Mapping(mapping) => {
                node.origin = self.origin(node.origin, Some(1));
                for entry in Arc::make_mut(mapping).iter_mut() {
                    let length = entry.key.text.len().max(1);
                    entry.key_origin = self.origin(entry.key_origin, Some(length));
                    self.relocate(&mut entry.value);
                }
            }
        }
    }

    /// The new origin of what begins at an old one and has `length` bytes, or goes on to the end of the line.
    fn origin(&self, old: Origin, length: Option<usize>) -> Origin {
        let range = self.range(old, length);
        range
            .and_then(|range| self.from.place(range))
            .unwrap_or(old)
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
        let within = if self.is_ascii {
            column.min(line_text.len())
        } else {
            line_text.char_indices().nth(column).map_or(0, |(at, _)| at)
        };
        let start = line_start + within;
        let end = length.map_or(line_end, |length| (start + length).min(line_end));
        Some(start..end.max(start + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows each place by where it is.
    #[derive(Debug)]
    struct Known;

    impl MadeFrom for Known {
        fn place(&self, range: Range<usize>) -> Option<Origin> {
            Some(Origin::at(
                FileId::of("from"),
                7,
                u32::try_from(range.start).ok()?,
            ))
        }

        fn through(&self, range: Range<usize>) -> Vec<Origin> {
            let line = u32::try_from(range.end).unwrap_or_default();
            vec![Origin::at(FileId::of("printer"), line, 0)]
        }
    }

    #[test]
    fn nodes_are_known_by_where_they_begin() {
        let text = "a: 1\nü: {b: x}\n".to_owned();
        let documents = parse_made(
            text,
            FileId::of("made"),
            DuplicateKeys::Refused,
            Box::new(Known),
        )
        .unwrap();
        let document = documents.first().unwrap();
        let origin = |path: &[&str]| {
            let path: FieldPath = path
                .iter()
                .map(|key| crate::yaml::Segment::Key((*key).into()))
                .collect();
            (
                path.find(&document.node).unwrap().origin.column,
                document.through(&path),
            )
        };
        assert_eq!(origin(&["a"]).0, 3);
        assert_eq!(origin(&["ü"]).0, 9);
        assert_eq!(origin(&["ü", "b"]).0, 13);
        assert_eq!(origin(&["a"]).1.first().unwrap().line, 4);
    }

    #[test]
    fn a_mistake_is_that_of_what_made_the_line() {
        let text = "a: 1\nb: [\n".to_owned();
        let error = parse_made(
            text,
            FileId::of("made"),
            DuplicateKeys::Refused,
            Box::new(Known),
        )
        .unwrap_err();
        let at = crate::yaml::Diagnostic::origin(&error).unwrap();
        assert_eq!(at.file, FileId::of("from"));
    }
}
