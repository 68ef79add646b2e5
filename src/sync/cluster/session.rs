//! One look at a cluster, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use kube::api::ApiResource;
use serde_json::Value;

use crate::render::RenderedEnvironment;
use crate::sync::guard::Prune;
use crate::sync::{Action, Owner, Plan};

use super::Planned;
use super::apply::{self, Job};
use super::applyset::{Extent, LiveParent, Parent};
use super::connect::{ClusterTarget, connect};
use super::decide::{self, Decision, Wanted};
use super::desired::{self, Desired};
use super::error::{ClusterError, ClusterErrors};
use super::kinds::{Kinds, Scope, State};
use super::members::{self, Member};
use super::preview::{Preview, Previewing, is_terminating};
use super::record::{Noted, Record};
use super::refusal::rejected;
use super::request::{Apply, Cluster, Mode, Others, Place};

/// What was seen of a cluster.
pub(super) struct Session<'r> {
    cluster: Cluster,
    kinds: Kinds,
    environment: &'r RenderedEnvironment,
    parent: Parent,
    live_parent: Option<LiveParent>,
    /// The namespaces that the set makes, and that are not there yet.
    pending: BTreeSet<String>,
    desired: Vec<Desired<'r>>,
    previews: Vec<Preview>,
    members: Vec<Member>,
    others: Others,
}

/// What is to be carried out.
pub(super) struct Carried {
    /// The decision for each desired object.
    is_applied: Vec<bool>,
    /// The members to delete, in their order, by their place in the session.
    pruned: Vec<Member>,
    /// Where members are when all is done.
    extent: Extent,
}

impl<'r> Session<'r> {
    /// Looks at a cluster.
    pub(super) async fn open(
        target: &ClusterTarget,
        owner: &Owner,
        environment: &'r RenderedEnvironment,
        others: Others,
    ) -> Result<Self, ClusterErrors> {
        let (client, shown) = connect(target).await?;
        let cluster = Cluster::new(client, shown);
        let mut kinds = Kinds::discover(&cluster).await?;
        let parent = Parent::of(owner, &target.namespace);
        let live_parent = read_parent(&cluster, &parent).await?;
        let set = parent.id();
        let desired = desired::desired(
            environment,
            &mut kinds,
            &target.namespace,
            &set,
            &cluster.shown,
        )?;
        let pending = pending(&cluster, &desired, &target.namespace).await?;
        let mut session = Self {
            cluster,
            kinds,
            environment,
            parent,
            live_parent,
            pending,
            desired,
            previews: Vec::new(),
            members: Vec::new(),
            others,
        };
        session.previews = session.preview(&set).await?;
        session.members = members::members(
            &session.cluster,
            &session.kinds,
            session.live_parent.as_ref(),
            &set,
        )
        .await?;
        Ok(session)
    }

    /// Returns what is to be done, and what speaks against it.
    pub(super) async fn plan(&self, policy: Prune) -> Result<(Planned, Carried), ClusterErrors> {
        let decisions: Vec<Decision> = self
            .desired
            .iter()
            .zip(&self.previews)
            .map(|(one, preview)| decide::decide(one, preview, self.noted(one)))
            .collect();
        let mut wanted = Wanted::default();
        for (one, preview) in self.desired.iter().zip(&self.previews) {
            wanted.add(one, preview);
        }
        let pruning = decide::prune(&self.members, &wanted, policy);
        let mut refusals: Vec<ClusterError> = self
            .previews
            .iter()
            .filter_map(|preview| preview.refusal.clone())
            .collect();
        refusals
            .extend(members::check_contents(&self.cluster, &self.kinds, &pruning.pruned).await?);
        let carried = Carried {
            is_applied: decisions.iter().map(|it| it.is_applied).collect(),
            pruned: pruning.pruned.iter().copied().cloned().collect(),
            extent: self.extent(&pruning.retained),
        };
        let mut plan = Plan {
            environment: self.environment.name.clone(),
            target: self.cluster.shown.clone(),
            ..Plan::default()
        };
        for decision in decisions {
            plan.steps.push(decision.step);
            plan.notes.extend(decision.note);
        }
        plan.steps.extend(pruning.steps);
        plan.notes.extend(pruning.notes);
        plan.notes.extend(self.unknown(&plan));
        Ok((Planned { plan, refusals }, carried))
    }

