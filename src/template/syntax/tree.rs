//! A parsed template.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::template::Function;

/// A text that was parsed, and its name in messages.
#[derive(Debug)]
pub(in crate::template) struct Source {
    pub(in crate::template) name: Arc<str>,
    pub(in crate::template) text: Arc<[u8]>,
    /// Where lines begin, but the first; found when it is first asked for.
    starts: OnceLock<Vec<u32>>,
}

/// A place in a text: the byte at which a node begins.
pub(in crate::template) type Pos = u32;

/// A template by itself: a file, or what stands between `define` and its `end`.
#[derive(Debug)]
pub(in crate::template) struct Tree {
    pub(in crate::template) name: Arc<str>,
    pub(in crate::template) source: Arc<Source>,
    pub(in crate::template) root: Arc<[Node]>,
}

#[derive(Debug)]
pub(in crate::template) enum Node {
    /// What is printed as it stands: a range of the source.
    Text(Range<u32>),
    Action(Pipeline),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Box<Template>),
    Break,
    Continue,
}

/// `if`, `with` and `range`.
#[derive(Debug)]
pub(in crate::template) struct Branch {
    pub(in crate::template) pos: Pos,
    pub(in crate::template) pipeline: Pipeline,
    pub(in crate::template) list: Box<[Node]>,
    pub(in crate::template) otherwise: Option<Box<[Node]>>,
}

/// `{{template "name" pipeline}}`
#[derive(Debug)]
pub(in crate::template) struct Template {
    pub(in crate::template) pos: Pos,
    pub(in crate::template) name: Arc<str>,
    pub(in crate::template) pipeline: Option<Pipeline>,
}

/// Commands, each of which gets the value of the one before; and the variables that get the last one's.
#[derive(Debug)]
pub(in crate::template) struct Pipeline {
    pub(in crate::template) pos: Pos,
    pub(in crate::template) declared: Box<[Name]>,
    /// `=`, not `:=`.
    pub(in crate::template) is_assignment: bool,
    pub(in crate::template) commands: Box<[Command]>,
}

/// A variable's name, with its dollar, or a field's, without its dot.
pub(in crate::template) type Name = Arc<str>;

/// Operands: the first may be a function or method that gets the others.
#[derive(Debug)]
pub(in crate::template) struct Command {
    pub(in crate::template) operands: Box<[Operand]>,
}

#[derive(Debug)]
pub(in crate::template) struct Operand {
    pub(in crate::template) pos: Pos,
    pub(in crate::template) kind: OperandKind,
}

#[derive(Debug)]
pub(in crate::template) enum OperandKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Box<Number>),
    Str(Arc<[u8]>),
    /// `.a.b`
    Field(Box<[Name]>),
    /// `$x.a.b`
    Variable(Name, Box<[Name]>),
    Function(&'static Function),
    /// `(pipeline).a.b` or `function.a.b`
    Chain(Box<Operand>, Box<[Name]>),
    Pipeline(Box<Pipeline>),
}

/// A number and all that it can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::template) struct Number {
    pub(in crate::template) int: Option<i64>,
    pub(in crate::template) uint: Option<u64>,
    pub(in crate::template) float: Option<f64>,
    /// Written with a point or an exponent: a `float64` where nothing else is asked for.
    pub(in crate::template) is_float_text: bool,
    /// Imaginary numbers can't be had here.
    pub(in crate::template) is_complex: bool,
}

/// Whether nothing but space and definitions is in a list: such a template does not replace another.
pub(in crate::template) fn is_empty(list: &[Node], text: &[u8]) -> bool {
    list.iter().all(|node| match node {
        Node::Text(range) => slice(text, range).trim_ascii().is_empty(),
        _ => false,
    })
}

/// A part of a text.
pub(in crate::template) fn slice<'t>(text: &'t [u8], range: &Range<u32>) -> &'t [u8] {
    text.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
}

impl Source {
    pub(in crate::template) fn new(name: &str, text: Arc<[u8]>) -> Self {
        Self {
            name: name.into(),
            text,
            starts: OnceLock::new(),
        }
    }

    pub(in crate::template) fn slice(&self, range: &Range<u32>) -> &[u8] {
        slice(&self.text, range)
    }

    /// The line, from 1, and the byte in that line, from 0.
    pub(in crate::template) fn line_and_column(&self, pos: Pos) -> (u32, u32) {
        let starts = self.starts.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', &self.text);
            newlines
                .filter_map(|at| u32::try_from(at + 1).ok())
                .collect()
        });
        let before = starts.partition_point(|start| *start <= pos);
        let start = before
            .checked_sub(1)
            .and_then(|last| starts.get(last))
            .copied()
            .unwrap_or(0);
        (u32::try_from(before + 1).unwrap_or(u32::MAX), pos - start)
    }
}
