//! Quoted strings as `strconv.Quote` writes them and `strconv.Unquote` reads them.

/// A string in double quotes, as `strconv.Quote` writes it.
pub fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    write_quoted(text, b'"', false, &mut out);
    out
}

/// Appends `text` in quotes; with `is_ascii`, every other character is escaped.
pub(super) fn write_quoted(text: &[u8], quote: u8, is_ascii: bool, out: &mut Vec<u8>) {
    out.push(quote);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            write_character(character, quote, is_ascii, out);
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    out.push(quote);
}

fn write_character(character: char, quote: u8, is_ascii: bool, out: &mut Vec<u8>) {
    let code = u32::from(character);
    let escape = match character {
        '\\' => "\\\\",
        '"' if quote == b'"' => "\\\"",
        '\'' if quote == b'\'' => "\\'",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ if character.is_ascii_graphic() || character == ' ' => {
            out.push(u8::try_from(code).unwrap_or(b'?'));
            return;
        }
        _ if !character.is_ascii() && !is_ascii && is_printable(character) => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
        _ => {
            let escape = match code {
                0..0x80 => format!("\\x{code:02x}"),
                0x80..0x1_0000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            out.extend_from_slice(escape.as_bytes());
            return;
        }
    };
    out.extend_from_slice(escape.as_bytes());
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols, and the ASCII space.
pub(crate) fn is_printable(character: char) -> bool {
    // What Rust's debug output leaves as it is behind another character; only there does it leave marks.
    let pair = String::from_iter(['a', character]);
    pair.escape_debug().count() == 2
}

/// Whether a string can stand between backquotes, unchanged.
pub(super) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars().all(|character| match character {
            '\u{feff}' | '`' | '\u{7f}' => false,
            '\t' => true,
            _ => character >= ' ',
        })
    })
}

/// Reads a string in double quotes or backquotes, as `strconv.Unquote` does. None: it is not one.
pub fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    match text {
        [b'`', inner @ .., b'`'] => match memchr::memchr2(b'`', b'\r', inner) {
            None => Some(inner.to_vec()),
            Some(_) => (!inner.contains(&b'`')).then(|| {
                let bytes = inner.iter().copied();
                bytes.filter(|byte| *byte != b'\r').collect()
            }),
        },
        [b'"', inner @ .., b'"'] => {
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while let Some(next) = memchr::memchr3(b'"', b'\n', b'\\', rest) {
                let (plain, special) = rest.split_at(next);
                out.extend_from_slice(plain);
                rest = match special {
                    [b'\\', after @ ..] => escape(after, b'"', &mut out)?,
                    _ => return None,
                };
            }
            out.extend_from_slice(rest);
            Some(out)
        }
        _ => None,
    }
}

/// Reads a character in single quotes.
pub(in crate::template) fn unquoted_character(text: &[u8]) -> Option<u32> {
    let [b'\'', inner @ .., b'\''] = text else {
        return None;
    };
    if let [b'\\', after @ ..] = inner {
        if let [b'x' | b'0'..=b'7', ..] = after {
            let mut out = Vec::new();
            return match (escape(after, b'\'', &mut out)?, out.as_slice()) {
                ([], [byte]) => Some(u32::from(*byte)),
                _ => None,
            };
        }
        let mut out = Vec::new();
        let rest = escape(after, b'\'', &mut out)?;
        return rest.is_empty().then(|| only_character(&out)).flatten();
    }
    if inner == b"'" {
        return None;
    }
    only_character(inner)
}

fn only_character(text: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(text).ok()?;
    let mut characters = text.chars();
    let character = characters.next()?;
    characters.next().is_none().then_some(u32::from(character))
}

/// Reads what follows a backslash; returns what follows that.
fn escape<'t>(text: &'t [u8], quote: u8, out: &mut Vec<u8>) -> Option<&'t [u8]> {
    let (letter, rest) = text.split_first()?;
    let byte = match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' => {
            if *letter != quote {
                return None;
            }
            quote
        }
        b'x' => {
            return code(rest, 2, 16).and_then(|(code, rest)| {
                out.push(u8::try_from(code).ok()?);
                Some(rest)
            });
        }
        b'u' | b'U' => {
            let (code, rest) = code(rest, if *letter == b'u' { 4 } else { 8 }, 16)?;
            let character = char::from_u32(code)?;
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(rest);
        }
        b'0'..=b'7' => {
            let (code, rest) = code(text, 3, 8)?;
            out.push(u8::try_from(code).ok()?);
            return Some(rest);
        }
        _ => return None,
    };
    out.push(byte);
    Some(rest)
}

fn code(text: &[u8], count: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.starts_with('+') {
        return None;
    }
    Some((u32::from_str_radix(digits, radix).ok()?, rest))
}
