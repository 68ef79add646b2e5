//! The sources of volumes.

use rustc_hash::FxHashSet;

use crate::schema::names;
use crate::yaml::{Node, Segment};

use super::TypeRules;
use super::container::{field_reference, one_of};
use super::rule::{self, MODE, Rule};
use super::subject::{Subject, has, item, items, key, quantity, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.Volume",
        required: &["name"],
        fields: &[("name", Rule::Name(names::dns_label))],
        check: Some(volume),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EmptyDirVolumeSource",
        check: Some(empty_dir),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.HostPathVolumeSource",
        required: &["path"],
        fields: &[
            ("path", Rule::Name(rule::no_steps_back)),
            (
                "type",
                Rule::OneOf(&[
                    "DirectoryOrCreate",
                    "Directory",
                    "FileOrCreate",
                    "File",
                    "Socket",
                    "CharDevice",
                    "BlockDevice",
                ]),
            ),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SecretVolumeSource",
        required: &["secretName"],
        fields: &[("defaultMode", MODE)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ConfigMapVolumeSource",
        required: &["name"],
        fields: &[("defaultMode", MODE)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.KeyToPath",
        required: &["key", "path"],
        fields: &[("path", Rule::Name(rule::file_path)), ("mode", MODE)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PersistentVolumeClaimVolumeSource",
        required: &["claimName"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.NFSVolumeSource",
        required: &["server", "path"],
        fields: &[("path", Rule::Name(absolute))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ISCSIVolumeSource",
        required: &["targetPortal", "iqn"],
        optional: &["lun"],
        fields: &[("lun", Rule::Within(0, 255))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.RBDVolumeSource",
        required: &["monitors", "image"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.CephFSVolumeSource",
        required: &["monitors"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.GlusterfsVolumeSource",
        required: &["endpoints", "path"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.AzureFileVolumeSource",
        required: &["secretName", "shareName"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.GCEPersistentDiskVolumeSource",
        required: &["pdName"],
        fields: &[("partition", Rule::Within(0, 255))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.AWSElasticBlockStoreVolumeSource",
        required: &["volumeID"],
        fields: &[("partition", Rule::Within(0, 255))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.CinderVolumeSource",
        required: &["volumeID"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.FlexVolumeSource",
        required: &["driver"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.VsphereVirtualDiskVolumeSource",
        required: &["volumePath"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PortworxVolumeSource",
        required: &["volumeID"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.QuobyteVolumeSource",
        required: &["registry", "volume"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ScaleIOVolumeSource",
        required: &["gateway", "system", "volumeName"],
        optional: &["secretRef"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.GitRepoVolumeSource",
        required: &["repository"],
        fields: &[("directory", Rule::Name(rule::relative_path))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.AzureDiskVolumeSource",
        required: &["diskName", "diskURI"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.CSIVolumeSource",
        required: &["driver"],
        fields: &[("driver", Rule::Name(rule::caseless_subdomain))],
        check: Some(csi),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EphemeralVolumeSource",
        check: Some(ephemeral),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.DownwardAPIVolumeSource",
        fields: &[("defaultMode", MODE)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.DownwardAPIVolumeFile",
        required: &["path"],
        fields: &[("path", Rule::Name(rule::file_path)), ("mode", MODE)],
        check: Some(downward_file),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ProjectedVolumeSource",
        fields: &[("defaultMode", MODE)],
        check: Some(projected),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.VolumeProjection",
        check: Some(projection),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SecretProjection",
        required: &["name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ConfigMapProjection",
        required: &["name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ServiceAccountTokenProjection",
        required: &["path"],
        fields: &[
            ("path", Rule::Name(rule::file_path)),
            ("expirationSeconds", Rule::Within(600, 1 << 32)),
        ],
        ..TypeRules::NONE
    },
];

/// Fields of a volume that are no source.
const NO_SOURCES: [&str; 1] = ["name"];

fn absolute(text: &str) -> Result<(), names::Wrong> {
    if text.starts_with('/') {
        return Ok(());
    }
    Err("must be an absolute path".into())
}

/// A volume without a source is an empty directory.
fn volume(subject: &mut Subject<'_, '_>) {
    let name_only = |entry: &crate::yaml::Entry| entry.key.text == "name" || entry.value.is_null();
    if !subject
        .node
        .as_mapping()
        .into_iter()
        .flatten()
        .all(name_only)
    {
        one_source(subject, &NO_SOURCES);
    }
}

/// Holds a mapping to exactly one field beside some.
pub(super) fn one_source(subject: &mut Subject<'_, '_>, beside: &[&str]) {
    let entries = subject.node.as_mapping().into_iter().flatten();
    let mut sources = entries
        .filter(|entry| !beside.contains(&entry.key.text.as_str()) && !entry.value.is_null())
        .map(|entry| entry.key.text.as_str());
    if sources.next().is_none() {
        subject.missing(&[], "the volume has no source");
    }
    for more in sources {
        subject.wrong(
            "schema/one-of",
            &[key(more)],
            "a volume has one source, this one has another already",
        );
    }
}

fn empty_dir(subject: &mut Subject<'_, '_>) {
    if quantity(subject.node, "sizeLimit").is_some_and(|limit| limit.is_negative()) {
        subject.wrong("schema/range", &[key("sizeLimit")], "must not be negative");
    }
}

fn csi(subject: &mut Subject<'_, '_>) {
    let Some(reference) = subject
        .node
        .get("nodePublishSecretRef")
        .filter(|node| !node.is_null())
    else {
        return;
    };
    let way = [key("nodePublishSecretRef"), key("name")];
    match text(reference, "name").map(names::dns_subdomain) {
        None => subject.missing(&way, "`name` is required"),
        Some(Err(wrong)) => subject.wrong("schema/name", &way, wrong),
        Some(Ok(())) => {}
    }
}

fn ephemeral(subject: &mut Subject<'_, '_>) {
    let Some(template) = subject
        .node
        .get("volumeClaimTemplate")
        .filter(|node| !node.is_null())
    else {
        subject.missing(
            &[key("volumeClaimTemplate")],
            "`volumeClaimTemplate` is required",
        );
        return;
    };
    let metadata = template.get("metadata").and_then(Node::as_mapping);
    for entry in metadata.into_iter().flatten() {
        let name = entry.key.text.as_str();
        if !matches!(name, "labels" | "annotations" | "creationTimestamp") && !entry.value.is_null()
        {
            subject.wrong(
                "schema/conflict",
                &[key("volumeClaimTemplate"), key("metadata"), key(name)],
                format!("`{name}` cannot be set in a template of a claim"),
            );
        }
    }
}

/// What a file of a volume may show of its pod.
const FILE_FIELDS: [&str; 5] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
];

fn downward_file(subject: &mut Subject<'_, '_>) {
    one_of(subject, &["fieldRef", "resourceFieldRef"]);
    field_reference(subject, &[], &FILE_FIELDS);
    let node = subject.node;
    if let Some(reference) = node.get("resourceFieldRef").filter(|node| !node.is_null())
        && text(reference, "containerName").is_none()
    {
        subject.missing(
            &[key("resourceFieldRef"), key("containerName")],
            "`containerName` is required",
        );
    }
}

/// No two sources write one file.
fn projected(subject: &mut Subject<'_, '_>) {
    let mut paths: FxHashSet<&str> = FxHashSet::default();
    for (index, source) in items(subject.node, "sources").iter().enumerate() {
        for field in ["secret", "configMap", "downwardAPI"] {
            let files = source
                .get(field)
                .map_or(&[][..], |source| items(source, "items"));
            for (position, file) in files.iter().enumerate() {
                if text(file, "path").is_some_and(|path| !paths.insert(path)) {
                    let way: [Segment; 6] = [
                        key("sources"),
                        item(index),
                        key(field),
                        key("items"),
                        item(position),
                        key("path"),
                    ];
                    subject.wrong(
                        "schema/duplicate-item",
                        &way,
                        "an item before it writes the same file",
                    );
                }
            }
        }
    }
}

fn projection(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let sources = [
        "secret",
        "configMap",
        "downwardAPI",
        "serviceAccountToken",
        "clusterTrustBundle",
        "podCertificate",
    ];
    for more in sources.iter().filter(|source| has(node, source)).skip(1) {
        subject.wrong(
            "schema/one-of",
            &[key(more)],
            "a projection has one source, this one has another already",
        );
    }
}
