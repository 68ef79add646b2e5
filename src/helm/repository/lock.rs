//! `Chart.lock`: which versions a chart's dependencies came to when `helm dependency update` was last run.

use std::fmt::Write as _;

use crate::helm::chart::{Chart, ChartError, Dependency};
use crate::helm::decode::Fields;
use crate::source::remote::sha256_of;
use crate::yaml::{self, DuplicateKeys, FileId, Limits, Origin};

use super::RepositoryError;

/// What a lock file of a chart says.
#[derive(Clone, Debug)]
pub struct DependencyLock {
    /// The digest of what `Chart.yaml` said then, and of the versions.
    pub digest: String,
    /// The dependencies, in the order of `Chart.yaml`.
    pub dependencies: Vec<LockedDependency>,
    /// The file.
    pub at: Origin,
}

/// A dependency in a lock file.
#[derive(Clone, Debug)]
pub struct LockedDependency {
    /// The chart's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
}

impl DependencyLock {
    /// Reads a lock file; one that is empty says nothing.
    pub(crate) fn read(text: &[u8], file: FileId) -> Result<Option<Self>, ChartError> {
        let limits = Limits::default();
        let node = yaml::parse_version_2(text, file, &limits, DuplicateKeys::LastCounts)?;
        let Some(node) = node else { return Ok(None) };
        let fields = Fields::of(&node, "")?;
        let mut dependencies = Vec::new();
        for dependency in fields.items("dependencies")? {
            let fields = Fields::of(dependency, "dependencies.")?;
            dependencies.push(LockedDependency {
                name: fields.text("name")?,
                version: fields.text("version")?,
                repository: fields.text("repository")?,
            });
        }
        Ok(Some(Self {
            digest: fields.text("digest")?,
            dependencies,
            at: Origin::file(file),
        }))
    }

    /// Fails where it was written for other dependencies than the chart has now.
    ///
    /// `url` gives the address of a repository that is named by an alias, which is what the reference writes. Where no
    /// one knows it, it is taken to be the one in the lock.
    pub(super) fn check(
        &self,
        chart: &Chart,
        url: impl Fn(&str) -> Option<String>,
    ) -> Result<(), RepositoryError> {
        let declared = chart.metadata.dependencies.as_deref().unwrap_or_default();
        let mut resolved = declared.to_vec();
        for (place, dependency) in resolved.iter_mut().enumerate() {
            let repository = &mut dependency.repository;
            if repository.starts_with('@') || repository.starts_with("alias:") {
                let locked = self.dependencies.get(place);
                let locked = locked.map(|locked| locked.repository.clone());
                if let Some(url) = url(repository).or(locked) {
                    *repository = url;
                }
            }
        }
        let is_old = chart.metadata.api_version == "v1";
        if self.digest == self.digest_of(&resolved) {
            return Ok(());
        }
        // Helm 2 looked at the dependencies alone, as they are written.
        let old = || sha256_digest(&format!("{{\"dependencies\":{}}}", list(declared)));
        if is_old && self.digest == old() {
            return Ok(());
        }
        let (file, of) = if is_old {
            ("requirements.lock", "requirements.yaml")
        } else {
            ("Chart.lock", "Chart.yaml")
        };
        Err(RepositoryError::OutOfSync {
            file,
            of,
            at: self.at,
        })
    }

    /// The digest of the dependencies and of those in the lock: of JSON as the reference writes it.
    fn digest_of(&self, declared: &[Dependency]) -> String {
        let mut locked = String::from("[");
        for (place, dependency) in self.dependencies.iter().enumerate() {
            if place > 0 {
                locked.push(',');
            }
            let mut object = Object::default();
            object.text("name", &dependency.name);
            object.text_if_any("version", &dependency.version);
            object.text("repository", &dependency.repository);
            locked.push_str(&object.finish());
        }
        locked.push(']');
        if self.dependencies.is_empty() {
            "null".clone_into(&mut locked);
        }
        sha256_digest(&format!("[{},{locked}]", list(declared)))
    }
}

fn sha256_digest(text: &str) -> String {
    format!("sha256:{}", sha256_of(text.as_bytes()))
}

fn list(declared: &[Dependency]) -> String {
    let mut list = String::from("[");
    for (place, dependency) in declared.iter().enumerate() {
        if place > 0 {
            list.push(',');
        }
        let mut object = Object::default();
        object.text("name", &dependency.name);
        object.text_if_any("version", &dependency.version);
        object.text("repository", &dependency.repository);
        object.text_if_any("condition", &dependency.condition);
        if !dependency.tags.is_empty() {
            object.raw("tags", &json(&dependency.tags));
        }
        if dependency.enabled {
            object.raw("enabled", "true");
        }
        if !dependency.written_imports.is_empty() {
            object.raw("import-values", &json(&dependency.written_imports));
        }
        object.text_if_any("alias", &dependency.alias);
        list.push_str(&object.finish());
    }
    list.push(']');
    list
}

/// A JSON object as Go writes it.
#[derive(Default)]
struct Object(String);

impl Object {
    fn raw(&mut self, name: &str, value: &str) {
        let comma = if self.0.is_empty() { '{' } else { ',' };
        let _ = write!(self.0, "{comma}\"{name}\":{value}");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &json(&value));
    }

    fn text_if_any(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.text(name, value);
        }
    }

    fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// JSON with what is markup in HTML escaped, as Go has it.
fn json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(char));
            }
            _ => escaped.push(char),
        }
    }
    escaped
}
