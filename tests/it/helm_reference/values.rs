//! Random values, as JSON and as YAML in all its ways of writing.

use crate::random::Random;

/// The values that templates are rendered over.
pub(super) const FIXED: &str = r#"
s: text
empty: ""
multi: "a\nb\n"
spaced: " a b "
number: 42
negative: -7
float: 1.5
big: 1234567
huge: 12345678901234567890
zero: 0
"yes": true
"no": false
nothing: null
digits: "0123"
version: "1.22.3-rc.1+build"
path: /etc/app/config.yaml
image: docker.io/library/nginx:1.25@sha256:abc
unicode: "Grüße, 世界 😀"
quotes: "it's \"quoted\" <&>"
list: [1, two, 3.5, true, null]
words: [beta, alpha, gamma, alpha]
numbers: [3, 1, 2]
lists: [[1, 2], [], [a]]
maps: [{name: x, value: 1}, {name: y, value: "2"}]
map: {a: 1, b: two, c: {d: [e], f: {g: h}}, "10": ten, "9": nine}
strings: {x: y, z: w}
emptyMap: {}
emptyList: []
global: {imageRegistry: r.io, tags: [t]}
"#;

const KEYS: &[&str] = &[
    "a",
    "b",
    "a1",
    "a10",
    "a9",
    "A",
    "z",
    "10",
    "9",
    "01",
    "a-b",
    "a.b",
    "y",
    "no",
    "true",
    "null",
    "~",
    "1.5",
    "<<",
    "=",
    "",
    " ",
    "é",
    "key with spaces",
    "a: b",
    "# c",
    "-",
    "?",
    "😀",
    "_x",
    "1e3",
    "0x1F",
];

// FIXME: escapes of characters that a YAML text may not have (`"\\u007f"`) are refused by ours.
const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "text",
    "two words",
    " lead",
    "trail ",
    "y",
    "n",
    "yes",
    "No",
    "on",
    "OFF",
    "true",
    "False",
    "null",
    "~",
    "Null",
    "1",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "1E-3",
    ".5",
    "5.",
    "0755",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "_1",
    "1__0",
    ".inf",
    "-.Inf",
    ".nan",
    "NaN",
    "1:30",
    "190:20:30.15",
    "2020-01-02",
    "2020-01-02T03:04:05Z",
    "2020-1-2 3:4:5",
    "<<",
    "=",
    "-",
    "--",
    "---",
    "...",
    "- a",
    "a: b",
    "a:b",
    ":",
    ": a",
    "a:",
    "#",
    "# c",
    "a # b",
    "a#b",
    "?",
    "? a",
    "[",
    "]",
    "{",
    "}",
    "{a",
    "a]",
    ",",
    "&a",
    "*a",
    "!t",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    "\"",
    "it's",
    "say \"x\"",
    "back\\slash",
    "tab\there",
    "\ttab",
    "a\nb",
    "a\nb\n",
    "a\n\nb\n\n",
    "\na",
    "\n",
    "\n\n",
    " a\nb",
    "a\n b\n",
    "a \nb",
    "a\n ",
    "a\r\nb",
    "a\rb",
    "é",
    "世界",
    "😀",
    "a😀b",
    "\u{85}",
    "a\u{85}b",
    "\u{2028}",
    "a\u{2028}b",
    "\u{A0}",
    "\u{FEFF}",
    "\u{1}",
    "\u{0}",
    "a\u{7}b",
    "<html>&amp;",
    "{{ .Values.x }}",
    "${VAR}",
    "a,b",
    "a=b",
    "key: [1, 2]",
    "\u{FFFD}",
    "1.2.3",
    "v1.2",
    "10Mi",
    "100m",
    "0.0.0.0/0",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "42",
    "1.5",
    "-2.25",
    "1000000",
    "1e6",
    "123456789",
    "1e20",
    "1e21",
    "1e-5",
    "0.0001",
    "0.00001",
    "1e-7",
    "12345678901234567890",
    "9007199254740993",
    "1.7976931348623157e308",
    "5e-324",
    "0.1",
    "100",
    "0.30000000000000004",
    "-0.0",
    "1234567.5",
    "123456.75",
];

