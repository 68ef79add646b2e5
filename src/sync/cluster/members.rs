//! The members of a set that the cluster has, and what may not be deleted with them.

use std::collections::BTreeSet;

use kube::api::ObjectMeta;

use crate::render::ObjectId;

use super::applyset::{LiveParent, PART_OF};
use super::error::ClusterError;
use super::kinds::{Kind, Kinds, Scope};
use super::request::{Cluster, Failure, Place};

/// An object of the set, as the cluster has it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// What names it.
    pub(super) id: ObjectId,
    /// Its kind.
    pub(super) kind: Kind,
    /// Its metadata.
    pub(super) meta: ObjectMeta,
}

impl Member {
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            resource: &self.kind.resource,
            namespace: &self.id.namespace,
        }
    }

    pub(super) fn uid(&self) -> &str {
        self.meta.uid.as_deref().unwrap_or_default()
    }

    fn is(&self, group: &str, kind: &str) -> bool {
        self.id.group == group && self.id.kind == kind
    }
}

/// Finds the members of a set: where its parent says that they are, or everywhere where no parent
/// says anything.
pub(super) async fn members(
    cluster: &Cluster,
    kinds: &Kinds,
    parent: Option<&LiveParent>,
    set: &str,
) -> Result<Vec<Member>, ClusterError> {
    let selector = format!("{PART_OF}={set}");
    let extent = parent.and_then(|parent| parent.extent.as_ref());
    let mut places: Vec<(&Kind, &str)> = Vec::new();
    match extent {
        None => places.extend(
            kinds
                .each()
                .filter(|kind| kind.is_prunable())
                .map(|kind| (kind, "")),
        ),
        Some(extent) => {
            for wanted in &extent.kinds {
                let Some(kind) = kinds.preferred(wanted) else {
                    if kinds.is_stale(&wanted.group) {
                        // Objects may be there that no one can see now.
                        return Err(ClusterError::Refused {
                            target: cluster.shown.clone(),
                            what: format!("list `{wanted}`"),
                            code: 503,
                            message: format!("the API `{}` does not answer", wanted.group),
                        });
                    }
                    // The kind is gone, and its objects with it.
                    continue;
                };
                match kind.scope {
                    Scope::Cluster => places.push((kind, "")),
                    Scope::Namespace => {
                        let namespaces = extent.namespaces.iter();
                        places.extend(namespaces.map(|namespace| (kind, namespace.as_str())));
                    }
                }
            }
        }
    }
    let lists = Cluster::each(places, async |(kind, namespace)| {
        let resource = &kind.resource;
        let place = Place {
            resource,
            namespace,
        };
        let found = cluster.list(place, Some(&selector)).await;
        (kind, found)
    })
    .await;
    let mut seen = BTreeSet::new();
    let mut members = Vec::new();
    for (kind, found) in lists {
        let found = match found {
            Ok(found) => found,
            // Without a parent this is a search, in which not everything can be looked at.
            Err(Failure::Status(status)) if extent.is_none() && status.code < 500 => continue,
            Err(failure) => {
                let what = format!("list `{}`", kind.resource.plural);
                return Err(cluster.refused(what, failure));
            }
        };
        for meta in found {
            if is_copy(&meta) || meta.deletion_timestamp.is_some() {
                continue;
            }
            let member = member(kind, meta);
            if seen.insert(member.uid().to_owned()) {
                members.push(member);
            }
        }
    }
    Ok(members)
}

/// Returns the annotation that protects an object from being pruned.
pub(super) fn protection(meta: &ObjectMeta) -> Option<String> {
    let annotations = meta.annotations.as_ref()?;
    let protects = |key: &str, value: &str| match key {
        "argocd.argoproj.io/sync-options" => value
            .split(',')
            .any(|option| matches!(option.trim(), "Prune=false" | "Prune=confirm")),
        "kustomize.toolkit.fluxcd.io/prune" => value.eq_ignore_ascii_case("disabled"),
        "helm.sh/resource-policy" => value.trim().eq_ignore_ascii_case("keep"),
        "client.lifecycle.config.k8s.io/deletion" => value == "detach",
        "cli-utils.sigs.k8s.io/on-remove" => value == "keep",
        _ => false,
    };
    annotations
        .iter()
        .find(|(key, value)| protects(key, value))
        .map(|(key, value)| format!("{key}: {value}"))
}

/// Refuses to prune namespaces and definitions with which objects would go that are not to be pruned.
pub(super) async fn check_contents(
    cluster: &Cluster,
    kinds: &Kinds,
    pruned: &[&Member],
) -> Result<Vec<ClusterError>, ClusterError> {
    let going: BTreeSet<&str> = pruned.iter().map(|member| member.uid()).collect();
    let mut errors = Vec::new();
    for member in pruned {
        let places: Vec<(&Kind, &str)> = if member.is("", "Namespace") {
            kinds
                .each()
                .filter(|kind| kind.scope == Scope::Namespace && kind.has_verb("list"))
                // Figures about objects that are listed themselves.
                .filter(|kind| !kind.resource.group.ends_with("metrics.k8s.io"))
                .map(|kind| (kind, member.id.name.as_str()))
                .collect()
        } else if member.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            kinds
                .each()
                .filter(|kind| defines(&member.id.name, kind))
                .map(|kind| (kind, ""))
                .collect()
        } else {
            continue;
        };
        let foreign = foreign(cluster, places, &going).await?;
        if !foreign.is_empty() {
            errors.push(ClusterError::Foreign {
                id: Box::new(member.id.clone()),
                objects: foreign,
            });
        }
    }
    Ok(errors)
}

