//! A release: what a chart is rendered for.

use std::sync::Arc;

use crate::template::{Bounds, Functions, Random, Run, Set, Value};

use super::capabilities::Capabilities;
use super::error::Error;
use super::func::Lookup;
use super::values::Table;

/// The most characters of a release's name.
const LONGEST_NAME: usize = 53;

/// What a chart is rendered for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the release.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// Whether there is a release to be upgraded.
    pub action: Action,
    /// The values of the user.
    pub values: Table,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// Whether values are held to the charts' schemas.
    pub schemas: Schemas,
    /// Where random values come from.
    pub randomness: Randomness,
    /// Whether to keep track of where the output comes from.
    pub tracing: Tracing,
    /// The cluster that `lookup` asks; without one it finds nothing.
    pub cluster: Option<Arc<dyn Lookup>>,
}

/// What a release is rendered for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// The first time.
    #[default]
    Install,
    /// Over an older one.
    Upgrade,
}

/// Where random values come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Randomness {
    /// From the operating system: another value at each render.
    #[default]
    System,
    /// From a seed: the same at each render.
    Seeded(Vec<u8>),
    /// From the release and the template's path: stable until one of them changes.
    Pinned,
}

/// Whether values are held to schemas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schemas {
    /// They are.
    #[default]
    Checked,
    /// They aren't.
    Skipped,
}

/// Whether to keep track of where the output comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracing {
    /// No: faster.
    #[default]
    Off,
    /// Each line knows the template and the values that wrote it.
    On,
}

impl Options {
    /// A first release of that name in the namespace `default`, with no values.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: "default".to_owned(),
            action: Action::default(),
            values: Table::new(),
            capabilities: Capabilities::default(),
            schemas: Schemas::default(),
            randomness: Randomness::default(),
            tracing: Tracing::default(),
            cluster: None,
        }
    }
}

/// Renders a template of a release's name.
///
/// # Errors
///
/// The template is none, or what it renders is no name.
pub fn name_of(template: &str) -> Result<String, Error> {
    const NAME: &str = "name-template";
    let mut set = Set::new(Arc::new(Functions::standard()));
    let parsed = set.parse(NAME, template.as_bytes());
    parsed.map_err(|error| Error::Parse { error, at: None })?;
    let mut run = Run::new(&set, &(), Bounds::default(), Random::System);
    let name = run.execute(NAME, &Value::NIL);
    let name = name.map_err(|error| Error::Execute {
        error: Box::new(error),
        places: Vec::new(),
    })?;
    Ok(name.text().into_owned())
}

/// Checks the name of a release: parts of lower-case letters, digits and hyphens, with dots between them.
pub fn check_name(name: &str) -> Result<(), Error> {
    let refuse = |reason| {
        Err(Error::ReleaseName {
            name: name.to_owned(),
            reason,
        })
    };
    if name.is_empty() {
        return refuse("no name provided");
    }
    if name.len() > LONGEST_NAME {
        return refuse("it must not be longer than 53 characters");
    }
    let is_fine = |part: &str| {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.bytes().all(|byte| is_plain(byte) || byte == b'-')
            && part.bytes().next().is_some_and(is_plain)
            && part.bytes().next_back().is_some_and(is_plain)
    };
    if name.split('.').all(is_fine) {
        return Ok(());
    }
    refuse("it may hold lower-case letters, digits and, within, hyphens and dots")
}
