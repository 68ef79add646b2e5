//! What templates rendered, as documents: divided, told hooks from the rest, in the order of installation.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::yaml::{self, Diagnostic, DuplicateKeys, FileId, Limits, Node, Origin, ParseError};

use super::decode::{Fields, WrongType};
use super::known::Known;

/// The kinds in the order in which they are installed; all others come behind them.
const INSTALL_ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The events of a release that a hook may wait for.
const EVENTS: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
];

/// What is added to the name of a template's file to name what it rendered to.
const RENDERED: &str = " (rendered)";

/// Whether lines of a file are those of what a template rendered to, not those that wrote it.
pub fn is_rendered(file: FileId) -> bool {
    file.name().ends_with(RENDERED)
}

/// A document that a template rendered.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The path of the template, from the chart's name on.
    pub path: SmolStr,
    /// The file of the template.
    pub file: FileId,
    /// Where it begins in what the template rendered.
    pub start: usize,
    /// The text.
    pub text: Arc<[u8]>,
    /// Its `kind`; empty where it has none.
    pub kind: SmolStr,
    /// Its `metadata.name`.
    pub name: SmolStr,
    /// The events that it waits for, if it is a hook.
    pub hook: Option<Arc<[&'static str]>>,
    /// The text as documents, once somebody has read it, and by which rules.
    documents: Arc<OnceLock<(Reading, Arc<[Node]>)>>,
}

/// How the text of a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) duplicates: DuplicateKeys,
    pub(crate) ending: Ending,
}

/// What a document ends with where it is printed, which block scalars at its end tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A line break behind all of its text.
    Line,
    /// A line break in place of the white space at its end.
    Trimmed,
}

impl Ending {
    /// The text of a document as it is printed.
    pub(crate) fn of(self, text: &[u8]) -> String {
        let text = match self {
            Self::Line => text,
            Self::Trimmed => trim_end(text),
        };
        let mut text = String::from_utf8_lossy(text).into_owned();
        text.push('\n');
        text
    }
}

impl Manifest {
    /// Whether it is a test of the release.
    pub fn is_test(&self) -> bool {
        self.hook
            .as_ref()
            .is_some_and(|events| events.contains(&"test"))
    }

    /// Reads the text as documents, each node known by its line in what the template rendered to.
    pub(crate) fn read(&self, mut reading: Reading) -> Result<Arc<[Node]>, ParseError> {
        if !self.tells_endings() {
            reading.ending = Ending::Line;
        }
        if let Some((by, known)) = self.documents.get()
            && *by == reading
        {
            return Ok(Arc::clone(known));
        }
        let text = reading.ending.of(&self.text);
        let limits = Limits::default();
        let nodes = yaml::parse_with(
            text.as_bytes(),
            self.rendered(),
            &limits,
            reading.duplicates,
        )?;
        let nodes: Arc<[Node]> = nodes.into();
        let (by, known) = self.documents.get_or_init(|| (reading, Arc::clone(&nodes)));
        Ok(Arc::clone(if *by == reading { known } else { &nodes }))
    }

    /// Whether the text may mean something else where the white space at its end is cut off: where a scalar keeps its
    /// line breaks, or where there are blanks.
    fn tells_endings(&self) -> bool {
        let (text, white) = self.text.split_at(trim_end(&self.text).len());
        let is_kept = || !white.is_empty() && memchr::memchr(b'+', text).is_some();
        white.iter().any(|byte| *byte != b'\n') || is_kept()
    }

    /// What it rendered to, as if that were a file, too: lines of it are no lines of the template.
    fn rendered(&self) -> FileId {
        FileId::of(&format!("{}{RENDERED}", self.file.name()))
    }
}

/// A document is not YAML, or not what an object looks like.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ManifestError {
    #[error(transparent)]
    Yaml(#[from] ParseError),
    #[error(transparent)]
    WrongType(#[from] WrongType),
}

/// Documents in the order of installation.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// All but hooks.
    pub manifests: Vec<Manifest>,
    /// The hooks.
    pub hooks: Vec<Manifest>,
    /// What was left out, and why.
    pub warnings: Vec<String>,
}

impl ManifestError {
    /// Where in the document it is.
    pub(crate) fn place(&self) -> Option<Origin> {
        match self {
            Self::Yaml(error) => error.origin(),
            Self::WrongType(error) => Some(error.at),
        }
    }
}

/// Where a document failed.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The path of the template.
    pub(crate) path: SmolStr,
    /// Where the document begins in what the template rendered.
    pub(crate) start: usize,
    /// The document.
    pub(crate) text: Vec<u8>,
    /// What is wrong with it.
    pub(crate) error: ManifestError,
}

impl Failed {
    /// The line that failed, and what of the document is from the mistake to the end of that line.
    pub(crate) fn line(&self) -> Option<(Cow<'_, str>, Range<usize>)> {
        let place = self.error.place()?;
        let number = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let mut lines = self
            .text
            .split(|byte| *byte == b'\n')
            .scan(0, |next, line| {
                let start = *next;
                *next += line.len() + 1;
                Some((start, line))
            });
        let (start, line) = lines.nth(number)?;
        let text = String::from_utf8_lossy(line);
        let column = usize::try_from(place.column).ok()?.saturating_sub(1);
        let within = text.char_indices().nth(column);
        let within = within.map_or(0, |(within, _)| within.min(line.len()));
        let end = start + line.len().max(within + 1);
        Some((text, start + within..end))
    }
}

