//! Charts from elsewhere: of repositories with an index, of OCI registries, or packed at an address.
//!
//! [`Charts`] gives a [`LoadedChart`] by its [`ChartReference`], and one of a tree with the dependencies that its
//! `charts/` lacks. Whether a server is asked is up to the [`FetchPolicy`](crate::source::remote::FetchPolicy) of the
//! [`Remotes`](crate::source::remote::Remotes) behind it. Nothing is written but their cache.

mod charts;
mod classic;
mod complete;
mod config;
mod credentials;
mod error;
mod index;
mod lock;
mod logins;
mod oci;
mod provenance;
mod reference;
mod token;

pub use charts::{Charts, FetchedArchive, LoadedChart};
pub use credentials::{CredentialScope, Encryption, Login, RepositorySettings};
pub use error::RepositoryError;
pub use lock::DependencyLock;
pub use reference::ChartReference;