async fn foreign(
    cluster: &Cluster,
    places: Vec<(&Kind, &str)>,
    going: &BTreeSet<&str>,
) -> Result<Vec<String>, ClusterError> {
    let lists = Cluster::each(places, async |(kind, namespace)| {
        let resource = &kind.resource;
        let place = Place {
            resource,
            namespace,
        };
        (kind, cluster.list(place, None).await)
    })
    .await;
    let mut found = BTreeSet::new();
    for (kind, list) in lists {
        let list = match list {
            Ok(list) => list,
            // Kinds that say they can be listed, and cannot.
            Err(Failure::Status(status)) if matches!(status.code, 404 | 405) => continue,
            // What cannot be seen may be someone's.
            Err(failure) => {
                let what = format!("list `{}`", kind.resource.plural);
                return Err(cluster.refused(what, failure));
            }
        };
        for meta in list {
            let is_going = meta.uid.as_deref().is_some_and(|uid| going.contains(uid));
            if is_going || meta.deletion_timestamp.is_some() || is_made_by_cluster(kind, &meta) {
                continue;
            }
            found.insert(member(kind, meta).id.to_string());
        }
    }
    Ok(found.into_iter().collect())
}

/// Tells whether an object comes and goes with others, or with its namespace.
fn is_made_by_cluster(kind: &Kind, meta: &ObjectMeta) -> bool {
    let name = meta.name.as_deref().unwrap_or_default();
    let group = kind.resource.group.as_str();
    let has_annotation = |key: &str| {
        let annotations = meta.annotations.as_ref();
        annotations.is_some_and(|annotations| annotations.contains_key(key))
    };
    is_copy(meta)
        || match (group, kind.resource.kind.as_str()) {
            ("", "ConfigMap") => matches!(name, "kube-root-ca.crt" | "openshift-service-ca.crt"),
            ("", "ServiceAccount") => name == "default",
            ("", "Secret") => has_annotation("kubernetes.io/service-account.name"),
            ("" | "events.k8s.io", "Event") => true,
            _ => false,
        }
}

/// Tells whether controllers made an object after another one, whose labels they may have given it.
fn is_copy(meta: &ObjectMeta) -> bool {
    let is_owned = meta
        .owner_references
        .iter()
        .flatten()
        .any(|owner| owner.controller == Some(true));
    let of_service = |map: Option<&std::collections::BTreeMap<String, String>>, key: &str| {
        map.is_some_and(|map| map.contains_key(key))
    };
    // Endpoints have no owner, and the labels of their Service.
    is_owned
        || of_service(meta.labels.as_ref(), "endpoints.kubernetes.io/managed-by")
        || of_service(
            meta.annotations.as_ref(),
            "endpoints.kubernetes.io/last-change-trigger-time",
        )
}

fn defines(definition: &str, kind: &Kind) -> bool {
    definition.split_once('.').is_some_and(|(plural, group)| {
        plural == kind.resource.plural && group == kind.resource.group
    })
}

fn member(kind: &Kind, meta: ObjectMeta) -> Member {
    let resource = &kind.resource;
    Member {
        id: ObjectId {
            group: resource.group.as_str().into(),
            kind: resource.kind.as_str().into(),
            namespace: meta.namespace.as_deref().unwrap_or_default().into(),
            name: meta.name.as_deref().unwrap_or_default().into(),
            version: resource.version.as_str().into(),
        },
        kind: kind.clone(),
        meta,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotated(key: &str, value: &str) -> ObjectMeta {
        ObjectMeta {
            annotations: Some([(key.to_owned(), value.to_owned())].into()),
            ..ObjectMeta::default()
        }
    }

    #[test]
    fn the_annotations_of_the_field_protect() {
        for (key, value) in [
            (
                "argocd.argoproj.io/sync-options",
                "Validate=false, Prune=false",
            ),
            ("argocd.argoproj.io/sync-options", "Prune=confirm"),
            ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
            ("kustomize.toolkit.fluxcd.io/prune", "Disabled"),
            ("helm.sh/resource-policy", "keep"),
            ("client.lifecycle.config.k8s.io/deletion", "detach"),
            ("cli-utils.sigs.k8s.io/on-remove", "keep"),
        ] {
            let found = protection(&annotated(key, value));
            assert_eq!(found, Some(format!("{key}: {value}")));
        }
        for (key, value) in [
            ("argocd.argoproj.io/sync-options", "Prune=true"),
            ("kustomize.toolkit.fluxcd.io/prune", "enabled"),
            ("helm.sh/resource-policy", ""),
            ("other", "keep"),
        ] {
            assert_eq!(protection(&annotated(key, value)), None, "{key}: {value}");
        }
    }
}
