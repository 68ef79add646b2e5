//! A constraint on versions: `>= 1.2, < 3 || ~4.1 || 5.x || 6 - 8`.

use std::sync::LazyLock;

use regex::Regex;

use super::Version;
use super::version::compare_prereleases;

/// What a version must be: one of some groups of comparisons, all of which must hold.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    comparisons: Vec<Comparison>,
    /// One of the comparisons names a version before a release, so that such versions may meet the group.
    takes_prereleases: bool,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    given: Given,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// Which parts of a version are given; the others are missing or wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Nothing,
    Major,
    MajorMinor,
    All,
}

/// Why a text is no constraint. The messages are the reference's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ConstraintError {
    #[error("constraint string is too long (max {MAX_LENGTH} bytes)")]
    TooLong,
    #[error("too many constraint groups (max {MAX_GROUPS})")]
    TooManyGroups,
    #[error("improper constraint: {0:?}")]
    Improper(String),
    #[error("constraint parser error")]
    Unreadable,
}

const MAX_LENGTH: usize = 512;
const MAX_GROUPS: usize = 32;

/// `1.2 - 3.4`: a version, a hyphen with space around, a version.
static RANGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const NUMBERS: &str = r"v?[0-9|xX*]+(?:\.[0-9|xX*]+){0,2}";
    const WORDS: &str = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*";
    const SPACE: &str = r"[\t\n\x0C\r ]";
    let version = format!(r"{NUMBERS}(?:-{WORDS})?(?:\+{WORDS})?");
    let range = format!("{SPACE}*({version}){SPACE}+-{SPACE}+({version}){SPACE}*");
    Regex::new(&range).ok()
});

impl Constraint {
    /// Reads a constraint.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if text.len() > MAX_LENGTH {
            return Err(ConstraintError::TooLong);
        }
        let text = match &*RANGE {
            Some(range) => range.replace_all(text, ">= $1, <= $2 "),
            None => text.into(),
        };
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MAX_GROUPS {
            return Err(ConstraintError::TooManyGroups);
        }
        let groups: Result<_, _> = groups.into_iter().map(Group::parse).collect();
        Ok(Self { groups: groups? })
    }

    /// Whether a version meets the constraint.
    pub fn matches(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| group.matches(version))
    }
}

impl Group {
    fn parse(text: &str) -> Result<Self, ConstraintError> {
        let improper = || ConstraintError::Improper(text.to_owned());
        let mut comparisons = Vec::new();
        let mut rest = text;
        loop {
            let (operator, after) = Operator::parse(without_space(rest));
            let after = without_space(after);
            let (version, after) = Parts::parse(after).ok_or_else(improper)?;
            comparisons.push((operator, version));
            rest = without_space(after);
            if rest.is_empty() {
                break;
            }
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None if rest.len() == after.len() => return Err(improper()),
                None => {}
            }
        }
        let comparisons = comparisons.into_iter().map(|(operator, parts)| {
            let (version, given) = parts.version().ok_or(ConstraintError::Unreadable)?;
            Ok(Comparison {
                operator,
                version,
                given,
            })
        });
        let comparisons: Vec<Comparison> = comparisons.collect::<Result<_, _>>()?;
        let takes_prereleases = comparisons
            .iter()
            .any(|comparison| comparison.version.is_prerelease());
        Ok(Self {
            comparisons,
            takes_prereleases,
        })
    }

    fn matches(&self, version: &Version) -> bool {
        (self.takes_prereleases || !version.is_prerelease())
            && self
                .comparisons
                .iter()
                .all(|comparison| comparison.matches(version))
    }
}

/// What RE2's `\s` is.
fn without_space(text: &str) -> &str {
    text.trim_start_matches(['\t', '\n', '\x0C', '\r', ' '])
}

impl Operator {
    /// The operator that stands first, and what follows; none is equality.
    fn parse(text: &str) -> (Self, &str) {
        for (sign, operator) in [
            ("!=", Self::NotEqual),
            (">=", Self::GreaterOrEqual),
            ("=>", Self::GreaterOrEqual),
            ("<=", Self::LessOrEqual),
            ("=<", Self::LessOrEqual),
            ("~>", Self::Tilde),
            ("=", Self::Equal),
            (">", Self::Greater),
            ("<", Self::Less),
            ("~", Self::Tilde),
            ("^", Self::Caret),
        ] {
            if let Some(rest) = text.strip_prefix(sign) {
                return (operator, rest);
            }
        }
        (Self::Equal, text)
    }
}

/// The version of a comparison as it is written: its numbers may be wildcards or missing.
struct Parts<'t> {
    numbers: Vec<&'t str>,
    /// With its hyphen.
    prerelease: &'t str,
}

impl<'t> Parts<'t> {
    /// The version that stands first, and what follows.
    fn parse(text: &'t str) -> Option<(Self, &'t str)> {
        let is_number = |byte: u8| byte.is_ascii_digit() || b"|xX*".contains(&byte);
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let text = text.strip_prefix('v').unwrap_or(text);
        let (first, mut rest) = run_of(text, is_number)?;
        let mut numbers = vec![first];
        while numbers.len() < 3
            && let Some(after) = rest.strip_prefix('.')
            && let Some((number, after)) = run_of(after, is_number)
        {
            numbers.push(number);
            rest = after;
        }
        let (prerelease, rest) = tail(rest, '-', is_word);
        // How it was built plays no part.
        let (_, rest) = tail(rest, '+', is_word);
        let parts = Self {
            numbers,
            prerelease,
        };
        Some((parts, rest))
    }

