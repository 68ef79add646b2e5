//! What a render takes from elsewhere: repositories of Git, single files, and packed charts, of which only the bytes
//! are known here.
//!
//! [`Remotes`] gives them to whoever renders, by the [`RepositoryReference`] or the URL that a kustomization
//! names. Whether it asks a server is its [`FetchPolicy`]: else `lockgate.lock` says what is meant and the
//! [`Cache`] holds it. No `git` is started, and no credentials are ever in what comes out of here.

mod cache;
mod credentials;
mod error;
mod fetch;
mod grammar;
mod http;
mod local;
mod lock;
mod once;
mod packet;
mod pin;
mod query;
mod redact;
mod reference;
mod remotes;
mod request;
mod smart;
mod ssh;
mod submodules;
mod tls;

pub use cache::Cache;
pub(crate) use cache::sha256_of;
pub(crate) use credentials::Credentials;
pub use error::RemoteError;
pub use grammar::ReferenceError;
pub(crate) use http::Deadline;
pub use lock::{LOCK_FILE, Lock, LockError, LockedChart};
pub(crate) use once::Once;
pub use pin::{ChartPin, FilePin, Pins, RepositoryPin};
pub use query::Submodules;
pub(crate) use query::fetch_timeout;
pub use redact::redact;
pub use reference::{RepositoryReference, is_file_url};
pub use remotes::{Asker, FetchPolicy, FetchedFile, FetchedRepository, Remotes};
pub(crate) use request::{Request, Response};
pub use tls::{TlsSettings, Verification};

use query::USUAL_TIMEOUT;
