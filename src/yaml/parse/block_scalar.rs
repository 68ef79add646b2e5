//! Leaves by indentation: literal (`|`) and folded (`>`).

use crate::yaml::{Node, Style};

use super::block::Indent;
use super::compose::Parser;
use super::property::Properties;
use super::{ParseError, Syntax};

/// What happens to the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    /// `-`: none is kept.
    Strip,
    /// One is kept.
    Clip,
    /// `+`: all are kept.
    Keep,
}

impl<'t> Parser<'t> {
    pub(super) fn block_scalar(
        &mut self,
        parent: Indent,
        properties: &Properties<'t>,
    ) -> Result<Node, ParseError> {
        let at = self.cursor.origin();
        let literal = self.cursor.byte() == b'|';
        self.cursor.position += 1;
        let (chomping, increment) = self.block_header()?;
        let mut indent = increment.map(|increment| parent.unwrap_or(0) + increment);
        let least = parent.map_or(0, |parent| parent + 1).max(1);

        let mut text = String::new();
        let mut breaks = self.block_breaks(&mut indent, least)?;
        let mut last_break = "";
        let mut after_blank = false;
        while Some(self.cursor.column()) == indent && !self.cursor.is_end() {
            let blank = self.cursor.is_blank_ahead(0);
            // Lines are joined unless one of them begins with a blank.
            if !literal && last_break == "\n" && !after_blank && !blank {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(last_break);
            }
            text.push_str(&breaks);
            after_blank = blank;
            let start = self.cursor.position;
            self.cursor.skip_line();
            text.push_str(self.cursor.slice(start, self.cursor.position));
            last_break = self.cursor.eat_break();
            breaks = self.block_breaks(&mut indent, least)?;
        }
        if chomping != Chomping::Strip {
            text.push_str(last_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&breaks);
        }
        self.cursor.key_allowed = true;
        let style = if literal {
            Style::Literal
        } else {
            Style::Folded
        };
        self.leaf(text.into(), style, properties, at)
    }

    /// Reads the indicators behind `|` or `>`, in either order, and the rest of their line.
    fn block_header(&mut self) -> Result<(Chomping, Option<usize>), ParseError> {
        let (mut chomping, mut increment) = (None, None);
        for _ in 0..2 {
            match self.cursor.byte() {
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'0' if increment.is_none() => return Err(self.cursor.error(Syntax::ZeroIndent)),
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(usize::from(digit - b'0'));
                }
                _ => break,
            }
            self.cursor.position += 1;
        }
        self.cursor.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.skip_line();
        }
        if self.cursor.eat_break().is_empty() && !self.cursor.is_end() {
            return Err(self.cursor.error(Syntax::ExpectedLineEnd));
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// Passes over empty lines and the indentation of the next. Where it isn't known, it is that of the
    /// widest line so far, empty ones too.
    fn block_breaks(
        &mut self,
        indent: &mut Option<usize>,
        least: usize,
    ) -> Result<String, ParseError> {
        let mut breaks = String::new();
        let mut widest = 0;
        loop {
            while self.cursor.byte() == b' '
                && indent.is_none_or(|indent| self.cursor.column() < indent)
            {
                self.cursor.position += 1;
            }
            widest = widest.max(self.cursor.column());
            if self.cursor.byte() == b'\t'
                && indent.is_none_or(|indent| self.cursor.column() < indent)
            {
                return Err(self.cursor.error(Syntax::TabInBlock));
            }
            let line_break = self.cursor.eat_break();
            if line_break.is_empty() {
                break;
            }
            breaks.push_str(line_break);
        }
        if indent.is_none() {
            *indent = Some(widest.max(least));
        }
        Ok(breaks)
    }
}
