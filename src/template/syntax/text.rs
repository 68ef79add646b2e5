//! A text becomes templates.

use std::sync::Arc;

use super::parse::Parser;
use super::tree::{Name, Node, Source, Tree, is_empty};
use crate::template::Functions;

/// The largest text, in bytes.
const LONGEST: usize = 64 << 20;

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {message}")]
pub struct ParseError {
    /// The name of the text.
    pub name: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The byte in the line, from 0.
    pub column: u32,
    /// What is wrong, in the words of the reference.
    pub message: String,
}

/// The templates of one text.
#[derive(Debug)]
pub(in crate::template) struct Parsed {
    /// The text itself, without its definitions.
    pub(in crate::template) main: Arc<Tree>,
    /// What `define` and `block` define, and `main`, in the order of their ends.
    pub(in crate::template) trees: Vec<Arc<Tree>>,
}

/// What a text is, whatever its name: several texts may share it.
#[derive(Debug)]
pub(in crate::template) struct Body {
    root: Arc<[Node]>,
    /// What `define` and `block` define, in the order of their ends.
    definitions: Vec<Definition>,
}

/// What a text defines by a name of its own.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: Name,
    pub(super) root: Arc<[Node]>,
}

/// Parses a text of that name.
pub(in crate::template) fn parse(
    name: &str,
    text: Arc<[u8]>,
    functions: &Functions,
) -> Result<Parsed, ParseError> {
    let body = body(name, &text, functions)?;
    named(name, text, &body)
}

/// Parses a text; its name is for messages only.
pub(in crate::template) fn body(
    name: &str,
    text: &Arc<[u8]>,
    functions: &Functions,
) -> Result<Body, ParseError> {
    let source = || Source::new(name, Arc::clone(text));
    if text.len() > LONGEST {
        let message = format!("the template has more than {} MiB", LONGEST >> 20);
        return Err(at_start(&source(), message));
    }
    let mut parser = Parser::new(text, functions);
    let root = parser.file().map_err(|(pos, message)| {
        let source = source();
        let (line, column) = source.line_and_column(pos);
        ParseError {
            name: source.name,
            line,
            column,
            message,
        }
    })?;
    Ok(Body {
        root,
        definitions: parser.definitions,
    })
}

/// The templates of a text of that name, which was parsed before.
pub(in crate::template) fn named(
    name: &str,
    text: Arc<[u8]>,
    body: &Body,
) -> Result<Parsed, ParseError> {
    let source = Arc::new(Source::new(name, text));
    let tree = |name: &Name, root: &Arc<[Node]>| {
        Arc::new(Tree {
            name: name.clone(),
            source: source.clone(),
            root: root.clone(),
        })
    };
    let main = tree(&source.name, &body.root);
    let definitions = body.definitions.iter();
    let mut trees: Vec<Arc<Tree>> = definitions
        .map(|definition| tree(&definition.name, &definition.root))
        .collect();
    match trees.iter().position(|tree| tree.name == main.name) {
        None => trees.push(main.clone()),
        Some(place)
            if trees
                .get(place)
                .is_some_and(|tree| is_empty(&tree.root, &source.text)) =>
        {
            trees.remove(place);
            trees.push(main.clone());
        }
        Some(_) if is_empty(&main.root, &source.text) => {}
        Some(_) => {
            let message = format!("template: multiple definition of template {name:?}");
            return Err(at_start(&source, message));
        }
    }
    Ok(Parsed { main, trees })
}

fn at_start(source: &Source, message: String) -> ParseError {
    ParseError {
        name: source.name.clone(),
        line: 1,
        column: 0,
        message,
    }
}
