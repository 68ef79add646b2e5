//! Marks in the place of Secrets' values.

use crate::kustomize::Gvk;
use crate::yaml::{Node, Value};

/// The value on both sides, or on the only one.
const SAME: &str = "***";
/// A value that the new object has changed.
const BEFORE: &str = "*** (before)";
/// The value that it was changed to.
const AFTER: &str = "*** (after)";

/// The fields of a Secret that hold its values.
const VALUES: [&str; 2] = ["data", "stringData"];

/// An annotation that holds the whole object once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Tells whether an object holds values that must not be shown.
pub fn is_secret(object: &Node) -> bool {
    let gvk = Gvk::of(object);
    gvk.group.is_empty() && (gvk.kind == "Secret" || gvk.kind == "SecretList")
}

/// Returns an object and what it becomes with the values of Secrets replaced by marks, which tell
/// whether a value changed and nothing else of it.
///
/// Objects that are no Secrets are returned as they are.
pub fn mask(old: Option<&Node>, new: Option<&Node>) -> (Option<Node>, Option<Node>) {
    let (mut old_masked, mut new_masked) = (old.cloned(), new.cloned());
    if !old.into_iter().chain(new).any(is_secret) {
        return (old_masked, new_masked);
    }
    mask_object(old, new, &mut old_masked, &mut new_masked);
    (old_masked, new_masked)
}

fn mask_object(
    old: Option<&Node>,
    new: Option<&Node>,
    old_masked: &mut Option<Node>,
    new_masked: &mut Option<Node>,
) {
    for field in VALUES {
        let (before, after) = (get(old, field), get(new, field));
        for (masked, own, other, mark) in [
            (&mut *old_masked, before, after, BEFORE),
            (&mut *new_masked, after, before, AFTER),
        ] {
            if let Some(values) = masked.as_mut().and_then(|node| node.get_mut(field)) {
                mask_values(values, own, other, mark);
            }
        }
    }
    let path = ["metadata", "annotations", LAST_APPLIED];
    let (before, after) = (
        old.and_then(|node| node.lookup(&path)),
        new.and_then(|node| node.lookup(&path)),
    );
    for (masked, own, other, mark) in [
        (&mut *old_masked, before, after, BEFORE),
        (&mut *new_masked, after, before, AFTER),
    ] {
        if let Some(value) = masked.as_mut().and_then(|node| node.lookup_mut(&path)) {
            *value = mark_for(own, other, mark, value);
        }
    }
    // The items of a list, which only a hand-written `SecretList` has.
    for masked in [old_masked, new_masked] {
        if let Some(items) = masked.as_mut().and_then(|node| node.get_mut("items")) {
            *items = Node::string(SAME, items.origin);
        }
    }
}

fn mask_values(values: &mut Node, own: Option<&Node>, other: Option<&Node>, mark: &'static str) {
    let Value::Mapping(_) = values.value else {
        // Not what a Secret holds, but what it was meant to.
        if !values.is_null() {
            *values = mark_for(own, other, mark, values);
        }
        return;
    };
    let Some(mapping) = values.as_mapping_mut() else {
        return;
    };
    for entry in mapping.iter_mut() {
        let key = entry.key.text.as_str();
        entry.value = mark_for(get(own, key), get(other, key), mark, &entry.value);
    }
}

fn mark_for(own: Option<&Node>, other: Option<&Node>, mark: &'static str, at: &Node) -> Node {
    let is_changed = match (own, other) {
        (Some(own), Some(other)) => !own.equals(other),
        _ => false,
    };
    Node::string(if is_changed { mark } else { SAME }, at.origin)
}

fn get<'n>(node: Option<&'n Node>, key: &str) -> Option<&'n Node> {
    node.and_then(|node| node.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, emit, parse};

    fn node(text: &str) -> Node {
        parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default())
            .unwrap()
            .remove(0)
    }

    fn text(node: Option<Node>) -> String {
        let mut out = String::new();
        if let Some(node) = node {
            emit(&node, &mut out);
        }
        out
    }

    #[test]
    fn marks_tell_what_changed_and_nothing_else() {
        let old = node("apiVersion: v1\nkind: Secret\ndata: {a: b25l, b: dHdv, c: dHJlZQ==}\n");
        let new = node("apiVersion: v1\nkind: Secret\ndata: {a: b25l, b: bmV3, d: Zm91cg==}\n");
        let (old, new) = mask(Some(&old), Some(&new));
        let (old, new) = (text(old), text(new));
        for line in ["  a: '***'\n", "  b: '*** (before)'\n", "  c: '***'\n"] {
            assert!(old.contains(line), "{line} in {old}");
        }
        for line in ["  a: '***'\n", "  b: '*** (after)'\n", "  d: '***'\n"] {
            assert!(new.contains(line), "{line} in {new}");
        }
    }

    #[test]
    fn no_value_stays_wherever_it_hides() {
        for hidden in [
            "apiVersion: v1\nkind: Secret\nstringData: {a: hunter2}\n",
            "apiVersion: v1\nkind: Secret\nstringData: hunter2\n",
            "apiVersion: v1\nkind: Secret\ndata: {a: {b: hunter2}}\n",
            "apiVersion: v1\nkind: Secret\nmetadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\":\"hunter2\"}'}}\n",
            "apiVersion: v1\nkind: SecretList\nitems: [{kind: Secret, data: {a: hunter2}}]\n",
        ] {
            let hidden = node(hidden);
            let other = node("apiVersion: v1\nkind: Secret\ndata: {a: other}\n");
            for (old, new) in [
                mask(Some(&hidden), None),
                mask(None, Some(&hidden)),
                mask(Some(&hidden), Some(&other)),
                mask(Some(&other), Some(&hidden)),
            ] {
                let shown = text(old) + &text(new);
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
    }

    #[test]
    fn others_are_left_as_they_are() {
        let map = node("apiVersion: v1\nkind: ConfigMap\ndata: {a: open}\n");
        assert!(text(mask(Some(&map), None).0).contains("open"));
    }
}
