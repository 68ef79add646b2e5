//! Nodes to text, with the bytes of `kustomize build`.
//!
//! The reference prints an object by way of JSON with version 2 of Go's YAML. [`emit`] is the way in;
//! `style` decides how a text is quoted, `scalar` writes it, `order` sorts the keys.

mod folded;
mod order;
mod scalar;
mod style;

use super::{Entry, Mapping, Node, Scalar, Style, Tag, Value, json};

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
    let mut emitter = Emitter {
        out,
        manner,
        indent: None,
        column: 0,
        whitespace: true,
        indention: true,
    };
    emitter.node(node, false);
    emitter.write_indent();
}

/// What is kept of how a document was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Build,
    AsWritten,
}

/// What the emitter knows of the line it is in.
struct Emitter<'o> {
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

/// Whether a text may be broken over lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Folded,
    OneLine,
}

impl Emitter<'_> {
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
        let outer = self.indent;
        // A list is not indented below its key.
        if !in_mapping || self.indention {
            self.indent = Some(outer.map_or(0, |indent| indent + 2));
        }
        for item in items {
            self.write_indent();
            self.write_indicator('-');
            self.node(item, false);
        }
        self.indent = outer;
    }

    fn mapping(&mut self, mapping: &Mapping) {
        let outer = self.indent;
        self.indent = Some(outer.map_or(0, |indent| indent + 2));
        let mut entries: Vec<&Entry> = mapping.iter().collect();
        if self.manner == Manner::Build {
            order::sort(&mut entries);
        }
        for entry in entries {
            self.write_indent();
            let key = entry.key.text.as_str();
            if key.len() <= 128 && !key.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
                self.text(key, Width::OneLine);
                self.put(':');
                (self.whitespace, self.indention) = (false, false);
            } else {
                self.write_indicator('?');
                self.text(key, Width::Folded);
                self.write_indent();
                self.write_indicator(':');
            }
            self.node(&entry.value, true);
        }
        self.indent = outer;
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
            Tag::Int | Tag::Float => {
                self.write_word("");
                let start = self.out.len();
                match json::number_of(scalar) {
                    Some(number) => number.write_yaml(self.out),
                    None => self.out.push_str(&scalar.text),
                }
                self.column += self.out.len() - start;
            }
        }
    }

    /// Writes ASCII that needs no quotes, with a space before it where needed.
    fn write_word(&mut self, word: &str) {
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
