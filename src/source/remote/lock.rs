//! `lockgate.lock`: what was fetched, by commit or digest.

use std::collections::BTreeMap;

use crate::yaml::{
    Diagnostic, DuplicateKeys, FileId, Limits, Mapping, Node, Origin, ParseError, emit,
    parse_version_2,
};

use super::pin::{asked, asked_chart};
use super::{ChartPin, FilePin, Pins, RepositoryPin};

/// The name of the file, at the root of the config repository.
pub const LOCK_FILE: &str = "lockgate.lock";

const API_VERSION: &str = "lockgate.dev/v1alpha1";
const KIND: &str = "Lock";

const HEAD: &str = "\
# What this repository takes from elsewhere. Written by `--fetch`; commit it.
";

/// What was fetched. Each address and ref has one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The commits by address and ref.
    repositories: BTreeMap<(String, Option<String>), String>,
    /// The digests by address.
    files: BTreeMap<String, String>,
    /// The charts by repository, name and version as asked.
    charts: BTreeMap<ChartKey, LockedChart>,
}

type ChartKey = (String, String, Option<String>);

/// A chart as the lock has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedChart {
    /// The version.
    pub resolved: String,
    /// The SHA-256 of the packed chart, in hexadecimal.
    pub sha256: String,
}

/// Why a lock file cannot be read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum LockError {
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error("`{LOCK_FILE}` is no lock file of `{API_VERSION}`")]
    NotALock { at: Origin },
    #[error("`{field}` is no field of {of}")]
    UnknownField {
        field: String,
        of: &'static str,
        at: Origin,
    },
    #[error("{of} needs `{field}`")]
    Missing {
        field: &'static str,
        of: &'static str,
        at: Origin,
    },
    #[error("`{field}` must be {wanted}")]
    Wrong {
        field: &'static str,
        wanted: &'static str,
        at: Origin,
    },
    #[error("`{what}` stands in the lock file twice")]
    Twice { what: String, at: Origin },
}

impl Diagnostic for LockError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Parse(error) => error.origin(),
            Self::NotALock { at }
            | Self::UnknownField { at, .. }
            | Self::Missing { at, .. }
            | Self::Wrong { at, .. }
            | Self::Twice { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Parse(error) => return error.hint(),
            Self::Twice { .. } => "keep the entry that is meant".to_owned(),
            _ => "delete the file and run with `--fetch`, which writes it anew".to_owned(),
        })
    }
}

impl Lock {
    /// Reads the text of a lock file.
    pub fn read(text: &[u8], file: FileId) -> Result<Self, LockError> {
        let document = parse_version_2(text, file, &Limits::default(), DuplicateKeys::Refused)?;
        let nowhere = Origin::file(file);
        let is = |field: &str, want: &str| {
            let value = document.as_ref().and_then(|document| document.get(field));
            value.and_then(Node::text) == Some(want)
        };
        let Some(document) = &document else {
            return Err(LockError::NotALock { at: nowhere });
        };
        if !is("apiVersion", API_VERSION) || !is("kind", KIND) {
            return Err(LockError::NotALock {
                at: document.origin,
            });
        }
        let of = "a lock file";
        check_fields(
            document,
            &["apiVersion", "kind", "repositories", "files", "charts"],
            of,
        )?;
        let mut lock = Self::default();
        for entry in list(document, "repositories")? {
            lock.read_repository(entry)?;
        }
        for entry in list(document, "files")? {
            lock.read_file(entry)?;
        }
        for entry in list(document, "charts")? {
            lock.read_chart(entry)?;
        }
        Ok(lock)
    }

    fn read_repository(&mut self, entry: &Node) -> Result<(), LockError> {
        let of = "a repository in a lock file";
        check_fields(entry, &["url", "ref", "commit"], of)?;
        let url = text(entry, "url", of)?;
        let reference = match entry.get("ref") {
            None => None,
            Some(_) => Some(text(entry, "ref", of)?),
        };
        let commit = text(entry, "commit", of)?;
        check_digest(entry, "commit", &commit, 40, "the 40 digits of a commit")?;
        let what = asked(&url, reference.as_deref());
        match self.repositories.insert((url, reference), commit) {
            None => Ok(()),
            Some(_) => Err(LockError::Twice {
                what,
                at: entry.origin,
            }),
        }
    }

    fn read_file(&mut self, entry: &Node) -> Result<(), LockError> {
        let of = "a file in a lock file";
        check_fields(entry, &["url", "sha256"], of)?;
        let url = text(entry, "url", of)?;
        let sha256 = text(entry, "sha256", of)?;
        check_digest(entry, "sha256", &sha256, 64, "the 64 digits of a SHA-256")?;
        match self.files.insert(url.clone(), sha256) {
            None => Ok(()),
            Some(_) => Err(LockError::Twice {
                what: url,
                at: entry.origin,
            }),
        }
    }

