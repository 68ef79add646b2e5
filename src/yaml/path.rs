//! The way from the root of a document to a field.

use std::fmt;

use smol_str::SmolStr;

use super::{Node, Origin};

/// A way from the root of a document to a field, written as `spec.containers[0].image`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

/// A step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Into a mapping.
    Key(SmolStr),
    /// Into a list, from 0.
    Index(usize),
}

impl Segment {
    /// Returns what a node has there.
    pub fn find<'n>(&self, node: &'n Node) -> Option<&'n Node> {
        match self {
            Self::Key(key) => node.get(key),
            Self::Index(index) => node.as_sequence()?.get(*index),
        }
    }
}

impl FieldPath {
    /// Returns the path of the root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Adds a step at the end.
    pub fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    /// Takes the last step off.
    pub fn pop(&mut self) -> Option<Segment> {
        self.0.pop()
    }

    /// Returns the path with a key added.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.push(Segment::Key(key.into()));
        path
    }

    /// Returns the path with an index added.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.push(Segment::Index(index));
        path
    }

    /// Returns the node at the path.
    pub fn find<'n>(&self, root: &'n Node) -> Option<&'n Node> {
        self.0
            .iter()
            .try_fold(root, |node, segment| segment.find(node))
    }

    /// Returns the place that wrote the field: its key where it is in a mapping, else its value; where
    /// the field is missing, that of the nearest node above it.
    pub fn origin_in(&self, root: &Node) -> Origin {
        let mut node = root;
        let mut origin = root.origin;
        for segment in &self.0 {
            let found = match segment {
                Segment::Key(key) => node
                    .as_mapping()
                    .and_then(|mapping| mapping.entry(key))
                    .map(|entry| {
                        let scalar = entry.value.as_scalar().is_some();
                        (
                            &entry.value,
                            if scalar {
                                entry.value.origin
                            } else {
                                entry.key_origin
                            },
                        )
                    }),
                Segment::Index(index) => node
                    .as_sequence()
                    .and_then(|items| items.get(*index))
                    .map(|item| (item, item.origin)),
            };
            let Some((next, at)) = found else { break };
            (node, origin) = (next, at);
        }
        origin
    }
}

impl FromIterator<Segment> for FieldPath {
    fn from_iter<T: IntoIterator<Item = Segment>>(segments: T) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '/']) => {
                    write!(f, "[{key:?}]")?;
                }
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_dots_are_quoted() {
        let path = FieldPath::root()
            .key("metadata")
            .key("labels")
            .key("app.kubernetes.io/name");
        assert_eq!(
            path.to_string(),
            r#"metadata.labels["app.kubernetes.io/name"]"#
        );
        assert_eq!(
            FieldPath::root()
                .key("spec")
                .key("ports")
                .index(0)
                .key("port")
                .to_string(),
            "spec.ports[0].port"
        );
    }
}
