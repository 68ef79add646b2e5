use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::yaml::{Diagnostic, Entry, Mapping, Origin, Scalar, Tag, emit, json};

fn read(text: &str) -> Result<Vec<Node>, ParseError> {
    parse(text.as_bytes(), FileId::of("test.yaml"), &Limits::default())
}

/// Checks documents against their JSON, one a line.
#[track_caller]
fn check(text: &str, want: &str) {
    let documents = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let got: Vec<String> = documents
        .iter()
        .map(|document| json::to_value(document).to_string())
        .collect();
    assert_eq!(got.join("\n"), want, "{text:?}");
}

/// Checks that a text is refused at a line and column.
#[track_caller]
fn refused(text: &str, line: u32, column: u32) -> ParseError {
    let error = match read(text) {
        Err(error) => error,
        Ok(documents) => panic!("{text:?} was read: {documents:?}"),
    };
    let at = error.origin().unwrap();
    assert_eq!((at.line, at.column), (line, column), "{text:?}: {error}");
    error
}

#[test]
fn collections_nest_by_indentation() {
    check(
        "a:\n  b:\n  - 1\n  - c: 2\n    d: 3\ne:\n",
        r#"{"a":{"b":[1,{"c":2,"d":3}]},"e":null}"#,
    );
    check(
        "- - 1\n  - 2\n-\n- a:\n  - x\n  b: y\n",
        r#"[[1,2],null,{"a":["x"],"b":"y"}]"#,
    );
    check("? a\n: - 1\n? b\n", r#"{"a":[1],"b":null}"#);
    check("a:\n-\nb: 1\n", r#"{"a":[null],"b":1}"#);
    check(
        "{\"a\":{\"b\":[1,\n2]},c: d e, f}",
        r#"{"a":{"b":[1,2]},"c":"d e","f":""}"#,
    );
    check(
        "[a: 1, ? b : 2, http://x:80]",
        r#"[{"a":1},{"b":2},"http://x:80"]"#,
    );
}

#[test]
fn leaves_fold_and_chomp() {
    check(
        "a: x\n  y\n\n  z\nb: 'it''s\n  so'\n",
        r#"{"a":"x y\nz","b":"it's so"}"#,
    );
    check(
        "a: \"x\\\n  y \\x41\\u00e9\\\n\n  z\"\n",
        r#"{"a":"xy Aé\nz"}"#,
    );
    check(
        "a: |\n  x\n   y\n\nb: |-\n  x\nc: |+\n  x\n\n",
        r#"{"a":"x\n y\n","b":"x","c":"x\n\n"}"#,
    );
    check(
        "a: >\n  x\n  y\n\n  z\n   w\n  v\n",
        r#"{"a":"x y\nz\n w\nv\n"}"#,
    );
    check("a: |2\n   x\n  y\n", r#"{"a":" x\ny\n"}"#);
    check("a: b#c # d\ne: 'f'#g\n", r#"{"a":"b#c","e":"f"}"#);
}

#[test]
fn anchors_and_merge_keys_are_resolved() {
    check("a: &x [1]\nb: *x\n", r#"{"a":[1],"b":[1]}"#);
    check(
        "a: &x 1\nb: {c: &x 2}\nd: *x\n",
        r#"{"a":1,"b":{"c":2},"d":2}"#,
    );
    check(
        "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\n",
        r#"{"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"x":0,"y":1,"z":2}}"#,
    );
    check("\"<<\": 1\na: 2\n", r#"{"a":2}"#);
    check("&k key: &v\n  x: *k\n", r#"{"key":{"x":"key"}}"#);
    assert!(matches!(
        refused("a: &x {b: *x}\n", 1, 11),
        ParseError::AnchorInItself { .. }
    ));
    let error = refused("a: &defaults 1\nb: *default\n", 2, 4);
    assert_eq!(error.hint().as_deref(), Some("did you mean `defaults`?"));
    refused("a: &x 1\nb: {<<: *x}\n", 1, 7);
}

#[test]
fn aliases_cannot_multiply_without_bound() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{items}]");
    }
    let error = read(&text).unwrap_err();
    assert!(matches!(error, ParseError::TooManyNodes { .. }), "{error}");
    let mut chain = String::from("- &a0 [x]\n");
    for level in 1..2000 {
        let _ = writeln!(chain, "- &a{level} [*a{}]", level - 1);
    }
    assert!(matches!(read(&chain), Err(ParseError::TooDeep { .. })));
}

#[test]
fn nesting_has_a_bound() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let deep = |levels: usize| format!("{}x{}", open.repeat(levels), close.repeat(levels));
        let error = read(&deep(10_000)).unwrap_err();
        assert!(
            matches!(error, ParseError::TooDeep { .. }),
            "{open}: {error}"
        );
    }
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let text = format!("{}x{}", "[".repeat(250), "]".repeat(250));
    let documents = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || parse(text.as_bytes(), FileId::of("deep.yaml"), &limits))
        .unwrap()
        .join()
        .unwrap()
        .unwrap();
    emit(&documents[0], &mut String::new());
}

#[test]
fn documents_are_split_as_kustomize_splits_them() {
    check(
        "---\na: 1\n---\n---\n# nothing\n--- # b\nb: 2\n---",
        "{\"a\":1}\n{\"b\":2}",
    );
    check(
        "\u{FEFF}a: 1\r\n---\r\nb: |\r\n  x\r\n",
        "{\"a\":1}\n{\"b\":\"x\\n\"}",
    );
    check("a: 1\n...\nb: 2\n", r#"{"a":1}"#);
    check(
        "%YAML 1.1\n%TAG !e! tag:yaml.org,2002:\n--- {a: !e!int '1'}",
        r#"{"a":1}"#,
    );
    // The split comes first and parts the directives from their document, as it does in the reference.
    refused("%YAML 1.1\n---\na: 1\n", 2, 1);
    check("", "");
    refused("a: 1\n--- b\nc: 1\n", 2, 1);
    refused("%YAML 1.2\n---\na: 1\n", 1, 1);
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain("a: é\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let documents = parse(&utf16, FileId::of("test.yaml"), &Limits::default()).unwrap();
    assert_eq!(documents[0].get("a").and_then(Node::as_str), Some("é"));
}

#[test]
fn block_scalars_may_stand_beside_their_key() {
    check(
        "a:\n|\n  x\nb:\n\n>-\n  y\n  z\n",
        r#"{"a":"x\n","b":"y z"}"#,
    );
    check("- a:\n  |\n    x\n-\n|-\n  y\n", r#"[{"a":"x\n"},"y"]"#);
    check("a: !!str\n|-\n  1\n", r#"{"a":"1"}"#);
    refused("a: 1\n|\n  x\n", 2, 1);
    refused("a:\n  b:\n |\n   x\n", 3, 2);
}

#[test]
fn of_keys_that_stand_twice_one_counts() {
    let read = |text: &str, duplicates| {
        let limits = Limits::default();
        let read = parse_with(
            text.as_bytes(),
            FileId::of("test.yaml"),
            &limits,
            duplicates,
        );
        json::to_value(&read.unwrap()[0]).to_string()
    };
    let text = "x: &x {c: 8, d: 9}\na: {b: 1, c: 2, b: 3, <<: *x, b: 4}\n";
    let first = read(text, DuplicateKeys::FirstCounts);
    assert_eq!(first, r#"{"x":{"c":8,"d":9},"a":{"b":1,"c":2,"d":9}}"#);
    let last = read(text, DuplicateKeys::LastCounts);
    assert_eq!(last, r#"{"x":{"c":8,"d":9},"a":{"b":4,"c":2,"d":9}}"#);
    refused("a: {b: 1, b: 2}", 1, 11);
}

#[test]
fn errors_name_the_place_and_what_to_do() {
    let error = refused("a: 1\nb: 2\na: 3\n", 3, 1);
    assert_eq!(error.to_string(), "key `a` is already defined at line 1");
    assert_eq!(error.related()[0].0.line, 1);
    assert_eq!(
        refused("a:\n\tb: 1\n", 2, 1).hint().as_deref(),
        Some("tabs cannot indent; use spaces")
    );
    refused("---\na: 1\n---\nb: 2\nc: [1\n", 6, 1);
    refused("a: b: c\n", 1, 5);
    refused("a: 'x\n", 2, 1);
    refused("a: {{ .Values.x }}\n", 1, 5);
    refused("a: \"\\q\"\n", 1, 5);
    refused("a: 1\n b: 2\n", 2, 3);
    refused("a:\n  - 1\n  b: 2\n", 3, 3);
    refused("a\nb: 1\n", 2, 2);
    refused("- a\nb: 1\n", 2, 1);
    refused("a: @x\n", 1, 4);
    refused("a: !!int x\n", 1, 10);
    refused("a: .inf\n", 1, 4);
    refused("a:\n  1: x\n", 2, 3);
    refused("a: \u{7}\n", 1, 4);
    let bytes = parse(
        b"a: 1\nb: \xFF\n",
        FileId::of("test.yaml"),
        &Limits::default(),
    )
    .unwrap_err();
    assert_eq!(bytes.origin().unwrap().line, 2);
}

#[test]
fn each_node_knows_its_place() {
    let documents = read("---\nx: 1\n---\na:\n- é: {b: [1, c]}\n").unwrap();
    let path = crate::yaml::FieldPath::root()
        .key("a")
        .index(0)
        .key("é")
        .key("b")
        .index(1);
    let at = path.find(&documents[1]).unwrap().origin;
    assert_eq!((at.line, at.column), (5, 14));
}

fn any_text() -> impl Strategy<Value = String> {
    // Without what JSON or YAML changes on the way: NEL, and characters that are not allowed.
    prop_oneof![
        "[a-zA-Z0-9 :#?&*!|>'\"%@`\\[\\]{},.~=<+_/\\\\-]{0,12}",
        "[ \n\t\r\u{A0}é\u{2028}\u{FEFF}\u{1F600}a:#-]{0,8}",
        "([a-z]{1,12} {1,2}){8,14}",
        proptest::sample::select(vec![
            "yes",
            "n",
            "012",
            "1e3",
            "1:30",
            "2024-01-01",
            "<<x",
            "=",
            "---",
            "...",
            ""
        ])
        .prop_map(str::to_owned),
    ]
}

fn any_node() -> impl Strategy<Value = Node> {
    let at = Origin::file(FileId::of("random"));
    let leaf = prop_oneof![
        any_text().prop_map(move |text| Node::string(text, at)),
        any::<i64>().prop_map(move |number| Node::int(number, at)),
        any::<bool>().prop_map(move |value| {
            let scalar = Scalar {
                text: value.to_string().into(),
                tag: Tag::Bool,
                style: crate::yaml::Style::Plain,
            };
            Node::scalar(scalar, at)
        }),
        Just(Node::null(at)),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(move |items| Node::sequence(items, at)),
            prop::collection::btree_map(any_text(), inner, 0..5).prop_map(move |entries| {
                let entries = entries.into_iter().map(|(key, value)| Entry {
                    key: Scalar::string(key),
                    key_origin: at,
                    value,
                });
                Node::mapping(Mapping::from_entries(entries.collect()), at)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_equal(node in any_node()) {
        // `yes` is written in quotes and read as text: quotes are enough for both versions of YAML.
        let root = Node::sequence(vec![node], Origin::file(FileId::of("random")));
        let mut out = String::new();
        emit(&root, &mut out);
        let again = read(&out).map_err(|error| TestCaseError::fail(format!("{error:?}\n{out}")))?;
        prop_assert_eq!(again.len(), 1);
        prop_assert!(root.equals(&again[0]), "{}", out);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[-a&*!|>'\"%{}\\[\\],:#? \n\t~<.\\\\é\u{85}]{0,40}") {
        if let Ok(documents) = read(&text) {
            for document in &documents {
                emit(document, &mut String::new());
            }
        }
    }
}
