//! Lists and sets: the Kubernetes library, the lists extension, the sets extension.

use std::cmp::Ordering;

use super::super::operators::{add, compare, distinct, equal};
use super::{EvalError, Line, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("list<int>.isSorted(): bool", is_sorted),
    ("list<uint>.isSorted(): bool", is_sorted),
    ("list<double>.isSorted(): bool", is_sorted),
    ("list<bool>.isSorted(): bool", is_sorted),
    ("list<string>.isSorted(): bool", is_sorted),
    ("list<bytes>.isSorted(): bool", is_sorted),
    ("list<duration>.isSorted(): bool", is_sorted),
    ("list<timestamp>.isSorted(): bool", is_sorted),
    ("list<int>.sum(): int", sum),
    ("list<uint>.sum(): uint", sum),
    ("list<double>.sum(): double", sum),
    ("list<duration>.sum(): duration", sum),
    ("list<int>.min(): int", min),
    ("list<uint>.min(): uint", min),
    ("list<double>.min(): double", min),
    ("list<bool>.min(): bool", min),
    ("list<string>.min(): string", min),
    ("list<bytes>.min(): bytes", min),
    ("list<duration>.min(): duration", min),
    ("list<timestamp>.min(): timestamp", min),
    ("list<int>.max(): int", max),
    ("list<uint>.max(): uint", max),
    ("list<double>.max(): double", max),
    ("list<bool>.max(): bool", max),
    ("list<string>.max(): string", max),
    ("list<bytes>.max(): bytes", max),
    ("list<duration>.max(): duration", max),
    ("list<timestamp>.max(): timestamp", max),
    ("list<A>.indexOf(A): int", |a| find(a, false)),
    ("list<A>.lastIndexOf(A): int", |a| find(a, true)),
    ("list<A>.slice(int; int): list<A>", slice),
    ("list<A>.flatten(): list<dyn>", flatten),
    ("list<A>.flatten(int): list<dyn>", flatten),
    ("list<A>.sort(): list<A>", sort),
    ("list<A>.distinct(): list<A>", |a| {
        arguments!(a, list);
        Ok(distinct(&list.elements().unwrap_or_default()))
    }),
    ("list<A>.reverse(): list<A>", |a| {
        arguments!(a, list);
        let mut items = list.elements().unwrap_or_default();
        items.reverse();
        Ok(Value::list(items))
    }),
    ("::lists.range(int): list<int>", range),
    ("list<A>.first(): optional<A>", |a| end(a, true)),
    ("list<A>.last(): optional<A>", |a| end(a, false)),
    ("::sets.contains(list<A>; list<A>): bool", |a| {
        sets(a, |a, b| b.iter().all(|item| has(a, item)))
    }),
    ("::sets.equivalent(list<A>; list<A>): bool", |a| {
        sets(a, |a, b| {
            a.iter().all(|item| has(b, item)) && b.iter().all(|item| has(a, item))
        })
    }),
    ("::sets.intersects(list<A>; list<A>): bool", |a| {
        sets(a, |a, b| a.iter().any(|item| has(b, item)))
    }),
];

fn has(items: &[Value<'_>], item: &Value<'_>) -> bool {
    items.iter().any(|have| equal(have, item))
}

/// The longest lists whose every pair is compared.
const MAX_PAIRS: usize = 1 << 22;

fn sets<'a>(values: &[Value<'a>], test: fn(&[Value<'a>], &[Value<'a>]) -> bool) -> Result<'a> {
    arguments!(values, a, b);
    let (a, b) = (
        a.elements().unwrap_or_default(),
        b.elements().unwrap_or_default(),
    );
    if a.len().saturating_mul(b.len()) > MAX_PAIRS {
        return Err(EvalError::CostLimit);
    }
    Ok(Value::Bool(test(&a, &b)))
}

