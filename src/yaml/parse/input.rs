//! Bytes to UTF-8, and the text of a file to the texts of its documents.

use std::borrow::Cow;

use memchr::memmem;

use crate::yaml::{FileId, Origin};

use super::ParseError;

/// The text of one document, and where in the file it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    /// Lines of the file before it.
    pub(super) lines: u32,
}

/// Makes UTF-8 of the text, with `\n` for `\r\n`, and refuses what YAML does not allow in a text.
pub(super) fn decode(bytes: &[u8], file: FileId) -> Result<Cow<'_, str>, ParseError> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes, file)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes, file)?),
        _ => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            ParseError::Encoding {
                encoding: "UTF-8",
                at: place(&String::from_utf8_lossy(valid), file),
            }
        })?),
    };
    if let Some((index, character)) = forbidden(&text) {
        return Err(ParseError::ControlCharacter {
            character: u32::from(character),
            at: place(text.get(..index).unwrap_or_default(), file),
        });
    }
    if memmem::find(text.as_bytes(), b"\r\n").is_some() {
        return Ok(Cow::Owned(text.replace("\r\n", "\n")));
    }
    Ok(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, file: FileId) -> Result<String, ParseError> {
    let error = |text: &str| ParseError::Encoding {
        encoding: "UTF-16",
        at: place(text, file),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(error(&text)),
        }
    }
    if rest.is_empty() {
        Ok(text)
    } else {
        Err(error(&text))
    }
}

/// Returns the place behind a text.
fn place(before: &str, file: FileId) -> Origin {
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let small = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Origin::at(file, small(line), small(column))
}

/// Tells whether YAML allows a character to stand in a text unescaped.
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..)
}

fn forbidden(text: &str) -> Option<(usize, char)> {
    const BLOCK: usize = 64;
    let blocks = text.as_bytes().chunks(BLOCK).enumerate();
    let suspicious = blocks.filter(|(_, block)| is_suspicious(block));
    let mut places = suspicious.flat_map(|(number, block)| {
        let bytes = block.iter().enumerate();
        bytes.map(move |(place, byte)| (number * BLOCK + place, *byte))
    });
    places.find_map(|(place, byte)| {
        let character = match byte {
            0..0x80 => char::from(byte),
            // Not the first of a character.
            0x80..0xC0 => return None,
            0xC0.. => text.get(place..)?.chars().next()?,
        };
        (!is_allowed(character)).then_some((place, character))
    })
}

/// Whether there is a byte that is neither a line feed nor printable ASCII.
#[inline]
fn is_suspicious(bytes: &[u8]) -> bool {
    // Without branches, so that the compiler makes it wide.
    let found = bytes.iter().fold(0, |found, byte| {
        found | (u8::from(byte.wrapping_sub(b' ') >= 0x7F - b' ') & u8::from(*byte != b'\n'))
    });
    found != 0
}

/// Splits a file as kustomize does: at each match of `\n---.*\n`, where all but the last document keep
/// their line break. The separators cannot overlap, so the second of two in a row stays in the text.
pub(super) fn split(text: &str, file: FileId) -> Result<Vec<Part<'_>>, ParseError> {
    let mut parts = Vec::with_capacity(1);
    let bytes = text.as_bytes();
    let (mut start, mut lines, mut from) = (0, 0_u32, 0);
    let finder = memmem::Finder::new(b"\n---");
    let count = |from: usize, to: usize| {
        let newlines = memchr::memchr_iter(b'\n', bytes.get(from..to).unwrap_or_default()).count();
        u32::try_from(newlines).unwrap_or(u32::MAX)
    };
    while let Some(found) = finder.find(bytes.get(from..).unwrap_or_default()) {
        let line_break = from + found;
        let after = line_break + 4;
        let Some(length) = memchr::memchr(b'\n', bytes.get(after..).unwrap_or_default()) else {
            break;
        };
        let end = after + length;
        let beside = text.get(after..end).unwrap_or_default().trim();
        if !beside.is_empty() && !beside.starts_with('#') {
            return Err(ParseError::Separator {
                line: format!("---{}", text.get(after..end).unwrap_or_default().trim_end()),
                at: Origin::at(
                    file,
                    lines
                        .saturating_add(count(start, line_break))
                        .saturating_add(2),
                    1,
                ),
            });
        }
        parts.push(Part {
            text: text.get(start..=line_break).unwrap_or_default(),
            lines,
        });
        lines = lines.saturating_add(count(start, end + 1));
        start = end + 1;
        from = start;
    }
    parts.push(Part {
        text: text.get(start..).unwrap_or_default(),
        lines,
    });
    Ok(parts)
}
