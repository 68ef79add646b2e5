//! Which image was meant by an entry that no container has.

use std::collections::BTreeMap;

use crate::kustomize::ResMap;
use crate::yaml::{Node, Origin, Value};

use super::Why;

pub(super) fn why(resources: &ResMap, name: &str) -> Why {
    if let Some(bare) = without_tag(name) {
        let hint = format!("leave tag and digest out of the name: `{bare}`");
        return (Vec::new(), Some(hint));
    }
    let mut used = BTreeMap::new();
    for resource in resources {
        collect(&resource.node, &mut used);
    }
    let last = |image: &str| image.rsplit('/').next().unwrap_or_default().to_owned();
    let nearest = used
        .iter()
        .map(|(image, at)| {
            let same_end = last(image) == last(name);
            let distance = strsim::damerau_levenshtein(image, name);
            ((!same_end, distance), image, at)
        })
        .filter(|((is_other, distance), ..)| !is_other || *distance <= 2.max(name.len() / 4))
        .min_by_key(|(rank, ..)| *rank);
    match nearest {
        Some((_, image, at)) if image == name => (
            vec![(
                *at,
                "here it is, in a field that `images` does not know".to_owned(),
            )],
            Some("name the field in a file of `configurations`, below `images`".to_owned()),
        ),
        Some((_, image, at)) => (
            vec![(*at, "this image is used".to_owned())],
            Some(format!("did you mean `{image}`?")),
        ),
        None => (Vec::new(), Some("take it out".to_owned())),
    }
}

/// Returns a name without its tag and digest; `None` where it has neither.
fn without_tag(name: &str) -> Option<&str> {
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    let end = name.get(path..)?.find([':', '@'])?;
    name.get(..path + end)
}

/// Collects the names of all images, without tags, each with a place.
fn collect(node: &Node, used: &mut BTreeMap<String, Origin>) {
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, used)),
        Value::Mapping(mapping) => {
            for entry in mapping.iter() {
                match entry.value.text() {
                    Some(image) if entry.key.text == "image" => {
                        let name = without_tag(image).unwrap_or(image);
                        used.entry(name.to_owned()).or_insert(entry.value.origin);
                    }
                    _ => collect(&entry.value, used),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag() {
        for (name, bare) in [
            ("nginx", None),
            ("nginx:1", Some("nginx")),
            ("r.io:5000/a", None),
            ("r.io:5000/a@sha256:1", Some("r.io:5000/a")),
        ] {
            assert_eq!(without_tag(name), bare, "{name}");
        }
    }
}
