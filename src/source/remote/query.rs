//! What stands after the question mark in an address, as kustomize v5.8.1 reads it.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::Url;

/// How long a fetch may take where the address doesn't say it, as in kustomize.
pub(super) const USUAL_TIMEOUT: Duration = Duration::from_secs(27);

/// The longest that an address may ask for.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

/// Whether a repository is read with its submodules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Submodules {
    /// With them.
    Fetched,
    /// Without.
    LeftOut,
}

/// What stands after the question mark.
pub(super) struct Query {
    pub(super) reference: Option<String>,
    pub(super) timeout: Duration,
    pub(super) submodules: Submodules,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
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

/// Returns how long the file at an address may take.
pub(super) fn file_timeout(url: &str) -> Duration {
    Query::parse(url.split_once('?').map_or("", |(_, query)| query)).timeout
}

/// Returns how long an answer from an address may take: as it says itself, or `LOCKGATE_FETCH_TIMEOUT` in seconds, or
/// the usual time.
pub(crate) fn fetch_timeout(url: &Url, usual: Duration) -> Duration {
    let said = url.query().and_then(|query| {
        let parameters = parameters(query)?;
        let (_, value) = parameters.into_iter().find(|(name, _)| name == "timeout")?;
        duration(&value)
    });
    let of_environment = || duration(&std::env::var("LOCKGATE_FETCH_TIMEOUT").ok()?);
    said.or_else(of_environment)
        .map_or(usual, |timeout| timeout.min(LONGEST_TIMEOUT))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_in_go() {
        for (text, milliseconds) in [
            ("60", Some(60_000)),
            ("60s", Some(60_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("300ms", Some(300)),
            ("0", None),
            ("-5", None),
            ("-5s", None),
            ("5 s", None),
            ("5d", None),
            ("s", None),
            ("", None),
        ] {
            let want = milliseconds.map(Duration::from_millis);
            assert_eq!(duration(text), want, "{text}");
        }
    }

    #[test]
    fn one_mistake_makes_no_parameter_count() {
        let read = |text| Query::parse(text).reference;
        assert_eq!(read("ref=v1&x=%41").as_deref(), Some("v1"));
        assert_eq!(read("ref=v%2F1").as_deref(), Some("v/1"));
        assert_eq!(read("ref=a+b").as_deref(), Some("a b"));
        assert_eq!(read("ref=v1&x=%4"), None);
        assert_eq!(read("ref=v1&a;b"), None);
    }
}
