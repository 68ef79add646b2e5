use std::fmt::Write as _;

use super::*;
use crate::yaml::{FileId, Limits, emit, parse};

fn one(text: &str, file: &str) -> Node {
    parse(text.as_bytes(), FileId::of(file), &Limits::default())
        .unwrap()
        .remove(0)
}

/// Applies a patch to `{a: {b: [1, 2, 3], x/y: 1, ~: 2}, s: text}`.
fn patched(patch: &str) -> Result<String, JsonPatchError> {
    let object = one(
        "{a: {b: [1, 2, 3], x/y: 1, '~': 2}, s: text}",
        "object.yaml",
    );
    let result = JsonPatch::read(&one(patch, "patch.yaml"))?.apply(&object)?;
    let mut text = String::new();
    emit(&result, &mut text);
    Ok(text)
}

#[track_caller]
fn check(patch: &str, has: &str) {
    let text = patched(patch).unwrap();
    assert!(text.contains(has), "{text}");
}

#[track_caller]
fn check_error(patch: &str, message: &str) {
    let error = patched(patch).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.origin().unwrap().file, FileId::of("patch.yaml"));
}

#[test]
fn indices_may_count_from_the_end() {
    check("[{op: add, path: /a/b/-, value: 9}]", "  - 3\n  - 9\n");
    check("[{op: add, path: /a/b/-1, value: 9}]", "  - 3\n  - 9\n");
    check(
        "[{op: add, path: /a/b/1, value: 9}]",
        "  - 1\n  - 9\n  - 2\n",
    );
    check("[{op: add, path: /a/b/3, value: 9}]", "  - 3\n  - 9\n");
    check("[{op: remove, path: /a/b/-1}]", "  - 1\n  - 2\n");
    check("[{op: replace, path: /a/b/0, value: 9}]", "  - 9\n  - 2\n");
    check_error(
        "[{op: add, path: /a/b/4, value: 9}]",
        "cannot add `/a/b/4`: `4` is not an index of the list",
    );
    check_error(
        "[{op: replace, path: /a/b/-, value: 9}]",
        "cannot replace `/a/b/-`: `-` is not an index of the list",
    );
}

#[test]
fn parts_are_unescaped() {
    check("[{op: replace, path: /a/x~1y, value: 7}]", "x/y: 7");
    check("[{op: add, path: /a/~01, value: 7}]", "~1: 7");
}

#[test]
fn replace_and_copy_take_members_that_are_missing() {
    check("[{op: replace, path: /a/new, value: 7}]", "new: 7");
    check("[{op: copy, from: /a/none, path: /c}]", "c: null");
    check("[{op: move, from: /s, path: /a/s}]", "  s: text");
    check_error(
        "[{op: move, from: /none, path: /c}]",
        "cannot move `/none`: it does not exist",
    );
    check_error(
        "[{op: remove, path: /a/none}]",
        "cannot remove `/a/none`: it does not exist",
    );
    check_error(
        "[{op: add, path: /none/c, value: 1}]",
        "cannot add `/none/c`: nothing is there that could hold it",
    );
    check_error(
        "[{op: add, path: s/t, value: 1}, {op: add, path: s, value: 1}]",
        "cannot add `s`: nothing is there that could hold it",
    );
}

#[test]
fn tests_compare_values() {
    check("[{op: test, path: /a/b, value: [1, 2.0, 3]}]", "s: text");
    check("[{op: test, path: /none, value: null}]", "s: text");
    check_error(
        "[{op: test, path: /s, value: other}]",
        "the value at `/s` is not the one that the patch tests for",
    );
}

#[test]
fn operations_are_checked_when_they_are_made() {
    check_error(
        "[{op: ad, path: /a}]",
        "`ad` is no operation of a JSON patch",
    );
    check_error("[{op: add}]", "the operation has no `path`");
    check_error("{op: add}", "a JSON patch must be a list of operations");
    check_error(
        "[{op: replace, path: '', value: [1]}]",
        "a JSON patch must leave a mapping",
    );
}

#[test]
fn origins_tell_object_from_patch() {
    let object = one("{a: {b: 1}, c: {d: 1}}", "object.yaml");
    let patch = one("[{op: add, path: /a/e, value: {f: 1}}]", "patch.yaml");
    let result = JsonPatch::read(&patch).unwrap().apply(&object).unwrap();
    let origin = |path: &[&str]| result.lookup(path).unwrap().origin.file;
    assert_eq!(origin(&["a", "b"]), FileId::of("object.yaml"));
    assert_eq!(origin(&["a", "e", "f"]), FileId::of("patch.yaml"));
    assert!(result.get("c").unwrap().same(object.get("c").unwrap()));
}

#[test]
fn copies_of_copies_are_bounded() {
    let mut patch = String::new();
    for number in 0..40 {
        let _ = writeln!(patch, "- {{op: copy, from: /a, path: /a/c{number}}}");
    }
    let error = patched(&patch).unwrap_err();
    assert!(matches!(error, JsonPatchError::TooMuch { .. }));
}
