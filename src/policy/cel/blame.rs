//! Which field of the object decided an expression.
//!
//! Works down from an expression with a known outcome to the operand that made it so: the false side
//! of `&&`, the element that broke an `all`, the branch that was taken, the variable's own expression.

use crate::yaml::FieldPath;
use crate::yaml::Segment;

use super::evaluate::Evaluator;
use super::expression::{Expr, Loop, LoopKind, Root};
use super::value::Value;

/// How deep the search goes.
const MAX_DEPTH: usize = 400;
/// How often the search may step down. Beyond, the nearest field found so far is told.
const MAX_STEPS: usize = 20_000;

/// How many elements of lists are told of.
const MAX_ELEMENTS: usize = 100;

/// Returns the fields that decided a validation which did not hold: one, or one for each element that an
/// `all` broke on; the object's root where no field did.
pub(crate) fn blame(evaluator: &mut Evaluator<'_, '_>, expr: &Expr) -> Vec<FieldPath> {
    evaluator.begin();
    let mut search = Search {
        evaluator,
        paths: Vec::new(),
        more: Vec::new(),
        element: None,
        steps: 0,
        depth: 0,
    };
    let first = search.decider(expr, false).unwrap_or_default();
    let mut fields = vec![first];
    for field in search.more {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

/// How two operands are joined: an `Or` is decided by one that is true, an `And` by one that is false.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Junction {
    And,
    Or,
}

struct Search<'s, 'e, 'a> {
    evaluator: &'s mut Evaluator<'e, 'a>,
    /// The field that each slot's value came from.
    paths: Vec<Option<FieldPath>>,
    /// What further elements decided the same as the one that is told of.
    more: Vec<FieldPath>,
    /// The element of the innermost list that is being looked into.
    element: Option<FieldPath>,
    steps: usize,
    depth: usize,
}

impl<'a> Search<'_, '_, 'a> {
    fn exhausted(&mut self) -> bool {
        self.steps += 1;
        self.steps > MAX_STEPS || self.depth > MAX_DEPTH
    }

    /// Returns the field because of which the expression is `outcome` (or fails).
    fn decider(&mut self, expr: &Expr, outcome: bool) -> Option<FieldPath> {
        if self.exhausted() {
            return None;
        }
        self.depth += 1;
        let found = self.decider_of(expr, outcome);
        self.depth -= 1;
        found
    }

    fn decider_of(&mut self, expr: &Expr, outcome: bool) -> Option<FieldPath> {
        match expr {
            Expr::Not(operand) => self.decider(operand, !outcome),
            Expr::And(pair) => self.junction(pair, Junction::And, outcome),
            Expr::Or(pair) => self.junction(pair, Junction::Or, outcome),
            Expr::Conditional(parts) => {
                let condition = self.evaluator.truth(&parts.0);
                let branch = if condition == Ok(true) {
                    &parts.1
                } else {
                    &parts.2
                };
                let found = condition
                    .is_ok()
                    .then(|| self.decider(branch, outcome))
                    .flatten();
                found.or_else(|| self.decider(&parts.0, condition.unwrap_or(false)))
            }
            Expr::Variable(index) => {
                self.in_variable(*index, |search, expr| search.decider(expr, outcome))
            }
            Expr::Loop(body) if quantifies(body.kind) => self.quantifier(body, outcome),
            // `== false` and `!= true` are ways to write `!`.
            other => self.field(other),
        }
    }

    /// Where `&&` is true or `||` is false, both sides made it so: the longer path says more.
    fn junction(
        &mut self,
        (left, right): &(Expr, Expr),
        junction: Junction,
        outcome: bool,
    ) -> Option<FieldPath> {
        if outcome == (junction == Junction::Or) {
            let culprit = if self.evaluator.truth(left) == Ok(outcome) {
                left
            } else if self.evaluator.truth(right) == Ok(outcome) {
                right
            } else if self.evaluator.truth(left).is_err() {
                left
            } else {
                right
            };
            return self.decider(culprit, outcome);
        }
        if self.evaluator.truth(left).is_err() {
            return self.decider(left, outcome);
        }
        let before = self.more.len();
        let a = self.decider(left, outcome);
        let between = self.more.len();
        let b = self.decider(right, outcome);
        let first = match (self.is_within(a.as_ref()), self.is_within(b.as_ref())) {
            (true, false) => true,
            (false, true) => false,
            _ => is_longer(a.as_ref(), b.as_ref()),
        };
        if first {
            self.more.truncate(between);
            return a;
        }
        self.more.drain(before..between);
        b
    }

