//! The way in: charts by their reference, and charts of a tree with what they lack.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use url::Url;

use crate::helm::Error;
use crate::helm::chart::archive::unpack;
use crate::helm::chart::{self, Chart, ChartError, File};
use crate::source::remote::{
    ChartPin, Credentials, FetchPolicy, LockedChart, Once, RemoteError, Remotes, fetch_timeout,
    sha256_of,
};
use crate::source::{Read, ReadLog, Recorded, Tree, TreePath};
use crate::template::Texts;
use crate::yaml::FileId;

use super::complete::Beside;
use super::config::{self, KnownRepository};
use super::index::Index;
use super::{ChartReference, RepositoryError, RepositorySettings};

/// The most charts of a run that are elsewhere.
const MOST_CHARTS: usize = 2000;

/// How long an answer may take where nothing else is said, as in Helm.
const USUAL_TIMEOUT: Duration = Duration::from_secs(120);

/// A chart, and what was looked at to read it.
#[derive(Debug)]
pub struct LoadedChart {
    /// The chart.
    pub chart: Chart,
    /// What was looked at.
    pub reads: ReadLog,
}

/// A packed chart that was fetched.
#[derive(Debug)]
pub struct FetchedArchive {
    /// The archive.
    pub content: Arc<[u8]>,
    /// Its name, for people.
    pub file: FileId,
    /// What exactly it is.
    pub read: Read,
}

/// A packed chart as its server gave it.
pub(super) struct Taken {
    /// Its version.
    pub(super) resolved: String,
    pub(super) content: Vec<u8>,
}

/// Charts from elsewhere. Each is had once a run, whichever thread asks first.
pub struct Charts<'r> {
    remotes: Option<&'r Remotes>,
    settings: RepositorySettings,
    known: OnceLock<Result<Vec<KnownRepository>, RepositoryError>>,
    archives: Once<ChartReference, Arc<FetchedArchive>, RepositoryError>,
    loaded: Once<ChartReference, Arc<LoadedChart>, RepositoryError>,
    pub(super) indices: Once<String, Arc<Index>, RepositoryError>,
    texts: Arc<Texts>,
}

impl Default for Charts<'_> {
    /// Returns what gives only charts of a tree.
    fn default() -> Self {
        Self {
            remotes: None,
            settings: RepositorySettings::default(),
            known: OnceLock::new(),
            archives: Once::default(),
            loaded: Once::default(),
            indices: Once::default(),
            texts: Arc::default(),
        }
    }
}

impl<'r> Charts<'r> {
    /// Returns what gives charts by the policy of the remotes.
    pub fn new(remotes: &'r Remotes) -> Self {
        Self {
            remotes: Some(remotes),
            ..Self::default()
        }
    }

    /// Says how repositories are reached.
    #[must_use]
    pub fn with_settings(self, settings: RepositorySettings) -> Self {
        Self { settings, ..self }
    }

    /// Returns the chart that a reference means, with what its `charts/` lacks.
    pub fn load(&self, reference: &ChartReference) -> Result<Arc<LoadedChart>, RepositoryError> {
        let bound = ("charts", MOST_CHARTS);
        self.loaded.get(reference.clone(), bound, || {
            let archive = self.archive(reference)?;
            let chart = chart::load_unpacked(self.unpacked(&archive)?, archive.file)?;
            let mut chart = chart.sharing(&self.texts);
            let mut reads = ReadLog::default();
            reads.insert(archive.read.clone());
            self.complete(&mut chart, None, &mut reads)?;
            Ok(Arc::new(LoadedChart { chart, reads }))
        })
    }

    /// Reads the chart at a path of a tree, with what its `charts/` lacks.
    pub fn load_local(&self, tree: &dyn Tree, path: &TreePath) -> Result<LoadedChart, Error> {
        let recorded = Recorded::new(tree);
        let mut chart = chart::load(&recorded, path)?.sharing(&self.texts);
        let mut reads = ReadLog::default();
        let beside = Beside {
            tree: &recorded,
            folder: path,
        };
        self.complete(&mut chart, Some(&beside), &mut reads)?;
        reads.extend(&recorded.into_log());
        Ok(LoadedChart { chart, reads })
    }

    /// Returns the packed chart that a reference means.
    pub fn archive(
        &self,
        reference: &ChartReference,
    ) -> Result<Arc<FetchedArchive>, RepositoryError> {
        let bound = ("charts", MOST_CHARTS);
        self.archives
            .get(reference.clone(), bound, || self.obtain(reference))
    }

    /// Returns the files of a packed chart, whose lines may be shown from now on.
    pub(super) fn unpacked(&self, archive: &FetchedArchive) -> Result<Vec<File>, ChartError> {
        let files = unpack(&archive.content, archive.file)?;
        if let Some(remotes) = self.remotes {
            let read = files
                .iter()
                .filter_map(|file| Some((file.id, file.content.get().ok()?)));
            remotes.show(read.map(|(id, data)| (id, Arc::clone(data))));
        }
        Ok(files)
    }

    /// Tells whether the lock has a chart.
    pub(super) fn is_locked(&self, reference: &ChartReference) -> bool {
        let Some(remotes) = self.remotes else {
            return false;
        };
        match reference {
            ChartReference::Archive { url } => remotes.is_file_locked(url),
            _ => locked(remotes, reference).is_some(),
        }
    }