/// What a template rendered.
#[derive(Clone, Copy)]
pub(crate) struct File<'f> {
    /// The path of the template, from the chart's name on.
    pub(crate) path: &'f SmolStr,
    /// The file of the template.
    pub(crate) id: FileId,
    /// What it rendered.
    pub(crate) text: &'f [u8],
}

/// Divides rendered files, which come sorted by path, into documents and puts them in order. If somebody will read
/// the documents, `later` is how.
pub(crate) fn sort<'f>(
    files: impl IntoIterator<Item = File<'f>>,
    known: &Known,
    later: Option<DuplicateKeys>,
) -> Result<Sorted, Box<Failed>> {
    let mut sorted = Sorted::default();
    let files: Vec<File<'f>> = files.into_iter().collect();
    let read: Vec<_> = files
        .par_iter()
        .map(|file| known.read(file, later))
        .collect();
    for (file, read) in files.iter().zip(read) {
        for manifest in read?.iter() {
            match manifest {
                Ok(manifest) if manifest.hook.is_some() => sorted.hooks.push(manifest.clone()),
                Ok(manifest) => sorted.manifests.push(manifest.clone()),
                Err(hook) => sorted
                    .warnings
                    .push(format!("`{}`: skipping unknown hooks `{hook}`", file.path)),
            }
        }
    }
    sorted.manifests.sort_by_cached_key(order);
    sorted.hooks.sort_by_cached_key(order);
    Ok(sorted)
}

/// Known kinds by the order of installation, then the others by name.
fn order(manifest: &Manifest) -> (usize, SmolStr) {
    match INSTALL_ORDER.iter().position(|kind| *kind == manifest.kind) {
        Some(place) => (place, SmolStr::default()),
        None => (INSTALL_ORDER.len(), manifest.kind.clone()),
    }
}

/// A document of a file, or the hooks that no one knows for which it is left out.
pub(crate) type Read = Result<Manifest, String>;

impl File<'_> {
    /// Divides the file into documents and reads the head of each, and the whole if it will be read later.
    pub(crate) fn read(&self, later: Option<DuplicateKeys>) -> Result<Arc<[Read]>, Box<Failed>> {
        let documents = split(self.text).into_iter();
        let documents = documents.map(|(start, document)| {
            read(self, start, document, later).map_err(|error| {
                Box::new(Failed {
                    path: self.path.clone(),
                    start,
                    text: document.to_vec(),
                    error,
                })
            })
        });
        documents.collect()
    }
}

fn read(
    file: &File<'_>,
    start: usize,
    text: &[u8],
    later: Option<DuplicateKeys>,
) -> Result<Read, ManifestError> {
    let manifest = Manifest {
        path: file.path.clone(),
        file: file.id,
        start,
        text: text.into(),
        kind: SmolStr::default(),
        name: SmolStr::default(),
        hook: None,
        documents: Arc::default(),
    };
    let limits = Limits::default();
    // The two ways to read YAML, in one go where they are one.
    if let Some(duplicates) = later
        && let printed = [text, b"\n"].concat()
        && let Some(nodes) = yaml::parse_alike(&printed, manifest.rendered(), &limits, duplicates)
        && let Ok(read) = head(manifest.clone(), nodes.first())
    {
        if let Ok(manifest) = &read {
            let ending = Ending::Line;
            let reading = Reading { duplicates, ending };
            manifest.documents.get_or_init(|| (reading, nodes.into()));
        }
        return Ok(read);
    }
    let node = yaml::parse_version_2(text, file.id, &limits, DuplicateKeys::LastCounts)?;
    Ok(head(manifest, node.as_ref())?)
}

/// Reads the head of a document.
fn head(mut manifest: Manifest, node: Option<&Node>) -> Result<Read, WrongType> {
    let Some(node) = node else {
        return Ok(Ok(manifest));
    };
    let fields = Fields::of(node, "")?;
    fields.text("apiVersion")?;
    manifest.kind = fields.text("kind")?.into();
    let Some(metadata) = fields.get("metadata") else {
        return Ok(Ok(manifest));
    };
    let metadata = Fields::of(metadata, "metadata.")?;
    manifest.name = metadata.text("name")?.into();
    let annotations = metadata.text_map("annotations")?;
    let Some((_, hook)) = annotations.iter().find(|(key, _)| key == "helm.sh/hook") else {
        return Ok(Ok(manifest));
    };
    let mut events = Vec::new();
    for name in hook.split(',') {
        let name = name.trim().to_lowercase();
        let name = if name == "test-success" {
            "test"
        } else {
            &name
        };
        match EVENTS.iter().find(|event| **event == name) {
            Some(event) => events.push(*event),
            None => return Ok(Err(hook.clone())),
        }
    }
    manifest.hook = Some(events.into());
    Ok(Ok(manifest))
}

