//! Requests to a cluster: bounded in time and number, repeated where that can help.
//!
//! Every request here can be repeated safely: an apply or a delete with its preconditions has the same
//! effect the second time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams,
    Preconditions,
};
use kube::core::Status;
use kube::{Api, Client};
use serde::Deserialize;
use serde_json::Value;

use super::connect::chain;
use super::error::ClusterError;

/// How long one try may take: the API server's own limit is a minute.
const TRY_TIMEOUT: Duration = Duration::from_secs(60);
/// How often a request is tried.
const TRIES: u32 = 5;
const FIRST_DELAY: Duration = Duration::from_millis(200);
const MAX_DELAY: Duration = Duration::from_secs(10);
/// How many objects one answer lists.
const PAGE: u32 = 500;
/// How many requests are under way at a time.
const AT_ONCE: usize = 16;
/// A longer list is not read to its end.
const MAX_PAGES: usize = 1000;

/// A cluster that answers requests.
pub(super) struct Cluster {
    client: Client,
    /// The name by which people know it.
    pub(super) shown: String,
    /// Whether it has ever answered. If not, trying again only keeps a person waiting.
    has_answered: AtomicBool,
    /// Why it was given up. What is asked after that is not sent any more.
    lost: OnceLock<String>,
}

/// Where an object is, or a list of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    /// The kind.
    pub(super) resource: &'p ApiResource,
    /// The namespace; empty for cluster-scoped kinds, and to list all namespaces.
    pub(super) namespace: &'p str,
}

/// How an object is applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apply<'p> {
    /// The field manager.
    pub(super) manager: &'p str,
    /// Whether it is only tried.
    pub(super) mode: Mode,
    /// What happens to fields that others own with other values.
    pub(super) others: Others,
}

/// Whether a request changes the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The server says what it would do.
    DryRun,
    /// The server does it.
    Real,
}

/// What happens to fields that others own with other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// The server refuses the whole apply.
    Refuse,
    /// They are overwritten.
    Overwrite,
}

/// What became of a request that meant the object in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was carried out.
    Done,
    /// The object is in another state by now.
    Changed,
    /// The object is gone.
    Gone,
}

/// Why a request was not answered as it should be.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refused it.
    Status(Box<Status>),
    /// There was no answer, or none that makes sense.
    NoAnswer(String),
}

impl Failure {
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            Self::NoAnswer(_) => None,
        }
    }

    /// Tells whether the request may do better when it is repeated.
    fn is_passing(&self, has_answered: bool) -> bool {
        match self {
            Self::Status(status) => match status.code {
                429 | 500 | 502..=504 => true,
                // Two writers met; a conflict of field managers, which stays, has causes.
                409 => status
                    .details
                    .as_ref()
                    .is_none_or(|details| details.causes.is_empty()),
                _ => false,
            },
            Self::NoAnswer(_) => has_answered,
        }
    }

    fn delay(&self) -> Option<Duration> {
        let Self::Status(status) = self else {
            return None;
        };
        let seconds = status.details.as_ref()?.retry_after_seconds;
        (seconds > 0).then(|| Duration::from_secs(seconds.into()))
    }
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Status(status),
            // The message of serde_json holds a piece of what was sent, which may be a Secret.
            kube::Error::SerdeError(_) => {
                Self::NoAnswer("the answer is not what an API server sends".to_owned())
            }
            kube::Error::Service(error) => Self::NoAnswer(chain(error.as_ref())),
            error => Self::NoAnswer(chain(&error)),
        }
    }
}

impl Cluster {
    pub(super) fn new(client: Client, shown: String) -> Self {
        Self {
            client,
            shown,
            has_answered: AtomicBool::new(false),
            lost: OnceLock::new(),
        }
    }

