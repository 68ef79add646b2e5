//! Repositories with an `index.yaml`, over HTTP.

use std::sync::Arc;

use url::Url;

use crate::source::remote::{
    Credentials, Deadline, RemoteError, Request, Response, TlsSettings, redact,
};

use super::charts::{Charts, Taken, chart_timeout};
use super::config::is_same;
use super::credentials::CredentialScope;
use super::index::{Entry, Index};
use super::reference::is_oci;
use super::{ChartReference, RepositoryError, provenance};

/// The most bytes of an index.
const LARGEST_INDEX: u64 = 64 << 20;

/// The most bytes of a packed chart.
pub(super) const LARGEST_ARCHIVE: u64 = 64 << 20;

/// The most bytes of a provenance file.
pub(super) const LARGEST_PROVENANCE: u64 = 4 << 20;

/// A repository as it is reached.
pub(super) struct Place {
    /// The address, without credentials.
    url: Url,
    /// For people.
    shown: String,
    credentials: Option<Credentials>,
    scope: CredentialScope,
    tls: TlsSettings,
}

impl Charts<'_> {
    /// Takes a chart from its repository. `locked` is the version that the lock has it in.
    pub(super) fn take_classic(
        &self,
        repository: &str,
        name: &str,
        wanted: Option<&str>,
        locked: Option<&str>,
    ) -> Result<Taken, RepositoryError> {
        let place = self.place(repository)?;
        let index = self.index(&place)?;
        let entry = index.find(&place.shown, name, locked.or(wanted))?;
        let no_url = || RepositoryError::NoUrl {
            repository: place.shown.clone(),
            name: name.to_owned(),
            version: entry.version.clone(),
        };
        let address = entry.urls.first().ok_or_else(no_url)?;
        if is_oci(address) {
            return self.take_from_registry_of_index(address, entry);
        }
        let url = resolved(&place.url, address).ok_or_else(no_url)?;
        self.download(&place, url, entry)
    }

    fn download(
        &self,
        place: &Place,
        mut url: Url,
        entry: &Entry,
    ) -> Result<Taken, RepositoryError> {
        let own = Credentials::take_from(&mut url);
        let shown = redact(url.as_str()).into_owned();
        if place.url.scheme() == "https" && url.scheme() != "https" && entry.digest.is_none() {
            return Err(RepositoryError::Unencrypted {
                url: shown,
                repository: place.shown.clone(),
            });
        }
        let is_theirs =
            place.scope == CredentialScope::WhereverItLeads || url.origin() == place.url.origin();
        let credentials = own
            .or_else(|| place.credentials.clone().filter(|_| is_theirs))
            .or_else(|| Credentials::of_netrc(&url));
        let content = self.get(&url, credentials.as_ref(), &place.tls, LARGEST_ARCHIVE)?;
        let content = succeeded(content, &shown, credentials.is_some())?;
        let sha256 = crate::source::remote::sha256_of(&content);
        if let Some(wanted) = &entry.digest {
            check_digest(&shown, "the index", wanted, &sha256)?;
        }
        self.check_provenance(&url, credentials.as_ref(), &place.tls, &sha256)?;
        Ok(Taken {
            resolved: entry.version.clone(),
            content,
        })
    }

    /// Compares the digest of an archive with what the provenance file beside it says, where there is one.
    pub(super) fn check_provenance(
        &self,
        url: &Url,
        credentials: Option<&Credentials>,
        tls: &TlsSettings,
        sha256: &str,
    ) -> Result<(), RepositoryError> {
        let mut beside = url.clone();
        beside.set_path(&format!("{}.prov", url.path()));
        let signed = self.get(&beside, credentials, tls, LARGEST_PROVENANCE)?;
        if signed.status != 200 {
            return Ok(());
        }
        let archive = url.path_segments().and_then(|mut parts| parts.next_back());
        let archive = percent_encoding::percent_decode_str(archive.unwrap_or_default());
        let archive = archive.decode_utf8_lossy();
        provenance::check(&signed.body, &archive, sha256, &redact(url.as_str()))
    }

    /// Some indices name charts of a registry.
    fn take_from_registry_of_index(
        &self,
        address: &str,
        entry: &Entry,
    ) -> Result<Taken, RepositoryError> {
        let reference = ChartReference::of_address(address, None)?;
        let Some(reference @ ChartReference::Oci { .. }) = reference else {
            return Err(RepositoryError::Reference {
                text: redact(address).into_owned(),
                reason: "it is none of a registry",
            });
        };
        let taken = self.take_oci(&reference, None)?;
        if let Some(wanted) = &entry.digest {
            let sha256 = crate::source::remote::sha256_of(&taken.content);
            check_digest(&redact(address), "the index", wanted, &sha256)?;
        }
        Ok(Taken {
            resolved: entry.version.clone(),
            ..taken
        })
    }

    fn index(&self, place: &Place) -> Result<Arc<Index>, RepositoryError> {
        self.indices
            .get(place.shown.clone(), ("chart repositories", 500), || {
                let failed = || RepositoryError::Index {
                    repository: place.shown.clone(),
                    reason: "it has no address".to_owned(),
                };
                let url = resolved(&place.url, "index.yaml").ok_or_else(failed)?;
                let credentials = place.credentials.as_ref();
                let response = self.get(&url, credentials, &place.tls, LARGEST_INDEX)?;
                let shown = redact(url.as_str()).into_owned();
                let text = succeeded(response, &shown, credentials.is_some())?;
                Index::read(&text, &place.shown).map(Arc::new)
            })
    }

    /// Finds how a repository is reached, and who the user is to it.
    fn place(&self, repository: &str) -> Result<Place, RepositoryError> {
        let known = self.known_repositories()?;
        let (address, known) = match repository.strip_prefix('@') {
            Some(alias) => {
                let known = known.iter().find(|known| known.name == alias);
                let known = known.ok_or_else(|| RepositoryError::UnknownRepository {
                    name: alias.to_owned(),
                })?;
                (known.url.as_str(), Some(known))
            }
            None => (repository, None),
        };
        let wrong = |reason| RepositoryError::Reference {
            text: redact(address).into_owned(),
            reason,
        };
        let mut url = Url::parse(address).map_err(|_| wrong("it cannot be read"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(
                "a repository with an index is `https://…` or `http://…`",
            ));
        }
        let own = Credentials::take_from(&mut url);
        let known = known.or_else(|| {
            let mut all = self.known_repositories().ok()?.iter();
            all.find(|known| is_same(&known.url, &url))
        });
        let settings = self.settings();
        let credentials = settings
            .own()
            .or(own)
            .or_else(|| known?.credentials.clone())
            .or_else(|| Credentials::of_netrc(&url));
        let scope = match known {
            Some(known) if settings.scope == CredentialScope::Repository => known.scope,
            _ => settings.scope,
        };
        // What the file of repositories says of a server counts before flags, as in the reference.
        let tls = known.map(|known| &known.tls).filter(|tls| !tls.is_usual());
        let tls = tls.unwrap_or(&settings.tls).clone();
        let shown = redact(url.as_str());
        Ok(Place {
            shown: shown.trim_end_matches('/').to_owned(),
            url,
            credentials,
            scope,
            tls,
        })
    }

    fn get(
        &self,
        url: &Url,
        credentials: Option<&Credentials>,
        tls: &TlsSettings,
        limit: u64,
    ) -> Result<Response, RepositoryError> {
        let authorization = credentials.map(Credentials::basic);
        let request = Request {
            url,
            accept: None,
            authorization: authorization.as_deref(),
            form: None,
            limit,
            deadline: Deadline::after(chart_timeout(url)),
            tls,
        };
        Ok(self.remotes()?.request(&request)?)
    }
}

