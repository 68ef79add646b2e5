//! What stands before a value: directives, anchors, tags.

use smol_str::SmolStr;

use crate::yaml::Origin;

use super::compose::Parser;
use super::{ParseError, Syntax};

/// An anchor and a tag, each at most once.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties<'t> {
    pub(super) anchor: Option<&'t str>,
    pub(super) tag: Option<SmolStr>,
    pub(super) at: Option<Origin>,
}

const YAML_PREFIX: &str = "tag:yaml.org,2002:";

impl Properties<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.at.is_none()
    }

    /// Adds those of a later line.
    pub(super) fn add(&mut self, other: Self) -> Result<(), ParseError> {
        let twice = self.anchor.is_some() && other.anchor.is_some()
            || self.tag.is_some() && other.tag.is_some();
        if let (true, Some(at)) = (twice, other.at) {
            return Err(ParseError::Syntax {
                problem: Syntax::TwoProperties,
                at,
            });
        }
        self.anchor = self.anchor.or(other.anchor);
        self.tag = self.tag.take().or(other.tag);
        self.at = self.at.or(other.at);
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

impl<'t> Parser<'t> {
    /// Reads the anchor and the tag that stand here on one line, and goes to the token behind them.
    pub(super) fn properties(&mut self) -> Result<Properties<'t>, ParseError> {
        let mut properties = Properties::default();
        let line = self.cursor.line;
        loop {
            let at = self.cursor.origin();
            match self.cursor.byte() {
                b'&' if properties.anchor.is_none() => {
                    properties.anchor = Some(self.anchor_name()?);
                }
                b'!' if properties.tag.is_none() => properties.tag = Some(self.tag()?),
                b'&' | b'!' => return Err(self.cursor.error(Syntax::TwoProperties)),
                _ => return Ok(properties),
            }
            properties.at = properties.at.or(Some(at));
            self.cursor.key_allowed = false;
            self.cursor.skip_to_token();
            if self.cursor.line != line {
                return Ok(properties);
            }
        }
    }

    /// Reads `&name` or `*name`.
    pub(super) fn anchor_name(&mut self) -> Result<&'t str, ParseError> {
        let at = self.cursor.origin();
        let start = self.cursor.position + 1;
        self.cursor.position = start;
        while is_word(self.cursor.byte()) {
            self.cursor.position += 1;
        }
        let ends = self.cursor.is_space_ahead(0)
            || matches!(
                self.cursor.byte(),
                b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'
            );
        if self.cursor.position == start || !ends {
            return Err(ParseError::Syntax {
                problem: Syntax::AnchorName,
                at,
            });
        }
        Ok(self.cursor.slice(start, self.cursor.position))
    }

    /// Reads a tag and returns it in its short form, as `!!int` or `!local`; `!` alone says nothing.
    fn tag(&mut self) -> Result<SmolStr, ParseError> {
        let at = self.cursor.origin();
        let error = |problem| ParseError::Syntax { problem, at };
        let start = self.cursor.position;
        let tag: String = if self.cursor.ahead(1) == b'<' {
            self.cursor.position += 2;
            let uri = self.tag_uri()?;
            if uri.is_empty() || self.cursor.byte() != b'>' {
                return Err(error(Syntax::Tag));
            }
            self.cursor.position += 1;
            uri
        } else {
            self.cursor.position += 1;
            while is_word(self.cursor.byte()) {
                self.cursor.position += 1;
            }
            if self.cursor.byte() == b'!' {
                self.cursor.position += 1;
                let handle = self.cursor.slice(start, self.cursor.position);
                let suffix = self.tag_uri()?;
                if suffix.is_empty() {
                    return Err(error(Syntax::Tag));
                }
                let prefix = self.tag_prefix(handle);
                prefix.ok_or_else(|| error(Syntax::TagHandle))? + &suffix
            } else {
                self.cursor.position = start + 1;
                let suffix = self.tag_uri()?;
                let prefix = self.tag_prefix("!").unwrap_or_else(|| "!".to_owned());
                if suffix.is_empty() {
                    "!".to_owned()
                } else {
                    prefix + &suffix
                }
            }
        };
        if !self.cursor.is_space_ahead(0) {
            return Err(error(Syntax::Tag));
        }
        Ok(match tag.strip_prefix(YAML_PREFIX) {
            Some(short) => smol_str::format_smolstr!("!!{short}"),
            None => tag.into(),
        })
    }

    fn tag_prefix(&self, handle: &str) -> Option<String> {
        let declared = self.tags.iter().find(|(declared, _)| *declared == handle);
        match (declared, handle) {
            (Some((_, prefix)), _) => Some(prefix.clone()),
            (None, "!") => Some("!".to_owned()),
            (None, "!!") => Some(YAML_PREFIX.to_owned()),
            _ => None,
        }
    }

    fn tag_uri(&mut self) -> Result<String, ParseError> {
        let mut uri = Vec::new();
        loop {
            match self.cursor.byte() {
                b'%' => {
                    let digits = self.cursor.rest().get(1..3).and_then(|digits| {
                        digits
                            .iter()
                            .all(u8::is_ascii_hexdigit)
                            .then(|| std::str::from_utf8(digits).ok())
                            .flatten()
                    });
                    let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                    uri.push(octet.ok_or_else(|| self.cursor.error(Syntax::Tag))?);
                    self.cursor.position += 3;
                }
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.cursor.position += 1;
                }
                _ => break,
            }
        }
        String::from_utf8(uri).map_err(|_| self.cursor.error(Syntax::Tag))
    }

    /// Reads the directives before a document. Tells whether there was one.
    pub(super) fn directives(&mut self) -> Result<bool, ParseError> {
        let mut version = false;
        let mut any = false;
        loop {
            self.cursor.skip_to_token();
            if self.cursor.byte() != b'%' || self.cursor.column() != 0 {
                return Ok(any);
            }
            any = true;
            let at = self.cursor.origin();
            let error = |problem| ParseError::Syntax { problem, at };
            let start = self.cursor.position + 1;
            self.cursor.skip_line();
            let line = self.cursor.slice(start, self.cursor.position);
            let line = line.split(" #").next().unwrap_or_default();
            let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some("YAML"), Some("1.1" | "01.1" | "1.01" | "01.01"), None, None) if !version => {
                    version = true;
                }
                (Some("YAML"), Some(_), None, None) => return Err(error(Syntax::Version)),
                (Some("TAG"), Some(handle), Some(prefix), None)
                    if is_handle(handle) && !self.tags.iter().any(|(old, _)| *old == handle) =>
                {
                    self.tags.push((handle, prefix.to_owned()));
                }
                _ => return Err(error(Syntax::Directive)),
            }
        }
    }
}

fn is_handle(handle: &str) -> bool {
    let inner = handle.strip_prefix('!');
    handle == "!"
        || inner
            .and_then(|inner| inner.strip_suffix('!'))
            .is_some_and(|word| word.bytes().all(is_word))
}
