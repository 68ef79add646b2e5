//! Whether what is remote is fetched, and the lock file that says what it is, for all verbs that render.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::bail;

use crate::render::RenderedSet;
use crate::source::remote::{Cache, FetchPolicy, LOCK_FILE, Lock, Remotes};
use crate::source::{Read, Tree, TreePath};

use super::console::Console;
use super::fleet::OpenFleet;
use super::outcome::CommandError;
use super::output;

/// Whether what is remote is fetched.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FetchArgs {
    /// Fetch what kustomizations take from elsewhere, where `lockgate.lock` or the cache lacks it, or with
    /// `--fetch=update` all of it as it is now; `lockgate.lock` is written. Without this no server is asked
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
/// not what the lock says. A render of the whole fleet takes out what is no longer used.
pub(crate) fn write_lock(
    open: &OpenFleet,
    set: &RenderedSet,
    console: &Console,
) -> anyhow::Result<()> {
    if !matches!(
        open.remotes.policy(),
        FetchPolicy::Missing | FetchPolicy::Update
    ) {
        return Ok(());
    }
    let mut repositories = BTreeSet::new();
    let mut files = BTreeSet::new();
    let components = set.environments.iter().flat_map(|env| &env.components);
    for read in components.flat_map(|component| component.reads.iter()) {
        match read {
            Read::Repository(pin) => {
                repositories.insert(pin.clone());
            }
            Read::RemoteFile(pin) => {
                files.insert(pin.clone());
            }
            Read::File(_) | Read::Kind(_) | Read::Listing(_) => {}
        }
    }
    let mut lock = open.remotes.lock().clone();
    lock.extend(&repositories, &files);
    if !open.is_part {
        lock.retain(&repositories, &files);
    }
    if lock == *open.remotes.lock() {
        return Ok(());
    }
    let path = open.folder.join(LOCK_FILE);
    output::write_file(&path, lock.to_text().as_bytes())?;
    console.error(&format!("wrote `{}`\n", path.display()));
    Ok(())
}
