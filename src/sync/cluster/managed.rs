//! Who owns which fields of a live object, as its `managedFields` tell.
//!
//! Sets of fields have the API server's form, `FieldsV1`: a tree whose keys are steps, `f:name` into a
//! field, `k:{…}` to the item with these keys, `v:…` to an item by its value, `.` for the node itself.

use std::collections::BTreeSet;

use kube::core::Status;
use serde_json::{Map, Value, json};

use super::error::Conflict;
use super::record::Noted;

/// The field manager of what a sync applies.
pub(super) const MANAGER: &str = "lockgate";

/// How the managers begin that people work with by hand.
const HAND_TOOL: &str = "kubectl";

/// Words in the names of managers that work on their own. Their fields are not taken from them unasked:
/// they would take them back.
const CONTROLLERS: [&str; 6] = [
    "controller",
    "operator",
    "autoscaler",
    "injector",
    "scheduler",
    "kubelet",
];

/// Fields that hand tools set for something to happen, not to stay; taking `restartedAt` away would
/// restart the pods once more.
const EVENTS: [&str; 2] = [
    "f:kubectl.kubernetes.io/restartedAt",
    "f:kubernetes.io/metadata.name",
];

/// A set of fields.
type Fields = Map<String, Value>;

/// A way into a set of fields.
type Path = Vec<String>;

/// One owner of fields.
#[derive(Clone, Copy, Debug)]
struct Owner<'v> {
    manager: &'v str,
    /// Whether it applies on the server, as opposed to updates.
    applies: bool,
    subresource: &'v str,
    /// When its set last changed, in a form that sorts.
    time: &'v str,
    fields: Option<&'v Fields>,
}

/// The fields that stand in the way of an apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Judged {
    /// The managers of those that were changed by hand since they were applied.
    pub(super) edited_by: BTreeSet<String>,
    /// Those that others own for a reason.
    pub(super) conflicts: Vec<Conflict>,
}

/// Fields that hand tools added since the last apply, and that nothing renders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// The fields.
    paths: Vec<Path>,
    /// The managers.
    pub(super) by: BTreeSet<String>,
}

/// Tells an edit by hand from a field that someone owns for a reason.
///
/// A field was changed by hand if it was ours, and is now owned by a hand tool or by whoever updates
/// without applying and is no controller. `None` where the status is no conflict of field managers.
pub(super) fn judge(status: &Status, live: &Value, noted: Noted) -> Option<Judged> {
    let causes = &status.details.as_ref()?.causes;
    let conflicts: Vec<(Conflict, bool)> = causes
        .iter()
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| {
            let (manager, applies) = manager_of(&cause.message);
            let field = cause.field.trim_start_matches('.').to_owned();
            (Conflict { field, manager }, applies)
        })
        .collect();
    if conflicts.is_empty() {
        return None;
    }
    let owners = owners(live);
    let own = own(&owners);
    let mut judged = Judged::default();
    for (conflict, applies) in conflicts {
        let latest = owners
            .iter()
            .filter(|owner| owner.manager == conflict.manager && owner.applies == applies)
            .map(|owner| owner.time)
            .max();
        let was_ours = noted == Noted::Same
            || own.is_some_and(|own| latest.is_some_and(|latest| latest >= own.time));
        if was_ours && is_by_hand(&conflict.manager, applies) {
            judged.edited_by.insert(conflict.manager);
        } else {
            judged.conflicts.push(conflict);
        }
    }
    judged.conflicts.sort();
    judged.conflicts.dedup();
    Some(judged)
}

/// Returns the managers that changed the object by hand since the last apply.
pub(super) fn latest_by_hand(live: &Value) -> BTreeSet<String> {
    let owners = owners(live);
    let own = own(&owners);
    owners
        .iter()
        .filter(|owner| own.is_some_and(|own| owner.time >= own.time))
        // A controller reports what it sees below `status`.
        .filter(|owner| owner.manager != MANAGER && owner.subresource != "status")
        .filter(|owner| is_by_hand(owner.manager, owner.applies))
        .map(|owner| owner.manager.to_owned())
        .collect()
}

/// Tells whether an apply changes which fields are ours.
pub(super) fn changes_ownership(live: &Value, after: &Value) -> bool {
    let (live, after) = (owners(live), owners(after));
    own(&live).and_then(|own| own.fields) != own(&after).and_then(|own| own.fields)
}