    fn quantifier(&mut self, body: &Loop, outcome: bool) -> Option<FieldPath> {
        let range = self.evaluator.value(&body.range).ok()?;
        let turns = range.len().unwrap_or_default();
        // The element that alone decides: the one that breaks an `all` or meets an `exists`.
        let sought = match body.kind {
            LoopKind::All if !outcome => Some(false),
            LoopKind::Exists if outcome => Some(true),
            _ => None,
        };
        if let Some(sought) = sought {
            let mut first = None;
            let mut failing = None;
            for position in 0..turns {
                self.evaluator.turn(body, &range, position);
                match self.evaluator.truth(&body.body) {
                    Ok(truth) if truth == sought => {
                        let found =
                            self.element_decider(body, &range, position, &body.body, sought);
                        match (&first, found) {
                            (None, found) => first = Some(found),
                            (Some(_), found) => self.more.extend(found),
                        }
                        if self.more.len() >= MAX_ELEMENTS {
                            break;
                        }
                    }
                    Ok(_) => {}
                    Err(_) => failing = failing.or(Some(position)),
                }
            }
            if let Some(first) = first {
                return first;
            }
            if let Some(position) = failing {
                return self.element_decider(body, &range, position, &body.body, sought);
            }
        }
        // No element did: with one there is only that to look at, with more it is the list.
        if turns == 1 {
            let found = self.element_decider(body, &range, 0, &body.body, outcome);
            if found.is_some() {
                return found;
            }
        }
        self.field(&body.range)
    }

    fn element_decider(
        &mut self,
        body: &Loop,
        range: &Value<'a>,
        position: usize,
        predicate: &Expr,
        outcome: bool,
    ) -> Option<FieldPath> {
        let element = self.enter(body, range, position);
        let outer = std::mem::replace(&mut self.element, element.clone());
        let found = self.decider(predicate, outcome);
        let within = self.is_within(found.as_ref());
        self.element = outer;
        // What the element was compared with may be a field, too, but the element is what broke the rule.
        if within || element.is_none() {
            found
        } else {
            element
        }
    }

    /// Tells whether a path leads into the element that is being looked into.
    fn is_within(&self, path: Option<&FieldPath>) -> bool {
        match (&self.element, path) {
            (Some(element), Some(path)) => path.segments().starts_with(element.segments()),
            _ => false,
        }
    }

    /// Binds a loop's variables to a turn, with the paths they stand for; returns the element's path.
    fn enter(&mut self, body: &Loop, range: &Value<'a>, position: usize) -> Option<FieldPath> {
        let path = self.element(&body.range, position, 0);
        self.evaluator.turn(body, range, position);
        // A key stands for its entry, as an index does for its element.
        self.remember(body.first, path.clone());
        if let Some(slot) = body.second {
            self.remember(slot, path.clone());
        }
        path
    }

    fn remember(&mut self, slot: usize, path: Option<FieldPath>) {
        if self.paths.len() <= slot {
            self.paths.resize(slot + 1, None);
        }
        if let Some(place) = self.paths.get_mut(slot) {
            *place = path;
        }
    }

    fn in_variable(
        &mut self,
        index: usize,
        work: impl FnOnce(&mut Self, &Expr) -> Option<FieldPath>,
    ) -> Option<FieldPath> {
        let variables = self.evaluator.variables;
        let (_, expr) = variables.get(index)?;
        let locals = std::mem::take(&mut self.evaluator.locals);
        let paths = std::mem::take(&mut self.paths);
        let found = work(self, expr);
        self.paths = paths;
        self.evaluator.locals = locals;
        found
    }

    /// Returns the field that a value was read from, or the most telling one it was made of.
    fn field(&mut self, expr: &Expr) -> Option<FieldPath> {
        if self.exhausted() {
            return None;
        }
        self.depth += 1;
        let found = self.field_of(expr);
        self.depth -= 1;
        found
    }

