//! The value of an expression.

use std::sync::Arc;

use smol_str::SmolStr;

use super::error::EvalError;
use super::expression::{Call, Expr, Item, Loop, LoopKind, OptionalMap, Pair, Root};
use super::operators;
use super::value::Value;

type Result<'a> = std::result::Result<Value<'a>, EvalError>;

/// What one expression may cost, in steps. The API server's limit for a call is the same number.
const MAX_STEPS: u64 = 1_000_000;
/// What all expressions of a policy may cost over one object; again the API server's number.
const MAX_STEPS_OF_POLICY: u64 = 10_000_000;
/// How deep expressions and the variables that they use may nest.
const MAX_DEPTH: u32 = 400;

/// What expressions are evaluated over.
#[derive(Clone, Debug)]
pub(crate) struct Bindings<'a> {
    pub(crate) object: Value<'a>,
    pub(crate) old_object: Value<'a>,
    pub(crate) params: Value<'a>,
    pub(crate) namespace_object: Value<'a>,
    pub(crate) request: Value<'a>,
}

/// Evaluates the expressions of a policy over one object; keeps the variables it has computed.
#[derive(Debug)]
pub(crate) struct Evaluator<'e, 'a> {
    bindings: &'e Bindings<'a>,
    pub(super) variables: &'e [(SmolStr, Expr)],
    computed: Vec<Option<Result<'a>>>,
    pub(super) locals: Vec<Value<'a>>,
    /// The steps of the expression that is evaluated.
    steps: u64,
    /// The steps of those before it.
    spent: u64,
    depth: u32,
}

impl<'e, 'a> Evaluator<'e, 'a> {
    /// Returns an evaluator; `variables` are those that an expression may use, in order.
    pub(crate) fn new(bindings: &'e Bindings<'a>, variables: &'e [(SmolStr, Expr)]) -> Self {
        Self {
            bindings,
            variables,
            computed: Vec::new(),
            locals: Vec::new(),
            steps: 0,
            spent: 0,
            depth: 0,
        }
    }

