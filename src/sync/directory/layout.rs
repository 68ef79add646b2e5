//! Which file holds which object.
//!
//! An object stands in the folder of its component, in a file named by what names the object:
//! `web/deployment.apps_shop_web.yaml` is `kind.group_namespace_name`. No kind, group, namespace or
//! DNS name holds a `_`, so no two objects share a file; what a file system could mistake is escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::render::{Digest, Object, ObjectId, RenderedEnvironment};
use crate::source::TreePath;
use crate::yaml;

use super::DirectoryError;

/// File systems take 255 bytes; some room stays for temporary names.
const MAX_NAME: usize = 200;

/// A file that must be there.
pub(super) struct DesiredFile<'r> {
    pub(super) component: &'r str,
    pub(super) object: &'r Object,
    pub(super) text: String,
    pub(super) digest: Digest,
}

/// Returns the paths of the files that hold an environment's objects.
pub(super) fn paths(
    environment: &RenderedEnvironment,
) -> Result<Vec<(String, &Object)>, DirectoryError> {
    let mut seen = BTreeSet::new();
    let mut paths = Vec::new();
    for (path, component, object) in placed(environment) {
        if !seen.insert(path.clone()) {
            return Err(DirectoryError::Twice {
                id: Box::new(object.id.clone()),
                component: component.to_owned(),
            });
        }
        paths.push((path, object));
    }
    Ok(paths)
}

/// Returns each object with its component and the path of its file.
fn placed(environment: &RenderedEnvironment) -> Vec<(String, &str, &Object)> {
    let mut by_lower_case: BTreeMap<String, Vec<(&str, &Object)>> = BTreeMap::new();
    for component in &environment.components {
        for object in &component.objects {
            let path = path_of(&component.name, &object.id);
            by_lower_case
                .entry(path)
                .or_default()
                .push((&component.name, object));
        }
    }
    let mut placed = Vec::new();
    for (path, sharers) in by_lower_case {
        if let [(component, object)] = sharers[..] {
            placed.push((path, component, object));
            continue;
        }
        for (component, object) in sharers {
            placed.push((told_apart(&path, component, &object.id), component, object));
        }
    }
    placed
}

/// Returns the files of an environment by path.
pub(super) fn desired_files(
    environment: &RenderedEnvironment,
) -> Result<BTreeMap<TreePath, DesiredFile<'_>>, DirectoryError> {
    let files: Vec<_> = placed(environment)
        .into_par_iter()
        .map(|(path, component, object)| {
            let mut text = String::new();
            yaml::emit(&object.node, &mut text);
            let digest = digest_of(text.as_bytes());
            let file = DesiredFile {
                component,
                object,
                text,
                digest,
            };
            (path, file)
        })
        .collect();
    let mut desired = BTreeMap::new();
    for (path, file) in files {
        let tree_path = TreePath::new(&path).map_err(|_| DirectoryError::Twice {
            id: Box::new(file.object.id.clone()),
            component: file.component.to_owned(),
        })?;
        let (id, component) = (file.object.id.clone(), file.component.to_owned());
        if desired.insert(tree_path, file).is_some() {
            return Err(DirectoryError::Twice {
                id: Box::new(id),
                component,
            });
        }
    }
    Ok(desired)
}

