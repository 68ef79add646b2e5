//! The difference of two rendered sets as text, Markdown and JSON.
//!
//! What comes in is masked already (see [`diff`](crate::diff)).

mod json;
pub(super) mod markdown;
mod text;

use std::io;

use crate::diff::{Change, ObjectDiff, SetDiff};
use crate::yaml::{Node, emit};

use super::snippet::Color;

/// How a difference is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A unified diff, as `git diff` draws it.
    Text(Color),
    /// For a comment on a pull request.
    Markdown,
    /// For programs: each field with its old and new value.
    Json,
}

/// Writes a difference.
pub fn write(diff: &SetDiff, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Text(color) => text::write(diff, color, out),
        Format::Markdown => markdown::write(diff, out),
        Format::Json => json::write(diff, out),
    }
}

/// Returns how much differs, in one line.
pub fn summary(diff: &SetDiff) -> String {
    if diff.is_empty() {
        return "no differences".to_owned();
    }
    let count = |change| {
        diff.environments
            .iter()
            .flat_map(|environment| &environment.components)
            .flat_map(|component| &component.objects)
            .filter(|object| object.change == change)
            .count()
    };
    let environments: Vec<&str> = diff
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    format!(
        "{} created, {} changed, {} deleted in {}",
        count(Change::Created),
        count(Change::Changed),
        count(Change::Deleted),
        environments.join(", ")
    )
}

fn change_name(change: Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Changed => "changed",
        Change::Deleted => "deleted",
    }
}

/// Returns the hunks of an object's unified diff, without file names.
fn hunks(object: &ObjectDiff) -> String {
    let text = |node: &Option<Node>| {
        let mut text = String::new();
        if let Some(node) = node {
            emit(node, &mut text);
        }
        text
    };
    let (old, new) = (text(&object.old), text(&object.new));
    similar::TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(3)
        .to_string()
}

/// Returns a name with its control characters made visible: it may come from anywhere.
pub(super) fn visible(name: &str) -> String {
    name.chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{ComponentDiff, EnvironmentDiff, fields, mask};
    use crate::render::ObjectId;
    use crate::yaml::{FileId, Limits, parse};

    fn node(text: &str) -> Node {
        parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default())
            .unwrap()
            .remove(0)
    }

    fn object(kind: &str, old: Option<&str>, new: Option<&str>) -> ObjectDiff {
        let (old, new) = (old.map(node), new.map(node));
        let fields = match (&old, &new) {
            (Some(old), Some(new)) => fields(old, new),
            _ => Vec::new(),
        };
        let change = match (&old, &new) {
            (None, _) => Change::Created,
            (_, None) => Change::Deleted,
            _ => Change::Changed,
        };
        let (old, new) = mask(old.as_ref(), new.as_ref());
        ObjectDiff {
            id: ObjectId {
                group: "".into(),
                kind: kind.into(),
                namespace: "shop".into(),
                name: "web".into(),
                version: "v1".into(),
            },
            renamed_from: None,
            change,
            old,
            new,
            fields,
        }
    }

    fn diff() -> SetDiff {
        SetDiff {
            environments: vec![EnvironmentDiff {
                name: "dev".to_owned(),
                change: Change::Changed,
                components: vec![ComponentDiff {
                    name: "web".to_owned(),
                    change: Change::Changed,
                    objects: vec![
                        object("ConfigMap", Some("a: 1\nb: x\n"), Some("a: 2\nb: x\n")),
                        object(
                            "Secret",
                            Some("apiVersion: v1\nkind: Secret\ndata: {p: b25l}\n"),
                            Some("apiVersion: v1\nkind: Secret\ndata: {p: dHdv}\n"),
                        ),
                        object("Service", None, Some("a: 1\n")),
                    ],
                }],
            }],
        }
    }

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        write(&diff(), format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_a_unified_diff() {
        insta::assert_snapshot!(written(Format::Text(Color::Never)));
    }

    #[test]
    fn markdown_folds_each_object() {
        insta::assert_snapshot!(written(Format::Markdown));
    }

    #[test]
    fn json_has_each_field() {
        insta::assert_snapshot!(written(Format::Json));
    }

    #[test]
    fn no_format_shows_a_secret() {
        for format in [Format::Text(Color::Always), Format::Markdown, Format::Json] {
            let text = written(format);
            assert!(!text.contains("b25l") && !text.contains("dHdv"), "{text}");
        }
    }

    #[test]
    fn the_summary_counts() {
        assert_eq!(summary(&diff()), "1 created, 2 changed, 0 deleted in dev");
        assert_eq!(summary(&SetDiff::default()), "no differences");
    }
}
