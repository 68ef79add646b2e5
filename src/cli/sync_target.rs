//! Where an environment is synced to: what the flags say, else what the fleet says.

use std::path::PathBuf;

use anyhow::anyhow;

use crate::render::RenderedEnvironment;
use crate::render::fleet::{Environment, Selection, Target};
use crate::sync::cluster::{
    self, ClusterErrors, ClusterOptions, ClusterTarget, Conflicts, Fault, ServiceAccount,
};
use crate::sync::directory::{self, DirectoryError};
use crate::sync::guard::{self, PrunePolicy};
use crate::sync::{Interrupt, Owner, Plan};
use crate::yaml::Diagnostic;

use super::fleet::OpenFleet;
use super::outcome::CommandError;

/// The namespace of objects that name none, and of the set's parent.
const DEFAULT_NAMESPACE: &str = "default";

/// Where to, in place of what the fleet says.
#[derive(Debug, clap::Args)]
pub(super) struct TargetArgs {
    /// Sync to this folder: where --env names one environment to DIR itself, else to DIR/ENV
    #[arg(long, value_name = "DIR", conflicts_with_all = ["context", "kubeconfig"])]
    target: Option<PathBuf>,

    /// Sync the one environment of --env to the cluster of this context
    #[arg(long, value_name = "NAME")]
    context: Option<String>,

    /// Find the clusters' contexts in this file; by default in those of KUBECONFIG, or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Take over fields of a cluster's objects that other field managers own
    #[arg(long)]
    force_conflicts: bool,
}

/// An environment to sync.
pub(super) struct Job<'j> {
    /// The fleet.
    pub(super) open: &'j OpenFleet,
    /// The environment.
    pub(super) environment: &'j Environment,
    /// What it renders to.
    pub(super) rendered: &'j RenderedEnvironment,
    /// Whose objects these are.
    pub(super) owner: Owner,
    /// What may be deleted.
    pub(super) policy: PrunePolicy,
    /// Whether no other environment is synced.
    pub(super) is_alone: bool,
    /// The wish to stop.
    pub(super) interrupt: &'j Interrupt,
}

/// Where an environment goes.
enum Destination {
    Folder(PathBuf),
    Cluster(ClusterTarget),
}

impl TargetArgs {
    /// Refuses flags that would send environments where no one meant.
    pub(super) fn check(
        &self,
        open: &OpenFleet,
        selection: &Selection,
    ) -> Result<(), CommandError> {
        if self.context.is_some() && selection.environments.len() != 1 {
            return Err(anyhow!(
                "one cluster takes one environment: name it with `--env` beside `--context`"
            )
            .into());
        }
        let goes_to_cluster = |environment: &Environment| {
            let is_selected = selection.environments.is_empty()
                || selection.environments.contains(&environment.name);
            is_selected && matches!(environment.target, Some(Target::Cluster { .. }))
        };
        let is_to_cluster =
            self.context.is_some() || open.fleet.environments.iter().any(goes_to_cluster);
        if self.kubeconfig.is_some() && !is_to_cluster {
            return Err(anyhow!(
                "no environment goes to a cluster: name a context with `--context` beside `--kubeconfig`"
            )
            .into());
        }
        if is_to_cluster && open.fleet.file.is_none() {
            // Two repositories whose fleets are called the same would prune each other's objects.
            return Err(anyhow!(
                "a fleet that goes to a cluster needs a name: write a `lockgate.yaml` with `metadata.name`"
            )
            .into());
        }
        Ok(())
    }

    fn conflicts(&self) -> Conflicts {
        if self.force_conflicts {
            Conflicts::Force
        } else {
            Conflicts::Report
        }
    }
}