/// A text, mostly one that is hard to write.
pub(super) fn text(random: &mut Random) -> String {
    match random.below(10) {
        0..6 => random.pick(TEXTS).to_owned(),
        6 => format!("{}{}", random.pick(TEXTS), random.pick(TEXTS)),
        7 => {
            // Long enough to be folded.
            let mut text = String::new();
            for _ in 0..random.below(40) {
                text.push_str(random.pick(&[
                    "word ",
                    "longer-word ",
                    "a ",
                    "  ",
                    "x, ",
                    "it's ",
                    "key: ",
                    "\"q\" ",
                    "é ",
                    "😀 ",
                ]));
            }
            if random.chance(70) {
                text.trim().to_owned()
            } else {
                text
            }
        }
        8 => {
            let mut text = String::new();
            for _ in 0..random.below(6) {
                text.push_str(random.pick(&[
                    "line",
                    "  indented",
                    "",
                    "# c",
                    "- item",
                    "k: v",
                    "\ttab",
                    "trail ",
                    &"long ".repeat(25),
                ]));
                text.push('\n');
            }
            text
        }
        _ => (0..random.below(12))
            .map(|_| {
                random.pick(&[
                    ' ', '\n', '\t', 'a', '0', '1', '-', ':', '#', '\'', '"', '\\', '.', 'e', '_',
                    'é', '😀', ',', '[', '}', '&', '*', '!', '|', '>', '%', '~', '=', '<', '?',
                ])
            })
            .collect(),
    }
}

