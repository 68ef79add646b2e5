//! The grammar of addresses of repositories, as kustomize v5.8.1 has it, and what is refused beyond.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::super::TreePath;
use super::redact;

/// How long a fetch may take where the address doesn't say it, as in kustomize.
pub(super) const USUAL_TIMEOUT: Duration = Duration::from_secs(27);

/// The longest that an address may ask for.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

/// The longest address.
const LONGEST: usize = 4096;

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

/// Whether a repository is read with its submodules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Submodules {
    /// With them.
    Fetched,
    /// Without.
    LeftOut,
}

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ReferenceError {
    #[error("`{shown}` is longer than {LONGEST} bytes")]
    TooLong { shown: String },
    #[error("the {part} of `{shown}` begins with `-`, like an option")]
    Option { part: &'static str, shown: String },
    #[error("the {part} of `{shown}` holds {found:?}, which none may hold")]
    Char {
        part: &'static str,
        found: char,
        shown: String,
    },
    #[error("`{shown}` leads out of its repository")]
    LeavesRepository { shown: String },
    #[error("`{reference}` in `{shown}` is no name of a branch, a tag or a commit")]
    Reference { reference: String, shown: String },
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
        if text.len() > LONGEST {
            let shown = shown().chars().take(80).collect::<String>() + "…";
            return Err(ReferenceError::TooLong { shown });
        }
        check_host(&host, &shown)?;
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
        check_host(&host, &shown)?;
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

/// Returns how long the file at an address may take.
pub(super) fn file_timeout(url: &str) -> Duration {
    Query::parse(url.split_once('?').map_or("", |(_, query)| query)).timeout
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

fn check_host(host: &str, shown: &dyn Fn() -> String) -> Result<(), ReferenceError> {
    let (_, after_scheme) = host.split_once("://").unwrap_or(("", host));
    let name = after_scheme
        .rsplit_once('@')
        .map_or(after_scheme, |(_, name)| name);
    let part = "host";
    if after_scheme.starts_with('-') || name.starts_with('-') {
        return Err(ReferenceError::Option {
            part,
            shown: shown(),
        });
    }
    let is_fine = |char: char| {
        char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | ':' | '[' | ']' | '/')
    };
    if let Some(found) = name.chars().find(|char| !is_fine(*char)) {
        return Err(ReferenceError::Char {
            part,
            found,
            shown: shown(),
        });
    }
    // The user and password are only ever encoded, but no line may end in them.
    if let Some(found) = after_scheme.chars().find(|char| char.is_control()) {
        return Err(ReferenceError::Char {
            part,
            found,
            shown: shown(),
        });
    }
    Ok(())
}

fn check_path(
    part: &'static str,
    path: &str,
    scheme: Scheme,
    shown: &dyn Fn() -> String,
) -> Result<(), ReferenceError> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    for text in [path, &decoded] {
        if text.starts_with('-') {
            return Err(ReferenceError::Option {
                part,
                shown: shown(),
            });
        }
        let is_fine = |char: char| {
            char.is_alphanumeric()
                || "-._~/%+,@:=".contains(char)
                // No shell ever sees the path of a folder here, or an encoded space.
                || char == ' ' && (scheme == Scheme::File || text != path)
        };
        if let Some(found) = text.chars().find(|char| !is_fine(*char)) {
            return Err(ReferenceError::Char {
                part,
                found,
                shown: shown(),
            });
        }
    }
    Ok(())
}

/// Holds a name to Git's rules for names of references and to what no shell takes for more than text.
fn check_reference(reference: &str, shown: &dyn Fn() -> String) -> Result<(), ReferenceError> {
    let part = "ref";
    if reference.starts_with('-') {
        return Err(ReferenceError::Option {
            part,
            shown: shown(),
        });
    }
    let is_fine = |char: char| char.is_alphanumeric() || "-._/+,@=%#".contains(char);
    if let Some(found) = reference.chars().find(|char| !is_fine(*char)) {
        return Err(ReferenceError::Char {
            part,
            found,
            shown: shown(),
        });
    }
    let is_name = !reference.starts_with(['/', '+', '.'])
        && !reference.ends_with(['/', '.'])
        && !reference.contains("..")
        && !reference.contains("//")
        && !reference.contains("/.")
        && !reference.contains("@{")
        && reference != "@"
        && reference
            .split('/')
            .all(|segment| !segment.to_ascii_lowercase().ends_with(".lock"));
    if is_name {
        Ok(())
    } else {
        Err(ReferenceError::Reference {
            reference: reference.to_owned(),
            shown: shown(),
        })
    }
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

/// What stands after the question mark.
struct Query {
    reference: Option<String>,
    timeout: Duration,
    submodules: Submodules,
}

impl Query {
    fn parse(text: &str) -> Self {
        let mut query = Self {
            reference: None,
            timeout: USUAL_TIMEOUT,
            submodules: Submodules::Fetched,
        };
        // One parameter that cannot be read makes none count.
        let Some(parameters) = parameters(text) else {
            return query;
        };
        let get = |name: &str| {
            let mut found = parameters.iter().filter(|(have, _)| have == name);
            found
                .next()
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
        };
        query.reference = get("ref").or_else(|| get("version")).map(str::to_owned);
        if let Some(timeout) = get("timeout").and_then(duration) {
            query.timeout = timeout.min(LONGEST_TIMEOUT);
        }
        if matches!(
            get("submodules"),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False")
        ) {
            query.submodules = Submodules::LeftOut;
        }
        query
    }
}

/// Splits a query; `None` where Go's parser finds a mistake in it.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let decode = |text: &str| {
        let bytes = text.as_bytes();
        let is_escape = |at: usize| {
            let digits = bytes.get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let mut percents = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%');
        if !percents.all(|(at, _)| is_escape(at)) {
            return None;
        }
        let text = text.replace('+', " ");
        Some(percent_decode_str(&text).decode_utf8_lossy().into_owned())
    };
    text.split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            if parameter.contains(';') {
                return None;
            }
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Reads a number of seconds or a duration as Go writes it, `1m30s`; `None` where it isn't above zero.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<i64>() {
        return u64::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut sum = 0.0_f64;
    while !rest.is_empty() {
        let number_end = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let number: f64 = rest[..number_end].parse().ok()?;
        rest = &rest[number_end..];
        let unit_end = rest
            .find(|char: char| char.is_ascii_digit() || char == '.')
            .unwrap_or(rest.len());
        sum += number
            * match &rest[..unit_end] {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    if sum <= 0.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(sum).unwrap_or(LONGEST_TIMEOUT))
}
