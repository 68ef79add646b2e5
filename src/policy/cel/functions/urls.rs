//! URLs: absolute ones, or absolute paths.

use std::fmt::Write as _;
use std::sync::Arc;

use smol_str::SmolStr;

use super::{EvalError, Line, Opaque, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("url(string): kubernetes.URL", |a| {
        arguments!(a, Value::String(text));
        match Url::read(text) {
            Ok(url) => Ok(Value::opaque(Opaque::Url(url))),
            Err(reason) => fail(format!(
                "URL parse error during conversion from string: parse {text:?}: {reason}"
            )),
        }
    }),
    ("isURL(string): bool", |a| {
        arguments!(a, Value::String(text));
        Ok(Value::Bool(Url::read(text).is_ok()))
    }),
    ("kubernetes.URL.getScheme(): string", |a| {
        part(a, |url| url.scheme.clone())
    }),
    ("kubernetes.URL.getHost(): string", |a| {
        part(a, |url| url.host.clone())
    }),
    ("kubernetes.URL.getHostname(): string", |a| {
        part(a, |url| {
            url.host_and_port().0.trim_matches(['[', ']']).into()
        })
    }),
    ("kubernetes.URL.getPort(): string", |a| {
        part(a, |url| url.host_and_port().1.into())
    }),
    ("kubernetes.URL.getEscapedPath(): string", |a| {
        part(a, |url| escape(&url.path).into())
    }),
    ("kubernetes.URL.getQuery(): map<string,list<string>>", |a| {
        Ok(query(&url(a)?.query))
    }),
];

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    text: SmolStr,
    scheme: SmolStr,
    host: SmolStr,
    path: SmolStr,
    query: SmolStr,
}

impl Url {
    /// Reads an absolute URL or an absolute path; else says what is wrong, as Go does.
    pub(super) fn read(text: &str) -> std::result::Result<Self, String> {
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text.is_empty() {
            return Err("empty url".to_owned());
        }
        let (scheme, rest) = split_scheme(text)?;
        let scheme = scheme.to_ascii_lowercase();
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut url = Self {
            text: text.into(),
            scheme: scheme.as_str().into(),
            host: SmolStr::default(),
            path: SmolStr::default(),
            query: query.into(),
        };
        if !before.starts_with('/') {
            // `mailto:a@b` has a scheme and nothing that could be read further.
            return if scheme.is_empty() {
                Err("invalid URI for request".to_owned())
            } else {
                Ok(url)
            };
        }
        let path = match before.strip_prefix("//") {
            Some(authority) if !scheme.is_empty() => {
                let end = authority.find('/').unwrap_or(authority.len());
                let (authority, path) = authority.split_at(end);
                let host = authority.rsplit('@').next().unwrap_or(authority);
                check_host(&scheme, host)?;
                url.host = host.into();
                path
            }
            _ => before,
        };
        check_escapes(path)?;
        url.path = path.into();
        Ok(url)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn host_and_port(&self) -> (&str, &str) {
        split_port(&self.host)
    }
}

fn split_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    }
}

fn split_scheme(text: &str) -> std::result::Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => {
                return Ok(text
                    .split_at_checked(at)
                    .map_or(("", text), |(scheme, rest)| {
                        (scheme, rest.get(1..).unwrap_or_default())
                    }));
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            byte if byte.is_ascii_alphabetic() => {}
            _ => break,
        }
    }
    Ok(("", text))
}

fn check_host(scheme: &str, host: &str) -> std::result::Result<(), String> {
    let (name, port) = match (host.strip_prefix('['), host.find(':')) {
        (Some(literal), _) => {
            let Some((address, port)) = literal.rsplit_once(']') else {
                return Err("missing ']' in host".to_owned());
            };
            let address = address.split('%').next().unwrap_or(address);
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("invalid IP-literal".to_owned());
            }
            ("", port)
        }
        (None, Some(first)) => {
            let strict = matches!(scheme, "http" | "https");
            let at = if strict { Some(first) } else { host.rfind(':') };
            host.split_at_checked(at.unwrap_or(first))
                .unwrap_or((host, ""))
        }
        (None, None) => (host, ""),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    if (!port.is_empty() && !port.starts_with(':')) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("invalid port {port:?} after host"));
    }
    let strange = name.chars().find(|c| {
        c.is_ascii() && !c.is_ascii_alphanumeric() && !"-_.~!$&'()*+,;=:[]<>\"%".contains(*c)
    });
    match strange {
        Some(character) => Err(format!(
            "invalid character {:?} in host name",
            character.to_string()
        )),
        None => Ok(()),
    }
}

fn check_escapes(path: &str) -> std::result::Result<(), String> {
    for (at, _) in path.match_indices('%') {
        let escape = path.as_bytes().get(at + 1..at + 3);
        if !escape.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            let shown: String = path.get(at..).unwrap_or_default().chars().take(3).collect();
            return Err(format!("invalid URL escape {shown:?}"));
        }
    }
    Ok(())
}

fn url(values: &[Value<'_>]) -> std::result::Result<Url, EvalError> {
    match values {
        [Value::Opaque(opaque)] => match opaque.as_ref() {
            Opaque::Url(url) => Ok(url.clone()),
            _ => Err(EvalError::NoSuchOverload),
        },
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn part<'a>(values: &[Value<'a>], part: fn(&Url) -> SmolStr) -> Result<'a> {
    url(values).map(|url| Value::String(part(&url)))
}

/// Escapes what may not stand in a path; what is escaped stays so.
fn escape(path: &str) -> String {
    path.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@%!'()*".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

fn unescape(text: &str) -> SmolStr {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let hex = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', ..) => bytes.push(b' '),
            (other, ..) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).as_ref().into()
}

fn query<'a>(text: &str) -> Value<'a> {
    let mut entries: Vec<(SmolStr, Vec<Value<'a>>)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescape(key), Value::String(unescape(value)));
        match entries.iter_mut().find(|(have, _)| *have == key) {
            Some((_, values)) => values.push(value),
            None => entries.push((key, vec![value])),
        }
    }
    let entries = entries
        .into_iter()
        .map(|(key, values)| (Value::String(key), Value::list(values)))
        .collect();
    Value::Map(Arc::new(entries))
}
