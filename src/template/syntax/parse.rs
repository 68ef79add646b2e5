//! Texts, actions and what they enclose.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use super::lex::{Item, LexError, Lexer, Token};
use super::text::Definition;
use super::tree::{Branch, Command, Name, Node, Operand, Template, is_empty, slice};
use crate::template::Functions;
use crate::template::print::unquoted;
use crate::template::stack::with_stack;

/// How deep actions, and parentheses, may nest.
const DEPTH: usize = 500;

/// A place in the text, and what is wrong there.
pub(super) type Failure = (u32, String);

/// How a list of nodes ended.
enum End {
    End,
    /// At a bare `else`, or before the `if` or `with` of `else if`.
    Else,
}

/// Reads tokens and builds nodes.
pub(super) struct Parser<'p> {
    pub(super) text: &'p [u8],
    pub(super) functions: &'p Functions,
    lexer: Lexer<'p>,
    /// What comes behind the tokens that were read.
    no_token: Option<LexError>,
    /// The tokens read since the last text or action began, and which of them is next.
    pub(super) items: Vec<Item>,
    pub(super) at: usize,
    /// Parts of what is under way, the innermost last.
    pub(super) nodes: Vec<Node>,
    pub(super) commands: Vec<Command>,
    pub(super) operands: Vec<Operand>,
    pub(super) fields: Vec<Name>,
    pub(super) variables: Vec<Name>,
    pub(super) range_depth: usize,
    pub(super) depth: usize,
    pub(super) definitions: Vec<Definition>,
    pub(super) names: HashMap<&'p [u8], Name, FxBuildHasher>,
}

impl<'p> Parser<'p> {
    pub(super) fn new(text: &'p [u8], functions: &'p Functions) -> Self {
        Self {
            text,
            functions,
            lexer: Lexer::new(text),
            no_token: None,
            items: Vec::new(),
            at: 0,
            nodes: Vec::new(),
            commands: Vec::new(),
            operands: Vec::new(),
            fields: Vec::new(),
            variables: vec!["$".into()],
            range_depth: 0,
            depth: 0,
            definitions: Vec::new(),
            names: HashMap::default(),
        }
    }

    pub(super) fn next(&mut self) -> Result<Item, Failure> {
        loop {
            if let Some(item) = self.items.get(self.at) {
                self.at += 1;
                return Ok(*item);
            }
            self.read()?;
        }
    }

    /// Reads tokens to the next end of a text or of an action. What is no token is a mistake once all before it were
    /// understood.
    fn read(&mut self) -> Result<(), Failure> {
        if let Some(LexError { pos, message }) = self.no_token.take() {
            return Err((pos, message));
        }
        self.no_token = self.lexer.read(&mut self.items).err();
        Ok(())
    }

    pub(super) fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    pub(super) fn peek(&mut self) -> Result<Item, Failure> {
        let item = self.next()?;
        self.back();
        Ok(item)
    }

    /// Drops the tokens that were read, all of which were understood.
    fn forget(&mut self) {
        if self.at == self.items.len() {
            self.items.clear();
            self.at = 0;
        }
    }

