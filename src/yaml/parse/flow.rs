//! Collections in brackets and braces, JSON among them. Indentation means nothing in them.

use crate::yaml::{Node, Origin};

use super::compose::{Entries, Parser, is_value_ahead};
use super::property::Properties;
use super::{ParseError, Syntax};

impl Parser<'_> {
    pub(super) fn flow_sequence(&mut self) -> Result<Node, ParseError> {
        let at = self.open_flow();
        let mut items = Vec::new();
        loop {
            self.cursor.skip_to_token();
            if self.cursor.byte() == b']' {
                break;
            }
            if !items.is_empty() && self.next_entry(Syntax::ExpectedCommaOrBracket, at, b']')? {
                break;
            }
            items.push(self.flow_item()?);
        }
        self.close_flow();
        self.sequence(items, at)
    }

    /// Reads an item of a list, which may be a single `key: value`.
    fn flow_item(&mut self) -> Result<Node, ParseError> {
        let mark = self.cursor.mark();
        let key_allowed = self.cursor.key_allowed;
        let key = if self.cursor.byte() == b'?' {
            let key = self.explicit_flow_key()?;
            if key.text() == Some("") && key.origin == mark.origin {
                // Go's YAML drops the token behind an empty key here.
                return Err(self.cursor.error(Syntax::ExpectedValue));
            }
            key
        } else {
            let node = self.flow_node()?;
            if !(key_allowed && is_value_ahead(&self.cursor, mark)) {
                return Ok(node);
            }
            node
        };
        self.enter()?;
        let key = self.key(key, mark.origin)?;
        let value = self.flow_value()?;
        let mut entries = Entries::default();
        entries.push(key, value);
        self.leave();
        self.mapping(entries, mark.origin)
    }

    pub(super) fn flow_mapping(&mut self) -> Result<Node, ParseError> {
        let at = self.open_flow();
        let mut entries = Entries::default();
        let mut first = true;
        loop {
            self.cursor.skip_to_token();
            if self.cursor.byte() == b'}' {
                break;
            }
            if !first && self.next_entry(Syntax::ExpectedCommaOrBrace, at, b'}')? {
                break;
            }
            first = false;
            let mark = self.cursor.mark();
            let key_allowed = self.cursor.key_allowed;
            let explicit = self.cursor.byte() == b'?';
            let key = if explicit {
                self.explicit_flow_key()?
            } else {
                self.flow_node()?
            };
            let key = self.key(key, mark.origin)?;
            let value = if explicit || key_allowed && is_value_ahead(&self.cursor, mark) {
                self.flow_value()?
            } else {
                self.empty(&Properties::default(), mark.origin)?
            };
            entries.push(key, value);
        }
        self.close_flow();
        self.mapping(entries, at)
    }

    fn open_flow(&mut self) -> Origin {
        let at = self.cursor.origin();
        self.cursor.position += 1;
        self.cursor.flow += 1;
        self.cursor.key_allowed = true;
        at
    }

    fn close_flow(&mut self) {
        self.cursor.position += 1;
        self.cursor.flow -= 1;
        self.cursor.key_allowed = false;
    }

    /// Eats the comma between two entries. Tells whether the collection ends behind it.
    fn next_entry(
        &mut self,
        problem: Syntax,
        start: Origin,
        close: u8,
    ) -> Result<bool, ParseError> {
        if self.cursor.byte() != b',' {
            return Err(ParseError::Unfinished {
                problem,
                at: self.cursor.origin(),
                start,
            });
        }
        self.cursor.position += 1;
        self.cursor.key_allowed = true;
        self.cursor.skip_to_token();
        Ok(self.cursor.byte() == close)
    }

    fn explicit_flow_key(&mut self) -> Result<Node, ParseError> {
        let at = self.cursor.origin();
        self.cursor.position += 1;
        self.cursor.key_allowed = false;
        self.cursor.skip_to_token();
        if matches!(self.cursor.byte(), b':' | b',' | b']' | b'}') {
            return self.empty(&Properties::default(), at);
        }
        self.flow_node()
    }

    /// Reads `: value` if it is here.
    fn flow_value(&mut self) -> Result<Node, ParseError> {
        self.cursor.skip_to_token();
        let at = self.cursor.origin();
        if self.cursor.byte() == b':' {
            self.cursor.position += 1;
            self.cursor.key_allowed = false;
            self.cursor.skip_to_token();
            if !matches!(self.cursor.byte(), b',' | b']' | b'}') {
                return self.flow_node();
            }
        }
        self.empty(&Properties::default(), at)
    }

    fn flow_node(&mut self) -> Result<Node, ParseError> {
        self.enter()?;
        let at = self.cursor.origin();
        let mut properties = Properties::default();
        while matches!(self.cursor.byte(), b'&' | b'!') {
            let more = self.properties()?;
            properties.add(more)?;
        }
        let node = match self.cursor.byte() {
            b',' | b']' | b'}' | b':' | b'?' if !properties.is_empty() => {
                self.empty(&properties, at)
            }
            _ if self.cursor.is_document_marker() => Err(self.cursor.error(Syntax::ExpectedValue)),
            b',' | b']' | b'}' | b':' | b'?' => Err(self.cursor.error(Syntax::ExpectedValue)),
            b'-' if self.cursor.is_space_ahead(1) => Err(self.cursor.error(Syntax::ItemNotHere)),
            _ => self.atom(self.block_indent, &properties),
        };
        self.leave();
        node
    }
}
