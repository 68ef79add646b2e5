//! Leaves that stand in a line: plain and quoted ones, over several lines too.

use smol_str::SmolStr;

use crate::yaml::{Node, Style};

use super::block::Indent;
use super::compose::Parser;
use super::input::is_allowed;
use super::property::Properties;
use super::{ParseError, Syntax};

/// Line breaks and blanks between two words of a leaf.
#[derive(Default)]
struct Gap<'t> {
    blanks: &'t str,
    first_break: &'t str,
    more_breaks: String,
}

impl Gap<'_> {
    /// Appends what the gap means: its blanks, or its line breaks folded.
    fn fold(&self, text: &mut String) {
        match self.first_break {
            "" => text.push_str(self.blanks),
            "\n" if self.more_breaks.is_empty() => text.push(' '),
            "\n" => text.push_str(&self.more_breaks),
            kept => {
                text.push_str(kept);
                text.push_str(&self.more_breaks);
            }
        }
    }
}

impl<'t> Parser<'t> {
    /// Reads a leaf without quotes. Its further lines must stand right of `indent`.
    pub(super) fn plain(
        &mut self,
        indent: Indent,
        properties: &Properties<'t>,
    ) -> Result<Node, ParseError> {
        let at = self.cursor.origin();
        if !self.starts_plain() {
            let problem = match self.cursor.byte() {
                b'\t' => Syntax::Tab,
                0 => Syntax::ExpectedValue,
                _ => Syntax::Start(self.cursor.character()),
            };
            return Err(self.cursor.error(problem));
        }
        let least_column = indent.map_or(0, |indent| indent + 1);
        let start = self.cursor.position;
        self.plain_word();
        let mut end = self.cursor.position;
        // Words of one line are one slice; a further line needs a text of its own.
        let mut text: Option<String> = None;
        let mut ends_at_line = false;
        loop {
            if self.cursor.break_ahead(0) == 0 && !self.cursor.is_blank_ahead(0) {
                break;
            }
            let gap = self.plain_gap(least_column)?;
            ends_at_line = !gap.first_break.is_empty();
            let is_over = self.cursor.is_end()
                || self.cursor.byte() == b'#'
                || self.cursor.is_document_marker()
                || self.cursor.flow == 0 && self.cursor.column() < least_column;
            let word = self.cursor.position;
            if is_over {
                break;
            }
            self.plain_word();
            if self.cursor.position == word {
                break;
            }
            if ends_at_line && text.is_none() {
                text = Some(self.cursor.slice(start, end).to_owned());
            }
            if let Some(text) = &mut text {
                gap.fold(text);
                text.push_str(self.cursor.slice(word, self.cursor.position));
            }
            end = self.cursor.position;
            ends_at_line = false;
        }
        self.cursor.key_allowed = ends_at_line;
        let text = match text {
            Some(text) => SmolStr::from(text),
            None => SmolStr::from(self.cursor.slice(start, end)),
        };
        self.leaf(text, Style::Plain, properties, at)
    }

    fn starts_plain(&self) -> bool {
        match self.cursor.byte() {
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' => false,
            b'-' => !self.cursor.is_blank_ahead(1),
            b'?' | b':' => self.cursor.flow == 0 && !self.cursor.is_space_ahead(1),
            _ => !self.cursor.is_space_ahead(0),
        }
    }

    /// Goes to the end of a word: a blank, a line break, or what ends the leaf.
    fn plain_word(&mut self) {
        let in_flow = self.cursor.flow > 0;
        loop {
            match self.cursor.byte() {
                b' ' | b'\t' | b'\n' | b'\r' | 0 => return,
                b':' if self.cursor.is_space_ahead(1) => return,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if in_flow => return,
                0xC2 | 0xE2 if self.cursor.break_ahead(0) > 0 => return,
                _ => self.cursor.position += 1,
            }
        }
    }

