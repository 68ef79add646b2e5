//! Text in each style, broken near 80 columns as version 2 of Go's YAML does it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::yaml::resolve::reads_as_text;
use crate::yaml::{Scalar, Style};

use super::style::{choose, is_break, is_printable};
use super::{BEST_WIDTH, Emitter, Manner, Width};

/// What a byte means in a text that might be written as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing, wherever it stands.
    Safe,
    /// Nothing, but not at the beginning.
    Inner,
    Space,
    Colon,
    /// To be looked at more closely.
    Other,
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Other; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        classes[byte as usize] = match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'_'
            | b'$'
            | b'('
            | b'+'
            | b'<'
            | b'='
            | b'^'
            | b'~'
            | b')'
            | b';'
            | b'\\' => Class::Safe,
            b'#' => Class::Other,
            b':' => Class::Colon,
            _ => Class::Inner,
        };
        byte += 1;
    }
    classes[b' ' as usize] = Class::Space;
    classes
}

impl Emitter<'_> {
    pub(super) fn text(&mut self, text: &str, width: Width) {
        if self.plain_in_line(text, width) {
            self.write_word(text);
            return;
        }
        let text = match self.manner {
            Manner::Version3 => Cow::Borrowed(text),
            _ => fold_next_lines(text),
        };
        let style = choose(&text, width);
        let outer = self.indent;
        // Further lines of a text stand two columns right of what it belongs to.
        self.indent = Some(outer.map_or(2, |indent| indent + 2));
        match style {
            Style::Plain | Style::NothingInFlow | Style::Untyped => {
                self.flow_text(&text, width, None);
            }
            Style::SingleQuoted => self.flow_text(&text, width, Some('\'')),
            Style::DoubleQuoted => self.double_quoted(&text, width),
            Style::Literal | Style::Folded => self.literal(&text),
        }
        self.indent = outer;
    }

    /// Writes a text without breaking its lines.
    pub(super) fn text_as_written(&mut self, scalar: &Scalar) {
        let text = scalar.text.as_str();
        let is_block = choose(text, Width::Folded) == Style::Literal;
        let is_line = text.chars().all(|c| is_printable(c) && !is_break(c));
        match scalar.style {
            _ if is_block => self.text(text, Width::Folded),
            Style::SingleQuoted if is_line => self.flow_text(text, Width::OneLine, Some('\'')),
            _ => self.text(text, Width::OneLine),
        }
    }

    /// Tells quickly whether a text needs neither quotes nor a line break: most do not.
    fn plain_in_line(&self, text: &str, width: Width) -> bool {
        let bytes = text.as_bytes();
        let class = |byte: &u8| CLASSES[usize::from(*byte)];
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
            return false;
        };
        if class(first) != Class::Safe || !matches!(class(last), Class::Safe | Class::Inner) {
            return false;
        }
        let mut spaces = false;
        for (index, byte) in bytes.iter().enumerate() {
            match class(byte) {
                Class::Safe | Class::Inner => {}
                Class::Space => spaces = true,
                Class::Colon if bytes.get(index + 1) != Some(&b' ') => {}
                _ => return false,
            }
        }
        let fits = !spaces || width != Width::Folded || self.column + bytes.len() < BEST_WIDTH;
        fits && reads_as_text(text)
    }

    /// Writes plain or single-quoted text.
    fn flow_text(&mut self, text: &str, width: Width, quote: Option<char>) {
        self.write_word("");
        if let Some(quote) = quote {
            self.put(quote);
        }
        let (mut after_space, mut after_break) = (false, false);
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (word, more) = rest.split_at(end_of_word(rest));
            if !word.is_empty() {
                if after_break {
                    self.write_indent();
                }
                self.out.push_str(word);
                self.column += word.len();
                self.indention = false;
                (after_space, after_break) = (false, false);
                rest = more;
                continue;
            }
            let is_first = rest.len() == text.len();
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            if character == ' ' {
                let at_edge = quote.is_some() && (is_first || rest.is_empty());
                if width == Width::Folded
                    && !after_space
                    && self.column > BEST_WIDTH
                    && !at_edge
                    && !rest.starts_with(' ')
                {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else if is_break(character) {
                // Only LS and PS get here: they are written as they are.
                self.out.push(character);
                self.column = 0;
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if quote == Some(character) {
                    self.put(character);
                }
                self.put(character);
                self.indention = false;
                (after_space, after_break) = (false, false);
            }
        }
        if let Some(quote) = quote {
            self.put(quote);
        }
        (self.whitespace, self.indention) = (false, false);
    }

    fn double_quoted(&mut self, text: &str, width: Width) {
        self.write_word("\"");
        // The reference looks for a byte-order mark at the beginning wherever it is.
        let escape_all = text.starts_with('\u{FEFF}');
        let mut after_space = false;
        let mut characters = text.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if escape_all
                || !is_printable(character)
                || is_break(character)
                || matches!(character, '"' | '\\')
            {
                self.escape(character);
                after_space = false;
            } else if character == ' ' {
                if width == Width::Folded
                    && !after_space
                    && self.column > BEST_WIDTH
                    && index > 0
                    && next.is_some()
                {
                    self.write_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                after_space = true;
            } else {
                self.put(character);
                after_space = false;
            }
        }
        self.put('"');
        (self.whitespace, self.indention) = (false, false);
    }

    fn escape(&mut self, character: char) {
        let start = self.out.len();
        let code = u32::from(character);
        let _ = match character {
            '\0' => self.out.write_str("\\0"),
            '\u{7}' => self.out.write_str("\\a"),
            '\u{8}' => self.out.write_str("\\b"),
            '\t' => self.out.write_str("\\t"),
            '\n' => self.out.write_str("\\n"),
            '\u{B}' => self.out.write_str("\\v"),
            '\u{C}' => self.out.write_str("\\f"),
            '\r' => self.out.write_str("\\r"),
            '\u{1B}' => self.out.write_str("\\e"),
            '"' => self.out.write_str("\\\""),
            '\\' => self.out.write_str("\\\\"),
            '\u{85}' => self.out.write_str("\\N"),
            '\u{A0}' => self.out.write_str("\\_"),
            '\u{2028}' => self.out.write_str("\\L"),
            '\u{2029}' => self.out.write_str("\\P"),
            ..='\u{FF}' => write!(self.out, "\\x{code:02X}"),
            ..='\u{FFFF}' => write!(self.out, "\\u{code:04X}"),
            _ => write!(self.out, "\\U{code:08X}"),
        };
        self.column += self.out.len() - start;
    }

    fn literal(&mut self, text: &str) {
        self.write_word("|");
        if text.starts_with([' ', '\n', '\u{2028}', '\u{2029}']) {
            self.put('2');
        }
        let mut backwards = text.chars().rev();
        match (backwards.next(), backwards.next()) {
            (Some(last), _) if !is_break(last) => self.put('-'),
            (Some(_), Some(before)) if !is_break(before) => {}
            _ => self.put('+'),
        }
        self.write_break();
        (self.whitespace, self.indention) = (true, true);
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_at(end_of_line(rest));
            rest = after;
            let content = line.trim_end_matches(['\n', '\u{2028}', '\u{2029}']);
            if !content.is_empty() {
                self.write_indent();
                self.out.push_str(content);
                // No decision depends on the column within a block, only on whether there is one.
                self.column += content.len();
                self.indention = false;
            }
            if content.len() < line.len() {
                self.out.push_str(&line[content.len()..]);
                self.column = 0;
                self.indention = true;
            }
        }
    }
}

