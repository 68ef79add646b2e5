//! Whether what is remote is fetched, and the lock file that says what it is, for all verbs that render.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use crate::render::RenderedSet;
use crate::render::expand::expands;
use crate::source::remote::{Cache, FetchPolicy, LOCK_FILE, Lock, Pins, Remotes};
use crate::source::{Tree, TreePath};

use super::console::Console;
use super::fleet::OpenFleet;
use super::outcome::CommandError;
use super::output;

/// Whether what is remote is fetched.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FetchArgs {
    /// Fetch bases and charts from elsewhere, where `lockgate.lock` or the cache lacks them, or with
    /// `--fetch=update` all of them as they are now; `lockgate.lock` is written. Without this no server is asked
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "missing"
    )]
    fetch: Option<What>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// What the lock or the cache lacks
    Missing,
    /// All, as it is now
    Update,
}

impl FetchArgs {
    /// Returns those of a verb whose purpose it is to fetch.
    pub(crate) fn for_all(&self, is_update: bool) -> Self {
        let what = match self.fetch {
            Some(What::Update) => What::Update,
            _ if is_update => What::Update,
            _ => What::Missing,
        };
        Self { fetch: Some(what) }
    }

    /// Tells whether a server may be asked.
    pub(crate) fn is_given(&self) -> bool {
        self.fetch.is_some()
    }

    /// Returns what gives the remote parts of a tree, by the lock in it.
    pub(crate) fn open(
        &self,
        tree: &Arc<dyn Tree>,
        revision: Option<&str>,
    ) -> Result<Arc<Remotes>, CommandError> {
        let lock = read_lock(tree)?;
        let policy = match (self.fetch, revision) {
            (None, _) => FetchPolicy::Locked,
            (Some(What::Missing), None) => FetchPolicy::Missing,
            (Some(What::Update), None) => FetchPolicy::Update,
            // The lock of a revision is what it is.
            (Some(_), Some(_)) => FetchPolicy::MissingInCache,
        };
        Ok(Arc::new(Remotes::new(policy, lock, Cache::of_user())))
    }

    /// Fails where a lock would have to be written into a revision.
    pub(crate) fn check_revision(&self, revision: Option<&str>) -> anyhow::Result<()> {
        if let (Some(What::Update), Some(revision)) = (self.fetch, revision) {
            bail!("`--fetch=update` writes `{LOCK_FILE}`, which `{revision}` has already");
        }
        Ok(())
    }
}

fn read_lock(tree: &Arc<dyn Tree>) -> Result<Lock, CommandError> {
    let path = TreePath::new(LOCK_FILE).map_err(anyhow::Error::from)?;
    if tree.kind(&path)?.is_none() {
        return Ok(Lock::default());
    }
    let text = tree.read(&path)?;
    Lock::read(&text, tree.file_id(&path))
        .map_err(|error| CommandError::from(error).drawn_from(tree))
}

/// Writes into the lock file what a render took from elsewhere, where it was allowed to fetch and that is
/// not what the lock says. A render of the whole fleet takes out what is no longer used; what objects of Argo CD and Flux
/// may use stays where they are not expanded.
pub(crate) fn write_lock(
    open: &OpenFleet,
    set: &RenderedSet,
    console: &Console,
) -> anyhow::Result<()> {
    let is_part = open.is_part || (open.expand.expansion().is_none() && expands(set));
    let rest = if is_part {
        Unused::Kept
    } else {
        Unused::LeftOut
    };
    write_pins(&open.folder, &open.remotes, &pins_of(set), rest, console)
}

/// What becomes of entries of the lock that a render did not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unused {
    /// They stay: something else may use them.
    Kept,
    /// They go.
    LeftOut,
}

/// Writes pins into the lock file of a folder, where the policy is to fetch.
pub(crate) fn write_pins(
    folder: &Path,
    remotes: &Remotes,
    pins: &Pins,
    unused: Unused,
    console: &Console,
) -> anyhow::Result<()> {
    if !matches!(remotes.policy(), FetchPolicy::Missing | FetchPolicy::Update) {
        return Ok(());
    }
    tell_replaced(remotes.lock(), pins, console);
    let mut lock = remotes.lock().clone();
    lock.extend(pins);
    if unused == Unused::LeftOut {
        lock.retain(pins);
    }
    if lock == *remotes.lock() {
        return Ok(());
    }
    let path = folder.join(LOCK_FILE);
    output::write_file(&path, lock.to_text().as_bytes())?;
    console.error(&format!("wrote `{}`\n", path.display()));
    Ok(())
}

/// Returns all that a render took from elsewhere.
pub(crate) fn pins_of(set: &RenderedSet) -> Pins {
    let mut pins = Pins::default();
    let components = set.environments.iter().flat_map(|env| &env.components);
    for read in components.flat_map(|component| component.reads.iter()) {
        pins.insert(read);
    }
    pins
}

/// Warns of charts that are not what they were, though their version is the same.
fn tell_replaced(lock: &Lock, pins: &Pins, console: &Console) {
    for pin in lock.replaced(&pins.charts) {
        console.error(&format!(
            "warning: `{}` {} of `{}` was replaced: the archive of this version is another than `{LOCK_FILE}` had\n",
            pin.name, pin.resolved, pin.repository
        ));
    }
}
