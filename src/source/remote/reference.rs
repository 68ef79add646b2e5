//! Addresses of repositories, in all the spellings of kustomize v5.8.1.

use std::time::Duration;

use super::super::TreePath;
use super::grammar::{ReferenceError, check_host, check_length, check_path, check_reference};
use super::query::{Query, Submodules, USUAL_TIMEOUT};
use super::redact;

/// The segments of a path that make up a repository where nothing marks its end, as on GitHub.
const USUAL_SEGMENTS: usize = 2;

/// The address of a folder in a repository: `https://github.com/org/repo//base?ref=v1`.
#[derive(Clone, PartialEq, Eq)]
pub struct RepositoryReference {
    raw: String,
    scheme: Scheme,
    /// Scheme, user and host with the delimiter after it.
    host: String,
    path: String,
    folder: TreePath,
    reference: Option<String>,
    timeout: Duration,
    submodules: Submodules,
}

/// How a repository is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Ssh,
    File,
}

impl RepositoryReference {
    /// Reads an address; `None` where the text is none, but may be the path of a file or a folder.
    ///
    /// # Errors
    ///
    /// Where kustomize would take it as the address of a repository, but it could be taken for an option
    /// or mean something to a shell.
    pub fn parse(text: &str) -> Result<Option<Self>, ReferenceError> {
        if text.starts_with('/') {
            return Ok(None);
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let Some((scheme, host, rest)) = split_host(address) else {
            return Ok(None);
        };
        let Some((path, folder)) = split_path(rest, scheme) else {
            return Ok(None);
        };
        let query = Query::parse(query);
        let shown = || redact(text).into_owned();
        check_length(text, &shown)?;
        check_host(&host, scheme, &shown)?;
        check_path("path", path, scheme, &shown)?;
        check_path("folder", folder, scheme, &shown)?;
        if let Some(reference) = &query.reference {
            check_reference(reference, &shown)?;
        }
        let folder = folder.strip_prefix('/').unwrap_or(folder);
        let folder = TreePath::new(folder)
            .map_err(|_| ReferenceError::LeavesRepository { shown: shown() })?;
        Ok(Some(Self {
            raw: text.to_owned(),
            scheme,
            host,
            path: path.to_owned(),
            folder,
            reference: query.reference,
            timeout: query.timeout,
            submodules: query.submodules,
        }))
    }

    /// Reads the address of a repository alone, as submodules have it.
    pub(super) fn whole(text: &str) -> Result<Option<Self>, ReferenceError> {
        let Some((scheme, host, path)) = split_host(text).filter(|(_, _, path)| !path.is_empty())
        else {
            return Ok(None);
        };
        let shown = || redact(text).into_owned();
        check_host(&host, scheme, &shown)?;
        check_path("path", path, scheme, &shown)?;
        Ok(Some(Self {
            raw: text.to_owned(),
            scheme,
            host,
            path: path.to_owned(),
            folder: TreePath::root(),
            reference: None,
            timeout: USUAL_TIMEOUT,
            submodules: Submodules::Fetched,
        }))
    }

    /// Returns the commit, where the ref is the whole hash of one.
    pub(super) fn hash(&self) -> Option<git2::Oid> {
        self.reference().and_then(super::smart::as_hash)
    }

    /// Returns the address of the repository alone, credentials included.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// Returns the address of the repository alone, without credentials: what names it.
    pub fn shown_url(&self) -> String {
        redact(&self.url()).into_owned()
    }

    /// Returns the whole address as written, without credentials.
    pub fn shown(&self) -> String {
        redact(&self.raw).into_owned()
    }

    /// Tells whether an address that leads here, directly or not, makes a cycle with this one: whether it
    /// begins with it.
    pub fn makes_cycle(&self, referrer: &str) -> bool {
        referrer.starts_with(&self.raw)
    }

    /// Returns the address as written, credentials included; not to be shown.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the folder in the repository.
    pub fn folder(&self) -> &TreePath {
        &self.folder
    }

    /// Returns the branch, tag or commit, where one is named.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Tells whether the repository is on this machine's disk.
    pub fn is_local(&self) -> bool {
        self.scheme == Scheme::File
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Tells whether submodules are wanted.
    pub fn submodules(&self) -> Submodules {
        self.submodules
    }
}

impl std::fmt::Debug for RepositoryReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// Tells whether a text is the address of a file on a server.
pub fn is_file_url(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| strip_prefix_ignoring_case(text, scheme).is_some())
}

/// Splits an address into how it is reached, its host with all before it, and the rest.
fn split_host(address: &str) -> Option<(Scheme, String, &str)> {
    let address = strip_prefix_ignoring_case(address, "git::").unwrap_or(address);
    let schemes = [
        ("ssh://", Scheme::Ssh),
        ("https://", Scheme::Http),
        ("http://", Scheme::Http),
        ("file://", Scheme::File),
    ];
    let found = schemes.into_iter().find_map(|(text, scheme)| {
        strip_prefix_ignoring_case(address, text).map(|rest| (text, scheme, rest))
    });
    if let Some((text, Scheme::File, rest)) = found {
        return Some((Scheme::File, text.to_owned(), rest));
    }
    let (scheme_text, scheme, rest) = match found {
        Some((text, scheme, rest)) => (text, Some(scheme), rest),
        None => ("", None, address),
    };
    let (user, rest) = split_user(rest);
    let is_github = ["github.com/", "github.com:"]
        .iter()
        .any(|host| strip_prefix_ignoring_case(rest, host).is_some());
    // Without a scheme it must be `user@host:path`, or GitHub.
    if scheme.is_none() && user.is_empty() && !is_github {
        return None;
    }
    let end = host_end(rest, scheme.is_none());
    let (host, rest) = end.map_or((rest, ""), |end| rest.split_at(end + 1));
    if is_github {
        return Some(if scheme == Some(Scheme::Ssh) || !user.is_empty() {
            (Scheme::Ssh, format!("{user}github.com:"), rest)
        } else {
            (Scheme::Http, "https://github.com/".to_owned(), rest)
        });
    }
    if host.is_empty() {
        return None;
    }
    Some((
        scheme.unwrap_or(Scheme::Ssh),
        format!("{scheme_text}{user}{host}"),
        rest,
    ))
}

/// Splits off a user that is a plain word.
fn split_user(text: &str) -> (&str, &str) {
    let Some(at) = text.find('@') else {
        return ("", text);
    };
    let user = &text[..at];
    let is_user = user.starts_with(|char: char| char.is_ascii_alphabetic())
        && user
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '-');
    if is_user {
        text.split_at(at + 1)
    } else {
        ("", text)
    }
}