/// Returns what hand tools added to the object since the last apply, and nobody else owns.
pub(super) fn extras(live: &Value, wanted: &Value) -> Extras {
    let owners = owners(live);
    let mut extras = Extras::default();
    let Some(own) = own(&owners) else {
        return extras;
    };
    let (by_hand, others): (Vec<&Owner<'_>>, Vec<&Owner<'_>>) = owners
        .iter()
        .filter(|owner| !is_own(owner))
        .partition(|owner| is_late_tool(owner, own.time));
    let others: Vec<&Fields> = others.iter().filter_map(|owner| owner.fields).collect();
    for owner in by_hand {
        let known = extras.paths.len();
        if let Some(fields) = owner.fields {
            walk(
                fields,
                Some(live),
                Some(wanted),
                &others,
                &mut Vec::new(),
                &mut extras.paths,
            );
        }
        if extras.paths.len() > known {
            extras.by.insert(owner.manager.to_owned());
        }
    }
    extras.paths.sort();
    extras.paths.dedup();
    extras
}

impl Extras {
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Takes the fields out of an object.
    pub(super) fn take_out(&self, object: &mut Value) {
        for path in &self.paths {
            remove(object, path);
        }
    }

    /// Returns a patch that makes the fields ours alone, so that the next apply removes them.
    pub(super) fn take_over(&self, live: &Value) -> Value {
        let all = owners(live);
        let own_time = own(&all).map_or("", |own| own.time).to_owned();
        let mut entries = live["metadata"]["managedFields"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut taken: Vec<(&Path, Value)> = Vec::new();
        for entry in &mut entries {
            let is_tool = owner(entry)
                .is_some_and(|owner| !is_own(&owner) && is_late_tool(&owner, &own_time));
            let Some(fields) = entry.get_mut("fieldsV1").and_then(Value::as_object_mut) else {
                continue;
            };
            if is_tool {
                let paths = self.paths.iter();
                taken.extend(paths.filter_map(|path| Some((path, cut(fields, path)?))));
            }
        }
        for entry in &mut entries {
            let is_ours = owner(entry).is_some_and(|owner| is_own(&owner));
            let fields = entry.get_mut("fieldsV1").and_then(Value::as_object_mut);
            if let Some(fields) = fields.filter(|_| is_ours) {
                for (path, subtree) in &taken {
                    paste(fields, path, subtree);
                }
            }
        }
        entries.retain(|entry| {
            entry["fieldsV1"]
                .as_object()
                .is_none_or(|it| !it.is_empty())
        });
        json!({"metadata": {
            "resourceVersion": live["metadata"]["resourceVersion"],
            "managedFields": entries,
        }})
    }
}

fn owners(object: &Value) -> Vec<Owner<'_>> {
    let entries = object["metadata"]["managedFields"].as_array();
    entries.into_iter().flatten().filter_map(owner).collect()
}

fn owner(entry: &Value) -> Option<Owner<'_>> {
    Some(Owner {
        manager: entry["manager"].as_str()?,
        applies: entry["operation"] == "Apply",
        subresource: entry["subresource"].as_str().unwrap_or_default(),
        time: entry["time"].as_str().unwrap_or_default(),
        fields: entry["fieldsV1"].as_object(),
    })
}

fn own<'o, 'v>(owners: &'o [Owner<'v>]) -> Option<&'o Owner<'v>> {
    owners.iter().find(|owner| is_own(owner))
}

fn is_own(owner: &Owner<'_>) -> bool {
    owner.manager == MANAGER && owner.applies && owner.subresource.is_empty()
}

/// Tells whether the owner is a hand tool that changed something since a time.
fn is_late_tool(owner: &Owner<'_>, since: &str) -> bool {
    owner.manager.starts_with(HAND_TOOL) && owner.subresource.is_empty() && owner.time >= since
}

fn is_by_hand(manager: &str, applies: bool) -> bool {
    let is_controller = || {
        let manager = manager.to_lowercase();
        CONTROLLERS.iter().any(|word| manager.contains(word))
    };
    manager.starts_with(HAND_TOOL) || (!applies && !is_controller())
}

/// Reads `conflict with "kubectl-edit" using apps/v1`: the manager, and whether it applies. One that
/// updates does so `using` a version.
fn manager_of(message: &str) -> (String, bool) {
    let quoted = message
        .find('"')
        .map(|start| &message[start..])
        .unwrap_or_default();
    let mut strings = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
    let Some(Ok(manager)) = strings.next() else {
        return (message.to_owned(), true);
    };
    let rest = quoted.get(strings.byte_offset()..).unwrap_or_default();
    (manager, !rest.contains(" using "))
}

