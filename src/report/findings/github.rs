//! Findings as workflow commands, which GitHub Actions shows beside the changed line.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::io;

use crate::check::Severity;

use super::group::Group;

pub(super) fn write(groups: &[Group<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    for group in groups {
        let finding = group.finding;
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(origin) = finding.origin {
            properties.push(format!("file={}", property(&origin.file.name())));
            if origin.line > 0 {
                properties.push(format!("line={}", origin.line));
            }
            if origin.column > 0 {
                properties.push(format!("col={}", origin.column));
            }
        }
        properties.push(format!("title={}", property(&finding.rule)));
        let mut message = finding.message.clone();
        let subject = group.subject();
        if !subject.is_empty() {
            message = format!("{message} ({subject})");
        }
        if let Some(hint) = &finding.hint {
            message = format!("{message}\n{hint}");
        }
        writeln!(
            out,
            "::{command} {}::{}",
            properties.join(","),
            escape(&message)
        )?;
    }
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}