    pub(super) fn bytes(&self, item: &Item) -> &'p [u8] {
        slice(self.text, &item.range())
    }

    pub(super) fn word(&mut self, item: &Item) -> Name {
        self.name(self.bytes(item))
    }

    /// A name, one for all places where it stands in the text.
    pub(super) fn name(&mut self, bytes: &'p [u8]) -> Name {
        let new = || String::from_utf8_lossy(bytes).into();
        self.names.entry(bytes).or_insert_with(new).clone()
    }

    pub(super) fn unexpected<T>(&mut self, item: &Item, context: &str) -> Result<T, Failure> {
        let shown = match item.token {
            Token::Eof => "EOF".to_owned(),
            Token::Text => "text".to_owned(),
            Token::Block
            | Token::Break
            | Token::Continue
            | Token::Define
            | Token::Else
            | Token::End
            | Token::If
            | Token::Range
            | Token::Template
            | Token::With => format!("<{}>", self.word(item)),
            _ => format!("{:?}", self.word(item)),
        };
        Err((item.start, format!("unexpected {shown} in {context}")))
    }

    fn expect(&mut self, token: Token, context: &str) -> Result<Item, Failure> {
        let item = self.next()?;
        if item.token == token {
            Ok(item)
        } else {
            self.unexpected(&item, context)
        }
    }

    pub(super) fn deeper(&mut self, pos: u32) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err((
                pos,
                format!("more than {DEPTH} actions or parentheses within each other"),
            ));
        }
        Ok(())
    }

    pub(super) fn file(&mut self) -> Result<Arc<[Node]>, Failure> {
        loop {
            self.forget();
            let item = self.peek()?;
            match item.token {
                Token::Eof => return Ok(self.nodes.drain(..).collect()),
                Token::LeftDelim => {
                    self.next()?;
                    if self.next()?.token == Token::Define {
                        self.definition()?;
                        continue;
                    }
                    // Back to the delimiter.
                    self.back();
                    self.back();
                }
                _ => {}
            }
            match self.text_or_action()? {
                Ok(node) => self.nodes.push(node),
                Err(End::End) => return Err((item.start, "unexpected {{end}}".to_owned())),
                Err(End::Else) => return Err((item.start, "unexpected {{else}}".to_owned())),
            }
        }
    }

    fn definition(&mut self) -> Result<(), Failure> {
        let context = "define clause";
        let item = self.next()?;
        let name = self.template_name(&item, context)?;
        self.expect(Token::RightDelim, context)?;
        self.body(&name, item.start, context)
    }

    /// Parses up to `end` what becomes a template of its own.
    fn body(&mut self, name: &Name, pos: u32, context: &str) -> Result<(), Failure> {
        self.deeper(pos)?;
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let range_depth = std::mem::take(&mut self.range_depth);
        let (root, end) = self.list()?;
        self.variables = variables;
        self.range_depth = range_depth;
        self.depth -= 1;
        if matches!(end, End::Else) {
            return Err((pos, format!("unexpected {{{{else}}}} in {context}")));
        }
        let new = Definition {
            name: name.clone(),
            root: root.into(),
        };
        let mut known = self.definitions.iter_mut();
        match known.find(|known| known.name == *name) {
            None => self.definitions.push(new),
            Some(known) if is_empty(&known.root, self.text) => *known = new,
            Some(_) if is_empty(&new.root, self.text) => {}
            Some(_) => {
                return Err((
                    pos,
                    format!("template: multiple definition of template {name:?}"),
                ));
            }
        }
        Ok(())
    }

    fn template_name(&mut self, item: &Item, context: &str) -> Result<Name, Failure> {
        match item.token {
            Token::Str | Token::RawStr => {
                let name =
                    unquoted(self.bytes(item)).ok_or((item.start, "invalid syntax".to_owned()))?;
                Ok(String::from_utf8_lossy(&name).into())
            }
            _ => self.unexpected(item, context),
        }
    }

    fn list(&mut self) -> Result<(Box<[Node]>, End), Failure> {
        with_stack(|| self.nodes())
    }

    fn nodes(&mut self) -> Result<(Box<[Node]>, End), Failure> {
        let first = self.nodes.len();
        loop {
            self.forget();
            let item = self.peek()?;
            if item.token == Token::Eof {
                return Err((item.start, "unexpected EOF".to_owned()));
            }
            match self.text_or_action()? {
                Ok(node) => self.nodes.push(node),
                Err(end) => return Ok((self.nodes.split_off(first).into(), end)),
            }
        }
    }

    fn text_or_action(&mut self) -> Result<Result<Node, End>, Failure> {
        let item = self.next()?;
        match item.token {
            Token::Text => Ok(Ok(Node::Text(item.range()))),
            Token::LeftDelim => self.action(),
            _ => self.unexpected(&item, "input"),
        }
    }

    fn action(&mut self) -> Result<Result<Node, End>, Failure> {
        let item = self.next()?;
        Ok(Ok(match item.token {
            Token::Block => self.block()?,
            Token::Break | Token::Continue => {
                let word = self.word(&item);
                self.expect(Token::RightDelim, &format!("{{{{{word}}}}}"))?;
                if self.range_depth == 0 {
                    return Err((item.start, format!("{{{{{word}}}}} outside {{{{range}}}}")));
                }
                if item.token == Token::Break {
                    Node::Break
                } else {
                    Node::Continue
                }
            }
            Token::Else => {
                let next = self.peek()?;
                if !matches!(next.token, Token::If | Token::With) {
                    self.expect(Token::RightDelim, "else")?;
                }
                return Ok(Err(End::Else));
            }
            Token::End => {
                self.expect(Token::RightDelim, "end")?;
                return Ok(Err(End::End));
            }
            Token::If => Node::If(self.branch(&item, "if")?),
            Token::Range => Node::Range(self.branch(&item, "range")?),
            Token::With => Node::With(self.branch(&item, "with")?),
            Token::Template => self.template()?,
            _ => {
                self.back();
                Node::Action(self.pipeline("command", Token::RightDelim)?)
            }
        }))
    }

    fn branch(&mut self, item: &Item, context: &str) -> Result<Box<Branch>, Failure> {
        self.deeper(item.start)?;
        let variables = self.variables.len();
        let pipeline = self.pipeline(context, Token::RightDelim)?;
        let is_range = usize::from(context == "range");
        self.range_depth += is_range;
        let (list, end) = self.list()?;
        self.range_depth -= is_range;
        let otherwise = match end {
            End::End => None,
            End::Else => {
                let next = self.peek()?;
                match next.token {
                    Token::If if context == "if" => {
                        self.next()?;
                        Some([Node::If(self.branch(&next, "if")?)].into())
                    }
                    Token::With if context == "with" => {
                        self.next()?;
                        Some([Node::With(self.branch(&next, "with")?)].into())
                    }
                    _ => {
                        let (list, end) = self.list()?;
                        if matches!(end, End::Else) {
                            return Err((next.start, "expected end; found {{else}}".to_owned()));
                        }
                        Some(list)
                    }
                }
            }
        };
        self.variables.truncate(variables);
        self.depth -= 1;
        Ok(Box::new(Branch {
            pos: pipeline.pos,
            pipeline,
            list,
            otherwise,
        }))
    }

    fn block(&mut self) -> Result<Node, Failure> {
        let context = "block clause";
        let item = self.next()?;
        let name = self.template_name(&item, context)?;
        let pipeline = self.pipeline(context, Token::RightDelim)?;
        self.body(&name, item.start, context)?;
        Ok(Node::Template(Box::new(Template {
            pos: item.start,
            name,
            pipeline: Some(pipeline),
        })))
    }

    fn template(&mut self) -> Result<Node, Failure> {
        let context = "template clause";
        let item = self.next()?;
        let name = self.template_name(&item, context)?;
        let next = self.next()?;
        let pipeline = if next.token == Token::RightDelim {
            None
        } else {
            self.back();
            Some(self.pipeline(context, Token::RightDelim)?)
        };
        Ok(Node::Template(Box::new(Template {
            pos: item.start,
            name,
            pipeline,
        })))
    }
}
