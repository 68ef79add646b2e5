//! JSON patch (RFC 6902) as the reference's library applies it.
//!
//! [`JsonPatch::read`] takes the operations, [`JsonPatch::apply`] makes them. The library is laxer than
//! the RFC: indices may count from the end, `replace` and `copy` take members that are missing.

mod blame;
mod equal;
mod normal;
mod pointer;

use smol_str::SmolStr;

use crate::yaml::{Diagnostic, Node, Origin, Tag, Value};

use equal::are_equal;
use normal::normalized;
use pointer::Container;

/// The values that `copy` may add to one object.
const MOST_COPIED: usize = 1_000_000;

/// A list of operations.
#[derive(Clone, Debug, Default)]
pub struct JsonPatch {
    operations: Vec<Operation>,
}

/// Operations are checked when they are made, not before: a patch that meets no object may hold anything.
#[derive(Clone, Debug)]
struct Operation {
    kind: Option<SmolStr>,
    path: Option<SmolStr>,
    from: Option<SmolStr>,
    value: Option<Node>,
    at: Origin,
}

/// Why a JSON patch is none, or does not apply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum JsonPatchError {
    #[error("a JSON patch must be a list of operations")]
    NotOperations { at: Origin },
    #[error("`{kind}` is no operation of a JSON patch")]
    UnknownOperation { kind: String, at: Origin },
    #[error("the operation has no `{field}`")]
    NoField { field: &'static str, at: Origin },
    #[error("cannot {operation} `{path}`: nothing is there that could hold it")]
    NoParent {
        operation: &'static str,
        path: String,
        at: Origin,
    },
    #[error("cannot {operation} `{path}`: it does not exist")]
    Missing {
        operation: &'static str,
        path: String,
        at: Origin,
    },
    #[error("cannot {operation} `{path}`: `{index}` is not an index of the list")]
    Index {
        operation: &'static str,
        path: String,
        index: String,
        at: Origin,
    },
    #[error("the value at `{path}` is not the one that the patch tests for")]
    TestFailed {
        path: String,
        at: Origin,
        found: Option<Origin>,
    },
    #[error("the `copy` operations of the patch add more than {MOST_COPIED} values")]
    TooMuch { at: Origin },
    #[error("a JSON patch must leave a mapping")]
    NotObject { at: Origin },
}

impl Diagnostic for JsonPatchError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::NotOperations { at }
            | Self::UnknownOperation { at, .. }
            | Self::NoField { at, .. }
            | Self::NoParent { at, .. }
            | Self::Missing { at, .. }
            | Self::Index { at, .. }
            | Self::TestFailed { at, .. }
            | Self::TooMuch { at }
            | Self::NotObject { at } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::TestFailed {
                found: Some(found), ..
            } => vec![(*found, "the value that is there".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownOperation { kind, .. } => {
                ["add", "remove", "replace", "move", "copy", "test"]
                    .into_iter()
                    .min_by_key(|known| strsim::damerau_levenshtein(known, kind))
                    .map(|nearest| format!("did you mean `{nearest}`?"))
            }
            Self::NoParent { path, .. } if !path.starts_with('/') => {
                Some("a path begins with `/`".to_owned())
            }
            Self::NoParent { .. } => Some("add the mapping or list above it first".to_owned()),
            Self::Index { .. } => Some("`-` stands for the end of the list".to_owned()),
            _ => None,
        }
    }
}

impl JsonPatch {
    /// Reads the operations from the first document of a patch; null is a patch without any.
    pub fn read(document: &Node) -> Result<Self, JsonPatchError> {
        if document.is_null() {
            return Ok(Self::default());
        }
        let items = document
            .as_sequence()
            .ok_or(JsonPatchError::NotOperations {
                at: document.origin,
            })?;
        let operations = items
            .iter()
            .map(Operation::read)
            .collect::<Result<_, _>>()?;
        Ok(Self { operations })
    }

