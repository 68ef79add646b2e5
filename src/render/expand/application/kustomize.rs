//! Sources with a kustomization: fields of the Application change it as `kustomize edit` would.

use crate::kustomize::Built;
use crate::source::{EntryKind, TreePath};
use crate::yaml::{Mapping, Node, Origin, Scalar, Style, Tag};

use super::super::document::Document;
use super::super::error::Problem;
use super::super::fields::{Text, find, flag, list, pairs, require, text, texts, wrong_type};
use super::super::repository::kind;
use super::Source;
use super::environment::Variables;

/// Builds a folder.
pub(super) fn build(
    from: &Source<'_>,
    source: &Node,
    folder: &TreePath,
    variables: &Variables,
) -> Result<Built, Problem> {
    let builder = from.context.builder;
    let Some(options) = find(source, &["kustomize"]) else {
        return Ok(builder.build(folder)?);
    };
    let (own, reads) = builder.kustomization_of(folder)?;
    from.context.note(&reads);
    let Some(mut document) = own.as_ref().and_then(Document::of) else {
        // What is no kustomization is told by the build.
        return Ok(builder.build(folder)?);
    };
    for field in ["namePrefix", "nameSuffix", "namespace"] {
        if let Some(text) = text(options, &[field])? {
            document.set_text(field, text.text, text.at);
        }
    }
    for image in texts(options, &["images"])? {
        add_image(&mut document, image, variables)?;
    }
    for replica in list(options, &["replicas"])? {
        add_replica(&mut document, replica)?;
    }
    add_labels(&mut document, options, variables)?;
    add_annotations(&mut document, options, variables)?;
    document.extend("patches", list(options, &["patches"])?.iter().cloned());
    let ignores_missing = flag(options, &["ignoreMissingComponents"])?;
    let mut components = Vec::new();
    for component in texts(options, &["components"])? {
        let at = component.at;
        let place = folder.join(component.text).map_err(|_| Problem::Escapes {
            path: component.text.to_owned(),
            at,
        })?;
        if ignores_missing && kind(from.context.tree, &place, at)? != Some(EntryKind::Directory) {
            continue;
        }
        components.push(Node::string(component.text, at));
    }
    document.extend("components", components);
    Ok(builder.build_as(folder, &document.finish())?)
}

/// Adds an image as `kustomize edit set image` takes it: `name:tag`, `name@digest`, `name=new:tag`.
fn add_image(
    document: &mut Document,
    image: Text<'_>,
    variables: &Variables,
) -> Result<(), Problem> {
    let written = variables.expand(image.text, image.at)?;
    let (name, new) = match written.split_once('=') {
        Some((name, new)) => (Some(name), new),
        None => (None, written.as_ref()),
    };
    let (new_name, tag, digest) = split(new);
    if name.is_none() && tag.is_empty() && digest.is_empty() {
        return Err(Problem::BadValue {
            value: image.text.to_owned(),
            wanted: "an image as `name:tag`, `name@digest` or `name=new:tag`",
            at: image.at,
        });
    }
    let at = image.at;
    document.change_named("images", name.unwrap_or(new_name), at, |entry| {
        let mut set = |field: &str, text: &str| {
            entry.remove(field);
            if !text.is_empty() {
                entry.insert(field, Node::string(text, at));
            }
        };
        set("newName", if name.is_some() { new_name } else { "" });
        set("newTag", tag);
        set("digest", digest);
    });
    Ok(())
}

/// Splits an image into name, tag and digest. The colon of a registry's port starts no tag.
fn split(image: &str) -> (&str, &str, &str) {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let path = name.find('/').unwrap_or_default();
    let (_, behind) = name.split_at(path);
    match behind.find(':') {
        Some(colon) => {
            let (name, tag) = name.split_at(path + colon);
            (name, tag.trim_start_matches(':'), digest)
        }
        None => (name, "", digest),
    }
}

