//! A rendered chart as YAML documents that know which line of which file supplied each node.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::template::{self, Origins, Span, Written};
use crate::yaml::{
    DuplicateKeys, FileId, Limits, MadeDocument, MadeFrom, Origin, ParseError, parse_made,
    parse_with,
};

use super::chart::Chart;
use super::error::Error;
use super::manifest::{Ending, Failed, Manifest, Reading};
use super::release::{Options, Tracing};
use super::render::{Rendered, Show, Trace, template_to_read};
use super::values::template::Places;

/// The most lines of templates that are told for one field.
const MOST_LINES: usize = 16;

/// A chart cannot be rendered to documents.
#[derive(Debug)]
pub enum DocumentsError {
    /// It cannot be rendered.
    Chart(Box<Error>),
    /// What it renders to is not what the reader takes.
    Document(ParseError),
}

impl From<ParseError> for DocumentsError {
    fn from(error: ParseError) -> Self {
        Self::Document(error)
    }
}

/// Renders a chart for a release and reads what of it is shown, as [`Rendered::documents`] does.
///
/// # Errors
///
/// Where a document is refused, what wrote it is known even if the render was not to be traced.
pub fn documents(
    chart: &Chart,
    options: &Options,
    show: Show,
    duplicates: DuplicateKeys,
) -> Result<(Rendered, Vec<MadeDocument>), DocumentsError> {
    let render = |options: &Options| {
        // Traced ones are read another way.
        let later = (options.tracing == Tracing::Off).then_some(duplicates);
        let rendered = template_to_read(chart, options, later);
        rendered.map_err(|error| DocumentsError::Chart(Box::new(error)))
    };
    let rendered = render(options)?;
    match rendered.documents(show, duplicates) {
        Ok(documents) => Ok((rendered, documents)),
        Err(DocumentsError::Document(_)) if options.tracing == Tracing::Off => {
            let traced = Options {
                tracing: Tracing::On,
                ..options.clone()
            };
            let rendered = render(&traced)?;
            let documents = rendered.documents(show, duplicates);
            Ok((rendered, documents?))
        }
        Err(error) => Err(error),
    }
}

impl Rendered {
    /// Reads the documents in the order in which `helm template` prints them. Where the render was
    /// traced, each node is known by the line that supplied it: of a values file, or else of a template;
    /// where not, by its line in what the template rendered to.
    ///
    /// # Errors
    ///
    /// The place of a [`ParseError`] is in the template.
    pub fn documents(
        &self,
        show: Show,
        duplicates: DuplicateKeys,
    ) -> Result<Vec<MadeDocument>, DocumentsError> {
        let mut documents = Vec::new();
        let crds = self.crds_shown(show);
        let shown = crds.len() + self.manifests.len();
        // What is printed is trimmed, but for hooks, which come behind.
        let ending = |place| {
            if place + 1 == shown {
                Ending::Trimmed
            } else {
                Ending::Line
            }
        };
        for (place, crd) in crds.iter().enumerate() {
            let data = crd
                .data()
                .map_err(|error| DocumentsError::Chart(Box::new(error.into())))?;
            let text = ending(place).of(data);
            let nodes = parse_with(text.as_bytes(), crd.id, &Limits::default(), duplicates)?;
            documents.extend(nodes.into_iter().map(MadeDocument::as_written));
        }
        let manifests = self.manifests.iter().chain(self.hooks_shown(show.hooks));
        for (place, manifest) in manifests.enumerate() {
            let ending = ending(crds.len() + place);
            let Some(trace) = &self.trace else {
                let reading = Reading { duplicates, ending };
                let nodes = manifest.read(reading)?;
                documents.extend(nodes.iter().cloned().map(MadeDocument::as_written));
                continue;
            };
            let text = ending.of(&manifest.text);
            let from = Box::new(ManifestText::of(manifest, trace));
            documents.append(&mut parse_made(text, manifest.file, duplicates, from)?);
        }
        Ok(documents)
    }
}

/// What is known of the text of a manifest.
#[derive(Debug)]
struct ManifestText {
    /// Those of the file that the manifest was cut out of, and where it begins in it.
    spans: Arc<[Span]>,
    start: usize,
    trail: Arc<Trail>,
}

