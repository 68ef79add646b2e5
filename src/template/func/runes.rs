//! Bytes as Go's strings see them: characters, and each byte that belongs to none as U+FFFD.

/// The characters, each with the offset and the number of its bytes.
pub(super) fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, char, usize)> + '_ {
    let mut start = 0;
    bytes.utf8_chunks().flat_map(move |chunk| {
        let valid = start;
        let invalid = valid + chunk.valid().len();
        start = invalid + chunk.invalid().len();
        let characters = chunk.valid().char_indices();
        characters
            .map(move |(at, character)| (valid + at, character, character.len_utf8()))
            .chain((invalid..start).map(|at| (at, char::REPLACEMENT_CHARACTER, 1)))
    })
}

/// The last character and the number of its bytes.
pub(super) fn last_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let last = *bytes.last()?;
    if last.is_ascii() {
        return Some((char::from(last), 1));
    }
    for width in 2..=4.min(bytes.len()) {
        let suffix = bytes.get(bytes.len() - width..).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(suffix)
            && let Some(character) = text.chars().next()
        {
            return Some((character, width));
        }
    }
    Some((char::REPLACEMENT_CHARACTER, 1))
}

/// The offset of the first character that does not match.
pub(super) fn start_of_rest(bytes: &[u8], matches: impl Fn(char) -> bool) -> usize {
    let first = runes(bytes).find(|(_, character, _)| !matches(*character));
    first.map_or(bytes.len(), |(at, _, _)| at)
}

/// The offset after the last character that does not match.
pub(super) fn end_of_rest(bytes: &[u8], matches: impl Fn(char) -> bool) -> usize {
    let mut end = bytes.len();
    while let Some((character, width)) = last_rune(bytes.get(..end).unwrap_or_default())
        && matches(character)
    {
        end -= width;
    }
    end
}

/// The bytes with each character replaced by another; what is no character becomes U+FFFD.
pub(super) fn map(bytes: &[u8], mut change: impl FnMut(char) -> char) -> String {
    let mut out = String::with_capacity(bytes.len());
    out.extend(runes(bytes).map(|(_, character, _)| change(character)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_character_is_a_byte_of_its_own() {
        let read: Vec<_> = runes(b"a\xE2\x82\xC3\xA9\xFF").collect();
        let none = char::REPLACEMENT_CHARACTER;
        assert_eq!(
            read,
            [
                (0, 'a', 1),
                (1, none, 1),
                (2, none, 1),
                (3, 'é', 2),
                (5, none, 1)
            ]
        );
        assert_eq!(last_rune(b"a\xC3\xA9"), Some(('é', 2)));
        assert_eq!(last_rune(b"\xE2\x82"), Some((none, 1)));
        assert_eq!(last_rune(b""), None);
    }
}
