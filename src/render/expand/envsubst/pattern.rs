//! Patterns of `#` and `%`: `*`, `?`, `[a-z]` and `\`, where `*` stands for slashes, too.

/// The most steps that a match may take.
pub(super) const MOST_STEPS: usize = 4_000_000;

/// Why a pattern was not matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// It is none.
    Bad,
    /// It takes too long.
    TooLong,
}

/// Matches one pattern against many texts, within one bound.
pub(super) struct Matcher<'p> {
    pattern: &'p [u8],
    steps: usize,
}

/// What a chunk of a pattern is matched with.
type Rest<'t> = Option<&'t [u8]>;

impl<'p> Matcher<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self {
            pattern: pattern.as_bytes(),
            steps: 0,
        }
    }

    /// Whether the pattern matches the whole of a text.
    pub(super) fn matches(&mut self, text: &[u8]) -> Result<bool, Failed> {
        let mut text = text;
        let mut pattern = self.pattern;
        'chunks: while !pattern.is_empty() {
            let (has_star, chunk, rest) = next_chunk(pattern);
            pattern = rest;
            if has_star && chunk.is_empty() {
                return Ok(true);
            }
            let found = self.chunk(chunk, text)?;
            if let Some(left) = found
                && (left.is_empty() || !pattern.is_empty())
            {
                text = left;
                continue;
            }
            if has_star {
                for begin in 1..=text.len() {
                    let found = self.chunk(chunk, text.get(begin..).unwrap_or_default())?;
                    if let Some(left) = found
                        && (left.is_empty() || !pattern.is_empty())
                    {
                        text = left;
                        continue 'chunks;
                    }
                }
            }
            return Ok(false);
        }
        Ok(text.is_empty())
    }

    /// Matches a pattern without `*` with the beginning of a text; returns what is left of that.
    fn chunk<'t>(&mut self, chunk: &[u8], text: &'t [u8]) -> Result<Rest<'t>, Failed> {
        let (mut chunk, mut text) = (chunk, text);
        while let Some((first, after)) = chunk.split_first() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(Failed::TooLong);
            }
            if text.is_empty() {
                return Ok(None);
            }
            match first {
                b'[' => {
                    let (character, length) = decode(text);
                    text = text.get(length..).unwrap_or_default();
                    let (matches, after) = class(after, character)?;
                    if !matches {
                        return Ok(None);
                    }
                    chunk = after;
                }
                b'?' => {
                    text = text.get(decode(text).1..).unwrap_or_default();
                    chunk = after;
                }
                _ => {
                    let literal = if *first == b'\\' { after } else { chunk };
                    let (wanted, after) = literal.split_first().ok_or(Failed::Bad)?;
                    if text.first() != Some(wanted) {
                        return Ok(None);
                    }
                    text = text.get(1..).unwrap_or_default();
                    chunk = after;
                }
            }
        }
        Ok(Some(text))
    }
}

/// Whether stars come first, what stands before the next star, and what is left.
fn next_chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    let pattern = pattern.get(stars..).unwrap_or_default();
    let mut is_in_class = false;
    let mut end = 0;
    while let Some(byte) = pattern.get(end) {
        match byte {
            b'\\' if end + 1 < pattern.len() => end += 1,
            b'[' => is_in_class = true,
            b']' => is_in_class = false,
            b'*' if !is_in_class => break,
            _ => {}
        }
        end += 1;
    }
    let (chunk, rest) = pattern.split_at(end.min(pattern.len()));
    (stars > 0, chunk, rest)
}

/// Reads a class behind its `[`; whether a character is in it, and what follows.
fn class(class: &[u8], character: u32) -> Result<(bool, &[u8]), Failed> {
    let (is_negated, mut class) = match class.strip_prefix(b"^") {
        Some(class) => (true, class),
        None => (false, class),
    };
    let mut is_in = false;
    let mut ranges = 0;
    loop {
        if let Some(after) = class.strip_prefix(b"]")
            && ranges > 0
        {
            return Ok((is_in != is_negated, after));
        }
        let (low, after) = bound(class)?;
        let (high, after) = match after.strip_prefix(b"-") {
            Some(after) => bound(after)?,
            None => (low, after),
        };
        is_in |= (low..=high).contains(&character);
        class = after;
        ranges += 1;
    }
}

/// Reads a character of a class, behind which something must stand.
fn bound(class: &[u8]) -> Result<(u32, &[u8]), Failed> {
    let class = match class.first() {
        None | Some(b'-' | b']') => return Err(Failed::Bad),
        Some(b'\\') => class.get(1..).unwrap_or_default(),
        Some(_) => class,
    };
    let (character, length) = decode(class);
    match class.get(length..) {
        None | Some([]) => Err(Failed::Bad),
        Some(_) if character == INVALID && length == 1 => Err(Failed::Bad),
        Some(rest) => Ok((character, rest)),
    }
}

/// What stands for a byte that is no character.
const INVALID: u32 = 0xFFFD;

/// The first character of a text and its length; what is none is one byte long.
fn decode(text: &[u8]) -> (u32, usize) {
    for length in 1..=text.len().min(4) {
        let first = text.get(..length).map(std::str::from_utf8);
        if let Some(Ok(first)) = first {
            let character = first.chars().next().map_or(INVALID, u32::from);
            return (character, length);
        }
    }
    (INVALID, 1)
}
