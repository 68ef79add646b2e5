//! What the API's own validation adds to its types, as far as OpenAPI doesn't hold it.
//!
//! [`attach`] gives structures and fields their rules, by the names of the API's types.

mod metadata;
mod pod;
mod workload;

use crate::render::ObjectId;
use crate::yaml::{Node, Scalar};

use super::bundle::Struct;
use super::names::{self, Wrong};
use super::place::Place;
use super::scalar::{Refusal, number_of};
use super::violation::Report;

/// Looks at a whole structure.
pub(super) type Check = fn(&Node, &Place<'_>, &mut Report<'_>);

/// Looks at one scalar that has the right type.
pub(super) type FieldRule = fn(&Scalar) -> Result<(), Refusal>;

/// Gives a structure the rules of its name.
pub(super) fn attach(structure: &mut Struct) {
    let name = structure.name.rsplit('.').next().unwrap_or_default();
    structure.check = match name {
        "ObjectMeta" => Some(metadata::check),
        "LabelSelector" => Some(metadata::check_selector),
        "PodSpec" => Some(pod::check),
        "DeploymentSpec" | "StatefulSetSpec" | "DaemonSetSpec" | "ReplicaSetSpec" => {
            Some(workload::check)
        }
        _ => None,
    };
    let name = name.to_owned();
    for field in &mut structure.fields {
        field.rule = match (name.as_str(), field.name.as_str()) {
            ("ContainerPort", "containerPort" | "hostPort") | ("ServicePort", "port") => Some(port),
            ("ContainerPort", "name") => Some(port_name),
            ("Container", "name") | ("Volume" | "ServicePort", "name") => Some(label),
            _ => None,
        };
    }
}

/// Returns the rule that the names of a kind's objects are held to.
pub(super) fn name_of_kind(id: &ObjectId) -> fn(&str) -> Result<(), Wrong> {
    match (id.group.as_str(), id.kind.as_str()) {
        ("", "Namespace" | "Service") => names::dns_label,
        ("rbac.authorization.k8s.io", _) | ("apiregistration.k8s.io", _) => names::path_segment,
        _ => names::dns_subdomain,
    }
}

fn port(scalar: &Scalar) -> Result<(), Refusal> {
    match number_of(scalar) {
        Some(1..=65535) => Ok(()),
        _ => Err((
            "schema/range",
            "a port is a number from 1 to 65535".to_owned(),
        )),
    }
}

fn port_name(scalar: &Scalar) -> Result<(), Refusal> {
    named(scalar, names::port_name)
}

fn label(scalar: &Scalar) -> Result<(), Refusal> {
    named(scalar, names::dns_label)
}

fn named(scalar: &Scalar, rule: fn(&str) -> Result<(), Wrong>) -> Result<(), Refusal> {
    if scalar.text.is_empty() {
        return Ok(());
    }
    rule(&scalar.text).map_err(|wrong| {
        (
            "schema/name",
            format!("`{}` is no name here: it {wrong}", scalar.text),
        )
    })
}
