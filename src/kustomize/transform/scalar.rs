//! Setting scalars as the reference does, types included.

use crate::kustomize::fieldspec::{FieldError, Rewritten};
use crate::yaml::{Node, Origin, Scalar, Style, Tag, Value, resolve};

/// Returns a scalar with a new text of a known type, or none where the same line wrote it already.
///
/// One that has the text gets the line nevertheless: it would have the text whatever stood there before.
/// A null takes a value too; other nodes are refused.
pub(in crate::kustomize) fn set_typed(node: &Node, text: &str, tag: Tag, at: Origin) -> Rewritten {
    let Some(old) = node.as_scalar() else {
        return Err(FieldError::wrong_kind("a scalar", node));
    };
    if old.text == text && old.tag == tag && node.origin == at {
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
    let mut new = set_typed(node, text, implied_tag(text, style), at)?;
    if style == Style::Plain
        && let Some(Value::Scalar(scalar)) = new.as_mut().map(|node| &mut node.value)
    {
        scalar.style = Style::Untyped;
    }
    Ok(new)
}

/// Returns a scalar whose type is what its text looks like.
pub(in crate::kustomize) fn untyped(text: &str, at: Origin) -> Node {
    let scalar = Scalar {
        text: text.into(),
        tag: implied_tag(text, Style::Plain),
        style: Style::Untyped,
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
    match style {
        Style::Plain | Style::Untyped => resolve(text),
        _ => Tag::Str,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    #[test]
    fn a_name_takes_the_type_that_it_looks_like_unless_it_was_quoted() {
        let at = Origin::file(FileId::of("scalar"));
        for (style, text, tag) in [
            (Style::Plain, "1e3", Tag::Float),
            (Style::DoubleQuoted, "1e3", Tag::Str),
            (Style::Plain, "dev-web", Tag::Str),
            (Style::Plain, "2020-01-01", Tag::Timestamp),
        ] {
            let old = Scalar {
                text: "old".into(),
                tag: Tag::Str,
                style,
            };
            let new = set_untyped(&Node::scalar(old, at), text, at).unwrap();
            assert_eq!(new.unwrap().as_scalar().unwrap().tag, tag, "{text}");
        }
    }

    #[test]
    fn a_field_keeps_its_type_or_refuses_the_text() {
        let old = |tag| Scalar {
            text: "1".into(),
            tag,
            style: Style::Plain,
        };
        assert_eq!(retyped(&old(Tag::Int), "2"), Some(Tag::Int));
        assert_eq!(retyped(&old(Tag::Int), "x"), None);
        assert_eq!(retyped(&old(Tag::Float), "2"), Some(Tag::Float));
        assert_eq!(retyped(&old(Tag::Str), "2"), Some(Tag::Str));
    }
}
