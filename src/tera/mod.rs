//! Plain manifests with Tera templates, for teams that want neither kustomize nor Helm.
//!
//! [`render`] renders the files of a folder over values. Templates are untrusted: they read no environment, no
//! clock and no file but each other, and loops, recursion and output have bounds (`guard`). Tera does not say what
//! printed what, so `mark` finds it out: it renders again with marks on lines and on values, and believes them
//! where the output is the same but for the marks. Knows nothing of Kubernetes.

mod guard;
mod mark;
mod scan;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::yaml::json::to_value;
use crate::yaml::{Diagnostic, FileId, MadeFrom, Node, Origin};

use guard::Guard;

/// A file of templates.
#[derive(Clone, Debug)]
pub struct Template {
    /// The name by which other templates may include it.
    pub name: String,
    /// The name in messages.
    pub file: FileId,
    /// The text.
    pub text: String,
    /// Whether it is there only for others to include.
    pub is_partial: bool,
}

/// What a template was rendered to.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The file.
    pub file: FileId,
    /// The text.
    pub text: String,
    /// Where the text comes from.
    pub spans: Spans,
}

/// Where a rendered text comes from.
#[derive(Clone, Debug)]
pub struct Spans {
    /// The template.
    file: FileId,
    /// The line of the template, or of the values, by where each part begins.
    starts: Vec<(usize, Origin)>,
}

/// Why templates could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TeraError {
    message: String,
    at: Origin,
}

impl Diagnostic for TeraError {
    fn origin(&self) -> Option<Origin> {
        Some(self.at)
    }

    fn hint(&self) -> Option<String> {
        let is_unknown = self.message.contains("not found in context");
        is_unknown.then(|| "set it in a file of `values`, or write `| default(value=…)`".to_owned())
    }
}

impl Spans {
    fn within(&self, range: &Range<usize>) -> impl Iterator<Item = Origin> {
        let first = self
            .starts
            .partition_point(|(start, _)| *start <= range.start);
        let spans = self
            .starts
            .get(first.saturating_sub(1)..)
            .unwrap_or_default();
        let end = range.end;
        spans
            .iter()
            .take_while(move |(start, _)| *start < end)
            .map(|(_, origin)| *origin)
    }
}

impl MadeFrom for Spans {
    fn place(&self, range: Range<usize>) -> Option<Origin> {
        let value = self.within(&range).find(|origin| origin.file != self.file);
        value.or_else(|| self.within(&range).next())
    }

    fn through(&self, range: Range<usize>) -> Vec<Origin> {
        // A value has no line of the template: the last one that began before it printed it.
        let before = 0..range.end;
        let line = self
            .within(&before)
            .filter(|origin| origin.file == self.file);
        line.last().into_iter().collect()
    }
}

/// Renders templates over values, in the order of their names. `values` is a mapping; each of its nodes knows its
/// place.
///
/// # Errors
///
/// What Tera says, with the file and, where it tells, the line.
pub fn render(templates: &[Template], values: &Node) -> Result<Vec<Rendered>, TeraError> {
    let by_name: BTreeMap<&str, &Template> = templates
        .iter()
        .map(|template| (template.name.as_str(), template))
        .collect();
    let plain = engine(&by_name, &|template| template.text.clone())?;
    let marked = engine(&by_name, &mark::lines)?;
    let json = to_value(values);
    let leaves = mark::leaves(values);
    by_name
        .values()
        .filter(|template| !template.is_partial)
        .map(|template| {
            let text = plain.render(template, &json)?;
            let starts = mark::spans(template, &text, &json, &leaves, &marked);
            let file = template.file;
            Ok(Rendered {
                file,
                text,
                spans: Spans { file, starts },
            })
        })
        .collect()
}

/// Templates, ready to be rendered.
struct Engine {
    tera: ::tera::Tera,
    guard: Guard,
}

impl Engine {
    fn render(&self, template: &Template, values: &serde_json::Value) -> Result<String, TeraError> {
        let context = ::tera::Context::from_value(values.clone())
            .map_err(|error| wrong(template.file, &error))?;
        self.guard.start();
        let mut out = self.guard.output();
        self.tera
            .render_to(&template.name, &context, &mut out)
            .map_err(|error| wrong(template.file, &error))?;
        Ok(out.into_text())
    }
}

fn engine(
    templates: &BTreeMap<&str, &Template>,
    text_of: &dyn Fn(&Template) -> String,
) -> Result<Engine, TeraError> {
    let mut tera = ::tera::Tera::default();
    tera.autoescape_on(Vec::new());
    let guard = Guard::install(&mut tera);
    let texts: Vec<(&str, String)> = templates
        .iter()
        .map(|(name, template)| (*name, guard::guarded(&text_of(template))))
        .collect();
    if let Err(error) = tera.add_raw_templates(texts.iter().map(|(name, text)| (name, text))) {
        return Err(of_its_file(templates, &texts, &error));
    }
    Ok(Engine { tera, guard })
}

/// Finds the file that an error is about: one that is wrong by itself, or one that the error names.
fn of_its_file(
    templates: &BTreeMap<&str, &Template>,
    texts: &[(&str, String)],
    error: &::tera::Error,
) -> TeraError {
    for (name, text) in texts {
        let alone = ::tera::Tera::default().add_raw_template(name, text);
        if let (Err(error), Some(template)) = (alone, templates.get(name)) {
            let wrong = wrong(template.file, &error);
            if wrong.at.line > 0 {
                return wrong;
            }
        }
    }
    let message = error.to_string();
    let is_named = |template: &&&Template| message.contains(&format!("`{}`", template.name));
    let named = templates
        .values()
        .find(is_named)
        .or(templates.values().next());
    wrong(
        named.map_or_else(|| FileId::of(""), |template| template.file),
        error,
    )
}

/// What Tera says, as one line: its errors are a chain, and those of syntax a drawing with the line in it.
fn wrong(file: FileId, error: &::tera::Error) -> TeraError {
    let mut message = String::new();
    let mut at = Origin::file(file);
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if let Some(place) = text.split_once("--> ").map(|(_, place)| place) {
            let numbers: Vec<u32> = place
                .split(|character: char| !character.is_ascii_digit())
                .take(2)
                .filter_map(|number| number.parse().ok())
                .collect();
            if let [line, column] = numbers.as_slice() {
                at = Origin::at(file, *line, *column);
            }
        }
        let line = text
            .lines()
            .rev()
            .map(|line| line.trim_start_matches([' ', '=', '|']).trim())
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        if !message.contains(line) {
            if !message.is_empty() {
                message.push_str(": ");
            }
            message.push_str(line);
        }
        next = error.source();
    }
    TeraError { message, at }
}

#[cfg(test)]
mod tests;
