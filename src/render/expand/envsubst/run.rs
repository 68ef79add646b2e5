//! Values put into a text.

use std::ops::Range;

use crate::template::unicode::{to_lower, to_upper};

use super::parse::{Operator, Piece, Text, Variable};
use super::pattern::{Failed, Matcher};
use super::{Reason, SubstitutionError};

/// The largest text that comes out.
pub(super) const LARGEST: usize = 16 << 20;

/// A text with the values in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substituted {
    /// The text.
    pub text: String,
    /// Its parts in order: each begins where the one before ends.
    pub parts: Vec<Part>,
}

/// A part of what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub start: usize,
    /// What it stood for, or where it stood, in the text that went in.
    pub from: Range<usize>,
    /// The variable that supplied it.
    pub variable: Option<String>,
    /// Whether the variable has no default.
    is_bare: bool,
}

impl Part {
    /// The variable that supplied it without a default.
    pub fn bare_variable(&self) -> Option<&str> {
        self.variable.as_deref().filter(|_| self.is_bare)
    }
}

/// What a variable is.
pub type Lookup<'l> = dyn Fn(&str) -> Option<&'l str> + 'l;

/// Puts values into a text. A variable that has none is empty, or where that is strict an error unless the operator
/// has a default.
pub fn run<'l>(
    text: &Text,
    lookup: &'l Lookup<'l>,
    is_strict: bool,
) -> Result<Substituted, SubstitutionError> {
    let runner = Runner { lookup, is_strict };
    let mut out = Substituted::default();
    for piece in &text.pieces {
        let start = out.text.len();
        match piece {
            Piece::Plain { text, at } => {
                out.text.push_str(text);
                out.parts.push(Part {
                    start,
                    from: *at..at + text.len(),
                    variable: None,
                    is_bare: false,
                });
            }
            Piece::Variable(variable) => {
                runner.variable(variable, &mut out.text)?;
                out.parts.push(Part {
                    start,
                    from: variable.at..variable.at,
                    variable: Some(variable.name.clone()),
                    is_bare: variable.operator != Operator::Default,
                });
            }
        }
    }
    Ok(out)
}

struct Runner<'r> {
    lookup: &'r Lookup<'r>,
    is_strict: bool,
}

impl Runner<'_> {
    fn text(&self, text: &Text) -> Result<String, SubstitutionError> {
        let mut out = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Plain { text, .. } => out.push_str(text),
                Piece::Variable(variable) => self.variable(variable, &mut out)?,
            }
        }
        Ok(out)
    }

    fn variable(&self, variable: &Variable, out: &mut String) -> Result<(), SubstitutionError> {
        let failed = |reason| SubstitutionError {
            at: variable.at,
            reason,
        };
        let mut arguments = Vec::with_capacity(variable.arguments.len());
        let mut size = 0;
        for argument in &variable.arguments {
            let argument = self.text(argument)?;
            size += argument.len();
            if size > LARGEST {
                return Err(failed(Reason::TooLarge));
            }
            arguments.push(argument);
        }
        let value = (self.lookup)(&variable.name);
        if value.is_none() && self.is_strict && variable.operator != Operator::Default {
            return Err(failed(Reason::NotSet(variable.name.clone())));
        }
        let value = apply(variable, value.unwrap_or_default(), &arguments).map_err(failed)?;
        if out.len() + value.len() > LARGEST {
            return Err(failed(Reason::TooLarge));
        }
        out.push_str(&value);
        Ok(())
    }
}

