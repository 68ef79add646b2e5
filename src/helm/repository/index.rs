//! `index.yaml`: which charts a repository has, in which versions, and where.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::template::semver::{Constraint, Version};
use crate::yaml::{DuplicateKeys, FileId, Limits, Node, parse_version_2};

use super::RepositoryError;
use super::error::MOST_VERSIONS;

/// The charts of a repository by name, the versions of each from the newest.
#[derive(Debug)]
pub(super) struct Index {
    charts: BTreeMap<String, Vec<Entry>>,
}

/// A version of a chart.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) version: String,
    parsed: Version,
    /// Where it is, from the repository's address; the first counts.
    pub(super) urls: Vec<String>,
    /// The SHA-256 of the packed chart.
    pub(super) digest: Option<String>,
}

/// An entry as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    name: String,
    version: String,
    urls: Vec<String>,
    digest: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WrittenIndex {
    api_version: String,
    entries: BTreeMap<String, Option<Vec<Option<Written>>>>,
}

impl Index {
    /// Reads an index: YAML or JSON. Entries that the reference passes over are left out.
    pub(super) fn read(text: &[u8], repository: &str) -> Result<Self, RepositoryError> {
        let failed = |reason: String| RepositoryError::Index {
            repository: repository.to_owned(),
            reason,
        };
        if text.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        let written = match serde_json::from_slice::<WrittenIndex>(text) {
            Ok(written) => written,
            Err(_) => from_yaml(text, repository).map_err(failed)?,
        };
        if written.api_version.is_empty() {
            return Err(failed("it has no `apiVersion`".to_owned()));
        }
        let mut charts = BTreeMap::new();
        for (name, versions) in written.entries {
            let versions = versions.into_iter().flatten().flatten();
            let mut entries: Vec<Entry> = versions.filter_map(entry).collect();
            // Of versions that are equal but for their metadata, the order of the file counts.
            entries.sort_by(|one, other| other.parsed.cmp(&one.parsed));
            charts.insert(name, entries);
        }
        Ok(Self { charts })
    }

    /// Finds a version of a chart: the one that is named, or the newest in the range, or the newest that is no
    /// prerelease.
    pub(super) fn find(
        &self,
        repository: &str,
        name: &str,
        wanted: Option<&str>,
    ) -> Result<&Entry, RepositoryError> {
        let versions = self.charts.get(name);
        let versions = versions.ok_or_else(|| RepositoryError::NoChart {
            repository: repository.to_owned(),
            name: name.to_owned(),
            nearest: self.nearest(name),
        })?;
        let names = versions.iter().map(|entry| entry.version.as_str());
        match choose(name, names, wanted)? {
            Some(place) => versions.get(place),
            None => None,
        }
        .ok_or_else(|| RepositoryError::NoVersion {
            repository: repository.to_owned(),
            name: name.to_owned(),
            wanted: wanted.unwrap_or("*").to_owned(),
            versions: told(versions.iter().map(|entry| entry.version.as_str()), wanted),
        })
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let near = self.charts.keys().filter_map(|known| {
            let likeness = strsim::jaro_winkler(known, name);
            (likeness > 0.75).then_some((likeness, known))
        });
        let best = near.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)));
        best.map(|(_, name)| name.clone())
    }
}

/// Returns a few of the versions of a chart, which come from the newest: those around the one that is wanted, or the
/// newest.
pub(super) fn told<'v>(
    versions: impl Iterator<Item = &'v str> + Clone,
    wanted: Option<&str>,
) -> Vec<String> {
    let count = versions.clone().count();
    let wanted = wanted.and_then(|wanted| Version::parse(wanted).ok());
    let first = wanted.map_or(0, |wanted| {
        let is_older =
            |version: &str| Version::parse(version).is_ok_and(|version| version <= wanted);
        let place = versions.clone().position(is_older).unwrap_or(count);
        let before = place.saturating_sub(MOST_VERSIONS / 2);
        before.min(count.saturating_sub(MOST_VERSIONS))
    });
    let shown = versions.skip(first).take(MOST_VERSIONS).map(str::to_owned);
    let more = |is_so: bool| is_so.then(|| "…".to_owned());
    more(first > 0)
        .into_iter()
        .chain(shown)
        .chain(more(first + MOST_VERSIONS < count))
        .collect()
}

/// Returns the place of the version that is meant among those of a chart, from the newest.
pub(super) fn choose<'v>(
    name: &str,
    versions: impl Iterator<Item = &'v str> + Clone,
    wanted: Option<&str>,
) -> Result<Option<usize>, RepositoryError> {
    let range = Constraint::parse(wanted.unwrap_or("*"));
    let range = range.map_err(|_| RepositoryError::Version {
        name: name.to_owned(),
        version: wanted.unwrap_or("*").to_owned(),
    })?;
    let same = versions.clone().position(|version| wanted == Some(version));
    let mut versions = versions;
    Ok(same.or_else(|| {
        versions.position(|version| {
            Version::parse(version).is_ok_and(|version| range.matches(&version))
        })
    }))
}

fn entry(written: Written) -> Option<Entry> {
    let parsed = Version::parse(&written.version).ok()?;
    let is_fine = !written.name.is_empty() && !written.name.contains('/');
    is_fine.then_some(Entry {
        parsed,
        version: written.version,
        urls: written.urls,
        digest: Some(written.digest).filter(|digest| !digest.is_empty()),
    })
}

