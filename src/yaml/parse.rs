//! Text to nodes.

use std::sync::Arc;

use super::{Diagnostic, Entry, FileId, Mapping, Node, Origin, Scalar, Style, Tag, Value};

/// What a document may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes: usize,
    /// Levels of nesting.
    pub depth: usize,
    /// Nodes after aliases are resolved.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 512,
            nodes: 4_000_000,
        }
    }
}

/// Why a text is not YAML, or more than it may be.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    message: String,
    at: Origin,
}

impl Diagnostic for ParseError {
    fn origin(&self) -> Option<Origin> {
        Some(self.at)
    }
}

/// Reads all documents of a text. Empty ones are left out.
pub fn parse(text: &[u8], file: FileId, limits: &Limits) -> Result<Vec<Node>, ParseError> {
    use serde::Deserialize as _;
    let at = Origin::at(file, 1, 1);
    let _ = limits;
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_slice(text) {
        let value = serde_yaml::Value::deserialize(document).map_err(|error| ParseError {
            message: error.to_string(),
            at,
        })?;
        if !value.is_null() {
            documents.push(interim(&value, at));
        }
    }
    Ok(documents)
}

fn interim(value: &serde_yaml::Value, at: Origin) -> Node {
    use serde_yaml::Value as V;
    let scalar = |text: String, tag| {
        Node::scalar(
            Scalar {
                text: text.into(),
                tag,
                style: Style::Plain,
            },
            at,
        )
    };
    match value {
        V::Null => Node::null(at),
        V::Bool(b) => scalar(b.to_string(), Tag::Bool),
        V::Number(n) if n.is_f64() => scalar(n.to_string(), Tag::Float),
        V::Number(n) => scalar(n.to_string(), Tag::Int),
        V::String(s) => scalar(s.clone(), Tag::Str),
        V::Sequence(items) => {
            Node::sequence(items.iter().map(|item| interim(item, at)).collect(), at)
        }
        V::Mapping(map) => {
            let mut mapping = Mapping::default();
            for (key, value) in map {
                let key = interim(key, at)
                    .as_scalar()
                    .cloned()
                    .unwrap_or_else(|| Scalar::string(""));
                mapping.push(Entry {
                    key,
                    key_origin: at,
                    value: interim(value, at),
                });
            }
            Node {
                value: Value::Mapping(Arc::new(mapping)),
                origin: at,
            }
        }
        V::Tagged(tagged) => interim(&tagged.value, at),
    }
}
