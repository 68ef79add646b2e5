//! Setting scalars as the reference does, types included.

use crate::kustomize::fieldspec::{FieldError, Rewritten};
use crate::yaml::{Node, Origin, Scalar, Style, Tag};

/// Returns a scalar with a new text of a known type, or none where it has both already.
///
/// A null takes a value too; other nodes are refused.
pub(in crate::kustomize) fn set_typed(node: &Node, text: &str, tag: Tag, at: Origin) -> Rewritten {
    let Some(old) = node.as_scalar() else {
        return Err(FieldError::wrong_kind("a scalar", node));
    };
    if old.text == text && old.tag == tag {
        return Ok(None);
    }
    let scalar = Scalar {
        text: text.into(),
        tag,
        style: old.style,
    };
    Ok(Some(Node::scalar(scalar, at)))
}

/// Returns a scalar with a new text whose type is what the text looks like, unless it was quoted.
///
/// The reference drops the type of names and images it sets: with the prefix `1`, `e3` becomes a float.
pub(in crate::kustomize) fn set_untyped(node: &Node, text: &str, at: Origin) -> Rewritten {
    let style = node.as_scalar().map_or(Style::Plain, |scalar| scalar.style);
    set_typed(node, text, implied_tag(text, style), at)
}

/// Returns a scalar whose type is what its text looks like.
pub(in crate::kustomize) fn untyped(text: &str, at: Origin) -> Node {
    let scalar = Scalar {
        text: text.into(),
        tag: implied_tag(text, Style::Plain),
        style: Style::Plain,
    };
    Node::scalar(scalar, at)
}

/// Returns the type of a scalar that keeps its type but gets a new text, or none where the text is of
/// another.
pub(in crate::kustomize) fn retyped(old: &Scalar, text: &str) -> Option<Tag> {
    if old.tag == Tag::Str || old.tag == Tag::Binary {
        return Some(old.tag);
    }
    match (old.tag, implied_tag(text, Style::Plain)) {
        (Tag::Float, Tag::Int) => Some(Tag::Float),
        (old, new) if old == new => Some(old),
        _ => None,
    }
}

/// Returns the type that a scalar without one has.
pub(in crate::kustomize) fn implied_tag(text: &str, style: Style) -> Tag {
    if style != Style::Plain {
        return Tag::Str;
    }
    // The common case, a name: no scalar of another type has these letters alone.
    let plain_word = |byte: u8| matches!(byte, b'g'..=b'z' | b'-' | b'/');
    if text.len() > 5
        && text.bytes().any(plain_word)
        && text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase())
    {
        return Tag::Str;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Tag::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Tag::Bool,
        _ if text.parse::<i128>().is_ok() => Tag::Int,
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
            && text.parse::<f64>().is_ok() =>
        {
            Tag::Float
        }
        _ => Tag::Str,
    }
}
