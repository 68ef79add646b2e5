//! What the configuration of a function asks for.

use std::collections::BTreeMap;

use crate::yaml::{DuplicateKeys, Node, Origin};

use super::super::file::decode::{Rules, decode, record};
use super::super::file::{Text, inline};
use super::FunctionError;

record! {
    /// What the annotation of a function says.
    "the specification of a function"
    pub(in super::super) struct Spec {
        /// Whether what comes after may go on where it fails, which nothing does here.
        defer_failure: bool = "deferFailure",
        /// The container it runs in.
        container: Container = "container",
        /// The program it is.
        exec: Exec = "exec",
    }
}

record! {
    /// A container.
    "the `container` of a function"
    pub(in super::super) struct Container {
        /// Its image.
        image: Text = "image",
        /// Whether it needs the network.
        network: bool = "network",
        /// The folders it needs.
        mounts: Vec<Mount> = "mounts",
        /// Variables of its environment.
        envs: Vec<Text> = "envs",
    }
}

record! {
    /// A folder that a container needs.
    "a mount of a function"
    pub(in super::super) struct Mount {
        /// Its type.
        kind: Text = "type",
        /// The folder.
        src: Text = "src",
        /// Where it is in the container.
        dst: Text = "dst",
        /// Whether the container may write to it.
        rw: bool = "rw",
    }
}

record! {
    /// A program.
    "the `exec` of a function"
    pub(in super::super) struct Exec {
        /// Where it is.
        path: Text = "path",
        /// Its arguments.
        args: Vec<Text> = "args",
        /// Variables of its environment.
        envs: Vec<Text> = "envs",
    }
}

/// Where the specification stands, the first that is there counting.
const ANNOTATIONS: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];

/// Names an image alone, as the first functions did.
const IMAGE_ANNOTATION: &str = "config.kubernetes.io/container";

/// Returns what the configuration of a plugin says of its function; `None` where it names none.
pub(in super::super) fn spec_of(config: &Node) -> Result<Option<Spec>, FunctionError> {
    const RECORD: &str = "specification of a function";
    let annotation = |key: &str| {
        let node = config.lookup(&["metadata", "annotations", key])?;
        let scalar = node.as_scalar().filter(|scalar| !scalar.text.is_empty())?;
        Some(Text {
            text: scalar.text.clone(),
            origin: node.origin,
            style: scalar.style,
        })
    };
    if let Some(text) = ANNOTATIONS.into_iter().find_map(annotation) {
        let document = inline::document_of_version_2(&text, DuplicateKeys::Refused)?;
        let spec = match document {
            None => Spec::default(),
            Some(document) => decode(&document, RECORD, Rules::Configuration)?,
        };
        return Ok(Some(spec));
    }
    if let Some(node) = config
        .lookup(&["metadata", "configFn"])
        .filter(|node| !node.is_null())
    {
        return Ok(Some(decode(node, RECORD, Rules::Configuration)?));
    }
    Ok(annotation(IMAGE_ANNOTATION).map(|image| Spec {
        container: Container {
            image,
            ..Container::default()
        },
        ..Spec::default()
    }))
}

impl Spec {
    /// Fails where a container is to see what is not below the kustomization.
    pub(super) fn check(&self, name: &str, at: Origin) -> Result<(), FunctionError> {
        for mount in &self.container.mounts {
            if mount.src.starts_with('/') || leaves(&mount.src) {
                return Err(FunctionError::Mount {
                    name: name.to_owned(),
                    path: mount.src.to_string(),
                    at: Some(mount.src.origin)
                        .filter(|at| at.line > 0)
                        .unwrap_or(at),
                });
            }
        }
        Ok(())
    }
}

/// Tells whether a relative path leads out of where it starts.
fn leaves(path: &str) -> bool {
    let mut depth = 0_i64;
    let mut is_out = false;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        is_out |= depth < 0;
    }
    is_out
}

/// Returns the variables of a program: those of its configuration, and over them those of the command
/// line. As in the reference tool an entry counts only where it has exactly one `=`.
pub(super) fn environment(configured: &[Text], given: &[String]) -> Vec<(String, String)> {
    let entries = configured
        .iter()
        .map(|text| &**text)
        .chain(given.iter().map(String::as_str));
    let mut variables = BTreeMap::new();
    for entry in entries {
        if let [name, value] = entry.split('=').collect::<Vec<_>>()[..] {
            variables.insert(name.to_owned(), value.to_owned());
        }
    }
    variables.into_iter().collect()
}