    /// The version, with zeros for what isn't given.
    fn version(&self) -> Option<(Version, Given)> {
        let number = |index: usize| {
            let number = self.numbers.get(index).copied();
            number.filter(|number| !matches!(*number, "x" | "X" | "*"))
        };
        let given = match (number(0), number(1), number(2)) {
            (None, ..) => Given::Nothing,
            (_, None, _) => Given::Major,
            (.., None) => Given::MajorMinor,
            _ => Given::All,
        };
        let numbers = match given {
            Given::Nothing => "0".to_owned(),
            Given::Major => number(0)?.to_owned(),
            Given::MajorMinor => format!("{}.{}", number(0)?, number(1)?),
            Given::All => format!("{}.{}.{}", number(0)?, number(1)?, number(2)?),
        };
        let text = format!("{numbers}{}", self.prerelease);
        Some((Version::parse(&text).ok()?, given))
    }
}

/// The bytes of a kind that stand first, at least one, and what follows.
fn run_of(text: &str, is_of_kind: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(|&byte| is_of_kind(byte)).count();
    (end > 0).then(|| text.split_at(end))
}

/// Words with dots between behind a sign, the sign included, and what follows; nothing if there are none.
fn tail(text: &str, sign: char, is_word: impl Fn(u8) -> bool + Copy) -> (&str, &str) {
    let Some((_, mut rest)) = text
        .strip_prefix(sign)
        .and_then(|after| run_of(after, is_word))
    else {
        return ("", text);
    };
    while let Some(after) = rest.strip_prefix('.')
        && let Some((_, after)) = run_of(after, is_word)
    {
        rest = after;
    }
    text.split_at(text.len() - rest.len())
}

impl Comparison {
    fn matches(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.operator {
            Operator::Equal if self.given == Given::All => version == wanted,
            Operator::Equal | Operator::Tilde => self.is_in_tilde(version),
            Operator::NotEqual => self.is_other(version),
            Operator::Greater => match self.given {
                Given::Nothing | Given::All => {
                    if self.given == Given::Nothing && version.major != wanted.major {
                        return version.major > wanted.major;
                    }
                    version > wanted
                }
                // `> 11` begins at 12, and `> 11.1` at 11.2.
                Given::Major => version.major > wanted.major,
                Given::MajorMinor => (version.major, version.minor) > (wanted.major, wanted.minor),
            },
            Operator::Less => version < wanted,
            Operator::GreaterOrEqual => version >= wanted,
            Operator::LessOrEqual => match self.given {
                Given::All => version <= wanted,
                // `<= 11` ends before 12.
                Given::Major => version.major <= wanted.major,
                Given::Nothing | Given::MajorMinor => {
                    (version.major, version.minor) <= (wanted.major, wanted.minor)
                }
            },
            Operator::Caret => self.is_in_caret(version),
        }
    }

    /// `~1.2.3` is from 1.2.3 to before 1.3; `~1` is all of 1.
    fn is_in_tilde(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted {
            return false;
        }
        let is_zero = (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0);
        // The reference takes `~0.0.0` for a wildcard.
        if is_zero && matches!(self.given, Given::Nothing | Given::All) {
            return true;
        }
        version.major == wanted.major
            && (version.minor == wanted.minor || self.given == Given::Major)
    }

    /// `^1.2.3` is from 1.2.3 to before 2; below 1 the first number that is not zero stays.
    fn is_in_caret(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted {
            return false;
        }
        if wanted.major > 0 || self.given == Given::Major {
            return version.major == wanted.major;
        }
        if version.major > 0 {
            return false;
        }
        if wanted.minor > 0 || self.given == Given::MajorMinor {
            return version.minor == wanted.minor;
        }
        version.minor == 0 && version.patch == wanted.patch
    }

    /// `!= 1.2` is no version of 1.2.
    fn is_other(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.given {
            Given::All => version != wanted,
            Given::Major => version.major != wanted.major,
            Given::Nothing => {
                (version.major, version.minor) != (wanted.major, wanted.minor)
                    || version.patch != wanted.patch
                    || version != wanted
            }
            Given::MajorMinor => {
                (version.major, version.minor) != (wanted.major, wanted.minor)
                    || (version.is_prerelease() || wanted.is_prerelease())
                        && compare_prereleases(&version.prerelease, &wanted.prerelease).is_ne()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_meet_constraints() {
        for (constraint, version, want) in [
            (">=1.2", "1.2.0", true),
            ("> 11", "11.5.0", false),
            ("<= 11", "11.5.0", true),
            ("1.2 - 3.4", "3.4.9", true),
            ("1.x || 3", "3.1.0", true),
            (">=1.22-0", "1.22.17-gke.1", true),
            (">=1.22", "1.23.0-rc.1", false),
            ("^0.2.3", "0.3.0", false),
            ("~1.2.3", "1.2.9", true),
            ("!=1.2", "1.2.9", false),
            ("*", "9.9.9", true),
            (">1 <3", "2.0.0", true),
        ] {
            let version = Version::parse(version).unwrap();
            let constraint = Constraint::parse(constraint).unwrap();
            assert_eq!(
                constraint.matches(&version),
                want,
                "{constraint:?} {version}"
            );
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        for text in [
            "",
            "a",
            "1.2.3.4",
            ">=",
            "1,",
            "1 ||",
            ">=1.0 - 2.0",
            "1.2-",
        ] {
            let improper = Constraint::parse(text);
            assert!(
                matches!(improper, Err(ConstraintError::Improper(_))),
                "{text}"
            );
        }
        assert_eq!(
            Constraint::parse("1.2.xx").err(),
            Some(ConstraintError::Unreadable)
        );
    }
}
