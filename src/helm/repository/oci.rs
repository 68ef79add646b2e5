//! Charts of OCI registries, by the distribution specification.

use std::cell::OnceCell;
use std::net::IpAddr;

use http::header;
use oci_spec::distribution::TagList;
use oci_spec::image::{Descriptor, ImageManifest};
use url::Url;

use crate::helm::chart::load_archive;
use crate::source::remote::{Deadline, RemoteError, Request, Response, redact, sha256_of};
use crate::template::semver::Version;
use crate::yaml::FileId;

use super::charts::{Charts, Taken, chart_timeout};
use super::classic::{LARGEST_ARCHIVE, LARGEST_PROVENANCE, check_digest};
use super::credentials::{Encryption, RegistryLogin};
use super::index::{choose, told};
use super::reference::{is_sha256, registry_parts};
use super::token::{Question, authorization};
use super::{ChartReference, RepositoryError, provenance};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const OLD_CHART: &str = "application/tar+gzip";
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The most bytes of a manifest, as registries have it.
const LARGEST_MANIFEST: u64 = 4 << 20;

/// The most bytes of a page of tags.
const LARGEST_PAGE: u64 = 8 << 20;

/// The most pages of tags.
const MOST_PAGES: usize = 200;

/// A chart in a registry, which is asked for more than once.
struct Repository<'c, 'r> {
    charts: &'c Charts<'r>,
    /// The address without a tag, for people.
    shown: String,
    /// The address of the API, up to the last part of the path.
    base: String,
    /// The path, with the chart's name.
    path: String,
    host: String,
    /// The header `Authorization`, once the registry asked for it.
    authorization: Option<String>,
    /// Who the user is, once the registry asked for it.
    login: OnceCell<Result<Option<RegistryLogin>, RepositoryError>>,
}

impl<'r> Charts<'r> {
    /// Takes a chart from its registry. `locked` is the version that the lock has it in.
    pub(super) fn take_oci(
        &self,
        reference: &ChartReference,
        locked: Option<&str>,
    ) -> Result<Taken, RepositoryError> {
        let ChartReference::Oci {
            repository,
            name,
            version,
            digest,
            encryption,
        } = reference
        else {
            return Err(RepositoryError::Name {
                name: reference.name().to_owned(),
            });
        };
        let mut repository = self.registry_repository(repository, name, *encryption);
        let version = locked.or(version.as_deref());
        let (resolved, tag) = match (digest, version) {
            (Some(digest), version) => (version.unwrap_or(digest).to_owned(), digest.clone()),
            (None, Some(version)) if Version::parse(version).is_ok() => {
                (version.to_owned(), version.replace('+', "_"))
            }
            (None, version) => {
                let version = repository.newest(name, version)?;
                let tag = version.replace('+', "_");
                (version, tag)
            }
        };
        let manifest = repository.manifest(name, &tag)?;
        repository.chart(&manifest, name, resolved)
    }

    fn registry_repository(
        &self,
        repository: &str,
        name: &str,
        encryption: Encryption,
    ) -> Repository<'_, 'r> {
        let (host, folder) = registry_parts(repository);
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        let is_plain = [encryption, self.settings().encryption].contains(&Encryption::PlainHttp)
            || is_this_machine(host);
        let scheme = if is_plain { "http" } else { "https" };
        // The one registry whose name is not its host's.
        let host = match host {
            "docker.io" => "registry-1.docker.io",
            host => host,
        };
        Repository {
            charts: self,
            shown: format!("oci://{host}/{path}"),
            base: format!("{scheme}://{host}/v2/{path}"),
            path,
            host: host.to_owned(),
            authorization: None,
            login: OnceCell::new(),
        }
    }
}

impl Repository<'_, '_> {
    /// Returns the newest version in a range, by the tags.
    fn newest(&mut self, name: &str, wanted: Option<&str>) -> Result<String, RepositoryError> {
        let mut versions = self.versions()?;
        let names = versions.iter().map(String::as_str);
        match choose(name, names.clone(), wanted)? {
            Some(place) => Ok(versions.swap_remove(place)),
            None => Err(RepositoryError::NoVersion {
                repository: self.shown.clone(),
                name: name.to_owned(),
                wanted: wanted.unwrap_or("*").to_owned(),
                versions: told(names, wanted),
            }),
        }
    }

