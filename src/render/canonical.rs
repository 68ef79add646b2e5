//! The canonical form of a node: what it means, whatever its style, key order and origins.

use std::borrow::Cow;

use crate::yaml::{Entry, Node, Scalar, Tag, Value, parse_any, to_rfc3339};

/// Appends the canonical form of a node: for each part a letter for its type, its length and its
/// content, so that no two nodes that mean different things have one form.
pub(super) fn write(node: &Node, out: &mut Vec<u8>) {
    match &node.value {
        Value::Scalar(scalar) => {
            let (letter, text) = scalar_form(scalar);
            write_text(letter, &text, out);
        }
        Value::Sequence(items) => {
            write_head(b'l', items.len(), out);
            for item in items.iter() {
                write(item, out);
            }
        }
        Value::Mapping(mapping) => {
            write_head(b'm', mapping.len(), out);
            let is_sorted = mapping
                .iter()
                .zip(mapping.iter().skip(1))
                .all(|(a, b)| a.key.text <= b.key.text);
            if is_sorted {
                mapping.iter().for_each(|entry| write_entry(entry, out));
            } else {
                let mut entries: Vec<&Entry> = mapping.iter().collect();
                entries.sort_unstable_by(|a, b| a.key.text.cmp(&b.key.text));
                for entry in entries {
                    write_entry(entry, out);
                }
            }
        }
    }
}

/// Tells whether two nodes mean the same.
pub(crate) fn is_same(a: &Node, b: &Node) -> bool {
    if a.same(b) {
        return true;
    }
    match (&a.value, &b.value) {
        (Value::Scalar(a), Value::Scalar(b)) => scalar_form(a) == scalar_form(b),
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|entry| {
                    b.get(&entry.key.text)
                        .is_some_and(|other| is_same(&entry.value, other))
                })
        }
        _ => false,
    }
}

fn write_entry(entry: &Entry, out: &mut Vec<u8>) {
    // JSON, which the API server reads, has keys of text only.
    write_text(b'k', &entry.key.text, out);
    write(&entry.value, out);
}

fn write_text(letter: u8, text: &str, out: &mut Vec<u8>) {
    write_head(letter, text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a letter and a number, which ends in a colon.
fn write_head(letter: u8, number: usize, out: &mut Vec<u8>) {
    out.push(letter);
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b"0123456789"[rest % 10];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    out.push(b':');
}

/// Returns the letter of a scalar's type and its value in one spelling: that of a build's output.
fn scalar_form(scalar: &Scalar) -> (u8, Cow<'_, str>) {
    let text = scalar.text.as_str();
    match scalar.tag {
        Tag::Null => (b'n', Cow::Borrowed("")),
        Tag::Bool => (
            b'b',
            Cow::Borrowed(if text.eq_ignore_ascii_case("true") {
                "true"
            } else {
                "false"
            }),
        ),
        Tag::Int | Tag::Float => number(text),
        Tag::Timestamp => (
            b's',
            to_rfc3339(text).map_or(Cow::Borrowed(text), Cow::Owned),
        ),
        Tag::Str | Tag::Binary => (b's', Cow::Borrowed(text)),
    }
}

/// A whole float comes out of a build as an integer, so what comes out says which of the two it is.
fn number(text: &str) -> (u8, Cow<'_, str>) {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() < 19 && digits(text) && (text.len() == 1 || !text.starts_with('0')) {
        return (b'i', Cow::Borrowed(text));
    }
    let Some(number) = parse_any(text) else {
        return (b'f', Cow::Borrowed(text));
    };
    let mut printed = String::new();
    number.write_yaml(&mut printed);
    let letter = if digits(printed.strip_prefix('-').unwrap_or(&printed)) {
        b'i'
    } else {
        b'f'
    };
    (letter, Cow::Owned(printed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Origin, Style};

    fn form(tag: Tag, text: &str) -> (u8, String) {
        let scalar = Scalar {
            text: text.into(),
            tag,
            style: Style::Plain,
        };
        let (letter, text) = scalar_form(&scalar);
        (letter, text.into_owned())
    }

    #[test]
    fn one_value_has_one_form() {
        for (tag, spellings) in [
            (
                Tag::Int,
                vec!["10", "012", "0o12", "0xA", "0b1010", "+10", "1_0"],
            ),
            (Tag::Bool, vec!["true", "True", "TRUE"]),
            (Tag::Null, vec!["null", "~", ""]),
            (Tag::Float, vec!["1.5", "15e-1", "1.50"]),
        ] {
            let forms: Vec<_> = spellings.iter().map(|text| form(tag, text)).collect();
            assert!(forms.windows(2).all(|pair| pair[0] == pair[1]), "{forms:?}");
        }
        assert_eq!(form(Tag::Float, "1.0"), form(Tag::Int, "1"));
        assert_ne!(form(Tag::Str, "1"), form(Tag::Int, "1"));
        assert_eq!(
            form(Tag::Timestamp, "2001-02-03"),
            form(Tag::Str, "2001-02-03T00:00:00Z")
        );
        assert_ne!(form(Tag::Int, "-1"), form(Tag::Int, "1"));
        assert_eq!(form(Tag::Int, "0"), (b'i', "0".to_owned()));
    }

    #[test]
    fn lists_of_texts_do_not_run_together() {
        let at = Origin::file(FileId::of("x"));
        let list = |texts: &[&str]| {
            let mut out = Vec::new();
            let items = texts.iter().map(|text| Node::string(*text, at)).collect();
            write(&Node::sequence(items, at), &mut out);
            out
        };
        assert_ne!(list(&["ab", "c"]), list(&["a", "bc"]));
        assert_eq!(list(&["a"]), b"l1:s1:a");
    }
}
