//! What becomes of a folded text (`>`) in the reference before it is printed.
//!
//! It writes each object with version 3 of Go's YAML and reads it again. That writer is not exact for folded
//! text: it adds a line break at the end of what keeps its breaks, and joins the lines of a text that
//! begins with a blank. It breaks no line, however long.

use std::borrow::Cow;

use super::style::{is_break, is_printable};

/// Returns the text as it is read again.
pub(super) fn written_and_read(text: &str) -> Cow<'_, str> {
    let suspicious =
        text.ends_with("\n\n") || text.starts_with([' ', '\n']) || text.contains("\n ");
    let is_block = !text.is_empty()
        && !text.ends_with(' ')
        && !text.contains(" \n")
        && text.chars().all(|character| {
            is_printable(character) && (character == '\n' || !is_break(character))
        });
    if !(suspicious && is_block) {
        return Cow::Borrowed(text);
    }
    let lines = write(text);
    let mut read = read(&lines);
    let kept = read.trim_end_matches('\n').len();
    if !text.ends_with('\n') {
        read.truncate(kept);
    } else if !text.ends_with("\n\n") && text != "\n" {
        read.truncate(kept + 1);
    }
    Cow::Owned(read)
}

fn write(text: &str) -> Vec<String> {
    // The writer asks of the text's beginning what it means to ask of the break it is at.
    let doubles_breaks = !matches!(
        text.trim_start_matches('\n').chars().next(),
        None | Some(' ')
    );
    let mut lines = vec![String::new()];
    let (mut after_break, mut leading_blank) = (true, true);
    for character in text.chars() {
        if character == '\n' {
            if !after_break && !leading_blank && doubles_breaks {
                lines.push(String::new());
            }
            lines.push(String::new());
            after_break = true;
            continue;
        }
        if after_break {
            leading_blank = character == ' ';
        }
        if let Some(line) = lines.last_mut() {
            line.push(character);
        }
        after_break = false;
    }
    lines
}

/// Reads the lines with all breaks at the end.
fn read(lines: &[String]) -> String {
    let mut text = String::new();
    let (mut breaks, mut after_blank, mut after_line) = (0, false, false);
    for line in lines {
        if line.is_empty() {
            breaks += 1;
            continue;
        }
        let blank = line.starts_with(' ');
        if after_line {
            // `breaks` are the empty lines between; the break of the line before is one more.
            if after_blank || blank {
                text.push('\n');
            } else if breaks == 0 {
                text.push(' ');
            }
        }
        text.extend(std::iter::repeat_n('\n', breaks));
        text.push_str(line);
        (breaks, after_blank, after_line) = (0, blank, true);
    }
    // The last of `lines` is what follows the last break: it is a line of its own only with content.
    if lines.last().is_some_and(String::is_empty) {
        let more = breaks - usize::from(!after_line);
        text.extend(std::iter::repeat_n('\n', more));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::written_and_read;

    #[test]
    fn folded_texts_change_as_in_the_reference() {
        for (text, want) in [
            ("a b\n", "a b\n"),
            ("a\nb\n", "a\nb\n"),
            ("a\n\n", "a\n\n\n"),
            ("a\n  b\nc\n", "a\n\n  b\nc\n"),
        ] {
            assert_eq!(written_and_read(text), want, "{text:?}");
        }
        let long = format!("a\n  {}\nb\n", "word ".repeat(30).trim_end());
        assert_eq!(
            written_and_read(&long).split_once('\n'),
            Some(("a", &*format!("\n{}", &long[2..])))
        );
    }
}
