//! The way in: repositories and files by their address.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::Oid;
use ureq::Agent;

use crate::yaml::FileId;

use super::super::{EntryKind, GitTree, SourceError, Tree, TreePath};
use super::cache::{Cache, Store, sha256_of};
use super::fetch::{Fetch, Wanted};
use super::once::Once;
use super::pin::asked;
use super::query::{Submodules, file_timeout};
use super::reference::RepositoryReference;
use super::{
    FilePin, Lock, RemoteError, RepositoryPin, Request, Response, TlsSettings, http, request,
    submodules,
};

/// The most repositories of a run.
const MOST_REPOSITORIES: usize = 500;

/// The folder of files that are within packed ones.
const WITHIN: &str = "within";

/// The most files of a run.
const MOST_FILES: usize = 2000;

/// Where what is remote comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchPolicy {
    /// From its server, as it is now, whatever was locked: as kustomize does.
    Current,
    /// From the cache, as the lock says. No server is asked.
    Locked,
    /// As the lock says; from its server where the lock or the cache lacks it.
    Missing,
    /// As the lock says, which may not be added to; from its server where the cache lacks it.
    MissingInCache,
    /// From its server, as it is now, for a new lock.
    Update,
}

/// Who names a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A file of this machine, or of a repository on its disk.
    Local,
    /// A file that came from elsewhere.
    Remote,
}

/// Repositories and files from elsewhere. Each is had once a run, whichever thread asks first.
pub struct Remotes {
    policy: FetchPolicy,
    lock: Lock,
    cache: Cache,
    agents: Once<TlsSettings, Agent>,
    repositories: Once<(String, Option<String>, Submodules), Arc<FetchedRepository>>,
    files: Once<String, Arc<FetchedFile>>,
    fetched: Mutex<Fetched>,
}

/// What was had so far.
#[derive(Default)]
struct Fetched {
    repositories: Vec<Arc<FetchedRepository>>,
    files: Vec<Arc<FetchedFile>>,
    /// Files within packed ones.
    within: Vec<(FileId, Arc<[u8]>)>,
}

/// A repository at a commit.
pub struct FetchedRepository {
    /// Its number in this run, from 1.
    pub number: u32,
    /// Its files.
    pub tree: Arc<GitTree>,
    /// What exactly it is.
    pub pin: RepositoryPin,
    /// Who its files are.
    pub asker: Asker,
}

/// A file that was fetched.
#[derive(Debug)]
pub struct FetchedFile {
    /// Its content.
    pub content: Arc<[u8]>,
    /// Its name.
    pub file: FileId,
    /// What exactly it is.
    pub pin: FilePin,
}

impl Remotes {
    /// Returns what gives things by a policy.
    pub fn new(policy: FetchPolicy, lock: Lock, cache: Cache) -> Self {
        Self {
            policy,
            lock,
            cache,
            agents: Once::default(),
            repositories: Once::default(),
            files: Once::default(),
            fetched: Mutex::default(),
        }
    }

    /// Returns what gives everything as it is now, whatever was locked, as kustomize does.
    pub fn as_kustomize_has_it() -> Self {
        Self::new(FetchPolicy::Current, Lock::default(), Cache::of_user())
    }

    /// Returns what gives nothing.
    pub fn none() -> Self {
        Self::new(FetchPolicy::Locked, Lock::default(), Cache::of_user())
    }

    /// Returns the lock that it was given.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Returns the policy.
    pub fn policy(&self) -> FetchPolicy {
        self.policy
    }

    /// Returns the repository of an address.
    pub fn repository(
        &self,
        reference: &RepositoryReference,
        asker: Asker,
    ) -> Result<Arc<FetchedRepository>, RemoteError> {
        if reference.is_local() && asker == Asker::Remote {
            return Err(RemoteError::LocalFromRemote {
                url: reference.shown(),
            });
        }
        let key = (
            reference.shown_url(),
            reference.reference().map(str::to_owned),
            reference.submodules(),
        );
        let bound = ("remote repositories", MOST_REPOSITORIES);
        self.repositories
            .get(key, bound, || self.obtain_repository(reference))
    }

    /// Returns the file of an address.
    pub fn file(&self, url: &str) -> Result<Arc<FetchedFile>, RemoteError> {
        self.file_by(url, &TlsSettings::default())
    }

    /// Returns the file of an address, whose server is reached so.
    pub(crate) fn file_by(
        &self,
        url: &str,
        tls: &TlsSettings,
    ) -> Result<Arc<FetchedFile>, RemoteError> {
        let bound = ("remote files", MOST_FILES);
        self.files.get(http::shown_file_url(url), bound, || {
            let file = self.obtain_file(url, tls)?;
            self.fetched().files.push(Arc::clone(&file));
            Ok(file)
        })
    }

