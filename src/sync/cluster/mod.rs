//! A cluster as a target: server-side apply by the field manager `lockgate`, with an `ApplySet`.
//!
//! [`plan`] looks, [`sync`] makes it so. Both first see ([`session`]) what is there, and have the API
//! server say what applying would do; `decide` makes a plan of it; `apply` carries it out. Everything
//! asynchronous ends here: all functions block. [`openapi`] asks a cluster for its types; a
//! [`LiveCluster`] answers charts.

mod apply;
mod applyset;
mod connect;
mod decide;
mod desired;
mod error;
mod graft;
mod kinds;
mod live;
mod managed;
mod members;
mod openapi;
mod preview;
mod record;
mod refusal;
mod request;
mod session;

use std::time::Duration;

use crate::render::RenderedEnvironment;

use self::request::Others;
use self::session::Session;
use super::guard::{self, PrunePolicy};
use super::{Interrupt, Owner, Plan};

pub use connect::{ClusterTarget, ServiceAccount};
pub use error::{ClusterError, ClusterErrors, Conflict, Fault};
pub use live::LiveCluster;
pub use openapi::{Published, openapi};

/// How an environment is applied.
#[derive(Clone, Copy, Debug)]
pub struct ClusterOptions {
    /// What may be deleted.
    pub policy: PrunePolicy,
    /// What happens to fields that others own with other values.
    pub conflicts: Conflicts,
}

/// What happens to fields that others own with other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflicts {
    /// Nothing is applied, and they are reported. What was edited by hand is reverted all the same.
    Report,
    /// They are taken over.
    Force,
}

/// What a sync would do.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Why it would not be carried out; empty where it would.
    pub refusals: Vec<ClusterError>,
}

/// How often the wish to stop is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Returns what a sync would do. Changes nothing.
pub fn plan(
    target: &ClusterTarget,
    owner: &Owner,
    environment: &RenderedEnvironment,
    options: &ClusterOptions,
    interrupt: &Interrupt,
) -> Result<Planned, ClusterErrors> {
    block_on(target, interrupt, async {
        let session = Session::open(target, owner, environment, options.others()).await?;
        let (mut planned, _) = session.plan(options.policy.prune).await?;
        if let Err(error) = guard::check(&planned.plan, &options.policy) {
            planned.refusals.push(error.into());
        }
        Ok(planned)
    })
}

/// Makes the cluster equal to an environment, and returns what was done.
///
/// On an error the next sync ends what this one began.
pub fn sync(
    target: &ClusterTarget,
    owner: &Owner,
    environment: &RenderedEnvironment,
    options: &ClusterOptions,
    interrupt: &Interrupt,
) -> Result<Plan, ClusterErrors> {
    block_on(target, interrupt, async {
        let session = Session::open(target, owner, environment, options.others()).await?;
        let (planned, carried) = session.plan(options.policy.prune).await?;
        if !planned.refusals.is_empty() {
            return Err(planned.refusals.into());
        }
        guard::check(&planned.plan, &options.policy).map_err(ClusterError::from)?;
        session.carry_out(&carried).await?;
        Ok(planned.plan)
    })
}

/// Runs to the end, or until someone wants it to stop: what is under way then is not waited for.
fn block_on<T>(
    target: &ClusterTarget,
    interrupt: &Interrupt,
    work: impl Future<Output = Result<T, ClusterErrors>>,
) -> Result<T, ClusterErrors> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ClusterError::Start {
            reason: error.to_string(),
        })?;
    let stop = async {
        while !interrupt.is_raised() {
            tokio::time::sleep(LOOK).await;
        }
    };
    runtime.block_on(async {
        tokio::select! {
            result = work => result,
            () = stop => Err(ClusterError::Interrupted {
                target: target.context.clone().unwrap_or_else(|| "the current context".to_owned()),
            }
            .into()),
        }
    })
}

impl ClusterOptions {
    fn others(&self) -> Others {
        match self.conflicts {
            Conflicts::Report => Others::Refuse,
            Conflicts::Force => Others::Overwrite,
        }
    }
}
