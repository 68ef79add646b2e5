//! Regular expressions of RE2, in linear time. What is not UTF-8 is matched as Go does it: each such byte is U+FFFD.

use std::cell::RefCell;
use std::rc::Rc;

use ::regex::Regex;
use rustc_hash::FxHashMap;

use super::super::value::{Elem, List, Str, Value};
use super::super::{CallError, Run};
use super::{Function, arg, functions, runes};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("regexMatch", [Str, Str], regex_match),
    ("mustRegexMatch", [Str, Str], must_regex_match),
    ("regexFind", [Str, Str], find),
    ("mustRegexFind", [Str, Str], find),
    ("regexFindAll", [Str, Str, Int], find_all),
    ("mustRegexFindAll", [Str, Str, Int], find_all),
    ("regexReplaceAll", [Str, Str, Str], replace_all),
    ("mustRegexReplaceAll", [Str, Str, Str], replace_all),
    (
        "regexReplaceAllLiteral",
        [Str, Str, Str],
        replace_all_literal
    ),
    (
        "mustRegexReplaceAllLiteral",
        [Str, Str, Str],
        replace_all_literal
    ),
    ("regexSplit", [Str, Str, Int], split),
    ("mustRegexSplit", [Str, Str, Int], split),
    ("regexQuoteMeta", [Str], quote_meta),
];

/// How many compiled patterns are kept.
const MOST_KEPT: usize = 256;

thread_local! {
    /// The patterns of late: charts use a few, again and again.
    static COMPILED: RefCell<FxHashMap<Str, Rc<Regex>>> = RefCell::default();
}

fn compiled(pattern: &Str) -> Result<Rc<Regex>, CallError> {
    if let Some(regex) = COMPILED.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(regex);
    }
    let Ok(text) = std::str::from_utf8(pattern) else {
        return Err(CallError::new(format!(
            "error parsing regexp: invalid UTF-8: `{}`",
            pattern.text()
        )));
    };
    let regex = crate::re2::compile(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default();
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        CallError::new(format!("error parsing regexp: {reason}: `{text}`"))
    })?;
    let regex = Rc::new(regex);
    COMPILED.with_borrow_mut(|kept| {
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(pattern.clone(), Rc::clone(&regex));
    });
    Ok(regex)
}

/// A text to search: as characters, with the offsets of the original where the two differ.
struct Haystack<'t> {
    bytes: &'t [u8],
    /// The text if not all of the bytes are UTF-8, and where its bytes were; the last is the end.
    repaired: Option<(String, Vec<usize>)>,
}

impl<'t> Haystack<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        let repaired = std::str::from_utf8(bytes).is_err().then(|| {
            let mut text = String::with_capacity(bytes.len() + 8);
            let mut offsets = Vec::with_capacity(bytes.len() + 8);
            for (at, character, _) in runes::runes(bytes) {
                text.push(character);
                offsets.resize(text.len(), at);
            }
            offsets.push(bytes.len());
            (text, offsets)
        });
        Self { bytes, repaired }
    }

    fn text(&self) -> &str {
        match &self.repaired {
            Some((text, _)) => text,
            None => std::str::from_utf8(self.bytes).unwrap_or_default(),
        }
    }

    /// The bytes behind a range of the text.
    fn bytes(&self, start: usize, end: usize) -> &'t [u8] {
        let original = |at: usize| match &self.repaired {
            Some((_, offsets)) => offsets.get(at).copied().unwrap_or(self.bytes.len()),
            None => at,
        };
        self.bytes
            .get(original(start)..original(end))
            .unwrap_or_default()
    }
}

fn regex_match(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = Haystack::new(arg::bytes(arguments, 1));
    let regex = compiled(&arg::string(arguments, 0));
    Ok(regex.is_ok_and(|regex| regex.is_match(text.text())).into())
}

fn must_regex_match(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = Haystack::new(arg::bytes(arguments, 1));
    let regex = compiled(&arg::string(arguments, 0))?;
    Ok(regex.is_match(text.text()).into())
}

fn find(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = Haystack::new(arg::bytes(arguments, 1));
    let regex = compiled(&arg::string(arguments, 0))?;
    let found = regex.find(text.text());
    Ok(Value::str(found.map_or(&[][..], |found| {
        text.bytes(found.start(), found.end())
    })))
}

/// So many of the matches, from the first; all for a negative number.
fn matches(regex: &Regex, text: &str, most: i64) -> Vec<(usize, usize)> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let found = regex.find_iter(text).take(most);
    found.map(|found| (found.start(), found.end())).collect()
}

fn find_all(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = Haystack::new(arg::bytes(arguments, 1));
    let regex = compiled(&arg::string(arguments, 0))?;
    let found = matches(&regex, text.text(), arg::int(arguments, 2));
    if found.is_empty() {
        return Ok(List::nil(Elem::Str).into());
    }
    run.take(found.len().saturating_mul(2 * size_of::<Value>()))?;
    let found = found.into_iter();
    Ok(Value::strings(
        found.map(|(start, end)| text.bytes(start, end)),
    ))
}