    /// Tells whether the lock has a file.
    pub(crate) fn is_file_locked(&self, url: &str) -> bool {
        self.lock.sha256(&http::shown_file_url(url)).is_some()
    }

    /// Returns the content with a digest, if the cache has it.
    pub(crate) fn cached(&self, sha256: &str) -> Option<Vec<u8>> {
        self.cache.file(sha256)
    }

    /// Keeps a content, unless nothing is to be kept; returns its digest.
    pub(crate) fn keep(&self, content: &[u8]) -> Result<String, RemoteError> {
        let sha256 = sha256_of(content);
        if self.policy != FetchPolicy::Current {
            self.cache.add_file(&sha256, content)?;
        }
        Ok(sha256)
    }

    /// Lets lines of files be shown that are within a packed one.
    pub(crate) fn show(&self, files: impl IntoIterator<Item = (FileId, Arc<[u8]>)>) {
        self.fetched().within.extend(files);
    }

    /// Asks a server.
    pub(crate) fn request(&self, request: &Request<'_>) -> Result<Response, RemoteError> {
        request::request(&self.agent(request.tls)?, request)
    }

    fn fetched(&self) -> MutexGuard<'_, Fetched> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds what stands at a path of the tree of all that was fetched.
    fn find(&self, path: &TreePath) -> Option<Found> {
        let fetched = self.fetched();
        let (first, rest) = path.as_str().split_once('/').unwrap_or((path.as_str(), ""));
        if let Ok(number) = first.parse::<usize>()
            && let Some(repository) = fetched.repositories.get(number.checked_sub(1)?)
        {
            return Some(Found::Repository(
                Arc::clone(repository),
                TreePath::new(rest).ok()?,
            ));
        }
        if first == WITHIN {
            let (file, content) = fetched.within.get(rest.parse::<usize>().ok()?)?;
            return Some(Found::Within(*file, Arc::clone(content)));
        }
        let mut files = fetched.files.iter();
        let file = files.find(|file| file.pin.sha256 == first)?;
        Some(Found::File(Arc::clone(file)))
    }

    fn agent(&self, tls: &TlsSettings) -> Result<Agent, RemoteError> {
        let bound = ("ways to reach servers", MOST_REPOSITORIES);
        self.agents
            .get(tls.clone(), bound, || Ok(http::agent(tls.config()?)))
    }

    fn obtain_file(&self, url: &str, tls: &TlsSettings) -> Result<Arc<FetchedFile>, RemoteError> {
        let shown = http::shown_file_url(url);
        let locked = match self.policy {
            FetchPolicy::Current | FetchPolicy::Update => None,
            _ => self.lock.sha256(&shown),
        };
        let not_locked = || RemoteError::NotLocked {
            what: shown.clone(),
        };
        match (self.policy, locked) {
            (FetchPolicy::Locked | FetchPolicy::MissingInCache, None) => return Err(not_locked()),
            (_, None) if self.is_known_repository(url) => return Err(not_locked()),
            _ => {}
        }
        if let Some(sha256) = locked {
            if let Some(content) = self.cache.file(sha256) {
                return Ok(fetched_file(shown, sha256.to_owned(), content));
            }
            if self.policy == FetchPolicy::Locked {
                return Err(RemoteError::NotCached {
                    url: shown,
                    pin: format!("sha256:{sha256}"),
                });
            }
        }
        let content = http::read_file(&self.agent(tls)?, url, file_timeout(url))?;
        let sha256 = sha256_of(&content);
        if let Some(locked) = locked.filter(|locked| *locked != sha256) {
            return Err(RemoteError::Changed {
                what: shown,
                locked: format!("sha256:{locked}"),
                found: format!("sha256:{sha256}"),
            });
        }
        if self.policy != FetchPolicy::Current {
            self.cache.add_file(&sha256, &content)?;
        }
        Ok(fetched_file(shown, sha256, content))
    }

    /// Tells whether an address is known to be that of a repository, so that no server need be asked for a
    /// file: it is locked as one, or names a commit that the cache has.
    fn is_known_repository(&self, url: &str) -> bool {
        let Ok(Some(reference)) = RepositoryReference::parse(url) else {
            return false;
        };
        let shown = reference.shown_url();
        let is_locked = self.policy == FetchPolicy::Missing
            && self.lock.commit(&shown, reference.reference()).is_some();
        is_locked
            || reference.hash().is_some_and(|commit| {
                let store = self.cache.store(&shown);
                store.is_some_and(|store| store.has(commit, reference.submodules()))
            })
    }

