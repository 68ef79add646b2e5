//! What a chart renders to, and the text of it.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::helm::documents::Trail;
use crate::helm::instance::Instance;
use crate::helm::manifest::{self, Manifest};
use crate::source::{Content, SourceError};
use crate::template::Span;
use crate::yaml::{FileId, Origin};

use super::scope::full_path;

/// The most calls that a message lists.
const MOST_CALLS: usize = 5;

/// What a chart renders to.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The documents but hooks, in the order of installation.
    pub manifests: Vec<Manifest>,
    /// The hooks, in that order, too.
    pub hooks: Vec<Manifest>,
    /// The files in `crds/`, of the chart and then of its subcharts.
    pub crds: Vec<Crd>,
    /// What is odd, but no reason to refuse.
    pub warnings: Vec<String>,
    /// The functions that made the output differ from run to run.
    pub unreproducible: Vec<Unreproducible>,
    /// Where the output comes from, if that was asked for: what the traces of `texts` stand for.
    pub trace: Option<Trace>,
}

/// A call that made the output differ from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreproducible {
    /// The function.
    pub function: &'static str,
    /// The line that calls it; none within a text of the values.
    pub at: Option<Origin>,
}

impl fmt::Display for Unreproducible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.function)?;
        match self.at {
            Some(at) => write!(f, " ({at})"),
            None => Ok(()),
        }
    }
}

/// Where the output comes from.
#[derive(Debug)]
pub struct Trace {
    /// What the origins of spans stand for.
    pub(crate) trail: Arc<Trail>,
    /// The spans of each rendered file, by its path.
    pub(crate) spans: HashMap<SmolStr, Arc<[Span]>>,
}

/// A file of custom resource definitions: not a template.
#[derive(Clone, Debug)]
pub struct Crd {
    /// Its path, from the chart's name on.
    pub path: SmolStr,
    /// The name under which people know it.
    pub id: FileId,
    /// The content.
    pub content: Content,
}

impl Crd {
    /// The content.
    ///
    /// # Errors
    ///
    /// Where it can't be read any more.
    pub fn data(&self) -> Result<&Arc<[u8]>, SourceError> {
        self.content.get().map_err(Clone::clone)
    }
}

impl Rendered {
    /// The files in `crds/` that are shown.
    pub fn crds_shown(&self, show: Show) -> &[Crd] {
        if show.crds { &self.crds } else { &[] }
    }

    /// The documents as `helm template` prints them.
    ///
    /// # Errors
    ///
    /// Where a file in `crds/` that is shown can't be read any more.
    pub fn to_text(&self, show: Show) -> Result<Vec<u8>, SourceError> {
        let mut out = Vec::new();
        for crd in self.crds_shown(show) {
            write_document(&crd.path, crd.data()?, &mut out);
        }
        for manifest in &self.manifests {
            write_document(&manifest.path, &manifest.text, &mut out);
        }
        // Nothing blank stands before the first document.
        out.truncate(manifest::trim(&out).len());
        out.push(b'\n');
        for hook in self.hooks_shown(show.hooks) {
            write_document(&hook.path, &hook.text, &mut out);
        }
        Ok(out)
    }

    /// The calls that made the output differ from run to run, as a list to read; none if another render is the same.
    pub fn unreproducible_calls(&self) -> Option<String> {
        let calls: Vec<String> = self
            .unreproducible
            .iter()
            .map(ToString::to_string)
            .collect();
        match calls.as_slice() {
            [] => None,
            [.., _] if calls.len() > MOST_CALLS => Some(format!(
                "{} and {} more",
                calls[..MOST_CALLS].join(", "),
                calls.len() - MOST_CALLS
            )),
            calls => Some(calls.join(", ")),
        }
    }

    /// The hooks that are shown.
    pub fn hooks_shown(&self, hooks: Hooks) -> impl Iterator<Item = &Manifest> {
        self.hooks.iter().filter(move |hook| match hooks {
            Hooks::All => true,
            Hooks::NoTests => !hook.is_test(),
            Hooks::None => false,
        })
    }
}

/// What of a rendered chart is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// The files in `crds/`, too.
    pub crds: bool,
    /// Which hooks.
    pub hooks: Hooks,
}

/// Which hooks are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hooks {
    /// All.
    #[default]
    All,
    /// All but tests of the release.
    NoTests,
    /// None.
    None,
}

/// Appends a document with the path that it comes from.
pub(crate) fn write_document(path: &str, text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"---\n# Source: ");
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// The files in `crds/` of a chart, then of its subcharts.
pub(super) fn crds(instance: &Instance<'_>) -> Vec<Crd> {
    let mut crds = Vec::new();
    add_crds(instance, "", &mut crds);
    crds
}

fn add_crds(instance: &Instance<'_>, above: &str, crds: &mut Vec<Crd>) {
    let path = full_path(above, &instance.name);
    for file in &instance.chart.files {
        let is_manifest = Path::new(file.name.as_str())
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| {
                ["yaml", "yml", "json"]
                    .iter()
                    .any(|known| extension.eq_ignore_ascii_case(known))
            });
        if file.name.starts_with("crds/") && is_manifest {
            crds.push(Crd {
                path: format!("{path}/{}", file.name).into(),
                id: file.id,
                content: file.content.clone(),
            });
        }
    }
    for subchart in &instance.dependencies {
        add_crds(subchart, &path, crds);
    }
}