    /// Tells whether there is no operation.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Tells whether an operation is about a field, what is in it, or what it is in.
    pub fn meets(&self, field: &[&str]) -> bool {
        let mut operations = self.operations.iter();
        operations.any(|operation| {
            let paths = [&operation.path, &operation.from];
            let mut paths = paths.into_iter().flatten();
            paths.any(|path| pointer::meets(path, field))
        })
    }

    /// Returns the object after all operations, or the error of the first that fails.
    pub fn apply(&self, object: &Node) -> Result<Node, JsonPatchError> {
        let mut root = normalized(object);
        // Copies of copies grow without bound.
        let mut budget = MOST_COPIED;
        for operation in &self.operations {
            operation.apply(&mut root, &mut budget)?;
        }
        if root.as_mapping().is_none() {
            let at = self.operations.last().map_or(object.origin, |last| last.at);
            return Err(JsonPatchError::NotObject { at });
        }
        Ok(root)
    }
}

impl Operation {
    fn read(node: &Node) -> Result<Self, JsonPatchError> {
        if node.as_mapping().is_none() && !node.is_null() {
            return Err(JsonPatchError::NotOperations { at: node.origin });
        }
        let text = |key| {
            node.get(key)
                .and_then(Node::as_scalar)
                .filter(|scalar| matches!(scalar.tag, Tag::Str | Tag::Timestamp))
                .map(|scalar| scalar.text.clone())
        };
        Ok(Self {
            kind: text("op"),
            path: text("path"),
            from: text("from"),
            value: node.get("value").map(normalized),
            at: node.origin,
        })
    }

    fn apply(&self, root: &mut Node, budget: &mut usize) -> Result<(), JsonPatchError> {
        match self.kind.as_deref() {
            Some("add") => self.add(root, "add", self.path()?, self.value()),
            Some("remove") => self.remove(root, "remove", self.path()?),
            Some("replace") => self.replace(root),
            Some("move") => {
                let from = self.from()?;
                let value = self.get(root, "move", from)?;
                self.remove(root, "move", from)?;
                self.add(root, "move", self.path()?, value)
            }
            Some("copy") => {
                let value = self.get(root, "copy", self.from()?)?;
                if !fits(&value, budget) {
                    return Err(JsonPatchError::TooMuch { at: self.at });
                }
                self.add(root, "copy", self.path()?, value)
            }
            Some("test") => self.test(root),
            other => Err(JsonPatchError::UnknownOperation {
                kind: other.unwrap_or("unknown").to_owned(),
                at: self.at,
            }),
        }
    }

    fn replace(&self, root: &mut Node) -> Result<(), JsonPatchError> {
        let path = self.path()?;
        if path.is_empty() {
            *root = self.value();
            return if root.as_scalar().is_some() {
                Err(JsonPatchError::NotObject { at: self.at })
            } else {
                Ok(())
            };
        }
        let (container, key) = self.container(root, "replace", path)?;
        match container {
            // A member that is missing is added.
            Container::Object(fields) => fields.insert(&key, self.value()),
            Container::List(items) => {
                let index = pointer::index_of(&key, items.len());
                match index.and_then(|index| items.get_mut(index)) {
                    Some(item) => *item = self.value(),
                    None => return Err(self.bad_index("replace", path, &key)),
                }
            }
        }
        Ok(())
    }

    fn test(&self, root: &Node) -> Result<(), JsonPatchError> {
        let path = self.path()?;
        let failed = |found| JsonPatchError::TestFailed {
            path: path.to_owned(),
            at: self.at,
            found,
        };
        let found = if path.is_empty() {
            root.clone()
        } else {
            self.get(root, "test", path)?
        };
        let wanted = self.value();
        if are_equal(&found, &wanted) {
            return Ok(());
        }
        Err(failed((!found.is_null()).then_some(found.origin)))
    }

