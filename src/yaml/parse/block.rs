//! Collections by indentation, and the value that stands at a place.

use crate::yaml::{Node, Origin};

use super::compose::{Entries, Key, Parser, is_value_ahead};
use super::property::Properties;
use super::{ParseError, Syntax};

/// The column of the collection around a place; `None` at the root.
pub(super) type Indent = Option<usize>;

impl<'t> Parser<'t> {
    /// Reads the value that begins here, which stands right of `indent` or is a list item at it.
    pub(super) fn block_node(
        &mut self,
        indent: Indent,
        in_mapping: bool,
    ) -> Result<Node, ParseError> {
        self.enter()?;
        let node = self.block_node_inside(indent, in_mapping);
        self.leave();
        node
    }

    fn block_node_inside(&mut self, indent: Indent, in_mapping: bool) -> Result<Node, ParseError> {
        // Properties on lines of their own belong to the whole value, those beside a key to the key.
        let mut outer = Properties::default();
        let start = self.cursor.origin();
        loop {
            let mark = self.cursor.mark();
            let key_allowed = self.cursor.key_allowed;
            if self.is_indicator(b'-') {
                let indentless = indent == Some(mark.column);
                return self.anchored(&outer, |parser| parser.block_sequence(indentless));
            }
            if self.is_indicator(b'?') {
                if !key_allowed {
                    return Err(self.cursor.error(Syntax::KeyNotHere));
                }
                return self.anchored(&outer, |parser| parser.block_mapping(None));
            }
            if self.is_indicator(b':') {
                let problem = if key_allowed {
                    Syntax::ExpectedKey
                } else {
                    Syntax::ValueNotHere
                };
                return Err(self.cursor.error(problem));
            }
            let inner = self.properties()?;
            if !inner.is_empty() && (self.cursor.line != mark.line || self.cursor.is_document_end())
            {
                outer.add(inner)?;
                if self.is_value_over(indent, in_mapping) {
                    return self.empty(&outer, start);
                }
                continue;
            }
            if !inner.is_empty() && (self.is_indicator(b'-') || self.is_indicator(b'?')) {
                return Err(self.cursor.error(Syntax::ItemNotHere));
            }
            if self.is_indicator(b':') && key_allowed && !inner.is_empty() {
                // `&a : value`, a key of nothing.
                let key = self.empty(&inner, mark.origin)?;
                let key = self.key(key, mark.origin)?;
                return self.anchored(&outer, |parser| {
                    parser.block_mapping(Some((mark.column, key)))
                });
            }
            return self.content(indent, key_allowed, mark, outer, inner);
        }
    }

    /// Reads a leaf, a flow collection or an alias, or the mapping whose first key it is.
    fn content(
        &mut self,
        indent: Indent,
        key_allowed: bool,
        mark: super::cursor::Mark,
        mut outer: Properties<'t>,
        inner: Properties<'t>,
    ) -> Result<Node, ParseError> {
        if key_allowed && matches!(self.cursor.byte(), b'|' | b'>') {
            outer.add(inner)?;
            return self.anchored(&outer, |parser| parser.block_scalar(indent, &outer));
        }
        if key_allowed {
            // Which properties are whose is known behind the leaf; anchors are opened only then.
            let is_alias = self.cursor.byte() == b'*';
            let node = self.atom(indent, &inner)?;
            if is_value_ahead(&self.cursor, mark) {
                let key = self.key(node, mark.origin)?;
                return self.anchored(&outer, |parser| {
                    parser.block_mapping(Some((mark.column, key)))
                });
            }
            if outer.is_empty() {
                return Ok(node);
            }
            if is_alias {
                return Err(ParseError::Syntax {
                    problem: Syntax::ExpectedValue,
                    at: mark.origin,
                });
            }
            outer.add(inner)?;
            return self.retag(node, &outer);
        }
        outer.add(inner)?;
        self.atom(indent, &outer)
    }

    /// Gives the properties of earlier lines to a leaf or flow collection that has been read.
    fn retag(&mut self, node: Node, properties: &Properties<'t>) -> Result<Node, ParseError> {
        let node = match node.as_scalar() {
            Some(scalar) => {
                let (text, style) = (scalar.text.clone(), scalar.style);
                self.leaf(text, style, properties, node.origin)?
            }
            None => node,
        };
        let open = self.open_anchor(properties);
        self.close_anchor(&open, &node);
        Ok(node)
    }

    /// Reads a leaf, a flow collection or an alias.
    pub(super) fn atom(
        &mut self,
        indent: Indent,
        properties: &Properties<'t>,
    ) -> Result<Node, ParseError> {
        if self.cursor.flow == 0 {
            self.block_indent = indent;
        }
        match self.cursor.byte() {
            b'*' if properties.is_empty() => self.alias(),
            b'*' => Err(self.cursor.error(Syntax::ExpectedValue)),
            _ => self.anchored(properties, |parser| match parser.cursor.byte() {
                b'[' => parser.flow_sequence(),
                b'{' => parser.flow_mapping(),
                b'|' | b'>' if parser.cursor.flow == 0 => parser.block_scalar(indent, properties),
                b'\'' => parser.single_quoted(properties),
                b'"' => parser.double_quoted(properties),
                _ => parser.plain(indent, properties),
            }),
        }
    }

    /// Reads what an anchor names, and remembers it.
    fn anchored(
        &mut self,
        properties: &Properties<'t>,
        read: impl FnOnce(&mut Self) -> Result<Node, ParseError>,
    ) -> Result<Node, ParseError> {
        if properties.anchor.is_none() {
            return read(self);
        }
        let open = self.open_anchor(properties);
        let node = read(self)?;
        self.close_anchor(&open, &node);
        Ok(node)
    }

