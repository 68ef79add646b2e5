//! What an object may be called, by its kind.

use crate::render::{Object, ObjectId};
use crate::schema::names::{self, Wrong};
use crate::yaml::Node;

use super::subject::{int, text};

/// Holds an object's name to the rules of its kind.
pub(in crate::schema) fn check(object: &Object) -> Result<(), Wrong> {
    let id = &object.id;
    let name = id.name.as_str();
    rule_of(id)(name)?;
    match id.kind.as_str() {
        // The controller adds eleven characters for the jobs that it makes.
        "CronJob" if name.len() > 52 => Err("must be at most 52 characters in a CronJob".into()),
        "Job" => indexed_job(object, name),
        _ => Ok(()),
    }
}

fn rule_of(id: &ObjectId) -> fn(&str) -> Result<(), Wrong> {
    match (id.group.as_str(), id.kind.as_str()) {
        ("", "Namespace" | "Service") | ("apps", "StatefulSet") => names::dns_label,
        ("rbac.authorization.k8s.io" | "apiregistration.k8s.io" | "policy", _) => {
            names::path_segment
        }
        ("networking.k8s.io", "IPAddress") => super::network::ip,
        _ => names::dns_subdomain,
    }
}

/// The pods of an indexed job have its name and a number as their host's name.
fn indexed_job(object: &Object, name: &str) -> Result<(), Wrong> {
    let Some(spec) = object.node.get("spec").filter(|spec| is_indexed(spec)) else {
        return Ok(());
    };
    let Some(completions) = int(spec, "completions").filter(|completions| *completions > 0) else {
        return Ok(());
    };
    names::dns_label(&format!("{name}-{}", completions - 1))
        .map_err(|wrong| format!("and its pods' numbers {wrong}"))
}

fn is_indexed(spec: &Node) -> bool {
    text(spec, "completionMode") == Some("Indexed")
}
