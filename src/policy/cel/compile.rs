//! Text to expression: names, overloads and types are resolved here, once.

use cel::common::ast::{self, CallExpr, IdedExpr, LiteralValue, SourceInfo, operators as op};
use smol_str::SmolStr;

use super::error::CompileError;
use super::expression::{Call, Expr, Item, Operator, Pair, Root};
use super::functions::{self, Overload};
use super::types::{NAMESPACE, REQUEST, Type};
use super::value::Value;

/// The longest expression that is read.
const MAX_BYTES: usize = 64 << 10;
/// How deep an expression may nest; the API server's parser allows the same.
const MAX_DEPTH: usize = 250;

/// The names that an expression may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Whether the policy has parameters.
    pub(crate) params: bool,
    /// The variables declared so far; `None` where `variables` itself is unknown.
    pub(crate) variables: Vec<(SmolStr, Type)>,
}

/// Compiles an expression and returns it with its static type.
pub(crate) fn compile(source: &str, scope: &Scope) -> Result<(Expr, Type), CompileError> {
    let fail = |message: String, offset| CompileError { message, offset };
    if source.len() > MAX_BYTES {
        return Err(fail(
            format!(
                "expression has {} bytes; {MAX_BYTES} is the most",
                source.len()
            ),
            0,
        ));
    }
    // No macros: they are compiled to loops, so the parser need not expand them.
    let parsed = cel::Env::default()
        .parser()
        .max_recursion_depth(u16::try_from(MAX_DEPTH).unwrap_or(u16::MAX))
        .enable_optional_syntax(true)
        .enable_ident_escape_syntax(true)
        .parse_with_source_info(source);
    let (parsed, info) = parsed.map_err(|errors| {
        let first = errors
            .errors
            .iter()
            // The parser's own follow-up errors say less than the grammar's.
            .find(|error| error.msg.starts_with("Syntax error"))
            .or(errors.errors.first());
        match first {
            Some(error) => fail(error.msg.clone(), offset_of(source, error.pos)),
            None => fail("not an expression".to_owned(), 0),
        }
    })?;
    let mut compiler = Compiler {
        scope,
        info: &info,
        locals: Vec::new(),
        next_slot: 0,
        depth: 0,
        formats: 0,
        item_types: Vec::new(),
    };
    compiler.expression(&parsed)
}

/// Returns the byte of a line and column, both from 1; columns count characters.
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let column = usize::try_from(column - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = source.get(start..).unwrap_or_default();
    start
        + rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(byte, _)| byte)
}

type Compiled = Result<(Expr, Type), CompileError>;

pub(super) struct Compiler<'s> {
    scope: &'s Scope,
    info: &'s SourceInfo,
    locals: Vec<(String, usize, Type)>,
    next_slot: usize,
    depth: usize,
    /// How many calls of `format` stand around.
    formats: usize,
    /// The types of the elements of the list literal that was compiled last.
    item_types: Vec<Type>,
}