fn split(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let pattern = arg::string(arguments, 0);
    let regex = compiled(&pattern)?;
    let most = arg::int(arguments, 2);
    if most == 0 {
        return Ok(List::nil(Elem::Str).into());
    }
    let text = Haystack::new(arg::bytes(arguments, 1));
    if text.bytes.is_empty() && !pattern.is_empty() {
        return Ok(Value::strings([""]));
    }
    let found = matches(&regex, text.text(), most);
    run.take(found.len().saturating_mul(2 * size_of::<Value>()))?;
    let mut parts: Vec<&[u8]> = Vec::with_capacity(found.len() + 1);
    let (mut start, mut end) = (0, 0);
    for (from, to) in found {
        if most > 0 && i64::try_from(parts.len()).is_ok_and(|count| count == most - 1) {
            break;
        }
        end = from;
        // An empty match at the very beginning cuts off nothing.
        if to != 0 {
            parts.push(text.bytes(start, end));
        }
        start = to;
    }
    if end != text.text().len() {
        parts.push(text.bytes(start, text.text().len()));
    }
    Ok(Value::strings(parts))
}

fn replace_all(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = Haystack::new(arg::bytes(arguments, 1));
    let regex = compiled(&arg::string(arguments, 0))?;
    let replacement = arg::bytes(arguments, 2);
    if !replacement.contains(&b'$') {
        return replace_all_literal(run, arguments);
    }
    let mut out = Vec::with_capacity(text.bytes.len());
    let mut end = 0;
    for captures in regex.captures_iter(text.text()) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        let before = out.len();
        out.extend_from_slice(text.bytes(end, whole.start()));
        expand(replacement, &mut out, |group| {
            let group = match group {
                Group::Index(index) => captures.get(index),
                Group::Name(name) => captures.name(name),
            };
            group.map(|group| text.bytes(group.start(), group.end()))
        });
        run.take(out.len() - before)?;
        end = whole.end();
    }
    out.extend_from_slice(text.bytes(end, text.text().len()));
    Ok(Value::str(out))
}

fn replace_all_literal(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = Haystack::new(arg::bytes(arguments, 1));
    let regex = compiled(&arg::string(arguments, 0))?;
    let replacement = arg::bytes(arguments, 2);
    let found = matches(&regex, text.text(), -1);
    let length = replacement.len().saturating_mul(found.len());
    run.take(length.saturating_add(text.bytes.len()))?;
    let mut out = Vec::with_capacity(text.bytes.len());
    let mut end = 0;
    for (from, to) in found {
        out.extend_from_slice(text.bytes(end, from));
        out.extend_from_slice(replacement);
        end = to;
    }
    out.extend_from_slice(text.bytes(end, text.text().len()));
    Ok(Value::str(out))
}

/// A group of a match, as a replacement names it.
enum Group<'n> {
    Index(usize),
    Name(&'n str),
}

/// Writes a replacement with what its `$1`, `${1}`, `$name` and `${name}` stand for; `$$` is a dollar, and so is
/// one before anything else.
fn expand<'t>(
    replacement: &[u8],
    out: &mut Vec<u8>,
    group: impl Fn(Group<'_>) -> Option<&'t [u8]>,
) {
    let mut rest = replacement;
    while let Some(at) = memchr::memchr(b'$', rest) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        let after = after.get(1..).unwrap_or_default();
        if let Some(after) = after.strip_prefix(b"$") {
            out.push(b'$');
            rest = after;
            continue;
        }
        let Some((name, after)) = group_name(after) else {
            out.push(b'$');
            rest = after;
            continue;
        };
        rest = after;
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit())
            && (name == "0" || !name.starts_with('0'));
        let found = match name.parse() {
            Ok(index) if is_number => group(Group::Index(index)),
            _ => group(Group::Name(name)),
        };
        out.extend_from_slice(found.unwrap_or_default());
    }
    out.extend_from_slice(rest);
}

/// The name after a dollar, with or without braces, and what follows.
fn group_name(text: &[u8]) -> Option<(&str, &[u8])> {
    let (is_braced, inner) = match text.strip_prefix(b"{") {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let is_word = |character: char| {
        character == '_'
            || super::unicode::is_letter(character)
            || super::unicode::is_digit(character)
    };
    let end = runes::start_of_rest(inner, is_word);
    let name = std::str::from_utf8(inner.get(..end)?).ok()?;
    let after = inner.get(end..)?;
    let after = if is_braced {
        after.strip_prefix(b"}")?
    } else {
        after
    };
    (!name.is_empty()).then_some((name, after))
}

fn quote_meta(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len().saturating_mul(2))?;
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    Ok(Value::str(out))
}