fn apply(variable: &Variable, value: &str, arguments: &[String]) -> Result<String, Reason> {
    let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
    let name = || variable.name.clone();
    let large = |old: &str, new: &str, most: usize| {
        let found = value.matches(old).take(most).count();
        if value.len() + found.saturating_mul(new.len()) > LARGEST {
            return Err(Reason::TooLarge);
        }
        Ok(())
    };
    Ok(match variable.operator {
        Operator::Default if value.is_empty() => arguments.concat(),
        Operator::Value | Operator::NoCase | Operator::Default => value.to_owned(),
        Operator::Length => value.len().to_string(),
        Operator::Part => part(variable, value, arguments)?,
        Operator::CutShortestPrefix => cut(value, argument(0), Cut::Shortest, name)?,
        Operator::CutLongestPrefix => cut(value, argument(0), Cut::Longest, name)?,
        Operator::CutShortestSuffix => reversed(&cut(
            &reversed(value),
            &reversed(argument(0)),
            Cut::Shortest,
            name,
        )?),
        Operator::CutLongestSuffix => reversed(&cut(
            &reversed(value),
            &reversed(argument(0)),
            Cut::Longest,
            name,
        )?),
        Operator::ReplaceFirst => {
            large(argument(0), argument(1), 1)?;
            value.replacen(argument(0), argument(1), 1)
        }
        Operator::ReplaceAll => {
            large(argument(0), argument(1), usize::MAX)?;
            value.replace(argument(0), argument(1))
        }
        // Without a replacement these do nothing, as in the reference.
        Operator::ReplacePrefix => match (value.strip_prefix(argument(0)), arguments) {
            (Some(rest), [_, new]) => format!("{new}{rest}"),
            _ => value.to_owned(),
        },
        Operator::ReplaceSuffix => match (value.strip_suffix(argument(0)), arguments) {
            (Some(rest), [_, new]) => format!("{rest}{new}"),
            _ => value.to_owned(),
        },
        Operator::LowerFirst => first(value, to_lower),
        Operator::Lower => value.chars().map(to_lower).collect(),
        Operator::UpperFirst => first(value, to_upper),
        Operator::Upper => value.chars().map(to_upper).collect(),
    })
}

fn first(value: &str, change: fn(char) -> char) -> String {
    let mut characters = value.chars();
    let first = characters.next().map(change);
    first.into_iter().chain(characters).collect()
}

/// The bytes of a value from a position on, and a number of them, or below zero all but that number at the end. What is
/// no number asks for the whole.
fn part(variable: &Variable, value: &str, arguments: &[String]) -> Result<String, Reason> {
    let name = || variable.name.clone();
    let Some(Ok(position)) = arguments.first().map(|text| number(text)) else {
        return Ok(value.to_owned());
    };
    let length = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let begin = if position < 0 {
        length.saturating_add(position).max(0)
    } else {
        position
    };
    let end = match arguments.get(1).map(|text| number(text)) {
        None => length,
        Some(Err(())) => return Ok(value.to_owned()),
        Some(Ok(count)) if count < 0 => length.saturating_add(count).max(begin.min(length)),
        // The reference adds these without a bound, and breaks where the sum has none.
        Some(Ok(count)) => match begin.checked_add(count) {
            Some(end) => end.min(length),
            None => return Err(Reason::TooLong(name())),
        },
    };
    if begin >= end {
        return Ok(String::new());
    }
    let range = usize::try_from(begin).ok().zip(usize::try_from(end).ok());
    let part = range.and_then(|(begin, end)| value.get(begin..end));
    part.map(str::to_owned)
        .ok_or_else(|| Reason::CutsCharacter(name()))
}

/// Reads a number as Go's `Atoi` does.
fn number(text: &str) -> Result<i64, ()> {
    text.parse().map_err(|_| ())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Shortest,
    Longest,
}

/// Takes off the beginning that a pattern matches. A pattern that is none takes nothing off.
fn cut(
    value: &str,
    pattern: &str,
    which: Cut,
    name: impl Fn() -> String,
) -> Result<String, Reason> {
    let bytes = value.as_bytes();
    let mut matcher = Matcher::new(pattern);
    let mut found = None;
    for end in (1..=bytes.len()).rev() {
        match matcher.matches(bytes.get(..end).unwrap_or_default()) {
            Ok(false) => {}
            Ok(true) => {
                found = Some(end);
                if which == Cut::Longest {
                    break;
                }
            }
            Err(Failed::Bad) => return Ok(value.to_owned()),
            Err(Failed::TooLong) => return Err(Reason::TooManySteps(name())),
        }
    }
    let rest = value.get(found.unwrap_or_default()..);
    rest.map(str::to_owned)
        .ok_or_else(|| Reason::CutsCharacter(name()))
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}
