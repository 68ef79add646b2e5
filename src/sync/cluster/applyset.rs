//! The inventory of a cluster: an `ApplySet`, as kubectl 1.36 reads and writes it.
//!
//! Each object of the set carries a label with the set's id. The set's parent, a `ConfigMap`, says in its
//! annotations in which kinds and namespaces to look for them. Nothing here talks to a cluster.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

use crate::sync::Owner;

use super::error::ClusterError;
use super::record::Record;

/// The label of a member; its value is the id of the set.
pub(super) const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// The label of a parent; its value is the id of the set.
const ID: &str = "applyset.kubernetes.io/id";
/// The annotation that says which tool the set belongs to.
const TOOLING: &str = "applyset.kubernetes.io/tooling";
/// The annotation that lists the kinds of the members.
const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// The annotation that lists the members' namespaces beside the parent's.
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";

/// The name of this tool, which tells our sets from those of others.
const TOOL: &str = "lockgate";

/// The longest name of an object.
const MAX_NAME: usize = 253;

/// A kind in its group, whatever the version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GroupKind {
    /// The group; empty for the core group.
    pub(super) group: SmolStr,
    /// The kind.
    pub(super) kind: SmolStr,
}

impl GroupKind {
    pub(super) fn new(group: &str, kind: &str) -> Self {
        Self {
            group: group.into(),
            kind: kind.into(),
        }
    }

    /// Reads `Kind.group`, or `Kind` of the core group.
    fn parse(text: &str) -> Self {
        let (kind, group) = text.split_once('.').unwrap_or((text, ""));
        Self::new(group, kind)
    }
}

impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        Ok(())
    }
}

/// The object that stands for a set.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    /// Its name.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: String,
    /// Whose set it is.
    pub(super) owner: Owner,
}

/// Where the members of a set are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The kinds that occur.
    pub(super) kinds: BTreeSet<GroupKind>,
    /// The namespaces that occur.
    pub(super) namespaces: BTreeSet<String>,
}

impl Extent {
    /// Returns what covers both.
    pub(super) fn union(&self, other: &Self) -> Self {
        Self {
            kinds: self.kinds.union(&other.kinds).cloned().collect(),
            namespaces: self.namespaces.union(&other.namespaces).cloned().collect(),
        }
    }
}

/// A parent as the cluster has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LiveParent {
    /// Where members may be; `None` where the annotation is gone: anywhere.
    pub(super) extent: Option<Extent>,
    /// What the last sync noted.
    pub(super) record: Record,
}

impl Parent {
    /// Returns the parent of an environment's set.
    pub(super) fn of(owner: &Owner, namespace: &str) -> Self {
        let name = format!("{TOOL}-{}-{}", owner.fleet, owner.environment);
        let mut name: String = name
            .to_lowercase()
            .chars()
            .map(|c| match c {
                'a'..='z' | '0'..='9' | '-' => c,
                _ => '-',
            })
            .take(MAX_NAME)
            .collect();
        name.truncate(name.trim_end_matches('-').len());
        Self {
            name,
            namespace: namespace.to_owned(),
            owner: owner.clone(),
        }
    }

    /// Returns the id of the set: a hash of the parent's name, namespace, kind and group, which for a
    /// `ConfigMap` is empty.
    pub(super) fn id(&self) -> String {
        let hash = Sha256::digest(format!("{}.{}.ConfigMap.", self.name, self.namespace));
        format!("applyset-{}-v1", BASE64_URL_SAFE_NO_PAD.encode(hash))
    }

    /// Reads what the cluster has under the parent's name.
    pub(super) fn read(&self, live: &Value) -> Result<LiveParent, ClusterError> {
        let annotations = &live["metadata"]["annotations"];
        let tooling = annotations[TOOLING].as_str();
        // The last part is the version.
        let tool = tooling.map(|text| text.rsplit_once('/').map_or(text, |(tool, _)| tool));
        if tool != Some(TOOL) {
            return Err(ClusterError::ParentOfOther {
                parent: self.to_string(),
                tooling: tooling.map(str::to_owned),
            });
        }
        let id = live["metadata"]["labels"][ID].as_str();
        if id != Some(&self.id()) {
            return Err(ClusterError::ParentId {
                parent: self.to_string(),
                found: id.unwrap_or_default().to_owned(),
            });
        }
        let record = Record::read(&live["data"]);
        if let Some(held) = record.owner.as_ref().filter(|held| **held != self.owner) {
            return Err(ClusterError::OtherOwner {
                parent: self.to_string(),
                held: Box::new(held.clone()),
                wanted: Box::new(self.owner.clone()),
            });
        }
        let extent = annotations[KINDS].as_str().map(|kinds| {
            let mut namespaces: BTreeSet<String> = annotations[NAMESPACES]
                .as_str()
                .map(listed)
                .unwrap_or_default();
            namespaces.insert(self.namespace.clone());
            Extent {
                kinds: listed(kinds)
                    .iter()
                    .map(|text| GroupKind::parse(text))
                    .collect(),
                namespaces,
            }
        });
        Ok(LiveParent { extent, record })
    }