impl Job<'_> {
    /// Returns what a sync would do, and what would refuse it.
    pub(super) fn plan(
        &self,
        args: &TargetArgs,
    ) -> Result<(Plan, Option<CommandError>), CommandError> {
        match self.destination(args)? {
            Destination::Folder(folder) => {
                let plan = directory::plan(&folder, &self.owner, self.rendered, self.policy.prune)
                    .map_err(directory_error)?;
                let refusal = guard::check(&plan, &self.policy)
                    .err()
                    .map(|error| CommandError::gate([boxed(error)]));
                Ok((plan, refusal))
            }
            Destination::Cluster(target) => {
                let options = self.options(args);
                let planned = cluster::plan(
                    &target,
                    &self.owner,
                    self.rendered,
                    &options,
                    self.interrupt,
                )
                .map_err(|errors| self.cluster_error(errors))?;
                let refusal = (!planned.refusals.is_empty())
                    .then(|| self.cluster_error(ClusterErrors(planned.refusals)));
                Ok((planned.plan, refusal))
            }
        }
    }

    /// Syncs the environment.
    pub(super) fn sync(&self, args: &TargetArgs) -> Result<Plan, CommandError> {
        match self.destination(args)? {
            Destination::Folder(folder) => directory::sync(
                &folder,
                &self.owner,
                self.rendered,
                &self.policy,
                self.interrupt,
            )
            .map_err(directory_error),
            Destination::Cluster(target) => cluster::sync(
                &target,
                &self.owner,
                self.rendered,
                &self.options(args),
                self.interrupt,
            )
            .map_err(|errors| self.cluster_error(errors)),
        }
    }

    fn destination(&self, args: &TargetArgs) -> Result<Destination, CommandError> {
        let open = self.open;
        let folder = match (&args.target, &self.environment.target) {
            (None, Some(Target::Cluster { .. })) => {
                return Ok(Destination::Cluster(self.cluster_target(args)));
            }
            _ if args.context.is_some() => {
                return Ok(Destination::Cluster(self.cluster_target(args)));
            }
            (Some(folder), _) if self.is_alone => folder.clone(),
            (Some(folder), _) => folder.join(&self.environment.name),
            (None, Some(Target::Directory { path, .. })) => open.folder.join(path),
            (None, None) => open.folder.join("rendered").join(&self.environment.name),
            (None, Some(Target::Branch { .. })) => {
                return Err(anyhow!(
                    "environment `{}`: branches are no targets yet",
                    self.environment.name
                )
                .into());
            }
        };
        Ok(Destination::Folder(from_here(folder)))
    }

    fn cluster_target(&self, args: &TargetArgs) -> ClusterTarget {
        let (mut context, mut kubeconfig, mut namespace) = (None, None, None);
        if let Some(Target::Cluster {
            context: of_fleet,
            kubeconfig: file,
            namespace: within,
            ..
        }) = &self.environment.target
        {
            context = Some(of_fleet.clone());
            kubeconfig = file.as_ref().map(|file| self.open.folder.join(file));
            namespace.clone_from(within);
        }
        let is_named = args.context.is_some() || args.kubeconfig.is_some() || kubeconfig.is_some();
        ClusterTarget {
            context: args.context.clone().or(context),
            kubeconfig: args.kubeconfig.clone().or(kubeconfig),
            namespace: namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()),
            service_account: if is_named {
                ServiceAccount::Refuse
            } else {
                ServiceAccount::Allow
            },
        }
    }

    fn options(&self, args: &TargetArgs) -> ClusterOptions {
        ClusterOptions {
            policy: self.policy,
            conflicts: args.conflicts(),
        }
    }

    fn cluster_error(&self, errors: ClusterErrors) -> CommandError {
        blamed(errors).drawn_from(&self.open.tree)
    }
}

/// Returns what a cluster's errors blame.
pub(crate) fn blamed(errors: ClusterErrors) -> CommandError {
    let fault = errors.fault();
    let errors = errors.0.into_iter().map(boxed);
    match fault {
        Fault::Input => CommandError::input(errors),
        Fault::Gate => CommandError::gate(errors),
        Fault::Environment => CommandError::environment(errors),
    }
}

/// Returns a folder as people here name it.
fn from_here(folder: PathBuf) -> PathBuf {
    let below = std::env::current_dir()
        .ok()
        .and_then(|here| folder.strip_prefix(here).map(PathBuf::from).ok())
        .or_else(|| folder.strip_prefix(".").map(PathBuf::from).ok());
    below
        .filter(|below| !below.as_os_str().is_empty())
        .unwrap_or(folder)
}

fn directory_error(error: DirectoryError) -> CommandError {
    match error {
        DirectoryError::Guard(error) => CommandError::gate([boxed(error)]),
        error if error.is_environment() => CommandError::environment([boxed(error)]),
        error => error.into(),
    }
}

fn boxed(error: impl Diagnostic) -> Box<dyn Diagnostic> {
    Box::new(error)
}
