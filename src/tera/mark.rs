//! What printed what: marks on the lines of templates and on values, found again in the output.

use crate::yaml::{Node, Origin, Value};

use super::scan::{Piece, pieces};
use super::{Engine, Template};

/// Before the number of a line, or of a value.
const LINE: char = '\u{e000}';
const VALUE: char = '\u{e002}';
/// After the number.
const NUMBERED: char = '\u{e001}';
/// After a marked value.
const END: char = '\u{e003}';

/// How often a template is rendered, at most, to find out which values can bear a mark.
const RENDERS: usize = 48;

/// A template with a mark before the first character of each line that is printed.
pub(super) fn lines(template: &Template) -> String {
    let mut out = String::with_capacity(template.text.len() * 2);
    let mut line = 1;
    let mut is_marked = false;
    for piece in pieces(&template.text) {
        match piece {
            Piece::Text(text) => {
                for part in text.split_inclusive('\n') {
                    let blank = part.len() - part.trim_start().len();
                    if blank < part.len() && !is_marked {
                        out.push_str(part.get(..blank).unwrap_or_default());
                        out.push_str(&format!("{LINE}{line}{NUMBERED}"));
                        out.push_str(part.get(blank..).unwrap_or_default());
                        is_marked = true;
                    } else {
                        out.push_str(part);
                    }
                    if part.ends_with('\n') {
                        line += 1;
                        is_marked = false;
                    }
                }
            }
            Piece::Print(tag) | Piece::Tag(tag) | Piece::Comment(tag) => {
                let prints = matches!(piece, Piece::Print(_)) && !tag.starts_with("{{-");
                if prints && !is_marked {
                    out.push_str(&format!("{LINE}{line}{NUMBERED}"));
                    is_marked = true;
                }
                out.push_str(tag);
                let newlines = tag.matches('\n').count();
                line += newlines;
                is_marked &= newlines == 0;
            }
        }
    }
    out
}

/// A scalar of the values: the way to it, and its place.
pub(super) struct Leaf {
    path: Vec<Step>,
    at: Origin,
}

enum Step {
    Key(String),
    Index(usize),
}

/// All scalars of the values.
pub(super) fn leaves(values: &Node) -> Vec<Leaf> {
    fn visit(node: &Node, path: &[&dyn Fn() -> Step], found: &mut Vec<Leaf>) {
        match &node.value {
            Value::Scalar(_) => found.push(Leaf {
                path: path.iter().map(|step| step()).collect(),
                at: node.origin,
            }),
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let step = || Step::Index(index);
                    visit(item, &[path, &[&step]].concat(), found);
                }
            }
            Value::Mapping(mapping) => {
                for entry in mapping.iter() {
                    let step = || Step::Key(entry.key.text.to_string());
                    visit(&entry.value, &[path, &[&step]].concat(), found);
                }
            }
        }
    }
    let mut found = Vec::new();
    visit(values, &[], &mut found);
    found
}

/// Finds out where the parts of a rendered text come from; nothing where marks would change it.
pub(super) fn spans(
    template: &Template,
    text: &str,
    values: &serde_json::Value,
    leaves: &[Leaf],
    engine: &Engine,
) -> Vec<(usize, Origin)> {
    if text.contains([LINE, VALUE, NUMBERED, END]) {
        return vec![(0, Origin::at(template.file, 1, 1))];
    }
    let renders = |marked: &[usize]| {
        let mut values = values.clone();
        for number in marked {
            if let Some(leaf) = leaves.get(*number) {
                put_mark(&mut values, &leaf.path, *number);
            }
        }
        let out = engine.render(template, &values).ok()?;
        (stripped(&out) == text).then_some(out)
    };
    let Some(mut best) = renders(&[]) else {
        return vec![(0, Origin::at(template.file, 1, 1))];
    };
    // Values that a condition or a computation looks at bear no mark: halve until those are found.
    let mut good: Vec<usize> = Vec::new();
    let mut to_try: Vec<Vec<usize>> = vec![(0..leaves.len()).collect()];
    let mut count = 0;
    while let Some(chunk) = to_try.pop() {
        if chunk.is_empty() || count >= RENDERS {
            continue;
        }
        count += 1;
        let both: Vec<usize> = good.iter().chain(&chunk).copied().collect();
        if let Some(out) = renders(&both) {
            best = out;
            good = both;
        } else if chunk.len() > 1 {
            let (first, second) = chunk.split_at(chunk.len() / 2);
            to_try.push(second.to_vec());
            to_try.push(first.to_vec());
        }
    }
    read_marks(template, &best, leaves)
}

fn put_mark(values: &mut serde_json::Value, path: &[Step], number: usize) {
    let mut value = Some(values);
    for step in path {
        value = match step {
            Step::Key(key) => value.and_then(|value| value.get_mut(key)),
            Step::Index(index) => value.and_then(|value| value.get_mut(index)),
        };
    }
    if let Some(value) = value {
        let text = match &value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => return,
            other => other.to_string(),
        };
        *value = format!("{VALUE}{number}{NUMBERED}{text}{END}").into();
    }
}

/// A marked text without its marks.
fn stripped(marked: &str) -> String {
    let mut out = String::with_capacity(marked.len());
    let mut is_number = false;
    for character in marked.chars() {
        match character {
            LINE | VALUE => is_number = true,
            NUMBERED => is_number = false,
            END => {}
            _ if is_number => {}
            character => out.push(character),
        }
    }
    out
}

fn read_marks(template: &Template, marked: &str, leaves: &[Leaf]) -> Vec<(usize, Origin)> {
    let mut spans: Vec<(usize, Origin)> = Vec::new();
    let mut add = |at: usize, origin: Origin| {
        if spans.last().is_some_and(|(start, _)| *start == at) {
            spans.pop();
        }
        if spans.last().is_none_or(|(_, last)| *last != origin) {
            spans.push((at, origin));
        }
    };
    let mut line = Origin::at(template.file, 1, 0);
    let mut at = 0;
    let mut number: Option<(char, usize)> = None;
    for character in marked.chars() {
        match (character, &mut number) {
            (LINE | VALUE, _) => number = Some((character, 0)),
            (NUMBERED, Some((LINE, found))) => {
                line = Origin::at(template.file, u32::try_from(*found).unwrap_or(0), 0);
                add(at, line);
                number = None;
            }
            (NUMBERED, Some((_, found))) => {
                if let Some(leaf) = leaves.get(*found) {
                    add(at, leaf.at);
                }
                number = None;
            }
            (END, _) => add(at, line),
            (digit, Some((_, found))) => {
                let digit = digit.to_digit(10).unwrap_or(0);
                *found = found.saturating_mul(10).saturating_add(digit as usize);
            }
            (character, None) => at += character.len_utf8(),
        }
    }
    spans
}
