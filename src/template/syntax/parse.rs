//! Tokens become trees.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use super::lex::{Item, LexError, Lexer, Token};
use super::literal;
use super::tree::{
    Branch, Command, Name, Node, Operand, OperandKind, Pipeline, Source, Template, Tree, is_empty,
    slice,
};
use crate::template::Functions;
use crate::template::print::unquoted;
use crate::template::stack::with_stack;

/// How deep actions, and parentheses, may nest.
const DEPTH: usize = 500;

/// The largest text, in bytes.
const LONGEST: usize = 64 << 20;

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// The name of the text.
    pub name: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The byte in the line, from 0.
    pub column: u32,
    /// What is wrong, in the words of the reference.
    pub message: String,
}

/// The templates of one text.
#[derive(Debug)]
pub(in crate::template) struct Parsed {
    /// The text itself, without its definitions.
    pub(in crate::template) main: Arc<Tree>,
    /// What `define` and `block` define, and `main`, in the order of their ends.
    pub(in crate::template) trees: Vec<Arc<Tree>>,
}

/// What a text is, whatever its name: several texts may share it.
#[derive(Debug)]
pub(in crate::template) struct Body {
    root: Arc<[Node]>,
    /// What `define` and `block` define, in the order of their ends.
    definitions: Vec<Definition>,
}

#[derive(Debug)]
struct Definition {
    name: Name,
    root: Arc<[Node]>,
}

/// Parses a text of that name.
pub(in crate::template) fn parse(
    name: &str,
    text: Arc<[u8]>,
    functions: &Functions,
) -> Result<Parsed, ParseError> {
    let body = body(name, &text, functions)?;
    named(name, text, &body)
}

/// Parses a text; its name is for messages only.
pub(in crate::template) fn body(
    name: &str,
    text: &Arc<[u8]>,
    functions: &Functions,
) -> Result<Body, ParseError> {
    let source = || Source::new(name, Arc::clone(text));
    if text.len() > LONGEST {
        let message = format!("the template has more than {} MiB", LONGEST >> 20);
        return Err(at_start(&source(), message));
    }
    let mut parser = Parser::new(text, functions);
    let root = parser.file().map_err(|(pos, message)| {
        let source = source();
        let (line, column) = source.line_and_column(pos);
        ParseError {
            name: source.name,
            line,
            column,
            message,
        }
    })?;
    Ok(Body {
        root,
        definitions: parser.definitions,
    })
}

/// The templates of a text of that name, which was parsed before.
pub(in crate::template) fn named(
    name: &str,
    text: Arc<[u8]>,
    body: &Body,
) -> Result<Parsed, ParseError> {
    let source = Arc::new(Source::new(name, text));
    let tree = |name: &Name, root: &Arc<[Node]>| {
        Arc::new(Tree {
            name: name.clone(),
            source: source.clone(),
            root: root.clone(),
        })
    };
    let main = tree(&source.name, &body.root);
    let definitions = body.definitions.iter();
    let mut trees: Vec<Arc<Tree>> = definitions
        .map(|definition| tree(&definition.name, &definition.root))
        .collect();
    match trees.iter().position(|tree| tree.name == main.name) {
        None => trees.push(main.clone()),
        Some(place)
            if trees
                .get(place)
                .is_some_and(|tree| is_empty(&tree.root, &source.text)) =>
        {
            trees.remove(place);
            trees.push(main.clone());
        }
        Some(_) if is_empty(&main.root, &source.text) => {}
        Some(_) => {
            let message = format!("template: multiple definition of template {name:?}");
            return Err(at_start(&source, message));
        }
    }
    Ok(Parsed { main, trees })
}

fn at_start(source: &Source, message: String) -> ParseError {
    ParseError {
        name: source.name.clone(),
        line: 1,
        column: 0,
        message,
    }
}

type Failure = (u32, String);

/// How a list of nodes ended.
enum End {
    End,
    /// At a bare `else`, or before the `if` or `with` of `else if`.
    Else,
}

struct Parser<'p> {
    text: &'p [u8],
    functions: &'p Functions,
    lexer: Lexer<'p>,
    /// The tokens read since the last text or action began, and which of them is next.
    items: Vec<Item>,
    at: usize,
    /// Parts of what is under way, the innermost last.
    nodes: Vec<Node>,
    commands: Vec<Command>,
    operands: Vec<Operand>,
    fields: Vec<Name>,
    variables: Vec<Name>,
    range_depth: usize,
    depth: usize,
    definitions: Vec<Definition>,
    names: HashMap<&'p [u8], Name, FxBuildHasher>,
}

