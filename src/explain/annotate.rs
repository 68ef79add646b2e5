//! An object as YAML, with the place that wrote each line.

use crate::yaml::{FileId, Limits, Node, Origin, Style, Value, emit, parse};

/// A line of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotated {
    /// The line, without its end.
    pub text: String,
    /// What wrote it; none within a text of several lines, where nothing can stand beside it.
    pub origin: Option<Origin>,
}

/// Returns the lines of an object as `build` prints it, each with the place that wrote it.
pub fn annotate(object: &Node) -> Vec<Annotated> {
    let mut text = String::new();
    emit(object, &mut text);
    let mut lines: Vec<Annotated> = text
        .lines()
        .map(|line| Annotated {
            text: line.to_owned(),
            origin: None,
        })
        .collect();
    // The lines are found by reading the text again; what is printed can be read.
    let read = parse(text.as_bytes(), FileId::of(""), &Limits::default());
    if let Some(read) = read.ok().and_then(|documents| documents.into_iter().next()) {
        let goes_on = vec![false; lines.len()];
        let mut walk = Walk {
            lines: &mut lines,
            goes_on,
        };
        walk.node(object, &read, object.origin);
        walk.move_to_ends();
    }
    lines
}

struct Walk<'l> {
    lines: &'l mut [Annotated],
    /// Whether a text begins on the line that may end on a later one, without an indicator that a comment
    /// could stand behind.
    goes_on: Vec<bool>,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, read: &Node, written_at: Origin) {
        match (&node.value, &read.value) {
            (Value::Mapping(fields), Value::Mapping(read_fields)) => {
                if fields.is_empty() {
                    self.note(read.origin.line, written_at);
                }
                for entry in read_fields.iter() {
                    let Some(written) = fields.entry(&entry.key.text) else {
                        continue;
                    };
                    let at = match written.value.as_scalar() {
                        Some(_) => written.value.origin,
                        None => written.key_origin,
                    };
                    self.note(entry.key_origin.line, at);
                    self.node(&written.value, &entry.value, at);
                }
            }
            (Value::Sequence(items), Value::Sequence(read_items)) => {
                for (item, read_item) in items.iter().zip(read_items.iter()) {
                    if item.as_mapping().is_none_or(crate::yaml::Mapping::is_empty) {
                        self.note(read_item.origin.line, item.origin);
                    }
                    self.node(item, read_item, item.origin);
                }
            }
            (Value::Scalar(_), Value::Scalar(scalar)) => {
                let is_block = matches!(scalar.style, Style::Literal | Style::Folded);
                if !is_block {
                    self.mark_end(read.origin.line);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, line: u32, origin: Origin) {
        if let Some(line) = index_of(line).and_then(|line| self.lines.get_mut(line)) {
            line.origin.get_or_insert(origin);
        }
    }

    fn mark_end(&mut self, line: u32) {
        if let Some(goes_on) = index_of(line).and_then(|line| self.goes_on.get_mut(line)) {
            *goes_on = true;
        }
    }

    /// Moves what stands beside the first line of a folded text to its last.
    fn move_to_ends(&mut self) {
        for (index, _) in self
            .goes_on
            .iter()
            .enumerate()
            .filter(|(_, goes_on)| **goes_on)
        {
            let Some((first, rest)) = self.lines.get_mut(index..).and_then(<[_]>::split_first_mut)
            else {
                continue;
            };
            let more = rest.iter().take_while(|line| line.origin.is_none()).count();
            if let Some(last) = more.checked_sub(1).and_then(|last| rest.get_mut(last)) {
                last.origin = first.origin.take();
            }
        }
    }
}

fn index_of(line: u32) -> Option<usize> {
    usize::try_from(line).ok()?.checked_sub(1)
}
