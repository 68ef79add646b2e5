//! What was meant by a selector that selects nothing.

use smol_str::SmolStr;

use crate::kustomize::file::{Selector, Text};
use crate::kustomize::selector::Selection;
use crate::kustomize::{ResMap, Resource};
use crate::yaml::{Node, Origin};

use super::Why;

/// Whether a selector means a resource.
pub(super) type Selects<'s> = &'s dyn Fn(&Selection, &Resource) -> bool;

/// The most names that are listed.
const MOST_LISTED: usize = 5;

/// Says what stands in the way of a selector: a rename, one of its fields, a misspelt name. `None` where it
/// may be meant for whatever there is: one that names no resource is a mistake only where something is near.
pub(super) fn why(resources: &ResMap, selection: &Selection, selects: Selects<'_>) -> Option<Why> {
    let selector = selection.selector();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if selector.name.is_empty() || !selector.name.bytes().all(is_name) {
        return but_for_one_field(resources, selector, &FIELDS[..3], selects)
            .or_else(|| misspelt_kind(resources, selector));
    }
    let why = hidden(resources, selection)
        .or_else(|| but_for_one_field(resources, selector, &FIELDS, selects))
        .or_else(|| similar(resources, selector));
    Some(why.unwrap_or_else(|| {
        let hint = "take it out, or add what it is to change";
        (Vec::new(), Some(hint.to_owned()))
    }))
}

/// A kind that differs from one that is there by a slip of the pen.
fn misspelt_kind(resources: &ResMap, selector: &Selector) -> Option<Why> {
    const SLIP: usize = 2;
    let asked = &*selector.kind;
    let is_slip = |resource: &&Resource| {
        let kind = resource.kind();
        kind != asked && strsim::damerau_levenshtein(kind, asked) <= SLIP.min(asked.len() / 3)
    };
    let resource = resources.iter().find(is_slip)?;
    let hint = format!("did you mean the kind `{}`?", resource.kind());
    Some((place(resource), Some(hint)))
}

/// A resource that had the id which is asked for between two renames: by then neither its first nor its
/// present name is that.
fn hidden(resources: &ResMap, selection: &Selection) -> Option<Why> {
    let had = |resource: &&Resource| {
        resource.previous_ids().any(|id| selection.matches_id(&id))
            && selection.matches_labels(resource).unwrap_or_default()
    };
    let resource = resources.iter().find(had)?;
    let (now, mut first) = (resource.id(), resource.original_id());
    // It is the effective one, which says nothing here.
    first.namespace = SmolStr::default();
    let name = resource.node.lookup(&["metadata", "name"]);
    let mut related = vec![(resource.node.origin, format!("`{first}` is read here"))];
    if now.name != first.name {
        related.extend(name.map(|name| (name.origin, format!("`{now}` got its name here"))));
    }
    let hint = if now.gvk.kind == first.gvk.kind {
        format!("it had this name only in between: select it as `{now}` or as `{first}`")
    } else {
        format!("a patch changed its kind: select it as `{now}`")
    };
    Some((related, Some(hint)))
}

/// A field of a selector.
struct Field {
    name: &'static str,
    of: fn(&mut Selector) -> &mut Text,
}

/// In the order in which they are given up: the first are those that mostly are too much.
const FIELDS: [Field; 7] = [
    Field {
        name: "namespace",
        of: |selector| &mut selector.namespace,
    },
    Field {
        name: "version",
        of: |selector| &mut selector.version,
    },
    Field {
        name: "group",
        of: |selector| &mut selector.group,
    },
    Field {
        name: "annotationSelector",
        of: |selector| &mut selector.annotation_selector,
    },
    Field {
        name: "labelSelector",
        of: |selector| &mut selector.label_selector,
    },
    Field {
        name: "kind",
        of: |selector| &mut selector.kind,
    },
    Field {
        name: "name",
        of: |selector| &mut selector.name,
    },
];

/// What all fields but one select.
fn but_for_one_field(
    resources: &ResMap,
    selector: &Selector,
    fields: &[Field],
    selects: Selects<'_>,
) -> Option<Why> {
    fields.iter().find_map(|field| {
        let mut relaxed = selector.clone();
        let asked = std::mem::take(&mut (field.of)(&mut relaxed).text);
        if asked.is_empty() || says_nothing(&relaxed) {
            return None;
        }
        let relaxed = Selection::new(&relaxed).ok()?;
        let selected = resources.iter().filter(|one| selects(&relaxed, one));
        but_for(field.name, &asked, &selected.collect::<Vec<_>>())
    })
}