/// What the origins of spans stand for.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(super) origins: Origins,
    pub(super) places: Places,
    /// The files of templates, by the names that the engine knows them by.
    pub(super) files: HashMap<SmolStr, FileId>,
}

/// Where a document that cannot be read comes from.
#[derive(Debug, Default)]
pub struct Blame {
    /// The lines of templates that printed what is wrong, the outermost first.
    pub lines: Vec<Origin>,
    /// The line of a values file, or the flag, that supplied it.
    pub supplier: Option<Origin>,
}

impl Blame {
    /// Of the line that failed.
    pub(super) fn of(failed: &Failed, trace: &Trace) -> Self {
        let Some((_, range)) = failed.line() else {
            return Self::default();
        };
        let spans = ManifestText {
            spans: trace.spans.get(&failed.path).cloned().unwrap_or_default(),
            start: failed.start,
            trail: Arc::clone(&trace.trail),
        };
        let trail = &trace.trail;
        Self {
            lines: spans
                .within(&range)
                .map(|origin| trail.lines(origin))
                .find(|lines| !lines.is_empty())
                .unwrap_or_default(),
            supplier: spans
                .within(&range)
                .find_map(|origin| trail.supplier(origin)),
        }
    }
}

impl ManifestText {
    fn of(manifest: &Manifest, trace: &Trace) -> Self {
        Self {
            spans: trace.spans.get(&manifest.path).cloned().unwrap_or_default(),
            start: manifest.start,
            trail: Arc::clone(&trace.trail),
        }
    }

    /// The origins of a part of the manifest's text.
    fn within(&self, range: &Range<usize>) -> impl Iterator<Item = template::Origin> {
        let (start, end) = (range.start + self.start, range.end + self.start);
        let first = self.spans.partition_point(|span| span.start <= start);
        let spans = self
            .spans
            .get(first.saturating_sub(1)..)
            .unwrap_or_default();
        spans
            .iter()
            .take_while(move |span| span.start < end)
            .map(|span| span.origin)
    }
}

impl MadeFrom for ManifestText {
    fn place(&self, range: Range<usize>) -> Option<Origin> {
        let supplied = self
            .within(&range)
            .find_map(|origin| self.trail.supplier(origin));
        supplied.or_else(|| {
            let origin = self.within(&range).next()?;
            self.trail.lines(origin).last().copied()
        })
    }

    fn through(&self, range: Range<usize>) -> Vec<Origin> {
        let is_supplied = |origin: &template::Origin| self.trail.supplier(*origin).is_some();
        let origin = self.within(&range).find(is_supplied);
        let origin = origin.or_else(|| self.within(&range).next());
        origin.map_or_else(Vec::new, |origin| self.trail.lines(origin))
    }
}

impl Trail {
    /// The line of a values file, or the flag, that supplied a value; of several the first.
    fn supplier(&self, origin: template::Origin) -> Option<Origin> {
        match self.origins.get(origin)? {
            Written::Given(number) => self.places.get(*number),
            Written::Template { .. } => None,
            Written::Printed { value, .. } => self.supplier(*value),
            Written::Several(origins) => origins.iter().find_map(|origin| self.supplier(*origin)),
        }
    }

    /// The lines of templates that printed it, the outermost first.
    fn lines(&self, origin: template::Origin) -> Vec<Origin> {
        let mut lines = Vec::new();
        let mut next = Some(origin);
        while let Some(origin) = next.take()
            && lines.len() < MOST_LINES
        {
            match self.origins.get(origin) {
                Some(Written::Template { source, line }) => {
                    let file = self.files.get(source.as_ref());
                    lines.extend(file.map(|file| Origin::at(*file, *line, 0)));
                }
                Some(Written::Printed { action, value }) => {
                    lines.append(&mut self.lines(*action));
                    next = Some(*value);
                }
                Some(Written::Several(origins)) => next = origins.first().copied(),
                Some(Written::Given(_)) | None => {}
            }
        }
        lines
    }
}