    /// Returns what stands at a path; null where an object lacks the member.
    fn get(
        &self,
        root: &Node,
        operation: &'static str,
        path: &str,
    ) -> Result<Node, JsonPatchError> {
        let (parent, key) =
            pointer::parent(root, path).ok_or_else(|| self.no_parent(operation, path))?;
        match &parent.value {
            Value::Mapping(fields) => Ok(fields
                .get(&key)
                .cloned()
                .unwrap_or_else(|| Node::null(self.at))),
            Value::Sequence(items) => pointer::index_of(&key, items.len())
                .and_then(|index| items.get(index))
                .cloned()
                .ok_or_else(|| self.bad_index(operation, path, &key)),
            Value::Scalar(_) => Err(self.no_parent(operation, path)),
        }
    }

    fn add(
        &self,
        root: &mut Node,
        operation: &'static str,
        path: &str,
        value: Node,
    ) -> Result<(), JsonPatchError> {
        let (container, key) = self.container(root, operation, path)?;
        match container {
            Container::Object(fields) => fields.insert(&key, value),
            Container::List(items) if key == "-" => items.push(value),
            Container::List(items) => {
                // The place behind the last counts, from either end.
                let index = pointer::index_of(&key, items.len() + 1)
                    .ok_or_else(|| self.bad_index(operation, path, &key))?;
                items.insert(index, value);
            }
        }
        Ok(())
    }

    fn remove(
        &self,
        root: &mut Node,
        operation: &'static str,
        path: &str,
    ) -> Result<(), JsonPatchError> {
        let (container, key) = self.container(root, operation, path)?;
        match container {
            Container::Object(fields) => {
                fields.remove(&key).ok_or_else(|| JsonPatchError::Missing {
                    operation,
                    path: path.to_owned(),
                    at: self.at,
                })?;
            }
            Container::List(items) => {
                let index = pointer::index_of(&key, items.len())
                    .ok_or_else(|| self.bad_index(operation, path, &key))?;
                items.remove(index);
            }
        }
        Ok(())
    }

    fn container<'n>(
        &self,
        root: &'n mut Node,
        operation: &'static str,
        path: &str,
    ) -> Result<(Container<'n>, String), JsonPatchError> {
        // Looked at first, so that nothing is copied in vain.
        if pointer::parent(root, path).is_none() {
            return Err(self.no_parent(operation, path));
        }
        pointer::parent_mut(root, path).ok_or_else(|| self.no_parent(operation, path))
    }

    /// Returns the value, with nulls where there is none.
    fn value(&self) -> Node {
        self.value.clone().unwrap_or_else(|| Node::null(self.at))
    }

    fn path(&self) -> Result<&str, JsonPatchError> {
        self.path.as_deref().ok_or(JsonPatchError::NoField {
            field: "path",
            at: self.at,
        })
    }

    fn from(&self) -> Result<&str, JsonPatchError> {
        self.from.as_deref().ok_or(JsonPatchError::NoField {
            field: "from",
            at: self.at,
        })
    }

    fn no_parent(&self, operation: &'static str, path: &str) -> JsonPatchError {
        JsonPatchError::NoParent {
            operation,
            path: path.to_owned(),
            at: self.at,
        }
    }

    fn bad_index(&self, operation: &'static str, path: &str, index: &str) -> JsonPatchError {
        JsonPatchError::Index {
            operation,
            path: path.to_owned(),
            index: index.to_owned(),
            at: self.at,
        }
    }
}

/// Takes the budget that a value needs; `false` where there is too little.
fn fits(node: &Node, budget: &mut usize) -> bool {
    if *budget == 0 {
        return false;
    }
    *budget -= 1;
    match &node.value {
        Value::Scalar(_) => true,
        Value::Sequence(items) => items.iter().all(|item| fits(item, budget)),
        Value::Mapping(fields) => fields.iter().all(|entry| fits(&entry.value, budget)),
    }
}

#[cfg(test)]
mod tests;
