//! Findings for a terminal.

use std::io;

use crate::report::Sources;
use crate::report::snippet::{Artist, Color, Drawing};

use super::group::Group;
use super::{Checked, summarize};

pub(super) fn write(
    groups: &[Group<'_>],
    checked: &Checked,
    sources: &Sources<'_>,
    color: Color,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let artist = Artist::new(sources, color);
    for group in groups {
        writeln!(out, "{}\n", draw(group, &artist))?;
    }
    writeln!(out, "{}", summarize(groups, checked))
}

/// Returns a finding with its line.
pub(super) fn draw(group: &Group<'_>, artist: &Artist<'_>) -> String {
    let finding = group.finding;
    let subject = group.subject();
    let drawing = Drawing {
        severity: finding.severity,
        rule: &finding.rule,
        title: &finding.message,
        label: "",
        origin: finding.origin,
        notes: if subject.is_empty() {
            &[]
        } else {
            std::slice::from_ref(&subject)
        },
        related: &finding.related,
        hint: finding.hint.as_deref(),
    };
    artist.draw(&drawing)
}
