//! What the reference's TOML library says of a mistake, for those that are made most: templates see these words.

/// Returns the library's message for a mistake that begins at a byte of a text.
pub(super) fn words(message: &str, at: usize, text: &str) -> String {
    let before = text.get(..at).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default();
    let is_header = line.trim_start().starts_with('[');
    let key = bare_key(line);
    let place = format!("line {number}");
    let in_key = || format!("line {number} (last key {:?})", full_key(before, key));
    let kind = message.split(',').next().unwrap_or_default();
    match kind {
        "key with no value" | "invalid key-value pair" => match after(line, key) {
            None => format!("{place}: unexpected EOF; expected key separator '='"),
            Some(found) => {
                let found = found.escape_default();
                format!("{place}: expected '.' or '=', but got '{found}' instead")
            }
        },
        "string values must be quoted" | "invalid boolean" | "missing array opening" => {
            format!("{}: {}", in_key(), no_value(text, at))
        }
        "unexpected key or value" if before.trim_end_matches([' ', '\t']).ends_with('=') => {
            format!("{}: {}", in_key(), no_value(text, at))
        }
        "unexpected key or value" => {
            let rest = text.get(at..).unwrap_or_default();
            let rest = rest.trim_start_matches([' ', '\t']);
            // Where what is too much is a key, the parser stands behind it.
            let word = before.trim_end().rsplit([' ', '\t']).next();
            let found = match rest.chars().next() {
                Some('=') => word.and_then(|word| word.chars().next()),
                found => found,
            };
            let found = found.unwrap_or_default().escape_default();
            format!(
                "{place}: expected a top-level item to end with a newline, comment, or EOF, but got '{found}' instead"
            )
        }
        "duplicate key" if is_header => {
            let key = line.trim_start().trim_start_matches('[');
            let key = bare_key(key);
            format!("{place}: Key '{key}' has already been defined.")
        }
        "duplicate key" => {
            let key = full_key(before, key);
            format!("{}: Key '{key}' has already been defined.", in_key())
        }
        _ => format!("{place}: {message}"),
    }
}

/// What stands at a byte of a text instead of a value.
fn no_value(text: &str, at: usize) -> String {
    let rest = text.get(at..).unwrap_or_default();
    match bare_key(rest) {
        "" => match rest.trim_start_matches([' ', '\t']).chars().next() {
            None => "unexpected EOF; expected value".to_owned(),
            Some(found) => {
                let found = found.escape_default();
                format!("expected value but found '{found}' instead")
            }
        },
        found => format!("expected value but found {found:?} instead"),
    }
}

/// A key without quotes at the beginning of a text.
fn bare_key(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t']);
    let is_bare =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    let end = text.find(|character| !is_bare(character));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// What stands behind the key of a line.
fn after(line: &str, key: &str) -> Option<char> {
    let rest = line.trim_start_matches([' ', '\t']).strip_prefix(key)?;
    rest.trim_start_matches([' ', '\t']).chars().next()
}

/// A key with the table that it stands in.
fn full_key(before: &str, key: &str) -> String {
    let mut lines = before.lines().rev();
    let header = lines.find(|line| line.trim_start().starts_with('['));
    match header.map(|header| bare_key(header.trim_start().trim_start_matches('['))) {
        Some(table) if !table.is_empty() => format!("{table}.{key}"),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::read;

    #[test]
    fn the_usual_mistakes_have_the_librarys_words() {
        for (text, want) in [
            (
                "x =",
                "line 1 (last key \"x\"): unexpected EOF; expected value",
            ),
            ("x", "line 1: unexpected EOF; expected key separator '='"),
            ("a: 1\n", "line 1: expected '.' or '=', but got ':' instead"),
            (
                "{\"a\": 1}",
                "line 1: expected '.' or '=', but got '{' instead",
            ),
            (
                "just text",
                "line 1: expected '.' or '=', but got 't' instead",
            ),
            (
                "a = 1\nb = c\n",
                "line 2 (last key \"b\"): expected value but found \"c\" instead",
            ),
            (
                "[t]\nb = c\n",
                "line 2 (last key \"t.b\"): expected value but found \"c\" instead",
            ),
            (
                "x = 1\nx = 2",
                "line 2 (last key \"x\"): Key 'x' has already been defined.",
            ),
            (
                "a = True",
                "line 1 (last key \"a\"): expected value but found \"True\" instead",
            ),
            (
                "a = \n",
                r#"line 1 (last key "a"): expected value but found '\n' instead"#,
            ),
            (
                "a = ]",
                "line 1 (last key \"a\"): expected value but found ']' instead",
            ),
            (
                "a = ,",
                "line 1 (last key \"a\"): expected value but found ',' instead",
            ),
            (
                "x = 1 y = 2",
                "line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'y' instead",
            ),
            ("[a]\n[a]", "line 2: Key 'a' has already been defined."),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("toml: {want}"), "{text}");
        }
    }
}