    fn read_chart(&mut self, entry: &Node) -> Result<(), LockError> {
        let of = "a chart in a lock file";
        let known = ["repository", "name", "version", "resolved", "sha256"];
        check_fields(entry, &known, of)?;
        let repository = text(entry, "repository", of)?;
        let name = text(entry, "name", of)?;
        let version = match entry.get("version") {
            None => None,
            Some(_) => Some(text(entry, "version", of)?),
        };
        let resolved = text(entry, "resolved", of)?;
        let sha256 = text(entry, "sha256", of)?;
        check_digest(entry, "sha256", &sha256, 64, "the 64 digits of a SHA-256")?;
        let what = asked_chart(&repository, &name, version.as_deref());
        let key = (repository, name, version);
        match self.charts.insert(key, LockedChart { resolved, sha256 }) {
            None => Ok(()),
            Some(_) => Err(LockError::Twice {
                what,
                at: entry.origin,
            }),
        }
    }

    /// Returns the commit for an address and a ref.
    pub fn commit(&self, url: &str, reference: Option<&str>) -> Option<&str> {
        let key = (url.to_owned(), reference.map(str::to_owned));
        self.repositories.get(&key).map(String::as_str)
    }

    /// Returns the digest for an address.
    pub fn sha256(&self, url: &str) -> Option<&str> {
        self.files.get(url).map(String::as_str)
    }

    /// Returns the chart for a repository, a name and a version as asked.
    pub fn chart(
        &self,
        repository: &str,
        name: &str,
        version: Option<&str>,
    ) -> Option<&LockedChart> {
        let version = version.map(str::to_owned);
        self.charts
            .get(&(repository.to_owned(), name.to_owned(), version))
    }

    /// Returns the charts whose packed form is another than the lock has for the same version.
    pub fn replaced<'p>(
        &self,
        charts: impl IntoIterator<Item = &'p ChartPin>,
    ) -> Vec<&'p ChartPin> {
        let is_replaced = |pin: &&ChartPin| {
            let mut locked = self.charts.iter();
            locked.any(|((repository, name, _), locked)| {
                *repository == pin.repository
                    && *name == pin.name
                    && locked.resolved == pin.resolved
                    && locked.sha256 != pin.sha256
            })
        };
        charts.into_iter().filter(is_replaced).collect()
    }

    /// Adds what was fetched; an entry for the same takes its place.
    pub fn extend(&mut self, pins: &Pins) {
        for pin in &pins.repositories {
            let key = (pin.url.clone(), pin.reference.clone());
            self.repositories.insert(key, pin.commit.clone());
        }
        for pin in &pins.files {
            self.files.insert(pin.url.clone(), pin.sha256.clone());
        }
        for pin in &pins.charts {
            let locked = LockedChart {
                resolved: pin.resolved.clone(),
                sha256: pin.sha256.clone(),
            };
            self.charts.insert(chart_key(pin), locked);
        }
    }

    /// Leaves out what is not among these.
    pub fn retain(&mut self, pins: &Pins) {
        self.repositories.retain(|(url, reference), commit| {
            pins.repositories.contains(&RepositoryPin {
                url: url.clone(),
                reference: reference.clone(),
                commit: commit.clone(),
            })
        });
        self.files.retain(|url, sha256| {
            pins.files.contains(&FilePin {
                url: url.clone(),
                sha256: sha256.clone(),
            })
        });
        self.charts
            .retain(|key, _| pins.charts.iter().any(|pin| chart_key(pin) == *key));
    }

    /// Tells whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.repositories.is_empty() && self.files.is_empty() && self.charts.is_empty()
    }

    /// Returns the text of the file, sorted by address.
    pub fn to_text(&self) -> String {
        let mut out = format!("{HEAD}apiVersion: {API_VERSION}\nkind: {KIND}\n");
        if !self.repositories.is_empty() {
            out.push_str("repositories:\n");
        }
        for ((url, reference), commit) in &self.repositories {
            push_field(&mut out, "- ", "url", url);
            if let Some(reference) = reference {
                push_field(&mut out, "  ", "ref", reference);
            }
            push_field(&mut out, "  ", "commit", commit);
        }
        if !self.files.is_empty() {
            out.push_str("files:\n");
        }
        for (url, sha256) in &self.files {
            push_field(&mut out, "- ", "url", url);
            push_field(&mut out, "  ", "sha256", sha256);
        }
        if !self.charts.is_empty() {
            out.push_str("charts:\n");
        }
        for ((repository, name, version), locked) in &self.charts {
            push_field(&mut out, "- ", "repository", repository);
            push_field(&mut out, "  ", "name", name);
            if let Some(version) = version {
                push_field(&mut out, "  ", "version", version);
            }
            push_field(&mut out, "  ", "resolved", &locked.resolved);
            push_field(&mut out, "  ", "sha256", &locked.sha256);
        }
        out
    }
}

fn chart_key(pin: &ChartPin) -> ChartKey {
    (
        pin.repository.clone(),
        pin.name.clone(),
        pin.version.clone(),
    )
}

