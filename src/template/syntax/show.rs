//! Trees as text, for messages: `<include "x" .>`.

use std::fmt;

use super::tree::{Command, Name, Number, Operand, OperandKind, Pipeline};
use crate::template::print::quoted;

/// The most bytes of code in a message.
const LONGEST: usize = 20;

/// Code as the reference shows it in an error: cut where it is long.
pub(in crate::template) fn shortened(code: &impl fmt::Display) -> String {
    let code = code.to_string();
    if code.len() <= LONGEST {
        return code;
    }
    let mut end = LONGEST;
    while !code.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", code.get(..end).unwrap_or_default())
}

impl fmt::Display for Pipeline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.declared.is_empty() {
            let sign = if self.is_assignment { "=" } else { ":=" };
            write!(formatter, "{} {sign} ", self.declared.join(", "))?;
        }
        for (place, command) in self.commands.iter().enumerate() {
            if place > 0 {
                formatter.write_str(" | ")?;
            }
            command.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, operand) in self.operands.iter().enumerate() {
            if place > 0 {
                formatter.write_str(" ")?;
            }
            operand.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = |formatter: &mut fmt::Formatter<'_>, fields: &[Name]| {
            fields
                .iter()
                .try_for_each(|field| write!(formatter, ".{field}"))
        };
        match &self.kind {
            OperandKind::Dot => formatter.write_str("."),
            OperandKind::Nil => formatter.write_str("nil"),
            OperandKind::Bool(truth) => truth.fmt(formatter),
            OperandKind::Number(number) => number.fmt(formatter),
            OperandKind::Str(text) => formatter.write_str(&String::from_utf8_lossy(&quoted(text))),
            OperandKind::Field(names) => fields(formatter, names),
            OperandKind::Variable(name, names) => {
                formatter.write_str(name)?;
                fields(formatter, names)
            }
            OperandKind::Function(function) => formatter.write_str(function.name),
            OperandKind::Chain(operand, names) => {
                operand.fmt(formatter)?;
                fields(formatter, names)
            }
            OperandKind::Pipeline(pipeline) => write!(formatter, "({pipeline})"),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.int, self.uint, self.float) {
            (Some(int), ..) if !self.is_float_text => int.fmt(formatter),
            (_, Some(uint), _) if !self.is_float_text => uint.fmt(formatter),
            (_, _, Some(float)) => float.fmt(formatter),
            _ => formatter.write_str("number"),
        }
    }
}
