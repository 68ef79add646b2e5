//! Nodes to text, with the bytes of `kustomize build`.
//!
//! The reference prints an object by way of JSON with version 2 of Go's YAML. [`emit`] is the way in;
//! `style` decides how a text is quoted, `scalar` writes it, `order` sorts the keys.

mod folded;
mod order;
mod scalar;
mod style;

use super::number::Number;
use super::{Entry, Mapping, Node, Scalar, Style, Tag, Value, json};

pub(crate) use order::{Order, sort as sort_keys};

/// A space behind this column becomes a line break.
const BEST_WIDTH: usize = 80;

/// Appends one document as `kustomize build` writes it.
pub fn emit(node: &Node, out: &mut String) {
    emit_in(Manner::Build, node, out);
}

/// Appends one document with its keys in the order that they have, single quotes where they were, and no
/// line broken.
pub fn emit_as_written(node: &Node, out: &mut String) {
    emit_in(Manner::AsWritten, node, out);
}

fn emit_in(manner: Manner, node: &Node, out: &mut String) {
    let mut emitter = Emitter::new(manner, out);
    emitter.node(node, false);
    emitter.finish();
}

/// What is kept of how a document was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As version 2 of Go's YAML writes what it read from JSON.
    Build,
    /// As [`emit_as_written`] does.
    AsWritten,
    /// As version 3 of Go's YAML writes values: lists indented below their keys, no line broken.
    Version3,
}

/// Writes a document piece by piece, for [`emit`] and for trees of other types.
pub(crate) struct Emitter<'o> {
    out: &'o mut String,
    manner: Manner,
    /// The column of the collection that is written; `None` at the root.
    indent: Option<usize>,
    column: usize,
    /// Whether a blank, or nothing, stands to the left.
    whitespace: bool,
    /// Whether only spaces and the indicators `-`, `?` and `:` stand to the left.
    indention: bool,
}

/// What an emitter goes back to behind a list or mapping.
pub(crate) struct Outer(Option<usize>);

/// Whether a text may be broken over lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// Near column 80.
    Folded,
    /// Only where it has line breaks itself.
    Endless,
    /// Nowhere.
    OneLine,
}

impl<'o> Emitter<'o> {
    /// The bytes written so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// What was written from a byte on.
    pub(crate) fn since(&self, start: usize) -> &str {
        self.out.get(start..).unwrap_or_default()
    }

    /// An emitter that appends to `out`, which is empty or ends with a line break.
    pub(crate) fn new(manner: Manner, out: &'o mut String) -> Self {
        Self {
            out,
            manner,
            indent: None,
            column: 0,
            whitespace: true,
            indention: true,
        }
    }

    fn node(&mut self, node: &Node, in_mapping: bool) {
        match &node.value {
            Value::Scalar(scalar) => self.scalar(scalar),
            Value::Sequence(items) if items.is_empty() => self.write_word("[]"),
            Value::Mapping(mapping) if mapping.is_empty() => self.write_word("{}"),
            Value::Sequence(items) => self.sequence(items, in_mapping),
            Value::Mapping(mapping) => self.mapping(mapping),
        }
    }

    fn sequence(&mut self, items: &[Node], in_mapping: bool) {
        let outer = self.open_sequence(in_mapping);
        for item in items {
            self.item();
            self.node(item, false);
        }
        self.close(outer);
    }

    fn mapping(&mut self, mapping: &Mapping) {
        let outer = self.open_mapping();
        let mut entries: Vec<&Entry> = mapping.iter().collect();
        if self.manner == Manner::Build {
            order::sort(&mut entries, Order::Version2, |entry| &entry.key.text);
        }
        for entry in entries {
            self.key(&entry.key.text);
            self.node(&entry.value, true);
        }
        self.close(outer);
    }

    /// Begins a list that has items; `in_mapping` if it is the value of a key. What is returned is for
    /// [`Self::close`].
    pub(crate) fn open_sequence(&mut self, in_mapping: bool) -> Outer {
        let outer = Outer(self.indent);
        // A list is not indented below its key.
        if !in_mapping || self.indention || self.manner == Manner::Version3 {
            self.indent = Some(self.indent.map_or(0, |indent| indent + 2));
        }
        outer
    }

