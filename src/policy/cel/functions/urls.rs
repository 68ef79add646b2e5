//! URLs: absolute ones, or absolute paths.

use std::fmt::Write as _;
use std::sync::Arc;

use smol_str::SmolStr;

use super::{EvalError, Line, Opaque, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("url(string): kubernetes.URL", |a| {
        arguments!(a, Value::String(text));
        match Url::read(text) {
            Some(url) => Ok(Value::opaque(Opaque::Url(url))),
            None => fail(format!(
                "URL parse error during conversion from string: parse {text:?}: invalid URI for request"
            )),
        }
    }),
    ("isURL(string): bool", |a| {
        arguments!(a, Value::String(text));
        Ok(Value::Bool(Url::read(text).is_some()))
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
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return None;
        }
        let (scheme, rest) = match text.find(':') {
            Some(colon) if !text.starts_with('/') => {
                let (scheme, rest) = text.split_at(colon);
                let mut bytes = scheme.bytes();
                let valid = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
                    && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
                if !valid {
                    return None;
                }
                (scheme.to_ascii_lowercase(), rest.get(1..)?)
            }
            _ => (String::new(), text),
        };
        if !rest.starts_with('/') {
            // An opaque URL, as `mailto:a@b`, is one only with a scheme; a relative path never is.
            return (!scheme.is_empty() && !rest.is_empty()).then(|| Self {
                text: text.into(),
                scheme: scheme.into(),
                host: SmolStr::default(),
                path: SmolStr::default(),
                query: SmolStr::default(),
            });
        }
        let without_fragment = rest.split('#').next().unwrap_or(rest);
        let (before, query) = without_fragment
            .split_once('?')
            .unwrap_or((without_fragment, ""));
        let (host, path) = match before.strip_prefix("//") {
            Some(authority) if !scheme.is_empty() => {
                let end = authority.find('/').unwrap_or(authority.len());
                let (authority, path) = authority.split_at(end);
                (authority.rsplit('@').next().unwrap_or(authority), path)
            }
            _ => ("", before),
        };
        if host.contains(' ') || !escapes_are_whole(path) || !port_is_number(host) {
            return None;
        }
        Some(Self {
            text: text.into(),
            scheme: scheme.into(),
            host: host.into(),
            path: path.into(),
            query: query.into(),
        })
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

fn port_is_number(host: &str) -> bool {
    split_port(host).1.bytes().all(|byte| byte.is_ascii_digit())
}

fn escapes_are_whole(path: &str) -> bool {
    path.match_indices('%').all(|(at, _)| {
        path.as_bytes()
            .get(at + 1..at + 3)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
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
