//! The macros: `has`, the loops of one and of two variables, `optMap`.

use cel::common::ast::{self, CallExpr, IdedExpr};

use super::compile::Compiler;
use super::error::CompileError;
use super::expression::{Expr, Loop, LoopKind, OptionalMap};
use super::types::Type;

type Compiled = Result<(Expr, Type), CompileError>;

impl Compiler<'_> {
    /// Compiles a call that is a macro; `None` where it is a function.
    pub(super) fn macro_call(&mut self, at: &IdedExpr, call: &CallExpr) -> Option<Compiled> {
        let Some(target) = call.target.as_deref() else {
            return match call.args.as_slice() {
                [argument] if call.func_name == "has" => Some(self.presence(at, argument)),
                _ => None,
            };
        };
        let args = call.args.as_slice();
        match (call.func_name.as_str(), args) {
            ("all", [x, p]) => Some(self.one(LoopKind::All, target, x, None, p)),
            ("all", [x, y, p]) => Some(self.two(LoopKind::All, target, [x, y], None, p)),
            ("exists", [x, p]) => Some(self.one(LoopKind::Exists, target, x, None, p)),
            ("exists", [x, y, p]) => Some(self.two(LoopKind::Exists, target, [x, y], None, p)),
            ("exists_one" | "existsOne", [x, p]) => {
                Some(self.one(LoopKind::ExistsOne, target, x, None, p))
            }
            ("existsOne", [x, y, p]) => {
                Some(self.two(LoopKind::ExistsOne, target, [x, y], None, p))
            }
            ("map", [x, e]) => Some(self.one(LoopKind::Map, target, x, None, e)),
            ("map", [x, p, e]) => Some(self.one(LoopKind::Map, target, x, Some(p), e)),
            ("filter", [x, p]) => Some(self.one(LoopKind::Filter, target, x, Some(p), x)),
            ("sortBy", [x, e]) => Some(self.one(LoopKind::SortBy, target, x, None, e)),
            ("transformList", [x, y, e]) => {
                Some(self.two(LoopKind::TransformList, target, [x, y], None, e))
            }
            ("transformList", [x, y, p, e]) => {
                Some(self.two(LoopKind::TransformList, target, [x, y], Some(p), e))
            }
            ("transformMap", [x, y, e]) => {
                Some(self.two(LoopKind::TransformMap, target, [x, y], None, e))
            }
            ("transformMap", [x, y, p, e]) => {
                Some(self.two(LoopKind::TransformMap, target, [x, y], Some(p), e))
            }
            ("transformMapEntry", [x, y, e]) => {
                Some(self.two(LoopKind::TransformMapEntry, target, [x, y], None, e))
            }
            ("transformMapEntry", [x, y, p, e]) => {
                Some(self.two(LoopKind::TransformMapEntry, target, [x, y], Some(p), e))
            }
            ("optMap", [x, e]) => Some(self.optional(at, target, x, e, false)),
            ("optFlatMap", [x, e]) => Some(self.optional(at, target, x, e, true)),
            _ => None,
        }
    }

    fn name<'n>(&self, at: &'n IdedExpr) -> Result<&'n str, CompileError> {
        match &at.expr {
            ast::Expr::Ident(name) => Ok(name),
            _ => self.error(at, "argument must be a simple name"),
        }
    }

    fn one(
        &mut self,
        kind: LoopKind,
        range: &IdedExpr,
        name: &IdedExpr,
        filter: Option<&IdedExpr>,
        body: &IdedExpr,
    ) -> Compiled {
        let bound = self.name(name)?;
        let (compiled, range_type) = self.expression(range)?;
        let (key, value) = self.range_types(range, &range_type)?;
        let element = if matches!(range_type, Type::Map(..)) {
            key
        } else {
            value
        };
        let first = self.bind(bound, element);
        let result = self.body(kind, filter, body);
        self.unbind(1);
        let (filter, body, r#type) = result?;
        let range = compiled;
        let r#loop = Loop {
            kind,
            range,
            first,
            second: None,
            filter,
            body,
        };
        Ok((Expr::Loop(Box::new(r#loop)), r#type))
    }

    fn two(
        &mut self,
        kind: LoopKind,
        range: &IdedExpr,
        names: [&IdedExpr; 2],
        filter: Option<&IdedExpr>,
        body: &IdedExpr,
    ) -> Compiled {
        let (first, second) = (self.name(names[0])?, self.name(names[1])?);
        if first == second {
            return self.error(
                names[1],
                format!("duplicate iteration variable names: {first}"),
            );
        }
        let (compiled, range_type) = self.expression(range)?;
        let (key, value) = self.range_types(range, &range_type)?;
        let first = self.bind(first, key);
        let second = self.bind(second, value);
        let result = self.body(kind, filter, body);
        self.unbind(2);
        let (filter, body, r#type) = result?;
        let range = compiled;
        let r#loop = Loop {
            kind,
            range,
            first,
            second: Some(second),
            filter,
            body,
        };
        Ok((Expr::Loop(Box::new(r#loop)), r#type))
    }

    /// Returns the types of what a range's elements are found under, and of the elements.
    fn range_types(&self, at: &IdedExpr, range: &Type) -> Result<(Type, Type), CompileError> {
        match range {
            Type::Dyn | Type::Parameter(_) => Ok((Type::Dyn, Type::Dyn)),
            Type::List(element) => Ok((Type::Int, element.as_ref().clone())),
            Type::Map(key, value) => Ok((key.as_ref().clone(), value.as_ref().clone())),
            other => self.error(
                at,
                format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"
                ),
            ),
        }
    }

    fn body(
        &mut self,
        kind: LoopKind,
        filter: Option<&IdedExpr>,
        body: &IdedExpr,
    ) -> Result<(Option<Expr>, Expr, Type), CompileError> {
        let filter = filter.map(|filter| self.predicate(filter)).transpose()?;
        if matches!(kind, LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne) {
            return Ok((filter, self.predicate(body)?, Type::Bool));
        }
        let (body, r#type) = self.expression(body)?;
        let r#type = match kind {
            LoopKind::Map | LoopKind::Filter | LoopKind::TransformList => Type::list(r#type),
            LoopKind::TransformMap => Type::map(Type::Dyn, r#type),
            LoopKind::TransformMapEntry => Type::map(Type::Dyn, Type::Dyn),
            _ => Type::list(Type::Dyn),
        };
        Ok((filter, body, r#type))
    }

    fn optional(
        &mut self,
        at: &IdedExpr,
        operand: &IdedExpr,
        name: &IdedExpr,
        body: &IdedExpr,
        flat: bool,
    ) -> Compiled {
        let name = self.name(name)?;
        let (compiled, r#type) = self.expression(operand)?;
        let held = match r#type {
            Type::Optional(held) => held.as_ref().clone(),
            Type::Dyn => Type::Dyn,
            other => {
                return self.error(
                    at,
                    format!("expected type 'optional_type' but found '{other}'"),
                );
            }
        };
        let slot = self.bind(name, held);
        let result = self.expression(body);
        self.unbind(1);
        let (body, body_type) = result?;
        let r#type = match (flat, body_type) {
            (true, optional @ Type::Optional(_)) => optional,
            (true, _) => Type::optional(Type::Dyn),
            (false, held) => Type::optional(held),
        };
        let map = OptionalMap {
            operand: compiled,
            slot,
            body,
            flat,
        };
        Ok((Expr::OptionalMap(Box::new(map)), r#type))
    }
}
