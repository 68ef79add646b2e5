//! Pipelines, commands and operands.

use super::{Frame, Held};
use crate::template::stack::with_stack;
use crate::template::syntax::tree::{Command, Name, Number, Operand, OperandKind, Pipeline};
use crate::template::{ExecError, Value};

impl Frame<'_, '_> {
    /// Computes a pipeline and sets its variables. What is declared stays until the surrounding action ends.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline, dot: &Held) -> Result<Value, ExecError> {
        let mut value = None;
        for command in &pipeline.commands {
            let next = self.command(command, dot, value.as_ref())?;
            value = Some(next.value);
        }
        let value = value.unwrap_or_default();
        for name in &pipeline.declared {
            let held = Held::plain(value.clone());
            if pipeline.is_assignment {
                self.assign(name, held);
            } else {
                self.variables.push((name.clone(), held));
            }
        }
        Ok(value)
    }

    pub(super) fn assign(&mut self, name: &Name, held: Held) {
        if let Some((_, variable)) = self
            .variables
            .iter_mut()
            .rev()
            .find(|(known, _)| known == name)
        {
            *variable = held;
        }
    }

    fn variable(&self, name: &Name) -> Held {
        let found = self.variables.iter().rev().find(|(known, _)| known == name);
        found.map_or_else(|| Held::plain(Value::NIL), |(_, held)| held.clone())
    }

    fn command(
        &mut self,
        command: &Command,
        dot: &Held,
        last: Option<&Value>,
    ) -> Result<Held, ExecError> {
        self.step()?;
        let Some(first) = command.operands.first() else {
            return Ok(Held::plain(Value::NIL));
        };
        let operands = &*command.operands;
        match &first.kind {
            OperandKind::Field(names) => {
                return self.fields(dot, dot.clone(), first, names, operands, last);
            }
            OperandKind::Variable(name, names) if !names.is_empty() => {
                let receiver = self.variable(name);
                return self.fields(dot, receiver, first, names, operands, last);
            }
            OperandKind::Chain(inner, names) => {
                let receiver = self.chained(dot, inner)?;
                return self.fields(dot, receiver, first, names, operands, last);
            }
            OperandKind::Function(function) => {
                return self.function(dot, first, function, operands, (None, last));
            }
            _ => {}
        }
        self.at = first.pos;
        if operands.len() > 1 || last.is_some() {
            return self.error(
                first,
                format!("can't give argument to non-function {first}"),
            );
        }
        match &first.kind {
            OperandKind::Nil => self.error(first, "nil is not a command"),
            _ => self.operand(dot, first),
        }
    }

    /// The value whose fields a chain follows.
    fn chained(&mut self, dot: &Held, inner: &Operand) -> Result<Held, ExecError> {
        match &inner.kind {
            OperandKind::Nil => {
                self.at = inner.pos;
                self.error(
                    inner,
                    format!("indirection through explicit nil in {inner}"),
                )
            }
            _ => self.operand(dot, inner),
        }
    }

    /// An operand by itself, whatever its type should be.
    pub(super) fn operand(&mut self, dot: &Held, operand: &Operand) -> Result<Held, ExecError> {
        self.at = operand.pos;
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Held::plain(Value::NIL)),
            OperandKind::Bool(truth) => Ok(Held::plain((*truth).into())),
            OperandKind::Number(number) => match ideal(number) {
                Ok(value) => Ok(Held::plain(value)),
                Err(message) => self.error(operand, message),
            },
            OperandKind::Str(text) => Ok(Held::plain(Value::str(text.as_ref()))),
            OperandKind::Field(names) => self.fields(dot, dot.clone(), operand, names, &[], None),
            OperandKind::Variable(name, names) => {
                let receiver = self.variable(name);
                self.fields(dot, receiver, operand, names, &[], None)
            }
            OperandKind::Function(function) => {
                self.function(dot, operand, function, &[], (None, None))
            }
            OperandKind::Chain(inner, names) => {
                let receiver = self.chained(dot, inner)?;
                self.fields(dot, receiver, operand, names, &[], None)
            }
            OperandKind::Pipeline(pipeline) => {
                with_stack(|| self.pipeline(pipeline, dot)).map(Held::plain)
            }
        }
    }
}

/// What a number is where nothing says what it should be.
pub(super) fn ideal(number: &Number) -> Result<Value, String> {
    if number.is_complex {
        return Err("complex numbers are not supported".to_owned());
    }
    match (number.int, number.uint, number.float) {
        (Some(int), ..) if !number.is_float_text => Ok(Value::int(int)),
        (None, Some(uint), _) if !number.is_float_text => Err(format!("{uint} overflows int")),
        (_, _, Some(float)) => Ok(float.into()),
        _ => Err("illegal number".to_owned()),
    }
}