    fn obtain_repository(
        &self,
        reference: &RepositoryReference,
    ) -> Result<Arc<FetchedRepository>, RemoteError> {
        let shown = reference.shown_url();
        let locked = match self.policy {
            FetchPolicy::Current | FetchPolicy::Update => None,
            _ => self.lock.commit(&shown, reference.reference()),
        };
        let locked: Option<Oid> = locked.and_then(|commit| commit.parse().ok());
        let only_locked = matches!(
            self.policy,
            FetchPolicy::Locked | FetchPolicy::MissingInCache
        );
        if only_locked && locked.is_none() {
            return Err(RemoteError::NotLocked {
                what: asked(&shown, reference.reference()),
            });
        }
        let known = locked.or_else(|| reference.hash());
        if let Some(commit) = known
            && let Some(store) = self.cache.store(&shown)
            && store.has(commit, reference.submodules())
        {
            return self.open(&store, reference, commit);
        }
        if let (FetchPolicy::Locked, Some(commit)) = (self.policy, locked) {
            return Err(RemoteError::NotCached {
                url: shown,
                pin: format!("commit {commit}"),
            });
        }
        let store = self.cache.create_store(&shown)?;
        let wanted = match locked {
            Some(id) => Wanted::Commit {
                id,
                found_by: reference.reference(),
            },
            None => Wanted::Reference(reference.reference()),
        };
        let address = reference.url();
        let agent = self.agent(&TlsSettings::default())?;
        let fetch = Fetch {
            agent: &agent,
            store: &store,
            address: &address,
            shown: &shown,
            timeout: reference.timeout(),
        };
        let commit = fetch.run(wanted)?;
        if reference.submodules() == Submodules::Fetched && !store.has(commit, Submodules::Fetched)
        {
            submodules::fetch_all(&agent, &store, reference, commit)?;
            store.mark(commit, Submodules::Fetched)?;
        }
        self.open(&store, reference, commit)
    }

    fn open(
        &self,
        store: &Store,
        reference: &RepositoryReference,
        commit: Oid,
    ) -> Result<Arc<FetchedRepository>, RemoteError> {
        let pin = RepositoryPin {
            url: reference.shown_url(),
            reference: reference.reference().map(str::to_owned),
            commit: commit.to_string(),
        };
        let name = format!("{}//", pin.asked());
        let tree = GitTree::fetched(store.path(), commit, &name, reference.submodules())?;
        let mut fetched = self.fetched();
        let repository = Arc::new(FetchedRepository {
            number: u32::try_from(fetched.repositories.len() + 1).unwrap_or(u32::MAX),
            tree: Arc::new(tree),
            pin,
            asker: if reference.is_local() {
                Asker::Local
            } else {
                Asker::Remote
            },
        });
        fetched.repositories.push(Arc::clone(&repository));
        Ok(repository)
    }
}

fn fetched_file(shown: String, sha256: String, content: Vec<u8>) -> Arc<FetchedFile> {
    Arc::new(FetchedFile {
        content: content.into(),
        file: FileId::of(&shown),
        pin: FilePin { url: shown, sha256 },
    })
}

/// What was fetched, as one tree, for whoever shows lines of it: each repository in a folder that is its
/// number, each file by its digest, and files within packed ones in a folder of their own.
impl Tree for Remotes {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        match self.find(path) {
            Some(Found::Repository(repository, path)) => repository.tree.kind(&path),
            Some(Found::File(_) | Found::Within(..)) => Ok(Some(EntryKind::File)),
            None => Ok(None),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        match self.find(path) {
            Some(Found::Repository(repository, path)) => repository.tree.read(&path),
            Some(Found::File(file)) => Ok(Arc::clone(&file.content)),
            Some(Found::Within(_, content)) => Ok(content),
            None => Err(SourceError::NotFound {
                file: self.file_id(path),
            }),
        }
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        match self.find(path) {
            Some(Found::Repository(repository, path)) => repository.tree.list(&path),
            _ => Err(SourceError::NotDirectory {
                file: self.file_id(path),
            }),
        }
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        Ok(path.clone())
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        match self.find(path) {
            Some(Found::Repository(repository, path)) => repository.tree.file_id(&path),
            Some(Found::File(file)) => file.file,
            Some(Found::Within(file, _)) => file,
            None => FileId::of(path.as_str()),
        }
    }

    fn path_of(&self, file: FileId) -> Option<TreePath> {
        let fetched = self.fetched();
        if let Some(found) = fetched.files.iter().find(|found| found.file == file) {
            return TreePath::new(&found.pin.sha256).ok();
        }
        if let Some(place) = fetched.within.iter().position(|(found, _)| *found == file) {
            return TreePath::new(&format!("{WITHIN}/{place}")).ok();
        }
        fetched.repositories.iter().find_map(|repository| {
            let path = repository.tree.path_of(file)?;
            TreePath::new(&format!("{}/{path}", repository.number)).ok()
        })
    }
}

/// What stands at a path of the tree of all that was fetched.
enum Found {
    Repository(Arc<FetchedRepository>, TreePath),
    File(Arc<FetchedFile>),
    Within(FileId, Arc<[u8]>),
}