    /// Does what is to be done.
    pub(super) async fn carry_out(&self, carried: &Carried) -> Result<(), ClusterErrors> {
        let record = Record::new(
            self.environment.digest,
            self.desired.iter().map(|one| (&one.id, one.digest)),
        );
        let live = self.live_parent.as_ref();
        let is_noted = live.is_some_and(|live| {
            live.extent.as_ref() == Some(&carried.extent) && live.record.agrees(&record)
        });
        let is_any_applied = carried.is_applied.iter().any(|is_applied| *is_applied);
        if is_noted && !is_any_applied && carried.pruned.is_empty() {
            return Ok(());
        }
        let jobs: Vec<Job<'_, 'r>> = self
            .desired
            .iter()
            .zip(&self.previews)
            .zip(&carried.is_applied)
            .filter(|(_, is_applied)| **is_applied)
            .map(|((one, preview), _)| Job {
                one,
                preview,
                others: self.others,
            })
            .collect();
        self.make_parent_namespace(&jobs).await?;
        // Before anything else: whatever happens then, the parent says where to look.
        let before = live.and_then(|live| live.extent.clone());
        let before =
            before.unwrap_or_else(|| self.extent(&self.members.iter().collect::<Vec<_>>()));
        let superset = before.union(&carried.extent);
        let old_record = live.map(|live| live.record.clone()).unwrap_or_default();
        if live.and_then(|live| live.extent.as_ref()) != Some(&superset) {
            self.write_parent(&superset, &old_record).await?;
        }
        apply::apply(&self.cluster, &jobs).await?;
        let pruned: Vec<&Member> = carried.pruned.iter().collect();
        apply::prune(&self.cluster, &pruned, &self.parent.id()).await?;
        self.write_parent(&carried.extent, &record).await?;
        Ok(())
    }

    async fn preview(&self, set: &str) -> Result<Vec<Preview>, ClusterErrors> {
        let previewing = Previewing {
            cluster: &self.cluster,
            set,
            others: self.others,
        };
        let previews = Cluster::each(&self.desired, async |one| {
            if self.is_unready(one) {
                self.look(one).await
            } else {
                previewing.preview(one, self.noted(one)).await
            }
        })
        .await;
        // Where the cluster does not answer, once is enough.
        let previews: Result<Vec<Preview>, ClusterError> = previews.into_iter().collect();
        Ok(previews?)
    }

    /// Looks for an object in a version that is not served yet: it may be there in another one.
    async fn look(&self, one: &Desired<'_>) -> Result<Preview, ClusterError> {
        let mut preview = Preview::default();
        let served = self.kinds.preferred(&one.group_kind());
        if one.kind.state == State::Defined
            && let Some(served) = served.filter(|kind| kind.state == State::Served)
        {
            let place = Place {
                resource: &served.resource,
                namespace: &one.id.namespace,
            };
            preview.live = self
                .cluster
                .get(place, &one.id.name)
                .await
                .map_err(|failure| rejected(&self.cluster, one, failure))?;
        }
        Ok(preview)
    }

    /// Tells whether the API server cannot be asked about an object: its kind or namespace comes with
    /// the set.
    fn is_unready(&self, one: &Desired<'_>) -> bool {
        one.kind.state == State::Defined || self.pending.contains(one.id.namespace.as_str())
    }

    fn noted(&self, one: &Desired<'_>) -> Noted {
        self.live_parent.as_ref().map_or(Noted::Absent, |parent| {
            parent.record.noted(&one.id, one.digest)
        })
    }

    /// Returns a note on the objects about which the API server could not be asked.
    fn unknown(&self, plan: &Plan) -> Option<String> {
        let count = self
            .desired
            .iter()
            .filter(|one| self.is_unready(one))
            .count();
        (count > 0 && plan.count(Action::Create) > 0).then(|| {
            format!(
                "{count} objects were not tried on the server: their namespace or kind comes with this sync"
            )
        })
    }

    /// Returns where members are: those that are wanted, and some others.
    fn extent(&self, others: &[&Member]) -> Extent {
        let mut extent = Extent::default();
        let wanted = self.desired.iter().map(|one| (&one.id, &one.kind));
        let others = others.iter().map(|member| (&member.id, &member.kind));
        for (id, kind) in wanted.chain(others) {
            extent.kinds.insert(kind.group_kind());
            if kind.scope == Scope::Namespace {
                extent.namespaces.insert(id.namespace.to_string());
            }
        }
        // The parent's own namespace is always looked at.
        extent.namespaces.insert(self.parent.namespace.clone());
        extent
    }

