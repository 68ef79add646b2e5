//! A text to the parts that it is made of.

use crate::template::unicode::{is_digit, is_letter};

use super::{Reason, SubstitutionError};

/// The deepest that substitutions stand in each other.
pub(super) const DEEPEST: usize = 64;

/// A text: parts in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, and where it begins.
    Plain { text: String, at: usize },
    /// A variable.
    Variable(Variable),
}

/// `${name…}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) operator: Operator,
    pub(super) arguments: Vec<Text>,
    /// Where `${` stands.
    pub(super) at: usize,
}

/// What is done with the value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `${name}`
    Value,
    /// `:=`, `:-`, `:?`, `:+`, `=`: all mean the argument where the value is empty.
    Default,
    /// `${#name}`
    Length,
    /// `:1`, `:1:2`
    Part,
    /// `#`
    CutShortestPrefix,
    /// `##`
    CutLongestPrefix,
    /// `%`
    CutShortestSuffix,
    /// `%%`
    CutLongestSuffix,
    /// `/`
    ReplaceFirst,
    /// `//`
    ReplaceAll,
    /// `/#`
    ReplacePrefix,
    /// `/%`
    ReplaceSuffix,
    /// `,`
    LowerFirst,
    /// `,,`
    Lower,
    /// `^`
    UpperFirst,
    /// `^^`
    Upper,
    /// `,^`, `^,`: taken, and does nothing.
    NoCase,
}

/// Reads a text.
pub fn parse(text: &str) -> Result<Text, SubstitutionError> {
    // The reference takes this character for the end.
    let text = text.split('\0').next().unwrap_or_default();
    let mut reader = Reader {
        text,
        at: 0,
        begin: 0,
    };
    let mut pieces = Vec::new();
    while !reader.rest().is_empty() {
        reader.plain(&mut pieces, Plain::Outside);
        if reader.takes("${") {
            pieces.push(Piece::Variable(reader.variable(0)?));
        }
    }
    Ok(Text { pieces })
}

/// Where plain text stands, which says what ends it and what is escaped in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// Outside of all substitutions: `$$` stands for `$`.
    Outside,
    /// The last argument, up to `}`.
    Argument,
    /// The first number of a part, up to `:` or `}`.
    Number,
    /// What is replaced, up to `/`; `\/`, `\\` and `$$` are escapes.
    Replaced,
    /// What replaces it, up to `}`, with the same escapes.
    Replacement,
}

impl Plain {
    fn ends_at(self, character: char) -> bool {
        match self {
            Self::Outside => false,
            Self::Argument | Self::Replacement => character == '}',
            Self::Number => matches!(character, ':' | '}'),
            Self::Replaced => character == '/',
        }
    }