    /// Returns the value of an expression. Each has a cost limit of its own.
    pub(crate) fn evaluate(&mut self, expr: &Expr) -> Result<'a> {
        self.begin();
        if self.spent > MAX_STEPS_OF_POLICY {
            return Err(EvalError::CostLimit);
        }
        self.value(expr)
    }

    /// Gives the next expression its own budget and no locals.
    pub(super) fn begin(&mut self) {
        self.spent = self.spent.saturating_add(self.steps);
        self.steps = 0;
        self.depth = 0;
        self.locals.clear();
    }

    pub(super) fn value(&mut self, expr: &Expr) -> Result<'a> {
        self.charge(1)?;
        match expr {
            Expr::Literal(value) => return Ok(value.clone()),
            Expr::Local(slot) => {
                return Ok(self.locals.get(*slot).cloned().unwrap_or(Value::Null));
            }
            Expr::Root(root) => return Ok(self.root(*root)),
            _ => {}
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(EvalError::CostLimit);
        }
        let result = self.compound(expr);
        self.depth -= 1;
        result
    }

    fn charge(&mut self, steps: usize) -> std::result::Result<(), EvalError> {
        self.steps = self.steps.saturating_add(steps as u64);
        if self.steps > MAX_STEPS {
            return Err(EvalError::CostLimit);
        }
        Ok(())
    }

    pub(super) fn root(&self, root: Root) -> Value<'a> {
        match root {
            Root::Object => &self.bindings.object,
            Root::OldObject => &self.bindings.old_object,
            Root::Params => &self.bindings.params,
            Root::NamespaceObject => &self.bindings.namespace_object,
            Root::Request => &self.bindings.request,
        }
        .clone()
    }

    fn compound(&mut self, expr: &Expr) -> Result<'a> {
        match expr {
            Expr::Variable(index) => self.variable(*index),
            Expr::Select(operand, field) => {
                let operand = self.value(operand)?;
                select(&operand, field)
            }
            Expr::Has(operand, field) => {
                let operand = self.value(operand)?;
                has(&operand, field).map(Value::Bool)
            }
            Expr::OptionalSelect(operand, field) => {
                let operand = self.value(operand)?;
                optional_select(&operand, field)
            }
            Expr::Index(pair) => {
                let (operand, index) = (self.value(&pair.0)?, self.value(&pair.1)?);
                element(&operand, &index)
            }
            Expr::OptionalIndex(pair) => {
                let (operand, index) = (self.value(&pair.0)?, self.value(&pair.1)?);
                optional_element(&operand, &index)
            }
            Expr::And(pair) => self.junction(&pair.0, &pair.1, false),
            Expr::Or(pair) => self.junction(&pair.0, &pair.1, true),
            Expr::Not(operand) => match self.value(operand)? {
                Value::Bool(bool) => Ok(Value::Bool(!bool)),
                _ => Err(EvalError::NoSuchOverload),
            },
            Expr::Negate(operand) => operators::negate(&self.value(operand)?),
            Expr::Conditional(parts) => match self.value(&parts.0)? {
                Value::Bool(true) => self.value(&parts.1),
                Value::Bool(false) => self.value(&parts.2),
                _ => Err(EvalError::NoSuchOverload),
            },
            Expr::Binary(operator, pair) => {
                let (left, right) = (self.value(&pair.0)?, self.value(&pair.1)?);
                let result = operators::apply(*operator, &left, &right)?;
                self.charge(size_cost(&result) + size_cost(&right))?;
                Ok(result)
            }
            Expr::List(items) => self.list(items),
            Expr::Map(pairs) => self.map(pairs),
            Expr::Call(call) => self.call(call),
            Expr::Loop(body) => self.run(body),
            Expr::OptionalMap(map) => self.optional_map(map),
            Expr::Literal(_) | Expr::Local(_) | Expr::Root(_) => Ok(Value::Null),
        }
    }

    fn variable(&mut self, index: usize) -> Result<'a> {
        if let Some(Some(known)) = self.computed.get(index) {
            return known.clone();
        }
        let Some((name, expr)) = self.variables.get(index) else {
            return Err(EvalError::NoSuchOverload);
        };
        // Slots are numbered by expression, so the variable's start anew.
        let locals = std::mem::take(&mut self.locals);
        let result = self.value(expr);
        self.locals = locals;
        let result = result.map_err(|error| match error {
            EvalError::CostLimit => error,
            error => EvalError::Variable(name.clone(), Box::new(error)),
        });
        if self.computed.len() <= index {
            self.computed.resize(index + 1, None);
        }
        if let Some(slot) = self.computed.get_mut(index) {
            *slot = Some(result.clone());
        }
        result
    }

    /// `&&` and `||`: an operand that decides wins over an error of the other, whatever their order.
    fn junction(&mut self, left: &Expr, right: &Expr, decides: bool) -> Result<'a> {
        let left = self.truth(left);
        if left == Ok(decides) {
            return Ok(Value::Bool(decides));
        }
        let right = self.truth(right);
        if right == Ok(decides) {
            return Ok(Value::Bool(decides));
        }
        left?;
        right.map(Value::Bool)
    }

    pub(super) fn truth(&mut self, expr: &Expr) -> std::result::Result<bool, EvalError> {
        match self.value(expr)? {
            Value::Bool(bool) => Ok(bool),
            _ => Err(EvalError::NoSuchOverload),
        }
    }

    fn list(&mut self, items: &[Item]) -> Result<'a> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = self.value(&item.value)?;
            match (item.optional, value) {
                (false, value) => values.push(value),
                (true, Value::Optional(held)) => values.extend(held.map(|held| (*held).clone())),
                (true, _) => return Err(EvalError::NoSuchOverload),
            }
        }
        Ok(Value::list(values))
    }

    fn map(&mut self, pairs: &[Pair]) -> Result<'a> {
        let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let (key, value) = (self.value(&pair.key)?, self.value(&pair.value)?);
            let value = match (pair.optional, value) {
                (false, value) => value,
                (true, Value::Optional(Some(held))) => (*held).clone(),
                (true, Value::Optional(None)) => continue,
                (true, _) => return Err(EvalError::NoSuchOverload),
            };
            // The later of two literal keys counts.
            entries.retain(|(have, _)| !operators::equal(have, &key));
            insert(&mut entries, key, value)?;
        }
        Ok(Value::Map(Arc::new(entries)))
    }

    fn call(&mut self, call: &Call) -> Result<'a> {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        let mut cost = 0;
        for argument in &call.arguments {
            let value = self.value(argument)?;
            cost += size_cost(&value);
            arguments.push(value);
        }
        // Charged before the work: what a function does is at most linear in what it is given.
        self.charge(cost)?;
        let Some(overload) = call
            .overloads
            .iter()
            .find(|overload| overload.accepts(&arguments))
        else {
            return Err(no_overload(&call.name, &arguments));
        };
        let result = (overload.run)(&arguments)?;
        self.charge(size_cost(&result))?;
        Ok(result)
    }

    fn optional_map(&mut self, map: &OptionalMap) -> Result<'a> {
        match self.value(&map.operand)? {
            Value::Optional(None) => Ok(Value::Optional(None)),
            Value::Optional(Some(held)) => {
                self.bind(map.slot, (*held).clone());
                let value = self.value(&map.body)?;
                Ok(if map.flat { value } else { Value::some(value) })
            }
            _ => Err(EvalError::NoSuchOverload),
        }
    }

    pub(super) fn bind(&mut self, slot: usize, value: Value<'a>) {
        if self.locals.len() <= slot {
            self.locals.resize(slot + 1, Value::Null);
        }
        if let Some(local) = self.locals.get_mut(slot) {
            *local = value;
        }
    }

    /// Binds a loop's variables to the turn of a position.
    pub(super) fn turn(&mut self, body: &Loop, range: &Value<'a>, position: usize) {
        let (first, second) = if range.is_map() {
            range.entry(position).unwrap_or((Value::Null, Value::Null))
        } else {
            let item = range.element(position).unwrap_or(Value::Null);
            match body.second {
                Some(_) => (
                    Value::Int(i64::try_from(position).unwrap_or(i64::MAX)),
                    item,
                ),
                None => (item, Value::Null),
            }
        };
        self.bind(body.first, first);
        if let Some(slot) = body.second {
            self.bind(slot, second);
        }
    }

    fn run(&mut self, body: &Loop) -> Result<'a> {
        let range = self.value(&body.range)?;
        let Some(turns) = range.len() else {
            return Err(EvalError::NotIterable(range.go_type()));
        };
        match body.kind {
            LoopKind::All => self.quantify(body, &range, turns, false),
            LoopKind::Exists => self.quantify(body, &range, turns, true),
            LoopKind::ExistsOne => {
                let mut count = 0;
                for position in 0..turns {
                    self.turn(body, &range, position);
                    count += usize::from(self.truth(&body.body)?);
                }
                Ok(Value::Bool(count == 1))
            }
            LoopKind::SortBy => self.sort_by(body, &range, turns),
            LoopKind::Map | LoopKind::Filter | LoopKind::TransformList => {
                let mut values = Vec::new();
                for position in 0..turns {
                    self.turn(body, &range, position);
                    if let Some(filter) = &body.filter
                        && !self.truth(filter)?
                    {
                        continue;
                    }
                    values.push(self.value(&body.body)?);
                }
                Ok(Value::list(values))
            }
            LoopKind::TransformMap | LoopKind::TransformMapEntry => {
                self.transform_map(body, &range, turns)
            }
        }
    }

    /// `all` and `exists`: errors of some elements are forgotten when another decides.
    fn quantify(
        &mut self,
        body: &Loop,
        range: &Value<'a>,
        turns: usize,
        decides: bool,
    ) -> Result<'a> {
        let mut failed = None;
        for position in 0..turns {
            self.turn(body, range, position);
            match self.truth(&body.body) {
                Ok(truth) if truth == decides => return Ok(Value::Bool(decides)),
                Ok(_) => {}
                Err(EvalError::CostLimit) => return Err(EvalError::CostLimit),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn sort_by(&mut self, body: &Loop, range: &Value<'a>, turns: usize) -> Result<'a> {
        let mut keyed = Vec::with_capacity(turns);
        for position in 0..turns {
            self.turn(body, range, position);
            let key = self.value(&body.body)?;
            keyed.push((key, range.element(position).unwrap_or(Value::Null)));
        }
        for pair in keyed.windows(2) {
            if let [(a, _), (b, _)] = pair {
                operators::compare(a, b)?;
            }
        }
        keyed.sort_by(|(a, _), (b, _)| {
            operators::compare(a, b)
                .ok()
                .flatten()
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(Value::list(
            keyed.into_iter().map(|(_, item)| item).collect(),
        ))
    }

    fn transform_map(&mut self, body: &Loop, range: &Value<'a>, turns: usize) -> Result<'a> {
        let mut entries = Vec::new();
        for position in 0..turns {
            self.turn(body, range, position);
            if let Some(filter) = &body.filter
                && !self.truth(filter)?
            {
                continue;
            }
            let key = self.locals.get(body.first).cloned().unwrap_or(Value::Null);
            let value = self.value(&body.body)?;
            if body.kind == LoopKind::TransformMap {
                insert(&mut entries, key, value)?;
            } else {
                for position in 0..value.len().unwrap_or_default() {
                    self.charge(1)?;
                    if let Some((key, value)) = value.entry(position) {
                        insert(&mut entries, key, value)?;
                    }
                }
            }
        }
        Ok(Value::Map(Arc::new(entries)))
    }
}

/// Says that no overload takes these arguments, as the server words it: some functions of the language
/// itself say less than those of the libraries.
pub(super) fn no_overload(name: &str, arguments: &[Value<'_>]) -> EvalError {
    match name {
        "contains" | "endsWith" | "matches" | "startsWith" => EvalError::NoSuchOverload,
        "size" => EvalError::NoOverloadOf(name.to_owned()),
        _ => {
            let types: Vec<&str> = arguments.iter().map(Value::type_name).collect();
            EvalError::NoOverloadOf(format!("{name}({})", types.join(", ")))
        }
    }
}

/// Returns what the size of a value adds to the cost of what makes or reads it.
fn size_cost(value: &Value<'_>) -> usize {
    match value {
        Value::String(text) => text.len() / 10,
        Value::Bytes(bytes) => bytes.len() / 10,
        Value::List(items) => items.len() / 2,
        Value::Map(entries) => entries.len() / 2,
        Value::Sequence(items) => items.len() / 2,
        _ => 0,
    }
}

fn insert<'a>(
    entries: &mut Vec<(Value<'a>, Value<'a>)>,
    key: Value<'a>,
    value: Value<'a>,
) -> std::result::Result<(), EvalError> {
    if !matches!(
        key,
        Value::String(_) | Value::Int(_) | Value::Uint(_) | Value::Bool(_)
    ) {
        return Err(EvalError::function(format!(
            "unsupported key type: {}",
            key.type_name()
        )));
    }
    if entries.iter().any(|(have, _)| operators::equal(have, &key)) {
        return Err(EvalError::function(format!(
            "insert failed: key {} already exists",
            super::functions::display(&key)
        )));
    }
    entries.push((key, value));
    Ok(())
}

fn select<'a>(operand: &Value<'a>, field: &str) -> Result<'a> {
    match operand {
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(held)) => optional_select(held, field),
        operand => operand
            .field(field)
            .ok_or_else(|| EvalError::NoSuchKey(field.into())),
    }
}

fn has(operand: &Value<'_>, field: &str) -> std::result::Result<bool, EvalError> {
    match operand {
        Value::Optional(None) => Ok(false),
        Value::Optional(Some(held)) => has(held, field),
        operand => Ok(operand.field(field).is_some()),
    }
}

fn optional_select<'a>(operand: &Value<'a>, field: &str) -> Result<'a> {
    match operand {
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(held)) => optional_select(held, field),
        operand => Ok(Value::Optional(operand.field(field).map(Arc::new))),
    }
}

