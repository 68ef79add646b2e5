//! Plans for a comment on a pull request: a table an environment.

use std::io;

use crate::sync::{Action, Plan, Step};

use super::super::differences::markdown::html;
use super::{Tense, change, counts, drift};

pub(super) fn write(plans: &[Plan], tense: Tense, out: &mut dyn io::Write) -> io::Result<()> {
    for (position, plan) in plans.iter().enumerate() {
        if position > 0 {
            writeln!(out)?;
        }
        let name = format!("{} → {}", plan.environment, plan.target);
        writeln!(out, "### {}\n\n{}", cell(&name), counts(plan, tense))?;
        let mut steps = plan
            .steps
            .iter()
            .filter(|step| step.action != Action::Keep)
            .peekable();
        if steps.peek().is_some() {
            writeln!(out, "\n| | object | what changes |\n| --- | --- | --- |")?;
        }
        for step in steps {
            write_step(step, out)?;
        }
        for note in &plan.notes {
            writeln!(out, "\n> {}", cell(note))?;
        }
    }
    Ok(())
}

fn write_step(step: &Step, out: &mut dyn io::Write) -> io::Result<()> {
    let changes = step
        .changes
        .iter()
        .map(|field| format!("<code>{}</code>", cell(&change(field))));
    let told: Vec<String> = step.drift.iter().map(drift).chain(changes).collect();
    writeln!(
        out,
        "| {} | <code>{}</code> | {} |",
        step.action.as_str(),
        cell(&step.id.to_string()),
        told.join("<br>"),
    )
}

/// Returns text that ends neither its cell nor its element.
fn cell(text: &str) -> String {
    html(text).replace('|', "&#124;")
}
