//! Addresses without the credentials in them.

use std::borrow::Cow;

/// What stands where the value of a secret parameter does.
const MASK: &str = "***";

/// Parts of the names of parameters whose values are secrets: `?access_token=`, `?X-Amz-Signature=`.
const SECRET_PARAMETERS: [&str; 9] = [
    "token",
    "secret",
    "passw",
    "signature",
    "credential",
    "auth",
    "apikey",
    "api_key",
    "api-key",
];

/// Parameters that are secret only by their whole name.
const SECRET_NAMES: [&str; 4] = ["sig", "key", "pat", "code"];

/// Returns a text in which no address holds credentials: the password of each is left out, its user too
/// unless it is reached by SSH, where a user is no secret, and the values of parameters that are secrets.
///
/// Everything that is shown, logged, written or used as a name goes through here.
pub fn redact(text: &str) -> Cow<'_, str> {
    if !text.contains("://") && !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        shown.push_str(&without_scheme(before));
        let end = after.find(ends_address).unwrap_or(after.len());
        let is_ssh = before[..at].to_ascii_lowercase().ends_with("ssh");
        push_address(&after[..end], is_ssh, &mut shown);
        rest = &after[end..];
    }
    shown.push_str(&without_scheme(rest));
    if shown == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(shown)
    }
}

fn ends_address(char: char) -> bool {
    char.is_whitespace() || char.is_control() || matches!(char, '"' | '\'' | '`' | '<' | '>')
}

/// Writes what follows a scheme.
fn push_address(address: &str, is_ssh: bool, shown: &mut String) {
    let (address, query) = match address.split_once('?') {
        // A question mark in a password comes before its `@`.
        Some((before, after)) if before.contains('/') || !after.contains('@') => {
            (before, Some(after))
        }
        _ => (address, None),
    };
    let authority = address.split('/').next().unwrap_or_default();
    let is_broken = |authority: &str| {
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let is_port =
            |port: &str| !port.is_empty() && port.chars().all(|char| char.is_ascii_digit());
        port.is_some_and(|port| !is_port(port)) && !authority.ends_with(']')
    };
    let credentials_end = match authority.rfind('@') {
        Some(at) => Some(at),
        // A password with a slash in it.
        None if is_broken(authority) => address.rfind('@'),
        None => None,
    };
    match credentials_end {
        None => shown.push_str(address),
        Some(at) => {
            let (credentials, host) = address.split_at(at);
            if is_ssh {
                shown.push_str(credentials.split(':').next().unwrap_or_default());
                shown.push('@');
            }
            shown.push_str(host.trim_start_matches('@'));
        }
    }
    if let Some(query) = query {
        shown.push('?');
        push_query(query, shown);
    }
}

fn push_query(query: &str, shown: &mut String) {
    for (position, parameter) in query.split('&').enumerate() {
        if position > 0 {
            shown.push('&');
        }
        match parameter.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(MASK);
            }
            _ => shown.push_str(parameter),
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.contains(&name.as_str())
        || SECRET_PARAMETERS.iter().any(|part| name.contains(part))
}

/// Removes `user:password@` where a host with a dot follows, from a text without schemes. The digest of
/// an image, `nginx:1@sha256:…`, is not that.
fn without_scheme(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        let word = before.rfind(ends_address).map_or(0, |end| {
            end + before[end..].chars().next().map_or(1, char::len_utf8)
        });
        let host_end = after[1..]
            .find(|char: char| !(char.is_ascii_alphanumeric() || char == '-' || char == '.'));
        let host = &after[1..host_end.map_or(after.len(), |end| end + 1)];
        let follows = host_end.and_then(|end| after[end + 1..].chars().next());
        let is_credentials = before[word..]
            .trim_start_matches("git::")
            .split_once(':')
            .is_some_and(|(user, password)| !user.is_empty() && !password.is_empty())
            && host.contains('.')
            && matches!(follows, Some('/' | ':'));
        if is_credentials {
            shown.push_str(&before[..word]);
            changed = true;
        } else {
            shown.push_str(before);
            shown.push('@');
        }
        rest = &after[1..];
    }
    if !changed {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credentials_are_left_in_an_address() {
        for (text, want) in [
            (
                "https://user:hunter2@host/a/b?ref=v1",
                "https://host/a/b?ref=v1",
            ),
            ("https://hunter2@host/a", "https://host/a"),
            ("HTTPS://user:hunter2@host:8443/a", "HTTPS://host:8443/a"),
            (
                "git::https://u:hunter2@host/a.git",
                "git::https://host/a.git",
            ),
            ("ssh://git:hunter2@host/a", "ssh://git@host/a"),
            ("ssh://git@host:22/a", "ssh://git@host:22/a"),
            ("https://user:hun/ter2@host/a", "https://host/a"),
            ("https://user:hun@ter2@host/a", "https://host/a"),
            ("https://user:hun?ter2@host/a", "https://host/a"),
            (
                "https://host/a?token=hunter2&ref=x",
                "https://host/a?token=***&ref=x",
            ),
            (
                "https://b.s3.example.com/a?X-Amz-Credential=hunter2&X-Amz-Signature=hunter2",
                "https://b.s3.example.com/a?X-Amz-Credential=***&X-Amz-Signature=***",
            ),
            ("user:hunter2@github.com/a/b", "github.com/a/b"),
            ("- user:hunter2@github.com:a/b", "- github.com:a/b"),
            (
                "cannot read \"https://u:hunter2@host/a\": http://x:hunter2@proxy:80 said no",
                "cannot read \"https://host/a\": http://proxy:80 said no",
            ),
        ] {
            assert_eq!(redact(text), want);
            assert_eq!(redact(want), want, "twice");
        }
    }

    #[test]
    fn what_holds_none_is_left_as_it_is() {
        for text in [
            "git@github.com:org/repo.git",
            "https://unpkg.com/package@1.2/file.yaml",
            "https://host:8443/a@b/c",
            "https://[::1]:80/a",
            "image: nginx:1.25@sha256:0123",
            "image: registry.example.com:5000/nginx:1.25@sha256:0123",
            "file:///home/a@b/c",
            "mail: someone@example.com",
            "https://host/a?ref=v1&timeout=10",
            "key: value",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_password_is_left_wherever_it_stands(
            before in "[ -~]{0,12}[ '\"(]",
            scheme in "(https|http|HTTP|ssh|git::https)",
            user in "[a-z0-9._%-]{0,8}",
            password in "[!#$%&()*+,.;=^_{|}~:a-z0-9-]{0,6}hunter2[:a-z0-9!$*+,;=-]{0,6}",
            host in "[a-z][a-z0-9.-]{0,10}",
            after in "(:[0-9]{1,4})?(/[a-z@./]{0,12})?([?]ref=[a-z]{0,4})?",
        ) {
            let text = format!("{before}{scheme}://{user}:{password}@{host}{after}");
            let shown = redact(&text);
            proptest::prop_assert!(!shown.contains("hunter2"), "{} is {}", text, shown);
        }

        #[test]
        fn any_text_can_be_redacted(text in "\\PC*") {
            let once = redact(&text).into_owned();
            proptest::prop_assert_eq!(redact(&once), once.as_str());
        }
    }
}
