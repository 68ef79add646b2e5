//! Why a cluster was not made equal to an environment.

use crate::render::ObjectId;
use crate::sync::Owner;
use crate::sync::guard::GuardError;
use crate::yaml::{Diagnostic, Origin};

/// Why a cluster was not made equal to an environment: all that was found at once.
#[derive(Debug)]
pub struct ClusterErrors(pub Vec<ClusterError>);

/// Why a cluster was not made equal to an environment. No Secret's value is in it.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ClusterError {
    #[error("cannot use the kubeconfig{}: {reason}", of_path(.path.as_deref()))]
    Kubeconfig {
        path: Option<String>,
        reason: String,
    },
    #[error("no kubeconfig was found, and this is no pod of a cluster")]
    NoKubeconfig,
    #[error("the kubeconfig{} has no context `{context}`", of_path(.path.as_deref()))]
    NoContext {
        context: String,
        path: Option<String>,
        nearest: Option<String>,
    },
    #[error("the kubeconfig{} has no current context", of_path(.path.as_deref()))]
    NoCurrentContext { path: Option<String> },
    #[error("cluster `{target}` does not answer: {reason}")]
    NoAnswer { target: String, reason: String },
    #[error("cluster `{target}` refused to {what}: {message}")]
    Refused {
        target: String,
        what: String,
        code: u16,
        message: String,
    },
    #[error("`{id}`: cluster `{target}` knows no kind `{}` of `{}`", .id.kind, .id.api_version())]
    UnknownKind {
        id: Box<ObjectId>,
        target: String,
        /// The versions in which the kind is known.
        versions: Vec<String>,
        nearest: Option<String>,
        at: Origin,
    },
    #[error("a `{kind}` has no name")]
    Unnamed { kind: String, at: Origin },
    #[error("`{id}` is rendered twice")]
    Twice {
        id: Box<ObjectId>,
        at: Origin,
        first: Origin,
    },
    #[error("`{id}` has the label `applyset.kubernetes.io/part-of` in the repository")]
    Labelled { id: Box<ObjectId>, at: Origin },
    #[error("`{id}`: there is no namespace `{}`, in the cluster or in what is rendered", .id.namespace)]
    NoNamespace { id: Box<ObjectId>, at: Origin },
    #[error(
        "there is no namespace `{namespace}`, in the cluster or in what is rendered, for the set's parent"
    )]
    NoParentNamespace { namespace: String },
    #[error("`{parent}` exists, and {}", match .tooling {
        Some(tool) => format!("belongs to `{tool}`"),
        None => "is no parent of an ApplySet".to_owned(),
    })]
    ParentOfOther {
        parent: String,
        tooling: Option<String>,
    },
    #[error("`{parent}` has the id `{found}`, which is not its own")]
    ParentId { parent: String, found: String },
    #[error(
        "`{parent}` belongs to environment `{}` of fleet `{}`, not to `{}` of `{}`",
        .held.environment, .held.fleet, .wanted.environment, .wanted.fleet
    )]
    OtherOwner {
        parent: String,
        held: Box<Owner>,
        wanted: Box<Owner>,
    },
    #[error("`{id}` belongs to another ApplySet, `{set}`")]
    OtherSet {
        id: Box<ObjectId>,
        set: String,
        at: Origin,
    },
    #[error("`{id}` has fields that others own: {}", list(.conflicts))]
    Conflict {
        id: Box<ObjectId>,
        conflicts: Vec<Conflict>,
        at: Origin,
    },
    #[error("cluster `{target}` refused `{id}`: {message}")]
    Rejected {
        id: Box<ObjectId>,
        target: String,
        code: u16,
        message: String,
        at: Option<Origin>,
    },
    #[error("pruning `{id}` would delete what is not this set's: {}", some(.objects))]
    Foreign {
        id: Box<ObjectId>,
        objects: Vec<String>,
    },
    #[error("`{id}` was not established: {reason}")]
    NotEstablished {
        id: Box<ObjectId>,
        reason: String,
        at: Origin,
    },
    #[error("`{id}` is being deleted, and does not go")]
    Terminating { id: Box<ObjectId>, at: Origin },
    #[error("the sync to cluster `{target}` was interrupted; the next one will finish it")]
    Interrupted { target: String },
    #[error("cannot start the sync: {reason}")]
    Start { reason: String },
    #[error(transparent)]
    Guard(#[from] GuardError),
}

/// A field that someone else owns with another value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The field, as the API server writes it.
    pub field: String,
    /// The field manager.
    pub manager: String,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The arguments or the files.
    Input,
    /// What was asked is more than may be done without being told so.
    Gate,
    /// The cluster or the way to it.
    Environment,
}

impl ClusterErrors {
    /// Tells whose fault the errors are: the cluster's if one of them is, else the input's.
    pub fn fault(&self) -> Fault {
        let has = |fault| self.0.iter().any(|error| error.fault() == fault);
        [Fault::Environment, Fault::Input]
            .into_iter()
            .find(|fault| has(*fault))
            .unwrap_or(Fault::Gate)
    }
}

impl From<ClusterError> for ClusterErrors {
    fn from(error: ClusterError) -> Self {
        Self(vec![error])
    }
}

impl From<Vec<ClusterError>> for ClusterErrors {
    fn from(mut errors: Vec<ClusterError>) -> Self {
        // A cluster that is gone is gone for all objects alike.
        let mut lost = 0;
        errors.retain(|error| {
            let is_lost = matches!(error, ClusterError::NoAnswer { .. });
            lost += u32::from(is_lost);
            !is_lost || lost == 1
        });
        Self(errors)
    }
}