/// Fails where a digest, with its algorithm before it or not, is another than the one found.
pub(super) fn check_digest(
    url: &str,
    said_by: &'static str,
    wanted: &str,
    found: &str,
) -> Result<(), RepositoryError> {
    let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted);
    if digits.eq_ignore_ascii_case(found) {
        return Ok(());
    }
    Err(RepositoryError::Digest {
        url: url.to_owned(),
        said_by,
        wanted: digits.to_owned(),
        found: found.to_owned(),
    })
}

fn succeeded(
    response: Response,
    shown: &str,
    were_given: bool,
) -> Result<Vec<u8>, RepositoryError> {
    let url = shown.to_owned();
    match response.status {
        200..=299 => Ok(response.body),
        401 | 403 => Err(RepositoryError::Unauthorized { url, were_given }),
        status => Err(RemoteError::Status { url, status }.into()),
    }
}

/// Returns an address of an index as one of its own: relative ones begin at the repository, and take its query along.
fn resolved(repository: &Url, address: &str) -> Option<Url> {
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let mut base = repository.clone();
            base.set_path(&format!("{}/", repository.path().trim_end_matches('/')));
            let mut url = base.join(address).ok()?;
            url.set_query(repository.query());
            url
        }
        Err(_) => return None,
    };
    matches!(url.scheme(), "http" | "https").then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_an_index_begin_at_the_repository() {
        let resolve = |base: &str, address: &str| {
            let url = resolved(&Url::parse(base).unwrap(), address)?;
            Some(url.to_string())
        };
        for (base, address, want) in [
            ("https://h/a", "web-1.tgz", Some("https://h/a/web-1.tgz")),
            (
                "https://h/a/",
                "b/web-1.tgz",
                Some("https://h/a/b/web-1.tgz"),
            ),
            (
                "https://h/a?x=1",
                "index.yaml",
                Some("https://h/a/index.yaml?x=1"),
            ),
            ("https://h/a", "/web-1.tgz", Some("https://h/web-1.tgz")),
            ("https://h/a", "../../../x.tgz", Some("https://h/x.tgz")),
            (
                "https://h/a",
                "https://o/x.tgz?y",
                Some("https://o/x.tgz?y"),
            ),
            ("https://h/a", "//o/x.tgz", Some("https://o/x.tgz")),
            ("https://h/a", "file:///etc/passwd", None),
            ("https://h/a", "ftp://h/x", None),
        ] {
            assert_eq!(resolve(base, address).as_deref(), want, "{address}");
        }
    }
}
