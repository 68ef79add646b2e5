//! Tokens of a template.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// Another printable ASCII character.
    Char,
    CharConstant,
    Complex,
    Number,
    Str,
    RawStr,
    Bool,
    Variable,
    Field,
    Dot,
    Identifier,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
    Eof,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) token: Token,
    /// Whether space is before it, within an action.
    pub(super) is_spaced: bool,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Item {
    pub(super) fn range(&self) -> Range<u32> {
        self.start..self.end
    }
}

/// Why the text has no tokens from `pos` on.
#[derive(Clone, Debug)]
pub(super) struct LexError {
    pub(super) pos: u32,
    pub(super) message: String,
}

/// Whether a byte is an ASCII character that names are made of.
static IS_ALPHANUMERIC: [bool; 256] = is_alphanumeric_by_byte();

const fn is_alphanumeric_by_byte() -> [bool; 256] {
    let mut all = [false; 256];
    let mut byte = b'0';
    while byte <= b'z' {
        all[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    all
}

/// What begins an action.
static OPEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"{{"));

/// Cuts a text into tokens, one at a time.
pub(super) struct Lexer<'t> {
    text: &'t [u8],
    start: usize,
    pos: usize,
    is_in_action: bool,
    paren_depth: usize,
}

impl<'t> Lexer<'t> {
    /// Starts at the beginning of `text`, of at most 4 GiB.
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            start: 0,
            pos: 0,
            is_in_action: false,
            paren_depth: 0,
        }
    }

    /// Appends the tokens, but for space, up to the end of a text or of an action; at the end of all, `Eof` again and again.
    pub(super) fn read(&mut self, items: &mut Vec<Item>) -> Result<(), LexError> {
        if !self.is_in_action {
            items.push(self.text()?);
        }
        let mut is_spaced = false;
        while self.is_in_action {
            let item = self.inside_action()?;
            if item.token == Token::Space {
                is_spaced = true;
                continue;
            }
            items.push(Item { is_spaced, ..item });
            is_spaced = false;
        }
        Ok(())
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn item(&mut self, token: Token) -> Item {
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let item = Item {
            token,
            is_spaced: false,
            start: number(self.start),
            end: number(self.pos),
        };
        self.start = self.pos;
        item
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, LexError> {
        let pos = u32::try_from(self.start).unwrap_or(u32::MAX);
        Err(LexError {
            pos,
            message: message.into(),
        })
    }

    fn text(&mut self) -> Result<Item, LexError> {
        loop {
            let rest = self.rest();
            let Some(open) = OPEN.find(rest) else {
                self.pos = self.text.len();
                return Ok(if self.pos > self.start {
                    self.item(Token::Text)
                } else {
                    self.item(Token::Eof)
                });
            };
            let is_trimmed = has_left_trim_marker(rest.get(open + 2..).unwrap_or_default());
            let text = rest.get(..open).unwrap_or_default();
            let kept = if is_trimmed {
                trim_end(text).len()
            } else {
                text.len()
            };
            if kept > 0 {
                self.pos += kept;
                let item = self.item(Token::Text);
                self.pos += text.len() - kept;
                self.start = self.pos;
                return Ok(item);
            }
            self.pos += open;
            self.start = self.pos;
            let marker = if is_trimmed { 2 } else { 0 };
            if self
                .text
                .get(self.pos + 2 + marker..)
                .is_some_and(|after| after.starts_with(b"/*"))
            {
                self.pos += 2 + marker;
                self.start = self.pos;
                self.comment()?;
                continue;
            }
            self.pos += 2;
            let item = self.item(Token::LeftDelim);
            self.is_in_action = true;
            self.paren_depth = 0;
            self.pos += marker;
            self.start = self.pos;
            return Ok(item);
        }
    }

    fn comment(&mut self) -> Result<(), LexError> {
        let Some(end) = memchr::memmem::find(self.rest().get(2..).unwrap_or_default(), b"*/")
        else {
            return self.error("unclosed comment");
        };
        self.pos += 2 + end + 2;
        match self.right_delim() {
            None => self.error("comment ends before closing delimiter"),
            Some(is_trimmed) => {
                self.pass_right_delim(is_trimmed);
                Ok(())
            }
        }
    }

    /// Whether a closing delimiter is next, and whether it trims what follows.
    fn right_delim(&self) -> Option<bool> {
        match self.rest() {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space(*space) => Some(true),
            _ => None,
        }
    }

    fn pass_right_delim(&mut self, is_trimmed: bool) {
        self.pos += if is_trimmed { 4 } else { 2 };
        if is_trimmed {
            let rest = self.rest();
            self.pos += rest.len() - trim_start(rest).len();
        }
        self.start = self.pos;
        self.is_in_action = false;
    }

    fn inside_action(&mut self) -> Result<Item, LexError> {
        if let Some(is_trimmed) = self.right_delim() {
            if self.paren_depth > 0 {
                return self.error("unclosed left paren");
            }
            if is_trimmed {
                self.pos += 2;
                self.start = self.pos;
            }
            self.pos += 2;
            let item = self.item(Token::RightDelim);
            self.pos = item.start as usize;
            self.pos -= if is_trimmed { 2 } else { 0 };
            self.pass_right_delim(is_trimmed);
            return Ok(item);
        }
        let Some(character) = self.bump() else {
            return self.error("unclosed action");
        };
        match character {
            ' ' | '\t' | '\r' | '\n' => Ok(self.space()),
            '=' => Ok(self.item(Token::Assign)),
            ':' => {
                if self.bump() == Some('=') {
                    Ok(self.item(Token::Declare))
                } else {
                    self.error("expected :=")
                }
            }
            '|' => Ok(self.item(Token::Pipe)),
            '"' => self.quoted(b'"', Token::Str, "unterminated quoted string"),
            '\'' => self.quoted(
                b'\'',
                Token::CharConstant,
                "unterminated character constant",
            ),
            '`' => {
                let Some(end) = memchr::memchr(b'`', self.rest()) else {
                    return self.error("unterminated raw quoted string");
                };
                self.pos += end + 1;
                Ok(self.item(Token::RawStr))
            }
            '$' => self.field_or_variable(Token::Variable, Token::Variable),
            '.' if !self.rest().first().is_some_and(u8::is_ascii_digit) => {
                self.field_or_variable(Token::Field, Token::Dot)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.pos -= 1;
                self.number()
            }
            '(' => {
                self.paren_depth += 1;
                Ok(self.item(Token::LeftParen))
            }
            ')' => {
                if self.paren_depth == 0 {
                    return self.error("unexpected right paren");
                }
                self.paren_depth -= 1;
                Ok(self.item(Token::RightParen))
            }
            _ if is_alphanumeric(character) => self.identifier(),
            _ if character.is_ascii_graphic() => Ok(self.item(Token::Char)),
            _ => self.error(format!(
                "unrecognized character in action: {}",
                shown(character)
            )),
        }
    }

    /// The next character, passed. What is not UTF-8 is U+FFFD, a byte each.
    fn bump(&mut self) -> Option<char> {
        if let Some(byte) = self.text.get(self.pos).filter(|byte| byte.is_ascii()) {
            self.pos += 1;
            return Some(char::from(*byte));
        }
        let character = self.peek()?;
        self.pos += if character == char::REPLACEMENT_CHARACTER
            && !self.rest().starts_with("\u{fffd}".as_bytes())
        {
            1
        } else {
            character.len_utf8()
        };
        Some(character)
    }

    fn peek(&self) -> Option<char> {
        let rest = self.rest();
        let first = *rest.first()?;
        if first.is_ascii() {
            return Some(char::from(first));
        }
        let start = rest.get(..rest.len().min(4)).unwrap_or_default();
        let chunk = start.utf8_chunks().next()?;
        Some(
            chunk
                .valid()
                .chars()
                .next()
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        )
    }

    fn space(&mut self) -> Item {
        while self.rest().first().is_some_and(|byte| is_space(*byte)) {
            self.pos += 1;
        }
        // The last space may belong to a trimming delimiter.
        let last = self.text.get(self.pos - 1..).unwrap_or_default();
        if matches!(last, [_, b'-', b'}', b'}', ..]) {
            self.pos -= 1;
            if self.pos == self.start {
                self.start = self.pos;
                // Nothing but that space: the delimiter itself is the token.
                return match self.inside_action() {
                    Ok(item) => item,
                    Err(_) => self.item(Token::Space),
                };
            }
        }
        self.item(Token::Space)
    }

    fn quoted(&mut self, quote: u8, token: Token, unterminated: &str) -> Result<Item, LexError> {
        loop {
            let rest = self.rest();
            self.pos += memchr::memchr3(quote, b'\\', b'\n', rest).unwrap_or(rest.len());
            match self.rest().first() {
                None | Some(b'\n') => return self.error(unterminated),
                Some(b'\\') => match self.rest().get(1) {
                    None | Some(b'\n') => return self.error(unterminated),
                    Some(_) => self.pos += 2,
                },
                Some(byte) => {
                    self.pos += 1;
                    if *byte == quote {
                        return Ok(self.item(token));
                    }
                }
            }
        }
    }

    fn field_or_variable(&mut self, token: Token, alone: Token) -> Result<Item, LexError> {
        if self.is_at_terminator() {
            return Ok(self.item(alone));
        }
        self.pass_alphanumeric();
        if !self.is_at_terminator() {
            return self.bad_character();
        }
        Ok(self.item(token))
    }

    fn identifier(&mut self) -> Result<Item, LexError> {
        self.pass_alphanumeric();
        if !self.is_at_terminator() {
            return self.bad_character();
        }
        let word = self.text.get(self.start..self.pos).unwrap_or_default();
        Ok(self.item(match word {
            b"true" | b"false" => Token::Bool,
            b"nil" => Token::Nil,
            b"block" => Token::Block,
            b"break" => Token::Break,
            b"continue" => Token::Continue,
            b"define" => Token::Define,
            b"else" => Token::Else,
            b"end" => Token::End,
            b"if" => Token::If,
            b"range" => Token::Range,
            b"template" => Token::Template,
            b"with" => Token::With,
            _ => Token::Identifier,
        }))
    }

    fn bad_character<T>(&self) -> Result<T, LexError> {
        match self.peek() {
            Some(character) => self.error(format!("bad character {}", shown(character))),
            None => self.error("unclosed action"),
        }
    }

    fn pass_alphanumeric(&mut self) {
        while let Some(byte) = self.text.get(self.pos)
            && IS_ALPHANUMERIC[usize::from(*byte)]
        {
            self.pos += 1;
        }
        if self.rest().first().is_none_or(u8::is_ascii) {
            return;
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
    }

    fn is_at_terminator(&self) -> bool {
        match self.rest().first() {
            None | Some(b'.' | b',' | b'|' | b':' | b')' | b'(') => true,
            Some(byte) => is_space(*byte) || matches!(self.rest(), [b'}', b'}', ..]),
        }
    }

    fn number(&mut self) -> Result<Item, LexError> {
        let bad = |this: &Self| {
            let text = this.text.get(this.start..this.pos).unwrap_or_default();
            this.error(format!(
                "bad number syntax: \"{}\"",
                String::from_utf8_lossy(text)
            ))
        };
        if !self.pass_number() {
            return bad(self);
        }
        if matches!(self.rest().first(), Some(b'+' | b'-')) {
            if !self.pass_number() || self.text.get(self.pos - 1) != Some(&b'i') {
                return bad(self);
            }
            return Ok(self.item(Token::Complex));
        }
        Ok(self.item(Token::Number))
    }

    fn pass_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
            } else if self.accept(b"oO") {
                digits = b"01234567_";
            } else if self.accept(b"bB") {
                digits = b"01_";
            }
        }
        self.accept_all(digits);
        if self.accept(b".") {
            self.accept_all(digits);
        }
        let exponent: &[u8] = match digits.len() {
            11 => b"eE",
            23 => b"pP",
            _ => b"",
        };
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_all(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let is_valid = self.rest().first().is_some_and(|byte| valid.contains(byte));
        self.pos += usize::from(is_valid);
        is_valid
    }

    fn accept_all(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn has_left_trim_marker(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !is_space(*byte))
        .map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !is_space(*byte))
        .unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

/// `U+0041 'A'`
fn shown(character: char) -> String {
    let code = u32::from(character);
    if character.is_control() {
        format!("U+{code:04X}")
    } else {
        format!("U+{code:04X} '{character}'")
    }
}