/// Collects the fields of an owner that are in the object, are not wanted, and have no other owner. As
/// deep as the set, which is as deep as an object that the API server took.
fn walk(
    fields: &Fields,
    live: Option<&Value>,
    wanted: Option<&Value>,
    others: &[&Fields],
    path: &mut Path,
    found: &mut Vec<Path>,
) {
    for (key, child) in fields {
        let is_status = path.is_empty() && key == "f:status";
        if key == "." || is_status || EVENTS.contains(&key.as_str()) {
            continue;
        }
        let Some(live) = live.and_then(|live| step(live, key)) else {
            continue;
        };
        let wanted = wanted.and_then(|wanted| step(wanted, key));
        let others: Vec<&Fields> = others
            .iter()
            .filter_map(|fields| fields.get(key)?.as_object())
            .collect();
        let child = child.as_object();
        let is_leaf = child.is_none_or(|child| child.keys().all(|key| key == "."));
        let is_item = !key.starts_with("f:") && child.is_some_and(|child| child.contains_key("."));
        path.push(key.clone());
        if wanted.is_none() && others.is_empty() && (is_leaf || is_item) {
            found.push(path.clone());
        } else if let Some(child) = child.filter(|_| !is_leaf) {
            walk(child, Some(live), wanted, &others, path, found);
        }
        path.pop();
    }
}

fn step<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match key.strip_prefix("f:") {
        Some(field) => value.get(field),
        None => value.get(position(value, key)?),
    }
}

/// Returns the position of the item that a step leads to.
fn position(value: &Value, key: &str) -> Option<usize> {
    let items = value.as_array()?;
    let (form, text) = key.split_once(':')?;
    match form {
        "i" => text.parse().ok().filter(|index| *index < items.len()),
        "v" => {
            let wanted: Value = serde_json::from_str(text).ok()?;
            items.iter().position(|item| *item == wanted)
        }
        "k" => {
            let keys: Map<String, Value> = serde_json::from_str(text).ok()?;
            // What is rendered may leave a key to its default, as a port's `protocol`.
            items.iter().position(|item| {
                keys.iter()
                    .all(|(key, value)| item.get(key).is_none_or(|found| found == value))
            })
        }
        _ => None,
    }
}

fn remove(value: &mut Value, path: &[String]) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    let at = position(value, key);
    let field = key.strip_prefix("f:");
    if rest.is_empty() {
        match (field, at, value) {
            (Some(field), _, Value::Object(object)) => drop(object.shift_remove(field)),
            (None, Some(at), Value::Array(items)) => drop(items.remove(at)),
            _ => {}
        }
        return;
    }
    let next = match (field, at) {
        (Some(field), _) => value.get_mut(field),
        (None, Some(at)) => value.get_mut(at),
        (None, None) => None,
    };
    if let Some(next) = next {
        remove(next, rest);
    }
}

/// Takes a field out of a set, and what that leaves empty.
fn cut(fields: &mut Fields, path: &[String]) -> Option<Value> {
    let (key, rest) = path.split_first()?;
    if rest.is_empty() {
        return fields.shift_remove(key);
    }
    let child = fields.get_mut(key)?.as_object_mut()?;
    let subtree = cut(child, rest);
    if child.is_empty() {
        fields.shift_remove(key);
    }
    subtree
}

