//! How a text is written: plain, in quotes, as a block.

use crate::yaml::Style;
use crate::yaml::resolve::reads_as_text;

use super::Width;

/// What a text has in it that matters for its style.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent")]
struct Found {
    indicators: bool,
    line_breaks: bool,
    /// What only double quotes can escape.
    special: bool,
    /// As `special`, but where lines are endless it may stand in a block.
    tab: bool,
    space_at_start: bool,
    space_at_end: bool,
    break_at_edge: bool,
    space_after_break: bool,
    space_before_break: bool,
}

/// Chooses the style; a text on one line (a key) is never a block.
pub(super) fn choose(text: &str, width: Width) -> Style {
    if width != Width::OneLine && is_plain_block(text) {
        return Style::Literal;
    }
    let found = look(text);
    let double = |allowed: bool, style| if allowed { style } else { Style::DoubleQuoted };
    if text.contains('\n') {
        let block = width != Width::OneLine
            && !found.space_at_end
            && !found.space_before_break
            && !found.special
            && (!found.tab || width == Width::Endless);
        return double(block, Style::Literal);
    }
    if !reads_as_text(text) {
        return Style::DoubleQuoted;
    }
    let plain = !(found.indicators
        || found.line_breaks
        || found.special
        || found.tab
        || found.space_at_start
        || found.space_at_end
        || found.break_at_edge
        || found.space_after_break
        || found.space_before_break);
    if plain {
        return Style::Plain;
    }
    let single =
        !(found.space_after_break || found.space_before_break || found.special || found.tab);
    double(
        single && !(width == Width::OneLine && found.line_breaks),
        Style::SingleQuoted,
    )
}

/// Tells quickly whether a text is a block of printable ASCII without blanks before line breaks: most texts
/// of several lines are.
fn is_plain_block(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    memchr::memchr(b'\n', bytes).is_some()
        && !text.ends_with(' ')
        && bytes
            .chunks(64)
            .all(|chunk| chunk.iter().fold(true, |all, byte| all & is_plain(byte)))
        && memchr::memmem::find(bytes, b" \n").is_none()
}

fn look(text: &str) -> Found {
    let mut found = Found {
        indicators: text.starts_with("---") || text.starts_with("..."),
        space_at_start: text.starts_with(' '),
        space_at_end: text.ends_with(' '),
        break_at_edge: text.starts_with(is_break) || text.ends_with(is_break),
        ..Found::default()
    };
    let mut next = 0;
    while let Some(place) = next_that_matters(text, next) {
        let (head, tail) = text.split_at(place);
        let mut characters = tail.chars();
        let Some(character) = characters.next() else {
            break;
        };
        next = head.len() + character.len_utf8();
        let before = head.chars().next_back();
        let after = characters.next();
        let is_before_blank = after.is_none_or(|after| matches!(after, ' ' | '\t'));
        found.indicators |= match (character, before) {
            ('#', before) => {
                before.is_none_or(|before| is_break(before) || matches!(before, ' ' | '\t'))
            }
            (':', _) | ('?' | '-', None) => is_before_blank,
            (
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`',
                None,
            ) => true,
            _ => false,
        };
        found.tab |= character == '\t';
        found.special |= !is_printable(character) && character != '\t';
        if is_break(character) {
            found.line_breaks = true;
            found.space_after_break |= after == Some(' ');
            found.space_before_break |= before == Some(' ');
        }
    }
    found
}

/// Returns the next place, from `start` on, of what may matter for the style; at the beginning of a text anything may.
fn next_that_matters(text: &str, start: usize) -> Option<usize> {
    if start == 0 {
        return (!text.is_empty()).then_some(0);
    }
    let mut bytes = text.as_bytes().get(start..)?.iter();
    let skipped =
        bytes.position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'#' | b':'))?;
    Some(start + skipped)
}

pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Tells whether a character is written as it is. Those beyond U+FFFF, emoji among them, are not.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{FFFD}') && character != '\u{FEFF}'
}
