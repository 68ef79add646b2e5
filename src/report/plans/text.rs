//! Plans for a terminal: a line a step, with the fields that change below it.

use std::io;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};

use crate::sync::{Action, Plan, Step};

use super::super::differences::visible;
use super::super::snippet::Color;
use super::{Tense, change, counts, drift};

pub(super) fn write(
    plans: &[Plan],
    tense: Tense,
    color: Color,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for plan in plans {
        let head = Style::new().effects(Effects::BOLD);
        let name = format!("{} → {}", plan.environment, plan.target);
        writeln!(out, "{}", paint(&visible(&name), head, color))?;
        for step in &plan.steps {
            write_step(step, color, out)?;
        }
        for note in &plan.notes {
            writeln!(out, "  note: {}", visible(note))?;
        }
        writeln!(out, "  {}", counts(plan, tense))?;
    }
    Ok(())
}

fn write_step(step: &Step, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
    let (sign, style) = match step.action {
        Action::Keep => return Ok(()),
        Action::Create => ("+", AnsiColor::Green.on_default()),
        Action::Change => ("~", AnsiColor::Yellow.on_default()),
        Action::Prune => ("-", AnsiColor::Red.on_default()),
        Action::Retain => ("=", Style::new()),
    };
    let what = format!(
        "{sign} {:<7} {}",
        step.action.as_str(),
        visible(&step.id.to_string())
    );
    write!(out, "  {}", paint(&what, style, color))?;
    if !step.component.is_empty() {
        write!(out, " ({})", visible(&step.component))?;
    }
    if let Some(by_hand) = &step.drift {
        write!(out, ", {}", drift(by_hand))?;
    }
    writeln!(out)?;
    for field in &step.changes {
        write!(out, "      {}", change(field))?;
        if let Some(new) = &field.new {
            write!(out, "  [{}]", new.origin)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn paint(text: &str, style: Style, color: Color) -> String {
    match color {
        Color::Always => format!("{style}{text}{style:#}"),
        Color::Never => text.to_owned(),
    }
}