fn from_yaml(text: &[u8], repository: &str) -> Result<WrittenIndex, String> {
    let file = FileId::of(&format!("{repository}/index.yaml"));
    let document = parse_version_2(text, file, &Limits::default(), DuplicateKeys::LastCounts);
    let document = document.map_err(|error| error.to_string())?;
    let document = document.ok_or("it is empty")?;
    if document.as_mapping().is_none() {
        return Err("it is no mapping".to_owned());
    }
    let mut index = WrittenIndex {
        api_version: text_of(document.get("apiVersion")),
        ..WrittenIndex::default()
    };
    let Some(entries) = document.get("entries").filter(|node| !node.is_null()) else {
        return Ok(index);
    };
    let entries = entries.as_mapping().ok_or("`entries` is no mapping")?;
    for entry in entries {
        let versions = if entry.value.is_null() {
            &[]
        } else {
            let versions = entry.value.as_sequence();
            versions.ok_or_else(|| format!("`entries.{}` is no list", entry.key.text))?
        };
        let versions = versions.iter().map(|version| Some(written(version)));
        index
            .entries
            .insert(entry.key.text.to_string(), Some(versions.collect()));
    }
    Ok(index)
}

fn written(version: &Node) -> Written {
    let urls = version.get("urls").and_then(Node::as_sequence);
    let urls = urls.into_iter().flatten().filter_map(Node::text);
    Written {
        name: text_of(version.get("name")),
        version: text_of(version.get("version")),
        urls: urls.map(str::to_owned).collect(),
        digest: text_of(version.get("digest")),
    }
}

fn text_of(node: Option<&Node>) -> String {
    let node = node.filter(|node| !node.is_null());
    node.and_then(Node::text).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1
entries:
  web:
  - {name: web, version: 1.0.0, urls: [web-1.0.0.tgz], digest: abc}
  - {name: web, version: 2.0.0-rc.1, urls: [web-2.tgz]}
  - {name: web, version: 1.10.0, urls: [web-1.10.0.tgz]}
  - {name: web, version: nonsense, urls: [x]}
  - {version: 9.0.0, urls: [nameless]}
  -
  - {name: web, version: 1.2.0, urls: [web-1.2.0.tgz]}
  websocket: []
";

    #[test]
    fn the_best_version_is_found_as_in_the_reference() {
        let index = Index::read(INDEX.as_bytes(), "r").unwrap();
        for (wanted, found) in [
            (None, "1.10.0"),
            (Some("1.0.0"), "1.0.0"),
            (Some("~1.2"), "1.2.0"),
            (Some("1"), "1.10.0"),
            (Some("<1.10"), "1.2.0"),
            (Some(">0.0.0-0"), "2.0.0-rc.1"),
            (Some("2.0.0-rc.1"), "2.0.0-rc.1"),
        ] {
            let entry = index.find("r", "web", wanted).unwrap();
            assert_eq!(entry.version, found, "{wanted:?}");
        }
        let error = index.find("r", "web", Some("3")).unwrap_err().to_string();
        assert_eq!(
            error,
            "`r` has no version `3` of chart `web`: it has 2.0.0-rc.1, 1.10.0, 1.2.0, 1.0.0"
        );
        assert!(index.find("r", "web", Some("not a range")).is_err());
        assert!(index.find("r", "websocket", None).is_err());
        let error = index.find("r", "wep", None).unwrap_err();
        assert!(matches!(
            error,
            RepositoryError::NoChart { nearest: Some(near), .. } if near == "web"
        ));
    }

    #[test]
    fn the_versions_around_the_one_that_is_wanted_are_told() {
        let versions: Vec<String> = (0..20).rev().map(|minor| format!("1.{minor}.0")).collect();
        for (wanted, shown) in [
            (None, "1.19.0 1.18.0 1.17.0 1.16.0 1.15.0 1.14.0 …"),
            (Some("^2"), "1.19.0 1.18.0 1.17.0 1.16.0 1.15.0 1.14.0 …"),
            (Some("2.0.0"), "1.19.0 1.18.0 1.17.0 1.16.0 1.15.0 1.14.0 …"),
            (Some("1.9.7"), "… 1.12.0 1.11.0 1.10.0 1.9.0 1.8.0 1.7.0 …"),
            (Some("0.1.0"), "… 1.5.0 1.4.0 1.3.0 1.2.0 1.1.0 1.0.0"),
        ] {
            let told = told(versions.iter().map(String::as_str), wanted);
            assert_eq!(told.join(" "), shown, "{wanted:?}");
        }
        assert_eq!(told(["1.0.0"].into_iter(), Some("2.0.0")), ["1.0.0"]);
        assert!(told([].into_iter(), Some("2.0.0")).is_empty());
    }

    #[test]
    fn json_is_read_as_well_and_what_is_broken_is_told() {
        let json = r#"{"apiVersion":"v1","entries":{"a":[{"name":"a","version":"1.0.0","urls":["\ud83d\ude00"]}, null], "b": null}}"#;
        let index = Index::read(json.as_bytes(), "r").unwrap();
        assert_eq!(index.find("r", "a", None).unwrap().urls, ["😀"]);
        for (text, reason) in [
            ("", "it is empty"),
            ("entries: {}\n", "no `apiVersion`"),
            ("- a\n", "no mapping"),
            ("apiVersion: v1\nentries: []\n", "`entries` is no mapping"),
            (
                "apiVersion: v1\nentries: {a: {}}\n",
                "`entries.a` is no list",
            ),
            ("<html>\n<p>a: b: c</p>", "cannot be read"),
        ] {
            let error = Index::read(text.as_bytes(), "r").unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_index_or_is_told(
            text in "(apiVersion: v1\nentries:\n)?([ a-z:{}\\[\\],'\"0-9-]{0,30}\n){0,8}"
        ) {
            if let Ok(index) = Index::read(text.as_bytes(), "r") {
                let _ = index.find("r", "a", Some("1"));
            }
        }
    }
}
