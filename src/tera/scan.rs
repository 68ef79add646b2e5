//! The text of a template in pieces: what is printed as it stands, and tags.

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// What is printed.
    Text(&'t str),
    /// `{{ … }}`
    Print(&'t str),
    /// `{% … %}`
    Tag(&'t str),
    /// `{# … #}`
    Comment(&'t str),
}

/// Cuts a template into pieces; put together they are the template. What is between `raw` and `endraw` is text.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut is_raw = false;
    while !rest.is_empty() {
        let open = rest
            .match_indices('{')
            .map(|(at, _)| at)
            .find(|at| {
                let tag = rest.get(*at..).unwrap_or_default();
                if is_raw {
                    tag.starts_with("{%") && word(tag) == "endraw"
                } else {
                    tag.starts_with("{{") || tag.starts_with("{%") || tag.starts_with("{#")
                }
            })
            .unwrap_or(rest.len());
        if open > 0 {
            pieces.push(Piece::Text(rest.get(..open).unwrap_or_default()));
            rest = rest.get(open..).unwrap_or_default();
            continue;
        }
        let end = end_of_tag(rest);
        let tag = rest.get(..end).unwrap_or(rest);
        rest = rest.get(end..).unwrap_or_default();
        pieces.push(match tag.as_bytes().get(1) {
            Some(b'{') => Piece::Print(tag),
            Some(b'%') => {
                is_raw = word(tag) == "raw";
                Piece::Tag(tag)
            }
            _ => Piece::Comment(tag),
        });
    }
    pieces
}

/// The first word of a tag: `for`, `endfor`, `macro`.
pub(super) fn word(tag: &str) -> &str {
    let inner = tag
        .get(2..)
        .unwrap_or_default()
        .trim_start_matches('-')
        .trim_start();
    let end = inner
        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .unwrap_or(inner.len());
    inner.get(..end).unwrap_or_default()
}

/// Where the tag at the beginning of a text ends. Delimiters within strings don't count, but in comments.
fn end_of_tag(text: &str) -> usize {
    let close = match text.as_bytes().get(1) {
        Some(b'{') => "}}",
        Some(b'%') => "%}",
        _ => "#}",
    };
    let mut quote = None;
    for (at, character) in text.char_indices().skip(2) {
        match quote {
            Some(open) if character == open => quote = None,
            None if close != "#}" && matches!(character, '"' | '\'' | '`') => {
                quote = Some(character);
            }
            None if text.get(at..).is_some_and(|rest| rest.starts_with(close)) => return at + 2,
            Some(_) | None => {}
        }
    }
    text.len()
}
