use super::*;
use crate::yaml::{FileId, Limits, parse};

fn one(text: &str, file: &str) -> Node {
    parse(text.as_bytes(), FileId::of(file), &Limits::default())
        .unwrap()
        .remove(0)
}

#[track_caller]
fn merged(base: &str, patch: &str) -> Result<Option<Node>, MergeError> {
    let (base, patch) = (one(base, "base.yaml"), one(patch, "patch.yaml"));
    strategic_merge(&base, &patch, &Schemas::default())
}

/// Merges a patch into a Deployment's parts; the wanted text is the reference's.
#[track_caller]
fn check_merge(base: &str, patch: &str, want: &str) {
    let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n";
    let result = merged(&format!("{head}{base}"), &format!("{head}{patch}"));
    let mut text = String::new();
    crate::yaml::emit(&result.unwrap().unwrap(), &mut text);
    let want = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n{want}");
    assert_eq!(text, want);
}

#[test]
fn nulls_delete_and_written_nulls_stay() {
    check_merge(
        "spec: {a: 1, b: 2, k: null}\n",
        "spec: {a: null, c: null, d: {e: null}}\n",
        "spec:\n  b: 2\n  d: {}\n  k: null\n",
    );
}

#[test]
fn elements_merge_by_key_and_the_patch_comes_first() {
    check_merge(
        "spec: {template: {spec: {containers: [{name: a, image: i, args: [x]}, {name: b, image: j}]}}}\n",
        "spec: {template: {spec: {containers: [{name: c, image: k}, {name: b, image: l}, {name: a, args: [z]}]}}}\n",
        "spec:
  template:
    spec:
      containers:
      - image: k
        name: c
      - image: l
        name: b
      - args:
        - z
        image: i
        name: a
",
    );
}

#[test]
fn an_element_that_says_replace_loses() {
    check_merge(
        "spec: {template: {spec: {containers: [{name: a, image: i}]}}}\n",
        "spec: {template: {spec: {containers: [{name: a, $patch: replace, image: j}]}}}\n",
        "spec:
  template:
    spec:
      containers:
      - image: i
        name: a
",
    );
}

#[test]
fn lists_obey_directives() {
    let base =
        "spec: {template: {spec: {containers: [{name: a, image: i}, {name: b, image: j}]}}}\n";
    check_merge(
        base,
        "spec: {template: {spec: {containers: [{name: a, $patch: delete}]}}}\n",
        "spec:\n  template:\n    spec:\n      containers:\n      - image: j\n        name: b\n",
    );
    check_merge(
        base,
        "spec: {template: {spec: {containers: [{$patch: replace}, {name: c}]}}}\n",
        "spec:\n  template:\n    spec:\n      containers:\n      - name: c\n",
    );
    check_merge(
        base,
        "spec: {template: {spec: {containers: [{$patch: delete}]}}}\n",
        "spec:\n  template:\n    spec: {}\n",
    );
    check_merge(
        base,
        "spec: {template: {spec: {$patch: replace, volumes: []}}}\n",
        "spec:\n  template:\n    spec:\n      volumes: []\n",
    );
}

#[test]
fn the_root_can_be_deleted() {
    let base = "apiVersion: v1\nkind: Service\n";
    assert!(merged(base, "$patch: delete\n").unwrap().is_none());
}

#[test]
fn other_kinds_are_errors_with_both_places() {
    let error = merged("a: {b: [1]}\n", "a:\n  b: {c: 1}\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the patch has a mapping at `a.b`, where the object has a list"
    );
    assert_eq!(error.origin().unwrap().file, FileId::of("patch.yaml"));
    assert_eq!(error.related().len(), 1);
    let error = merged("a: {b: 1}\n", "a: {$patch: remove}\n").unwrap_err();
    assert_eq!(error.to_string(), "`$patch: remove` at `a` is no directive");
}

#[test]
fn what_is_not_touched_is_shared() {
    let base = one("a: {b: [1]}\nc: {d: {e: 1}}\n", "base.yaml");
    let patch = one("c: {f: 2}\n", "patch.yaml");
    let result = strategic_merge(&base, &patch, &Schemas::default())
        .unwrap()
        .unwrap();
    assert!(result.get("a").unwrap().same(base.get("a").unwrap()));
    assert!(
        result
            .lookup(&["c", "d"])
            .unwrap()
            .same(base.lookup(&["c", "d"]).unwrap())
    );
    assert_eq!(
        result.lookup(&["c", "f"]).unwrap().origin.file,
        FileId::of("patch.yaml")
    );
    assert_eq!(
        result.lookup(&["c", "d", "e"]).unwrap().origin.file,
        FileId::of("base.yaml")
    );
    let empty = one("{}\n", "patch.yaml");
    let same = strategic_merge(&base, &empty, &Schemas::default())
        .unwrap()
        .unwrap();
    assert!(same.same(&base));
}

#[test]
fn a_number_in_the_place_of_a_quoted_text_is_text() {
    check_merge(
        "spec: {a: \"x\", b: 1, c: ~}\n",
        "spec: {a: 5, b: \"6\", c: \"7\"}\n",
        "spec:\n  a: \"5\"\n  b: \"6\"\n  c: \"7\"\n",
    );
}

#[test]
fn nulls_written_as_nothing_go() {
    check_merge("spec:\n  b:\n  a: 1\n", "spec: {a: 2}\n", "spec:\n  a: 2\n");
}

#[test]
fn by_several_keys_the_objects_elements_keep_their_order() {
    let head = "spec: {template: {spec: {containers: [{name: a, ports: ";
    let base = "[{containerPort: 1, protocol: TCP}, {containerPort: 2, protocol: TCP}]}]}}}\n";
    let patch =
        "[{containerPort: 2, protocol: TCP, name: p}, {containerPort: 3, protocol: UDP}]}]}}}\n";
    check_merge(
        &format!("{head}{base}"),
        &format!("{head}{patch}"),
        "spec:
  template:
    spec:
      containers:
      - name: a
        ports:
        - containerPort: 3
          protocol: UDP
        - containerPort: 1
          protocol: TCP
        - containerPort: 2
          name: p
          protocol: TCP
",
    );
}