/// Returns how many bytes at the beginning of a text are printable ASCII, neither spaces nor quotes.
fn end_of_word(text: &str) -> usize {
    let mut bytes = text.bytes();
    bytes
        .position(|byte| !matches!(byte, b'!'..=b'~') || byte == b'\'')
        .unwrap_or(text.len())
}

/// Returns where the first line of a text ends, its line break included.
fn end_of_line(text: &str) -> usize {
    let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |index| index + 1);
    let line = text.get(..end).unwrap_or(text);
    if line.is_ascii() {
        return end;
    }
    line.find(['\u{2028}', '\u{2029}'])
        .map_or(end, |index| index + '\u{2028}'.len_utf8())
}

/// Folds each NEL as the reference does unwittingly: its JSON leaves NEL as it is, and where the JSON is
/// read as YAML, NEL is a line break within double quotes.
fn fold_next_lines(text: &str) -> Cow<'_, str> {
    const NEL: char = '\u{85}';
    if text.is_ascii() || !text.contains(NEL) {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut breaks = 0;
    let mut lines = text.split(NEL).enumerate().peekable();
    while let Some((index, mut line)) = lines.next() {
        if index > 0 {
            breaks += 1;
            line = line.trim_start_matches(' ');
        }
        if lines.peek().is_some() {
            line = line.trim_end_matches(' ');
            if line.is_empty() && index > 0 {
                continue;
            }
        }
        match breaks {
            0 => {}
            1 => folded.push(' '),
            more => folded.extend(std::iter::repeat_n('\n', more - 1)),
        }
        breaks = 0;
        folded.push_str(line);
    }
    Cow::Owned(folded)
}
