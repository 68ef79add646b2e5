//! What a sync notes in the set's parent for the next one: whose set it is, and what was applied.
//!
//! It decides nothing about pruning, which the labels of the members do; it tells what was changed or
//! deleted by hand since.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::render::{Digest, ObjectId};
use crate::sync::Owner;

use super::applyset::GroupKind;

/// A longer list is left out: the cluster stores no object above 1.5 MB.
const MAX_LIST: usize = 768 << 10;

/// How much of an object's digest is noted, in hexadecimal digits. It tells versions of one object
/// apart and protects nothing.
const DIGITS: usize = 16;

/// The note of the last sync that reached its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Whose set it is; `None` where the note is gone.
    pub(super) owner: Option<Owner>,
    /// The digest of the environment that was applied.
    pub(super) digest: String,
    /// The objects that were applied, each with the beginning of its digest.
    objects: BTreeMap<Key, String>,
}

/// What names an object whatever its version.
type Key = (GroupKind, SmolStr, SmolStr);

/// What the last sync knew of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    /// It was not part of the set.
    Absent,
    /// It was rendered otherwise than now.
    Otherwise,
    /// It was rendered as it is now.
    Same,
}

impl Record {
    /// Returns the note of a sync.
    pub(super) fn new<'o>(
        digest: Digest,
        objects: impl IntoIterator<Item = (&'o ObjectId, Digest)>,
    ) -> Self {
        Self {
            owner: None,
            digest: digest.to_string(),
            objects: objects
                .into_iter()
                .map(|(id, digest)| (key(id), short(digest)))
                .collect(),
        }
    }

    /// Returns what the last sync knew of an object.
    pub(super) fn noted(&self, id: &ObjectId, digest: Digest) -> Noted {
        match self.objects.get(&key(id)) {
            None => Noted::Absent,
            Some(noted) if *noted == short(digest) => Noted::Same,
            Some(_) => Noted::Otherwise,
        }
    }

    /// Reads the parent's data. What cannot be read was not noted.
    pub(super) fn read(data: &Value) -> Self {
        let text = |key: &str| data[key].as_str().map(str::to_owned);
        let owner = text("fleet")
            .zip(text("environment"))
            .map(|(fleet, environment)| Owner { fleet, environment });
        Self {
            owner,
            digest: text("digest").unwrap_or_default(),
            objects: text("objects")
                .unwrap_or_default()
                .lines()
                .filter_map(read_line)
                .collect(),
        }
    }

    /// Returns the parent's data.
    pub(super) fn write(&self, owner: &Owner) -> Value {
        let mut lines = String::new();
        for ((kind, namespace, name), digest) in &self.objects {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{kind} {namespace}/{name} {digest}");
        }
        let mut data = json!({
            "fleet": owner.fleet,
            "environment": owner.environment,
            "digest": self.digest,
        });
        if lines.len() <= MAX_LIST {
            data["objects"] = lines.into();
        }
        data
    }

    /// Tells whether both note the same objects and digest.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.digest == other.digest && self.objects == other.objects
    }
}

fn key(id: &ObjectId) -> Key {
    let kind = GroupKind::new(&id.group, &id.kind);
    (kind, id.namespace.clone(), id.name.clone())
}

fn short(digest: Digest) -> String {
    let text = digest.to_string();
    let digits = text.trim_start_matches("sha256:");
    digits.chars().take(DIGITS).collect()
}

fn read_line(line: &str) -> Option<(Key, String)> {
    let mut parts = line.split(' ');
    let (kind, place, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let (namespace, name) = place.split_once('/')?;
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let key = (GroupKind::new(group, kind), namespace.into(), name.into());
    Some((key, digest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read() {
        let id = |name: &str| ObjectId {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            version: "v1".into(),
        };
        let (one, two) = (Digest([1; 32]), Digest([2; 32]));
        let record = Record::new(two, [(&id("web"), one), (&id("api"), two)]);
        let owner = Owner {
            fleet: "shop".to_owned(),
            environment: "prod".to_owned(),
        };
        let read = Record::read(&record.write(&owner));
        assert_eq!(read.owner, Some(owner));
        assert!(read.agrees(&record));
        assert_eq!(read.noted(&id("web"), one), Noted::Same);
        assert_eq!(read.noted(&id("web"), two), Noted::Otherwise);
        assert_eq!(read.noted(&id("db"), two), Noted::Absent);
        assert_eq!(Record::read(&json!(null)), Record::default());
        assert_eq!(
            Record::read(&json!({"objects": "what\nis this"})),
            Record::default()
        );
    }
}
