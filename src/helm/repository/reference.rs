//! Which chart is meant.

use url::Url;

use crate::source::remote::redact;

use super::{Encryption, RepositoryError};

/// The scheme of registries.
const OCI: &str = "oci://";

/// A chart that is elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChartReference {
    /// A chart of a repository with an `index.yaml`.
    Classic {
        /// The address of the repository, or `@NAME` for one of Helm's `repositories.yaml`.
        repository: String,
        /// The chart's name in it.
        name: String,
        /// A version or a range of versions; none for the newest that is no prerelease.
        version: Option<String>,
    },
    /// A chart of an OCI registry.
    Oci {
        /// `oci://HOST/PATH`, without the chart's name.
        repository: String,
        /// The chart's name: the last part of the path.
        name: String,
        /// A version or a range of versions; none for the newest that is no prerelease.
        version: Option<String>,
        /// The digest of the manifest, where it is named: `sha256:…`.
        digest: Option<String>,
        /// Whether it is reached without encryption.
        encryption: Encryption,
    },
    /// A packed chart at an address of HTTP.
    Archive {
        /// The address.
        url: String,
    },
}

impl ChartReference {
    /// Returns the chart of a repository: an address of HTTP, `oci://…`, or `@NAME` or `alias:NAME` for one that Helm's
    /// `repositories.yaml` names.
    pub fn of_repository(
        repository: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<Self, RepositoryError> {
        let version = version.map(str::trim).filter(|version| !version.is_empty());
        if repository.starts_with(OCI) {
            let repository = repository.trim_end_matches('/');
            return Self::of_registry(&format!("{repository}/{name}"), version);
        }
        check_name(name)?;
        let alias = repository
            .strip_prefix('@')
            .or_else(|| repository.strip_prefix("alias:"));
        let repository = match alias {
            Some(alias) => format!("@{alias}"),
            None if is_http(repository) => repository.to_owned(),
            None => {
                return Err(wrong(
                    repository,
                    "a repository is `https://…`, `http://…`, `oci://…` or `@NAME`",
                ));
            }
        };
        Ok(Self::Classic {
            repository,
            name: name.to_owned(),
            version: version.map(str::to_owned),
        })
    }

    /// Returns the chart at an address: `oci://…`, with a tag or digest behind it or not, or that of a packed chart.
    /// `None` where the text is no address.
    pub fn of_address(
        address: &str,
        version: Option<&str>,
    ) -> Result<Option<Self>, RepositoryError> {
        let version = version.map(str::trim).filter(|version| !version.is_empty());
        if address.starts_with(OCI) {
            return Self::of_registry(address, version).map(Some);
        }
        let is_http = is_http(address);
        Ok(is_http.then(|| Self::Archive {
            url: address.to_owned(),
        }))
    }

    fn of_registry(address: &str, version: Option<&str>) -> Result<Self, RepositoryError> {
        let wrong = |reason| wrong(address, reason);
        let rest = address.strip_prefix(OCI).unwrap_or(address);
        let (rest, digest) = match rest.rsplit_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (host, path) = rest
            .split_once('/')
            .ok_or_else(|| wrong("it has a host and a path"))?;
        let (path, tag) = match path.rsplit_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (path, None),
        };
        let is_host = |char: char| char.is_ascii_alphanumeric() || ".-:[]".contains(char);
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(wrong("its host is no name of a registry"));
        }
        if !path.split('/').all(is_path_part) {
            return Err(wrong(
                "the parts of its path are lower-case letters, digits, `.`, `_` and `-`",
            ));
        }
        if digest.is_some_and(|digest| !is_sha256(digest)) {
            return Err(wrong("a digest is `sha256:` and 64 digits"));
        }
        let version = match (version, tag.filter(|tag| !tag.is_empty())) {
            (Some(version), Some(tag)) if version != tag => {
                return Err(wrong("its tag is another than the version"));
            }
            (version, tag) => version.or(tag),
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let slash = if folder.is_empty() { "" } else { "/" };
        Ok(Self::Oci {
            repository: format!("{OCI}{host}{slash}{folder}"),
            name: name.to_owned(),
            version: version.map(str::to_owned),
            digest: digest.map(str::to_owned),
            encryption: Encryption::Required,
        })
    }

    /// Returns the same, reached without encryption where it is one of a registry.
    #[must_use]
    pub fn over_plain_http(mut self) -> Self {
        if let Self::Oci { encryption, .. } = &mut self {
            *encryption = Encryption::PlainHttp;
        }
        self
    }

    /// Returns the repository, without credentials, as the lock has it; for an archive its address.
    pub fn repository(&self) -> String {
        match self {
            Self::Classic { repository, .. } => {
                let shown = redact(repository);
                shown.trim_end_matches('/').to_owned()
            }
            Self::Oci { repository, .. } => repository.clone(),
            Self::Archive { url } => redact(url).into_owned(),
        }
    }

    /// Returns the chart's name; for an archive none is known.
    pub fn name(&self) -> &str {
        match self {
            Self::Classic { name, .. } | Self::Oci { name, .. } => name,
            Self::Archive { .. } => "",
        }
    }

