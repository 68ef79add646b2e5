//! YAML inside a text of the kustomization file.

use std::sync::Arc;

use crate::yaml::{
    DuplicateKeys, Entry, Limits, Mapping, Node, Origin, ParseError, Style, Value, parse_version_2,
    parse_with,
};

use super::decode::Text;

/// Returns the documents in a text, each node with its line in the kustomization file.
pub(crate) fn documents(text: &Text) -> Result<Vec<Node>, ParseError> {
    documents_with(text, DuplicateKeys::Refused)
}

/// Returns the documents in a text, read with another meaning of keys that stand twice.
pub(crate) fn documents_with(
    text: &Text,
    duplicates: DuplicateKeys,
) -> Result<Vec<Node>, ParseError> {
    let documents = parse_with(
        text.as_bytes(),
        text.origin.file,
        &Limits::default(),
        duplicates,
    )
    .map_err(|error| error.at_places(|inner| moved_origin(inner, text)))?;
    Ok(documents.iter().map(|node| moved(node, text)).collect())
}

/// Returns the first document in a text that the reference reads by version 2 of Go's YAML.
pub(crate) fn document_of_version_2(
    text: &Text,
    duplicates: DuplicateKeys,
) -> Result<Option<Node>, ParseError> {
    let document = parse_version_2(
        text.as_bytes(),
        text.origin.file,
        &Limits::default(),
        duplicates,
    )
    .map_err(|error| error.at_places(|inner| moved_origin(inner, text)))?;
    Ok(document.as_ref().map(|node| moved(node, text)))
}

fn moved(node: &Node, text: &Text) -> Node {
    let origin = moved_origin(node.origin, text);
    let value = match &node.value {
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
        Value::Sequence(items) => Value::Sequence(Arc::new(
            items.iter().map(|item| moved(item, text)).collect(),
        )),
        Value::Mapping(mapping) => {
            let mut entries = Mapping::with_capacity(mapping.len());
            for entry in mapping.iter() {
                entries.push(Entry {
                    key: entry.key.clone(),
                    key_origin: moved_origin(entry.key_origin, text),
                    value: moved(&entry.value, text),
                });
            }
            Value::Mapping(Arc::new(entries))
        }
    };
    Node { value, origin }
}

/// Only in a literal block do the lines of the text stand in lines of the file, below its `|`. The
/// indentation is not known, so the column is not either.
fn moved_origin(inner: Origin, text: &Text) -> Origin {
    if text.style != Style::Literal {
        return text.origin;
    }
    Origin::at(text.origin.file, text.origin.line + inner.line, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    #[test]
    fn a_line_of_a_block_is_a_line_of_the_file() {
        let file = FileId::of("kustomization.yaml");
        let text = Text {
            text: "a: 1\nb:\n- 2\n".into(),
            origin: Origin::at(file, 10, 5),
            style: Style::Literal,
        };
        let documents = documents(&text).unwrap();
        let line = moved_origin(Origin::at(file, 3, 1), &text).line;
        assert_eq!(line, 13);
        assert!(documents[0].get("b").unwrap().origin.line > 10);
    }
}
