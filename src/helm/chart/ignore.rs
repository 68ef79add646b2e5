//! `.helmignore`: which files of a folder are no part of the chart.
//!
//! Looks like `.gitignore`, and isn't: the first rule that matches decides, `!rule` leaves out all that does *not*
//! match, and `**` is refused.

use crate::helm::path_match::Pattern;
use crate::yaml::{FileId, Origin};

/// The rules of a folder.
#[derive(Debug)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    is_negated: bool,
    only_folders: bool,
    /// Over the whole path, not the name alone.
    is_path: bool,
}

/// A line is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}` is no rule of .helmignore: {reason}")]
pub struct RuleError {
    /// The line.
    pub rule: String,
    /// What is wrong with it.
    pub reason: &'static str,
    /// Where it stands.
    pub at: Origin,
}

impl Rules {
    /// Reads rules, one a line, and adds the one that holds for every chart.
    pub(crate) fn parse(text: &[u8], file: FileId) -> Result<Self, RuleError> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let text = String::from_utf8_lossy(text);
        let mut rules = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let rule = Rule::parse(line).map_err(|reason| RuleError {
                rule: line.trim().to_owned(),
                reason,
                at: Origin::at(file, number, 0),
            })?;
            rules.extend(rule);
        }
        rules.extend(Rule::parse("templates/.?*").ok().flatten());
        Ok(Self(rules))
    }

    /// Whether a file or folder is left out.
    pub(crate) fn ignore(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let is_excused = rule.only_folders && !is_folder;
            if rule.is_negated {
                if is_excused || !rule.matches(path) {
                    return true;
                }
            } else if !is_excused && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Option<Self>, &'static str> {
        let rule = line.trim();
        if rule.is_empty() || rule.starts_with('#') {
            return Ok(None);
        }
        if rule.contains("**") {
            return Err("`**` is not supported");
        }
        let unfinished = "the pattern is not finished";
        Pattern::parse(rule).ok_or(unfinished)?;
        let (rule, is_negated) = match rule.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (rule, false),
        };
        let (rule, only_folders) = match rule.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (rule, false),
        };
        let (pattern, is_path) = match rule.strip_prefix('/') {
            Some(rest) => (rest, true),
            None => (rule, rule.contains('/')),
        };
        Ok(Some(Self {
            pattern: Pattern::parse(pattern).ok_or(unfinished)?,
            is_negated,
            only_folders,
            is_path,
        }))
    }

    fn matches(&self, path: &str) -> bool {
        let name = if self.is_path {
            path
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        self.pattern.matches(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::fn_params_excessive_bools, reason = "two of them read well")]
    fn check(rules: &str, path: &str, is_folder: bool, want: bool) {
        let rules = Rules::parse(rules.as_bytes(), FileId::of(".helmignore")).unwrap();
        assert_eq!(rules.ignore(path, is_folder), want, "{path}");
    }

    #[test]
    fn rules_are_helms_own() {
        check("*.md", "docs/a.md", false, true);
        check("/a.md", "docs/a.md", false, false);
        check("docs/", "docs", true, true);
        check("docs/", "docs", false, false);
        check("docs/*.md", "docs/a.md", false, true);
        check("docs/*.md", "docs/b/a.md", false, false);
        check("# *", "a", false, false);
        check("", "templates/.x", false, true);
        check("", "templates/a/.x", false, false);
        check("!a.txt", "b.txt", false, true);
        check("!a.txt", "a.txt", false, false);
    }

    #[test]
    fn stars_of_git_are_refused() {
        let error = Rules::parse(b"a\n**/b", FileId::of(".helmignore")).unwrap_err();
        assert_eq!(error.at.line, 2);
    }
}