impl<'p> Parser<'p> {
    fn new(text: &'p [u8], functions: &'p Functions) -> Self {
        Self {
            text,
            functions,
            lexer: Lexer::new(text),
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

    fn next(&mut self) -> Result<Item, Failure> {
        if let Some(item) = self.items.get(self.at) {
            self.at += 1;
            return Ok(*item);
        }
        let item = self
            .lexer
            .next()
            .map_err(|LexError { pos, message }| (pos, message))?;
        self.items.push(item);
        self.at += 1;
        Ok(item)
    }

    fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    fn peek(&mut self) -> Result<Item, Failure> {
        let item = self.next()?;
        self.back();
        Ok(item)
    }

    fn next_non_space(&mut self) -> Result<Item, Failure> {
        loop {
            let item = self.next()?;
            if item.token != Token::Space {
                return Ok(item);
            }
        }
    }

    /// Drops the tokens that were read, all of which were understood.
    fn forget(&mut self) {
        if self.at == self.items.len() {
            self.items.clear();
            self.at = 0;
        }
    }

    fn peek_non_space(&mut self) -> Result<Item, Failure> {
        let item = self.next_non_space()?;
        self.back();
        Ok(item)
    }

    fn bytes(&self, item: &Item) -> &'p [u8] {
        slice(self.text, &item.range())
    }

    fn word(&mut self, item: &Item) -> Name {
        self.name(self.bytes(item))
    }

    /// A name, one for all places where it stands in the text.
    fn name(&mut self, bytes: &'p [u8]) -> Name {
        let new = || String::from_utf8_lossy(bytes).into();
        self.names.entry(bytes).or_insert_with(new).clone()
    }

    fn unexpected<T>(&mut self, item: &Item, context: &str) -> Result<T, Failure> {
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
        let item = self.next_non_space()?;
        if item.token == token {
            Ok(item)
        } else {
            self.unexpected(&item, context)
        }
    }

    fn deeper(&mut self, pos: u32) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err((
                pos,
                format!("more than {DEPTH} actions or parentheses within each other"),
            ));
        }
        Ok(())
    }

    fn file(&mut self) -> Result<Arc<[Node]>, Failure> {
        loop {
            self.forget();
            let item = self.peek()?;
            match item.token {
                Token::Eof => return Ok(self.nodes.drain(..).collect()),
                Token::LeftDelim => {
                    self.next()?;
                    if self.next_non_space()?.token == Token::Define {
                        self.definition()?;
                        continue;
                    }
                    // Back to the delimiter, whatever space was passed.
                    self.back();
                    while self
                        .items
                        .get(self.at)
                        .is_some_and(|found| found.start > item.start)
                    {
                        self.back();
                    }
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
        let item = self.next_non_space()?;
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
            let item = self.peek_non_space()?;
            if item.token == Token::Eof {
                return Err((item.start, "unexpected EOF".to_owned()));
            }
            match self.text_or_action()? {
                Ok(node) => self.nodes.push(node),
                Err(end) => return Ok((self.nodes.drain(first..).collect(), end)),
            }
        }
    }

    fn text_or_action(&mut self) -> Result<Result<Node, End>, Failure> {
        let item = self.next_non_space()?;
        match item.token {
            Token::Text => Ok(Ok(Node::Text(item.range()))),
            Token::LeftDelim => self.action(),
            _ => self.unexpected(&item, "input"),
        }
    }

    fn action(&mut self) -> Result<Result<Node, End>, Failure> {
        let item = self.next_non_space()?;
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
                let next = self.peek_non_space()?;
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
        let item = self.next_non_space()?;
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
        let item = self.next_non_space()?;
        let name = self.template_name(&item, context)?;
        let next = self.next_non_space()?;
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

    fn pipeline(&mut self, context: &str, end: Token) -> Result<Pipeline, Failure> {
        let first = self.peek_non_space()?;
        let mut pipeline = Pipeline {
            pos: first.start,
            declared: Box::default(),
            is_assignment: false,
            commands: Box::default(),
        };
        self.declarations(&mut pipeline, context)?;
        let before = self.commands.len();
        loop {
            let item = self.next_non_space()?;
            if item.token == end {
                pipeline.commands = self.commands.drain(before..).collect();
                Self::check(&pipeline, context)?;
                return Ok(pipeline);
            }
            match item.token {
                Token::Bool
                | Token::CharConstant
                | Token::Complex
                | Token::Dot
                | Token::Field
                | Token::Identifier
                | Token::Number
                | Token::Nil
                | Token::RawStr
                | Token::Str
                | Token::Variable
                | Token::LeftParen => {
                    self.back();
                    let command = self.command()?;
                    self.commands.push(command);
                }
                _ => return self.unexpected(&item, context),
            }
        }
    }

    /// `$x :=`, `$x =`, `$i, $x :=`
    fn declarations(&mut self, pipeline: &mut Pipeline, context: &str) -> Result<(), Failure> {
        let mut declared = Vec::new();
        loop {
            let variable = self.peek_non_space()?;
            if variable.token != Token::Variable {
                return Ok(());
            }
            let start = self.at;
            self.next()?;
            let next = self.next_non_space()?;
            match next.token {
                Token::Assign | Token::Declare => {
                    pipeline.is_assignment = next.token == Token::Assign;
                    let name = self.word(&variable);
                    declared.push(name.clone());
                    self.variables.push(name);
                    pipeline.declared = declared.into();
                    return Ok(());
                }
                Token::Char if self.bytes(&next) == b"," => {
                    let name = self.word(&variable);
                    declared.push(name.clone());
                    self.variables.push(name);
                    if context == "range" && declared.len() < 2 {
                        match self.peek_non_space()?.token {
                            Token::Variable | Token::RightDelim | Token::RightParen => continue,
                            _ => {
                                return Err((
                                    next.start,
                                    "range can only initialize variables".to_owned(),
                                ));
                            }
                        }
                    }
                    return Err((next.start, format!("too many declarations in {context}")));
                }
                _ => {
                    // An argument after all.
                    self.at = start;
                    return Ok(());
                }
            }
        }
    }

    fn check(pipeline: &Pipeline, context: &str) -> Result<(), Failure> {
        if pipeline.commands.is_empty() {
            return Err((pipeline.pos, format!("missing value for {context}")));
        }
        for (place, command) in pipeline.commands.iter().enumerate().skip(1) {
            let first = command.operands.first().map(|operand| &operand.kind);
            if matches!(
                first,
                Some(
                    OperandKind::Bool(_)
                        | OperandKind::Dot
                        | OperandKind::Nil
                        | OperandKind::Number(_)
                        | OperandKind::Str(_)
                )
            ) {
                let stage = place + 1;
                return Err((
                    pipeline.pos,
                    format!("non executable command in pipeline stage {stage}"),
                ));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command, Failure> {
        let pos = self.peek_non_space()?.start;
        let before = self.operands.len();
        loop {
            self.peek_non_space()?;
            if let Some(operand) = self.operand()? {
                self.operands.push(operand);
            }
            let item = self.next()?;
            match item.token {
                Token::Space => continue,
                Token::RightDelim | Token::RightParen => self.back(),
                Token::Pipe => {}
                _ => return self.unexpected(&item, "operand"),
            }
            break;
        }
        if self.operands.len() == before {
            return Err((pos, "empty command".to_owned()));
        }
        Ok(Command {
            operands: self.operands.drain(before..).collect(),
        })
    }

    fn operand(&mut self) -> Result<Option<Operand>, Failure> {
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        let next = self.peek()?;
        if next.token != Token::Field {
            return Ok(Some(operand));
        }
        match &mut operand.kind {
            OperandKind::Variable(_, own) => {
                *own = self.field_names(None)?;
                Ok(Some(operand))
            }
            OperandKind::Bool(_)
            | OperandKind::Str(_)
            | OperandKind::Number(_)
            | OperandKind::Nil
            | OperandKind::Dot => Err((
                next.start,
                format!("unexpected . after term {:?}", operand.to_string()),
            )),
            _ => Ok(Some(Operand {
                pos: next.start,
                kind: OperandKind::Chain(Box::new(operand), self.field_names(None)?),
            })),
        }
    }

    /// The fields that follow, behind a first one.
    fn field_names(&mut self, first: Option<Name>) -> Result<Box<[Name]>, Failure> {
        let before = self.fields.len();
        self.fields.extend(first);
        while self.peek()?.token == Token::Field {
            let item = self.next()?;
            let name = self.field_name(&item);
            self.fields.push(name);
        }
        Ok(self.fields.drain(before..).collect())
    }

    fn field_name(&mut self, item: &Item) -> Name {
        let name = self.bytes(item).get(1..).unwrap_or_default();
        self.name(name)
    }

    fn term(&mut self) -> Result<Option<Operand>, Failure> {
        let item = self.next_non_space()?;
        let kind = match item.token {
            Token::Identifier => {
                let name = self.bytes(&item);
                let known = std::str::from_utf8(name).ok();
                let Some(function) = known.and_then(|name| self.functions.get(name)) else {
                    let name = String::from_utf8_lossy(name);
                    return Err((item.start, format!("function {name:?} not defined")));
                };
                OperandKind::Function(function)
            }
            Token::Dot => OperandKind::Dot,
            Token::Nil => OperandKind::Nil,
            Token::Variable => {
                let name = self.word(&item);
                if !self.variables.contains(&name) {
                    return Err((item.start, format!("undefined variable {name:?}")));
                }
                OperandKind::Variable(name, Box::default())
            }
            Token::Field => {
                let first = self.field_name(&item);
                OperandKind::Field(self.field_names(Some(first))?)
            }
            Token::Bool => OperandKind::Bool(self.bytes(&item) == b"true"),
            Token::CharConstant | Token::Complex | Token::Number => {
                let text = self.word(&item);
                match literal::number(&text, item.token == Token::Complex) {
                    Some(number) => OperandKind::Number(Box::new(number)),
                    None => return Err((item.start, format!("illegal number syntax: {text:?}"))),
                }
            }
            Token::LeftParen => {
                self.deeper(item.start)?;
                let inner = || self.pipeline("parenthesized pipeline", Token::RightParen);
                let pipeline = with_stack(inner)?;
                self.depth -= 1;
                OperandKind::Pipeline(Box::new(pipeline))
            }
            Token::Str | Token::RawStr => match unquoted(self.bytes(&item)) {
                Some(text) => OperandKind::Str(text.into()),
                None => return Err((item.start, "invalid syntax".to_owned())),
            },
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Operand {
            pos: item.start,
            kind,
        }))
    }
}