impl Compiler<'_> {
    pub(super) fn error<T>(
        &self,
        at: &IdedExpr,
        message: impl Into<String>,
    ) -> Result<T, CompileError> {
        // The parser counts characters; the rest of the world is told bytes.
        let character = self.info.offset_for(at.id).map_or(0, |(start, _)| start);
        let source = &self.info.source;
        let offset = source
            .char_indices()
            .nth(character as usize)
            .map_or(source.len(), |(byte, _)| byte);
        Err(CompileError {
            message: message.into(),
            offset,
        })
    }

    /// Adds a name that a macro binds and returns its slot. [`Self::unbind`] ends it.
    pub(super) fn bind(&mut self, name: &str, r#type: Type) -> usize {
        let slot = self.next_slot;
        self.next_slot += 1;
        self.locals.push((name.to_owned(), slot, r#type));
        slot
    }

    pub(super) fn unbind(&mut self, count: usize) {
        self.locals
            .truncate(self.locals.len().saturating_sub(count));
    }

    pub(super) fn expression(&mut self, at: &IdedExpr) -> Compiled {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error(at, "expression recursion limit exceeded: 250");
        }
        let result = self.kind(at);
        self.depth -= 1;
        result
    }

    pub(super) fn boxed(&mut self, at: &IdedExpr) -> Result<(Box<Expr>, Type), CompileError> {
        self.expression(at)
            .map(|(expr, r#type)| (Box::new(expr), r#type))
    }

    /// Compiles what must be a bool.
    pub(super) fn predicate(&mut self, at: &IdedExpr) -> Result<Expr, CompileError> {
        let (expr, r#type) = self.expression(at)?;
        if matches!(r#type, Type::Bool | Type::Dyn) {
            return Ok(expr);
        }
        self.error(at, format!("expected type 'bool' but found '{type}'"))
    }

    fn kind(&mut self, at: &IdedExpr) -> Compiled {
        match &at.expr {
            ast::Expr::Literal(literal) => Ok(literal_of(literal)),
            ast::Expr::Ident(name) => self.identifier(at, name),
            ast::Expr::Select(select) => self.select(at, &select.operand, &select.field),
            ast::Expr::List(list) => {
                let mut items = Vec::with_capacity(list.elements.len());
                let mut element: Option<Type> = None;
                let mut types = Vec::with_capacity(list.elements.len());
                for (index, item) in list.elements.iter().enumerate() {
                    let optional = list.optional_indices.contains(&index);
                    let (value, r#type) = self.expression(item)?;
                    let r#type = self.aggregate(item, optional, r#type, element.as_ref())?;
                    types.push(r#type.clone());
                    element = Some(element.map_or(r#type.clone(), |have| have.join(&r#type)));
                    items.push(Item { value, optional });
                }
                self.item_types = types;
                let element = element.unwrap_or(Type::Parameter("E"));
                Ok((Expr::List(items), Type::list(element)))
            }
            ast::Expr::Map(map) => self.map(&map.entries),
            ast::Expr::Call(call) => self.call(at, call),
            ast::Expr::Struct(object) => self.error(
                at,
                format!(
                    "undeclared reference to '{}' (in container '')",
                    object.type_name
                ),
            ),
            ast::Expr::Comprehension(_) | ast::Expr::Unspecified => {
                self.error(at, "unsupported expression")
            }
        }
    }

    /// Checks an element of a list or map literal against those before it.
    fn aggregate(
        &self,
        at: &IdedExpr,
        optional: bool,
        r#type: Type,
        before: Option<&Type>,
    ) -> Result<Type, CompileError> {
        let r#type = match (optional, r#type) {
            (true, Type::Optional(inner)) => inner.as_ref().clone(),
            (true, Type::Dyn) => Type::Dyn,
            (true, other) => {
                return self.error(
                    at,
                    format!("expected type 'optional_type({other})' but found '{other}'"),
                );
            }
            (false, r#type) => r#type,
        };
        // What is formatted may be of many types; any other literal is of one.
        if let Some(before) = before
            && self.formats == 0
            && !r#type.is_equivalent(before)
        {
            return self.error(at, format!("expected type '{before}' but found '{type}'"));
        }
        Ok(r#type)
    }

    fn map(&mut self, entries: &[ast::IdedEntryExpr]) -> Compiled {
        let mut pairs = Vec::with_capacity(entries.len());
        let mut types: Option<(Type, Type)> = None;
        for entry in entries {
            let ast::EntryExpr::MapEntry(entry) = &entry.expr else {
                continue;
            };
            let (key, key_type) = self.expression(&entry.key)?;
            let (value, value_type) = self.expression(&entry.value)?;
            let before = types.as_ref();
            let key_type = self.aggregate(&entry.key, false, key_type, before.map(|t| &t.0))?;
            let value_type = self.aggregate(
                &entry.value,
                entry.optional,
                value_type,
                before.map(|t| &t.1),
            )?;
            types = Some(match types {
                Some((k, v)) => (k.join(&key_type), v.join(&value_type)),
                None => (key_type, value_type),
            });
            pairs.push(Pair {
                key,
                value,
                optional: entry.optional,
            });
        }
        let (key, value) = types.unwrap_or((Type::Parameter("K"), Type::Parameter("V")));
        Ok((Expr::Map(pairs), Type::map(key, value)))
    }

    fn identifier(&mut self, at: &IdedExpr, name: &str) -> Compiled {
        if let Some((_, slot, r#type)) = self.locals.iter().rev().find(|(have, ..)| have == name) {
            return Ok((Expr::Local(*slot), r#type.clone()));
        }
        let (root, r#type) = match name {
            "object" => (Root::Object, Type::Dyn),
            "oldObject" => (Root::OldObject, Type::Dyn),
            "params" if self.scope.params => (Root::Params, Type::Dyn),
            "namespaceObject" => (Root::NamespaceObject, Type::Object(NAMESPACE)),
            "request" => (Root::Request, Type::Object(REQUEST)),
            "authorizer" => {
                return self.error(
                    at,
                    "`authorizer` asks a running API server, which there is none of here",
                );
            }
            "bool" | "int" | "uint" | "double" | "string" | "bytes" | "list" | "map"
            | "null_type" | "type" => {
                return Ok((Expr::Literal(Value::Type(name.into())), Type::Meta));
            }
            _ => {
                return self.error(
                    at,
                    format!("undeclared reference to '{name}' (in container '')"),
                );
            }
        };
        Ok((Expr::Root(root), r#type))
    }

    fn select(&mut self, at: &IdedExpr, operand: &IdedExpr, field: &str) -> Compiled {
        if let Some(result) = self.variable(operand, field) {
            return result.or_else(|message| self.error(at, message));
        }
        if let Some(name) = qualified(operand) {
            let full = format!("{name}.{field}");
            if matches!(
                full.as_str(),
                "google.protobuf.Duration" | "google.protobuf.Timestamp" | "net.IP" | "net.CIDR"
            ) {
                return Ok((Expr::Literal(Value::Type(full.into())), Type::Meta));
            }
        }
        let (operand_expr, operand_type) = self.boxed(operand)?;
        let r#type = self.field_type(at, &operand_type, field)?;
        Ok((Expr::Select(operand_expr, field.into()), r#type))
    }

    /// Resolves `variables.name`; `None` where the operand is not `variables`.
    fn variable(&self, operand: &IdedExpr, field: &str) -> Option<Result<(Expr, Type), String>> {
        let ast::Expr::Ident(name) = &operand.expr else {
            return None;
        };
        if name != "variables" || self.locals.iter().any(|(have, ..)| have == name) {
            return None;
        }
        let found = self
            .scope
            .variables
            .iter()
            .position(|(have, _)| have == field);
        Some(
            match found.and_then(|index| Some((index, self.scope.variables.get(index)?))) {
                Some((index, (_, r#type))) => Ok((Expr::Variable(index), r#type.clone())),
                None => Err(format!("undefined field '{field}'")),
            },
        )
    }

    fn field_type(&self, at: &IdedExpr, operand: &Type, field: &str) -> Result<Type, CompileError> {
        match operand {
            Type::Dyn | Type::Parameter(_) => Ok(Type::Dyn),
            Type::Map(_, value) => Ok(value.as_ref().clone()),
            Type::Optional(inner) => match self.field_type(at, inner, field)? {
                already @ Type::Optional(_) => Ok(already),
                plain => Ok(Type::optional(plain)),
            },
            Type::Object(name) => match Type::field_of(name, field) {
                Some(r#type) => Ok(r#type),
                None => self.error(at, format!("undefined field '{field}'")),
            },
            other => self.error(
                at,
                format!("type '{other}' does not support field selection"),
            ),
        }
    }

    /// Compiles `has(a.b)`.
    pub(super) fn presence(&mut self, at: &IdedExpr, argument: &IdedExpr) -> Compiled {
        let ast::Expr::Select(select) = &argument.expr else {
            return self.error(argument, "invalid argument to has() macro");
        };
        if let Some(found) = self.variable(&select.operand, &select.field) {
            return match found {
                Ok(_) => Ok((Expr::Literal(Value::Bool(true)), Type::Bool)),
                Err(message) => self.error(at, message),
            };
        }
        let (operand, r#type) = self.boxed(&select.operand)?;
        self.field_type(argument, &r#type, &select.field)?;
        Ok((Expr::Has(operand, select.field.as_str().into()), Type::Bool))
    }

    fn call(&mut self, at: &IdedExpr, call: &CallExpr) -> Compiled {
        if let Some(result) = self.macro_call(at, call) {
            return result;
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (op::LOGICAL_AND, [a, b]) => {
                let pair = (self.predicate(a)?, self.predicate(b)?);
                Ok((Expr::And(Box::new(pair)), Type::Bool))
            }
            (op::LOGICAL_OR, [a, b]) => {
                let pair = (self.predicate(a)?, self.predicate(b)?);
                Ok((Expr::Or(Box::new(pair)), Type::Bool))
            }
            (op::LOGICAL_NOT, [a]) => Ok((Expr::Not(Box::new(self.predicate(a)?)), Type::Bool)),
            (op::NEGATE, [a]) => {
                let (operand, r#type) = self.boxed(a)?;
                match r#type {
                    Type::Int | Type::Double | Type::Dyn | Type::Parameter(_) => {
                        Ok((Expr::Negate(operand), r#type))
                    }
                    other => self.no_overload(at, "-_", None, &[other]),
                }
            }
            (op::CONDITIONAL, [condition, then, otherwise]) => {
                let condition = self.predicate(condition)?;
                let (a, a_type) = self.expression(then)?;
                let (b, b_type) = self.expression(otherwise)?;
                if !b_type.fits(&a_type, &mut Vec::new()) && !a_type.fits(&b_type, &mut Vec::new())
                {
                    return self.no_overload(at, "_?_:_", None, &[Type::Bool, a_type, b_type]);
                }
                Ok((
                    Expr::Conditional(Box::new((condition, a, b))),
                    a_type.join(&b_type),
                ))
            }
            (op::INDEX | op::OPT_INDEX, [operand, index]) => self.index(at, call, operand, index),
            (op::OPT_SELECT, [operand, field]) => {
                let ast::Expr::Literal(LiteralValue::String(field)) = &field.expr else {
                    return self.error(at, "unsupported optional field selection");
                };
                let (operand, r#type) = self.boxed(operand)?;
                let field: &str = field.inner();
                let inner = match self.field_type(at, &r#type, field)? {
                    already @ Type::Optional(_) => already,
                    plain => Type::optional(plain),
                };
                Ok((Expr::OptionalSelect(operand, field.into()), inner))
            }
            (name, [a, b]) if call.target.is_none() && operator_of(name).is_some() => {
                self.binary(at, name, a, b)
            }
            _ => self.function(at, call),
        }
    }

    fn index(
        &mut self,
        at: &IdedExpr,
        call: &CallExpr,
        operand: &IdedExpr,
        index: &IdedExpr,
    ) -> Compiled {
        let (operand, operand_type) = self.expression(operand)?;
        let (index, index_type) = self.expression(index)?;
        let (held, lifted) = match &operand_type {
            Type::Optional(inner) => (inner.as_ref().clone(), true),
            plain => (plain.clone(), false),
        };
        let element = match &held {
            Type::Dyn | Type::Parameter(_) => Type::Dyn,
            Type::List(element) if matches!(index_type, Type::Int | Type::Dyn) => {
                element.as_ref().clone()
            }
            Type::Map(key, value) if index_type.fits(key, &mut Vec::new()) => {
                value.as_ref().clone()
            }
            _ => {
                return self.no_overload(at, "_[_]", None, &[operand_type, index_type]);
            }
        };
        let pair = Box::new((operand, index));
        Ok(if call.func_name == op::OPT_INDEX {
            (Expr::OptionalIndex(pair), Type::optional(element))
        } else if lifted {
            (Expr::Index(pair), Type::optional(element))
        } else {
            (Expr::Index(pair), element)
        })
    }

    fn binary(&mut self, at: &IdedExpr, name: &str, a: &IdedExpr, b: &IdedExpr) -> Compiled {
        let Some(operator) = operator_of(name) else {
            return self.error(at, "unsupported operator");
        };
        let (a, a_type) = self.expression(a)?;
        let (b, b_type) = self.expression(b)?;
        match result_of(operator, &a_type, &b_type) {
            Some(r#type) => Ok((Expr::Binary(operator, Box::new((a, b))), r#type)),
            None => self.no_overload(at, name, None, &[a_type, b_type]),
        }
    }

    fn function(&mut self, at: &IdedExpr, call: &CallExpr) -> Compiled {
        let is_format = call.func_name == "format";
        self.formats += usize::from(is_format);
        let compiled = self.function_call(at, call);
        self.formats -= usize::from(is_format);
        compiled
    }

    fn function_call(&mut self, at: &IdedExpr, call: &CallExpr) -> Compiled {
        // `sets.contains(a, b)` parses as a call on `sets`, which is no variable.
        if let Some(target) = &call.target
            && let Some(namespace) = qualified(target)
            && !self.locals.iter().any(|(have, ..)| *have == namespace)
        {
            let full = format!("{namespace}.{}", call.func_name);
            if let Some(overloads) = functions::named(&full) {
                return self.invoke(at, &full, overloads, None, &call.args);
            }
        }
        let Some(overloads) = functions::named(&call.func_name) else {
            return self.error(
                at,
                format!(
                    "undeclared reference to '{}' (in container '')",
                    call.func_name
                ),
            );
        };
        self.invoke(
            at,
            &call.func_name,
            overloads,
            call.target.as_deref(),
            &call.args,
        )
    }

    fn invoke(
        &mut self,
        at: &IdedExpr,
        name: &str,
        overloads: &'static [Overload],
        target: Option<&IdedExpr>,
        args: &[IdedExpr],
    ) -> Compiled {
        let mut arguments = Vec::with_capacity(args.len() + 1);
        let mut types = Vec::with_capacity(args.len() + 1);
        for argument in target.into_iter().chain(args) {
            let (expr, r#type) = self.expression(argument)?;
            arguments.push(expr);
            types.push(r#type);
        }
        let mut result: Option<Type> = None;
        let mut fitting = Vec::new();
        for overload in overloads {
            if overload.receiver == target.is_some()
                && let Some(r#type) = overload.result_for(&types)
            {
                result = Some(result.map_or(r#type.clone(), |have| have.join(&r#type)));
                fitting.push(overload);
            }
        }
        let Some(r#type) = result else {
            return match (target, types.split_first()) {
                (Some(_), Some((receiver, rest))) => {
                    self.no_overload(at, name, Some(receiver), rest)
                }
                _ => self.no_overload(at, name, None, &types),
            };
        };
        if matches!(name, "matches" | "find" | "findAll")
            && let Some(Expr::Literal(Value::String(pattern))) = arguments.get(1)
            && let Err(message) = functions::check_pattern(pattern)
        {
            return self.error(at, message);
        }
        self.check_constant(at, name, target.is_some(), &arguments, &fitting)?;
        if name == "format"
            && let [Expr::Literal(Value::String(template)), Expr::List(items)] =
                arguments.as_slice()
        {
            // The list was the last to be compiled.
            let types = self.item_types.get(..items.len()).unwrap_or_default();
            if let Err((message, index)) = functions::check_format(template, types) {
                let culprit = match (&args.first().map(|list| &list.expr), index) {
                    (Some(ast::Expr::List(list)), Some(index)) => list.elements.get(index),
                    _ => None,
                };
                return self.error(culprit.unwrap_or(at), message);
            }
        }
        let call = Call {
            name: name.into(),
            overloads: fitting,
            arguments,
        };
        Ok((Expr::Call(Box::new(call)), r#type))
    }

    /// Converts a constant as the API server does when it takes a policy: what cannot be is refused then.
    fn check_constant(
        &self,
        at: &IdedExpr,
        name: &str,
        has_receiver: bool,
        arguments: &[Expr],
        overloads: &[&'static Overload],
    ) -> Result<(), CompileError> {
        let [Expr::Literal(value)] = arguments else {
            return Ok(());
        };
        let converts = matches!(
            name,
            "bool" | "bytes" | "double" | "duration" | "int" | "string" | "timestamp" | "uint"
        );
        let [overload] = overloads else { return Ok(()) };
        if has_receiver || !converts {
            return Ok(());
        }
        match (overload.run)(std::slice::from_ref(value)) {
            Ok(_) => Ok(()),
            Err(_) if matches!(name, "duration" | "timestamp") => {
                self.error(at, format!("invalid {name} argument"))
            }
            Err(error) => self.error(at, format!("program instantiation failed: {error}")),
        }
    }

    fn no_overload<T>(
        &self,
        at: &IdedExpr,
        name: &str,
        receiver: Option<&Type>,
        types: &[Type],
    ) -> Result<T, CompileError> {
        let types: Vec<String> = types.iter().map(Type::to_string).collect();
        let receiver = receiver
            .map(|r#type| format!("{type}."))
            .unwrap_or_default();
        self.error(
            at,
            format!(
                "found no matching overload for '{name}' applied to '{receiver}({})'",
                types.join(", ")
            ),
        )
    }
}

fn literal_of(literal: &LiteralValue) -> (Expr, Type) {
    let (value, r#type) = match literal {
        LiteralValue::Boolean(bool) => (Value::Bool(*bool.inner()), Type::Bool),
        LiteralValue::Bytes(bytes) => (Value::Bytes(bytes.inner().into()), Type::Bytes),
        LiteralValue::Double(double) => (Value::Double(*double.inner()), Type::Double),
        LiteralValue::Int(int) => (Value::Int(*int.inner()), Type::Int),
        LiteralValue::Null => (Value::Null, Type::Null),
        LiteralValue::String(text) => (Value::string(text.inner()), Type::String),
        LiteralValue::UInt(uint) => (Value::Uint(*uint.inner()), Type::Uint),
    };
    (Expr::Literal(value), r#type)
}

/// Returns the dotted name that an expression spells.
fn qualified(at: &IdedExpr) -> Option<String> {
    match &at.expr {
        ast::Expr::Ident(name) => Some(name.clone()),
        ast::Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", qualified(&select.operand)?, select.field))
        }
        _ => None,
    }
}

fn operator_of(name: &str) -> Option<Operator> {
    Some(match name {
        op::ADD => Operator::Add,
        op::SUBSTRACT => Operator::Subtract,
        op::MULTIPLY => Operator::Multiply,
        op::DIVIDE => Operator::Divide,
        op::MODULO => Operator::Modulo,
        op::EQUALS => Operator::Equals,
        op::NOT_EQUALS => Operator::NotEquals,
        op::LESS => Operator::Less,
        op::LESS_EQUALS => Operator::LessEquals,
        op::GREATER => Operator::Greater,
        op::GREATER_EQUALS => Operator::GreaterEquals,
        op::IN => Operator::In,
        _ => return None,
    })
}

/// Returns the type of an operator's result; `None` where it takes no such operands.
fn result_of(operator: Operator, a: &Type, b: &Type) -> Option<Type> {
    let unknown = |r#type: &Type| matches!(r#type, Type::Dyn | Type::Parameter(_));
    let fits = || a.fits(b, &mut Vec::new()) || b.fits(a, &mut Vec::new());
    match operator {
        Operator::Equals | Operator::NotEquals => {
            (fits() || (a.is_number() && b.is_number())).then_some(Type::Bool)
        }
        Operator::Less | Operator::LessEquals | Operator::Greater | Operator::GreaterEquals => {
            let ordered = |r#type: &Type| {
                r#type.is_number()
                    || unknown(r#type)
                    || matches!(
                        r#type,
                        Type::Bool | Type::String | Type::Bytes | Type::Duration | Type::Timestamp
                    )
            };
            (ordered(a) && ordered(b) && (fits() || (a.is_number() && b.is_number())))
                .then_some(Type::Bool)
        }
        Operator::In => match b {
            Type::Dyn | Type::Parameter(_) => Some(Type::Bool),
            Type::List(element) | Type::Map(element, _) => (a.fits(element, &mut Vec::new())
                || element.fits(a, &mut Vec::new()))
            .then_some(Type::Bool),
            _ => None,
        },
        _ if unknown(a) && unknown(b) => Some(Type::Dyn),
        Operator::Add => match (a, b) {
            (Type::Timestamp, Type::Duration) | (Type::Duration, Type::Timestamp) => {
                Some(Type::Timestamp)
            }
            (Type::List(x), Type::List(y)) => fits().then(|| {
                Type::list(if matches!(x.as_ref(), Type::Parameter(_)) {
                    y.as_ref().clone()
                } else if matches!(y.as_ref(), Type::Parameter(_)) {
                    x.as_ref().clone()
                } else {
                    x.join(y)
                })
            }),
            (Type::String | Type::Bytes | Type::Duration, _) if a == b => Some(a.clone()),
            _ => arithmetic(a, b).or_else(|| {
                // One side unknown: the other's type decides, where it can be added at all.
                let known = if unknown(a) { b } else { a };
                (unknown(a) || unknown(b))
                    .then(|| match known {
                        Type::String | Type::Bytes | Type::List(_) => Some(known.clone()),
                        Type::Timestamp | Type::Duration => Some(Type::Dyn),
                        _ => None,
                    })
                    .flatten()
            }),
        },
        Operator::Subtract => match (a, b) {
            (Type::Timestamp, Type::Timestamp) | (Type::Duration, Type::Duration) => {
                Some(Type::Duration)
            }
            (Type::Timestamp, Type::Duration) => Some(Type::Timestamp),
            (Type::Timestamp | Type::Duration, Type::Dyn)
            | (Type::Dyn, Type::Timestamp | Type::Duration) => Some(Type::Dyn),
            _ => arithmetic(a, b),
        },
        Operator::Modulo if *a == Type::Double || *b == Type::Double => None,
        _ => arithmetic(a, b),
    }
}

fn arithmetic(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (a, b) if a == b && a.is_number() => Some(a.clone()),
        (a, Type::Dyn | Type::Parameter(_)) if a.is_number() => Some(a.clone()),
        (Type::Dyn | Type::Parameter(_), b) if b.is_number() => Some(b.clone()),
        _ => None,
    }
}
