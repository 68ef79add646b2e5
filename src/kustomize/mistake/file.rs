//! What a kustomization says to no effect, whatever it is laid over.

use rustc_hash::FxHashMap;

use crate::kustomize::file::{Kustomization, Text};
use crate::yaml::Origin;

use super::{IMAGE, LABELS, Mistake, TWICE};

pub(super) fn mistakes(kustomization: &Kustomization) -> Vec<Mistake> {
    let mut found = Vec::new();
    images(kustomization, &mut found);
    labels(kustomization, &mut found);
    twice("components", &kustomization.components, &mut found);
    found
}

fn mistake(rule: &'static str, message: String, origin: Origin, hint: &str) -> Mistake {
    Mistake {
        rule,
        message,
        origin,
        related: Vec::new(),
        hint: Some(hint.to_owned()),
        is_shared: false,
    }
}

/// Entries that change nothing, and those that a later one takes back.
fn images(kustomization: &Kustomization, found: &mut Vec<Mistake>) {
    let mut later: FxHashMap<&str, Origin> = FxHashMap::default();
    for image in kustomization.images.iter().rev() {
        let (tag, digest) = (&image.new_tag, &image.digest);
        let has_tag = !tag.is_empty() || !digest.is_empty();
        if !has_tag && image.new_name.is_empty() && image.tag_suffix.is_empty() {
            found.push(mistake(
                IMAGE,
                format!("the entry for the image `{}` changes nothing", &*image.name),
                image.origin,
                "say `newTag`, `digest` or `newName`",
            ));
        }
        // A new name takes the image out of a later entry's sight.
        let keeps_name = image.new_name.is_empty() || image.new_name == *image.name;
        if has_tag
            && keeps_name
            && let Some(at) = later.get(&*image.name)
        {
            found.push(Mistake {
                related: vec![(*at, "this entry counts".to_owned())],
                ..mistake(
                    TWICE,
                    format!("the image `{}` has a later entry", &*image.name),
                    image.origin,
                    "keep one of the two",
                )
            });
        }
        if has_tag {
            later.insert(&image.name, image.origin);
        }
    }
}

fn labels(kustomization: &Kustomization, found: &mut Vec<Mistake>) {
    for label in &kustomization.labels {
        if label.pairs.is_empty() {
            found.push(mistake(
                LABELS,
                "the entry of `labels` has no labels".to_owned(),
                label.origin,
                "write them below `pairs`",
            ));
        }
    }
}

fn twice(field: &str, entries: &[Text], found: &mut Vec<Mistake>) {
    let mut seen: FxHashMap<&str, Origin> = FxHashMap::default();
    for entry in entries {
        let path = entry.trim_end_matches('/');
        if let Some(first) = seen.insert(path, entry.origin) {
            found.push(Mistake {
                related: vec![(first, "it is listed here".to_owned())],
                ..mistake(
                    TWICE,
                    format!("`{path}` stands in `{field}` twice, and is applied twice"),
                    entry.origin,
                    "keep one of the two",
                )
            });
        }
    }
}
