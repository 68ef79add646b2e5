//! When `test` finds two values equal.

use crate::yaml::{Node, Scalar, Tag, Value};

/// Tells whether two values are equal as JSON. Lists that hold nulls never are: the reference fails on them.
pub(super) fn are_equal(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Scalar(a), Value::Scalar(b)) => are_equal_scalars(a, b),
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b.iter())
                    .all(|(a, b)| !a.is_null() && are_equal(a, b))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|entry| {
                    b.get(&entry.key.text)
                        .is_some_and(|value| are_equal(&entry.value, value))
                })
        }
        _ => false,
    }
}

fn are_equal_scalars(a: &Scalar, b: &Scalar) -> bool {
    let is_number = |scalar: &Scalar| matches!(scalar.tag, Tag::Int | Tag::Float);
    if is_number(a) && is_number(b) {
        return a.text == b.text
            || matches!((a.text.parse::<f64>(), b.text.parse::<f64>()), (Ok(a), Ok(b)) if a.total_cmp(&b).is_eq());
    }
    match (a.tag, b.tag) {
        (Tag::Null, Tag::Null) => true,
        (Tag::Bool, Tag::Bool) => a.text.eq_ignore_ascii_case(&b.text),
        _ => a.tag == b.tag && a.text == b.text,
    }
}
