//! A place in a text, and the way to the next token.

use crate::yaml::{FileId, Origin};

use super::input::Part;
use super::{ParseError, Syntax};

/// A place in the text of a document. Beyond its end stand NULs, which cannot be in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pub(super) position: usize,
    /// Lines of the file before this one.
    pub(super) line: u32,
    line_start: usize,
    file: FileId,
    ascii: bool,
    /// Whether NEL, LS or PS occur, which end a line as `\n` does.
    rare_breaks: bool,
    /// Levels of flow collections around this place.
    pub(super) flow: usize,
    /// Whether a key of a block mapping, or a list item, may begin here.
    pub(super) key_allowed: bool,
}

/// A place to come back to, or to look from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) position: usize,
    pub(super) line: u32,
    pub(super) column: usize,
    pub(super) origin: Origin,
}

/// Whether NEL, LS or PS occur.
fn has_rare_breaks(text: &[u8]) -> bool {
    memchr::memchr2_iter(0xC2, 0xE2, text).any(|place| {
        let rest = text.get(place..).unwrap_or_default();
        matches!(rest, [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..])
    })
}

impl<'t> Cursor<'t> {
    pub(super) fn new(part: Part<'t>, file: FileId) -> Self {
        let text = part.text.strip_prefix('\u{FEFF}').unwrap_or(part.text);
        let ascii = text.is_ascii();
        Self {
            text,
            bytes: text.as_bytes(),
            position: 0,
            line: part.lines,
            line_start: 0,
            file,
            ascii,
            rare_breaks: !ascii && has_rare_breaks(text.as_bytes()),
            flow: 0,
            key_allowed: true,
        }
    }

    pub(super) fn byte(&self) -> u8 {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> u8 {
        self.bytes.get(self.position + count).copied().unwrap_or(0)
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Returns the character here.
    pub(super) fn character(&self) -> char {
        let rest = self.text.get(self.position..).unwrap_or_default();
        rest.chars().next().unwrap_or('\0')
    }

    pub(super) fn is_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// Returns the column in bytes, from 0. In indentation, where it decides, only spaces and
    /// indicators stand before it.
    pub(super) fn column(&self) -> usize {
        self.position - self.line_start
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin_of(self.position)
    }

    /// Returns the origin of a place in the current line.
    pub(super) fn origin_of(&self, position: usize) -> Origin {
        let column = if self.ascii {
            position.saturating_sub(self.line_start)
        } else {
            let before = self.slice(self.line_start, position);
            if before.is_ascii() {
                before.len()
            } else {
                before.chars().count()
            }
        };
        Origin::at(
            self.file,
            self.line.saturating_add(1),
            u32::try_from(column + 1).unwrap_or(u32::MAX),
        )
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            position: self.position,
            line: self.line,
            column: self.column(),
            origin: self.origin(),
        }
    }

    pub(super) fn error(&self, problem: Syntax) -> ParseError {
        ParseError::Syntax {
            problem,
            at: self.origin(),
        }
    }

    /// Returns the length of the line break that is so many bytes ahead; 0 where there is none.
    pub(super) fn break_ahead(&self, count: usize) -> usize {
        match self.ahead(count) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.ahead(count + 1) == b'\n'),
            0xC2 if self.rare_breaks && self.ahead(count + 1) == 0x85 => 2,
            0xE2 if self.rare_breaks
                && self.ahead(count + 1) == 0x80
                && matches!(self.ahead(count + 2), 0xA8 | 0xA9) =>
            {
                3
            }
            _ => 0,
        }
    }

    pub(super) fn is_blank_ahead(&self, count: usize) -> bool {
        matches!(self.ahead(count), b' ' | b'\t')
    }

    /// Tells whether a blank, a line break or the end is so many bytes ahead.
    pub(super) fn is_space_ahead(&self, count: usize) -> bool {
        match self.ahead(count) {
            b' ' | b'\t' | b'\n' | b'\r' | 0 => true,
            0xC2 | 0xE2 => self.break_ahead(count) > 0,
            _ => false,
        }
    }

    /// Eats the line break here, if there is one, and returns what it means in a scalar.
    pub(super) fn eat_break(&mut self) -> &'t str {
        let length = self.break_ahead(0);
        if length == 0 {
            return "";
        }
        let written = self.slice(self.position, self.position + length);
        self.position += length;
        self.line = self.line.saturating_add(1);
        self.line_start = self.position;
        // LS and PS stay as they are; all others mean a line feed.
        if length == 3 { written } else { "\n" }
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank_ahead(0) {
            self.position += 1;
        }
    }

    pub(super) fn skip_line(&mut self) {
        if self.rare_breaks {
            while !self.is_end() && self.break_ahead(0) == 0 {
                self.position += 1;
            }
        } else {
            let rest = self.rest();
            self.position += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        }
    }

    /// Goes to the next token. Tabs are passed over only where no block collection could begin.
    pub(super) fn skip_to_token(&mut self) {
        loop {
            while self.byte() == b' '
                || (self.byte() == b'\t' && (self.flow > 0 || !self.key_allowed))
            {
                self.position += 1;
            }
            if self.byte() == b'#' {
                self.skip_line();
            }
            if self.eat_break().is_empty() {
                return;
            }
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Tells whether `---` or `...` stands here at the beginning of a line.
    pub(super) fn is_document_marker(&self) -> bool {
        self.position == self.line_start
            && matches!(self.rest(), [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
            && self.is_space_ahead(3)
    }

    /// Tells whether the document ends here: at the end, a marker or a directive.
    pub(super) fn is_document_end(&self) -> bool {
        match self.byte() {
            0 => self.is_end(),
            b'-' | b'.' => self.is_document_marker(),
            b'%' => self.position == self.line_start,
            _ => false,
        }
    }
}
