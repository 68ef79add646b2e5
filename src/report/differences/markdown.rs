//! A difference for a comment on a pull request: a section an environment, an object to unfold each.

use std::io;

use crate::diff::{ObjectDiff, SetDiff};

use super::{change_name, hunks, summary, visible};

pub(super) fn write(diff: &SetDiff, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "**Rendered difference**: {}", summary(diff))?;
    for environment in &diff.environments {
        writeln!(out, "\n### {}", html(&environment.name))?;
        for component in &environment.components {
            for object in &component.objects {
                write_object(&component.name, object, out)?;
            }
        }
    }
    Ok(())
}

fn write_object(component: &str, object: &ObjectDiff, out: &mut dyn io::Write) -> io::Result<()> {
    let text = hunks(object);
    let fence = fence(&text);
    writeln!(
        out,
        "\n<details><summary>{}: <code>{}</code> {}</summary>\n\n{fence}diff\n{text}{fence}\n\n</details>",
        html(component),
        html(&object.id.to_string()),
        change_name(object.change),
    )
}

/// Returns a fence that the text does not hold.
fn fence(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for char in text.chars() {
        run = if char == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest.max(2) + 1)
}

pub(in crate::report) fn html(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::fence;

    #[test]
    fn a_fence_is_longer_than_those_in_the_text() {
        assert_eq!(fence("no fence"), "```");
        assert_eq!(fence("+  ````sh\n"), "`````");
    }
}