    /// The parent needs its namespace before anything else is applied.
    async fn make_parent_namespace(&self, jobs: &[Job<'_, 'r>]) -> Result<(), ClusterError> {
        if !self.pending.contains(&self.parent.namespace) {
            return Ok(());
        }
        let job = jobs.iter().find(|job| {
            let id = &job.one.id;
            id.group.is_empty() && id.kind == "Namespace" && id.name == self.parent.namespace
        });
        match job {
            Some(job) => apply::apply_one(&self.cluster, *job).await,
            None => Ok(()),
        }
    }

    async fn write_parent(&self, extent: &Extent, record: &Record) -> Result<(), ClusterError> {
        let manager = Parent::field_manager();
        let apply = Apply {
            manager: &manager,
            mode: Mode::Real,
            // The parent is ours alone.
            others: Others::Overwrite,
        };
        let resource = config_map();
        let place = Place {
            resource: &resource,
            namespace: &self.parent.namespace,
        };
        let body = self.parent.write(extent, record);
        self.cluster
            .apply(place, &self.parent.name, &body, apply)
            .await
            .map_err(|failure| {
                let what = format!("write the set's parent `{}`", self.parent);
                self.cluster.refused(what, failure)
            })?;
        Ok(())
    }
}

async fn read_parent(
    cluster: &Cluster,
    parent: &Parent,
) -> Result<Option<LiveParent>, ClusterError> {
    let resource = config_map();
    let place = Place {
        resource: &resource,
        namespace: &parent.namespace,
    };
    let live = cluster.get(place, &parent.name).await.map_err(|failure| {
        let what = format!("read the set's parent `{parent}`");
        cluster.refused(what, failure)
    })?;
    live.as_ref().map(|live| parent.read(live)).transpose()
}

/// Returns the namespaces that the set makes and that are not there yet, or not any more.
async fn pending(
    cluster: &Cluster,
    desired: &[Desired<'_>],
    parent_namespace: &str,
) -> Result<BTreeSet<String>, ClusterErrors> {
    let own = desired::own_namespaces(desired);
    let mut used: BTreeMap<&str, Option<&Desired<'_>>> = BTreeMap::new();
    used.insert(parent_namespace, None);
    for one in desired.iter().filter(|one| !one.id.namespace.is_empty()) {
        used.entry(&one.id.namespace).or_insert(Some(one));
    }
    let looks = Cluster::each(used, async |(name, first)| {
        (name, first, look_at_namespace(cluster, name).await)
    })
    .await;
    let mut pending = BTreeSet::new();
    let mut errors = Vec::new();
    for (name, first, there) in looks {
        match (there?, own.contains(name), first) {
            (Presence::There, ..) | (Presence::Going, false, _) => {}
            (_, true, _) => {
                pending.insert(name.to_owned());
            }
            (Presence::Absent, false, Some(one)) => errors.push(ClusterError::NoNamespace {
                id: Box::new(one.id.clone()),
                at: one.origin(),
            }),
            (Presence::Absent, false, None) => errors.push(ClusterError::NoParentNamespace {
                namespace: name.to_owned(),
            }),
        }
    }
    if errors.is_empty() {
        Ok(pending)
    } else {
        Err(errors.into())
    }
}

/// Whether a namespace is there.
enum Presence {
    There,
    Going,
    Absent,
}

async fn look_at_namespace(cluster: &Cluster, name: &str) -> Result<Presence, ClusterError> {
    let resource = core("Namespace", "namespaces");
    let place = Place {
        resource: &resource,
        namespace: "",
    };
    match cluster.get(place, name).await {
        Ok(Some(live)) if is_terminating(&live) => Ok(Presence::Going),
        Ok(Some(Value::Object(_))) => Ok(Presence::There),
        Ok(_) => Ok(Presence::Absent),
        // Whoever works in a namespace need not be allowed to look at it.
        Err(failure) if failure.code() == Some(403) => Ok(Presence::There),
        Err(failure) => Err(cluster.refused(format!("read the namespace `{name}`"), failure)),
    }
}

fn config_map() -> ApiResource {
    core("ConfigMap", "configmaps")
}

fn core(kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: String::new(),
        version: "v1".to_owned(),
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}