    /// Whether the first of two characters takes the meaning of the second away.
    fn is_escape(self, pair: &str) -> bool {
        match self {
            Self::Outside => pair == "$$",
            Self::Replaced | Self::Replacement => ["$$", "\\/", "\\\\"].contains(&pair),
            Self::Argument | Self::Number => false,
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Where the innermost variable begins that is read.
    begin: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is_there = self.rest().starts_with(wanted);
        if is_there {
            self.at += wanted.len();
        }
        is_there
    }

    fn fails<T>(&self, reason: Reason) -> Result<T, SubstitutionError> {
        Err(SubstitutionError {
            at: self.begin,
            reason,
        })
    }

    /// Takes plain text up to its end or the next `${`.
    fn plain(&mut self, pieces: &mut Vec<Piece>, place: Plain) {
        let mut begin = self.at;
        while let Some(character) = self.peek() {
            let rest = self.rest();
            if rest.starts_with("${") {
                break;
            }
            if rest.get(..2).is_some_and(|pair| place.is_escape(pair)) {
                self.keep(begin, pieces);
                begin = self.at + 1;
                self.at += 2;
            } else if place.ends_at(character) {
                break;
            } else {
                self.at += character.len_utf8();
            }
        }
        self.keep(begin, pieces);
    }

    fn keep(&self, begin: usize, pieces: &mut Vec<Piece>) {
        match self.text.get(begin..self.at) {
            None | Some("") => {}
            Some(text) => pieces.push(Piece::Plain {
                text: text.to_owned(),
                at: begin,
            }),
        }
    }

    /// Reads what follows `${`, with its `}`.
    fn variable(&mut self, depth: usize) -> Result<Variable, SubstitutionError> {
        let at = self.at - 2;
        if depth >= DEEPEST {
            return Err(SubstitutionError {
                at,
                reason: Reason::TooDeep,
            });
        }
        let outer = std::mem::replace(&mut self.begin, at);
        let variable = self.variable_at(at, depth)?;
        self.begin = outer;
        Ok(variable)
    }

    fn variable_at(&mut self, at: usize, depth: usize) -> Result<Variable, SubstitutionError> {
        let variable = |name, operator, arguments| Variable {
            name,
            operator,
            arguments,
            at,
        };
        if self.takes("#") {
            let name = self.name();
            if name.is_empty() {
                return self.fails(Reason::Bad);
            }
            self.close()?;
            return Ok(variable(name, Operator::Length, Vec::new()));
        }
        let name = self.name();
        if name.is_empty() {
            return self.fails(Reason::NoName);
        }
        let (operator, arguments) = match self.peek() {
            Some('}') => {
                self.at += 1;
                (Operator::Value, Vec::new())
            }
            Some(':') => {
                self.at += 1;
                match self.peek() {
                    Some('=' | '-' | '?' | '+') => (Operator::Default, self.default(depth)?),
                    _ => (Operator::Part, self.numbers(depth)?),
                }
            }
            Some('=') => (Operator::Default, self.default(depth)?),
            Some(',' | '^') => (self.case()?, Vec::new()),
            Some('#') => {
                self.at += 1;
                let operator = if self.takes("#") {
                    Operator::CutLongestPrefix
                } else {
                    Operator::CutShortestPrefix
                };
                (operator, vec![self.last_argument(depth, Plain::Argument)?])
            }
            Some('%') => {
                self.at += 1;
                let operator = if self.takes("%") {
                    Operator::CutLongestSuffix
                } else {
                    Operator::CutShortestSuffix
                };
                (operator, vec![self.last_argument(depth, Plain::Argument)?])
            }
            Some('/') => self.replacement(depth)?,
            _ => return self.fails(Reason::NotClosed(name)),
        };
        Ok(variable(name, operator, arguments))
    }

    fn name(&mut self) -> String {
        let rest = self.rest();
        let is_of_name =
            |character: char| character == '_' || is_letter(character) || is_digit(character);
        let end = rest
            .find(|character| !is_of_name(character))
            .unwrap_or(rest.len());
        let (name, _) = rest.split_at(end);
        self.at += end;
        name.to_owned()
    }

    fn close(&mut self) -> Result<(), SubstitutionError> {
        if self.takes("}") {
            return Ok(());
        }
        self.fails(Reason::Bad)
    }

    /// Reads one argument: a variable alone, or plain text, which must not be empty.
    fn argument(&mut self, depth: usize, place: Plain) -> Result<Text, SubstitutionError> {
        let mut pieces = Vec::new();
        if self.takes("${") {
            pieces.push(Piece::Variable(self.variable(depth + 1)?));
            return Ok(Text { pieces });
        }
        self.plain(&mut pieces, place);
        if pieces.is_empty() {
            return self.fails(Reason::NoArgument);
        }
        Ok(Text { pieces })
    }

    fn last_argument(&mut self, depth: usize, place: Plain) -> Result<Text, SubstitutionError> {
        let argument = self.argument(depth, place)?;
        self.close()?;
        Ok(argument)
    }

    /// Reads what a value defaults to, behind `:` if it has one: any number of texts and variables.
    fn default(&mut self, depth: usize) -> Result<Vec<Text>, SubstitutionError> {
        self.at += 1;
        let mut arguments = Vec::new();
        while !self.takes("}") {
            arguments.push(self.argument(depth, Plain::Argument)?);
        }
        Ok(arguments)
    }

    /// Reads `1}` or `1:2}`.
    fn numbers(&mut self, depth: usize) -> Result<Vec<Text>, SubstitutionError> {
        if self.peek().is_none_or(|character| !character.is_ascii()) {
            return self.fails(Reason::Bad);
        }
        let mut arguments = vec![self.argument(depth, Plain::Number)?];
        if self.takes("}") {
            return Ok(arguments);
        }
        if !self.takes(":") {
            return self.fails(Reason::Bad);
        }
        while self.takes(":") {}
        arguments.push(self.last_argument(depth, Plain::Argument)?);
        Ok(arguments)
    }

    fn case(&mut self) -> Result<Operator, SubstitutionError> {
        let mut marks = String::new();
        while let Some(mark @ (',' | '^')) = self.peek()
            && marks.len() < 2
        {
            marks.push(mark);
            self.at += 1;
        }
        self.close()?;
        Ok(match marks.as_str() {
            "," => Operator::LowerFirst,
            ",," => Operator::Lower,
            "^" => Operator::UpperFirst,
            "^^" => Operator::Upper,
            _ => Operator::NoCase,
        })
    }

    fn replacement(&mut self, depth: usize) -> Result<(Operator, Vec<Text>), SubstitutionError> {
        self.at += 1;
        let operator = if self.takes("/") {
            Operator::ReplaceAll
        } else if self.takes("#") {
            Operator::ReplacePrefix
        } else if self.takes("%") {
            Operator::ReplaceSuffix
        } else {
            Operator::ReplaceFirst
        };
        let mut arguments = vec![self.argument(depth, Plain::Replaced)?];
        if !self.takes("/") {
            return self.fails(Reason::Bad);
        }
        while self.takes("/") {}
        if !self.takes("}") {
            arguments.push(self.last_argument(depth, Plain::Replacement)?);
        }
        Ok((operator, arguments))
    }
}
