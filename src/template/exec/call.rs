//! Calls: arguments are counted, computed, checked and converted as Go's reflection does.

use super::eval::ideal;
use super::{Frame, Held};
use crate::template::func::duration;
use crate::template::syntax::tree::{Operand, OperandKind};
use crate::template::{
    Elem, ExecError, Function, IntType, Kind, List, Map, Origin, Param, UintType, Value,
};

impl Frame<'_, '_> {
    /// Calls a function with `operands` behind the first, and with `last`, the value of the command before; a method
    /// with the receiver before them.
    pub(super) fn function(
        &mut self,
        dot: &Held,
        node: &Operand,
        function: &Function,
        operands: &[Operand],
        (receiver, last): (Option<&Value>, Option<&Value>),
    ) -> Result<Held, ExecError> {
        let operands = operands.get(1..).unwrap_or_default();
        let given = operands.len() + usize::from(last.is_some());
        let params = function.params.len();
        let fixed = params - usize::from(function.is_variadic);
        self.at = node.pos;
        if function.is_variadic && given < fixed {
            return self.error(
                node,
                format!(
                    "wrong number of args for {}: want at least {fixed} got {given}",
                    function.name
                ),
            );
        }
        if !function.is_variadic && given != params {
            return self.error(
                node,
                format!(
                    "wrong number of args for {}: want {params} got {given}",
                    function.name
                ),
            );
        }
        if let "and" | "or" = function.name {
            return self.and_or(dot, function.name == "or", operands, last);
        }
        let param = |place: usize| {
            let place = if place < fixed {
                place
            } else {
                params.saturating_sub(1)
            };
            function.params.get(place).copied().unwrap_or(Param::Any)
        };
        let mut arguments = Vec::with_capacity(given + 1);
        arguments.extend(receiver.cloned());
        for (place, operand) in operands.iter().enumerate() {
            arguments.push(self.argument(dot, operand, param(place))?);
        }
        if let Some(last) = last {
            self.at = node.pos;
            match checked(Held::plain(last.clone()), param(operands.len())) {
                Ok(value) => arguments.push(value),
                Err(message) => return self.error(node, message),
            }
        }
        self.at = node.pos;
        let mut result = match (function.run)(self.run, &arguments) {
            Ok(result) => result,
            Err(error) => return Err(self.call_error(node, function.name, error)),
        };
        if self.run.drawn_by.is_some() {
            let source = &self.tree.source;
            let (line, _) = source.line_and_column(self.at);
            self.run.note_unreproducible(&source.name, line);
        }
        if result.origin == Origin::NONE
            && let Some(origins) = &mut self.run.origins
            && result.as_str().is_none_or(|text| text.trace().is_none())
        {
            result.origin = origins.of_all(&arguments);
        }
        Ok(Held::plain(result))
    }

    /// `and` and `or` compute no more arguments than decide.
    fn and_or(
        &mut self,
        dot: &Held,
        is_or: bool,
        operands: &[Operand],
        last: Option<&Value>,
    ) -> Result<Held, ExecError> {
        let mut value = Value::NIL;
        for operand in operands {
            value = self.argument(dot, operand, Param::Reflect)?;
            if value.truth() == is_or {
                return Ok(Held::plain(value));
            }
        }
        Ok(Held::plain(last.cloned().unwrap_or(value)))
    }

    /// The arguments of a method, of any type.
    pub(super) fn arguments_of_method(
        &mut self,
        dot: &Held,
        operands: &[Operand],
        last: Option<&Value>,
    ) -> Result<Vec<Value>, ExecError> {
        let mut arguments = Vec::new();
        for operand in operands.iter().skip(1) {
            arguments.push(self.argument(dot, operand, Param::Any)?);
        }
        arguments.extend(last.cloned());
        Ok(arguments)
    }

    fn argument(
        &mut self,
        dot: &Held,
        operand: &Operand,
        param: Param,
    ) -> Result<Value, ExecError> {
        self.at = operand.pos;
        let converted = match &operand.kind {
            OperandKind::Nil if can_be_nil(param) => checked(Held::plain(Value::NIL), param),
            OperandKind::Nil => Err(format!("cannot assign nil to {}", type_of(param))),
            OperandKind::Bool(_) | OperandKind::Number(_) | OperandKind::Str(_) => {
                literal(operand, param)
            }
            _ => {
                let held = self.operand(dot, operand)?;
                self.at = operand.pos;
                checked(held, param)
            }
        };
        match converted {
            Ok(value) => Ok(value),
            Err(message) => self.error(operand, message),
        }
    }
}