fn element<'a>(operand: &Value<'a>, index: &Value<'a>) -> Result<'a> {
    if let Value::Optional(_) = operand {
        return optional_element(operand, index);
    }
    if !operand.is_list() {
        return operators::lookup(operand, index)
            .ok_or_else(|| EvalError::NoSuchKey(super::functions::display(index).into()));
    }
    let position = position(index)?;
    usize::try_from(position)
        .ok()
        .and_then(|position| operand.element(position))
        .ok_or(EvalError::IndexOutOfBounds(position))
}

fn optional_element<'a>(operand: &Value<'a>, index: &Value<'a>) -> Result<'a> {
    match operand {
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(held)) => optional_element(held, index),
        operand if operand.is_map() => Ok(Value::Optional(
            operators::lookup(operand, index).map(Arc::new),
        )),
        operand if operand.is_list() => Ok(Value::Optional(
            usize::try_from(position(index)?)
                .ok()
                .and_then(|position| operand.element(position))
                .map(Arc::new),
        )),
        _ => Err(EvalError::NoSuchOverload),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the double is whole")]
fn position(index: &Value<'_>) -> std::result::Result<i64, EvalError> {
    match index {
        Value::Int(int) => Ok(*int),
        Value::Uint(uint) => i64::try_from(*uint).map_err(|_| EvalError::Overflow),
        Value::Double(double) if double.fract() == 0.0 => Ok(*double as i64),
        Value::Double(double) => Err(EvalError::function(format!(
            "unsupported index value {double} in list"
        ))),
        other => Err(EvalError::function(format!(
            "unsupported index type '{}' in list",
            other.type_name()
        ))),
    }
}
