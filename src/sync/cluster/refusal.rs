//! What the cluster says against an object, without the values of Secrets.

use crate::diff;

use super::desired::Desired;
use super::error::ClusterError;
use super::request::{Cluster, Failure};

/// Returns the error of an object that was not taken.
pub(super) fn rejected(cluster: &Cluster, one: &Desired<'_>, failure: Failure) -> ClusterError {
    let target = cluster.shown.clone();
    let status = match failure {
        Failure::NoAnswer(reason) => return ClusterError::NoAnswer { target, reason },
        Failure::Status(status) => status,
    };
    let message = if diff::is_secret(one.node) {
        let fields = status.details.iter().flat_map(|details| &details.causes);
        let mut fields: Vec<&str> = fields.map(|cause| cause.field.as_str()).collect();
        fields.retain(|field| !field.is_empty());
        masked(&status.reason, &fields)
    } else {
        status.message
    };
    ClusterError::Rejected {
        id: Box::new(one.id.clone()),
        target,
        code: status.code,
        message,
        at: Some(one.origin()),
    }
}

/// Returns what may be said of a Secret that was refused: the message quotes what is wrong.
fn masked(reason: &str, fields: &[&str]) -> String {
    let fields = match fields {
        [] => String::new(),
        fields => format!(" in `{}`", fields.join("`, `")),
    };
    format!("{reason}{fields} (its message is left out, for it may quote the Secret)")
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn only_reason_and_fields_are_told_of_a_secret() {
        assert!(masked("Invalid", &["data[a b]"]).starts_with("Invalid in `data[a b]` ("));
        assert!(masked("BadRequest", &[]).starts_with("BadRequest ("));
    }
}