    fn field_of(&mut self, expr: &Expr) -> Option<FieldPath> {
        match expr {
            Expr::Root(Root::Object) => Some(FieldPath::root()),
            Expr::Literal(_) | Expr::Root(_) => None,
            Expr::Local(slot) => self.paths.get(*slot).cloned().flatten(),
            Expr::Variable(index) => self.in_variable(*index, Self::field),
            Expr::Select(operand, field)
            | Expr::Has(operand, field)
            | Expr::OptionalSelect(operand, field) => {
                let operand_path = self.field(operand)?;
                // A field of what a list was computed to is no field of the list.
                Some(if self.is_place(operand) {
                    operand_path.key(field)
                } else {
                    operand_path
                })
            }
            Expr::Index(pair) | Expr::OptionalIndex(pair) => {
                let Some(operand) = self.field(&pair.0) else {
                    return self.field(&pair.1);
                };
                if !self.is_place(&pair.0) {
                    return Some(operand);
                }
                match self.evaluator.value(&pair.1) {
                    Ok(Value::String(key)) => Some(operand.key(&key)),
                    Ok(Value::Int(index)) => match usize::try_from(index) {
                        Ok(index) => self.element(&pair.0, index, 0).or(Some(operand)),
                        Err(_) => Some(operand),
                    },
                    _ => Some(operand),
                }
            }
            Expr::And(pair) | Expr::Or(pair) => {
                let outcome = self.evaluator.truth(expr).unwrap_or(false);
                let junction = if matches!(expr, Expr::Or(_)) {
                    Junction::Or
                } else {
                    Junction::And
                };
                self.junction(pair, junction, outcome)
            }
            Expr::Not(operand) | Expr::Negate(operand) => self.field(operand),
            Expr::Conditional(parts) => {
                let taken = self.evaluator.truth(&parts.0).unwrap_or(true);
                let branch = if taken { &parts.1 } else { &parts.2 };
                self.field(branch).or_else(|| self.field(&parts.0))
            }
            Expr::Binary(_, pair) => {
                let (a, b) = (self.field(&pair.0), self.field(&pair.1));
                longer_first(a, b)
            }
            Expr::List(items) => self.longest(items.iter().map(|item| &item.value)),
            Expr::Map(pairs) => self.longest(pairs.iter().map(|pair| &pair.value)),
            Expr::Call(call) => self.longest(call.arguments.iter()),
            Expr::Loop(body) => self.loop_field(body, expr),
            Expr::OptionalMap(map) => {
                let path = self.field(&map.operand);
                if let Ok(Value::Optional(Some(held))) = self.evaluator.value(&map.operand) {
                    self.evaluator.bind(map.slot, (*held).clone());
                    self.remember(map.slot, path.clone());
                    let inner = self.field(&map.body);
                    return longer(path, inner);
                }
                path
            }
        }
    }

    /// Tells whether the value of an expression is a place in the object, not something computed.
    fn is_place(&mut self, expr: &Expr) -> bool {
        match self.evaluator.value(expr) {
            Ok(Value::Optional(held)) => {
                held.is_none_or(|held| matches!(*held, Value::Mapping(_) | Value::Sequence(_)))
            }
            // What failed was a select of a missing field: the path goes on below it.
            Ok(Value::Mapping(_) | Value::Sequence(_)) | Err(_) => true,
            Ok(_) => false,
        }
    }

