//! Fields, methods and keys: `.a.b`.

use super::{Frame, Held};
use crate::template::func::method_of;
use crate::template::run::MissingKey;
use crate::template::syntax::tree::{Name, Operand};
use crate::template::{CallError, Elem, ExecError, Kind, List, Map, NamedMap, Reason, Value};

impl Frame<'_, '_> {
    /// Follows fields. The last may be a method, which gets the arguments: `operands` behind the first, and `last`,
    /// the value of the command before.
    pub(super) fn fields(
        &mut self,
        dot: &Held,
        receiver: Held,
        node: &Operand,
        names: &[Name],
        operands: &[Operand],
        last: Option<&Value>,
    ) -> Result<Held, ExecError> {
        self.at = node.pos;
        let mut receiver = receiver;
        for (place, name) in names.iter().enumerate() {
            let is_last = place + 1 == names.len();
            let (operands, last) = if is_last {
                (operands, last)
            } else {
                (&[][..], None)
            };
            receiver = self.field(dot, &receiver, node, name, operands, last)?;
        }
        Ok(receiver)
    }

    fn field(
        &mut self,
        dot: &Held,
        receiver: &Held,
        node: &Operand,
        name: &Name,
        operands: &[Operand],
        last: Option<&Value>,
    ) -> Result<Held, ExecError> {
        let has_arguments = operands.len() > 1 || last.is_some();
        match &receiver.value.kind {
            Kind::Nil if receiver.is_interface => self.error(
                node,
                format!("nil pointer evaluating interface {{}}.{name}"),
            ),
            Kind::Nil if self.is_missing_key_an_error() => {
                self.error(node, format!("nil data; no entry for key {name:?}"))
            }
            Kind::Nil => Ok(Held::plain(Value::NIL)),
            Kind::Map(map) => {
                if let Some(named) = map.named_type()
                    && let Some(result) =
                        self.map_method(dot, node, map, named, name, (operands, last))
                {
                    return result;
                }
                if has_arguments {
                    return self.error(node, format!("{name} is not a method but has arguments"));
                }
                match map.get(name.as_bytes()) {
                    Some(value) => Ok(Held::element(value)),
                    None => self.missing(node, name, map.elem()),
                }
            }
            Kind::Object(object) => {
                let object = object.clone();
                if let Some(field) = object.field(name) {
                    if has_arguments {
                        return self.error(
                            node,
                            format!("{name} has arguments but cannot be invoked as function"),
                        );
                    }
                    self.at = node.pos;
                    let value = field.map_err(|error| self.call_error(node, name, error))?;
                    return Ok(Held::element(value));
                }
                let arguments = self.arguments_of_method(dot, operands, last)?;
                self.at = node.pos;
                match object.method(name, self.run, &arguments) {
                    Some(Ok(value)) => Ok(Held::plain(value)),
                    Some(Err(error)) => Err(self.call_error(node, name, error)),
                    None => match object.entries() {
                        Some(_) if has_arguments => {
                            self.error(node, format!("{name} is not a method but has arguments"))
                        }
                        Some(entries) => {
                            let found = entries
                                .into_iter()
                                .find(|(key, _)| **key == *name.as_bytes());
                            match found {
                                Some((_, value)) => Ok(Held::element(value)),
                                None => self.missing(node, name, Elem::Any),
                            }
                        }
                        None => self.error(
                            node,
                            format!("can't evaluate field {name} in type {}", object.type_name()),
                        ),
                    },
                }
            }
            kind => {
                if let Kind::Int(_, of) = kind
                    && let Some(method) = method_of(*of, name)
                {
                    let values = (Some(&receiver.value), last);
                    return self.function(dot, node, method, operands, values);
                }
                let kind = receiver.value.type_name();
                self.error(node, format!("can't evaluate field {name} in type {kind}"))
            }
        }
    }

    fn map_method(
        &mut self,
        dot: &Held,
        node: &Operand,
        map: &Map,
        named: &NamedMap,
        name: &Name,
        (operands, last): (&[Operand], Option<&Value>),
    ) -> Option<Result<Held, ExecError>> {
        // Most names are keys, and then no argument is computed.
        let arguments = if operands.len() > 1 || last.is_some() {
            match self.arguments_of_method(dot, operands, last) {
                Ok(arguments) => arguments,
                Err(error) => return Some(Err(error)),
            }
        } else {
            Vec::new()
        };
        self.at = node.pos;
        let result = (named.method)(map, name, self.run, &arguments)?;
        Some(match result {
            Ok(value) => Ok(Held::plain(value)),
            Err(error) => Err(self.call_error(node, name, error)),
        })
    }

    /// What an absent key gives.
    fn missing(&self, node: &Operand, name: &str, elem: Elem) -> Result<Held, ExecError> {
        match self.run.missing_key {
            MissingKey::Invalid => Ok(Held::plain(Value::NIL)),
            MissingKey::Zero => Ok(zero(elem)),
            MissingKey::Error => self.error(node, format!("map has no entry for key {name:?}")),
        }
    }

    pub(super) fn call_error(&self, node: &Operand, function: &str, error: CallError) -> ExecError {
        let reason = match error {
            CallError::Bound(message) => Reason::Bound(message),
            error => Reason::Call {
                function: function.to_owned(),
                error,
            },
        };
        ExecError {
            place: Some(self.place(node)),
            reason,
        }
    }
}

/// The zero value of what a map or list holds.
fn zero(elem: Elem) -> Held {
    match elem {
        Elem::Any => Held {
            value: Value::NIL,
            is_interface: true,
        },
        Elem::Str => Held::plain("".into()),
        Elem::Int => Held::plain(Value::int(0)),
        Elem::Int64 => Held::plain(Value::int64(0)),
        Elem::Float64 => Held::plain(0.0.into()),
        Elem::Bytes => Held::plain(Kind::Bytes(std::rc::Rc::default()).into()),
        Elem::Map => Held::plain(Map::new().into()),
        Elem::Strings => Held::plain(List::nil(Elem::Str).into()),
        Elem::Lists => Held::plain(List::nil(Elem::Any).into()),
    }
}