fn is_sorted<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, list);
    let items = list.elements().unwrap_or_default();
    for pair in items.windows(2) {
        if let [a, b] = pair
            && compare(a, b)? == Some(Ordering::Greater)
        {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn sum<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, list);
    let items = list.elements().unwrap_or_default();
    let Some((first, rest)) = items.split_first() else {
        return Ok(Value::Int(0));
    };
    if !matches!(
        first,
        Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_)
    ) {
        return Err(EvalError::NoSuchOverload);
    }
    rest.iter()
        .try_fold(first.clone(), |sum, item| add(&sum, item))
}

fn min<'a>(values: &[Value<'a>]) -> Result<'a> {
    extreme(values, "min", Ordering::Less)
}

fn max<'a>(values: &[Value<'a>]) -> Result<'a> {
    extreme(values, "max", Ordering::Greater)
}

fn extreme<'a>(values: &[Value<'a>], name: &str, wanted: Ordering) -> Result<'a> {
    arguments!(values, list);
    let items = list.elements().unwrap_or_default();
    let Some((first, rest)) = items.split_first() else {
        return fail(format!("{name} called on empty list"));
    };
    let mut best = first;
    for item in rest {
        if compare(item, best)? == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn find<'a>(values: &[Value<'a>], backwards: bool) -> Result<'a> {
    arguments!(values, list, wanted);
    let items = list.elements().unwrap_or_default();
    let found = if backwards {
        items.iter().rposition(|item| equal(item, wanted))
    } else {
        items.iter().position(|item| equal(item, wanted))
    };
    Ok(Value::Int(found.map_or(-1, |index| {
        i64::try_from(index).unwrap_or(i64::MAX)
    })))
}

fn slice<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, list, Value::Int(start), Value::Int(end));
    let items = list.elements().unwrap_or_default();
    if *start < 0 || *end < 0 {
        return fail(format!(
            "cannot slice({start}, {end}), negative indexes not supported"
        ));
    }
    if start > end {
        return fail(format!(
            "cannot slice({start}, {end}), start index must be less than or equal to end index"
        ));
    }
    let bounds = usize::try_from(*start).ok().zip(usize::try_from(*end).ok());
    match bounds.and_then(|(start, end)| items.get(start..end)) {
        Some(part) => Ok(Value::list(part.to_vec())),
        None => fail(format!(
            "cannot slice({start}, {end}), list is length {}",
            items.len()
        )),
    }
}

fn flatten<'a>(values: &[Value<'a>]) -> Result<'a> {
    let (list, depth) = match values {
        [list] => (list, 1),
        [list, Value::Int(depth)] if *depth >= 0 => (list, *depth),
        [_, Value::Int(_)] => return fail("level must be non-negative"),
        _ => return Err(EvalError::NoSuchOverload),
    };
    let mut flat = Vec::new();
    flatten_into(&list.elements().unwrap_or_default(), depth, &mut flat);
    Ok(Value::list(flat))
}

fn flatten_into<'a>(items: &[Value<'a>], depth: i64, flat: &mut Vec<Value<'a>>) {
    for item in items {
        match item.elements() {
            Some(inner) if depth > 0 => flatten_into(&inner, depth - 1, flat),
            _ => flat.push(item.clone()),
        }
    }
}

fn sort<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, list);
    let mut items = list.elements().unwrap_or_default();
    for pair in items.windows(2) {
        if let [a, b] = pair {
            if a.type_name() != b.type_name() {
                return fail("list elements must have the same type");
            }
            compare(a, b)?;
        }
    }
    items.sort_by(|a, b| compare(a, b).ok().flatten().unwrap_or(Ordering::Equal));
    Ok(Value::list(items))
}

fn range<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::Int(end));
    if *end > 1_000_000 {
        return Err(EvalError::CostLimit);
    }
    Ok(Value::list((0..*end).map(Value::Int).collect()))
}

fn end<'a>(values: &[Value<'a>], first: bool) -> Result<'a> {
    arguments!(values, list);
    let position = match (first, list.len().unwrap_or_default()) {
        (_, 0) => return Ok(Value::Optional(None)),
        (true, _) => 0,
        (false, length) => length - 1,
    };
    Ok(list
        .element(position)
        .map_or(Value::Optional(None), Value::some))
}
