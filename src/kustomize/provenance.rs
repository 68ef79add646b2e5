//! Where a resource came from and what went over it, as `buildMetadata` writes it into annotations.

use crate::yaml::{FileId, Mapping, Node, Origin, emit};

/// A file, or what a file configures, that made or changed a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The file, relative to the folder that is built.
    pub path: String,
    /// The file that configures the generator or transformer.
    pub configured_in: String,
    /// The generator or transformer.
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

impl Provenance {
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
        add("", "path", &self.path);
        add("", "configuredIn", &self.configured_in);
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
