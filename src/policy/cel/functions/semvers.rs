//! Semantic versions.

use std::cmp::Ordering;

use semver::Version;

use super::{EvalError, Line, Opaque, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("semver(string): kubernetes.Semver", make),
    ("semver(string; bool): kubernetes.Semver", make),
    ("isSemver(string): bool", |a| {
        Ok(Value::Bool(read(a)?.is_some()))
    }),
    ("isSemver(string; bool): bool", |a| {
        Ok(Value::Bool(read(a)?.is_some()))
    }),
    ("kubernetes.Semver.major(): int", |a| number(a, |v| v.major)),
    ("kubernetes.Semver.minor(): int", |a| number(a, |v| v.minor)),
    ("kubernetes.Semver.patch(): int", |a| number(a, |v| v.patch)),
    (
        "kubernetes.Semver.isLessThan(kubernetes.Semver): bool",
        |a| order(a).map(|order| Value::Bool(order.is_lt())),
    ),
    (
        "kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool",
        |a| order(a).map(|order| Value::Bool(order.is_gt())),
    ),
    ("kubernetes.Semver.compareTo(kubernetes.Semver): int", |a| {
        order(a).map(|order| Value::Int(order as i64))
    }),
];

fn make<'a>(values: &[Value<'a>]) -> Result<'a> {
    match read(values)? {
        Some(version) => Ok(Value::opaque(Opaque::Semver(version))),
        None => fail(match values.first() {
            Some(Value::String(text)) => reason(text),
            _ => NO_ELEMENTS.to_owned(),
        }),
    }
}

const NO_ELEMENTS: &str = "No Major.Minor.Patch elements found";

/// Says why a text is no version.
fn reason(text: &str) -> String {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = text.splitn(3, '.').collect();
    let numbers: Vec<&str> = core.splitn(3, '.').collect();
    if parts.len() != 3 {
        return NO_ELEMENTS.to_owned();
    }
    for (number, name) in numbers.iter().zip(["Major", "Minor", "Patch"]) {
        let lower = name.to_ascii_lowercase();
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return format!("Invalid character(s) found in {lower} number {number:?}");
        }
        if number.len() > 1 && number.starts_with('0') {
            return format!("{name} number must not contain leading zeroes {number:?}");
        }
    }
    "Invalid version".to_owned()
}

fn read(values: &[Value<'_>]) -> std::result::Result<Option<Version>, EvalError> {
    let (text, normalize) = match values {
        [Value::String(text)] => (text, false),
        [Value::String(text), Value::Bool(normalize)] => (text, *normalize),
        _ => return Err(EvalError::NoSuchOverload),
    };
    if !normalize {
        return Ok(Version::parse(text).ok());
    }
    // Lenient: a `v` in front, missing parts, leading zeros.
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, rest) = text.split_at(end);
    let mut parts: Vec<&str> = core
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" if !part.is_empty() => "0",
            trimmed => trimmed,
        })
        .collect();
    while parts.len() < 3 {
        parts.push("0");
    }
    Ok(Version::parse(&format!("{}{rest}", parts.join("."))).ok())
}

fn version<'v>(value: &'v Value<'_>) -> std::result::Result<&'v Version, EvalError> {
    match value {
        Value::Opaque(opaque) => match opaque.as_ref() {
            Opaque::Semver(version) => Ok(version),
            _ => Err(EvalError::NoSuchOverload),
        },
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn number<'a>(values: &[Value<'a>], part: fn(&Version) -> u64) -> Result<'a> {
    arguments!(values, value);
    let number = part(version(value)?);
    Ok(Value::Int(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn order(values: &[Value<'_>]) -> std::result::Result<Ordering, EvalError> {
    arguments!(values, a, b);
    Ok(version(a)?.cmp_precedence(version(b)?))
}