    /// Returns what is asked for as a version: `1.2.3`, `^1`, `1.2.3@sha256:…`.
    pub fn asked(&self) -> Option<String> {
        match self {
            Self::Classic { version, .. } => version.clone(),
            Self::Oci {
                version, digest, ..
            } => match (version, digest) {
                (version, Some(digest)) => {
                    Some(format!("{}@{digest}", version.as_deref().unwrap_or("")))
                }
                (version, None) => version.clone(),
            },
            Self::Archive { .. } => None,
        }
    }
}

/// Returns the host and the path of a registry's address.
pub(super) fn registry_parts(repository: &str) -> (&str, &str) {
    let rest = repository.strip_prefix(OCI).unwrap_or(repository);
    rest.split_once('/').unwrap_or((rest, ""))
}

/// Whether a text is the address of a registry.
pub(super) fn is_oci(text: &str) -> bool {
    text.starts_with(OCI)
}

fn is_http(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

/// A name becomes a part of addresses and of paths that people see.
fn check_name(name: &str) -> Result<(), RepositoryError> {
    let is_plain = |char: char| !char.is_control() && !"/\\?#%:@".contains(char);
    let is_fine = !matches!(name, "" | "." | "..")
        && !name.starts_with('-')
        && name.trim() == name
        && name.chars().all(is_plain);
    if is_fine {
        return Ok(());
    }
    Err(RepositoryError::Name {
        name: name.to_owned(),
    })
}

fn is_path_part(part: &str) -> bool {
    let is_fine =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let ends = [part.bytes().next(), part.bytes().next_back()];
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    part.bytes().all(is_fine) && ends.into_iter().all(is_end)
}

/// Whether a text is a digest of the one algorithm that is checked.
pub(super) fn is_sha256(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:");
    digits.is_some_and(|digits| {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        digits.len() == 64 && digits.bytes().all(is_digit)
    })
}

fn wrong(text: &str, reason: &'static str) -> RepositoryError {
    RepositoryError::Reference {
        text: redact(text).into_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_repositories_and_archives_are_told_apart() {
        let read = |text| ChartReference::of_address(text, None).unwrap();
        let Some(ChartReference::Oci {
            repository,
            name,
            version,
            digest,
            ..
        }) = read("oci://host:5000/a/b/web:1.2.3+x")
        else {
            panic!("it is one of a registry");
        };
        assert_eq!((&*repository, &*name), ("oci://host:5000/a/b", "web"));
        assert_eq!((version.as_deref(), digest), (Some("1.2.3+x"), None));
        assert_eq!(registry_parts(&repository), ("host:5000", "a/b"));
        let archive = read("https://me:hunter2@host/web-1.tgz").unwrap();
        assert_eq!(archive.repository(), "https://host/web-1.tgz");
        assert_eq!(read("charts/web"), None);
        assert_eq!(read("bitnami/redis"), None);
        let of = |repository| ChartReference::of_repository(repository, "web", Some(" "));
        assert_eq!(of("alias:mine").unwrap().repository(), "@mine");
        let classic = of("https://me:hunter2@host/charts/").unwrap();
        assert_eq!(classic.repository(), "https://host/charts");
        assert_eq!(classic.asked(), None);
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        for address in [
            "oci://host",
            "oci:///a/web",
            "oci://user:hunter2@host/a/web",
            "oci://host/../web",
            "oci://host/a//web",
            "oci://host/A/web",
            "oci://host/a/web@sha256:12",
            "oci://host/a/web?x",
            "oci://ho st/a/web",
        ] {
            let error = ChartReference::of_address(address, None).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        for name in [
            "", ".", "..", "../x", "a/b", "-x", "a\nb", " a", "a?b", "a%2f",
        ] {
            assert!(ChartReference::of_repository("https://host", name, None).is_err());
        }
        for repository in ["", "host/charts", "ftp://host", "file:///a", "https://"] {
            assert!(ChartReference::of_repository(repository, "web", None).is_err());
        }
        let two = ChartReference::of_address("oci://host/a/web:1.0.0", Some("2.0.0"));
        assert!(two.is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_as_a_reference_is_plain(
            text in "(oci://|https://|http://|@|)[a-zA-Z0-9é$`@:/?.&=_%+ -]{0,30}",
            name in "[a-z0-9./@:?%é -]{0,12}",
        ) {
            let references = [
                ChartReference::of_address(&text, None).ok().flatten(),
                ChartReference::of_repository(&text, &name, Some("^1")).ok(),
            ];
            for reference in references.into_iter().flatten() {
                let repository = reference.repository();
                if matches!(reference, ChartReference::Oci { .. }) {
                    proptest::prop_assert!(!repository.contains(['@', '?', '%', '$', ' ']), "{text}");
                    proptest::prop_assert!(!repository.contains(".."), "{text}");
                }
                let name = reference.name();
                proptest::prop_assert!(!name.contains(['/', '?', '%', '@']) && name != "..", "{text}");
            }
        }
    }
}