/// Divides a text at lines that begin with `---`; each document comes with the byte at which it begins. White space
/// before a document and empty documents are dropped.
pub(crate) fn split(whole: &[u8]) -> Vec<(usize, &[u8])> {
    let text = trim_start(whole);
    let skipped = whole.len() - text.len();
    let mut documents = Vec::new();
    let mut rest = text;
    let mut from = 0;
    let mut is_line_start = true;
    let mut at = 0;
    while at < text.len() {
        let ahead = text.get(at..).unwrap_or_default();
        if is_line_start && ahead.starts_with(b"---") {
            documents.push((from, text.get(from..at).unwrap_or_default()));
            let blanks = ahead
                .iter()
                .skip(3)
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            at += 3 + blanks;
            from = at;
            rest = text.get(from..).unwrap_or_default();
            is_line_start = false;
            continue;
        }
        match memchr::memchr(b'\n', ahead) {
            Some(end) => at += end + 1,
            None => break,
        }
        is_line_start = true;
    }
    documents.push((from, rest));
    let documents = documents.into_iter().map(|(from, document)| {
        let trimmed = trim_start(document);
        (skipped + from + document.len() - trimmed.len(), trimmed)
    });
    documents
        .filter(|(_, document)| !document.is_empty())
        .collect()
}

/// The text without white space before it.
pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        let blank = match rest {
            [b' ' | b'\t'..=b'\r', ..] => 1,
            [0..=127, ..] | [] => return rest,
            _ => match first_character(rest) {
                Some(character) if character.is_whitespace() => character.len_utf8(),
                _ => return rest,
            },
        };
        rest = rest.get(blank..).unwrap_or_default();
    }
}

/// The text without white space around it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// The text without white space behind it.
fn trim_end(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        let blank = match rest {
            [.., b' ' | b'\t'..=b'\r'] => 1,
            [.., 0..=127] | [] => return rest,
            _ => match last_character(rest) {
                Some(character) if character.is_whitespace() => character.len_utf8(),
                _ => return rest,
            },
        };
        rest = rest
            .get(..rest.len().saturating_sub(blank))
            .unwrap_or_default();
    }
}

fn first_character(text: &[u8]) -> Option<char> {
    let head = text.get(..text.len().min(4))?;
    head.utf8_chunks().next()?.valid().chars().next()
}

fn last_character(text: &[u8]) -> Option<char> {
    let tail = text.get(text.len().saturating_sub(4)..)?;
    (0..tail.len()).find_map(|start| {
        let mut characters = std::str::from_utf8(tail.get(start..)?).ok()?.chars();
        characters.next_back()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let parts = split(text.as_bytes());
        let parts = parts.into_iter().map(|(start, part)| {
            assert_eq!(text.as_bytes().get(start..start + part.len()), Some(part));
            String::from_utf8_lossy(part).into_owned()
        });
        parts.collect()
    }

    #[test]
    fn documents_are_divided_at_dashes_even_before_text() {
        assert_eq!(
            parts("\n---\na: 1\n---kind: A\n--- \n\n---\t# c\nb\n"),
            ["a: 1\n", "kind: A\n", "# c\nb\n"]
        );
        assert_eq!(parts("a: 1\n\n\n"), ["a: 1\n\n\n"]);
        assert_eq!(parts(" ---\na\n"), ["a\n"]);
        assert_eq!(parts("------\na"), ["---\na"]);
        assert!(parts("\u{a0}\n").is_empty());
    }

    #[test]
    fn kinds_are_in_the_order_of_installation() {
        let file = SmolStr::from("c/templates/a.yaml");
        let text = b"kind: Zebra\n---\nkind: Job\n---\nkind: Apple\n---\nkind: ConfigMap\n---\n# none\n---\nkind: Job\nmetadata: {name: b, annotations: {helm.sh/hook: 'Test, pre-install'}}\n---\nmetadata: {annotations: {helm.sh/hook: x}}\n";
        let sorted = sort(
            [File {
                path: &file,
                id: FileId::of(&file),
                text,
            }],
            &Known::default(),
            None,
        )
        .unwrap();
        let kinds: Vec<&str> = sorted.manifests.iter().map(|m| m.kind.as_str()).collect();
        assert_eq!(kinds, ["ConfigMap", "Job", "", "Apple", "Zebra"]);
        assert_eq!(sorted.hooks.len(), 1);
        assert!(sorted.hooks[0].is_test());
        assert_eq!(sorted.warnings.len(), 1);
    }

    #[test]
    fn documents_that_are_no_objects_are_refused() {
        let file = SmolStr::from("c/templates/a.yaml");
        for text in [
            "- a\n",
            "text\n",
            "kind: {}\n",
            "metadata: []\n",
            "a: b: c\n",
            "metadata: {annotations: {a: []}}\n",
        ] {
            assert!(
                sort(
                    [File {
                        path: &file,
                        id: FileId::of(&file),
                        text: text.as_bytes()
                    }],
                    &Known::default(),
                    None
                )
                .is_err(),
                "{text}"
            );
        }
    }
}
