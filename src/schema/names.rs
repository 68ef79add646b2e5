//! The API's rules for names: DNS labels and subdomains, label keys and values, ports, variables.
//!
//! Each check says what is wrong in a few words that follow the name of the field.

/// What is wrong with a name.
pub(super) type Wrong = String;

/// A label of RFC 1123, as a container's name: `web-1`.
pub(super) fn dns_label(text: &str) -> Result<(), Wrong> {
    bounded(text, 63)?;
    if is_label(text) {
        return Ok(());
    }
    Err(
        "must be lower-case letters, digits and `-`, and begin and end with a letter or digit"
            .into(),
    )
}

/// A label of RFC 1035, as a Service's name: a label that begins with a letter.
pub(super) fn dns_1035_label(text: &str) -> Result<(), Wrong> {
    bounded(text, 63)?;
    if is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(());
    }
    Err("must be lower-case letters, digits and `-`, begin with a letter and end with a letter or digit".into())
}

/// A subdomain of RFC 1123, as most objects' names: `web.shop`.
pub(super) fn dns_subdomain(text: &str) -> Result<(), Wrong> {
    bounded(text, 253)?;
    if !text.is_empty() && text.split('.').all(is_label) {
        return Ok(());
    }
    Err("must be lower-case letters, digits, `-` and `.`, and each part must begin and end with a letter or digit".into())
}

/// A subdomain whose labels may hold `_`, as the domains that a pod searches.
pub(super) fn loose_subdomain(text: &str) -> Result<(), Wrong> {
    dns_subdomain(&text.replace('_', "-")).or_else(|_| dns_subdomain(&text.replace('_', "0")))
}

/// A segment of a path, as a Role's name: anything but `.`, `..`, `/` and `%`.
pub(super) fn path_segment(text: &str) -> Result<(), Wrong> {
    if text == "." || text == ".." {
        return Err("must not be `.` or `..`".into());
    }
    if text.contains(['/', '%']) {
        return Err("must not hold `/` or `%`".into());
    }
    Ok(())
}

/// A label's key or an annotation's: `name` or `prefix.dns/name`.
pub(super) fn qualified_name(text: &str) -> Result<(), Wrong> {
    let name = match text.split_once('/') {
        Some((prefix, name)) => {
            dns_subdomain(prefix).map_err(|wrong| format!("the part before `/` {wrong}"))?;
            name
        }
        None => text,
    };
    if name.contains('/') {
        return Err("must hold one `/` at most".into());
    }
    if name.is_empty() {
        return Err("must have a name, which is the part behind `/`".into());
    }
    bounded(name, 63)?;
    if is_word(name) {
        return Ok(());
    }
    Err(
        "must be letters, digits, `-`, `_` and `.`, and begin and end with a letter or digit"
            .into(),
    )
}

/// A label's value: empty, or a word of 63 characters at most.
pub(super) fn label_value(text: &str) -> Result<(), Wrong> {
    bounded(text, 63)?;
    if text.is_empty() || is_word(text) {
        return Ok(());
    }
    Err(
        "must be letters, digits, `-`, `_` and `.`, and begin and end with a letter or digit"
            .into(),
    )
}

/// The name of a container's or a Service's target port: 15 characters with a letter among them.
pub(super) fn port_name(text: &str) -> Result<(), Wrong> {
    bounded(text, 15)?;
    let characters = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let letter = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let edges = !text.starts_with('-') && !text.ends_with('-') && !text.contains("--");
    if characters && letter && edges {
        return Ok(());
    }
    Err("must be lower-case letters, digits and single `-`, with a letter among them".into())
}

/// The key of a `ConfigMap` or a `Secret`, which becomes a file's name.
pub(super) fn config_key(text: &str) -> Result<(), Wrong> {
    bounded(text, 253)?;
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    if text == "." || text == ".." || text.starts_with("..") {
        return Err("must not be `.` or begin with `..`".into());
    }
    if text.bytes().all(is_word_byte) {
        return Ok(());
    }
    Err("must be letters, digits, `-`, `_` and `.`".into())
}

/// The name of an environment variable: printable ASCII without `=`.
pub(super) fn variable(text: &str) -> Result<(), Wrong> {
    if text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
    {
        return Ok(());
    }
    Err("must be printable ASCII characters without `=`".into())
}

fn bounded(text: &str, most: usize) -> Result<(), Wrong> {
    if text.len() <= most {
        return Ok(());
    }
    Err(format!(
        "must be at most {most} characters, is {}",
        text.len()
    ))
}

fn is_label(text: &str) -> bool {
    let edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

fn is_word(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|byte| is_word_byte(*byte))
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&str) -> Result<(), Wrong>;

    #[test]
    fn names_are_held_to_their_grammar() {
        let long = "a".repeat(64);
        let cases: [(Check, &[&str], &[&str]); 8] = [
            (
                dns_label,
                &["web", "1", "a-b"],
                &["", "Web", "-a", "a-", "a.b", "a_b", &long],
            ),
            (dns_1035_label, &["web", "w1"], &["1web", "", "W"]),
            (
                dns_subdomain,
                &["a.b", "1.2", "web"],
                &["", "a..b", ".a", "a.", "A"],
            ),
            (
                path_segment,
                &["system:node", "A b", ""],
                &[".", "..", "a/b", "a%b"],
            ),
            (
                qualified_name,
                &["app", "app.kubernetes.io/name", "A_b.c"],
                &["", "a/b/c", "/a", "a/", "-a", "A/b", &long],
            ),
            (label_value, &["", "v1.2_3"], &["a b", "-a", "a/b", &long]),
            (
                port_name,
                &["http", "h2c-1"],
                &["80", "", "HTTP", "a--b", "-a", "0123456789abcdef"],
            ),
            (
                config_key,
                &["app.yaml", "A_B", ".env"],
                &["", "a/b", "..", "..a", "a b"],
            ),
        ];
        for (check, good, bad) in cases {
            for text in good {
                assert!(check(text).is_ok(), "{text:?}: {:?}", check(text));
            }
            for text in bad {
                assert!(check(text).is_err(), "{text:?}");
            }
        }
    }
}
