//! Patterns over the files of a chart (`.Files.Glob`): `*` and `?` stop at slashes, `**` does not, `{a,b}` is either.

use regex::Regex;

/// The most bytes that a compiled pattern takes.
const MOST_BYTES: usize = 1 << 20;

/// A pattern that was understood, or one that matches everything.
pub(crate) struct Glob(Option<Regex>);

impl Glob {
    /// Reads a pattern. One that cannot be read matches everything, as in the reference.
    pub(crate) fn new(pattern: &str) -> Self {
        let regex = translate(pattern).and_then(|pattern| {
            regex::RegexBuilder::new(&pattern)
                .size_limit(MOST_BYTES)
                .build()
                .ok()
        });
        Self(regex)
    }

    /// Whether it matches the whole path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(path))
    }
}

fn translate(pattern: &str) -> Option<String> {
    let mut regex = String::from(r"\A(?s:");
    let mut open = 0_usize;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => regex.push_str(".*"),
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => class(&mut characters, &mut regex)?,
            '{' => {
                open += 1;
                regex.push_str("(?:");
            }
            ',' if open > 0 => regex.push('|'),
            '}' if open > 0 => {
                open -= 1;
                regex.push(')');
            }
            '\\' => literal(characters.next(), &mut regex),
            character => literal(Some(character), &mut regex),
        }
    }
    regex.extend(std::iter::repeat_n(')', open));
    regex.push_str(r")\z");
    Some(regex)
}

fn literal(character: Option<char>, regex: &mut String) {
    if let Some(character) = character {
        regex.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
    }
}

/// `[abc]`, `[a-z]`, `[!abc]`: a range or a list, not both.
fn class(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    regex: &mut String,
) -> Option<()> {
    let is_negated = characters.next_if_eq(&'!').is_some();
    regex.push_str(if is_negated { "[^" } else { "[" });
    let first = characters.next()?;
    if characters.next_if_eq(&'-').is_some() {
        let last = characters.next()?;
        if last < first {
            return None;
        }
        literal(Some(first), regex);
        regex.push('-');
        literal(Some(last), regex);
        characters.next_if_eq(&']')?;
    } else {
        let mut next = Some(first);
        let mut is_empty = true;
        loop {
            match next? {
                ']' => break,
                '\\' => literal(Some(characters.next()?), regex),
                character => in_class(character, regex),
            }
            is_empty = false;
            next = characters.next();
        }
        if is_empty {
            return None;
        }
    }
    regex.push(']');
    Some(())
}

fn in_class(character: char, regex: &mut String) {
    if matches!(character, '^' | '~' | '&' | '-' | '[') {
        regex.push('\\');
        regex.push(character);
    } else {
        literal(Some(character), regex);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_the_reference() {
        for (pattern, path, want) in [
            ("*", "a", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a/**", "a/b/c", true),
            ("a/*.txt", "a/b.txt", true),
            ("a/*.txt", "a/b/c.txt", false),
            ("{a,b/*}.yaml", "b/x.yaml", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[abc-]x", "-x", true),
            ("a.b", "axb", false),
            ("\\*", "*", true),
            ("files/[]", "anything", true),
            ("{a,b", "b", true),
            ("?", "/", false),
            ("**.{json,yml}", "x/y.yml", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(path), want, "{pattern} {path}");
        }
    }
}
