//! Credentials, and addresses as the user's own Git configuration rewrites them.
//!
//! They come from where Git takes them: the address itself, `~/.netrc`, the credential helpers of the user's
//! configuration, and `GIT_ASKPASS`. Nothing that a repository holds is asked. A helper is a program, started
//! as Git starts it, with the address on its standard input.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{Config, CredentialHelper};
use url::Url;

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Credentials {
    /// Returns the value of the header `Authorization`.
    pub(crate) fn basic(&self) -> String {
        let text = format!("{}:{}", self.user, self.password);
        format!("Basic {}", STANDARD.encode(text))
    }

    /// Takes those out of an address that are in it.
    pub(crate) fn take_from(url: &mut Url) -> Option<Self> {
        split(url)
    }

    /// Returns those of `~/.netrc` for the host of an address.
    pub(crate) fn of_netrc(url: &Url) -> Option<Self> {
        from_netrc(url, None)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// Returns the user's own configuration of Git: no repository's.
pub(super) fn git_config() -> Option<Config> {
    let Some(global) = std::env::var_os("GIT_CONFIG_GLOBAL") else {
        return Config::open_default().ok();
    };
    let mut config = Config::new().ok()?;
    if std::env::var_os("GIT_CONFIG_NOSYSTEM").is_none()
        && let Ok(system) = Config::find_system()
    {
        let _ = config.add_file(&system, git2::ConfigLevel::System, false);
    }
    // One that isn't there, such as `/dev/null`, is as good as empty.
    let _ = config.add_file(&PathBuf::from(global), git2::ConfigLevel::Global, false);
    Some(config)
}

/// Returns an address as `url.BASE.insteadOf` rewrites it: the longest beginning that is named counts.
pub(super) fn rewritten(url: &str, config: Option<&Config>) -> String {
    let mut best: Option<(String, String)> = None;
    let entries = config.and_then(|config| config.entries(Some(r"^url\..*\.insteadof$")).ok());
    if let Some(entries) = entries {
        let _ = entries.for_each(|entry| {
            let (Ok(name), Ok(instead)) = (entry.name(), entry.value()) else {
                return;
            };
            let base = name
                .strip_prefix("url.")
                .and_then(|name| name.strip_suffix(".insteadof"));
            let is_better = best
                .as_ref()
                .is_none_or(|(_, known)| instead.len() > known.len());
            if let Some(base) = base
                && url.starts_with(instead)
                && is_better
            {
                best = Some((base.to_owned(), instead.to_owned()));
            }
        });
    }
    match best {
        Some((base, instead)) => format!("{base}{}", &url[instead.len()..]),
        None => url.to_owned(),
    }
}

/// Takes the credentials out of an address.
pub(super) fn split(url: &mut Url) -> Option<Credentials> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let credentials = Credentials {
        user: decode(url.username()),
        password: url.password().map(decode).unwrap_or_default(),
    };
    // They can only fail for addresses without a host, which have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let is_empty = credentials.user.is_empty() && credentials.password.is_empty();
    (!is_empty).then_some(credentials)
}

/// Returns what a server that wants credentials may be told, best first. `url` has none in it; `own` are
/// those of the address, whose user alone may be given.
pub(super) fn find(
    url: &Url,
    own: Option<&Credentials>,
    config: Option<&Config>,
) -> Vec<Credentials> {
    let user = own
        .map(|own| own.user.as_str())
        .filter(|user| !user.is_empty());
    let complete = own.filter(|own| !own.password.is_empty()).cloned();
    let mut found: Vec<Credentials> = complete.into_iter().collect();
    found.extend(from_netrc(url, user));
    found.extend(config.and_then(|config| from_helpers(url, user, config)));
    if found.is_empty() {
        found.extend(from_askpass(url, user, config));
    }
    // A token may stand where the user does.
    found.extend(own.filter(|own| own.password.is_empty()).cloned());
    found
}

fn from_helpers(url: &Url, user: Option<&str>, config: &Config) -> Option<Credentials> {
    let (user, password) = CredentialHelper::new(url.as_str())
        .username(user)
        .config(config)
        .execute()?;
    Some(Credentials { user, password })
}

fn from_netrc(url: &Url, user: Option<&str>) -> Option<Credentials> {
    let home = std::env::var_os("HOME")?;
    let text = std::fs::read_to_string(PathBuf::from(home).join(".netrc")).ok()?;
    netrc_entry(&text, url.host_str()?, user)
}

/// Finds a host in the text of a `.netrc`.
fn netrc_entry(text: &str, host: &str, user: Option<&str>) -> Option<Credentials> {
    let mut words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace);
    let mut is_host = false;
    let mut entry = Credentials {
        user: String::new(),
        password: String::new(),
    };
    let fits =
        |entry: &Credentials| !entry.user.is_empty() && user.is_none_or(|user| user == entry.user);
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if is_host && fits(&entry) {
                    return Some(entry);
                }
                is_host = word == "default" || words.next() == Some(host);
                entry.user.clear();
                entry.password.clear();
            }
            "login" => words.next().unwrap_or_default().clone_into(&mut entry.user),
            "password" => words
                .next()
                .unwrap_or_default()
                .clone_into(&mut entry.password),
            _ => {}
        }
    }
    (is_host && fits(&entry)).then_some(entry)
}

