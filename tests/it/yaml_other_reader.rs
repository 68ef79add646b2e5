//! What we write, a reader of YAML that shares nothing with ours reads as the same.
//!
//! Objects reach clusters through other programs' parsers: what is quoted too little, or folded wrongly,
//! would be another value there.

use lockgate::yaml::{FileId, Limits, emit, json, parse};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Texts that YAML may take for something else, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "true",
            "null",
            "~",
            "",
            " ",
            "012",
            "0x1f",
            "1e3",
            "1_000",
            ".5",
            "5.",
            "-",
            "?",
            ":",
            "a: b",
            "a #b",
            "#",
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
            "\\",
            "\t",
            "\n",
            "a\nb\n",
            "a\n\n",
            "  a",
            "a  ",
            "2026-01-31",
            "12:30",
            "<<",
            "=",
            "[a]",
            "{a}",
            "---",
            "...",
            "key: |\n  x",
            "\u{feff}",
            "ü",
            "😀",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,100}",
        "[a-z :#\\n\\t'\"]{0,60}",
        "\\PC{0,20}",
    ]
    // The reference writes the line breaks of YAML 1.1 as they are, and YAML 1.2 folds them.
    .prop_filter("line breaks of YAML 1.1", |text: &String| {
        !text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::String),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-zA-Z0-9./_-]{1,12}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_another_reader_reads_as_the_same(value in value()) {
        let mut document = Map::new();
        document.insert("value".to_owned(), value);
        let document = Value::Object(document);
        let origin = lockgate::yaml::Origin::file(FileId::of("made"));
        let mut text = String::new();
        emit(&json::from_value(&document, origin), &mut text);
        let read: Value = serde_yaml::from_str(&text).expect(&text);
        prop_assert_eq!(&read, &document, "{}", text);
        // And so do we.
        let ours = parse(text.as_bytes(), FileId::of("made"), &Limits::default()).expect(&text);
        prop_assert_eq!(json::to_value(&ours[0]), document, "{}", text);
    }
}
