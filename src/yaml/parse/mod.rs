//! Text to nodes, by the rules of Go's YAML as kustomize calls it.
//!
//! [`parse`] is the way in, and [`parse_version_2`] for what the reference reads by that version. `input` makes UTF-8 of the bytes and splits documents; `cursor` walks the
//! characters; `block` and `flow` read collections, `scalar` and `block_scalar` leaves, `property`
//! anchors, tags and directives; `compose` resolves types, aliases and merge keys on the way up.
//! There is no token queue: what libyaml decides with one (is this a key?) is decided by looking ahead.

mod block;
mod block_scalar;
mod compose;
mod cursor;
mod error;
mod flow;
mod input;
mod property;
mod scalar;
mod version_2;

use super::{FileId, Node};

pub use error::{ParseError, Syntax};

/// What a document may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes: usize,
    /// Levels of nesting, at most 256: reading, writing and dropping a tree recurse.
    pub depth: usize,
    /// Nodes of a file after aliases are resolved.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 256,
            nodes: 4_000_000,
        }
    }
}

/// Reads all documents of a text. Empty ones are left out.
///
/// Documents are split as kustomize does it, before YAML is read: at lines that begin with `---` and hold
/// at most a comment beside it. Of each part only the first document is read, so what stands behind a
/// line `...` is not looked at.
///
/// What the reference could read but never print is refused here, where the line is known: keys below
/// the root that are not text, infinities, tags that their value does not fit.
pub fn parse(text: &[u8], file: FileId, limits: &Limits) -> Result<Vec<Node>, ParseError> {
    parse_with(text, file, limits, DuplicateKeys::Refused)
}

/// Reads all documents of a text as [`parse`] does, with another meaning of keys that stand twice.
pub fn parse_with(
    text: &[u8],
    file: FileId,
    limits: &Limits,
    duplicates: DuplicateKeys,
) -> Result<Vec<Node>, ParseError> {
    check_size(text, file, limits)?;
    let text = input::decode(text, file)?;
    let mut nodes = 0;
    let mut documents = Vec::new();
    for part in input::split(&text, file)? {
        let mut parser = compose::Parser::new(part, file, limits, Version::Three(duplicates));
        parser.nodes = nodes;
        if let Some(document) = parser.document()? {
            documents.push(document);
        }
        nodes = parser.nodes;
    }
    Ok(documents)
}

/// Reads a text that is one document as [`parse_with`] does, where [`parse_version_2`] reads the same but for style:
/// who wants both reads it once. `None` where they differ, where either refuses it, and where there is another
/// document.
pub(crate) fn parse_alike(
    text: &[u8],
    file: FileId,
    limits: &Limits,
    duplicates: DuplicateKeys,
) -> Option<Vec<Node>> {
    check_size(text, file, limits).ok()?;
    if text.starts_with(b"\xFF") || text.starts_with(b"\xFE") {
        // UTF-16, which is not read everywhere.
        return None;
    }
    let text = input::decode(text, file).ok()?;
    let [part] = *input::split(&text, file).ok()? else {
        return None;
    };
    let mut parser = compose::Parser::new(part, file, limits, Version::Three(duplicates));
    let document = parser.document().ok()?;
    parser.is_alike.then(|| document.into_iter().collect())
}

/// Reads the first document of a text by the rules of Go's YAML version 2 and turns it into what JSON
/// can hold, as the reference does with kustomization files, JSON patches and schemas. `None` if it is
/// empty or null.
///
/// Here `yes` and `off` are booleans, dates are text, and keys of other types become text.
pub fn parse_version_2(
    text: &[u8],
    file: FileId,
    limits: &Limits,
    duplicates: DuplicateKeys,
) -> Result<Option<Node>, ParseError> {
    check_size(text, file, limits)?;
    let text = input::decode(text, file)?;
    let part = input::Part {
        text: &text,
        lines: 0,
    };
    compose::Parser::new(part, file, limits, Version::Two(duplicates)).document()
}

/// What a key means that stands in a mapping twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DuplicateKeys {
    /// A mistake.
    Refused,
    /// That the first of its values counts, as in strategic merge patches.
    FirstCounts,
    /// That the last of its values counts, as in kustomization files.
    LastCounts,
}

/// The version of Go's YAML whose rules a text is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// The one that converts to JSON.
    Two(DuplicateKeys),
    /// The one that keeps what was written.
    Three(DuplicateKeys),
}

fn check_size(text: &[u8], file: FileId, limits: &Limits) -> Result<(), ParseError> {
    if text.len() > limits.bytes {
        return Err(ParseError::TooManyBytes {
            file,
            bytes: text.len(),
            limit: limits.bytes,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
