//! Expected texts are those of the reference on the same input.

use crate::yaml::{FileId, Limits, emit, parse};

fn emitted(text: &str) -> String {
    let file = FileId::of("test.yaml");
    let documents = parse(text.as_bytes(), file, &Limits::default()).unwrap();
    let mut out = String::new();
    for document in &documents {
        emit(document, &mut out);
    }
    out
}

#[test]
fn keys_are_sorted_and_lists_not_indented() {
    let text = "b:\n    - x: 1\n      a: {}\n    - - y\n      - []\na: ~\nx10: 1\nx2: 2\n";
    let want = "a: null\nb:\n- a: {}\n  x: 1\n- - \"y\"\n  - []\nx2: 2\nx10: 1\n";
    assert_eq!(emitted(text), want);
}

#[test]
fn texts_are_quoted_where_version_1_1_would_misread_them() {
    for (value, want) in [
        ("yes", "\"yes\""),
        ("'012'", "\"012\""),
        ("'1e3'", "\"1e3\""),
        ("''", "\"\""),
        ("' x'", "' x'"),
        ("'x '", "'x '"),
        ("'a: b'", "'a: b'"),
        ("1:30", "\"1:30\""),
        ("2024-01-02", "\"2024-01-02T00:00:00Z\""),
        (
            "{x: 2024-01-02T03:04:05Z}",
            "\n  x: \"2024-01-02T03:04:05Z\"",
        ),
        ("!!binary gIGC", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("\"\\t\"", "\"\\t\""),
        ("\"\\U0001F600\"", "\"\\U0001F600\""),
        ("\"\\uFEFFab\"", "\"\\uFEFF\\x61\\x62\""),
        ("\"x\\Ny \\N\\N z\"", "|-\n  x y\n  z"),
        ("1.0", "1"),
        ("012", "10"),
        ("1e21", "1e+21"),
        ("\"a\\nb\\n\"", "|\n  a\n  b"),
        ("\"a \\nb\"", "\"a \\nb\""),
    ] {
        let got = emitted(&format!("k: {value}\n"));
        let space = if want.starts_with('\n') { "" } else { " " };
        assert_eq!(got, format!("k:{space}{want}\n"), "{value}");
    }
}

#[test]
fn long_lines_fold_behind_column_80() {
    let word = "abcdefghi ".repeat(12);
    let got = emitted(&format!("key: {}\n", word.trim()));
    let lines: Vec<&str> = got.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1], "  abcdefghi abcdefghi abcdefghi abcdefghi");
    let key = "k".repeat(129);
    assert_eq!(
        emitted(&format!("? {key}\n: - 1\n")),
        format!("? {key}\n: - 1\n")
    );
}