    /// Returns the client, for requests that [`Cluster::repeat`] repeats.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns what the server says at a path.
    pub(super) async fn get_path<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
    ) -> Result<T, Failure> {
        let ask = async || {
            let request = http::Request::get(path)
                .body(Vec::new())
                .map_err(kube::Error::HttpError)?;
            self.client.request::<T>(request).await
        };
        self.repeat(ask).await
    }

    /// Returns what stands under a name.
    pub(super) async fn get(&self, place: Place<'_>, name: &str) -> Result<Option<Value>, Failure> {
        let api = self.api(place);
        let found = self.repeat(async || api.get_opt(name).await).await?;
        Ok(found.as_ref().map(to_value))
    }

    /// Applies an object on the server, and returns what it becomes.
    pub(super) async fn apply(
        &self,
        place: Place<'_>,
        name: &str,
        body: &Value,
        apply: Apply<'_>,
    ) -> Result<Value, Failure> {
        let api = self.api(place);
        let mut params = PatchParams::apply(apply.manager).validation_strict();
        params.force = apply.others == Others::Overwrite;
        params.dry_run = apply.mode == Mode::DryRun;
        let patch = Patch::Apply(body);
        let object = self
            .repeat(async || api.patch(name, &params, &patch).await)
            .await?;
        Ok(to_value(&object))
    }

    /// Merges fields into an object; the patch names the resource version that it was made for.
    pub(super) async fn merge(
        &self,
        place: Place<'_>,
        name: &str,
        patch: &Value,
        manager: &str,
    ) -> Result<Outcome, Failure> {
        let api = self.api(place);
        let params = PatchParams {
            field_manager: Some(manager.to_owned()),
            ..PatchParams::default()
        };
        let patch = Patch::Merge(patch);
        self.repeat(async || outcome(api.patch(name, &params, &patch).await))
            .await
    }

    /// Lists the metadata of objects, all of them or those with labels.
    pub(super) async fn list(
        &self,
        place: Place<'_>,
        labels: Option<&str>,
    ) -> Result<Vec<ObjectMeta>, Failure> {
        let api = self.api(place);
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector = labels.map(str::to_owned);
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self
                .repeat(async || api.list_metadata(&params).await)
                .await?;
            found.extend(page.items.into_iter().map(|item| item.metadata));
            params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if params.continue_token.is_none() {
                return Ok(found);
            }
        }
        let most = MAX_PAGES * PAGE as usize;
        Err(Failure::NoAnswer(format!(
            "it lists more than {most} `{}`",
            place.resource.plural
        )))
    }

    /// Deletes the object that was seen, in the state in which it was seen.
    pub(super) async fn delete(
        &self,
        place: Place<'_>,
        name: &str,
        seen: &ObjectMeta,
    ) -> Result<Outcome, Failure> {
        let api = self.api(place);
        let params = DeleteParams::background().preconditions(Preconditions {
            uid: seen.uid.clone(),
            resource_version: seen.resource_version.clone(),
        });
        self.repeat(async || outcome(api.delete(name, &params).await))
            .await
    }

    /// Returns what an error is called when it concerns no one object.
    pub(super) fn refused(&self, what: impl Into<String>, failure: Failure) -> ClusterError {
        match failure {
            Failure::NoAnswer(reason) => ClusterError::NoAnswer {
                target: self.shown.clone(),
                reason,
            },
            Failure::Status(status) => ClusterError::Refused {
                target: self.shown.clone(),
                what: what.into(),
                code: status.code,
                message: status.message,
            },
        }
    }

    /// Sends a request until it is answered, or trying again is no use.
    pub(super) async fn repeat<T>(
        &self,
        request: impl AsyncFn() -> kube::Result<T>,
    ) -> Result<T, Failure> {
        let mut delay = FIRST_DELAY;
        let mut tries = 1;
        loop {
            if let Some(reason) = self.lost.get() {
                return Err(Failure::NoAnswer(reason.clone()));
            }
            let failure = match tokio::time::timeout(TRY_TIMEOUT, request()).await {
                Ok(Ok(answer)) => {
                    self.has_answered.store(true, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(Err(error)) => Failure::from(error),
                Err(_) => Failure::NoAnswer(format!("no answer in {} s", TRY_TIMEOUT.as_secs())),
            };
            if matches!(failure, Failure::Status(_)) {
                self.has_answered.store(true, Ordering::Relaxed);
            }
            if tries == TRIES || !failure.is_passing(self.has_answered.load(Ordering::Relaxed)) {
                if let Failure::NoAnswer(reason) = &failure {
                    let _ = self.lost.set(reason.clone());
                }
                return Err(failure);
            }
            tokio::time::sleep(failure.delay().unwrap_or(delay).min(MAX_DELAY)).await;
            delay = (delay * 2).min(MAX_DELAY);
            tries += 1;
        }
    }

    /// Does work on each item, some of it at the same time, and returns the results in order.
    pub(super) async fn each<T, R: Future>(
        items: impl IntoIterator<Item = T>,
        work: impl Fn(T) -> R,
    ) -> Vec<R::Output> {
        futures::stream::iter(items)
            .map(work)
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    fn api(&self, place: Place<'_>) -> Api<DynamicObject> {
        let client = self.client.clone();
        if place.namespace.is_empty() {
            Api::all_with(client, place.resource)
        } else {
            Api::namespaced_with(client, place.namespace, place.resource)
        }
    }
}

fn outcome<T>(answer: kube::Result<T>) -> kube::Result<Outcome> {
    match answer {
        Ok(_) => Ok(Outcome::Done),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(Outcome::Changed),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Outcome::Gone),
        Err(error) => Err(error),
    }
}

/// Returns an object as JSON; what was read from JSON can be written as such.
fn to_value(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::response::{StatusCause, StatusDetails};

    fn status(code: u16, causes: Vec<StatusCause>) -> Failure {
        let details: StatusDetails = serde_json::from_value(serde_json::json!({})).unwrap();
        let status = Status::failure("", "").with_code(code);
        Failure::Status(
            status
                .with_details(StatusDetails { causes, ..details })
                .boxed(),
        )
    }

    #[test]
    fn only_what_may_pass_is_repeated() {
        let cause = StatusCause {
            reason: "FieldManagerConflict".to_owned(),
            message: String::new(),
            field: ".spec.replicas".to_owned(),
        };
        assert!(status(429, Vec::new()).is_passing(true));
        assert!(status(503, Vec::new()).is_passing(true));
        assert!(status(409, Vec::new()).is_passing(true));
        assert!(!status(409, vec![cause]).is_passing(true));
        assert!(!status(422, Vec::new()).is_passing(true));
        assert!(!status(404, Vec::new()).is_passing(true));
        assert!(Failure::NoAnswer(String::new()).is_passing(true));
        assert!(!Failure::NoAnswer(String::new()).is_passing(false));
    }
}
