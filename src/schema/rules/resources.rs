//! Requests and limits of compute resources.

use crate::schema::names;
use crate::schema::quantity::Quantity;
use crate::yaml::{Node, Segment};

use super::TypeRules;
use super::subject::{Subject, entries, key, quantity_of};

pub(super) const RULES: &[TypeRules] = &[TypeRules {
    name: "core.v1.ResourceRequirements",
    check: Some(check),
    ..TypeRules::NONE
}];

fn check(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for side in ["limits", "requests"] {
        for entry in entries(node, side) {
            let name = entry.key.text.as_str();
            let way = [key(side), key(name)];
            if let Err(wrong) = container_resource(name) {
                let message = format!("`{name}` is no resource of a container: it {wrong}");
                subject.wrong("schema/resource", &way, message);
            }
            amount(subject, name, &entry.value, &way);
        }
    }
    let limits = node.get("limits");
    let limit_of = |name: &str| {
        limits
            .and_then(|limits| limits.get(name))
            .and_then(quantity_of)
    };
    for entry in entries(node, "requests") {
        let name = entry.key.text.as_str();
        let way = [key("requests"), key(name)];
        let shown = entry.value.text().unwrap_or_default();
        match (quantity_of(&entry.value), limit_of(name)) {
            (Some(request), Some(limit)) if request.compare(&limit).is_gt() => {
                let most = limits
                    .and_then(|limits| limits.get(name)?.text())
                    .unwrap_or_default();
                let message = format!("the request of {shown} is above the limit of {most}");
                subject.wrong("schema/range", &way, message);
            }
            (Some(request), Some(limit))
                if !may_overcommit(name) && request.compare(&limit).is_ne() =>
            {
                subject.wrong(
                    "schema/range",
                    &way,
                    format!("the request of `{name}` must equal its limit"),
                );
            }
            (Some(_), None) if !may_overcommit(name) => subject.missing(
                &[key("limits"), key(name)],
                format!("`{name}` needs a limit, which its request equals"),
            ),
            _ => {}
        }
    }
}

/// Holds a quantity of a resource to its sign, and to whole numbers where the resource comes in pieces.
pub(super) fn amount(subject: &mut Subject<'_, '_>, name: &str, node: &Node, way: &[Segment]) {
    let Some(quantity) = quantity_of(node) else {
        return;
    };
    if quantity.is_negative() {
        subject.wrong("schema/range", way, "must not be negative");
    } else if comes_in_pieces(name) && !is_whole(&quantity) {
        subject.wrong(
            "schema/range",
            way,
            format!("`{name}` comes in whole numbers"),
        );
    }
}

/// The API looks at thousandths, so what is below them counts as whole.
fn is_whole(quantity: &Quantity) -> bool {
    quantity.is_whole()
}

/// A resource that a container may ask for.
pub(super) fn container_resource(name: &str) -> Result<(), names::Wrong> {
    names::qualified_name(name)?;
    if !name.contains('/') {
        let known = matches!(name, "cpu" | "memory" | "ephemeral-storage")
            || name.starts_with("hugepages-");
        return if known {
            Ok(())
        } else {
            Err("must be cpu, memory, ephemeral-storage, or have a domain".into())
        };
    }
    if is_native(name) || is_extended(name) {
        return Ok(());
    }
    Err("must not begin with `requests.`, and be short enough for it".into())
}

/// A resource that any part of the API knows, or one with a domain.
pub(super) fn any_resource(name: &str) -> Result<(), names::Wrong> {
    names::qualified_name(name)?;
    let known = name.contains('/') || is_quota_resource(name) || name == "storage";
    if known {
        return Ok(());
    }
    Err("must be a standard resource, or have a domain".into())
}

/// A resource that a quota may bound.
pub(super) fn quota_resource(name: &str) -> Result<(), names::Wrong> {
    names::qualified_name(name)?;
    if name.contains('/') || is_quota_resource(name) {
        return Ok(());
    }
    Err("must be a standard resource for quota, or have a domain".into())
}

/// Tells whether a name without a domain is one that quotas know.
pub(super) fn is_quota_resource(name: &str) -> bool {
    let plain = name
        .strip_prefix("requests.")
        .or_else(|| name.strip_prefix("limits."));
    match plain {
        Some("storage") => name.starts_with("requests."),
        Some(plain) => {
            matches!(plain, "cpu" | "memory" | "ephemeral-storage")
                || (plain.starts_with("hugepages-") && name.starts_with("requests."))
        }
        None => {
            matches!(name, "cpu" | "memory" | "ephemeral-storage")
                || name.starts_with("hugepages-")
                || is_counted(name)
        }
    }
}

fn is_counted(name: &str) -> bool {
    matches!(
        name,
        "pods"
            | "resourcequotas"
            | "services"
            | "replicationcontrollers"
            | "secrets"
            | "configmaps"
            | "persistentvolumeclaims"
            | "services.nodeports"
            | "services.loadbalancers"
    )
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified_name(&format!("requests.{name}")).is_ok()
}

fn comes_in_pieces(name: &str) -> bool {
    is_counted(name) || is_extended(name)
}

/// Tells whether requests may be below limits.
pub(super) fn may_overcommit(name: &str) -> bool {
    is_native(name) && !name.starts_with("hugepages-")
}
