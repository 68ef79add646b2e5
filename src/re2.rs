//! Regular expressions in RE2's syntax, which is that of Go.

use regex::{Regex, RegexBuilder};

/// The most memory of a pattern.
const SIZE_LIMIT: usize = 1 << 20;

/// The greatest count of a repetition.
const MOST_REPEATED: u64 = 1000;

/// Compiles a pattern of RE2.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&translated(pattern)?)
        .size_limit(SIZE_LIMIT)
        .build()
}

/// Writes a pattern of RE2 in the syntax of this language's crate: `\d`, `\s`, `\w` and `\b` are about ASCII,
/// `\Q…\E` is literal, a brace that begins no count stands for itself, and within brackets so do a bracket and
/// `&&`, `--`, `~~`.
///
/// # Errors
///
/// A repetition of a repetition and a count above 1,000 are none to RE2.
fn translated(pattern: &str) -> Result<String, regex::Error> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_start = 0;
    let mut is_repeated = false;
    while let Some(character) = rest.chars().next() {
        let (this, after) = rest.split_at(character.len_utf8());
        rest = after;
        if !in_class && let Some(operator) = repetition(this, rest)? {
            if is_repeated {
                return Err(syntax_error("invalid nested repetition operator"));
            }
            is_repeated = true;
            out.push_str(this);
            let (operator, after) = rest.split_at(operator);
            out.push_str(operator);
            rest = after;
            continue;
        }
        is_repeated = false;
        match character {
            '\\' => {
                let is_class = rest.starts_with(['d', 's', 'w', 'D', 'S', 'W']);
                rest = escape(rest, in_class, &mut out)?;
                // Behind a class it makes no range.
                if let (true, true, Some(after)) = (in_class, is_class, rest.strip_prefix('-')) {
                    out.push_str("\\-");
                    rest = after;
                }
            }
            '(' if !in_class && !has_known_flags(rest) => {
                return Err(syntax_error("invalid or unsupported Perl syntax"));
            }
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
            '{' if !in_class => out.push_str("\\{"),
            _ => out.push_str(this),
        }
    }
    Ok(out)
}

fn syntax_error(text: &str) -> regex::Error {
    regex::Error::Syntax(text.to_owned())
}

/// Returns how much of what follows belongs to a repetition that begins here: `*`, `+?`, `{2}`, `{2,}`, `{2,3}?`.
fn repetition(this: &str, rest: &str) -> Result<Option<usize>, regex::Error> {
    let length = match this {
        "*" | "+" | "?" => 0,
        "{" => match count(rest) {
            None => return Ok(None),
            Some((_, most)) if most > MOST_REPEATED => {
                return Err(syntax_error("invalid repeat count"));
            }
            Some((length, _)) => length,
        },
        _ => return Ok(None),
    };
    let is_lazy = rest
        .get(length..)
        .is_some_and(|after| after.starts_with('?'));
    Ok(Some(length + usize::from(is_lazy)))
}

/// Returns the length of `2}`, `2,}` or `2,3}` and the greatest number in it.
fn count(rest: &str) -> Option<(usize, u64)> {
    let number = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'));
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (text, _) = rest.split_once('}')?;
    let most = match text.split_once(',') {
        None | Some(("", _)) if text.is_empty() || text.starts_with(',') => return None,
        None => number(text)?,
        Some((least, "")) => number(least)?,
        Some((least, most)) => number(least)?.max(number(most)?),
    };
    Some((text.len() + 1, most))
}

/// Whether what follows an opening parenthesis is no flags, or only such that RE2 has.
fn has_known_flags(rest: &str) -> bool {
    let Some(flags) = rest.strip_prefix('?') else {
        return true;
    };
    let other = flags.trim_start_matches(['i', 'm', 's', 'U', '-']);
    other.starts_with([')', ':']) || flags.starts_with("P<") || flags.starts_with('<')
}

/// Writes an escape, the backslash of which is read; returns what follows it.
fn escape<'p>(rest: &'p str, in_class: bool, out: &mut String) -> Result<&'p str, regex::Error> {
    let Some(letter) = rest.chars().next() else {
        out.push('\\');
        return Ok(rest);
    };
    if !letter.is_ascii() {
        return Err(syntax_error("invalid escape sequence"));
    }
    if let Some((character, after)) = octal(rest) {
        out.push_str(&format!("\\x{{{character:X}}}"));
        return Ok(after);
    }
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
            return Ok(after);
        }
        // Borders of words to the crate.
        '<' | '>' => {
            out.push(letter);
            return Ok(after);
        }
        'Q' => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return Ok(after);
        }
        // The braces belong to the escape: `\p{Greek}`, `\x{e9}`.
        'p' | 'P' | 'x' if after.starts_with('{') => {
            let end = after.find('}').map_or(after.len(), |end| end + 1);
            let (braces, after) = after.split_at(end);
            out.push('\\');
            out.push(letter);
            out.push_str(braces);
            return Ok(after);
        }
        _ => {
            out.push('\\');
            out.push(letter);
            return Ok(after);
        }
    };
    if in_class && !class.starts_with('^') {
        out.push_str(class);
    } else {
        out.push('[');
        out.push_str(class);
        out.push(']');
    }
    Ok(after)
}

/// The number of a character in base eight that stands first: a zero and up to two digits, or two or three digits.
fn octal(rest: &str) -> Option<(u32, &str)> {
    let length = rest
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    if length == 0 || length == 1 && !rest.starts_with('0') {
        return None;
    }
    let (digits, after) = rest.split_at(length);
    Some((u32::from_str_radix(digits, 8).ok()?, after))
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
            (r"^[\w-\.]+$", "a-b.c", true),
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
            (r"^[[:alpha:]]\pL\p{Greek}$", "aéα", true),
            (r"^\x41\x{e9}[\x{e9}]$", "Aéé", true),
            (r"^\141\0$", "a\0", true),
            (r"(?i-s:A)", "a", true),
        ] {
            let regex = compile(pattern).unwrap();
            assert_eq!(regex.is_match(text), want, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_re2_does_not_repeat_is_refused() {
        for pattern in [
            "a**",
            "a+*",
            "a{2}{3}",
            "a*?*",
            "a{1001}",
            "a{2,1001}",
            "*a",
            "(?x)a",
            r"\é",
            r"\8",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        for pattern in [
            "a*?", "a{2}?", "a{1000}", "a*b*", "[*][+]", r"\**", "a{,5}*", "(a*)*",
        ] {
            assert!(compile(pattern).is_ok(), "{pattern}");
        }
    }
}