fn from_askpass(url: &Url, user: Option<&str>, config: Option<&Config>) -> Option<Credentials> {
    let program = std::env::var("GIT_ASKPASS")
        .ok()
        .or_else(|| config?.get_string("core.askpass").ok())
        .filter(|program| !program.is_empty())?;
    let ask = |prompt: &str| {
        let output = Command::new(&program)
            .arg(prompt)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let answer = String::from_utf8(output.stdout).ok()?;
        let answer = answer.lines().next().unwrap_or_default().to_owned();
        (output.status.success() && !answer.is_empty()).then_some(answer)
    };
    let place = url.origin().ascii_serialization();
    let user = match user {
        Some(user) => user.to_owned(),
        None => ask(&format!("Username for '{place}': "))?,
    };
    let place = place.replacen("://", &format!("://{user}@"), 1);
    let password = ask(&format!("Password for '{place}': "))?;
    Some(Credentials { user, password })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_in_a_netrc() {
        let text = "# mine\nmachine a login x password 1\nmachine b\n  login y\n  password 2\n\
                    machine b login z password 3\ndefault login w password 4\n";
        let password = |host, user| netrc_entry(text, host, user).map(|found| found.password);
        assert_eq!(password("a", None).as_deref(), Some("1"));
        assert_eq!(password("b", None).as_deref(), Some("2"));
        assert_eq!(password("b", Some("z")).as_deref(), Some("3"));
        assert_eq!(password("c", None).as_deref(), Some("4"));
        assert_eq!(password("a", Some("z")), None);
    }

    #[test]
    fn addresses_are_rewritten_by_the_longest_beginning() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("config");
        std::fs::write(
            &file,
            "[url \"https://t:s@mirror/\"]\n insteadOf = https://host/\n\
             [url \"https://other/\"]\n insteadOf = https://host/org/\n",
        )
        .unwrap();
        let config = Config::open(&file).unwrap();
        let rewrite = |url| rewritten(url, Some(&config));
        assert_eq!(rewrite("https://host/a/b"), "https://t:s@mirror/a/b");
        assert_eq!(rewrite("https://host/org/b"), "https://other/b");
        assert_eq!(rewrite("https://hosts/a"), "https://hosts/a");
    }

    #[test]
    fn credentials_are_never_printed() {
        let mut url = Url::parse("https://me:hunt%40er2@host/a").unwrap();
        let credentials = split(&mut url).unwrap();
        assert_eq!(credentials.password, "hunt@er2");
        assert_eq!(url.as_str(), "https://host/a");
        assert!(!format!("{credentials:?}").contains("hunt"));
    }
}
