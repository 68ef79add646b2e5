//! A container: its ports, variables, mounts, probes and what it may do.

use crate::schema::names;
use crate::yaml::Segment;

use super::TypeRules;
use super::network;
use super::rule::{self, ID, NATURAL, PORT_NUMBER, POSITIVE, Rule};
use super::subject::{Subject, has, int, is_false, is_true, item, items, key, plain_text, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.Container",
        required: &["name", "image"],
        unique: &["volumeMounts", "volumeDevices", "resizePolicy"],
        fields: &[("name", Rule::Name(names::dns_label))],
        check: Some(container),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EphemeralContainer",
        required: &["name", "image"],
        fields: &[("name", Rule::Name(names::dns_label))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ContainerPort",
        required: &["containerPort"],
        fields: &[
            ("name", Rule::Name(names::port_name)),
            ("containerPort", PORT_NUMBER),
            ("hostPort", Rule::Within(0, 65_535)),
            ("protocol", Rule::OneOf(&["TCP", "UDP", "SCTP"])),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EnvVar",
        required: &["name"],
        fields: &[("name", Rule::Name(names::variable))],
        check: Some(variable),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EnvVarSource",
        check: Some(variable_source),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EnvFromSource",
        fields: &[("prefix", Rule::Name(names::variable))],
        check: Some(variables_source),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ConfigMapEnvSource",
        required: &["name"],
        fields: &[("name", Rule::Name(prefix))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SecretEnvSource",
        required: &["name"],
        fields: &[("name", Rule::Name(prefix))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ConfigMapKeySelector",
        required: &["name", "key"],
        fields: &[
            ("name", Rule::Name(names::dns_subdomain)),
            ("key", Rule::Name(names::config_key)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SecretKeySelector",
        required: &["name", "key"],
        fields: &[
            ("name", Rule::Name(names::dns_subdomain)),
            ("key", Rule::Name(names::config_key)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ResourceFieldSelector",
        required: &["resource"],
        fields: &[("resource", Rule::Name(resource_field))],
        check: Some(divisor),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.VolumeMount",
        required: &["name", "mountPath"],
        fields: &[
            ("subPath", Rule::Name(rule::relative_path)),
            ("subPathExpr", Rule::Name(rule::relative_path)),
            (
                "mountPropagation",
                Rule::Exactly(&["None", "HostToContainer", "Bidirectional"]),
            ),
            (
                "recursiveReadOnly",
                Rule::Exactly(&["Disabled", "IfPossible", "Enabled"]),
            ),
        ],
        check: Some(mount),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.VolumeDevice",
        required: &["name", "devicePath"],
        fields: &[("devicePath", Rule::Name(rule::no_steps_back))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.Probe",
        fields: &[
            ("initialDelaySeconds", NATURAL),
            ("timeoutSeconds", NATURAL),
            ("periodSeconds", NATURAL),
            ("successThreshold", NATURAL),
            ("failureThreshold", NATURAL),
            ("terminationGracePeriodSeconds", POSITIVE),
        ],
        check: Some(probe),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.LifecycleHandler",
        check: Some(handler),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SleepAction",
        optional: &["seconds"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ExecAction",
        required: &["command"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.HTTPGetAction",
        required: &["port"],
        fields: &[
            ("port", Rule::Port),
            ("scheme", Rule::OneOf(&["HTTP", "HTTPS"])),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.HTTPHeader",
        optional: &["value"],
        required: &["name"],
        fields: &[("name", Rule::FullName(rule::header))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.TCPSocketAction",
        required: &["port"],
        fields: &[("port", Rule::Port)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.GRPCAction",
        required: &["port"],
        fields: &[("port", PORT_NUMBER)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.PodSecurityContext",
        fields: &[
            ("runAsUser", ID),
            ("runAsGroup", ID),
            ("fsGroup", ID),
            (
                "fsGroupChangePolicy",
                Rule::Exactly(&["OnRootMismatch", "Always"]),
            ),
            (
                "supplementalGroupsPolicy",
                Rule::Exactly(&["Merge", "Strict"]),
            ),
        ],
        check: Some(pod_security),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SecurityContext",
        fields: &[
            ("runAsUser", ID),
            ("runAsGroup", ID),
            ("procMount", Rule::Exactly(&["Default", "Unmasked"])),
        ],
        check: Some(security),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.Sysctl",
        optional: &["name", "value"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.SeccompProfile",
        required: &["type"],
        fields: &[("localhostProfile", Rule::Name(rule::relative_path))],
        check: Some(profile),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.AppArmorProfile",
        required: &["type"],
        check: Some(profile),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ContainerResizePolicy",
        required: &["resourceName", "restartPolicy"],
        fields: &[
            ("resourceName", Rule::OneOf(&["cpu", "memory"])),
            (
                "restartPolicy",
                Rule::OneOf(&["NotRequired", "RestartContainer"]),
            ),
        ],
        ..TypeRules::NONE
    },
];

/// A name, or the beginning of one: here the server lets a `-` stand at the end.
fn prefix(text: &str) -> Result<(), names::Wrong> {
    names::dns_subdomain(text.strip_suffix('-').unwrap_or(text))
}

fn container(subject: &mut Subject<'_, '_>) {
    port_names(subject);
    devices(subject);
    probes(subject);
    image(subject);
    let node = subject.node;
    let privileged = node
        .get("securityContext")
        .is_some_and(|context| is_true(context, "privileged"));
    for (index, mount) in items(node, "volumeMounts").iter().enumerate() {
        if text(mount, "mountPropagation") == Some("Bidirectional") && !privileged {
            subject.wrong(
                "schema/conflict",
                &[key("volumeMounts"), item(index), key("mountPropagation")],
                "`Bidirectional` is for privileged containers",
            );
        }
    }
}

/// A pod's image has no space around it. Templates may, for what fills them in later.
fn image(subject: &mut Subject<'_, '_>) {
    let Some(image) = text(subject.node, "image").filter(|image| image.trim() != *image) else {
        return;
    };
    let message = format!("`{image}` has space around it");
    if text(subject.object(), "kind") == Some("Pod") {
        subject.wrong("schema/format", &[key("image")], message);
    } else {
        let node = subject.node;
        let mut doubted = subject.below(node, &[]);
        doubted.only_warn();
        doubted.wrong("schema/format", &[key("image")], message);
    }
}

fn port_names(subject: &mut Subject<'_, '_>) {
    let ports = items(subject.node, "ports");
    for (index, port) in ports.iter().enumerate() {
        let Some(name) = text(port, "name") else {
            continue;
        };
        if ports[..index]
            .iter()
            .any(|other| text(other, "name") == Some(name))
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("ports"), item(index), key("name")],
                format!("a port before it has the name `{name}`"),
            );
        }
    }
}

/// A volume is mounted or a device, and neither shares its path.
fn devices(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let mounts = items(node, "volumeMounts");
    let all = items(node, "volumeDevices");
    for (index, device) in all.iter().enumerate() {
        let name = text(device, "name");
        let twice = all[..index].iter().any(|other| text(other, "name") == name);
        let mounted = mounts.iter().any(|mount| {
            text(mount, "name") == name || text(mount, "mountPath") == text(device, "devicePath")
        });
        if name.is_some() && (twice || mounted) {
            subject.wrong(
                "schema/duplicate-item",
                &[key("volumeDevices"), item(index), key("name")],
                "the volume or its path is used already",
            );
        }
    }
}

fn probes(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for field in ["livenessProbe", "startupProbe"] {
        let Some(probe) = node.get(field) else {
            continue;
        };
        if int(probe, "successThreshold").is_some_and(|threshold| threshold > 1) {
            subject.wrong(
                "schema/range",
                &[key(field), key("successThreshold")],
                format!("must be 1 in a `{field}`"),
            );
        }
    }
    let readiness = node.get("readinessProbe");
    if readiness.is_some_and(|probe| has(probe, "terminationGracePeriodSeconds")) {
        subject.wrong(
            "schema/conflict",
            &[key("readinessProbe"), key("terminationGracePeriodSeconds")],
            "a readiness probe ends nothing, so it has no grace period",
        );
    }
}

fn probe(subject: &mut Subject<'_, '_>) {
    one_of(subject, &["exec", "httpGet", "tcpSocket", "grpc"]);
}

fn handler(subject: &mut Subject<'_, '_>) {
    one_of(subject, &["exec", "httpGet", "tcpSocket", "sleep"]);
}

/// Holds a mapping to exactly one of some fields.
pub(super) fn one_of(subject: &mut Subject<'_, '_>, fields: &[&str]) {
    let node = subject.node;
    let mut found = fields.iter().filter(|field| has(node, field));
    let first = found.next();
    let more: Vec<&&str> = found.collect();
    let list = || {
        let quoted: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
        quoted.join(", ")
    };
    if first.is_none() {
        subject.wrong("schema/one-of", &[], format!("must have one of {}", list()));
    }
    for field in more {
        subject.wrong(
            "schema/one-of",
            &[key(field)],
            format!("must have only one of {}", list()),
        );
    }
}

fn variable(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if has(node, "valueFrom") && text(node, "value").is_some() {
        subject.wrong(
            "schema/conflict",
            &[key("valueFrom")],
            "cannot stand beside a `value`",
        );
    }
}

fn variable_source(subject: &mut Subject<'_, '_>) {
    one_of(
        subject,
        &[
            "fieldRef",
            "resourceFieldRef",
            "configMapKeyRef",
            "secretKeyRef",
            "fileKeyRef",
        ],
    );
    let fields = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    field_reference(subject, &[], &fields);
}

/// Holds a `fieldRef` to the fields that may be referred to.
pub(super) fn field_reference(subject: &mut Subject<'_, '_>, way: &[Segment], fields: &[&str]) {
    let reference = way.iter().try_fold(subject.node, |node, step| match step {
        Segment::Key(name) => node.get(name),
        Segment::Index(index) => node.as_sequence()?.get(*index),
    });
    let Some(reference) = reference
        .and_then(|node| node.get("fieldRef"))
        .filter(|node| !node.is_null())
    else {
        return;
    };
    let here = |field: &str| [way, &[key("fieldRef"), key(field)]].concat();
    if text(reference, "apiVersion").is_some_and(|version| version != "v1") {
        subject.wrong("schema/enum", &here("apiVersion"), "must be `v1`");
    }
    let Some(path) = text(reference, "fieldPath") else {
        subject.missing(&here("fieldPath"), "`fieldPath` is required");
        return;
    };
    let fine = match path
        .strip_suffix("']")
        .and_then(|path| path.split_once("['"))
    {
        Some(("metadata.labels", name)) => names::qualified_name(name).is_ok(),
        Some(("metadata.annotations", name)) => names::qualified_name(&name.to_lowercase()).is_ok(),
        Some(_) => false,
        None => fields.contains(&path),
    };
    if !fine {
        let message = format!("`{path}` is no field that can be referred to here");
        subject.wrong("schema/enum", &here("fieldPath"), message);
    }
}

fn resource_field(text: &str) -> Result<(), names::Wrong> {
    let known = text.split_once('.').is_some_and(|(side, name)| {
        matches!(side, "limits" | "requests")
            && (matches!(name, "cpu" | "memory" | "ephemeral-storage")
                || name.starts_with("hugepages-"))
    });
    if known {
        return Ok(());
    }
    Err("must be `limits` or `requests` of cpu, memory or ephemeral-storage".into())
}

fn divisor(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(divisor) =
        super::subject::quantity(node, "divisor").filter(|divisor| !divisor.is_zero())
    else {
        return;
    };
    let allowed: &[&str] = match text(node, "resource") {
        Some("limits.cpu" | "requests.cpu") => &["1m", "1"],
        Some(_) => &[
            "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
        ],
        None => return,
    };
    let is = |text: &&str| {
        crate::schema::quantity::parse(text)
            .is_some_and(|allowed| allowed.compare(&divisor).is_eq())
    };
    if !allowed.iter().any(is) {
        let message = format!("must be one of {}", allowed.join(", "));
        subject.wrong("schema/enum", &[key("divisor")], message);
    }
}

fn variables_source(subject: &mut Subject<'_, '_>) {
    one_of(subject, &["configMapRef", "secretRef"]);
}

fn mount(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if text(node, "subPath").is_some() && text(node, "subPathExpr").is_some() {
        subject.wrong(
            "schema/conflict",
            &[key("subPathExpr")],
            "cannot stand beside `subPath`",
        );
    }
    let recursive = matches!(
        text(node, "recursiveReadOnly"),
        Some("IfPossible" | "Enabled")
    );
    let propagated = text(node, "mountPropagation").is_some_and(|mode| mode != "None");
    if recursive && (!is_true(node, "readOnly") || propagated) {
        subject.wrong(
            "schema/conflict",
            &[key("recursiveReadOnly")],
            "needs `readOnly: true`, and no propagation",
        );
    }
}

fn pod_security(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for (index, group) in items(node, "supplementalGroups").iter().enumerate() {
        if let Some(Err((rule, message))) = group.as_scalar().map(|scalar| ID.check(scalar)) {
            subject.wrong(rule, &[key("supplementalGroups"), item(index)], message);
        }
    }
    let sysctls = items(node, "sysctls");
    for (index, sysctl) in sysctls.iter().enumerate() {
        let way = [key("sysctls"), item(index), key("name")];
        match text(sysctl, "name") {
            None => subject.missing(&way, "`name` is required"),
            Some(name) if !is_sysctl(name) => {
                subject.wrong(
                    "schema/name",
                    &way,
                    format!("`{name}` is no name of a sysctl"),
                );
            }
            Some(name) => {
                if sysctls[..index]
                    .iter()
                    .any(|other| text(other, "name") == Some(name))
                {
                    let message = format!("`{name}` is set before already");
                    subject.wrong("schema/duplicate-item", &way, message);
                }
            }
        }
    }
}

fn is_sysctl(name: &str) -> bool {
    let edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= 253
        && name.split(['.', '/']).all(|part| {
            let bytes = part.as_bytes();
            edge(bytes.first())
                && edge(bytes.last())
                && bytes
                    .iter()
                    .all(|byte| edge(Some(byte)) || matches!(byte, b'-' | b'_'))
        })
}

fn security(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if !is_false(node, "allowPrivilegeEscalation") {
        return;
    }
    if is_true(node, "privileged") {
        subject.wrong(
            "schema/conflict",
            &[key("privileged")],
            "cannot be true with `allowPrivilegeEscalation: false`",
        );
    }
    let added = node
        .get("capabilities")
        .map_or(&[][..], |capabilities| items(capabilities, "add"));
    for (index, capability) in added.iter().enumerate() {
        if plain_text(capability) == Some("CAP_SYS_ADMIN") {
            subject.wrong(
                "schema/conflict",
                &[key("capabilities"), key("add"), item(index)],
                "cannot be added with `allowPrivilegeEscalation: false`",
            );
        }
    }
}

/// A profile on the node is named where the type says so, and nowhere else.
fn profile(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let local = text(node, "type") == Some("Localhost");
    if local && !has(node, "localhostProfile") {
        subject.missing(
            &[key("localhostProfile")],
            "`localhostProfile` is required with `type: Localhost`",
        );
    } else if !local && has(node, "localhostProfile") {
        subject.wrong(
            "schema/conflict",
            &[key("localhostProfile")],
            "is for `type: Localhost` only",
        );
    }
}

/// Tells whether a text is an IP address; empty is none.
pub(super) fn is_ip(text: &str) -> bool {
    network::address(text).is_some()
}
