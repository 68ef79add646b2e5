//! Carries out what was decided, wave by wave.
//!
//! A kill between any two requests leaves a set whose parent still names every kind and namespace in
//! which an object of it may be, so that the next sync finds all of them.

use std::time::Duration;

use kube::api::ObjectMeta;
use serde_json::Value;

use crate::sync::order::Wave;

use super::applyset::PART_OF;
use super::desired::Desired;
use super::error::{ClusterError, ClusterErrors};
use super::kinds::State;
use super::managed::{self, MANAGER};
use super::members::{Member, protection};
use super::preview::Preview;
use super::refusal::rejected;
use super::request::{Apply, Cluster, Mode, Others, Outcome};

/// How often something is looked at that should come true soon.
const LOOKS: u32 = 240;
/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// How often a change is made anew because someone else changed the object at the same time.
const RACES: u32 = 8;

/// An object to apply.
#[derive(Clone, Copy)]
pub(super) struct Job<'j, 'r> {
    /// The object.
    pub(super) one: &'j Desired<'r>,
    /// What was there.
    pub(super) preview: &'j Preview,
    /// What happens to fields that others own with other values, where no preview said it.
    pub(super) others: Others,
}

/// Applies objects, given in their order. What others in a wave need is waited for.
pub(super) async fn apply(cluster: &Cluster, jobs: &[Job<'_, '_>]) -> Result<(), ClusterErrors> {
    for wave in jobs.chunk_by(|a, b| a.one.wave == b.one.wave) {
        let results = Cluster::each(wave, |job| apply_one(cluster, *job)).await;
        let errors: Vec<ClusterError> = results.into_iter().filter_map(Result::err).collect();
        if !errors.is_empty() {
            return Err(errors.into());
        }
        for job in wave {
            wait_established(cluster, job.one).await?;
        }
    }
    Ok(())
}

/// Deletes members, given in their order.
pub(super) async fn prune(
    cluster: &Cluster,
    members: &[&Member],
    set: &str,
) -> Result<(), ClusterErrors> {
    let wave = |member: &Member| Wave::of(&member.id.group, &member.id.kind);
    for members in members.chunk_by(|a, b| wave(a) == wave(b)) {
        let results = Cluster::each(members, |member| delete_one(cluster, member, set)).await;
        let errors: Vec<ClusterError> = results.into_iter().filter_map(Result::err).collect();
        if !errors.is_empty() {
            return Err(errors.into());
        }
    }
    Ok(())
}

/// Applies one object.
pub(super) async fn apply_one(cluster: &Cluster, job: Job<'_, '_>) -> Result<(), ClusterError> {
    let Job { one, preview, .. } = job;
    if preview.is_terminating() {
        wait_gone(cluster, one, preview.live.as_ref()).await?;
    }
    if !preview.extras.is_empty() {
        take_over(cluster, one, preview.live.as_ref()).await?;
    }
    let apply = Apply {
        manager: MANAGER,
        mode: Mode::Real,
        others: preview.others.unwrap_or(job.others),
    };
    for _ in 0..LOOKS {
        let applied = cluster
            .apply(one.place(), &one.id.name, &one.body, apply)
            .await;
        match applied {
            Ok(_) => return Ok(()),
            // A kind that was just established is served a little later.
            Err(failure) if one.kind.state == State::Defined && failure.code() == Some(404) => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(failure) => return Err(refused(cluster, one, failure)),
        }
    }
    Err(ClusterError::NotEstablished {
        id: Box::new(one.id.clone()),
        reason: "its kind is not served".to_owned(),
        at: one.origin(),
    })
}

/// Returns the error of a refused apply; someone may have taken a field since the preview.
fn refused(cluster: &Cluster, one: &Desired<'_>, failure: super::request::Failure) -> ClusterError {
    use super::record::Noted;
    if let super::request::Failure::Status(status) = &failure
        && let Some(judged) = managed::judge(status, &Value::Null, Noted::Absent)
    {
        return ClusterError::Conflict {
            id: Box::new(one.id.clone()),
            conflicts: judged.conflicts,
            at: one.origin(),
        };
    }
    rejected(cluster, one, failure)
}

