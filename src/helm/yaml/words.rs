//! What the reference's YAML library says of a mistake.
//!
//! Templates see these words: `fromYaml` gives them as `.Error`. Their lines are those of the library, too: it counts from 0,
//! adds 1 where its scanner found the mistake and not where its parser did, and leaves out line 0.

use crate::yaml::{ParseError, Syntax};

/// Who found a mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FoundBy {
    Scanner,
    Parser,
}

/// Returns the library's message for a mistake in a text.
pub(super) fn words(error: &ParseError, text: &[u8]) -> String {
    match error {
        ParseError::Syntax { problem, at } | ParseError::Unfinished { problem, at, .. } => {
            let (message, found_by) = of_syntax(*problem);
            let line = line(*problem, at.line, at.column, text);
            let shown = match found_by {
                FoundBy::Scanner if line > 0 => line + 1,
                _ => line,
            };
            if shown == 0 {
                format!("yaml: {message}")
            } else {
                format!("yaml: line {shown}: {message}")
            }
        }
        ParseError::ControlCharacter { .. } => {
            "yaml: control characters are not allowed".to_owned()
        }
        ParseError::Encoding { .. } => "yaml: invalid leading UTF-8 octet".to_owned(),
        ParseError::UnknownAnchor { name, .. } => {
            format!("yaml: unknown anchor '{name}' referenced")
        }
        ParseError::AnchorInItself { name, .. } => {
            format!("yaml: anchor '{name}' value contains itself")
        }
        ParseError::MergeNotMapping { .. } => {
            "yaml: map merge requires map or sequence of maps as the value".to_owned()
        }
        ParseError::TagMismatch { value, tag, .. } => {
            format!("yaml: cannot decode !!str `{value}` as a {tag}")
        }
        ParseError::NotInJson { value, .. } => {
            let value = match value.as_bytes() {
                [b'-', ..] => "-Inf",
                [b'.', b'n' | b'N', ..] => "NaN",
                _ => "+Inf",
            };
            format!("json: unsupported value: {value}")
        }
        error => format!("yaml: {error}"),
    }
}

fn of_syntax(problem: Syntax) -> (&'static str, FoundBy) {
    use FoundBy::{Parser, Scanner};
    match problem {
        Syntax::TabInText => ("found a tab character that violates indentation", Scanner),
        Syntax::TabInBlock => (
            "found a tab character where an indentation space is expected",
            Scanner,
        ),
        Syntax::Start(',' | ']' | '}' | ':' | '?' | '-') | Syntax::ExpectedValue => {
            ("did not find expected node content", Parser)
        }
        Syntax::Tab | Syntax::Start(_) => ("found character that cannot start any token", Scanner),
        Syntax::ValueNotHere => ("mapping values are not allowed in this context", Scanner),
        Syntax::ItemNotHere => (
            "block sequence entries are not allowed in this context",
            Scanner,
        ),
        Syntax::KeyNotHere => ("mapping keys are not allowed in this context", Scanner),
        Syntax::ExpectedColon => ("could not find expected ':'", Scanner),
        Syntax::ExpectedKey => ("did not find expected key", Parser),
        Syntax::ExpectedItem => ("did not find expected '-' indicator", Parser),
        Syntax::ExpectedCommaOrBracket => ("did not find expected ',' or ']'", Parser),
        Syntax::ExpectedCommaOrBrace => ("did not find expected ',' or '}'", Parser),
        Syntax::OpenQuote => ("found unexpected end of stream", Scanner),
        Syntax::DocumentInQuotes => ("found unexpected document indicator", Scanner),
        Syntax::Escape(_) => ("found unknown escape character", Scanner),
        Syntax::Hexadecimal(_) => ("did not find expected hexdecimal number", Scanner),
        Syntax::NotUnicode => ("found invalid Unicode character escape code", Scanner),
        Syntax::ZeroIndent => ("found an indentation indicator equal to 0", Scanner),
        Syntax::ExpectedLineEnd => ("did not find expected comment or line break", Scanner),
        Syntax::AnchorName => (
            "did not find expected alphabetic or numeric character",
            Scanner,
        ),
        Syntax::Tag => ("did not find the expected '>'", Scanner),
        Syntax::TagHandle => ("found undefined tag handle", Parser),
        Syntax::Directive => ("found unknown directive name", Scanner),
        Syntax::Version => ("found incompatible YAML document", Parser),
        Syntax::ExpectedDocumentStart => ("did not find expected <document start>", Parser),
        Syntax::TwoProperties => ("did not find expected node content", Parser),
    }
}

/// The line, from 0, that the library stands at when it sees the mistake.
fn line(problem: Syntax, line: u32, column: u32, text: &[u8]) -> usize {
    let line = (line as usize).saturating_sub(1);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let is_blank = |line: &[u8]| {
        let line = line.trim_ascii();
        line.is_empty() || line.starts_with(b"#")
    };
    // The end of the text is a line of its own to the parser.
    let end = lines.len() - usize::from(lines.last().is_some_and(|last| last.is_empty()));
    let next = |from: usize| {
        let rest = lines.iter().enumerate().skip(from);
        let mut rest = rest.filter(|(_, line)| !is_blank(line));
        rest.next().map_or(end, |(number, _)| number)
    };
    match problem {
        // It looks for a colon until the next token.
        Syntax::ExpectedColon => next(line + 1),
        Syntax::OpenQuote => lines.len() - 1,
        Syntax::Tab | Syntax::TabInText | Syntax::TabInBlock => line,
        _ => {
            let here = lines.get(line).copied().unwrap_or_default();
            let here = here.get((column as usize).saturating_sub(1)..);
            if is_blank(here.unwrap_or_default()) {
                next(line + 1)
            } else {
                line
            }
        }
    }
}
