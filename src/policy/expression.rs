//! An expression of a policy: its text, where it stands, and what it was compiled to.

use crate::yaml::{Node, Origin, Style};

use super::cel::{self, Expr, Scope, Type};
use super::error::PolicyError;

/// A compiled expression and where it stands.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) text: String,
    pub(super) compiled: Expr,
    pub(super) origin: Origin,
}

/// What an expression may result in.
pub(super) enum Wanted {
    /// `bool`.
    Bool,
    /// `string`.
    Text,
    /// `string` or `null`.
    TextOrNull,
    /// Anything.
    Any,
}

/// Compiles the expression of a scalar; `field` is its name in messages.
pub(super) fn compile(
    node: &Node,
    field: &str,
    scope: &Scope,
    wanted: &Wanted,
    file: &[u8],
) -> Result<(Expression, Type), PolicyError> {
    let Some(text) = node.text() else {
        return Err(PolicyError::BadValue {
            field: field.to_owned(),
            wanted: "an expression",
            at: node.origin,
        });
    };
    let (compiled, r#type) =
        cel::compile(text, scope).map_err(|error| PolicyError::Expression {
            field: field.to_owned(),
            message: error.message.clone(),
            at: locate(node, text, error.offset, file),
        })?;
    let (fits, name) = match wanted {
        Wanted::Bool => (r#type == Type::Bool, "bool"),
        Wanted::Text => (r#type == Type::String, "string"),
        Wanted::TextOrNull => (
            matches!(r#type, Type::String | Type::Null),
            "one of [string null_type]",
        ),
        Wanted::Any => (true, ""),
    };
    if !fits {
        return Err(PolicyError::ResultType {
            field: field.to_owned(),
            wanted: name,
            found: r#type.to_string(),
            at: node.origin,
        });
    }
    let expression = Expression {
        text: text.to_owned(),
        compiled,
        origin: locate(node, text, 0, file),
    };
    Ok((expression, r#type))
}

/// Returns where a byte of a scalar's text stands in its file.
///
/// Exact for blocks and for what stands on one line without escapes; else the scalar itself.
fn locate(node: &Node, text: &str, offset: usize, file: &[u8]) -> Origin {
    let Origin { line, column, .. } = node.origin;
    let before = text.get(..offset).unwrap_or(text);
    let within = count(before.chars().count());
    match node.as_scalar().map(|scalar| scalar.style) {
        Some(Style::Literal | Style::Folded) => {
            in_block(node.origin, text, offset, file).unwrap_or(node.origin)
        }
        Some(Style::Plain) if on_one_line(file, line, text) => {
            Origin::at(node.origin.file, line, column + within)
        }
        Some(Style::SingleQuoted | Style::DoubleQuoted) if on_one_line(file, line, text) => {
            Origin::at(node.origin.file, line, column + within + 1)
        }
        _ => node.origin,
    }
}

/// Follows the text of a block along its lines: whether an end of line was kept or became a space, it is
/// one byte of the text.
fn in_block(block: Origin, text: &str, offset: usize, file: &[u8]) -> Option<Origin> {
    let file = std::str::from_utf8(file).ok()?;
    let lines = (block.line + 1..).zip(file.lines().skip(usize::try_from(block.line).ok()?));
    let mut indent = None;
    let mut start = 0;
    for (number, source) in lines {
        let blank = source.trim().is_empty();
        if indent.is_none() && !blank {
            indent = Some(source.len() - source.trim_start().len());
        }
        let content = source.get(indent.unwrap_or(0)..).unwrap_or_default();
        if !text.get(start..)?.starts_with(content) {
            return None;
        }
        if offset <= start + content.len() {
            let column = indent? + content.get(..offset - start)?.chars().count() + 1;
            return Some(Origin::at(block.file, number, count(column)));
        }
        start += content.len() + 1;
    }
    None
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn on_one_line(file: &[u8], line: u32, text: &str) -> bool {
    std::str::from_utf8(file).is_ok_and(|file| {
        file.lines()
            .nth((line as usize).saturating_sub(1))
            .is_some_and(|source| source.contains(text))
    })
}
