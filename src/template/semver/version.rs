//! A version: `v1.2.3-rc.1+build`, or less of it.

use std::cmp::Ordering;
use std::fmt;

/// A semantic version. Compares by precedence: what is built of it plays no part.
#[derive(Clone, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number; zero if not given.
    pub minor: u64,
    /// The third number; zero if not given.
    pub patch: u64,
    /// What follows the hyphen.
    pub prerelease: String,
    /// What follows the plus sign.
    pub metadata: String,
    /// The text that was read.
    pub original: String,
}

/// Why a text is no version. The messages are the reference's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum VersionError {
    #[error("version string is too long (max {MAX_LENGTH} bytes)")]
    TooLong,
    #[error("invalid semantic version")]
    Invalid,
    #[error(
        "error parsing version segment: strconv.ParseUint: parsing \"{0}\": value out of range"
    )]
    TooLarge(String),
    #[error("version segment starts with 0")]
    StartsWithZero,
}

const MAX_LENGTH: usize = 256;

impl Version {
    /// Reads a version; `v` may stand before it, the minor and the patch number may be missing, and numbers may
    /// begin with zeros.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_LENGTH {
            return Err(VersionError::TooLong);
        }
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = match rest.split_once('+') {
            Some((rest, metadata)) => (rest, Some(metadata)),
            None => (rest, None),
        };
        let (numbers, prerelease) = match rest.split_once('-') {
            Some((numbers, prerelease)) => (numbers, Some(prerelease)),
            None => (rest, None),
        };
        let has_identifiers = |text: Option<&str>| text.is_none_or(is_identifiers);
        if !has_identifiers(metadata) || !has_identifiers(prerelease) {
            return Err(VersionError::Invalid);
        }
        let numbers: Vec<&str> = numbers.split('.').collect();
        let is_number =
            |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if numbers.len() > 3 || !numbers.iter().all(is_number) {
            return Err(VersionError::Invalid);
        }
        let number = |index: usize| {
            let Some(digits) = numbers.get(index) else {
                return Ok(0);
            };
            let too_large = |_| VersionError::TooLarge((*digits).to_owned());
            digits.parse().map_err(too_large)
        };
        let version = Self {
            major: number(0)?,
            minor: number(1)?,
            patch: number(2)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        };
        version.check_prerelease()?;
        Ok(version)
    }

    fn check_prerelease(&self) -> Result<(), VersionError> {
        let starts_with_zero = |part: &str| {
            part.len() > 1
                && part.starts_with('0')
                && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if self.prerelease.split('.').any(starts_with_zero) {
            Err(VersionError::StartsWithZero)
        } else {
            Ok(())
        }
    }

    /// Whether it comes before a release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// The next version with this change; `v` stays before the text if it stands there.
    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = Self {
            prerelease: String::new(),
            metadata: String::new(),
            ..self.clone()
        };
        change(&mut next);
        let prefix = if self.original.starts_with('v') {
            "v"
        } else {
            ""
        };
        next.original = format!("{prefix}{next}");
        next
    }

    /// The next patch; the release itself for what comes before it. None: the number is at its end.
    pub fn next_patch(&self) -> Option<Self> {
        let patch = if self.is_prerelease() {
            self.patch
        } else {
            self.patch.checked_add(1)?
        };
        Some(self.changed(|next| next.patch = patch))
    }

    /// The next minor version. None: the number is at its end.
    pub fn next_minor(&self) -> Option<Self> {
        let minor = self.minor.checked_add(1)?;
        Some(self.changed(|next| (next.minor, next.patch) = (minor, 0)))
    }

    /// The next major version. None: the number is at its end.
    pub fn next_major(&self) -> Option<Self> {
        let major = self.major.checked_add(1)?;
        Some(self.changed(|next| (next.major, next.minor, next.patch) = (major, 0, 0)))
    }
}

/// Letters, digits and hyphens, with single dots between.
fn is_identifiers(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_identifier = |part: &str| !part.is_empty() && part.bytes().all(is_allowed);
    text.split('.').all(is_identifier)
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| match (self.is_prerelease(), other.is_prerelease()) {
                (false, false) => Ordering::Equal,
                (false, true) => Ordering::Greater,
                (true, false) => Ordering::Less,
                (true, true) => compare_prereleases(&self.prerelease, &other.prerelease),
            })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// Compares identifier by identifier: numbers by value and below words, and what is missing below all.
pub(super) fn compare_prereleases(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let (one, other) = (ones.next(), others.next());
        if one.is_none() && other.is_none() {
            return Ordering::Equal;
        }
        let (one, other) = (one.unwrap_or_default(), other.unwrap_or_default());
        let ordering = match (one.is_empty(), other.is_empty()) {
            _ if one == other => Ordering::Equal,
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => one.cmp(other),
            },
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_may_lack_parts() {
        for (text, want) in [
            ("1", Ok("1.0.0")),
            ("v1.2", Ok("1.2.0")),
            ("v01.02.03", Ok("1.2.3")),
            ("1-rc.1+b.2", Ok("1.0.0-rc.1+b.2")),
            ("1.2.3-a-b", Ok("1.2.3-a-b")),
            ("1.2.3.4", Err(VersionError::Invalid)),
            ("1.2.3-01", Err(VersionError::StartsWithZero)),
            ("1.2.3-a..b", Err(VersionError::Invalid)),
            ("V1", Err(VersionError::Invalid)),
            ("", Err(VersionError::Invalid)),
            (" 1", Err(VersionError::Invalid)),
            (
                "99999999999999999999",
                Err(VersionError::TooLarge("99999999999999999999".into())),
            ),
        ] {
            let read = Version::parse(text).map(|version| version.to_string());
            assert_eq!(read, want.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn versions_are_in_order() {
        let order = [
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-a",
            "1.0.0-a.1",
            "1.0.0-a.b",
            "1.0.0-b",
            "1.0.0",
            "1.0.1",
            "1.1",
            "2",
        ];
        for pair in order.windows(2) {
            let [less, more] = pair else { continue };
            let (less, more) = (Version::parse(less).unwrap(), Version::parse(more).unwrap());
            assert!(less < more, "{less} {more}");
        }
        assert_eq!(Version::parse("1.0.0+a"), Version::parse("1.0.0+b"));
    }
}
