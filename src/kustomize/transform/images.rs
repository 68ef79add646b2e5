//! Gives container images a new name, tag or digest.
//!
//! The reference looks for images twice: first in all lists named `containers` or `initContainers`,
//! wherever they are, then in the configured fields. What both find is changed twice, which shows where
//! a suffix is added to a tag.

use std::cell::Cell;

use regex::Regex;
use smol_str::SmolStr;

use super::scalar::implied_tag;
use crate::kustomize::fieldspec::{
    Create, FieldError, FieldSpecError, FieldSpecs, Rewritten, rewrite_items, with_field,
};
use crate::kustomize::{Gvk, ResMap};
use crate::re2;
use crate::yaml::{Diagnostic, Node, Origin, Scalar, Tag, Value};

/// What the image transformer is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The changes, applied in order.
    pub images: Vec<Image>,
    /// The fields that hold images.
    pub field_specs: FieldSpecs,
}

/// A change of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageChange {
    /// The name without tag and digest; a regular expression.
    pub name: SmolStr,
    /// The name it gets, unless empty.
    pub new_name: SmolStr,
    /// The tag it gets in place of tag and digest, unless empty.
    pub new_tag: SmolStr,
    /// What is added to its tag, unless empty.
    pub tag_suffix: SmolStr,
    /// The digest it gets in place of tag and digest, unless empty.
    pub digest: SmolStr,
}

impl ImageChange {
    fn asks_for_nothing(&self) -> bool {
        [
            &self.new_name,
            &self.new_tag,
            &self.tag_suffix,
            &self.digest,
        ]
        .iter()
        .all(|text| text.is_empty())
    }
}

/// A change of an image, and the line that asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// The change.
    pub change: ImageChange,
    /// The line.
    pub origin: Origin,
}

/// Why images could not be changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field could not be set.
    #[error(transparent)]
    Field(#[from] FieldSpecError),
    /// The name of an image is no regular expression.
    #[error("the image name `{name}` is not a regular expression")]
    Name {
        /// The name.
        name: SmolStr,
        /// The line that has it.
        at: Origin,
    },
}

impl Diagnostic for Error {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Field(error) => error.origin(),
            Self::Name { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Field(error) => error.hint(),
            Self::Name { .. } => Some("leave tag and digest out of the name".to_owned()),
        }
    }
}

/// Changes all images that a change names. Returns whether there were some for each change.
pub(crate) fn transform(resources: &mut ResMap, config: &Config) -> Result<Vec<bool>, Error> {
    let changes = config
        .images
        .iter()
        .map(Change::new)
        .collect::<Result<Vec<_>, _>>()?;
    for resource in resources.iter_mut() {
        let gvk = Gvk::of(&resource.node);
        // A definition of a custom resource may have fields that look like containers.
        if gvk.kind == "CustomResourceDefinition" {
            continue;
        }
        for change in &changes {
            let new = in_containers(&resource.node, change)
                .map_err(|error| error.of("containers", resource.id()))?;
            if let Some(new) = new {
                resource.node = new;
            }
            for spec in config.field_specs.iter().filter(|spec| spec.selects(&gvk)) {
                let new = spec
                    .rewrite(
                        &resource.node,
                        Create::Nothing,
                        change.origin,
                        &mut |field| change.apply(field),
                    )
                    .map_err(|error| error.of(spec.path.as_str(), resource.id()))?;
                if let Some(new) = new {
                    resource.node = new;
                }
            }
        }
    }
    Ok(changes.iter().map(|change| change.is_used.get()).collect())
}

/// Changes the images in all lists of containers, at any depth.
fn in_containers(node: &Node, change: &Change<'_>) -> Rewritten {
    match &node.value {
        Value::Scalar(_) => Ok(None),
        Value::Sequence(_) => rewrite_items(node, |item| in_containers(item, change)),
        Value::Mapping(mapping) => {
            let mut changed: Option<Node> = None;
            for entry in mapping.iter() {
                let mut field = in_containers(&entry.value, change)?;
                if matches!(entry.key.text.as_str(), "containers" | "initContainers") {
                    let containers = field.as_ref().unwrap_or(&entry.value);
                    if containers.as_sequence().is_some()
                        && let Some(new) =
                            rewrite_items(containers, |container| in_container(container, change))?
                    {
                        field = Some(new);
                    }
                }
                if let Some(field) = field {
                    let node = changed.as_ref().unwrap_or(node);
                    changed = Some(with_field(node, &entry.key.text, field));
                }
            }
            Ok(changed)
        }
    }
}

fn in_container(container: &Node, change: &Change<'_>) -> Rewritten {
    if container.is_null() {
        return Ok(None);
    }
    if container.as_mapping().is_none() {
        return Err(FieldError::wrong_kind("a mapping", container));
    }
    let Some(image) = container.get("image") else {
        return Ok(None);
    };
    let image = change.apply(image)?;
    Ok(image.map(|image| with_field(container, "image", image)))
}

struct Change<'c> {
    to: &'c ImageChange,
    origin: Origin,
    name: Name<'c>,
    /// Whether an image has the name.
    is_used: Cell<bool>,
}

enum Name<'c> {
    /// Letters and such, in which a dot stands for any character.
    Letters(&'c str),
    Expression(Box<Regex>),
}