    /// Returns the parent as it is applied.
    pub(super) fn write(&self, extent: &Extent, record: &Record) -> Value {
        let namespaces = extent
            .namespaces
            .iter()
            .filter(|name| **name != self.namespace)
            .cloned()
            .collect();
        let kinds = extent.kinds.iter().map(ToString::to_string).collect();
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": {ID: self.id()},
                "annotations": {
                    TOOLING: format!("{TOOL}/v{}", env!("CARGO_PKG_VERSION")),
                    KINDS: list(kinds),
                    NAMESPACES: list(namespaces),
                },
            },
            "data": record.write(&self.owner),
        })
    }

    /// Returns the name of the field manager that owns the parent's fields.
    pub(super) fn field_manager() -> String {
        format!("{TOOL}-applyset")
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigMap/{}/{}", self.namespace, self.name)
    }
}

fn listed(text: &str) -> BTreeSet<String> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn list(mut parts: Vec<String>) -> String {
    // kubectl sorts the written form, in which the kind comes before the group.
    parts.sort();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent() -> Parent {
        let owner = Owner {
            fleet: "shop".to_owned(),
            environment: "prod".to_owned(),
        };
        Parent::of(&owner, "default")
    }

    fn extent() -> Extent {
        Extent {
            kinds: [
                GroupKind::new("apps", "Deployment"),
                GroupKind::new("", "Service"),
                GroupKind::new("", "ConfigMap"),
            ]
            .into(),
            namespaces: ["shop-prod", "default", "a"].map(str::to_owned).into(),
        }
    }

    #[test]
    fn an_id_is_that_of_kubectl() {
        let named = |name: &str, namespace: &str| Parent {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            ..parent()
        };
        // printf 'lockgate-shop-prod.default.ConfigMap.' | sha256sum | xxd -r -p | base64, made safe for URLs.
        assert_eq!(
            named("lockgate-shop-prod", "default").id(),
            "applyset-l_EJbtdwun09NRnHZI1vJq4jGNIuRu01Ckh3ynp1jsU-v1"
        );
        assert_eq!(named("x", "y").id().len(), "applyset--v1".len() + 43);
    }

    #[test]
    fn what_is_written_is_read() {
        let parent = parent();
        let written = parent.write(&extent(), &Record::default());
        let annotations = &written["metadata"]["annotations"];
        assert_eq!(annotations[KINDS], "ConfigMap,Deployment.apps,Service");
        assert_eq!(annotations[NAMESPACES], "a,shop-prod");
        let read = parent.read(&written).unwrap();
        assert_eq!(read.extent, Some(extent()));
        assert_eq!(read.record.owner, Some(parent.owner));
    }

    #[test]
    fn the_set_of_another_tool_or_fleet_is_refused() {
        let parent = parent();
        let mut written = parent.write(&extent(), &Record::default());
        written["metadata"]["annotations"][TOOLING] = "kubectl/v1.36.3".into();
        assert!(matches!(
            parent.read(&written),
            Err(ClusterError::ParentOfOther { .. })
        ));
        written["metadata"]["annotations"][TOOLING] = "lockgate/v9.0.0".into();
        assert!(parent.read(&written).is_ok());
        written["data"]["fleet"] = "other".into();
        assert!(matches!(
            parent.read(&written),
            Err(ClusterError::OtherOwner { .. })
        ));
        written["metadata"]["labels"][ID] = "applyset-x-v1".into();
        assert!(matches!(
            parent.read(&written),
            Err(ClusterError::ParentId { .. })
        ));
    }

    #[test]
    fn a_parents_name_is_one_that_a_cluster_takes() {
        let owner = Owner {
            fleet: "My Shop_2!".to_owned(),
            environment: "prod".to_owned(),
        };
        assert_eq!(Parent::of(&owner, "x").name, "lockgate-my-shop-2--prod");
        let owner = Owner {
            fleet: "é".repeat(300),
            environment: "prod".to_owned(),
        };
        assert_eq!(Parent::of(&owner, "x").name, "lockgate");
    }
}
