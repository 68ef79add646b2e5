//! A message drawn with the source line it is about.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    AnnotationKind, Element, Group, Level, Origin as Location, Renderer, Snippet,
    normalize_untrusted_str,
};

use crate::check::Severity;
use crate::yaml::{Diagnostic, Origin};

use super::Sources;

/// What is drawn: a title, the place it is about, other places, what to do.
pub struct Drawing<'d> {
    /// How much it weighs.
    pub severity: Severity,
    /// The rule's name, shown in brackets; empty for none.
    pub rule: &'d str,
    /// What is wrong.
    pub title: &'d str,
    /// What stands under the line; empty for nothing.
    pub label: &'d str,
    /// The line it is about.
    pub origin: Option<Origin>,
    /// Facts, each on a line of its own.
    pub notes: &'d [String],
    /// Other places that matter, each with what stands there.
    pub related: &'d [(Origin, String)],
    /// What to do.
    pub hint: Option<&'d str>,
}

/// Draws errors and findings in one style.
pub struct Artist<'s> {
    sources: &'s Sources<'s>,
    renderer: Renderer,
}

impl<'s> Artist<'s> {
    /// Returns an artist that takes lines from `sources` and paints if `color` says so.
    pub fn new(sources: &'s Sources<'s>, color: Color) -> Self {
        let renderer = match color {
            Color::Always => Renderer::styled().decor_style(DecorStyle::Ascii),
            Color::Never => Renderer::plain(),
        };
        Self { sources, renderer }
    }

    /// Returns the text of a drawing, without a line end.
    pub fn draw(&self, drawing: &Drawing<'_>) -> String {
        let level = match drawing.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut title = level.primary_title(drawing.title);
        if !drawing.rule.is_empty() {
            title = title.id(drawing.rule);
        }
        let mut elements: Vec<Element<'_>> = Vec::new();
        if let Some(origin) = drawing.origin {
            elements.push(self.place(origin, AnnotationKind::Primary, drawing.label));
        }
        for (origin, text) in drawing.related {
            elements.push(self.place(*origin, AnnotationKind::Context, text));
        }
        elements.extend(
            drawing
                .notes
                .iter()
                .map(|note| Level::NOTE.message(normalize_untrusted_str(note)).into()),
        );
        elements.extend(
            drawing
                .hint
                .map(|hint| Level::HELP.message(normalize_untrusted_str(hint)).into()),
        );
        let group: Group<'_> = title.elements(elements);
        self.renderer.render(&[group])
    }

    /// Returns the text of an error, without a line end.
    pub fn draw_error(&self, error: &dyn Diagnostic) -> String {
        self.draw(&Drawing {
            severity: Severity::Error,
            rule: "",
            title: &error.to_string(),
            label: "",
            origin: error.origin(),
            notes: &[],
            related: &error.related(),
            hint: error.hint().as_deref(),
        })
    }

    fn place<'d>(&self, origin: Origin, kind: AnnotationKind, label: &'d str) -> Element<'d> {
        let path = normalize_untrusted_str(&origin.file.name());
        let Some(line) = self.sources.line(origin) else {
            let location = Location::path(path);
            return match usize::try_from(origin.line) {
                Ok(line) if line > 0 => location.line(line).into(),
                _ => location.into(),
            };
        };
        let span = value_span(&line, origin.column);
        let mut annotation = kind.span(span);
        if !label.is_empty() {
            annotation = annotation.label(normalize_untrusted_str(label));
        }
        let number = usize::try_from(origin.line).unwrap_or(1);
        Snippet::source(line)
            .line_start(number)
            .path(path)
            .annotation(annotation)
            .into()
    }
}

/// Whether to paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// With colours.
    Always,
    /// Without.
    Never,
}

/// Returns the bytes of a line from a column (in characters, from 1) to the end of what stands there.
fn value_span(line: &str, column: u32) -> std::ops::Range<usize> {
    let end = line.trim_end().len();
    let skipped = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let start = match column {
        0 => line.len() - line.trim_start().len(),
        _ => line.char_indices().nth(skipped).map_or(end, |(at, _)| at),
    };
    let rest = line.get(start..end).unwrap_or_default();
    let end = rest
        .find(" #")
        .map_or(end, |comment| start + rest[..comment].trim_end().len());
    start.min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_starts_at_the_column_and_leaves_out_a_comment() {
        assert_eq!(value_span("  port: 80 # http", 9), 8..10);
        assert_eq!(value_span("  port: 80", 0), 2..10);
        assert_eq!(value_span("é: ü", 4), 4..6);
        assert_eq!(value_span("", 7), 0..0);
    }
}
