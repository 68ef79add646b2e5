//! Services and endpoints.

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::network;
use super::rule::{PORT_NUMBER, Rule};
use super::subject::{Subject, has, int, item, item_text, items, key, plain_text, text};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "core.v1.ServiceSpec",
        unique: &["ports"],
        fields: &[
            (
                "type",
                Rule::OneOf(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
            ),
            ("sessionAffinity", Rule::OneOf(&["ClientIP", "None"])),
            ("externalTrafficPolicy", Rule::OneOf(&["Cluster", "Local"])),
            (
                "internalTrafficPolicy",
                Rule::Exactly(&["Cluster", "Local"]),
            ),
            (
                "ipFamilyPolicy",
                Rule::Exactly(&["SingleStack", "PreferDualStack", "RequireDualStack"]),
            ),
            (
                "trafficDistribution",
                Rule::Exactly(&["PreferClose", "PreferSameZone", "PreferSameNode"]),
            ),
            ("healthCheckNodePort", Rule::Within(0, 65_535)),
        ],
        check: Some(service),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ServicePort",
        required: &["port"],
        fields: &[
            ("name", Rule::Name(names::dns_label)),
            ("port", PORT_NUMBER),
            ("protocol", Rule::OneOf(&["TCP", "UDP", "SCTP"])),
            ("appProtocol", Rule::FullName(names::qualified_name)),
        ],
        check: Some(port),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.ClientIPConfig",
        fields: &[("timeoutSeconds", Rule::Within(1, 86_400))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EndpointSubset",
        check: Some(subset),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EndpointAddress",
        required: &["ip"],
        fields: &[
            ("ip", Rule::Name(network::remote_ip)),
            ("hostname", Rule::Name(names::dns_label)),
            ("nodeName", Rule::FullName(names::dns_subdomain)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "core.v1.EndpointPort",
        required: &["port"],
        fields: &[
            ("name", Rule::Name(names::dns_label)),
            ("port", PORT_NUMBER),
            ("protocol", Rule::OneOf(&["TCP", "UDP", "SCTP"])),
            ("appProtocol", Rule::FullName(names::qualified_name)),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "discovery.v1.EndpointSlice",
        required: &["addressType"],
        fields: &[("addressType", Rule::OneOf(&["IPv4", "IPv6", "FQDN"]))],
        check: Some(slice),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "discovery.v1.Endpoint",
        required: &["addresses"],
        fields: &[("hostname", Rule::FullName(names::dns_label))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "discovery.v1.ForZone",
        optional: &["name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "discovery.v1.ForNode",
        optional: &["name"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "discovery.v1.EndpointPort",
        fields: &[
            ("name", Rule::Name(names::dns_label)),
            ("protocol", Rule::Exactly(&["TCP", "UDP", "SCTP"])),
            ("appProtocol", Rule::FullName(names::qualified_name)),
        ],
        ..TypeRules::NONE
    },
];

fn service(subject: &mut Subject<'_, '_>) {
    super::metadata::labels(subject, &[key("selector")]);
    by_type(subject);
    ports(subject);
    addresses(subject);
    load_balancer(subject);
    traffic(subject);
}

fn kind(node: &Node) -> &str {
    text(node, "type").unwrap_or("ClusterIP")
}

fn is_headless(node: &Node) -> bool {
    text(node, "clusterIP") == Some("None")
        || items(node, "clusterIPs").first().and_then(plain_text) == Some("None")
}

fn by_type(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let kind = kind(node);
    if kind == "ExternalName" {
        let name = text(node, "externalName").unwrap_or_default();
        let way = [key("externalName")];
        match names::dns_subdomain(name.strip_suffix('.').unwrap_or(name)) {
            _ if name.is_empty() => {
                subject.missing(&way, "`externalName` is required with `type: ExternalName`");
            }
            Err(wrong) => {
                subject.wrong(
                    "schema/name",
                    &way,
                    format!("`{name}` is no name of a host: it {wrong}"),
                );
            }
            Ok(()) => {}
        }
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let given = text(node, field).is_some() || !items(node, field).is_empty();
            if given {
                subject.wrong(
                    "schema/conflict",
                    &[key(field)],
                    "cannot stand beside `type: ExternalName`",
                );
            }
        }
        return;
    }
    let headless = is_headless(node);
    if headless && matches!(kind, "NodePort" | "LoadBalancer") {
        subject.wrong(
            "schema/conflict",
            &[key("clusterIP")],
            format!("cannot be `None` with `type: {kind}`"),
        );
    }
    if !headless && items(node, "ports").is_empty() {
        subject.missing(
            &[key("ports")],
            "`ports` is required unless `clusterIP` is `None`",
        );
    }
}

fn ports(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let ports = items(node, "ports");
    let protocol = |port| text(port, "protocol").unwrap_or("TCP");
    for (index, port) in ports.iter().enumerate() {
        let before = &ports[..index];
        let name = text(port, "name");
        let way = |field: &str| [key("ports"), item(index), key(field)];
        if name.is_none() && ports.len() > 1 {
            subject.missing(
                &way("name"),
                "`name` is required where a service has several ports",
            );
        }
        if name.is_some() && before.iter().any(|other| text(other, "name") == name) {
            let message = format!(
                "a port before it has the name `{}`",
                name.unwrap_or_default()
            );
            subject.wrong("schema/duplicate-item", &way("name"), message);
        }
        let Some(number) = int(port, "nodePort").filter(|number| *number != 0) else {
            continue;
        };
        if kind(node) == "ClusterIP" {
            subject.wrong(
                "schema/conflict",
                &way("nodePort"),
                "is for `type: NodePort` and `type: LoadBalancer`",
            );
        }
        let taken = before.iter().any(|other| {
            int(other, "nodePort") == Some(number) && protocol(other) == protocol(port)
        });
        if taken {
            let message = format!("a port before it has the node's port {number}");
            subject.wrong("schema/duplicate-item", &way("nodePort"), message);
        }
    }
}

/// A target is a port or its name; 0 and nothing stand for the port itself.
fn port(subject: &mut Subject<'_, '_>) {
    let target = subject.node.get("targetPort").and_then(Node::as_scalar);
    let Some(target) = target.filter(|target| {
        !target.text.is_empty()
            && target.tag != crate::yaml::Tag::Null
            && crate::schema::scalar::number_of(target) != Some(0)
    }) else {
        return;
    };
    if let Err((rule, message)) = network::port(target) {
        subject.wrong(rule, &[key("targetPort")], message);
    }
}

fn addresses(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if kind(node) == "ExternalName" {
        return;
    }
    if let Some(address) = text(node, "clusterIP").filter(|address| *address != "None")
        && let Err(wrong) = network::ip(address)
    {
        let message = format!("`{address}` {wrong}");
        subject.wrong("schema/format", &[key("clusterIP")], message);
    }
    let first = items(node, "clusterIPs").first().and_then(plain_text);
    if let (Some(one), Some(first)) = (text(node, "clusterIP"), first)
        && one != first
    {
        subject.wrong(
            "schema/conflict",
            &[key("clusterIPs"), item(0)],
            format!("must be `clusterIP`, `{one}`"),
        );
    }
    let families = items(node, "ipFamilies");
    for (index, family) in families.iter().enumerate() {
        let name = item_text(family);
        let way = [key("ipFamilies"), item(index)];
        if !matches!(name, "IPv4" | "IPv6") {
            subject.wrong(
                "schema/enum",
                &way,
                format!("`{name}` is none of IPv4, IPv6"),
            );
        } else if families[..index]
            .iter()
            .any(|other| other.text() == Some(name))
        {
            subject.wrong("schema/duplicate-item", &way, "is there already");
        }
    }
    for (index, address) in items(node, "externalIPs").iter().enumerate() {
        let address = item_text(address);
        if let Err(wrong) = network::remote_ip(address) {
            let message = format!("`{address}` {wrong}");
            subject.wrong("schema/format", &[key("externalIPs"), item(index)], message);
        }
    }
}

fn load_balancer(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let ranges = items(node, "loadBalancerSourceRanges");
    for (index, range) in ranges.iter().enumerate() {
        let range = item_text(range);
        if let Err(wrong) = network::cidr(range.trim()) {
            let way = [key("loadBalancerSourceRanges"), item(index)];
            subject.wrong("schema/format", &way, format!("`{range}` {wrong}"));
        }
    }
    if kind(node) == "LoadBalancer" {
        if has(node, "loadBalancerClass")
            && let Err(wrong) =
                names::qualified_name(text(node, "loadBalancerClass").unwrap_or_default())
        {
            subject.wrong("schema/name", &[key("loadBalancerClass")], wrong);
        }
        return;
    }
    let set = [
        ("loadBalancerSourceRanges", !ranges.is_empty()),
        ("loadBalancerClass", has(node, "loadBalancerClass")),
        (
            "allocateLoadBalancerNodePorts",
            has(node, "allocateLoadBalancerNodePorts"),
        ),
    ];
    for (field, _) in set.iter().filter(|(_, is_set)| *is_set) {
        subject.wrong(
            "schema/conflict",
            &[key(field)],
            "is for `type: LoadBalancer` only",
        );
    }
}

fn traffic(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let kind = kind(node);
    let policy = text(node, "externalTrafficPolicy");
    let external = matches!(kind, "NodePort" | "LoadBalancer")
        || kind == "ClusterIP" && !items(node, "externalIPs").is_empty();
    if policy.is_some() && !external {
        subject.wrong(
            "schema/conflict",
            &[key("externalTrafficPolicy")],
            "is for services that are reached from outside",
        );
    }
    let checked = kind == "LoadBalancer" && policy == Some("Local");
    if !checked && int(node, "healthCheckNodePort").is_some_and(|port| port != 0) {
        subject.wrong(
            "schema/conflict",
            &[key("healthCheckNodePort")],
            "is for `type: LoadBalancer` with `externalTrafficPolicy: Local`",
        );
    }
}

fn subset(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if items(node, "addresses").is_empty() && items(node, "notReadyAddresses").is_empty() {
        subject.missing(
            &[key("addresses")],
            "`addresses` or `notReadyAddresses` is required",
        );
    }
    let ports = items(node, "ports");
    for (index, port) in ports.iter().enumerate() {
        if ports.len() > 1 && text(port, "name").is_none() {
            subject.missing(
                &[key("ports"), item(index), key("name")],
                "`name` is required",
            );
        }
    }
}

fn slice(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let kind = text(node, "addressType").unwrap_or_default();
    for (index, endpoint) in items(node, "endpoints").iter().enumerate() {
        for (position, address) in items(endpoint, "addresses").iter().enumerate() {
            let address = item_text(address);
            let fine = match kind {
                "IPv4" => network::address(address).is_some_and(|ip| ip.is_ipv4()),
                "IPv6" => network::address(address).is_some_and(|ip| ip.is_ipv6()),
                "FQDN" => names::dns_subdomain(address).is_ok() && address.contains('.'),
                _ => true,
            };
            let local = kind != "FQDN" && network::remote_ip(address).is_err();
            if !fine || local {
                let way = [
                    key("endpoints"),
                    item(index),
                    key("addresses"),
                    item(position),
                ];
                subject.wrong(
                    "schema/format",
                    &way,
                    format!("`{address}` is no {kind} address"),
                );
            }
        }
    }
    let ports = items(node, "ports");
    for (index, port) in ports.iter().enumerate() {
        let name = text(port, "name");
        if ports[..index]
            .iter()
            .any(|other| text(other, "name") == name)
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("ports"), item(index), key("name")],
                "a port before it has the same name",
            );
        }
    }
}
