//! The inventory: which files of a folder are lockgate's, and whose they are.
//!
//! A file that it does not name is never touched. Its text comes from the folder, where anyone may
//! have written, so each path in it is looked at before it is believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::render::{Digest, ObjectId};
use crate::source::TreePath;
use crate::sync::Owner;

use super::layout::DesiredFile;

/// The folder in the target that is lockgate's own.
pub(super) const OWN_FOLDER: &str = ".lockgate";
/// The inventory in the target.
pub(super) const INVENTORY: &str = ".lockgate/inventory.json";

const API_VERSION: &str = "lockgate.dev/v1alpha1";
const KIND: &str = "Inventory";

/// What an earlier sync left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inventory {
    pub(super) owner: Owner,
    /// The digest of the rendered environment.
    pub(super) digest: String,
    pub(super) files: BTreeMap<TreePath, Listed>,
}

/// A file of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// The digest of its bytes, as text.
    pub(super) digest: String,
    pub(super) id: ObjectId,
    pub(super) component: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    fleet: String,
    environment: String,
    digest: String,
    files: Vec<DocumentFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DocumentFile {
    path: String,
    digest: String,
    component: String,
    api_version: String,
    kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    namespace: String,
    name: String,
}

impl Inventory {
    /// Returns the inventory of the files that are wanted.
    pub(super) fn of(
        owner: &Owner,
        digest: &Digest,
        desired: &BTreeMap<TreePath, DesiredFile<'_>>,
    ) -> Self {
        let listed = |file: &DesiredFile<'_>| Listed {
            digest: file.digest.to_string(),
            id: file.object.id.clone(),
            component: file.component.to_owned(),
        };
        Self {
            owner: owner.clone(),
            digest: digest.to_string(),
            files: desired
                .iter()
                .map(|(path, file)| (path.clone(), listed(file)))
                .collect(),
        }
    }

    /// Reads an inventory's text.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if document.api_version != API_VERSION || document.kind != KIND {
            return Err(format!(
                "it is `{}` `{}`; this version reads `{API_VERSION}` `{KIND}`",
                document.api_version, document.kind
            ));
        }
        let mut files = BTreeMap::new();
        for file in document.files {
            let path = own_path(&file.path)
                .ok_or_else(|| format!("no sync writes a file `{}`", file.path))?;
            let (group, version) = file
                .api_version
                .split_once('/')
                .unwrap_or(("", &file.api_version));
            let id = ObjectId {
                group: group.into(),
                kind: file.kind.into(),
                namespace: file.namespace.into(),
                name: file.name.into(),
                version: version.into(),
            };
            let listed = Listed {
                digest: file.digest,
                id,
                component: file.component,
            };
            if files.insert(path, listed).is_some() {
                return Err(format!("it names `{}` twice", file.path));
            }
        }
        Ok(Self {
            owner: Owner {
                fleet: document.fleet,
                environment: document.environment,
            },
            digest: document.digest,
            files,
        })
    }

    /// Returns the inventory's text.
    pub(super) fn to_text(&self) -> String {
        let files = self.files.iter().map(|(path, listed)| DocumentFile {
            path: path.as_str().to_owned(),
            digest: listed.digest.clone(),
            component: listed.component.clone(),
            api_version: listed.id.api_version().to_string(),
            kind: listed.id.kind.to_string(),
            namespace: listed.id.namespace.to_string(),
            name: listed.id.name.to_string(),
        });
        let document = Document {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            fleet: self.owner.fleet.clone(),
            environment: self.owner.environment.clone(),
            digest: self.digest.clone(),
            files: files.collect(),
        };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Reads a path that a sync may have written: a YAML file in a folder of the target.
pub(super) fn own_path(text: &str) -> Option<TreePath> {
    let path = TreePath::new(text).ok()?;
    let is_own = path.as_str() == text
        && text.strip_suffix(".yaml").is_some()
        && path.parts().count() >= 2
        && path.parts().all(|part| !part.starts_with('.'));
    is_own.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_no_sync_writes_are_refused() {
        for wrong in [
            "../web/a.yaml",
            "/etc/a.yaml",
            "web/../../a.yaml",
            "a.yaml",
            "web/a.txt",
            ".lockgate/a.yaml",
            ".git/x/a.yaml",
            "web//a.yaml",
        ] {
            assert_eq!(own_path(wrong), None, "{wrong}");
        }
        assert!(own_path("apps/web/pod_a.yaml").is_some());
    }
}