    /// Begins an item; its value is to follow.
    pub(crate) fn item(&mut self) {
        self.write_indent();
        self.write_indicator('-');
    }

    /// Begins a mapping that has entries, which are to come in the order of [`sort_keys`].
    pub(crate) fn open_mapping(&mut self) -> Outer {
        let outer = Outer(self.indent);
        self.indent = Some(self.indent.map_or(0, |indent| indent + 2));
        outer
    }

    /// Begins an entry; its value is to follow.
    pub(crate) fn key(&mut self, key: &str) {
        self.write_indent();
        // Version 2 has folded the other line break, U+0085, by now.
        let is_broken = key.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
            || self.manner == Manner::Version3 && key.contains('\u{85}');
        if key.len() <= 128 && !is_broken {
            self.text(key, Width::OneLine);
            self.put(':');
            (self.whitespace, self.indention) = (false, false);
        } else {
            self.write_indicator('?');
            self.string(key);
            self.write_indent();
            self.write_indicator(':');
        }
    }

    /// Ends a list or mapping.
    #[expect(clippy::needless_pass_by_value, reason = "closed once")]
    pub(crate) fn close(&mut self, outer: Outer) {
        self.indent = outer.0;
    }

    /// Ends the document.
    pub(crate) fn finish(mut self) {
        self.write_indent();
    }

    /// Writes a value of text, in whatever style it needs.
    pub(crate) fn string(&mut self, text: &str) {
        let width = match self.manner {
            Manner::Version3 => Width::Endless,
            _ => Width::Folded,
        };
        self.text(text, width);
    }

    /// Writes a number.
    pub(crate) fn number(&mut self, number: Number) {
        self.write_word("");
        let start = self.out.len();
        match self.manner {
            Manner::Version3 => number.write_go(self.out),
            _ => number.write_yaml(self.out),
        }
        self.column += self.out.len() - start;
    }

    /// Where the line begins that is written to.
    pub(crate) fn line_start(&self) -> usize {
        memchr::memrchr(b'\n', self.out.as_bytes()).map_or(0, |index| index + 1)
    }

    fn scalar(&mut self, scalar: &Scalar) {
        match scalar.tag {
            Tag::Str if self.manner == Manner::AsWritten => self.text_as_written(scalar),
            Tag::Str if scalar.style == Style::Folded => {
                let text = folded::written_and_read(&scalar.text);
                self.text(&text, Width::Folded);
            }
            Tag::Str => self.text(&scalar.text, Width::Folded),
            Tag::Timestamp | Tag::Binary => self.text(&json::text_in_json(scalar), Width::Folded),
            Tag::Null if scalar.style == Style::NothingInFlow => self.text("", Width::Folded),
            Tag::Null => self.write_word("null"),
            Tag::Bool => self.write_word(json::bool_text(&scalar.text)),
            Tag::Int | Tag::Float => match json::number_of(scalar) {
                Some(number) => self.number(number),
                None => self.write_word(&scalar.text),
            },
        }
    }

    /// Writes ASCII that needs no quotes, with a space before it where needed.
    pub(crate) fn write_word(&mut self, word: &str) {
        if !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(word);
        self.column += word.len();
        (self.whitespace, self.indention) = (false, false);
    }

    /// Writes `-`, `?` or `:` in the indentation.
    fn write_indicator(&mut self, indicator: char) {
        if !self.whitespace {
            self.put(' ');
        }
        self.put(indicator);
        self.whitespace = false;
    }

    /// Goes to the column of the collection, on a new line where this one is in use.
    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.write_break();
        }
        self.write_spaces(indent.saturating_sub(self.column));
        (self.whitespace, self.indention) = (true, true);
    }

    fn write_spaces(&mut self, mut count: usize) {
        const SPACES: &str = "                                                                ";
        self.column += count;
        while count > 0 {
            let part = count.min(SPACES.len());
            self.out.push_str(&SPACES[..part]);
            count -= part;
        }
    }

    fn write_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }
}

#[cfg(test)]
mod tests;
