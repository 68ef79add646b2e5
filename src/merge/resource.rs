//! From kinds to resources: `Deployment` to `deployments`.

use smol_str::SmolStr;

/// Kinds whose resource is not what the rules of the plural give.
const IRREGULAR: &[(&str, &str)] = &[
    ("Endpoints", "endpoints"),
    ("SecurityContextConstraints", "securitycontextconstraints"),
    ("NodeMetrics", "nodes"),
    ("PodMetrics", "pods"),
    ("Gateway", "gateways"),
];

/// Returns the resource of a kind; for kinds not known, by the rule that kubectl guesses with.
pub fn resource_of(kind: &str) -> SmolStr {
    if let Some((_, resource)) = IRREGULAR.iter().find(|(have, _)| *have == kind) {
        return (*resource).into();
    }
    let lower = kind.to_ascii_lowercase();
    match lower.as_bytes().last() {
        None => lower.into(),
        Some(b's') => smol_str::format_smolstr!("{lower}es"),
        Some(b'y') => smol_str::format_smolstr!("{}ies", lower.trim_end_matches('y')),
        Some(_) => smol_str::format_smolstr!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_become_resources() {
        for (kind, resource) in [
            ("Deployment", "deployments"),
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Endpoints", "endpoints"),
            ("PriorityClass", "priorityclasses"),
        ] {
            assert_eq!(resource_of(kind), resource);
        }
    }
}