/// Returns where the host ends: at a slash, or without a scheme at a colon before it.
fn host_end(text: &str, may_be_colon: bool) -> Option<usize> {
    let slash = text.find('/');
    let colon = text.find(':').filter(|_| may_be_colon);
    match (slash, colon) {
        (None, colon) => colon,
        (Some(slash), Some(colon)) if colon > 0 && colon < slash => Some(colon),
        (slash, _) => slash,
    }
}

/// Splits a path into that of the repository and that of the folder in it.
fn split_path(path: &str, scheme: Scheme) -> Option<(&str, &str)> {
    const AZURE: &str = "_git/";
    let (repository, folder) = if let Some(at) = path.find(AZURE) {
        let name = at + AZURE.len();
        let end = path[name..].find('/').map(|end| name + end);
        end.map_or((path, ""), |end| (&path[..end], &path[end + 1..]))
    } else if let Some(at) = path.find("//") {
        (&path[..at], &path[at + 2..])
    } else if let Some(at) = path.find(".git") {
        path.split_at(at + ".git".len())
    } else if scheme == Scheme::File {
        (path, "")
    } else {
        let mut slashes = path.match_indices('/').map(|(at, _)| at);
        // One slash fewer than segments; the next ends the repository.
        slashes.nth(USUAL_SEGMENTS - 2)?;
        match slashes.next() {
            Some(end) => (&path[..end], &path[end + 1..]),
            None => (path, ""),
        }
    };
    (!repository.is_empty()).then_some((repository, folder))
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn whatever_is_read_as_an_address_is_plain(
            text in "(git::|https://|ssh://|file://|HTTP://|g@h:|github.com/|)[a-zé$;`@:/?.&=_%-]{0,30}"
        ) {
            if let Ok(Some(found)) = RepositoryReference::parse(&text) {
                let (url, reference) = (found.shown_url(), found.reference().unwrap_or_default());
                for part in [url.as_str(), reference, found.folder().as_str()] {
                    proptest::prop_assert!(!part.starts_with('-'), "{text}");
                    proptest::prop_assert!(!part.contains(['$', ';', '`', '&']), "{text}");
                }
            }
        }
    }
}