    fn obtain(&self, reference: &ChartReference) -> Result<Arc<FetchedArchive>, RepositoryError> {
        if let ChartReference::Archive { url } = reference {
            return self.obtain_file(url);
        }
        let remotes = self.remotes()?;
        let policy = remotes.policy();
        let locked = match policy {
            FetchPolicy::Current | FetchPolicy::Update => None,
            _ => locked(remotes, reference),
        };
        let what = shown(reference);
        match (policy, locked) {
            (FetchPolicy::Locked | FetchPolicy::MissingInCache, None) => {
                return Err(RemoteError::NotLocked { what }.into());
            }
            (_, Some(locked)) => {
                if let Some(content) = remotes.cached(&locked.sha256) {
                    let resolved = locked.resolved.clone();
                    return Ok(fetched(reference, Taken { resolved, content }));
                }
                if policy == FetchPolicy::Locked {
                    return Err(RemoteError::NotCached {
                        url: what,
                        pin: format!("sha256:{}", locked.sha256),
                    }
                    .into());
                }
            }
            (_, None) => {}
        }
        let version = locked.map(|locked| locked.resolved.as_str());
        let taken = self.take(reference, version)?;
        let sha256 = sha256_of(&taken.content);
        if let Some(locked) = locked.filter(|locked| locked.sha256 != sha256) {
            return Err(RemoteError::Changed {
                what: format!("{} {}", reference.name(), locked.resolved),
                locked: format!("sha256:{}", locked.sha256),
                found: format!("sha256:{sha256}"),
            }
            .into());
        }
        // What is no chart is not kept, and so never locked.
        chart::load_archive(&taken.content, FileId::of(&what))?;
        remotes.keep(&taken.content)?;
        Ok(fetched(reference, taken))
    }

    /// Returns the packed chart at an address. What is taken from there anew is compared with its provenance.
    fn obtain_file(&self, url: &str) -> Result<Arc<FetchedArchive>, RepositoryError> {
        let remotes = self.remotes()?;
        let is_new = match remotes.policy() {
            FetchPolicy::Current | FetchPolicy::Update => true,
            FetchPolicy::Missing => !remotes.is_file_locked(url),
            FetchPolicy::Locked | FetchPolicy::MissingInCache => false,
        };
        let (address, login) = self.with_login(url);
        let tls = &self.settings.tls;
        let file = remotes.file_by(address.as_ref().map_or(url, Url::as_str), tls)?;
        if let Some(mut address) = address.filter(|_| is_new) {
            Credentials::take_from(&mut address);
            self.check_provenance(&address, login.as_ref(), tls, &file.pin.sha256)?;
        }
        Ok(Arc::new(FetchedArchive {
            content: Arc::clone(&file.content),
            file: file.file,
            read: Read::RemoteFile(file.pin.clone()),
        }))
    }

    /// Returns the address of a packed chart with who the user is in it, and who that is.
    fn with_login(&self, address: &str) -> (Option<Url>, Option<Credentials>) {
        let Ok(mut url) = Url::parse(address) else {
            return (None, None);
        };
        let own = Credentials::take_from(&mut url);
        let login = self.settings.own().or(own);
        let login = login.or_else(|| Credentials::of_netrc(&url));
        if let Some(login) = &login {
            // They can only fail for addresses without a host, which no one is logged in to.
            let _ = url.set_username(&login.user);
            let _ = url.set_password(Some(&login.password));
        }
        (Some(url), login)
    }

    fn take(
        &self,
        reference: &ChartReference,
        locked: Option<&str>,
    ) -> Result<Taken, RepositoryError> {
        match reference {
            ChartReference::Classic {
                repository,
                name,
                version,
            } => self.take_classic(repository, name, version.as_deref(), locked),
            _ => self.take_oci(reference, locked),
        }
    }

    pub(super) fn remotes(&self) -> Result<&'r Remotes, RepositoryError> {
        let not_here = || RemoteError::NotHere {
            url: "a chart of a repository".to_owned(),
        };
        Ok(self.remotes.ok_or_else(not_here)?)
    }

    /// Returns the policy; without anyone to ask nothing is fetched.
    pub(super) fn policy(&self) -> FetchPolicy {
        self.remotes.map_or(FetchPolicy::Locked, Remotes::policy)
    }

    pub(super) fn settings(&self) -> &RepositorySettings {
        &self.settings
    }

    /// Returns the repositories that Helm knows by a name.
    pub(super) fn known_repositories(&self) -> Result<&[KnownRepository], RepositoryError> {
        let known = self.known.get_or_init(|| {
            let said = self.settings.repository_config.as_ref();
            config::known_repositories(config::repositories_file(said))
        });
        match known {
            Ok(known) => Ok(known),
            Err(error) => Err(error.clone()),
        }
    }
}

/// Returns a chart as the lock has it.
fn locked<'l>(remotes: &'l Remotes, reference: &ChartReference) -> Option<&'l LockedChart> {
    let asked = reference.asked();
    remotes
        .lock()
        .chart(&reference.repository(), reference.name(), asked.as_deref())
}

/// Returns how long an answer may take: as the address says (`?timeout=60s`), or the environment, or the usual time.
pub(super) fn chart_timeout(url: &Url) -> Duration {
    fetch_timeout(url, USUAL_TIMEOUT)
}

/// Returns a chart as it was asked for, for people.
fn shown(reference: &ChartReference) -> String {
    let version = reference
        .asked()
        .map_or_else(String::new, |version| format!(" {version}"));
    format!(
        "{}{version}` of `{}",
        reference.name(),
        reference.repository()
    )
}

fn fetched(reference: &ChartReference, taken: Taken) -> Arc<FetchedArchive> {
    let Taken { resolved, content } = taken;
    let pin = ChartPin {
        repository: reference.repository(),
        name: reference.name().to_owned(),
        version: reference.asked(),
        sha256: sha256_of(&content),
        resolved,
    };
    let name = format!("{}/{}-{}.tgz", pin.repository, pin.name, pin.resolved);
    Arc::new(FetchedArchive {
        content: content.into(),
        file: FileId::of(&name),
        read: Read::Chart(pin),
    })
}
