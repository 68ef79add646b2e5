//! Why a text is not YAML, or more than it may be.

use smol_str::SmolStr;

use crate::yaml::{Diagnostic, FileId, Origin};

/// Why a text is not YAML, or more than it may be.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ParseError {
    #[error("{problem}")]
    Syntax { problem: Syntax, at: Origin },
    #[error("{problem}")]
    Unfinished {
        problem: Syntax,
        at: Origin,
        start: Origin,
    },
    #[error("invalid document separator: `{line}`")]
    Separator { line: String, at: Origin },
    #[error("the text is not {encoding}")]
    Encoding { encoding: &'static str, at: Origin },
    #[error("control characters are not allowed: U+{character:04X}")]
    ControlCharacter { character: u32, at: Origin },
    #[error("key `{key}` is already defined at line {}", .first.line)]
    DuplicateKey {
        key: SmolStr,
        at: Origin,
        first: Origin,
    },
    #[error("the key `{key}` is not text")]
    KeyNotText { key: SmolStr, at: Origin },
    #[error("a key may have 1024 characters")]
    KeyTooLong { at: Origin },
    #[error("a list or mapping cannot be a key")]
    KeyNotScalar { at: Origin },
    #[error("anchor `{name}` is not defined")]
    UnknownAnchor {
        name: SmolStr,
        nearest: Option<SmolStr>,
        at: Origin,
    },
    #[error("anchor `{name}` contains itself")]
    AnchorInItself { name: SmolStr, at: Origin },
    #[error("only a mapping or a list of mappings can be merged with `<<`")]
    MergeNotMapping { at: Origin },
    #[error("`{value}` is not a `{tag}`")]
    TagMismatch {
        value: SmolStr,
        tag: SmolStr,
        at: Origin,
    },
    #[error("`{value}` cannot be expressed in JSON")]
    NotInJson { value: SmolStr, at: Origin },
    #[error("the text has {bytes} bytes; {limit} is the most that is read")]
    TooManyBytes {
        file: FileId,
        bytes: usize,
        limit: usize,
    },
    #[error("nested deeper than {limit} levels")]
    TooDeep { limit: usize, at: Origin },
    #[error("more than {limit} nodes once aliases are resolved")]
    TooManyNodes { limit: usize, at: Origin },
}

/// What the grammar does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Syntax {
    #[error("found a tab where spaces must indent")]
    Tab,
    #[error("found a tab where spaces must indent")]
    TabInText,
    #[error("found a tab where spaces must indent")]
    TabInBlock,
    #[error("a value cannot begin with `{0}`")]
    Start(char),
    #[error("a key and its value cannot stand here")]
    ValueNotHere,
    #[error("a list item cannot stand here")]
    ItemNotHere,
    #[error("`?` cannot stand here")]
    KeyNotHere,
    #[error("expected a value")]
    ExpectedValue,
    #[error("expected `:` after the key")]
    ExpectedColon,
    #[error("expected a key at the column of the keys above")]
    ExpectedKey,
    #[error("expected `-` at the column of the items above")]
    ExpectedItem,
    #[error("expected `,` or `]`")]
    ExpectedCommaOrBracket,
    #[error("expected `,` or `}}`")]
    ExpectedCommaOrBrace,
    #[error("a quote is not closed")]
    OpenQuote,
    #[error("a document ends within quotes")]
    DocumentInQuotes,
    #[error("unknown escape `\\{0}`")]
    Escape(char),
    #[error("expected {0} hexadecimal digits")]
    Hexadecimal(usize),
    #[error("the escape is not a Unicode character")]
    NotUnicode,
    #[error("the indentation of a block begins at 1")]
    ZeroIndent,
    #[error("expected the end of the line")]
    ExpectedLineEnd,
    #[error("an anchor's name has letters, digits, `-` and `_`")]
    AnchorName,
    #[error("this tag is not valid")]
    Tag,
    #[error("tag handle is not defined")]
    TagHandle,
    #[error("this directive is not valid")]
    Directive,
    #[error("only YAML 1.1 is known")]
    Version,
    #[error("expected `---` after directives")]
    ExpectedDocumentStart,
    #[error("two anchors or two tags for one value")]
    TwoProperties,
}