/// Makes fields that hand tools added ours, so that the apply removes them.
async fn take_over(
    cluster: &Cluster,
    one: &Desired<'_>,
    live: Option<&Value>,
) -> Result<(), ClusterError> {
    let mut live = live.cloned();
    for _ in 0..RACES {
        let Some(object) = &live else {
            return Ok(());
        };
        let extras = managed::extras(object, &one.body);
        if extras.is_empty() {
            return Ok(());
        }
        let patch = extras.take_over(object);
        let outcome = cluster
            .merge(one.place(), &one.id.name, &patch, MANAGER)
            .await
            .map_err(|failure| rejected(cluster, one, failure))?;
        if outcome != Outcome::Changed {
            return Ok(());
        }
        live = cluster
            .get(one.place(), &one.id.name)
            .await
            .map_err(|failure| rejected(cluster, one, failure))?;
    }
    // What stays now is seen by the next sync.
    Ok(())
}

async fn wait_gone(
    cluster: &Cluster,
    one: &Desired<'_>,
    old: Option<&Value>,
) -> Result<(), ClusterError> {
    let uid = old.map(|old| &old["metadata"]["uid"]);
    for _ in 0..LOOKS {
        let live = cluster
            .get(one.place(), &one.id.name)
            .await
            .map_err(|failure| rejected(cluster, one, failure))?;
        if live.as_ref().map(|live| &live["metadata"]["uid"]) != uid {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(ClusterError::Terminating {
        id: Box::new(one.id.clone()),
        at: one.origin(),
    })
}

/// Waits until the API server serves what a custom resource definition defines. Others need no waiting.
async fn wait_established(cluster: &Cluster, one: &Desired<'_>) -> Result<(), ClusterError> {
    if one.id.kind != "CustomResourceDefinition" || one.id.group != "apiextensions.k8s.io" {
        return Ok(());
    }
    let mut reason = "it takes too long".to_owned();
    for _ in 0..LOOKS {
        let live = cluster
            .get(one.place(), &one.id.name)
            .await
            .map_err(|failure| rejected(cluster, one, failure))?
            .unwrap_or_default();
        let conditions = live["status"]["conditions"].as_array();
        let condition = |kind: &str, status: &str| {
            let mut conditions = conditions.into_iter().flatten();
            conditions.find(|it| it["type"] == kind && it["status"] == status)
        };
        if condition("Established", "True").is_some() {
            return Ok(());
        }
        if let Some(refused) = condition("NamesAccepted", "False")
            && let Some(message) = refused["message"].as_str()
        {
            message.clone_into(&mut reason);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(ClusterError::NotEstablished {
        id: Box::new(one.id.clone()),
        reason,
        at: one.origin(),
    })
}

/// Deletes a member in the state in which it was seen; if it is in another one by now, looks again.
async fn delete_one(cluster: &Cluster, member: &Member, set: &str) -> Result<(), ClusterError> {
    let refused = |failure| cluster.refused(format!("delete `{}`", member.id), failure);
    let mut seen = member.meta.clone();
    for _ in 0..RACES {
        let outcome = cluster
            .delete(member.place(), &member.id.name, &seen)
            .await
            .map_err(refused)?;
        if outcome != Outcome::Changed {
            return Ok(());
        }
        let live = cluster
            .get(member.place(), &member.id.name)
            .await
            .map_err(refused)?;
        let meta = live
            .and_then(|live| serde_json::from_value::<ObjectMeta>(live["metadata"].clone()).ok());
        match meta {
            Some(meta) if is_still_to_go(&meta, member, set) => seen = meta,
            _ => return Ok(()),
        }
    }
    Err(ClusterError::Refused {
        target: cluster.shown.clone(),
        what: format!("delete `{}`", member.id),
        code: 409,
        message: "it changes all the time".to_owned(),
    })
}

/// Tells whether an object that changed is still the one to prune.
fn is_still_to_go(meta: &ObjectMeta, member: &Member, set: &str) -> bool {
    let labels = meta.labels.as_ref();
    meta.uid == member.meta.uid
        && meta.deletion_timestamp.is_none()
        && protection(meta).is_none()
        && labels
            .and_then(|labels| labels.get(PART_OF))
            .is_some_and(|of| of == set)
}