/// Writes a field on a line, quoted where YAML needs it.
fn push_field(out: &mut String, indent: &str, name: &str, value: &str) {
    let nowhere = Origin::file(FileId::of(LOCK_FILE));
    let mut mapping = Mapping::default();
    mapping.insert(name, Node::string(value, nowhere));
    out.push_str(indent);
    emit(&Node::mapping(mapping, nowhere), out);
}

fn list<'n>(document: &'n Node, field: &'static str) -> Result<&'n [Node], LockError> {
    match document.get(field) {
        None => Ok(&[]),
        Some(node) if node.is_null() => Ok(&[]),
        Some(node) => node.as_sequence().ok_or(LockError::Wrong {
            field,
            wanted: "a list",
            at: node.origin,
        }),
    }
}

fn check_fields(node: &Node, known: &[&str], of: &'static str) -> Result<(), LockError> {
    for entry in node.as_mapping().into_iter().flatten() {
        if !known.contains(&entry.key.text.as_str()) {
            return Err(LockError::UnknownField {
                field: entry.key.text.to_string(),
                of,
                at: entry.value.origin,
            });
        }
    }
    Ok(())
}

fn text(node: &Node, field: &'static str, of: &'static str) -> Result<String, LockError> {
    let value = node.get(field).ok_or(LockError::Missing {
        field,
        of,
        at: node.origin,
    })?;
    value
        .text()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or(LockError::Wrong {
            field,
            wanted: "text",
            at: value.origin,
        })
}

fn check_digest(
    entry: &Node,
    field: &'static str,
    digest: &str,
    length: usize,
    wanted: &'static str,
) -> Result<(), LockError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digest.len() == length && digest.bytes().all(is_digit) {
        return Ok(());
    }
    let at = entry.get(field).map_or(entry.origin, |node| node.origin);
    Err(LockError::Wrong { field, wanted, at })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn read(text: &str) -> Result<Lock, LockError> {
        Lock::read(text.as_bytes(), FileId::of(LOCK_FILE))
    }

    #[test]
    fn a_lock_reads_back_as_it_was_written() {
        let repository = |url: &str, reference: Option<&str>| RepositoryPin {
            url: url.to_owned(),
            reference: reference.map(str::to_owned),
            commit: "0".repeat(40),
        };
        let chart = |version: Option<&str>, sha256: &str| ChartPin {
            repository: "https://host/charts".to_owned(),
            name: "web".to_owned(),
            version: version.map(str::to_owned),
            resolved: "1.10".to_owned(),
            sha256: sha256.repeat(64),
        };
        let pins = Pins {
            repositories: BTreeSet::from([
                repository("https://host/b", Some("1.10")),
                repository("https://host/b", None),
                repository("git@host:a", Some("true")),
            ]),
            files: BTreeSet::from([FilePin {
                url: "https://host/a b#c".to_owned(),
                sha256: "1".repeat(64),
            }]),
            charts: BTreeSet::from([chart(None, "2"), chart(Some("^1"), "2")]),
        };
        let mut lock = Lock::default();
        lock.extend(&pins);
        let text = lock.to_text();
        assert_eq!(read(&text).unwrap(), lock, "{text}");
        assert_eq!(lock.to_text(), text);
        assert!(text.find("git@host:a").unwrap() < text.find("https://host/b").unwrap());
        assert_eq!(
            lock.commit("https://host/b", Some("1.10")),
            Some("0".repeat(40).as_str())
        );
        assert_eq!(lock.commit("https://host/b", Some("2")), None);
        let found = lock
            .chart("https://host/charts", "web", Some("^1"))
            .unwrap();
        assert_eq!(found.resolved, "1.10");
        assert!(lock.replaced(&pins.charts).is_empty());
        assert_eq!(lock.replaced([&chart(Some("1"), "3")]).len(), 1);
        lock.retain(&Pins::default());
        assert!(lock.is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_lock_is_told_with_its_line() {
        let head = "apiVersion: lockgate.dev/v1alpha1\nkind: Lock\n";
        let commit = "0".repeat(40);
        for (text, line, message) in [
            (String::new(), 0, "no lock file"),
            ("apiVersion: v1\nkind: Lock\n".to_owned(), 1, "no lock file"),
            (format!("{head}repositories: {{}}\n"), 3, "must be a list"),
            (format!("{head}extra: 1\n"), 3, "`extra` is no field"),
            (
                format!("{head}repositories:\n- url: a\n"),
                4,
                "needs `commit`",
            ),
            (
                format!("{head}repositories:\n- url: a\n  commit: HEAD\n"),
                5,
                "must be the 40 digits",
            ),
            (
                format!(
                    "{head}repositories:\n- {{url: a, commit: '{commit}'}}\n- {{url: a, commit: '{commit}'}}\n"
                ),
                5,
                "twice",
            ),
            (
                format!("{head}charts:\n- {{repository: a, name: b}}\n"),
                4,
                "needs `resolved`",
            ),
            (
                format!("{head}files:\n- {{url: a, sha256: '1'}}\n"),
                4,
                "64 digits",
            ),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert_eq!(error.origin().unwrap().line, line, "{text}");
        }
    }
}