    fn plain_gap(&mut self, least_column: usize) -> Result<Gap<'t>, ParseError> {
        let mut gap = Gap::default();
        let start = self.cursor.position;
        self.cursor.skip_blanks();
        gap.blanks = self.cursor.slice(start, self.cursor.position);
        gap.first_break = self.cursor.eat_break();
        if gap.first_break.is_empty() {
            return Ok(gap);
        }
        loop {
            while self.cursor.is_blank_ahead(0) {
                if self.cursor.byte() == b'\t' && self.cursor.column() < least_column {
                    return Err(self.cursor.error(Syntax::TabInText));
                }
                self.cursor.position += 1;
            }
            let line_break = self.cursor.eat_break();
            if line_break.is_empty() {
                return Ok(gap);
            }
            gap.more_breaks.push_str(line_break);
        }
    }

    pub(super) fn single_quoted(
        &mut self,
        properties: &Properties<'t>,
    ) -> Result<Node, ParseError> {
        self.quoted(b'\'', Style::SingleQuoted, properties)
    }

    pub(super) fn double_quoted(
        &mut self,
        properties: &Properties<'t>,
    ) -> Result<Node, ParseError> {
        self.quoted(b'"', Style::DoubleQuoted, properties)
    }

    fn quoted(
        &mut self,
        quote: u8,
        style: Style,
        properties: &Properties<'t>,
    ) -> Result<Node, ParseError> {
        let at = self.cursor.origin();
        self.cursor.position += 1;
        let start = self.cursor.position;
        let rest = self.cursor.rest();
        let end = if quote == b'"' {
            memchr::memchr3(b'"', b'\\', b'\n', rest)
        } else {
            memchr::memchr2(b'\'', b'\n', rest)
        };
        // The common case: one line without escapes is a slice.
        if let Some(length) = end
            && rest.get(length) == Some(&quote)
            && !(quote == b'\'' && rest.get(length + 1) == Some(&quote))
        {
            let slice = self.cursor.slice(start, start + length);
            if !slice.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) {
                self.cursor.position = start + length + 1;
                self.cursor.key_allowed = false;
                return self.leaf(slice.into(), style, properties, at);
            }
        }
        let mut text = String::new();
        loop {
            if self.cursor.is_document_marker() || self.cursor.is_end() {
                let problem = if self.cursor.is_end() {
                    Syntax::OpenQuote
                } else {
                    Syntax::DocumentInQuotes
                };
                return Err(ParseError::Unfinished {
                    problem,
                    at: self.cursor.origin(),
                    start: at,
                });
            }
            let escaped_break = self.quoted_word(quote, &mut text)?;
            if self.cursor.byte() == quote {
                break;
            }
            self.quoted_gap(escaped_break, &mut text);
        }
        self.cursor.position += 1;
        self.cursor.key_allowed = false;
        self.leaf(text.into(), style, properties, at)
    }

    /// Reads to the next blank, line break or the closing quote. Tells whether an escaped line break ended it.
    fn quoted_word(&mut self, quote: u8, text: &mut String) -> Result<bool, ParseError> {
        let mut start = self.cursor.position;
        while !self.cursor.is_space_ahead(0) {
            match self.cursor.byte() {
                b'\'' if quote == b'\'' && self.cursor.ahead(1) == b'\'' => {
                    self.cursor.position += 1;
                    text.push_str(self.cursor.slice(start, self.cursor.position));
                    self.cursor.position += 1;
                    start = self.cursor.position;
                }
                byte if byte == quote => break,
                b'\\' if quote == b'"' => {
                    text.push_str(self.cursor.slice(start, self.cursor.position));
                    if self.cursor.break_ahead(1) > 0 {
                        self.cursor.position += 1;
                        self.cursor.eat_break();
                        return Ok(true);
                    }
                    text.push(self.escape()?);
                    start = self.cursor.position;
                }
                _ => self.cursor.position += 1,
            }
        }
        text.push_str(self.cursor.slice(start, self.cursor.position));
        Ok(false)
    }

    fn quoted_gap(&mut self, escaped_break: bool, text: &mut String) {
        let mut gap = Gap::default();
        let start = self.cursor.position;
        self.cursor.skip_blanks();
        if !escaped_break {
            gap.blanks = self.cursor.slice(start, self.cursor.position);
            gap.first_break = self.cursor.eat_break();
            if gap.first_break.is_empty() {
                return gap.fold(text);
            }
        }
        loop {
            self.cursor.skip_blanks();
            match self.cursor.eat_break() {
                "" => break,
                line_break => gap.more_breaks.push_str(line_break),
            }
        }
        if escaped_break {
            text.push_str(&gap.more_breaks);
        } else {
            gap.fold(text);
        }
    }

    /// Reads an escape sequence.
    fn escape(&mut self) -> Result<char, ParseError> {
        let error = self.cursor.clone();
        self.cursor.position += 1;
        let digits = match self.cursor.byte() {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let character = match self.cursor.character() {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{B}',
            'f' => '\u{C}',
            'r' => '\r',
            'e' => '\u{1B}',
            same @ (' ' | '"' | '\'' | '\\') => same,
            'N' => '\u{85}',
            '_' => '\u{A0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' | 'u' | 'U' => {
                let from = self.cursor.position + 1;
                let code = self.cursor.slice(from, from + digits);
                if code.is_empty() || !code.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return Err(error.error(Syntax::Hexadecimal(digits)));
                }
                self.cursor.position += digits;
                u32::from_str_radix(code, 16)
                    .ok()
                    .and_then(char::from_u32)
                    .ok_or_else(|| error.error(Syntax::NotUnicode))?
            }
            other => return Err(error.error(Syntax::Escape(other))),
        };
        self.cursor.position += 1;
        // What the reference's JSON leaves as it is, its reader of that JSON refuses.
        if character >= ' ' && !is_allowed(character) {
            return Err(ParseError::ControlCharacter {
                character: u32::from(character),
                at: error.origin(),
            });
        }
        Ok(character)
    }
}
