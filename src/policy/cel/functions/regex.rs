//! Regular expressions, in RE2's syntax.

use std::cell::RefCell;

use regex::Regex;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::re2;

use super::{EvalError, Line, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("string.matches(string): bool", matches),
    ("matches(string; string): bool", matches),
    ("string.find(string): string", find),
    ("string.findAll(string): list<string>", find_all),
    ("string.findAll(string; int): list<string>", find_all),
];

/// How many patterns a thread keeps.
const KEPT: usize = 512;

thread_local! {
    static PATTERNS: RefCell<FxHashMap<SmolStr, Regex>> = RefCell::default();
}

/// Says what is wrong with a pattern.
pub(crate) fn check_pattern(pattern: &str) -> std::result::Result<(), String> {
    re2::compile(pattern).map(drop).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default();
        format!(
            "invalid matches argument: {}",
            reason.trim_start_matches("error: ")
        )
    })
}

fn with<T>(pattern: &SmolStr, run: impl FnOnce(&Regex) -> T) -> std::result::Result<T, EvalError> {
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= KEPT {
            patterns.clear();
        }
        if let Some(regex) = patterns.get(pattern) {
            return Ok(run(regex));
        }
        match re2::compile(pattern) {
            Ok(regex) => Ok(run(patterns.entry(pattern.clone()).or_insert(regex))),
            Err(_) => fail(format!("error parsing regexp: `{pattern}`")),
        }
    })
}

fn matches<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::String(text), Value::String(pattern));
    with(pattern, |regex| Value::Bool(regex.is_match(text)))
}

fn find<'a>(values: &[Value<'a>]) -> Result<'a> {
    arguments!(values, Value::String(text), Value::String(pattern));
    with(pattern, |regex| {
        Value::string(regex.find(text).map_or("", |found| found.as_str()))
    })
}

fn find_all<'a>(values: &[Value<'a>]) -> Result<'a> {
    let [Value::String(text), Value::String(pattern), ..] = values else {
        return Err(EvalError::NoSuchOverload);
    };
    let most = match values.get(2) {
        Some(Value::Int(most)) => usize::try_from(*most).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    with(pattern, |regex| {
        Value::list(
            regex
                .find_iter(text)
                .take(most)
                .map(|found| Value::string(found.as_str()))
                .collect(),
        )
    })
}
