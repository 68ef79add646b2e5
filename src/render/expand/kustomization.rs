//! Flux's `Kustomization`: a folder, built with what the object says beside its kustomization.

use crate::kustomize::{BuildError, Builder, Built, Warning};
use crate::source::{EntryKind, Recorded, Tree, TreePath};
use crate::yaml::{Mapping, Node, Origin};

use super::context::{Context, Halt};
use super::document::Document;
use super::error::Problem;
use super::fields::{Text, find, flag, list, name, namespace, text, texts};
use super::helm_release::{add_former_patches, add_metadata};
use super::repository::{Repository, kind};
use super::{chart, generated, substitute};

/// Builds the folder of a Kustomization. `ancestors` are the folders that led to it.
pub(super) fn expand(
    context: &Context<'_>,
    object: &Node,
    ancestors: &[TreePath],
) -> Result<(Built, TreePath), Halt> {
    if flag(object, &["spec", "suspend"])? {
        let message = "is suspended: it is not expanded";
        return Err(skipped(object, message, object.origin));
    }
    let (repository, path) = place(context, object)?;
    let folder = repository.folder(context.tree, path.text, path.at)?;
    if ancestors.contains(&folder) {
        let changes = [
            "postBuild",
            "patches",
            "images",
            "targetNamespace",
            "components",
        ]
        .into_iter()
        .find_map(|field| find(object, &["spec", field]).map(|node| (field, node.origin)));
        return Err(match changes {
            Some((field, at)) => skipped(
                object,
                &format!(
                    "is about the folder that it stands in, which is rendered without its `{field}`"
                ),
                at,
            ),
            None => Halt::Skipped(None),
        });
    }
    let document = document(context, object, &repository, &folder, path)?;
    let mut built = match document {
        None => Built::empty(),
        Some(document) => context
            .flux
            .build_as(&folder, &document)
            .map_err(Problem::from)?,
    };
    substitute::post_build(context, object, &mut built)?;
    add_metadata(&mut built, object)?;
    Ok((built, folder))
}

fn skipped(object: &Node, message: &str, origin: Origin) -> Halt {
    Halt::Skipped(Some(Warning {
        message: format!("the Kustomization `{}` {message}", name(object)),
        origin,
        is_logged: false,
    }))
}

/// Returns the repository and the path in it.
fn place<'n>(context: &Context<'_>, object: &'n Node) -> Result<(Repository, Text<'n>), Halt> {
    let Some(reference) = find(object, &["spec", "sourceRef"]) else {
        return Err(chart::missing("spec.sourceRef", object.origin).into());
    };
    let repository = chart::repository(context, reference, namespace(object))?;
    let path = text(object, &["spec", "path"])?.unwrap_or(Text {
        text: ".",
        at: reference.origin,
    });
    Ok((repository, path))
}

/// Returns the folder's kustomization with what the object says; `None` where there is nothing to build.
fn document(
    context: &Context<'_>,
    object: &Node,
    repository: &Repository,
    folder: &TreePath,
    path: Text<'_>,
) -> Result<Option<Node>, Problem> {
    let (own, reads) = context.flux.kustomization_of(folder)?;
    context.note(&reads);
    let mut document = if let Some(own) = own {
        let Some(document) = Document::of(&own) else {
            // What is no kustomization is told by the build.
            return Ok(Some(own));
        };
        document
    } else {
        let resources = generated::resources(context.tree, folder, path.at)?;
        if resources.is_empty() {
            return Ok(None);
        }
        let mut document = Document::new(path.at);
        document.extend("resources", resources);
        document
    };
    let spec = find(object, &["spec"]).unwrap_or(object);
    for (field, in_kustomization) in [
        ("targetNamespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
    ] {
        if let Some(text) = text(spec, &[field])? {
            document.set_text(in_kustomization, text.text, text.at);
        }
    }
    document.extend("patches", list(spec, &["patches"])?.iter().cloned());
    add_components(context, spec, repository, folder, &mut document)?;
    add_former_patches(&mut document, spec)?;
    add_images(&mut document, list(spec, &["images"])?)?;
    if let Some(metadata) = find(spec, &["buildMetadata"]) {
        document.set("buildMetadata", metadata.clone());
    }
    Ok(Some(document.finish()))
}

fn add_components(
    context: &Context<'_>,
    spec: &Node,
    repository: &Repository,
    folder: &TreePath,
    document: &mut Document,
) -> Result<(), Problem> {
    let ignores_missing = flag(spec, &["ignoreMissingComponents"])?;
    let mut components = Vec::new();
    for component in texts(spec, &["components"])? {
        let at = component.at;
        if component.text.contains("://") || component.text.starts_with('/') {
            return Err(Problem::BadValue {
                value: component.text.to_owned(),
                wanted: "a path from the Kustomization's folder",
                at,
            });
        }
        let from = repository.path_of(folder);
        let place = repository.join_from(&from, component.text, at)?;
        if ignores_missing && kind(context.tree, &place, at)? != Some(EntryKind::Directory) {
            continue;
        }
        components.push(Node::string(component.text, at));
    }
    document.extend("components", components);
    Ok(())
}

/// Lays changes of images over those of the kustomization: a new name alone leaves tag and digest, and one of these
/// takes the other's place.
fn add_images(document: &mut Document, images: &[Node]) -> Result<(), Problem> {
    for image in images {
        let name = super::fields::require(image, &["name"])?;
        let new_name = text(image, &["newName"])?;
        let version = [text(image, &["newTag"])?, text(image, &["digest"])?];
        document.change_named("images", name.text, name.at, |entry: &mut Mapping| {
            let set = |entry: &mut Mapping, field: &str, text: Option<Text<'_>>| match text {
                Some(text) => entry.insert(field, Node::string(text.text, text.at)),
                None => {
                    entry.remove(field);
                }
            };
            if new_name.is_some() {
                set(entry, "newName", new_name);
            }
            if version.iter().any(Option::is_some) {
                let [tag, digest] = version;
                set(entry, "newTag", tag);
                set(entry, "digest", digest);
            }
        });
    }
    Ok(())
}

/// Builds a folder as a Kustomization of Flux does that says nothing else.
pub(in super::super) fn build_folder(
    builder: &Builder<'_>,
    tree: &dyn Tree,
    folder: &TreePath,
    at: Origin,
) -> Result<Built, Problem> {
    let (own, reads) = builder.kustomization_of(folder)?;
    if own.is_some() {
        return Ok(builder.build(folder)?);
    }
    let recorded = Recorded::new(tree);
    let resources = generated::resources(&recorded, folder, at)?;
    if resources.is_empty() {
        return Err(Problem::Build(BuildError::NoKustomization {
            folder: folder.to_string(),
            at: Some(at),
        }));
    }
    let mut document = Document::new(at);
    document.extend("resources", resources);
    let mut built = builder.build_as(folder, &document.finish())?;
    built.reads.extend(&reads);
    built.reads.extend(&recorded.into_log());
    Ok(built)
}
