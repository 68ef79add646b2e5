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
        origin: node.origin,
    };
    Ok((expression, r#type))
}

/// Returns where a byte of a scalar's text stands in its file.
///
/// Exact for block literals and for what stands on one line without escapes; else the scalar itself.
fn locate(node: &Node, text: &str, offset: usize, file: &[u8]) -> Origin {
    let Origin {
        file: id,
        line,
        column,
    } = node.origin;
    let before = text.get(..offset).unwrap_or(text);
    let row = before.matches('\n').count();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let within = before.get(line_start..).unwrap_or_default().chars().count();
    let count = |number: usize| u32::try_from(number).unwrap_or(0);
    let style = node.as_scalar().map(|scalar| scalar.style);
    match style {
        Some(Style::Literal) => {
            let line = line.saturating_add(count(row) + 1);
            // The block's indentation is what the file's line has more than the text's.
            let source = std::str::from_utf8(file)
                .ok()
                .and_then(|file| file.lines().nth((line as usize).saturating_sub(1)))
                .unwrap_or_default();
            let own = text.lines().nth(row).unwrap_or_default();
            let indent = source.chars().count().saturating_sub(own.chars().count());
            Origin::at(id, line, count(indent + within + 1))
        }
        Some(Style::Plain) if !text.contains('\n') && on_one_line(file, line, text) => {
            Origin::at(id, line, column + count(within))
        }
        Some(Style::SingleQuoted | Style::DoubleQuoted) if on_one_line(file, line, text) => {
            Origin::at(id, line, column + count(within) + 1)
        }
        _ => node.origin,
    }
}

fn on_one_line(file: &[u8], line: u32, text: &str) -> bool {
    std::str::from_utf8(file).is_ok_and(|file| {
        file.lines()
            .nth((line as usize).saturating_sub(1))
            .is_some_and(|source| source.contains(text))
    })
}
