//! Patterns over paths as Go's `filepath.Match` has them: `*` and `?` stop at slashes.

/// Whether the pattern matches the whole name. None: it is no pattern.
pub(crate) fn matches(pattern: &str, name: &str) -> Option<bool> {
    Some(Pattern::parse(pattern)?.matches(name))
}

/// A pattern that was read.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// This name.
    Name(String),
    /// A star, and this behind it, without a slash.
    Suffix(String),
    /// All others.
    Pieces(Vec<Piece>),
}

impl Pattern {
    /// Reads a pattern. None: it is no pattern.
    pub(crate) fn parse(pattern: &str) -> Option<Self> {
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        if is_plain(pattern) {
            return Some(Self::Name(pattern.to_owned()));
        }
        if let Some(suffix) = pattern.strip_prefix('*')
            && is_plain(suffix)
            && !suffix.contains('/')
        {
            return Some(Self::Suffix(suffix.to_owned()));
        }
        parse(pattern).map(Self::Pieces)
    }

    /// Whether it matches the whole name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(literal) => name == literal,
            Self::Suffix(suffix) => name.ends_with(suffix.as_str()) && !name.contains('/'),
            Self::Pieces(pieces) => pieces_match(pieces, name),
        }
    }
}

/// Linear in pattern times name: a star that cannot be right is left by going on from the last star only.
fn pieces_match(pattern: &[Piece], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut place) = (0, 0);
    // Where to go on when the stretch behind the last star fails.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            None if place == name.len() => return true,
            None => false,
            Some(Piece::Star) => {
                retry = Some((at + 1, place));
                at += 1;
                continue;
            }
            Some(piece) => name.get(place).is_some_and(|found| piece.takes(*found)),
        };
        if step {
            at += 1;
            place += 1;
            continue;
        }
        let Some((behind_star, start)) = retry else {
            return false;
        };
        match name.get(start) {
            Some('/') | None => return false,
            Some(_) => {
                retry = Some((behind_star, start + 1));
                at = behind_star;
                place = start + 1;
            }
        }
    }
}

#[derive(Debug)]
pub(crate) enum Piece {
    /// `*`: any number of characters but slashes.
    Star,
    /// `?`: a character that is no slash.
    Any,
    /// The character.
    Literal(char),
    /// `[a-z]`, `[^a]`
    Class(Vec<(char, char)>, bool),
}

impl Piece {
    fn takes(&self, found: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => found != '/',
            Self::Literal(literal) => *literal == found,
            Self::Class(ranges, is_negated) => {
                let is_in = ranges
                    .iter()
                    .any(|(first, last)| (*first..=*last).contains(&found));
                is_in != *is_negated
            }
        }
    }
}

fn parse(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::Star,
            '?' => Piece::Any,
            '\\' => Piece::Literal(characters.next()?),
            '[' => {
                let is_negated = characters.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    if !ranges.is_empty() && characters.next_if_eq(&']').is_some() {
                        break;
                    }
                    let first = class_character(&mut characters)?;
                    let last = if characters.next_if_eq(&'-').is_some() {
                        class_character(&mut characters)?
                    } else {
                        first
                    };
                    ranges.push((first, last));
                }
                Piece::Class(ranges, is_negated)
            }
            literal => Piece::Literal(literal),
        });
    }
    Some(pieces)
}

fn class_character(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match characters.next()? {
        '-' | ']' => None,
        '\\' => characters.next(),
        character => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, want) in [
            ("abc", "abc", Some(true)),
            ("*", "abc", Some(true)),
            ("*c", "abc", Some(true)),
            ("a*", "ab/c", Some(false)),
            ("a*/b", "abc/b", Some(true)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Some(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Some(false)),
            ("ab[b-d]", "abc", Some(true)),
            ("ab[^b-d]", "abc", Some(false)),
            ("a?b", "a/b", Some(false)),
            ("a[^a]b", "a/b", Some(true)),
            ("[]a]", "]", None),
            ("[-]", "-", None),
            ("[a", "a", None),
            ("a\\", "a", None),
            ("a\\*b", "a*b", Some(true)),
            ("templates/.?*", "templates/.x", Some(true)),
            ("templates/.?*", "templates/a/.x", Some(false)),
            ("", "", Some(true)),
            ("", "a", Some(false)),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}