fn paste(fields: &mut Fields, path: &[String], subtree: &Value) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        fields.insert(key.clone(), subtree.clone());
        return;
    }
    let child = fields.entry(key.clone()).or_insert_with(|| json!({}));
    if let Some(child) = child.as_object_mut() {
        paste(child, rest, subtree);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, time: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "time": time, "fieldsType": "FieldsV1",
               "fieldsV1": fields})
    }

    fn object(entries: &Value) -> Value {
        json!({
            "metadata": {
                "annotations": {"by-hand": "x", "rendered": "y"},
                "resourceVersion": "7",
                "managedFields": entries,
            },
            "spec": {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
        })
    }

    fn wanted() -> Value {
        json!({"metadata": {"annotations": {"rendered": "y"}},
               "spec": {"env": [{"name": "A", "value": "1"}]}})
    }

    fn conflict(message: &str) -> Status {
        let status = json!({"code": 409, "details": {"causes": [
            {"reason": "FieldManagerConflict", "message": message, "field": ".spec.replicas"},
        ]}});
        serde_json::from_value(status).unwrap()
    }

    #[track_caller]
    fn check_judged(message: &str, entries: &Value, noted: Noted, edited: &[&str], kept: &[&str]) {
        let judged = judge(&conflict(message), &object(entries), noted).unwrap();
        let edited_by: Vec<&str> = judged.edited_by.iter().map(String::as_str).collect();
        let managers: Vec<&str> = judged
            .conflicts
            .iter()
            .map(|conflict| conflict.manager.as_str())
            .collect();
        assert_eq!((edited_by.as_slice(), managers.as_slice()), (edited, kept));
    }

    #[test]
    fn an_edit_by_hand_is_told_from_an_owner() {
        let entries = |manager: &str, operation: &str, time: &str| {
            json!([
                entry(MANAGER, "Apply", "2026-01-02T00:00:00Z", &json!({})),
                entry(manager, operation, time, &json!({})),
            ])
        };
        let (before, after) = ("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z");
        let edit = r#"conflict with "kubectl-edit" using apps/v1"#;
        let by_edit = |time| entries("kubectl-edit", "Update", time);
        check_judged(edit, &by_edit(after), Noted::Absent, &["kubectl-edit"], &[]);
        check_judged(
            edit,
            &by_edit(before),
            Noted::Absent,
            &[],
            &["kubectl-edit"],
        );
        check_judged(edit, &by_edit(before), Noted::Same, &["kubectl-edit"], &[]);
        let apply = r#"conflict with "argocd""#;
        let by_apply = entries("argocd", "Apply", after);
        check_judged(apply, &by_apply, Noted::Same, &[], &["argocd"]);
        let scaled = r#"conflict with "kube-controller-manager" with subresource "scale" using apps/v1 at 2026-01-03T00:00:00Z"#;
        let by_scale = entries("kube-controller-manager", "Update", after);
        let name = "kube-controller-manager";
        check_judged(scaled, &by_scale, Noted::Same, &[], &[name]);
        let script = r#"conflict with "my \"script\"" using v1"#;
        let by_script = entries("my \"script\"", "Update", after);
        check_judged(script, &by_script, Noted::Absent, &["my \"script\""], &[]);
    }

    #[test]
    fn what_is_no_conflict_is_not_judged() {
        let status = Status::failure("no", "Invalid").with_code(422);
        assert_eq!(judge(&status, &object(&json!([])), Noted::Same), None);
    }

    #[test]
    fn what_hand_tools_added_is_taken_out_and_over() {
        let by_hand = json!({
            "f:metadata": {"f:annotations": {"f:by-hand": {}, "f:rendered": {},
                "f:kubectl.kubernetes.io/restartedAt": {}}},
            "f:spec": {"f:env": {"k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}}},
            "f:status": {"f:x": {}},
        });
        let ours = json!({"f:metadata": {"f:annotations": {"f:rendered": {}}}});
        let live = object(&json!([
            entry(MANAGER, "Apply", "2026-01-02T00:00:00Z", &ours),
            entry("kubectl-edit", "Update", "2026-01-02T00:00:00Z", &by_hand),
        ]));
        let extras = extras(&live, &wanted());
        assert_eq!(extras.by, ["kubectl-edit".to_owned()].into());
        let mut after = live.clone();
        extras.take_out(&mut after);
        assert_eq!(after["metadata"]["annotations"], json!({"rendered": "y"}));
        assert_eq!(after["spec"]["env"], json!([{"name": "A", "value": "1"}]));
        let patch = extras.take_over(&live);
        assert_eq!(patch["metadata"]["resourceVersion"], "7");
        let entries = &patch["metadata"]["managedFields"];
        let ours = &entries[0]["fieldsV1"];
        assert!(ours["f:metadata"]["f:annotations"]["f:by-hand"].is_object());
        assert!(ours["f:spec"]["f:env"]["k:{\"name\":\"B\"}"]["f:value"].is_object());
        let left = &entries[1]["fieldsV1"];
        assert!(left["f:spec"].is_null());
        assert!(left["f:metadata"]["f:annotations"]["f:rendered"].is_object());
    }

    #[test]
    fn what_others_own_too_or_set_earlier_stays() {
        let fields = json!({"f:metadata": {"f:annotations": {"f:by-hand": {}}}});
        let ours = entry(MANAGER, "Apply", "2026-01-02T00:00:00Z", &json!({}));
        let tool = |time| entry("kubectl-annotate", "Update", time, &fields);
        let controller = entry("some-controller", "Update", "2026-01-01T00:00:00Z", &fields);
        let late = "2026-01-03T00:00:00Z";
        let check = |entries: Value, want: bool| {
            assert_eq!(extras(&object(&entries), &wanted()).is_empty(), !want);
        };
        check(json!([ours, tool(late)]), true);
        check(json!([ours, tool(late), controller]), false);
        check(json!([ours, tool("2026-01-01T00:00:00Z")]), false);
        check(json!([tool(late)]), false);
    }
}