fn add_replica(document: &mut Document, replica: &Node) -> Result<(), Problem> {
    let name = require(replica, &["name"])?;
    let Some(count) = find(replica, &["count"]) else {
        return Err(Problem::MissingField {
            field: "count".to_owned(),
            at: replica.origin,
        });
    };
    let number = count.text().and_then(|text| text.parse::<u32>().ok());
    let number = number.ok_or_else(|| wrong_type(count, &["count"], "a number"))?;
    let number = Node::scalar(
        Scalar {
            text: number.to_string().into(),
            tag: Tag::Int,
            style: Style::Plain,
        },
        count.origin,
    );
    document.change_named("replicas", name.text, name.at, |entry| {
        entry.insert("count", number);
    });
    Ok(())
}

fn add_labels(
    document: &mut Document,
    options: &Node,
    variables: &Variables,
) -> Result<(), Problem> {
    let labels = expanded(pairs(options, &["commonLabels"])?, Some(variables))?;
    if labels.is_empty() {
        return Ok(());
    }
    if !flag(options, &["labelWithoutSelector"])? {
        let force = flag(options, &["forceCommonLabels"])?;
        return add_pairs(document, "commonLabels", labels, force);
    }
    let at = labels.first().map_or(options.origin, |(_, _, at)| *at);
    let mut pairs = Mapping::default();
    for (key, value, at) in labels {
        pairs.insert(&key, Node::string(value, at));
    }
    let mut label = Mapping::default();
    label.insert("pairs", Node::mapping(pairs, at));
    if flag(options, &["labelIncludeTemplates"])? {
        label.insert("includeTemplates", truth(at));
    }
    document.extend("labels", [Node::mapping(label, at)]);
    Ok(())
}

fn add_annotations(
    document: &mut Document,
    options: &Node,
    variables: &Variables,
) -> Result<(), Problem> {
    let is_expanded = flag(options, &["commonAnnotationsEnvsubst"])?;
    let annotations = pairs(options, &["commonAnnotations"])?;
    let annotations = expanded(annotations, is_expanded.then_some(variables))?;
    let force = flag(options, &["forceCommonAnnotations"])?;
    add_pairs(document, "commonAnnotations", annotations, force)
}

type Pairs = Vec<(String, String, Origin)>;

fn expanded(pairs: Vec<(&str, Text<'_>)>, variables: Option<&Variables>) -> Result<Pairs, Problem> {
    let pairs = pairs.into_iter();
    pairs
        .map(|(key, value)| {
            let text = match variables {
                Some(variables) => variables.expand(value.text, value.at)?.into_owned(),
                None => value.text.to_owned(),
            };
            Ok((key.to_owned(), text, value.at))
        })
        .collect()
}

/// Adds pairs to a mapping; one that is there is changed by force alone.
fn add_pairs(
    document: &mut Document,
    field: &'static str,
    pairs: Pairs,
    force: bool,
) -> Result<(), Problem> {
    let Some((_, _, first)) = pairs.first() else {
        return Ok(());
    };
    let known = document.get(field);
    let at = known.map_or(*first, |node| node.origin);
    let mut all = known
        .and_then(Node::as_mapping)
        .cloned()
        .unwrap_or_default();
    for (key, value, at) in pairs {
        if !force && all.contains_key(&key) {
            return Err(Problem::Unsupported {
                what: format!("`{key}` is in `{field}` of the kustomization already"),
                hint: Some(
                    "`forceCommonLabels` and `forceCommonAnnotations` let the Application change it",
                ),
                at,
            });
        }
        all.insert(&key, Node::string(value, at));
    }
    document.set(field, Node::mapping(all, at));
    Ok(())
}

fn truth(at: Origin) -> Node {
    Node::scalar(
        Scalar {
            text: "true".into(),
            tag: Tag::Bool,
            style: Style::Plain,
        },
        at,
    )
}
