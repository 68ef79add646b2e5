//! Pipelines: what stands in an action or in parentheses.

use super::lex::{Item, Token};
use super::literal;
use super::parse::{Failure, Parser};
use super::tree::{Command, Name, Operand, OperandKind, Pipeline};
use crate::template::print::unquoted;
use crate::template::stack::with_stack;

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Token) -> Result<Pipeline, Failure> {
        let first = self.peek()?;
        let mut pipeline = Pipeline {
            pos: first.start,
            declared: Box::default(),
            is_assignment: false,
            commands: Box::default(),
        };
        self.declarations(&mut pipeline, context)?;
        let before = self.commands.len();
        loop {
            let item = self.next()?;
            if item.token == end {
                pipeline.commands = self.commands.split_off(before).into();
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
            let variable = self.peek()?;
            if variable.token != Token::Variable {
                return Ok(());
            }
            let start = self.at;
            self.next()?;
            let next = self.next()?;
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
                        match self.peek()?.token {
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
        let pos = self.peek()?.start;
        let before = self.operands.len();
        loop {
            let operand = self.operand()?;
            let is_operand = operand.is_some();
            self.operands.extend(operand);
            let item = self.next()?;
            match item.token {
                _ if is_operand && item.is_spaced => {
                    self.back();
                    continue;
                }
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
            operands: self.operands.split_off(before).into(),
        })
    }

    fn operand(&mut self) -> Result<Option<Operand>, Failure> {
        let Some(mut operand) = self.term()? else {
            return Ok(None);
        };
        let next = self.peek()?;
        if next.token != Token::Field || next.is_spaced {
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
        loop {
            let item = self.peek()?;
            if item.token != Token::Field || item.is_spaced {
                break;
            }
            self.at += 1;
            let name = self.field_name(&item);
            self.fields.push(name);
        }
        Ok(self.fields.split_off(before).into())
    }

    fn field_name(&mut self, item: &Item) -> Name {
        let name = self.bytes(item).get(1..).unwrap_or_default();
        self.name(name)
    }

    fn term(&mut self) -> Result<Option<Operand>, Failure> {
        let item = self.next()?;
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
