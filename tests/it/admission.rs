//! Policies and objects put before a real API server, and the same before Lockgate.

use std::time::{Duration, Instant};

use lockgate::policy::{Environment, Owner, PolicyErrors, PolicySet, Source, cases};
use lockgate::render::Object;
use lockgate::render::fleet::PolicyAction;
use lockgate::source::{DiskTree, TreePath};
use lockgate::yaml::emit;

use crate::control_plane::{ControlPlane, Reply};

/// Reads the objects of a text as a file of its own.
pub(crate) fn objects(text: &str) -> Vec<Object> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("objects.yaml"), text).unwrap();
    let tree = DiskTree::open(folder.path(), folder.path()).unwrap();
    cases::objects(&tree, &TreePath::new("objects.yaml").unwrap()).unwrap()
}

/// Loads policies from a text.
pub(crate) fn load(text: &str) -> Result<PolicySet, PolicyErrors> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policies.yaml"), text).unwrap();
    let tree = DiskTree::open(folder.path(), folder.path()).unwrap();
    PolicySet::load(&[Source {
        tree: &tree,
        path: TreePath::root(),
        action: PolicyAction::Deny,
        origin: None,
        owner: Owner::Repository,
    }])
}

/// Returns what Lockgate says of an object, as the server words it; none where it is let in.
pub(crate) fn ours(
    policies: &PolicySet,
    object: &Object,
    environment: &Environment,
) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for violation in policies.evaluate(object, environment) {
        let message = format!(
            "ValidatingAdmissionPolicy '{}' with binding '{}' denied request: {}",
            violation.policy, violation.binding, violation.message
        );
        if violation.action == PolicyAction::Deny && !messages.contains(&message) {
            messages.push(message);
        }
    }
    messages
}

/// Returns what the server says of an object: the refusal of a policy; none where it is let in.
pub(crate) fn theirs(reply: &Reply) -> Option<String> {
    if reply.is_ok() {
        return None;
    }
    let message = reply.message();
    match message.find("ValidatingAdmissionPolicy '") {
        Some(at) => Some(message[at..].to_owned()),
        None => panic!("refused, and by no policy: {message}"),
    }
}

/// Creates an object, or only asks whether it could be created.
pub(crate) fn create(
    server: &ControlPlane,
    object: &Object,
    namespace: &str,
    dry_run: bool,
) -> Reply {
    let mut text = String::new();
    emit(&object.node, &mut text);
    let id = &object.id;
    let (resource, is_cluster_scoped) = resource(&id.kind);
    let group = if id.group.is_empty() {
        format!("/api/{}", id.version)
    } else {
        format!("/apis/{}/{}", id.group, id.version)
    };
    let namespace = match (is_cluster_scoped, id.namespace.as_str()) {
        (true, _) => String::new(),
        (false, "") => format!("/namespaces/{namespace}"),
        (false, own) => format!("/namespaces/{own}"),
    };
    let query = if dry_run { "?dryRun=All" } else { "" };
    let path = format!("{group}{namespace}/{resource}{query}");
    server.post(&path, "application/yaml", text.into_bytes())
}

/// Creates all objects of a text that are not there yet.
pub(crate) fn install(server: &ControlPlane, text: &str, namespace: &str) {
    for object in objects(text) {
        let reply = create(server, &object, namespace, false);
        assert!(
            reply.is_ok() || reply.code == 409,
            "{}: {}",
            object.id,
            reply.message()
        );
    }
}

/// Asks again until the answer is what is waited for: policies take effect a little after they are there.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{what} did not happen within a minute"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Returns the resource of a kind, and whether it is in no namespace.
fn resource(kind: &str) -> (String, bool) {
    let lower = kind.to_lowercase();
    let resource = match kind {
        "Ingress" => "ingresses".to_owned(),
        "NetworkPolicy" => "networkpolicies".to_owned(),
        "ValidatingAdmissionPolicy" => "validatingadmissionpolicies".to_owned(),
        _ => format!("{lower}s"),
    };
    let is_cluster_scoped = matches!(
        kind,
        "Namespace"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "CustomResourceDefinition"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "PersistentVolume"
    );
    (resource, is_cluster_scoped)
}