    /// Returns the versions of the chart: of the tags those that are strict ones, from the newest.
    fn versions(&mut self) -> Result<Vec<String>, RepositoryError> {
        let first = self.url("tags/list?n=1000")?;
        let mut versions: Vec<(Version, String)> = Vec::new();
        let mut next = Some(first);
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { break };
            let response = self.get(&url, None, LARGEST_PAGE)?;
            if response.status == 404 {
                return Err(RepositoryError::NoChart {
                    repository: format!("oci://{}", self.host),
                    name: self.path.clone(),
                    nearest: None,
                });
            }
            let response = self.succeeded(response)?;
            next = next_page(&url, &response);
            let page: TagList = serde_json::from_slice(&response.body)
                .map_err(|_| self.not_a_chart("its list of tags cannot be read"))?;
            for tag in page.tags() {
                let version = tag.replace('_', "+");
                if semver::Version::parse(&version).is_ok()
                    && let Ok(parsed) = Version::parse(&version)
                {
                    versions.push((parsed, version));
                }
            }
        }
        versions.sort_by(|one, other| other.0.cmp(&one.0));
        Ok(versions.into_iter().map(|(_, version)| version).collect())
    }

    fn manifest(&mut self, name: &str, tag: &str) -> Result<ImageManifest, RepositoryError> {
        let url = self.url(&format!("manifests/{tag}"))?;
        let response = self.get(&url, Some(MANIFEST), LARGEST_MANIFEST)?;
        if response.status == 404 {
            let versions = self.versions()?;
            let wanted = tag.replace('_', "+");
            return Err(RepositoryError::NoVersion {
                repository: self.shown.clone(),
                name: name.to_owned(),
                versions: told(versions.iter().map(String::as_str), Some(&wanted)),
                wanted,
            });
        }
        let response = self.succeeded(response)?;
        let found = sha256_of(&response.body);
        if is_sha256(tag) {
            check_digest(&self.shown, "the digest that was asked for", tag, &found)?;
        }
        let said = response.headers.get("docker-content-digest");
        let said = said.and_then(|said| said.to_str().ok());
        if let Some(said) = said.filter(|said| said.starts_with("sha256:")) {
            check_digest(&self.shown, "the registry", said, &found)?;
        }
        ImageManifest::from_reader(response.body.as_slice())
            .map_err(|_| self.not_a_chart("its manifest cannot be read"))
    }

    /// Reads the packed chart that a manifest names, and compares it with its provenance where there is one.
    fn chart(
        &mut self,
        manifest: &ImageManifest,
        name: &str,
        version: String,
    ) -> Result<Taken, RepositoryError> {
        if manifest.config().media_type().to_string() != CONFIG {
            let reason = format!("it is a `{}`", manifest.config().media_type());
            return Err(self.not_a_chart(&reason));
        }
        let mut chart = None;
        let mut signed = None;
        for layer in manifest.layers() {
            match layer.media_type().to_string().as_str() {
                CHART | OLD_CHART => chart = Some(layer),
                PROVENANCE => signed = Some(layer),
                _ => {}
            }
        }
        let chart = chart.ok_or_else(|| self.not_a_chart("it has no layer with a packed chart"))?;
        let content = self.blob(chart, LARGEST_ARCHIVE)?;
        // A digest is no version: the chart knows its own.
        let resolved = if is_sha256(&version) {
            let file = FileId::of(&self.shown);
            load_archive(&content, file)?.metadata.version
        } else {
            version
        };
        if let Some(signed) = signed {
            let signed = self.blob(signed, LARGEST_PROVENANCE)?;
            let sha256 = sha256_of(&content);
            let archive = format!("{name}-{resolved}.tgz");
            provenance::check(&signed, &archive, &sha256, &self.shown)?;
        }
        Ok(Taken { resolved, content })
    }

    fn blob(&mut self, layer: &Descriptor, limit: u64) -> Result<Vec<u8>, RepositoryError> {
        let digest = layer.digest().to_string();
        if !is_sha256(&digest) {
            return Err(self.not_a_chart("its digests are of another algorithm than SHA-256"));
        }
        if layer.size() > limit {
            return Err(RemoteError::TooLarge {
                url: self.shown.clone(),
                limit,
            }
            .into());
        }
        let url = self.url(&format!("blobs/{digest}"))?;
        let too_long = self.not_a_chart("it sends more than its manifest says");
        let response = match self.get(&url, None, layer.size()) {
            Err(RepositoryError::Remote(RemoteError::TooLarge { .. })) => return Err(too_long),
            response => response?,
        };
        let content = self.succeeded(response)?.body;
        check_digest(&self.shown, "its manifest", &digest, &sha256_of(&content))?;
        Ok(content)
    }

    /// Asks the registry; where it wants to know who asks, once more with what it wants.
    fn get(
        &mut self,
        url: &Url,
        accept: Option<&str>,
        limit: u64,
    ) -> Result<Response, RepositoryError> {
        // An answer that asks for more than is known is not what was asked for, and may be larger.
        let limit = limit.max(64 << 10);
        let ask = |authorization: Option<&str>| {
            self.charts
                .remotes()?
                .request(&Request {
                    url,
                    accept,
                    authorization,
                    form: None,
                    limit,
                    deadline: Deadline::after(chart_timeout(url)),
                    tls: &self.charts.settings().tls,
                })
                .map_err(RepositoryError::from)
        };
        let response = ask(self.authorization.as_deref())?;
        if response.status != 401 {
            return Ok(response);
        }
        let challenges = response.headers.get_all(header::WWW_AUTHENTICATE);
        let challenges: Vec<&str> = challenges
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let settings = self.charts.settings();
        let login = self
            .login
            .get_or_init(|| settings.registry_login(&self.host, url));
        let login = login.as_ref().map_err(Clone::clone)?;
        let question = Question {
            shown: &self.shown,
            url,
            login: login.as_ref(),
            scope: &format!("repository:{}:pull", self.path),
        };
        let authorization = authorization(self.charts, &challenges, &question)?;
        let response = ask(Some(&authorization))?;
        self.authorization = Some(authorization);
        Ok(response)
    }

    fn succeeded(&self, response: Response) -> Result<Response, RepositoryError> {
        let url = self.shown.clone();
        match response.status {
            200..=299 => Ok(response),
            401 | 403 => Err(RepositoryError::Unauthorized {
                url,
                were_given: matches!(self.login.get(), Some(Ok(Some(_)))),
            }),
            status => Err(RemoteError::Status { url, status }.into()),
        }
    }

    fn url(&self, rest: &str) -> Result<Url, RepositoryError> {
        let url = Url::parse(&format!("{}/{rest}", self.base));
        url.map_err(|_| RepositoryError::Reference {
            text: self.shown.clone(),
            reason: "it cannot be read",
        })
    }

    fn not_a_chart(&self, reason: &str) -> RepositoryError {
        RepositoryError::NotAChart {
            url: self.shown.clone(),
            reason: redact(reason).into_owned(),
        }
    }
}

/// Returns the address of the next page, if it is of the same registry.
fn next_page(url: &Url, response: &Response) -> Option<Url> {
    let link = response.headers.get(header::LINK)?.to_str().ok()?;
    let link = link.split(',').find(|link| link.contains("rel=\"next\""))?;
    let address = link.split_once('<')?.1.split_once('>')?.0;
    let next = url.join(address).ok()?;
    (next.origin() == url.origin()).then_some(next)
}

/// Whether a host is this machine by its name, so that nothing travels over a network.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_in_the_clear() {
        for host in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "[::1]:5000",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "localhost.example.com",
            "10.0.0.1",
            "host:5000",
            "127.0.0.1.nip.io",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