    /// Reads a mapping whose first key, with its column, may have been read.
    fn block_mapping(&mut self, first: Option<(usize, Key)>) -> Result<Node, ParseError> {
        let (column, at) = match &first {
            Some((column, key)) => (*column, key.origin),
            None => (self.cursor.column(), self.cursor.origin()),
        };
        let mut next = first.map(|(_, key)| key);
        let mut entries = Entries::default();
        loop {
            let (key, has_value) = if let Some(key) = next.take() {
                (key, true)
            } else {
                self.cursor.skip_to_token();
                if self.is_left_of(column) {
                    return self.mapping(entries, at);
                }
                if self.cursor.column() > column {
                    return Err(self.misplaced(Syntax::ExpectedKey));
                }
                if self.is_indicator(b'?') {
                    self.explicit_key(column)?
                } else {
                    (self.implicit_key(column)?, true)
                }
            };
            let value = if has_value {
                self.cursor.skip_blanks();
                let at = self.cursor.origin();
                // Behind `? key`, a collection may begin beside the colon.
                self.cursor.key_allowed = self.cursor.column() == column;
                self.cursor.position += 1;
                self.block_value(column, at)?
            } else {
                self.empty(&Properties::default(), key.origin)?
            };
            entries.push(key, value);
        }
    }

    fn implicit_key(&mut self, column: usize) -> Result<Key, ParseError> {
        if self.is_indicator(b'-') || self.is_indicator(b':') {
            return Err(self.misplaced(Syntax::ExpectedKey));
        }
        let mark = self.cursor.mark();
        let properties = self.properties()?;
        let expected = ParseError::Syntax {
            problem: Syntax::ExpectedColon,
            at: mark.origin,
        };
        if self.cursor.line != mark.line || matches!(self.cursor.byte(), b'|' | b'>') {
            return Err(expected);
        }
        let node = if self.is_indicator(b':') {
            self.empty(&properties, mark.origin)?
        } else {
            self.atom(Some(column), &properties)?
        };
        if is_value_ahead(&self.cursor, mark) {
            self.key(node, mark.origin)
        } else {
            Err(expected)
        }
    }

    /// Reads `? key`, and tells whether `:` with a value follows.
    fn explicit_key(&mut self, column: usize) -> Result<(Key, bool), ParseError> {
        let at = self.cursor.origin();
        self.cursor.position += 1;
        self.cursor.key_allowed = true;
        let node = self.block_value(column, at)?;
        let key = self.key(node, at)?;
        self.cursor.skip_to_token();
        let has_value =
            !self.is_left_of(column) && self.cursor.column() == column && self.is_indicator(b':');
        Ok((key, has_value))
    }

    /// Reads the value of a key of a mapping at `column`; `at` is where it would be if there is none.
    fn block_value(&mut self, column: usize, at: Origin) -> Result<Node, ParseError> {
        self.cursor.skip_to_token();
        if self.is_value_over(Some(column), true) {
            return self.empty(&Properties::default(), at);
        }
        self.block_node(Some(column), true)
    }

    /// Reads a list whose first `-` stands here; an `indentless` one has the column of the mapping around.
    fn block_sequence(&mut self, indentless: bool) -> Result<Node, ParseError> {
        if !self.cursor.key_allowed {
            return Err(self.cursor.error(Syntax::ItemNotHere));
        }
        let at = self.cursor.origin();
        let column = self.cursor.column();
        let mut items = Vec::new();
        loop {
            let dash = self.cursor.origin();
            self.cursor.position += 1;
            self.cursor.key_allowed = true;
            self.cursor.skip_to_token();
            let item = if self.is_value_over(Some(column), false) {
                self.empty(&Properties::default(), dash)?
            } else {
                self.block_node(Some(column), false)?
            };
            items.push(item);
            self.cursor.skip_to_token();
            if self.is_left_of(column) {
                break;
            }
            if self.cursor.column() > column {
                return Err(self.misplaced(Syntax::ExpectedItem));
            }
            if !self.is_indicator(b'-') {
                if indentless {
                    break;
                }
                return Err(self.misplaced(Syntax::ExpectedItem));
            }
        }
        self.sequence(items, at)
    }

    fn is_indicator(&self, byte: u8) -> bool {
        self.cursor.byte() == byte && self.cursor.is_space_ahead(1)
    }

    /// Tells whether the token here is left of a column, or the document ends.
    fn is_left_of(&self, column: usize) -> bool {
        self.cursor.is_document_end() || self.cursor.column() < column
    }

    /// Tells whether the token here is no part of a value inside a collection at `indent`.
    fn is_value_over(&self, indent: Indent, in_mapping: bool) -> bool {
        if self.cursor.is_document_end() {
            return true;
        }
        let Some(indent) = indent else { return false };
        let column = self.cursor.column();
        // A block scalar may stand beside what it is the value of: its lines are indented all the same.
        let is_beside =
            matches!(self.cursor.byte(), b'|' | b'>') || in_mapping && self.is_indicator(b'-');
        column < indent || column == indent && !is_beside
    }

    /// Explains a token that nothing expects at its place.
    fn misplaced(&self, otherwise: Syntax) -> ParseError {
        let problem = match self.cursor.byte() {
            b'\t' => Syntax::Tab,
            b':' if !self.cursor.key_allowed => Syntax::ValueNotHere,
            _ => otherwise,
        };
        self.cursor.error(problem)
    }
}