/// A literal as a parameter of that type.
fn literal(operand: &Operand, param: Param) -> Result<Value, String> {
    match (param, &operand.kind) {
        (Param::Any | Param::Reflect | Param::Bool, OperandKind::Bool(truth)) => {
            Ok((*truth).into())
        }
        (Param::Any | Param::Reflect | Param::Str, OperandKind::Str(text)) => {
            Ok(Value::str(text.as_ref()))
        }
        (Param::Any | Param::Reflect, OperandKind::Number(number)) => ideal(number),
        (Param::Int, OperandKind::Number(number)) if number.int.is_some() => {
            Ok(Value::int(number.int.unwrap_or_default()))
        }
        (Param::Int64, OperandKind::Number(number)) if number.int.is_some() => {
            Ok(Value::int64(number.int.unwrap_or_default()))
        }
        (Param::Duration, OperandKind::Number(number)) if number.int.is_some() => {
            Ok(duration::value(number.int.unwrap_or_default()))
        }
        (Param::Uint32, OperandKind::Number(number)) if number.uint.is_some() => {
            // Go cuts off what does not fit.
            let number = number.uint.unwrap_or_default() & u64::from(u32::MAX);
            Ok(Kind::Uint(number, UintType::Uint32).into())
        }
        (Param::Float64, OperandKind::Number(number)) if number.float.is_some() => {
            Ok(number.float.unwrap_or_default().into())
        }
        (Param::Bool, _) => Err(format!("expected bool; found {operand}")),
        (Param::Str, _) => Err(format!("expected string; found {operand}")),
        (Param::Int | Param::Int64 | Param::Duration, _) => {
            Err(format!("expected integer; found {operand}"))
        }
        (Param::Uint32, _) => Err(format!("expected unsigned integer; found {operand}")),
        (Param::Float64, _) => Err(format!("expected float; found {operand}")),
        _ => Err(format!(
            "can't handle {operand} for arg of type {}",
            type_of(param)
        )),
    }
}

/// A computed value as a parameter of that type.
fn checked(held: Held, param: Param) -> Result<Value, String> {
    let value = held.value;
    let origin = value.origin;
    let right = match (&value.kind, param) {
        (_, Param::Any | Param::Reflect)
        | (Kind::Str(_), Param::Str)
        | (Kind::Bool(_), Param::Bool)
        | (Kind::Int(_, IntType::Int), Param::Int)
        | (Kind::Int(_, IntType::Int64), Param::Int64)
        | (Kind::Int(_, IntType::Duration), Param::Duration)
        | (Kind::Uint(_, UintType::Uint32), Param::Uint32)
        | (Kind::Float(_), Param::Float64)
        | (Kind::Bytes(_), Param::Bytes) => true,
        (Kind::List(list), Param::List) => list.elem() == Elem::Any,
        (Kind::List(list), Param::Strings) => list.elem() == Elem::Str,
        (Kind::Map(map), Param::Map) if map.elem() == Elem::Any => {
            // Another type of the same make loses its name.
            if map.type_name().is_some() {
                return Ok(Value::from(map.clone().unnamed()).at(origin));
            }
            true
        }
        (Kind::Object(object), Param::Object(name)) => object.type_name() == name,
        (Kind::Nil, _) if held.is_interface => {
            return Err(format!(
                "wrong type for value; expected {}; got interface {{}}",
                type_of(param)
            ));
        }
        (Kind::Nil, Param::Map) => return Ok(Map::nil(Elem::Any).into()),
        (Kind::Nil, Param::List) => return Ok(List::nil(Elem::Any).into()),
        (Kind::Nil, Param::Strings) => return Ok(List::nil(Elem::Str).into()),
        (Kind::Nil, Param::Bytes) => return Ok(Kind::Bytes(std::rc::Rc::default()).into()),
        (Kind::Nil, _) => return Err(format!("invalid value; expected {}", type_of(param))),
        _ => false,
    };
    if right {
        return Ok(value);
    }
    Err(format!(
        "wrong type for value; expected {}; got {}",
        type_of(param),
        value.type_name()
    ))
}

fn can_be_nil(param: Param) -> bool {
    matches!(
        param,
        Param::Any | Param::Reflect | Param::List | Param::Strings | Param::Map | Param::Bytes
    )
}

fn type_of(param: Param) -> &'static str {
    match param {
        Param::Any => "interface {}",
        Param::Reflect => "reflect.Value",
        Param::Str => "string",
        Param::Bool => "bool",
        Param::Int => "int",
        Param::Int64 => "int64",
        Param::Uint32 => "uint32",
        Param::Float64 => "float64",
        Param::List => "[]interface {}",
        Param::Strings => "[]string",
        Param::Map => "map[string]interface {}",
        Param::Bytes => "[]uint8",
        Param::Duration => "time.Duration",
        Param::Object(name) => name,
    }
}
