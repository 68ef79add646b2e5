//! Ingresses, their classes, and network policies.

use crate::schema::names;

use super::TypeRules;
use super::network;
use super::rule::{self, PORT_NUMBER, Rule};
use super::subject::{Subject, has, int, item, item_text, items, key, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "networking.v1.IngressSpec",
        fields: &[("ingressClassName", Rule::FullName(names::dns_subdomain))],
        check: Some(ingress),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IngressTLS",
        fields: &[("secretName", Rule::Name(names::dns_subdomain))],
        check: Some(tls),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IngressRule",
        fields: &[("host", Rule::Name(host))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.HTTPIngressRuleValue",
        required: &["paths"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.HTTPIngressPath",
        required: &["pathType"],
        fields: &[(
            "pathType",
            Rule::Exactly(&["Exact", "Prefix", "ImplementationSpecific"]),
        )],
        check: Some(path),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IngressBackend",
        check: Some(backend),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IngressServiceBackend",
        required: &["name"],
        fields: &[("name", Rule::Name(names::dns_label))],
        check: Some(service_backend),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.ServiceBackendPort",
        fields: &[
            ("name", Rule::Name(names::port_name)),
            ("number", Rule::Within(0, 65_535)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.TypedLocalObjectReference",
        optional: &["kind", "name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IngressClassSpec",
        required: &["controller"],
        fields: &[("controller", Rule::FullName(controller))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IngressClassParametersReference",
        required: &["kind", "name"],
        fields: &[
            ("apiGroup", Rule::FullName(names::dns_subdomain)),
            ("kind", Rule::Name(names::path_segment)),
            ("name", Rule::Name(names::path_segment)),
            ("scope", Rule::Exactly(&["Cluster", "Namespace"])),
        ],
        check: Some(class_parameters),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.NetworkPolicySpec",
        check: Some(network_policy),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.NetworkPolicyPort",
        fields: &[
            ("protocol", Rule::Exactly(&["TCP", "UDP", "SCTP"])),
            ("port", Rule::Port),
            ("endPort", PORT_NUMBER),
        ],
        check: Some(policy_port),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.NetworkPolicyPeer",
        check: Some(peer),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "networking.v1.IPBlock",
        required: &["cidr"],
        fields: &[("cidr", Rule::Name(network::cidr))],
        check: Some(block),
        ..TypeRules::NONE
    },
];

fn controller(text: &str) -> Result<(), names::Wrong> {
    if text.len() > 250 {
        return Err("must be at most 250 characters".into());
    }
    rule::domain_path(text)
}

fn host(text: &str) -> Result<(), names::Wrong> {
    if super::container::is_ip(text) {
        return Err("must be a name, not an address".into());
    }
    pattern(text)
}

/// A host, or a wildcard for all below one.
fn pattern(text: &str) -> Result<(), names::Wrong> {
    if text.contains('*') {
        return match text.strip_prefix("*.") {
            Some(rest) => names::dns_subdomain(rest),
            None => Err("may have `*` only as its first part".into()),
        };
    }
    names::dns_subdomain(text)
}

fn ingress(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if items(node, "rules").is_empty() && !has(node, "defaultBackend") {
        subject.missing(&[key("rules")], "`rules` or `defaultBackend` is required");
    }
    let annotation = subject
        .object()
        .lookup(&["metadata", "annotations"])
        .and_then(|annotations| text(annotations, "kubernetes.io/ingress.class"));
    if let (Some(class), Some(annotation)) = (text(node, "ingressClassName"), annotation)
        && class != annotation
    {
        subject.wrong(
            "schema/conflict",
            &[key("ingressClassName")],
            format!("the annotation `kubernetes.io/ingress.class` says `{annotation}`"),
        );
    }
}

fn tls(subject: &mut Subject<'_, '_>) {
    for (index, host) in items(subject.node, "hosts").iter().enumerate() {
        let name = item_text(host);
        if let Err(wrong) = pattern(name) {
            let message = format!("`{name}` is no host: it {wrong}");
            subject.wrong("schema/name", &[key("hosts"), item(index)], message);
        }
    }
}

fn path(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let path = text(node, "path").unwrap_or_default();
    let strict = matches!(text(node, "pathType"), Some("Exact" | "Prefix"));
    if !path.starts_with('/') && (strict || !path.is_empty()) {
        subject.wrong("schema/format", &[key("path")], "must begin with `/`");
        return;
    }
    if !strict {
        return;
    }
    let within = ["//", "/./", "/../", "%2f", "%2F"];
    let ends = ["/..", "/."];
    if let Some(part) = within.iter().find(|part| path.contains(**part)) {
        subject.wrong(
            "schema/format",
            &[key("path")],
            format!("must not hold `{part}`"),
        );
    } else if let Some(end) = ends.iter().find(|end| path.ends_with(**end)) {
        subject.wrong(
            "schema/format",
            &[key("path")],
            format!("must not end with `{end}`"),
        );
    }
}

fn backend(subject: &mut Subject<'_, '_>) {
    super::container::one_of(subject, &["service", "resource"]);
    let Some(resource) = subject.node.get("resource").filter(|node| !node.is_null()) else {
        return;
    };
    for field in ["kind", "name"] {
        let way = [key("resource"), key(field)];
        match text(resource, field).map(names::path_segment) {
            None => subject.missing(&way, format!("`{field}` is required")),
            Some(Err(wrong)) => subject.wrong("schema/name", &way, wrong),
            Some(Ok(())) => {}
        }
    }
    if has(resource, "apiGroup")
        && let Err(wrong) = names::dns_subdomain(text(resource, "apiGroup").unwrap_or_default())
    {
        subject.wrong("schema/name", &[key("resource"), key("apiGroup")], wrong);
    }
}

fn service_backend(subject: &mut Subject<'_, '_>) {
    let port = subject.node.get("port");
    let name = port.and_then(|port| text(port, "name"));
    let number = port
        .and_then(|port| int(port, "number"))
        .filter(|number| *number != 0);
    match (name, number) {
        (None, None) => subject.missing(&[key("port")], "`port.name` or `port.number` is required"),
        (Some(_), Some(_)) => subject.wrong(
            "schema/one-of",
            &[key("port")],
            "must have only one of `name` and `number`",
        ),
        _ => {}
    }
}

fn class_parameters(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    match text(node, "scope").unwrap_or("Cluster") {
        "Namespace" => match text(node, "namespace").map(names::dns_label) {
            None => subject.missing(
                &[key("namespace")],
                "`namespace` is required with `scope: Namespace`",
            ),
            Some(Err(wrong)) => subject.wrong("schema/name", &[key("namespace")], wrong),
            Some(Ok(())) => {}
        },
        _ if has(node, "namespace") => subject.wrong(
            "schema/conflict",
            &[key("namespace")],
            "cannot stand beside `scope: Cluster`, which is the default",
        ),
        _ => {}
    }
}

fn network_policy(subject: &mut Subject<'_, '_>) {
    let types = items(subject.node, "policyTypes");
    if types.len() > 2 {
        subject.wrong("schema/range", &[key("policyTypes")], "may hold 2 at most");
    }
    for (index, kind) in types.iter().enumerate() {
        let kind = item_text(kind);
        if !matches!(kind, "Ingress" | "Egress") {
            let message = format!("`{kind}` is none of Ingress, Egress");
            subject.wrong("schema/enum", &[key("policyTypes"), item(index)], message);
        }
    }
}

fn policy_port(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(end) = int(node, "endPort") else {
        return;
    };
    match int(node, "port") {
        None => subject.wrong(
            "schema/conflict",
            &[key("endPort")],
            "needs a `port` that is a number",
        ),
        Some(port) if end < port => subject.wrong(
            "schema/range",
            &[key("endPort")],
            format!("must not be below `port`, {port}"),
        ),
        Some(_) => {}
    }
}

fn peer(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let selectors = has(node, "podSelector") || has(node, "namespaceSelector");
    match (has(node, "ipBlock"), selectors) {
        (false, false) => subject.missing(
            &[],
            "must have `podSelector`, `namespaceSelector` or `ipBlock`",
        ),
        (true, true) => subject.wrong(
            "schema/conflict",
            &[key("ipBlock")],
            "cannot stand beside a selector",
        ),
        _ => {}
    }
}

fn block(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let outer = text(node, "cidr").and_then(network::range);
    for (index, except) in items(node, "except").iter().enumerate() {
        let written = item_text(except);
        let way = [key("except"), item(index)];
        match (network::range(written), outer) {
            (None, _) => {
                let message = format!("`{written}` must be a range such as `10.9.8.0/24`");
                subject.wrong("schema/format", &way, message);
            }
            (Some(inner), Some(outer)) if !network::is_strictly_within(inner, outer) => {
                subject.wrong("schema/range", &way, "must be a part of `cidr`");
            }
            _ => {}
        }
    }
}
