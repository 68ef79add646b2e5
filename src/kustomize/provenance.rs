//! Where a resource came from and what went over it, as `buildMetadata` writes it into annotations.

use crate::source::remote::{RepositoryReference, redact};
use crate::yaml::{FileId, Mapping, Node, Origin, emit};

/// Where something is: a path relative to the folder that is built, or in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Location {
    /// The path.
    pub path: String,
    /// The address of the repository, without credentials; empty where it is none.
    pub repository: String,
    /// The branch, tag or commit; empty where none is named.
    pub reference: String,
}

/// A file, or what a file configures, that made or changed a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The file, or the file that configures the generator or transformer.
    pub at: Location,
    /// The generator or transformer, where it is one.
    pub configured_by: Option<ConfiguredBy>,
}

/// What names a generator or transformer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in every object")]
pub struct ConfiguredBy {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
}

impl Location {
    /// Returns where something is that a file here names.
    pub(super) fn join(&self, name: &str) -> Self {
        let Ok(Some(address)) = RepositoryReference::parse(name) else {
            return Self {
                path: join_paths(&self.path, &redact(name)),
                ..self.clone()
            };
        };
        let folder = address.folder();
        Self {
            // The reference tool names the root of a repository so.
            path: if folder.is_root() {
                "notCloned"
            } else {
                folder.as_str()
            }
            .to_owned(),
            repository: address.shown_url(),
            reference: address.reference().unwrap_or_default().to_owned(),
        }
    }
}

/// Joins two paths as text, with `.` and `..` resolved where that is possible.
fn join_paths(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Provenance {
    /// Returns that of what a file holds.
    pub(super) fn file(at: &Location) -> Self {
        Self {
            at: at.clone(),
            configured_by: None,
        }
    }

    /// Returns that of what a file configures.
    pub(super) fn configured(at: Location, by: ConfiguredBy) -> Self {
        Self {
            at,
            configured_by: Some(by),
        }
    }

    /// Returns the text of the annotation.
    pub(super) fn text(&self) -> String {
        self.lines().concat()
    }

    /// Returns the text of the annotation that lists several.
    pub(super) fn list_text(list: &[Provenance]) -> String {
        let mut out = String::new();
        for provenance in list {
            for (position, line) in provenance.lines().iter().enumerate() {
                out.push_str(if position == 0 { "- " } else { "  " });
                out.push_str(line);
            }
        }
        out
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut add = |indent: &str, key: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("{indent}{}", field(key, value)));
            }
        };
        if self.configured_by.is_none() {
            add("", "path", &self.at.path);
        }
        add("", "repo", &self.at.repository);
        add("", "ref", &self.at.reference);
        if self.configured_by.is_some() {
            add("", "configuredIn", &self.at.path);
        }
        if let Some(by) = &self.configured_by {
            lines.push("configuredBy:\n".to_owned());
            let mut add = |key: &str, value: &str| {
                if !value.is_empty() {
                    lines.push(format!("  {}", field(key, value)));
                }
            };
            add("apiVersion", &by.api_version);
            add("kind", &by.kind);
            add("name", &by.name);
            add("namespace", &by.namespace);
        }
        lines
    }
}

/// Returns `key: value` with a line break, quoted where YAML needs it.
fn field(key: &str, value: &str) -> String {
    let nowhere = Origin::file(FileId::of(""));
    let mut mapping = Mapping::default();
    mapping.insert(key, Node::string(value, nowhere));
    let mut out = String::new();
    emit(&Node::mapping(mapping, nowhere), &mut out);
    out
}
