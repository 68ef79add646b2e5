//! Regular expressions in RE2's syntax, which is that of Go.

use regex::{Regex, RegexBuilder};

/// The most memory of a pattern.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles a pattern of RE2.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&translated(pattern))
        .size_limit(SIZE_LIMIT)
        .build()
}

/// Writes a pattern of RE2 in the syntax of this language's crate: `\d`, `\s`, `\w` and `\b` are about ASCII,
/// `\Q…\E` is literal, a brace that begins no count stands for itself, and within brackets so do a bracket and
/// `&&`, `--`, `~~`.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_start = 0;
    while let Some(character) = rest.chars().next() {
        let (this, after) = rest.split_at(character.len_utf8());
        rest = after;
        match character {
            '\\' => rest = escape(rest, in_class, &mut out),
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if let Some(negated) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = negated;
                }
                // The first bracket closes nothing.
                if let Some(closed) = rest.strip_prefix(']') {
                    out.push_str("\\]");
                    rest = closed;
                }
                class_start = out.len();
            }
            '[' if rest.starts_with(':') => out.push('['),
            '[' => out.push_str("\\["),
            ']' if in_class
                && out.ends_with(':')
                && out
                    .get(class_start..)
                    .is_some_and(|class| class.contains("[:")) =>
            {
                out.push(']');
                class_start = out.len();
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push_str(this);
            }
            '-' if in_class && rest.starts_with('-') => out.push_str("\\-"),
            '{' if !in_class && !begins_count(rest) => out.push_str("\\{"),
            _ => out.push_str(this),
        }
    }
    out
}

/// Tells whether what follows a brace is `2}`, `2,}` or `2,3}`.
fn begins_count(rest: &str) -> bool {
    let is_number = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    let Some((count, _)) = rest.split_once('}') else {
        return false;
    };
    match count.split_once(',') {
        None => is_number(count),
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
    }
}

/// Writes an escape, the backslash of which is read; returns what follows it.
fn escape<'p>(rest: &'p str, in_class: bool, out: &mut String) -> &'p str {
    let Some(letter) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let after = rest.get(letter.len_utf8()..).unwrap_or_default();
    let class = match letter {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\x0C\\r ",
        'D' => "^0-9",
        'W' => "^0-9A-Za-z_",
        'S' => "^\\t\\n\\x0C\\r ",
        'b' | 'B' if !in_class => {
            out.push_str("(?-u:\\");
            out.push(letter);
            out.push(')');
            return after;
        }
        // Borders of words to the crate.
        '<' | '>' => {
            out.push(letter);
            return after;
        }
        'Q' => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return after;
        }
        _ => {
            out.push('\\');
            out.push(letter);
            return after;
        }
    };
    if in_class && !class.starts_with('^') {
        out.push_str(class);
    } else {
        out.push('[');
        out.push_str(class);
        out.push(']');
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_re2() {
        for (pattern, text, want) in [
            (r"^\d$", "5", true),
            (r"^\d$", "५", false),
            (r"^[\d_]+$", "5_5", true),
            (r"^[^\w]$", "é", true),
            (r"^[\W]$", "é", true),
            (r"^[[a]$", "[", true),
            (r"^[]a]$", "]", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^[[:alpha:]-]+$", "a-b", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"(?i)^ABC$", "abc", true),
            (r"^a{2,3}$", "aa", true),
            (r"^a{2,}$", "aaa", true),
            (r"^a{b}$", "a{b}", true),
            (r"^\${NAME}-{,2}{x$", "${NAME}-{,2}{x", true),
            (r"^\<a\>$", "<a>", true),
            (r"\bb\b", "a b", true),
        ] {
            let regex = compile(pattern).unwrap();
            assert_eq!(regex.is_match(text), want, "{pattern} on {text}");
        }
    }
}
