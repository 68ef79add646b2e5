//! What applying an object would do: the cluster is asked, by an apply on the server that is only tried.
//!
//! So values that the API server fills in are no differences, and what it would refuse is known before
//! anything is changed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::applyset::PART_OF;
use super::desired::Desired;
use super::error::ClusterError;
use super::managed::{self, Extras, MANAGER};
use super::record::Noted;
use super::refusal::rejected;
use super::request::{Apply, Cluster, Failure, Mode, Others};

/// What is there for an object, and what applying it would make of that.
#[derive(Debug, Default)]
pub(super) struct Preview {
    /// What is there.
    pub(super) live: Option<Value>,
    /// What it would become; `None` where that cannot be known before.
    pub(super) after: Option<Value>,
    /// Who changed it by hand.
    pub(super) edited_by: BTreeSet<String>,
    /// What was added to it by hand.
    pub(super) extras: Extras,
    /// What happens to fields that others own with other values.
    pub(super) others: Option<Others>,
    /// Why it must not be applied.
    pub(super) refusal: Option<ClusterError>,
}

/// How previews are made.
#[derive(Clone, Copy)]
pub(super) struct Previewing<'c> {
    /// The cluster.
    pub(super) cluster: &'c Cluster,
    /// The id of the set.
    pub(super) set: &'c str,
    /// What happens to fields that others own with other values.
    pub(super) others: Others,
}

impl Preview {
    /// Tells whether what is there is on its way out.
    pub(super) fn is_terminating(&self) -> bool {
        self.live.as_ref().is_some_and(is_terminating)
    }
}

/// Tells whether an object is on its way out.
pub(super) fn is_terminating(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

impl Previewing<'_> {
    /// Returns what applying an object would do.
    pub(super) async fn preview(
        self,
        one: &Desired<'_>,
        noted: Noted,
    ) -> Result<Preview, ClusterError> {
        let live = self
            .cluster
            .get(one.place(), &one.id.name)
            .await
            .map_err(|failure| rejected(self.cluster, one, failure))?;
        let mut preview = Preview {
            live,
            ..Preview::default()
        };
        if let Some(set) = preview.live.as_ref().and_then(|live| self.other_set(live)) {
            preview.refusal = Some(ClusterError::OtherSet {
                id: Box::new(one.id.clone()),
                set,
                at: one.origin(),
            });
        }
        if preview.is_terminating() {
            // What it becomes is made anew.
            return Ok(preview);
        }
        self.ask(one, noted, &mut preview).await?;
        if let (Some(live), Some(after)) = (&preview.live, &mut preview.after) {
            preview.extras = managed::extras(live, &one.body);
            preview.extras.take_out(after);
        }
        Ok(preview)
    }

    async fn ask(
        self,
        one: &Desired<'_>,
        noted: Noted,
        preview: &mut Preview,
    ) -> Result<(), ClusterError> {
        match self.dry_run(one, self.others).await {
            Ok(after) => {
                preview.others = Some(self.others);
                preview.after = Some(after);
                return Ok(());
            }
            Err(Failure::Status(status)) => {
                let live = preview.live.as_ref().unwrap_or(&Value::Null);
                match managed::judge(&status, live, noted) {
                    Some(judged) => {
                        preview.edited_by = judged.edited_by;
                        if !judged.conflicts.is_empty() && preview.refusal.is_none() {
                            preview.refusal = Some(ClusterError::Conflict {
                                id: Box::new(one.id.clone()),
                                conflicts: judged.conflicts,
                                at: one.origin(),
                            });
                        }
                    }
                    None => return self.refuse(one, Failure::Status(status), preview),
                }
            }
            Err(failure) => return self.refuse(one, failure, preview),
        }
        // What was changed by hand is overwritten; what others own is shown as it would be.
        match self.dry_run(one, Others::Overwrite).await {
            Ok(after) => {
                preview.others = Some(Others::Overwrite);
                preview.after = Some(after);
                Ok(())
            }
            Err(failure) => self.refuse(one, failure, preview),
        }
    }

    fn refuse(
        self,
        one: &Desired<'_>,
        failure: Failure,
        preview: &mut Preview,
    ) -> Result<(), ClusterError> {
        match &failure {
            // A webhook that cannot be asked may still accept the object.
            Failure::Status(status) if status.message.contains("does not support dry run") => {
                return Ok(());
            }
            // A new object may need what the set brings with it: a service account, a role.
            Failure::Status(status)
                if preview.live.is_none() && matches!(status.code, 403 | 404) =>
            {
                return Ok(());
            }
            Failure::Status(_) => {}
            Failure::NoAnswer(_) => return Err(rejected(self.cluster, one, failure)),
        }
        preview
            .refusal
            .get_or_insert_with(|| rejected(self.cluster, one, failure));
        Ok(())
    }

    async fn dry_run(self, one: &Desired<'_>, others: Others) -> Result<Value, Failure> {
        let apply = Apply {
            manager: MANAGER,
            mode: Mode::DryRun,
            others,
        };
        self.cluster
            .apply(one.place(), &one.id.name, &one.body, apply)
            .await
    }

    fn other_set(self, live: &Value) -> Option<String> {
        let set = live["metadata"]["labels"][PART_OF].as_str()?;
        (set != self.set).then(|| set.to_owned())
    }
}