impl ParseError {
    /// Returns the error with its places changed, where the text stands in another.
    #[must_use]
    pub(crate) fn at_places(mut self, change: impl Fn(Origin) -> Origin) -> Self {
        match &mut self {
            Self::Unfinished { at, start, .. } => (*at, *start) = (change(*at), change(*start)),
            Self::DuplicateKey { at, first, .. } => (*at, *first) = (change(*at), change(*first)),
            Self::Syntax { at, .. }
            | Self::Separator { at, .. }
            | Self::Encoding { at, .. }
            | Self::ControlCharacter { at, .. }
            | Self::KeyNotText { at, .. }
            | Self::KeyTooLong { at }
            | Self::KeyNotScalar { at }
            | Self::UnknownAnchor { at, .. }
            | Self::AnchorInItself { at, .. }
            | Self::MergeNotMapping { at }
            | Self::TagMismatch { at, .. }
            | Self::NotInJson { at, .. }
            | Self::TooDeep { at, .. }
            | Self::TooManyNodes { at, .. } => *at = change(*at),
            Self::TooManyBytes { .. } => {}
        }
        self
    }
}

impl Diagnostic for ParseError {
    fn origin(&self) -> Option<Origin> {
        Some(match self {
            Self::Syntax { at, .. }
            | Self::Unfinished { at, .. }
            | Self::Separator { at, .. }
            | Self::Encoding { at, .. }
            | Self::ControlCharacter { at, .. }
            | Self::DuplicateKey { at, .. }
            | Self::KeyNotText { at, .. }
            | Self::KeyTooLong { at }
            | Self::KeyNotScalar { at }
            | Self::UnknownAnchor { at, .. }
            | Self::AnchorInItself { at, .. }
            | Self::MergeNotMapping { at }
            | Self::TagMismatch { at, .. }
            | Self::NotInJson { at, .. }
            | Self::TooDeep { at, .. }
            | Self::TooManyNodes { at, .. } => *at,
            Self::TooManyBytes { file, .. } => Origin::file(*file),
        })
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::DuplicateKey { first, .. } => vec![(*first, "first defined here".to_owned())],
            Self::Unfinished { start, .. } => vec![(*start, "it begins here".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { problem, .. } | Self::Unfinished { problem, .. } => problem.hint()?,
            Self::Separator { .. } => "only a comment may follow `---` on its line",
            Self::Encoding { .. } => "save the file as UTF-8",
            Self::DuplicateKey { .. } => "remove one of the two",
            Self::KeyNotText { .. } => "put the key in quotes",
            Self::UnknownAnchor {
                nearest: Some(nearest),
                ..
            } => return Some(format!("did you mean `{nearest}`?")),
            Self::UnknownAnchor { .. } => {
                "an anchor is known only behind its definition in the same document"
            }
            Self::KeyNotScalar { .. } => {
                "quote it if it is text, as `\"{{ value }}\"` of a template"
            }
            Self::NotInJson { .. } => "put the value in quotes if it is text",
            Self::TooManyNodes { .. } => "aliases of aliases multiply what they hold",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl Syntax {
    fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Tab | Self::TabInText | Self::TabInBlock => "tabs cannot indent; use spaces",
            Self::Start('%' | '@' | '`') => "put the value in quotes",
            Self::ValueNotHere => {
                "put the value in quotes if it has `: ` in it, or begin the mapping on a line of its own"
            }
            Self::ItemNotHere => "begin the list on a line of its own",
            Self::ExpectedColon => "a key is followed by `:` and a space on the same line",
            Self::ExpectedKey | Self::ExpectedItem => "check the indentation of this line",
            Self::ExpectedDocumentStart => {
                "remove the directives: documents are split at `---` before directives are read"
            }
            Self::Escape(_) => "write a backslash as `\\\\`, or use single quotes",
            Self::AnchorName => "put the value in quotes if it is not an anchor or alias",
            Self::OpenQuote => "close the quote, or double it where it is meant as a character",
            _ => return None,
        })
    }
}