/// Returns the digest of a file's bytes.
pub(super) fn digest_of(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

fn path_of(component: &str, id: &ObjectId) -> String {
    let mut name = escape(&id.kind.to_lowercase());
    if !id.group.is_empty() {
        name.push('.');
        name.push_str(&escape(&id.group));
    }
    name.push('_');
    if !id.namespace.is_empty() {
        name.push_str(&escape(&id.namespace));
        name.push('_');
    }
    name.push_str(&escape(&id.name));
    format!("{}/{}.yaml", folder_of(component), shorten(name))
}

/// Returns a component's folder: its name, part by part.
fn folder_of(component: &str) -> String {
    let parts: Vec<String> = component
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut folder = String::new();
            for (position, piece) in part.split('_').enumerate() {
                if position > 0 {
                    folder.push('_');
                }
                folder.push_str(&escape(piece));
            }
            // A leading dot hides the folder or leaves it; a trailing one is dropped by some file
            // systems; and no folder may look like a file.
            if let Some(rest) = folder.strip_prefix('.') {
                folder = format!("~2E{rest}");
            }
            if let Some(rest) = folder.strip_suffix('.') {
                folder = format!("{rest}~2E");
            }
            if let Some(rest) = folder.strip_suffix(".yaml") {
                folder = format!("{rest}~2Eyaml");
            }
            if is_device(&folder) {
                folder.push('~');
            }
            shorten(folder)
        })
        .collect();
    if parts.is_empty() {
        "~".to_owned()
    } else {
        parts.join("/")
    }
}

/// Writes every byte but those of a DNS name as `~` and two hexadecimal digits.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => escaped.push(char::from(byte)),
            _ => {
                escaped.push('~');
                // Writing to a text cannot fail.
                let _ = write!(escaped, "{byte:02X}");
            }
        }
    }
    escaped
}

/// Cuts a name that is too long, and adds a digest of all of it.
fn shorten(name: String) -> String {
    if name.len() <= MAX_NAME {
        return name;
    }
    let kept: String = name.chars().take(MAX_NAME - 20).collect();
    format!("{kept}~{}", short_digest(name.as_bytes()))
}

/// Adds a digest of what names the object, where only case or version tells two apart.
fn told_apart(path: &str, component: &str, id: &ObjectId) -> String {
    let names = [
        component,
        id.api_version().as_str(),
        id.kind.as_str(),
        id.namespace.as_str(),
        id.name.as_str(),
    ]
    .join("\0");
    let stem = path.strip_suffix(".yaml").unwrap_or(path);
    format!("{stem}~{}.yaml", short_digest(names.as_bytes()))
}

fn short_digest(bytes: &[u8]) -> String {
    let digest = digest_of(bytes).to_string();
    let digits = digest.strip_prefix("sha256:").unwrap_or(&digest);
    digits.chars().take(16).collect()
}

/// Windows opens a device under these names, whatever follows a dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    matches!(stem, "con" | "prn" | "aux" | "nul")
        || (stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.ends_with(|digit: char| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectId {
        ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
            version: "v1".into(),
        }
    }

    #[test]
    fn names_say_kind_group_namespace_and_name() {
        let cases = [
            (
                "web",
                id("apps", "Deployment", "shop", "web"),
                "web/deployment.apps_shop_web.yaml",
            ),
            (
                "web",
                id("", "Namespace", "", "shop"),
                "web/namespace_shop.yaml",
            ),
            (
                "apps/web",
                id("rbac.authorization.k8s.io", "ClusterRole", "", "system:Foo"),
                "apps/web/clusterrole.rbac.authorization.k8s.io_system~3A~46oo.yaml",
            ),
            (
                "../x",
                id("", "Pod", "", "../../etc"),
                "~2E~2E/x/pod_..~2F..~2Fetc.yaml",
            ),
            (
                ".lockgate",
                id("", "Pod", "", "a"),
                "~2Elockgate/pod_a.yaml",
            ),
            (
                "my_app.yaml",
                id("", "Pod", "", "a"),
                "my_app~2Eyaml/pod_a.yaml",
            ),
            ("con", id("", "Pod", "", "a"), "con~/pod_a.yaml"),
            ("", id("", "Pod", "", "a"), "~/pod_a.yaml"),
        ];
        for (component, id, want) in cases {
            assert_eq!(path_of(component, &id), want);
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let long = "x".repeat(253);
        let one = path_of("web", &id("", "ConfigMap", &"n".repeat(63), &long));
        let two = path_of(
            "web",
            &id("", "ConfigMap", &"n".repeat(63), &format!("{long}y")),
        );
        assert!(one.len() < 230, "{one}");
        assert_ne!(one, two);
    }
}
