//! Regular expressions, in RE2's syntax.

use std::cell::RefCell;

use regex::Regex;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

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
    compile(pattern).map(drop).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default();
        format!(
            "invalid matches argument: {}",
            reason.trim_start_matches("error: ")
        )
    })
}

fn compile(pattern: &str) -> std::result::Result<Regex, regex::Error> {
    Regex::new(&from_re2(pattern))
}

/// Writes a pattern of RE2 in the syntax of this language's crate: `\d`, `\s`, `\w` and `\b` are about ASCII,
/// `\Q…\E` is literal, and within brackets a bracket and `&&`, `--`, `~~` stand for themselves.
fn from_re2(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_start = 0;
    while let Some(character) = rest.chars().next() {
        let (this, after) = rest.split_at(character.len_utf8());
        rest = after;
        match character {
            '\\' => rest = escape(rest, in_class, &mut out),
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if let Some(negated) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = negated;
                }
                // The first bracket closes nothing.
                if let Some(closed) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = closed;
                }
                class_start = out.len();
            }
            '[' if rest.starts_with(':') => out.push('['),
            '[' => out.push_str("\\["),
            ']' if in_class
                && out.ends_with(':')
                && out
                    .get(class_start..)
                    .is_some_and(|class| class.contains("[:")) =>
            {
                out.push(']');
                class_start = out.len();
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push_str(this);
            }
            '-' if in_class && rest.starts_with('-') => out.push_str("\\-"),
            _ => out.push_str(this),
        }
    }
    out
}

/// Writes an escape, the backslash of which is read; returns what follows it.
fn escape<'p>(rest: &'p str, in_class: bool, out: &mut String) -> &'p str {
    let Some(letter) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let after = rest.get(letter.len_utf8()..).unwrap_or_default();
    let class = match letter {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\x0C\\r ",
        'D' => "^0-9",
        'W' => "^0-9A-Za-z_",
        'S' => "^\\t\\n\\x0C\\r ",
        'b' | 'B' if !in_class => {
            out.push_str("(?-u:\\");
            out.push(letter);
            out.push(')');
            return after;
        }
        'Q' => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return after;
        }
        _ => {
            out.push('\\');
            out.push(letter);
            return after;
        }
    };
    if in_class && !class.starts_with('^') {
        out.push_str(class);
    } else {
        out.push('[');
        out.push_str(class);
        out.push(']');
    }
    after
}

fn with<T>(pattern: &SmolStr, run: impl FnOnce(&Regex) -> T) -> std::result::Result<T, EvalError> {
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= KEPT {
            patterns.clear();
        }
        if let Some(regex) = patterns.get(pattern) {
            return Ok(run(regex));
        }
        match compile(pattern) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_re2() {
        for (pattern, text, want) in [
            (r"^\d$", "5", true),
            (r"^\d$", "५", false),
            (r"^[\d_]+$", "5_5", true),
            (r"^[^\w]$", "é", true),
            (r"^[\W]$", "é", true),
            (r"^[[a]$", "[", true),
            (r"^[]a]$", "]", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^[[:alpha:]-]+$", "a-b", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"(?i)^ABC$", "abc", true),
            (r"^a{2,3}$", "aa", true),
            (r"\bb\b", "a b", true),
        ] {
            let regex = compile(pattern).unwrap();
            assert_eq!(regex.is_match(text), want, "{pattern} on {text}");
        }
    }
}