fn says_nothing(selector: &Selector) -> bool {
    let mut selector = selector.clone();
    FIELDS
        .iter()
        .all(|field| (field.of)(&mut selector).is_empty())
}

fn but_for(field: &str, asked: &str, selected: &[&Resource]) -> Option<Why> {
    let value = |resource: &Resource| -> SmolStr {
        match field {
            "namespace" => resource.namespace().into(),
            "version" => resource.id().gvk.version,
            "group" => resource.id().gvk.group,
            "kind" => resource.kind().into(),
            "name" => resource.name().into(),
            _ => SmolStr::default(),
        }
    };
    let distance = |resource: &&&Resource| match field {
        "name" => name_distance(resource, asked),
        _ => strsim::damerau_levenshtein(&value(resource), asked),
    };
    let resource = selected.iter().min_by_key(distance)?;
    let (id, has) = (resource.id(), value(resource));
    let hint = match field {
        "namespace" if has.is_empty() => {
            format!("`{id}` has no namespace by then: leave `namespace` out of the target")
        }
        "namespace" => format!("`{id}` is in the namespace `{has}` by then"),
        "group" if has.is_empty() => {
            format!("`{id}` has no group: leave `group` out of the target")
        }
        "version" | "group" => format!("`{id}` has the {field} `{has}`"),
        "kind" => format!("did you mean `{id}`?"),
        "name" if is_near(resource, asked) => format!("did you mean `{id}`?"),
        "name" => return Some(listed(selected)),
        _ => {
            let field = if field == "labelSelector" {
                "labels"
            } else {
                "annotations"
            };
            match texts(resource.node.lookup(&["metadata", field])) {
                Some(texts) => format!("`{id}` has the {field} `{texts}`"),
                None => format!("`{id}` has no {field} by then"),
            }
        }
    };
    Some((place(resource), Some(hint)))
}

/// Names those that could have been meant.
fn listed(selected: &[&Resource]) -> Why {
    let mut names: Vec<String> = selected
        .iter()
        .take(MOST_LISTED)
        .map(|resource| format!("`{}`", resource.id()))
        .collect();
    if selected.len() > MOST_LISTED {
        names.push(format!("{} more", selected.len() - MOST_LISTED));
    }
    (
        Vec::new(),
        Some(format!("of that kind there are {}", names.join(", "))),
    )
}

/// What has nearly the name that is asked for.
fn similar(resources: &ResMap, selector: &Selector) -> Option<Why> {
    let asked = &*selector.name;
    if asked.is_empty() {
        return None;
    }
    let resource = resources
        .iter()
        .filter(|resource| is_near(resource, asked))
        .min_by_key(|resource| {
            let is_other_kind = resource.kind() != &*selector.kind;
            (name_distance(resource, asked), is_other_kind)
        })?;
    let hint = format!("did you mean `{}`?", resource.id());
    Some((place(resource), Some(hint)))
}

/// Returns how far a name is from the nearest that a resource has or had.
fn name_distance(resource: &Resource, asked: &str) -> usize {
    names(resource)
        .map(|name| strsim::damerau_levenshtein(&name, asked))
        .min()
        .unwrap_or(usize::MAX)
}

fn names(resource: &Resource) -> impl Iterator<Item = SmolStr> {
    let previous = resource.previous.iter().map(|id| id.name.clone());
    previous.chain([resource.name().into()])
}

fn is_near(resource: &Resource, asked: &str) -> bool {
    const SHORTEST: usize = 3;
    let contains = |a: &str, b: &str| b.len() >= SHORTEST && a.contains(b);
    name_distance(resource, asked) <= (asked.len() / 3).max(1)
        || names(resource).any(|name| contains(&name, asked) || contains(asked, &name))
}

fn place(resource: &Resource) -> Vec<(Origin, String)> {
    vec![(resource.node.origin, format!("`{}` is here", resource.id()))]
}

/// Writes labels as a selector names them.
fn texts(map: Option<&Node>) -> Option<String> {
    let entries = map.and_then(Node::as_mapping).into_iter().flatten();
    let texts: Vec<String> = entries
        .take(MOST_LISTED)
        .map(|entry| {
            format!(
                "{}={}",
                entry.key.text,
                entry.value.text().unwrap_or_default()
            )
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(","))
}
