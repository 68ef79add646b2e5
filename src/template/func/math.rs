//! Arithmetic on `int64` and `float64`, and sequences of numbers.

use super::super::value::{Elem, List, Value};
use super::super::{CallError, Run};
use super::cast::{to_float64, to_int64};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("add1", [Any], add1),
    ("add", [..Any], add),
    ("sub", [Any, Any], sub),
    ("div", [Any, Any], div),
    ("mod", [Any, Any], modulo),
    ("mul", [Any, ..Any], mul),
    ("max", [Any, ..Any], max),
    ("biggest", [Any, ..Any], max),
    ("min", [Any, ..Any], min),
    ("maxf", [Any, ..Any], maxf),
    ("minf", [Any, ..Any], minf),
    ("floor", [Any], floor),
    ("ceil", [Any], ceil),
    ("round", [Any, Int, ..Float64], round),
    ("until", [Int], until),
    ("untilStep", [Int, Int, Int], until_step),
    ("seq", [..Int], seq),
];

/// The first argument's number and the others', put together.
fn folded(arguments: &[Value], fold: impl Fn(i64, i64) -> i64) -> Result<Value, CallError> {
    let numbers = arguments.iter().map(to_int64);
    Ok(Value::int64(numbers.reduce(fold).unwrap_or(0)))
}

fn add1(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(Value::int64(
        to_int64(&arg::any(arguments, 0)).wrapping_add(1),
    ))
}

fn add(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(arguments, i64::wrapping_add)
}

fn sub(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(arguments, i64::wrapping_sub)
}

fn mul(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(arguments, i64::wrapping_mul)
}

fn max(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(arguments, Ord::max)
}

fn min(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    folded(arguments, Ord::min)
}

fn div(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    divided(arguments, i64::wrapping_div)
}

fn modulo(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    divided(arguments, i64::wrapping_rem)
}

fn divided(arguments: &[Value], divide: impl Fn(i64, i64) -> i64) -> Result<Value, CallError> {
    match to_int64(&arg::any(arguments, 1)) {
        0 => Err(CallError::new("runtime error: integer divide by zero")),
        by => Ok(Value::int64(divide(to_int64(&arg::any(arguments, 0)), by))),
    }
}

fn maxf(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(extreme(arguments, f64::INFINITY, |one, other| {
        one > other || one == other && other.is_sign_negative()
    }))
}

fn minf(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(extreme(arguments, f64::NEG_INFINITY, |one, other| {
        one < other || one == other && one.is_sign_negative()
    }))
}

/// The number that beats the others. The limit beats even what is no number, which beats all else.
fn extreme(arguments: &[Value], limit: f64, beats: impl Fn(f64, f64) -> bool) -> Value {
    let numbers = arguments.iter().map(to_float64);
    let winner = numbers.reduce(|one, other| match (one, other) {
        _ if one.total_cmp(&limit).is_eq() || other.total_cmp(&limit).is_eq() => limit,
        _ if one.is_nan() || other.is_nan() => f64::NAN,
        _ if beats(one, other) => one,
        _ => other,
    });
    winner.unwrap_or(0.0).into()
}

fn floor(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(to_float64(&arg::any(arguments, 0)).floor().into())
}

fn ceil(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(to_float64(&arg::any(arguments, 0)).ceil().into())
}

/// Rounds to so many places, up from the fraction on that is given third.
fn round(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let from = match arguments.get(2) {
        Some(_) => arg::float(arguments, 2),
        None => 0.5,
    };
    let power = power_of_ten(arg::int(arguments, 1));
    let scaled = power * to_float64(&arg::any(arguments, 0));
    let fraction = scaled - scaled.trunc();
    let rounded = if fraction >= from {
        scaled.ceil()
    } else {
        scaled.floor()
    };
    Ok((rounded / power).into())
}

/// `math.Pow(10, exponent)`, with the same rounding: squares multiplied, the inverse last.
fn power_of_ten(exponent: i64) -> f64 {
    let mut left = exponent.unsigned_abs();
    if left > 400 {
        return if exponent > 0 { f64::INFINITY } else { 0.0 };
    }
    if exponent < -308 {
        // Below the normal numbers the squares above would be infinite.
        return 10f64.powi(-300) * power_of_ten(exponent + 300);
    }
    let (mut power, mut square) = (1.0, 10.0);
    while left > 0 {
        if left & 1 == 1 {
            power *= square;
        }
        square *= square;
        left >>= 1;
    }
    if exponent < 0 { 1.0 / power } else { power }
}

fn until(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let count = arg::int(arguments, 0);
    numbers(run, 0, count, if count < 0 { -1 } else { 1 }).map(ints)
}

fn until_step(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (start, stop) = (arg::int(arguments, 0), arg::int(arguments, 1));
    numbers(run, start, stop, arg::int(arguments, 2)).map(ints)
}

fn ints(numbers: Vec<i64>) -> Value {
    let numbers = numbers.into_iter().map(Value::int).collect();
    List::with_elem(numbers, Elem::Int).into()
}

/// The numbers from `start` up or down to before `stop`; none if the step leads away.
fn numbers(run: &mut Run<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, CallError> {
    if step == 0 || (stop < start) != (step < 0) {
        return Ok(Vec::new());
    }
    let count = start.abs_diff(stop).div_ceil(step.unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    run.take(count.saturating_mul(size_of::<Value>()))?;
    let next = |number: &i64| number.checked_add(step);
    Ok(std::iter::successors(Some(start), next)
        .take(count)
        .collect())
}

/// `seq END`, `seq START END`, `seq START STEP END`: both ends included, as text.
fn seq(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let given: Vec<i64> = (0..arguments.len())
        .map(|index| arg::int(arguments, index))
        .collect();
    let (start, step, end) = match *given {
        [end] => (1, None, end),
        [start, end] => (start, None, end),
        [start, step, end] => (start, Some(step), end),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let stop = end.wrapping_add(direction);
    let numbers = numbers(run, start, stop, step.unwrap_or(direction))?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}
