//! Explanations for people.

use std::fmt::Write as _;

use crate::diff::FieldChange;
use crate::explain::{Effect, Explanation, Link};
use crate::yaml::Origin;

use super::super::differences::visible;
use super::super::snippet::Color;
use super::{Explained, MASK, Sources, is_masked, place, yaml};

/// The most lines of a value that are shown, and the most fields of a change.
const MOST_LINES: usize = 12;

/// Returns the text of explanations: for each writer the step, the place, the line that stands there and
/// the value afterwards.
pub fn draw(explained: &[Explained], sources: &Sources<'_>, color: Color) -> String {
    let mut out = String::new();
    for (position, explained) in explained.iter().enumerate() {
        if position > 0 {
            out.push('\n');
        }
        let mut drawing = Drawing {
            sources,
            bold: matches!(color, Color::Always),
            out: &mut out,
        };
        drawing.explanation(explained);
    }
    out
}

struct Drawing<'d> {
    sources: &'d Sources<'d>,
    bold: bool,
    out: &'d mut String,
}

impl Drawing<'_> {
    fn explanation(&mut self, explained: &Explained) {
        let Explained {
            builds,
            explanation,
        } = explained;
        let id = visible(&explanation.id.to_string());
        self.emphasized(&id);
        let _ = writeln!(self.out, " in {}", visible(&builds.join(", ")));
        if let Some(read_as) = &explanation.read_as {
            let _ = writeln!(self.out, "read as {}", visible(&read_as.to_string()));
        }
        let masked = is_masked(explanation);
        if let Some(field) = &explanation.field {
            let path = visible(&field.to_string());
            self.emphasized(&path);
            match &explanation.value {
                None => self.out.push_str(" is not there: it was removed\n"),
                Some(_) if masked => {
                    let _ = writeln!(self.out, ": {MASK}");
                }
                Some(value) => self.value(&yaml(value), ":", "  "),
            }
        } else if explanation.value.is_none() {
            self.out.push_str("is not there: it was removed\n");
        }
        self.out.push('\n');
        let width = explanation
            .links
            .iter()
            .map(|link| link.step.chars().count());
        let width = width.max().unwrap_or_default();
        for (number, link) in (1..).zip(&explanation.links) {
            self.link(number, link, width, explanation, masked);
        }
    }

    fn link(
        &mut self,
        number: usize,
        link: &Link,
        width: usize,
        explanation: &Explanation,
        masked: bool,
    ) {
        let _ = write!(self.out, "{number:>3}  {:width$}  ", link.step);
        self.emphasized(&place(link.at));
        if let Some(asked) = link.asked_at {
            let _ = write!(self.out, "  (asked for at {})", place(asked));
        }
        self.out.push('\n');
        self.source_line(link.at, explanation.is_secret && masked);
        if let Some(from) = link.copied_from {
            let _ = writeln!(self.out, "     copied from {}", place(from));
            self.source_line(from, explanation.is_secret && masked);
        }
        for printed in &link.printed_at {
            let _ = writeln!(self.out, "     printed by {}", place(*printed));
            self.source_line(*printed, explanation.is_secret && masked);
        }
        match &link.effect {
            Effect::Removed => self.out.push_str("     removed\n"),
            Effect::Wrote(_) if masked => {
                let _ = writeln!(self.out, "     = {MASK}");
            }
            Effect::Wrote(value) => self.value(&yaml(value), "     =", "       "),
            Effect::Changed(changes) => self.changes(changes),
        }
    }

    /// Shows the line at a place, unless a value on it must not be seen.
    fn source_line(&mut self, at: Origin, is_hidden: bool) {
        if is_hidden {
            return;
        }
        if let Some(line) = self.sources.line(at) {
            let _ = writeln!(self.out, "     | {}", visible(line.trim_end()));
        }
    }

    fn changes(&mut self, changes: &[FieldChange]) {
        for change in changes.iter().take(MOST_LINES) {
            let path = visible(&change.path.to_string());
            match &change.new {
                None => {
                    let _ = writeln!(self.out, "     - {path}");
                }
                Some(value) => {
                    let _ = write!(self.out, "     + {path}");
                    self.value(&yaml(value), ":", "         ");
                }
            }
        }
        if changes.len() > MOST_LINES {
            let _ = writeln!(self.out, "     and {} more", changes.len() - MOST_LINES);
        }
    }

    /// Writes a value behind what leads to it, or below it where it has several lines.
    fn value(&mut self, text: &str, before: &str, indent: &str) {
        self.out.push_str(before);
        if !text.contains('\n') {
            let _ = writeln!(self.out, " {}", visible(text));
            return;
        }
        self.out.push('\n');
        let lines = text.lines().count();
        for line in text.lines().take(MOST_LINES) {
            let _ = writeln!(self.out, "{indent}{}", visible(line));
        }
        if lines > MOST_LINES {
            let _ = writeln!(self.out, "{indent}… {} more lines", lines - MOST_LINES);
        }
    }

    fn emphasized(&mut self, text: &str) {
        if self.bold {
            let _ = write!(self.out, "\u{1b}[1m{text}\u{1b}[0m");
        } else {
            self.out.push_str(text);
        }
    }
}