    fn longest<'x>(&mut self, exprs: impl Iterator<Item = &'x Expr>) -> Option<FieldPath> {
        exprs.fold(None, |best, expr| {
            let found = self.field(expr);
            longer_first(best, found)
        })
    }

    fn loop_field(&mut self, body: &Loop, expr: &Expr) -> Option<FieldPath> {
        if quantifies(body.kind) {
            let outcome = self.evaluator.truth(expr).unwrap_or(false);
            return self.quantifier(body, outcome);
        }
        let range = self.evaluator.value(&body.range).ok()?;
        for position in 0..range.len().unwrap_or_default() {
            self.evaluator.turn(body, &range, position);
            if let Some(filter) = &body.filter {
                if self.evaluator.truth(filter) != Ok(true) {
                    continue;
                }
                // What a filter let through is what an emptiness test is about.
                return self.element_decider(body, &range, position, filter, true);
            }
            let element = self.enter(body, &range, position);
            let found = self.field(&body.body);
            return longer(element, found);
        }
        self.field(&body.range)
    }

    /// Returns the field that an element of a list came from, or the entry of a map.
    fn element(&mut self, list: &Expr, index: usize, depth: usize) -> Option<FieldPath> {
        if self.exhausted() || depth > 16 {
            return None;
        }
        match list {
            Expr::Variable(variable) => self.in_variable(*variable, |search, expr| {
                search.element(expr, index, depth + 1)
            }),
            Expr::Binary(super::expression::Operator::Add, pair) => {
                let length = self.evaluator.value(&pair.0).ok()?.len()?;
                if index < length {
                    self.element(&pair.0, index, depth + 1)
                } else {
                    self.element(&pair.1, index - length, depth + 1)
                }
            }
            Expr::List(items) => {
                let item = items.get(index)?;
                self.field(&item.value)
            }
            Expr::Conditional(parts) => {
                let taken = self.evaluator.truth(&parts.0).unwrap_or(true);
                let branch = if taken { &parts.1 } else { &parts.2 };
                self.element(branch, index, depth + 1)
            }
            Expr::Loop(body) if matches!(body.kind, LoopKind::Map | LoopKind::Filter) => {
                let range = self.evaluator.value(&body.range).ok()?;
                let mut taken = 0;
                for position in 0..range.len()? {
                    self.evaluator.turn(body, &range, position);
                    let is_taken = match &body.filter {
                        Some(filter) => self.evaluator.truth(filter) == Ok(true),
                        None => true,
                    };
                    if is_taken && taken == index {
                        let element = self.enter(body, &range, position);
                        if body.kind == LoopKind::Filter {
                            return element;
                        }
                        let found = self.field(&body.body);
                        return longer(element, found);
                    }
                    taken += usize::from(is_taken);
                }
                None
            }
            // `orValue` and the like: the value is the receiver's or the argument's.
            Expr::Call(call) => {
                for argument in &call.arguments {
                    let value = match self.evaluator.value(argument) {
                        Ok(Value::Optional(Some(held))) => (*held).clone(),
                        Ok(Value::Optional(None)) | Err(_) => continue,
                        Ok(value) => value,
                    };
                    if value.len().is_some_and(|length| index < length) {
                        let path = self.field(argument)?;
                        return Some(step(&path, &value, index));
                    }
                }
                None
            }
            other => {
                let value = self.evaluator.value(other).ok()?;
                let path = self.field(other)?;
                matches!(value, Value::Sequence(_) | Value::Mapping(_))
                    .then(|| step(&path, &value, index))
            }
        }
    }
}

fn step(path: &FieldPath, value: &Value<'_>, position: usize) -> FieldPath {
    match value {
        Value::Mapping(mapping) => match mapping.iter().nth(position) {
            Some(entry) => path.key(&entry.key.text),
            None => path.clone(),
        },
        Value::Sequence(_) => path.index(position),
        _ => path.clone(),
    }
}

fn quantifies(kind: LoopKind) -> bool {
    matches!(kind, LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne)
}

fn depth(path: Option<&FieldPath>) -> Option<usize> {
    path.map(|path: &FieldPath| -> usize {
        let segments: &[Segment] = path.segments();
        segments.len()
    })
}

/// Tells whether a path is longer than another.
fn is_longer(a: Option<&FieldPath>, b: Option<&FieldPath>) -> bool {
    depth(a) > depth(b)
}

/// Returns the longer path; the later one of two as long.
fn longer(a: Option<FieldPath>, b: Option<FieldPath>) -> Option<FieldPath> {
    if is_longer(a.as_ref(), b.as_ref()) {
        a
    } else {
        b
    }
}

/// Returns the longer path; the earlier one of two as long.
fn longer_first(a: Option<FieldPath>, b: Option<FieldPath>) -> Option<FieldPath> {
    if is_longer(b.as_ref(), a.as_ref()) {
        b
    } else {
        a
    }
}
