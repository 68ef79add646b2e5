//! Values as YAML allows them to be written.

use super::Random;

/// Returns the value of a field `spec` or `data` may have, for one line.
pub(super) fn scalar(random: &mut Random) -> &'static str {
    random.pick(&[
        "plain",
        "yes",
        "\"yes\"",
        "'no'",
        "012",
        "\"012\"",
        "1.0",
        "1e3",
        "0x1F",
        "~",
        "null",
        "\"\"",
        "2024-01-02",
        "12:30",
        "true",
        "True",
        "' lead'",
        "\"trail \"",
        "'a: b'",
        "\"a\\tb\"",
        "é",
        "!!str 7",
        "-1",
        "1_000",
        "\"\\u263A\"",
        "[]",
        "{}",
        "a #b",
        "'#c'",
        "*no",
        "\"{}\"",
        "99999999999999999999",
        "0.1",
        "'it''s'",
    ])
}

/// Returns the value of a text, indented so far.
pub(super) fn text(random: &mut Random, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let block = |head: &str, lines: &[&str]| {
        let mut text = head.to_owned();
        for line in lines {
            text.push('\n');
            if !line.is_empty() {
                text.push_str(&pad);
                text.push_str(line);
            }
        }
        text
    };
    match random.below(8) {
        0 => block("|", &["one", "  two", "", "three"]),
        1 => block("|-", &["one", "two: 2"]),
        2 => block(">", &["folded", "text", "", "more", "  less folded", "end"]),
        3 => block(">-", &["folded", "text"]),
        4 => block("|+", &["kept", "", ""]),
        5 => block("\"quoted over", &["lines\""]),
        6 => format!("{}end", "words that go on and on ".repeat(6)),
        _ => random
            .pick(&[
                "plain", "\"yes\"", "'012'", "\"\"", "'a: b'", "\"\\n\"", "\" x\"",
            ])
            .to_owned(),
    }
}

/// Returns a mapping in a block with anchors and merge keys, indented so far.
pub(super) fn mapping(random: &mut Random, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut text = String::new();
    if random.chance(30) {
        text.push_str(&format!(
            "{pad}base: &base {{x: 1, y: {}}}\n",
            scalar_in_flow(random)
        ));
        text.push_str(&format!("{pad}over: {{<<: *base, x: 2}}\n"));
        text.push_str(&format!("{pad}again: *base\n"));
    }
    for key in ["a", "\"yes\"", "c-d"] {
        if random.chance(60) {
            text.push_str(&format!("{pad}{key}: {}\n", scalar(random)));
        }
    }
    text.push_str(&format!("{pad}text: {}\n", self::text(random, indent + 2)));
    if random.chance(40) {
        text.push_str(&format!(
            "{pad}list:\n{pad}- {}\n{pad}- {{k: v, empty: }}\n",
            scalar(random)
        ));
    }
    text
}

fn scalar_in_flow(random: &mut Random) -> &'static str {
    random.pick(&["1", "yes", "", "2024-01-02T03:04:05Z", "\"012\"", "null"])
}
