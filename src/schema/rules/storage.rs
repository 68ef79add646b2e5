//! Claims, volumes and their classes.

use crate::schema::names;
use crate::yaml::{Node, Segment};

use super::TypeRules;
use super::rule::{self, Rule};
use super::subject::{Subject, entries, has, item, item_text, items, key, quantity_of, text};
use super::volume::one_source;

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.PersistentVolumeClaimSpec",
        required: &["accessModes"],
        fields: &[
            ("storageClassName", Rule::Name(names::dns_subdomain)),
            (
                "volumeAttributesClassName",
                Rule::Name(names::dns_subdomain),
            ),
            ("volumeMode", Rule::Exactly(&["Block", "Filesystem"])),
        ],
        check: Some(claim),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.TypedObjectReference",
        required: &["kind", "name"],
        fields: &[("namespace", Rule::Name(names::dns_label))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PersistentVolumeSpec",
        required: &["accessModes"],
        fields: &[
            ("storageClassName", Rule::Name(names::dns_subdomain)),
            (
                "volumeAttributesClassName",
                Rule::FullName(names::dns_subdomain),
            ),
            ("volumeMode", Rule::Exactly(&["Block", "Filesystem"])),
            (
                "persistentVolumeReclaimPolicy",
                Rule::OneOf(&["Delete", "Recycle", "Retain"]),
            ),
        ],
        check: Some(volume),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.VolumeNodeAffinity",
        required: &["required"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.LocalVolumeSource",
        required: &["path"],
        fields: &[("path", Rule::Name(rule::no_steps_back))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.CSIPersistentVolumeSource",
        required: &["driver", "volumeHandle"],
        fields: &[("driver", Rule::Name(rule::caseless_subdomain))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.StorageClass",
        required: &["provisioner"],
        fields: &[
            ("provisioner", Rule::Name(provisioner)),
            ("reclaimPolicy", Rule::OneOf(&["Delete", "Retain"])),
            (
                "volumeBindingMode",
                Rule::Exactly(&["Immediate", "WaitForFirstConsumer"]),
            ),
        ],
        check: Some(class),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.TopologySelectorTerm",
        required: &["matchLabelExpressions"],
        check: Some(topology_term),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.TopologySelectorLabelRequirement",
        required: &["key", "values"],
        fields: &[("key", Rule::Name(names::qualified_name))],
        check: Some(topology),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.VolumeAttributesClass",
        required: &["driverName"],
        fields: &[("driverName", Rule::Name(provisioner))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.VolumeAttachmentSpec",
        required: &["attacher", "nodeName"],
        fields: &[
            ("attacher", Rule::Name(rule::caseless_subdomain)),
            ("nodeName", Rule::Name(names::dns_subdomain)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.VolumeAttachmentSource",
        fields: &[("persistentVolumeName", Rule::FullName(names::dns_subdomain))],
        check: Some(attached),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.CSINode",
        optional: &["spec"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.CSINodeSpec",
        optional: &["drivers"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.CSIDriver",
        optional: &["spec"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "storage.v1.CSIDriverSpec",
        fields: &[(
            "fsGroupPolicy",
            Rule::Exactly(&["ReadWriteOnceWithFSType", "File", "None"]),
        )],
        check: Some(driver),
        ..TypeRules::NONE
    },
];

fn provisioner(text: &str) -> Result<(), names::Wrong> {
    names::qualified_name(&text.to_lowercase())
}

const ACCESS_MODES: [&str; 4] = [
    "ReadWriteOnce",
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOncePod",
];

fn access_modes(subject: &mut Subject<'_, '_>) {
    let modes = items(subject.node, "accessModes");
    for (index, mode) in modes.iter().enumerate() {
        let mode = item_text(mode);
        let way = [key("accessModes"), item(index)];
        if !ACCESS_MODES.contains(&mode) {
            let message = format!("`{mode}` is none of {}", ACCESS_MODES.join(", "));
            subject.wrong("schema/enum", &way, message);
        } else if mode == "ReadWriteOncePod"
            && modes.iter().any(|other| {
                other
                    .text()
                    .is_some_and(|other| other != mode && ACCESS_MODES.contains(&other))
            })
        {
            subject.wrong("schema/conflict", &way, "cannot stand beside other modes");
        }
    }
}

fn claim(subject: &mut Subject<'_, '_>) {
    access_modes(subject);
    let node = subject.node;
    let way = [key("resources"), key("requests"), key("storage")];
    match node.lookup(&["resources", "requests", "storage"]) {
        None => subject.missing(&way, "`resources.requests.storage` is required"),
        Some(storage) => above_zero(subject, storage, &way),
    }
    // A `dataSource` of another kind is dropped by the server, a `dataSourceRef` is not.
    if let Some(source) = node.get("dataSource")
        && text(source, "kind") == Some("PersistentVolumeClaim")
        && !has(source, "apiGroup")
        && text(source, "name").is_none()
    {
        subject.missing(&[key("dataSource"), key("name")], "`name` is required");
    }
    if let Some(source) = node.get("dataSourceRef").filter(|source| !source.is_null()) {
        data_source(subject, source, "dataSourceRef");
    }
}

fn data_source(subject: &mut Subject<'_, '_>, source: &Node, field: &str) {
    match text(source, "apiGroup") {
        None => {
            if text(source, "kind").is_some_and(|kind| kind != "PersistentVolumeClaim") {
                subject.wrong(
                    "schema/enum",
                    &[key(field), key("kind")],
                    "must be `PersistentVolumeClaim` without an `apiGroup`",
                );
            }
        }
        Some(group) => {
            if let Err(wrong) = names::dns_subdomain(group) {
                subject.wrong("schema/name", &[key(field), key("apiGroup")], wrong);
            }
        }
    }
}

fn above_zero(subject: &mut Subject<'_, '_>, node: &Node, way: &[Segment]) {
    let fine = quantity_of(node).is_none_or(|amount| !amount.is_negative() && !amount.is_zero());
    if !fine {
        subject.wrong("schema/range", way, "must be above 0");
    }
}

/// Fields of a volume's specification that are no source.
const NO_SOURCES: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

fn volume(subject: &mut Subject<'_, '_>) {
    access_modes(subject);
    one_source(subject, &NO_SOURCES);
    let node = subject.node;
    if node.lookup(&["capacity", "storage"]).is_none() {
        subject.missing(
            &[key("capacity"), key("storage")],
            "`capacity.storage` is required",
        );
    }
    for entry in entries(node, "capacity") {
        let name = entry.key.text.as_str();
        let way = [key("capacity"), key(name)];
        if name == "storage" {
            above_zero(subject, &entry.value, &way);
        } else {
            subject.wrong(
                "schema/enum",
                &way,
                "a volume has the capacity `storage` only",
            );
        }
    }
    if has(node, "local") && !has(node, "nodeAffinity") {
        subject.missing(
            &[key("nodeAffinity")],
            "`nodeAffinity` is required for a `local` volume",
        );
    }
    let root = node.lookup(&["hostPath", "path"]).and_then(Node::text) == Some("/");
    if root && text(node, "persistentVolumeReclaimPolicy") == Some("Recycle") {
        subject.wrong(
            "schema/conflict",
            &[key("persistentVolumeReclaimPolicy")],
            "the host's root cannot be recycled",
        );
    }
}

fn class(subject: &mut Subject<'_, '_>) {
    let topologies = items(subject.node, "allowedTopologies");
    for (index, topology) in topologies.iter().enumerate() {
        if topologies[..index]
            .iter()
            .any(|other| other.equals(topology))
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("allowedTopologies"), item(index)],
                "is there already",
            );
        }
    }
    for entry in entries(subject.node, "parameters") {
        if entry.key.text.is_empty() {
            subject.wrong(
                "schema/name",
                &[key("parameters")],
                "a parameter needs a name",
            );
        }
    }
}

fn topology_term(subject: &mut Subject<'_, '_>) {
    let parts = items(subject.node, "matchLabelExpressions");
    for (index, part) in parts.iter().enumerate() {
        let name = text(part, "key");
        if name.is_some()
            && parts[..index]
                .iter()
                .any(|other| text(other, "key") == name)
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("matchLabelExpressions"), item(index), key("key")],
                "a part before it has this key",
            );
        }
    }
}

fn topology(subject: &mut Subject<'_, '_>) {
    let values = items(subject.node, "values");
    for (index, value) in values.iter().enumerate() {
        if values[..index]
            .iter()
            .any(|other| other.text() == value.text())
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("values"), item(index)],
                "is there already",
            );
        }
    }
}

fn attached(subject: &mut Subject<'_, '_>) {
    super::container::one_of(subject, &["persistentVolumeName", "inlineVolumeSpec"]);
}

fn driver(subject: &mut Subject<'_, '_>) {
    for (index, mode) in items(subject.node, "volumeLifecycleModes")
        .iter()
        .enumerate()
    {
        let mode = item_text(mode);
        if !matches!(mode, "Persistent" | "Ephemeral") {
            let message = format!("`{mode}` is none of Persistent, Ephemeral");
            subject.wrong(
                "schema/enum",
                &[key("volumeLifecycleModes"), item(index)],
                message,
            );
        }
    }
}