impl ClusterError {
    /// Tells whose fault the error is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoAnswer { .. }
            | Self::Refused { .. }
            | Self::Rejected { .. }
            | Self::NotEstablished { .. }
            | Self::Terminating { .. }
            | Self::Interrupted { .. }
            | Self::Start { .. } => Fault::Environment,
            Self::OtherSet { .. }
            | Self::Conflict { .. }
            | Self::Foreign { .. }
            | Self::Guard(_) => Fault::Gate,
            _ => Fault::Input,
        }
    }
}

impl Diagnostic for ClusterError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::UnknownKind { at, .. }
            | Self::Unnamed { at, .. }
            | Self::Twice { at, .. }
            | Self::Labelled { at, .. }
            | Self::NoNamespace { at, .. }
            | Self::OtherSet { at, .. }
            | Self::Conflict { at, .. }
            | Self::NotEstablished { at, .. }
            | Self::Terminating { at, .. } => Some(*at),
            Self::Rejected { at, .. } => *at,
            _ => None,
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Twice { first, .. } => vec![(*first, "first rendered here".to_owned())],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Kubeconfig { .. } => "check the file that --kubeconfig or KUBECONFIG names",
            Self::NoKubeconfig => "name one with --kubeconfig or KUBECONFIG",
            Self::NoCurrentContext { .. } => "name one with --context",
            Self::NoContext {
                nearest: Some(nearest),
                ..
            } => return Some(format!("did you mean `{nearest}`?")),
            Self::NoContext { .. } => "`kubectl config get-contexts` lists those that are there",
            Self::NoAnswer { reason, .. } => no_answer_hint(reason),
            Self::Refused { code, .. } | Self::Rejected { code, .. } => return refused_hint(*code),
            Self::UnknownKind {
                versions, nearest, ..
            } => return Some(unknown_kind_hint(versions, nearest.as_deref())),
            Self::Unnamed { .. } => "what is synced again and again needs a `metadata.name`",
            Self::Labelled { .. } => "leave the label out: each sync sets it",
            Self::NoNamespace { .. } => "render the namespace, too, or create it",
            Self::NoParentNamespace { .. } => {
                "render the namespace, too, or name another one in the fleet's `target.cluster.namespace`"
            }
            Self::ParentOfOther { .. } | Self::ParentId { .. } => {
                "rename the fleet, or name another `target.cluster.namespace`"
            }
            Self::OtherOwner { .. } => {
                "give each fleet a name of its own, or another `target.cluster.namespace`"
            }
            Self::OtherSet { .. } => {
                "take it out of the other set first: remove the label `applyset.kubernetes.io/part-of`"
            }
            Self::Conflict { .. } => {
                "leave the fields out of the repository, or take them over with --force-conflicts"
            }
            Self::Foreign { .. } => {
                "move or delete them first; to keep all of it, annotate it with `argocd.argoproj.io/sync-options: Prune=false`"
            }
            Self::Terminating { .. } => "see its finalizers, then sync again",
            Self::Guard(error) => return error.hint(),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn no_answer_hint(reason: &str) -> &'static str {
    if reason.contains("certificate") {
        "check `certificate-authority` and the server's name in the kubeconfig"
    } else {
        "check the context's server, and that the network reaches it"
    }
}

fn refused_hint(code: u16) -> Option<String> {
    let hint = match code {
        401 => "the kubeconfig's credentials are not, or no longer, accepted",
        403 => "the kubeconfig's user needs more rights (RBAC)",
        429 | 500..=599 => "sync again once the cluster is well; what was done stays",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn unknown_kind_hint(versions: &[String], nearest: Option<&str>) -> String {
    match (versions, nearest) {
        ([], Some(nearest)) => format!("did you mean `{nearest}`?"),
        ([], None) => {
            "render its CustomResourceDefinition, too, or install it in the cluster".to_owned()
        }
        (versions, _) => format!("the cluster has it as `{}`", versions.join("`, `")),
    }
}

fn of_path(path: Option<&str>) -> String {
    path.map_or_else(String::new, |path| format!(" `{path}`"))
}

fn list(conflicts: &[Conflict]) -> String {
    let told: Vec<String> = conflicts
        .iter()
        .map(|conflict| format!("`{}` by `{}`", conflict.field, conflict.manager))
        .collect();
    told.join(", ")
}

/// The most objects that a message names.
const MAX_NAMED: usize = 5;

fn some(objects: &[String]) -> String {
    let named: Vec<String> = objects
        .iter()
        .take(MAX_NAMED)
        .map(|object| format!("`{object}`"))
        .collect();
    let named = named.join(", ");
    match objects.len().checked_sub(MAX_NAMED) {
        Some(more @ 1..) => format!("{named} and {more} more"),
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_is_gone_is_told_once() {
        let lost = || ClusterError::NoAnswer {
            target: "x".to_owned(),
            reason: "gone".to_owned(),
        };
        let other = || ClusterError::NoKubeconfig;
        let errors = ClusterErrors::from(vec![other(), lost(), lost(), other(), lost()]);
        assert_eq!(errors.0.len(), 3);
        assert_eq!(errors.fault(), Fault::Environment);
    }

    #[test]
    fn long_lists_are_cut() {
        let objects: Vec<String> = (0..7).map(|number| number.to_string()).collect();
        assert_eq!(some(&objects), "`0`, `1`, `2`, `3`, `4` and 2 more");
        assert_eq!(some(&objects[..5]), "`0`, `1`, `2`, `3`, `4`");
    }
}
