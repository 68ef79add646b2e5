//! Flux's `HelmRelease`: a chart, rendered as its controller would install it.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::helm::{Hooks, Schemas, Show};
use crate::kustomize::{Built, Resource, Warning};
use crate::yaml::{Node, emit};

use super::context::{Context, Halt, Release};
use super::document::{Document, order_as_it_is};
use super::error::Problem;
use super::fields::{Text, find, flag, list, name, namespace, pairs, text};
use super::{chart, values_from};

/// What the step is called in a history.
const STEP: &str = "HelmRelease";

/// The most characters of a release's name, and of the hash that ends a longer one.
const LONGEST_NAME: usize = 53;
const HASH_LENGTH: usize = 12;

/// Renders the chart of a release.
pub(super) fn expand(context: &Context<'_>, release: &Node) -> Result<Built, Halt> {
    if flag(release, &["spec", "suspend"])? {
        return Err(Halt::Skipped(Some(Warning {
            message: format!(
                "the HelmRelease `{}` is suspended: it is not expanded",
                name(release)
            ),
            origin: release.origin,
            is_logged: false,
        })));
    }
    let values = values_from::of_release(context, release)?;
    let loaded = chart::of_release(context, release)?;
    let target = text(release, &["spec", "targetNamespace"])?;
    let place = target.unwrap_or(Text {
        text: namespace(release),
        at: find(release, &["metadata", "namespace"]).map_or(release.origin, |node| node.origin),
    });
    let disabled = |field| flag(release, &["spec", "install", field]);
    let rendered = Release {
        name: release_name(release, target)?,
        namespace: place.text,
        values,
        kube_version: None,
        api_versions: Vec::new(),
        schemas: if disabled("disableSchemaValidation")? {
            Schemas::Skipped
        } else {
            Schemas::Checked
        },
        show: show(release)?,
        step: STEP,
        at: release.origin,
    };
    let mut built = context.render(&loaded.chart, rendered, loaded.reads.clone())?;
    for renderer in list(release, &["spec", "postRenderers"])? {
        built = post_render(context, built, renderer)?;
    }
    add_metadata(&mut built, release)?;
    context.set_default_namespace(&mut built, STEP, place);
    Ok(built)
}

/// The name of the release: `TARGET-NAME` where a target namespace is named and no name. What is too long ends in a
/// hash of the whole.
fn release_name(release: &Node, target: Option<Text<'_>>) -> Result<String, Problem> {
    let name = match (text(release, &["spec", "releaseName"])?, target) {
        (Some(name), _) => name.text.to_owned(),
        (None, Some(target)) => format!("{}-{}", target.text, name(release)),
        (None, None) => name(release).to_owned(),
    };
    Ok(shortened(&name))
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let mut hash = String::with_capacity(2 * HASH_LENGTH);
    for byte in Sha256::digest(name.as_bytes()) {
        // Writing to a text cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    let begin = name
        .get(..LONGEST_NAME - HASH_LENGTH - 1)
        .unwrap_or_default();
    format!("{begin}-{}", hash.get(..HASH_LENGTH).unwrap_or_default())
}

/// What of the chart is installed: its definitions unless the policy skips them, its hooks unless they are disabled, its
/// tests where they are run.
fn show(release: &Node) -> Result<Show, Problem> {
    let policy = text(release, &["spec", "install", "crds"])?;
    let crds = match policy.map(|policy| policy.text) {
        None | Some("Create" | "CreateReplace") => true,
        Some("Skip") => false,
        Some(other) => {
            return Err(Problem::BadValue {
                value: other.to_owned(),
                wanted: "`Skip`, `Create` or `CreateReplace`",
                at: policy.map_or(release.origin, |policy| policy.at),
            });
        }
    };
    let hooks = if flag(release, &["spec", "install", "disableHooks"])? {
        Hooks::None
    } else if flag(release, &["spec", "test", "enable"])? {
        Hooks::All
    } else {
        Hooks::NoTests
    };
    Ok(Show { crds, hooks })
}

/// Runs patches and changes of images over what the chart rendered.
fn post_render(context: &Context<'_>, built: Built, renderer: &Node) -> Result<Built, Problem> {
    let Some(kustomize) = find(renderer, &["kustomize"]) else {
        return Ok(built);
    };
    let mut document = Document::new(kustomize.origin);
    for field in ["patches", "images"] {
        document.extend(field, list(kustomize, &[field])?.iter().cloned());
    }
    add_former_patches(&mut document, kustomize)?;
    let has_any = [
        "patches",
        "images",
        "patchesStrategicMerge",
        "patchesJson6902",
    ]
    .into_iter()
    .any(|field| document.get(field).is_some());
    if !has_any {
        return Ok(built);
    }
    order_as_it_is(&mut document, kustomize.origin);
    Ok(context.builder.build_over(built, &document.finish())?)
}

/// Adds the patches of former versions of Flux's objects, which are objects and lists where kustomize has texts.
pub(super) fn add_former_patches(document: &mut Document, spec: &Node) -> Result<(), Problem> {
    let written = |node: &Node| {
        let mut text = String::new();
        emit(node, &mut text);
        Node::string(text, node.origin)
    };
    let merges = list(spec, &["patchesStrategicMerge"])?;
    document.extend("patchesStrategicMerge", merges.iter().map(written));
    let mut patches = Vec::new();
    for entry in list(spec, &["patchesJson6902"])? {
        let mut entry = entry.clone();
        let patch = entry.get("patch").map(written);
        if let (Some(fields), Some(patch)) = (entry.as_mapping_mut(), patch) {
            fields.insert("patch", patch);
        }
        patches.push(entry);
    }
    document.extend("patchesJson6902", patches);
    Ok(())
}

/// Puts the common labels and annotations on all objects.
pub(super) fn add_metadata(built: &mut Built, object: &Node) -> Result<(), Problem> {
    let labels = pairs(object, &["spec", "commonMetadata", "labels"])?;
    let annotations = pairs(object, &["spec", "commonMetadata", "annotations"])?;
    let Some((_, first)) = labels.iter().chain(&annotations).next() else {
        return Ok(());
    };
    built.change("commonMetadata", first.at, |resource: &mut Resource| {
        for (key, value) in &labels {
            resource.set_label(key, value.text, value.at);
        }
        for (key, value) in &annotations {
            resource.set_annotation(key, value.text, value.at);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_end_in_a_hash() {
        assert_eq!(shortened("podinfo"), "podinfo");
        let long = "a".repeat(54);
        let short = shortened(&long);
        assert_eq!(short, format!("{}-a3f01b693925", "a".repeat(40)));
        assert_ne!(shortened(&"a".repeat(55)), short);
    }
}
