//! Which operation of a patch deletes a field.

use crate::yaml::{FieldPath, Origin, Segment};

use super::{JsonPatch, Operation, pointer};

impl JsonPatch {
    /// Returns the place of the last operation that takes out a field, or replaces what the field was in.
    ///
    /// `path` leads to the field in the object as it was before the patch.
    pub fn deletion(&self, path: &FieldPath) -> Option<Origin> {
        self.last(path, |operation| match operation.kind.as_deref() {
            Some("remove" | "replace") => operation.path.as_deref(),
            Some("move") => operation.from.as_deref(),
            _ => None,
        })
    }

    /// Returns the place of the last operation that copied or moved a value to a field, or to what the field
    /// is in.
    ///
    /// `path` leads to the field in the object as it was after the patch.
    pub fn copy(&self, path: &FieldPath) -> Option<Origin> {
        self.last(path, |operation| match operation.kind.as_deref() {
            Some("copy" | "move") => operation.path.as_deref(),
            _ => None,
        })
    }

    fn last(
        &self,
        path: &FieldPath,
        pointer: impl Fn(&Operation) -> Option<&str>,
    ) -> Option<Origin> {
        let mut operations = self.operations.iter().rev();
        let found = operations
            .find(|operation| pointer(operation).is_some_and(|pointer| leads_to(pointer, path)));
        found.map(|operation| operation.at)
    }
}

/// Tells whether a pointer leads to the field or to what it is in.
fn leads_to(pointer: &str, path: &FieldPath) -> bool {
    let parts: Vec<String> = pointer::parts(pointer).collect();
    parts.len() <= path.segments().len()
        && parts
            .iter()
            .zip(path.segments())
            .all(|(part, segment)| match segment {
                Segment::Key(key) => part == key.as_str(),
                // A negative index counts from an end that is not known here.
                Segment::Index(index) => part.parse() == Ok(*index) || part.starts_with('-'),
            })
}