impl<'c> Change<'c> {
    fn new(image: &'c Image) -> Result<Self, Error> {
        let name = &image.change.name;
        let letters = |c: char| c.is_ascii_alphanumeric() || "./-_:@".contains(c);
        let name = if name.chars().all(letters) {
            Name::Letters(name)
        } else {
            // The name is no group of its own there either: `a|b` matches all that begins with `a`.
            let expression = re2::compile(&format!(
                "^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"
            ));
            Name::Expression(Box::new(expression.map_err(|_| Error::Name {
                name: name.clone(),
                at: image.origin,
            })?))
        };
        Ok(Self {
            to: &image.change,
            origin: image.origin,
            name,
            is_used: Cell::default(),
        })
    }

    fn apply(&self, field: &Node) -> Rewritten {
        let Some(old) = field.as_scalar() else {
            return Err(FieldError::wrong_kind("a scalar", field));
        };
        if !self.name.matches(&old.text) {
            return Ok(None);
        }
        self.is_used.set(true);
        let text = changed(&old.text, self.to);
        let is_written = field.origin == self.origin || self.to.asks_for_nothing();
        if text == old.text && old.tag == Tag::Str && is_written {
            return Ok(None);
        }
        let scalar = Scalar {
            tag: implied_tag(&text, old.style),
            text: text.into(),
            style: old.style,
        };
        Ok(Some(Node::scalar(scalar, self.origin)))
    }
}

impl Name<'_> {
    fn matches(&self, image: &str) -> bool {
        match self {
            Self::Expression(expression) => expression.is_match(image),
            Self::Letters(name) => {
                let Some(rest) = strip_name(image, name) else {
                    return false;
                };
                let rest = rest
                    .strip_prefix(':')
                    .map_or(rest, |tag| tag.trim_start_matches(is_tag_character));
                let rest = rest
                    .strip_prefix("@sha256:")
                    .map_or(rest, |digest| digest.trim_start_matches(is_tag_character));
                rest.is_empty()
            }
        }
    }
}

fn strip_name<'i>(image: &'i str, name: &str) -> Option<&'i str> {
    let mut rest = image.chars();
    for want in name.chars() {
        let have = rest.next()?;
        let equal = have == want || (want == '.' && have != '\n');
        if !equal {
            return None;
        }
    }
    Some(rest.as_str())
}

fn is_tag_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.{}-".contains(c)
}

fn changed(image: &str, change: &ImageChange) -> String {
    let (name, tag, digest) = split(image);
    let name = if change.new_name.is_empty() {
        name
    } else {
        change.new_name.as_str()
    };
    let suffixed;
    let (tag, digest) = match (change.new_tag.as_str(), change.digest.as_str()) {
        ("", "") if change.tag_suffix.is_empty() => (tag, digest),
        ("", "") => {
            suffixed = format!("{tag}{}", change.tag_suffix);
            (suffixed.as_str(), "")
        }
        // One of them takes the place of both.
        new => new,
    };
    let mut out = name.to_owned();
    for (mark, part) in [(':', tag), ('@', digest)] {
        if !part.is_empty() {
            out.push(mark);
            out.push_str(part);
        }
    }
    out
}

/// Splits an image into name, tag and digest. The colon of a registry's port starts no tag.
fn split(image: &str) -> (&str, &str, &str) {
    let path = image.find('/').unwrap_or(0);
    let (digest_at, tag_at) = (
        image[path..].find('@').map(|at| at + path),
        image[path..].find(':').map(|at| at + path),
    );
    let part = |from: usize, to: usize| image.get(from..to).unwrap_or_default();
    match (tag_at, digest_at) {
        (None, None) => (image, "", ""),
        (Some(tag), Some(digest)) if tag < digest => (
            part(0, tag),
            part(tag + 1, digest),
            part(digest + 1, image.len()),
        ),
        (_, Some(digest)) => (part(0, digest), "", part(digest + 1, image.len())),
        (Some(tag), None) => (part(0, tag), part(tag + 1, image.len()), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag() {
        for (image, parts) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1", ("nginx", "1", "")),
            ("r.io:5000/nginx", ("r.io:5000/nginx", "", "")),
            ("r.io:5000/nginx:1", ("r.io:5000/nginx", "1", "")),
            ("r.io/a@sha256:1", ("r.io/a", "", "sha256:1")),
            ("r.io/a:1@sha256:2", ("r.io/a", "1", "sha256:2")),
        ] {
            assert_eq!(split(image), parts, "{image}");
        }
    }

    #[test]
    fn letters_match_as_the_expression_does() {
        let names = ["nginx", "r.io/a", "r.io:5000/a", "a", ""];
        let images = [
            "nginx",
            "nginx:1",
            "nginx:1@sha256:abc",
            "nginx@sha256:abc",
            "nginx@sha1:abc",
            "nginx2",
            "rxio/a",
            "r.io/a:v{x}",
            "r.io:5000/a:1",
            "a:b:c",
            "a:",
            "",
            ":1",
        ];
        for name in names {
            let expression = Regex::new(&format!(
                "^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"
            ))
            .unwrap();
            for image in images {
                assert_eq!(
                    Name::Letters(name).matches(image),
                    expression.is_match(image),
                    "{name} {image}"
                );
            }
        }
    }
}
