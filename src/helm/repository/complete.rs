//! The dependencies that a chart names and that its `charts/` lacks.
//!
//! Those of `file://` are read beside the chart, all others come from their repositories, as the chart's own lock file
//! says where there is one. Nothing is ever written into `charts/`. What no one may fetch stays missing: the render
//! refuses the chart then, as the reference does.

use std::sync::Arc;

use crate::helm::chart::{self, Chart, Dependency, version};
use crate::helm::dependencies::missing;
use crate::source::remote::FetchPolicy;
use crate::source::{EntryKind, ReadLog, Tree, TreePath};
use crate::template::semver::Version;

use super::charts::Charts;
use super::{ChartReference, RepositoryError};

const FILE: &str = "file://";

/// Where a chart stands.
pub(super) struct Beside<'b> {
    pub(super) tree: &'b dyn Tree,
    pub(super) folder: &'b TreePath,
}

/// A dependency as it is looked for.
struct Wanted<'c> {
    dependency: &'c Dependency,
    /// The version, or range of versions.
    version: String,
    repository: String,
}

impl Charts<'_> {
    /// Adds the dependencies that a chart lacks, as far as they can be had.
    pub(super) fn complete(
        &self,
        chart: &mut Chart,
        beside: Option<&Beside<'_>>,
        reads: &mut ReadLog,
    ) -> Result<(), RepositoryError> {
        // What renders as kustomize and Helm do leaves a chart as it is.
        if self.policy() == FetchPolicy::Current || missing(chart).is_empty() {
            return Ok(());
        }
        let mut found: Vec<Arc<Chart>> = Vec::new();
        for wanted in self.wanted(chart)? {
            let Some(subchart) = self.dependency(&wanted, beside, reads)? else {
                continue;
            };
            let is_same = |known: &Arc<Chart>| {
                let (known, new) = (&known.metadata, &subchart.metadata);
                (&known.name, &known.version) == (&new.name, &new.version)
            };
            if !found.iter().any(is_same) {
                found.push(subchart);
            }
        }
        // Of two versions that fit an entry the first is taken, in the reference any: let it be the newer one.
        found.sort_by(|one, other| {
            let version = |chart: &Chart| Version::parse(&chart.metadata.version).ok();
            version(other).cmp(&version(one))
        });
        chart.dependencies.extend(found);
        Ok(())
    }

    /// Returns what the chart lacks, in the versions of its lock file where there is one.
    fn wanted<'c>(&self, chart: &'c Chart) -> Result<Vec<Wanted<'c>>, RepositoryError> {
        let missing = missing(chart);
        let is_fetched = |dependency: &&Dependency| {
            !dependency.repository.is_empty() && !dependency.repository.starts_with(FILE)
        };
        let lock = chart.lock.as_ref();
        // The lock says nothing of use to `file://`, whose version is that of the folder.
        let lock = lock.filter(|_| missing.iter().any(is_fetched));
        if let Some(lock) = lock {
            lock.check(chart, |repository| self.address_of_alias(repository))?;
        }
        let declared = chart.metadata.dependencies.as_deref().unwrap_or_default();
        let wanted = missing.into_iter().map(|dependency| {
            let place = declared
                .iter()
                .position(|declared| std::ptr::eq(declared, dependency));
            let locked = place.and_then(|place| lock?.dependencies.get(place));
            let locked = locked.filter(|locked| locked.name == dependency.name);
            Wanted {
                dependency,
                version: locked
                    .map_or(&dependency.version, |locked| &locked.version)
                    .clone(),
                repository: dependency.repository.clone(),
            }
        });
        Ok(wanted.collect())
    }

    fn address_of_alias(&self, repository: &str) -> Option<String> {
        let alias = repository
            .strip_prefix('@')
            .or_else(|| repository.strip_prefix("alias:"))?;
        let known = self.known_repositories().ok()?;
        let known = known.iter().find(|known| known.name == alias)?;
        Some(known.url.clone())
    }

    /// Finds one dependency; `None` where it cannot be had here.
    fn dependency(
        &self,
        wanted: &Wanted<'_>,
        beside: Option<&Beside<'_>>,
        reads: &mut ReadLog,
    ) -> Result<Option<Arc<Chart>>, RepositoryError> {
        let dependency = wanted.dependency;
        if wanted.repository.is_empty() {
            return Ok(None);
        }
        if let Some(path) = wanted.repository.strip_prefix(FILE) {
            return match beside {
                Some(beside) => local(path, dependency, beside).map(Some),
                None => Ok(None),
            };
        }
        let failed = |error| RepositoryError::Fetch {
            name: dependency.name.clone(),
            error: Box::new(error),
            at: dependency.at,
        };
        let version = Some(wanted.version.as_str());
        let reference =
            ChartReference::of_repository(&wanted.repository, &dependency.name, version);
        let only_locked = matches!(
            self.policy(),
            FetchPolicy::Locked | FetchPolicy::MissingInCache
        );
        let reference = match reference {
            Ok(reference) => reference,
            Err(_) if only_locked => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if only_locked && !self.is_locked(&reference) {
            return Ok(None);
        }
        let archive = self.archive(&reference).map_err(failed)?;
        let files = self.unpacked(&archive);
        let subchart = files.and_then(|files| chart::load_unpacked_subchart(files, archive.file));
        let subchart = subchart.map_err(|error| failed(error.into()))?;
        reads.insert(archive.read.clone());
        Ok(Some(Arc::new(subchart)))
    }
}

/// Reads the folder that a `file://` names, from the chart's folder.
fn local(
    path: &str,
    dependency: &Dependency,
    beside: &Beside<'_>,
) -> Result<Arc<Chart>, RepositoryError> {
    let failed = |reason: String| RepositoryError::Dependency {
        name: dependency.name.clone(),
        reason,
        at: dependency.at,
    };
    let folder = if path.starts_with('/') {
        let root = beside.tree.folder_on_disk(&TreePath::root());
        if root.is_none_or(|root| root.as_os_str() != "/") {
            return Err(failed(format!(
                "`{path}` is a path of this machine's disk: write it from the chart's folder"
            )));
        }
        TreePath::new(path.trim_start_matches('/'))
    } else {
        beside.folder.join(path)
    };
    let folder = folder.map_err(|error| failed(error.to_string()))?;
    let kind = beside.tree.kind(&folder);
    if kind.map_err(|error| failed(error.to_string()))? != Some(EntryKind::Directory) {
        let shown = beside.tree.file_id(&folder).name();
        return Err(failed(format!("directory {shown} not found")));
    }
    let subchart = chart::load(beside.tree, &folder)?;
    let metadata = &subchart.metadata;
    if !version::is_compatible(&dependency.version, &metadata.version) {
        return Err(failed(format!(
            "can't get a valid version: the chart there is {}, not `{}`",
            metadata.version, dependency.version
        )));
    }
    Ok(Arc::new(subchart))
}