/// A value as JSON, which is YAML too.
pub(super) fn json(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 6 } else { 12 }) {
        0 => random.pick(&["null", "true", "false"]).to_owned(),
        1 | 2 => random.pick(NUMBERS).to_owned(),
        3..6 => quoted(&text(random)),
        6..8 => {
            let items: Vec<String> = (0..random.below(4))
                .map(|_| json(random, depth - 1))
                .collect();
            format!("[{}]", items.join(", "))
        }
        _ => {
            let entries: Vec<String> = (0..random.below(5))
                .map(|_| {
                    let key = if random.chance(80) {
                        random.pick(KEYS).to_owned()
                    } else {
                        text(random)
                    };
                    format!("{}: {}", quoted(&key), json(random, depth - 1))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// The text as JSON of ASCII only, since YAML does not allow all characters that JSON does.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(character @ (' ' | '!' | '#'..='[' | ']'..='~')) => out.push(character),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    if out.contains("\\ud") {
        // YAML has no surrogates.
        return serde_json::Value::from(text).to_string();
    }
    out
}

/// A document in YAML, right or nearly so.
pub(super) fn yaml(random: &mut Random) -> String {
    let mut out = String::new();
    if random.chance(5) {
        out.push_str(random.pick(&["---\n", "--- # c\n", "%YAML 1.1\n---\n", "# comment\n\n"]));
    }
    if random.chance(85) {
        mapping(random, 0, 3, &mut out);
    } else {
        sequence(random, 0, 3, &mut out);
    }
    if random.chance(5) {
        out.push_str(random.pick(&["---\nb: 1\n", "...\n", "\n# end", "  \n", "\t\n"]));
    }
    if random.chance(10) {
        // Something goes missing, or comes in.
        let places: Vec<usize> = out.char_indices().map(|(index, _)| index).collect();
        if let Some(place) = places.get(random.below(places.len())) {
            if random.chance(50) {
                out.remove(*place);
            } else {
                out.insert(
                    *place,
                    random.pick(&[
                        ' ', '\n', ':', '-', '#', '\'', '"', '[', '{', '\t', '*', '&', '!',
                    ]),
                );
            }
        }
    }
    out
}

fn indent(width: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', width));
}

fn mapping(random: &mut Random, column: usize, depth: usize, out: &mut String) {
    for index in 0..=random.below(4) {
        if index > 0 || column == 0 {
            indent(column, out);
        }
        if random.chance(6) {
            out.push_str("<<: ");
            out.push_str(random.pick(&["*a", "[*a, *b]", "{m: 1}", "[{m: 2}]", "*b", "x"]));
            out.push('\n');
            continue;
        }
        out.push_str(random.pick(&[
            "a",
            "b",
            "c",
            "d1",
            "d10",
            "y",
            "on",
            "1",
            "1.5",
            "0x10",
            "true",
            "\"q k\"",
            "'s'",
            "null",
            "~",
            "2020-01-02",
            "? k\n",
            "1e3",
            "é",
        ]));
        if out.ends_with('\n') {
            indent(column, out);
        }
        out.push(':');
        if random.chance(8) {
            out.push_str(random.pick(&[
                " &a",
                " &b",
                " !!str",
                " !!int",
                " !!float",
                " !x",
                " !!binary",
                " !!null",
                " !",
                " !!bool",
            ]));
        }
        value(random, column, depth, out);
    }
}

fn sequence(random: &mut Random, column: usize, depth: usize, out: &mut String) {
    for index in 0..=random.below(4) {
        if index > 0 || column == 0 {
            indent(column, out);
        }
        out.push('-');
        if depth > 0 && random.chance(25) {
            out.push(' ');
            if random.chance(60) {
                mapping(random, column + 2, depth - 1, out);
            } else {
                sequence(random, column + 2, depth - 1, out);
            }
        } else {
            value(random, column, depth, out);
        }
    }
}

fn value(random: &mut Random, column: usize, depth: usize, out: &mut String) {
    match random.below(if depth == 0 { 8 } else { 12 }) {
        0..4 => {
            let plain = random.pick(TEXTS);
            out.push(' ');
            // As it is: mostly what it looks like, now and then no YAML.
            out.push_str(if plain.contains('\n') { "plain" } else { plain });
            if random.chance(10) {
                out.push_str(random.pick(&[" # comment", "\n\n", " \t", "\n   continued"]));
            }
            out.push('\n');
        }
        4 => {
            out.push(' ');
            out.push_str(&quoted(random.pick(TEXTS)));
            out.push('\n');
        }
        5 => {
            out.push_str(" '");
            out.push_str(&random.pick(TEXTS).replace('\'', "''"));
            out.push_str("'\n");
        }
        6 => {
            out.push_str(random.pick(&[" |", " >", " |-", " >-", " |+", " >+", " |2", " >1-"]));
            out.push('\n');
            for _ in 0..random.below(4) {
                indent(column + 2, out);
                out.push_str(random.pick(&[
                    "line",
                    "  more",
                    "",
                    "# no comment",
                    "a: b",
                    "- x",
                    "trail ",
                    "\ttab",
                ]));
                out.push('\n');
            }
        }
        7 => {
            out.push(' ');
            out.push_str(random.pick(&[
                "*a",
                "*b",
                "[]",
                "{}",
                "[a, 'b', \"c\", 1, y]",
                "{a: 1, b: [x], c}",
                "[a: 1]",
                "{a: , b: ~}",
                "[[], {}]",
                "{? a : b}",
                "[1,2,]",
                "{\"a\":1}",
                "{a:1}",
                "[a,\n  b]",
            ]));
            out.push('\n');
        }
        8..11 => {
            out.push('\n');
            let column = column + random.pick(&[1, 2, 2, 2, 4]);
            indent(column, out);
            mapping(random, column, depth - 1, out);
        }
        _ => {
            out.push('\n');
            let column = column + random.pick(&[0, 2, 2]);
            indent(column, out);
            sequence(random, column, depth - 1, out);
        }
    }
}
