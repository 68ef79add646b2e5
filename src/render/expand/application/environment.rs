//! The variables that an Application may name: `$ARGOCD_APP_NAME` and its like.

use std::borrow::Cow;

use crate::yaml::{Node, Origin};

use super::super::error::Problem;
use super::super::fields::{name, namespace, text};

/// The variables with their values.
pub(super) struct Variables(Vec<(&'static str, String)>);

/// What only Argo CD knows: the commit that it syncs.
const UNKNOWN: [&str; 3] = [
    "ARGOCD_APP_REVISION",
    "ARGOCD_APP_REVISION_SHORT",
    "ARGOCD_APP_REVISION_SHORT_8",
];

impl Variables {
    /// Those of a source of an Application.
    pub(super) fn of(application: &Node, source: &Node) -> Self {
        let field = |node: &Node, path: &[&str]| {
            let text = text(node, path).ok().flatten();
            text.map_or_else(String::new, |text| text.text.to_owned())
        };
        let destination = field(application, &["spec", "destination", "namespace"]);
        let destination = if destination.is_empty() {
            namespace(application).to_owned()
        } else {
            destination
        };
        Self(vec![
            ("ARGOCD_APP_NAME", name(application).to_owned()),
            ("ARGOCD_APP_NAMESPACE", destination),
            (
                "ARGOCD_APP_PROJECT_NAME",
                field(application, &["spec", "project"]),
            ),
            ("ARGOCD_APP_SOURCE_REPO_URL", field(source, &["repoURL"])),
            ("ARGOCD_APP_SOURCE_PATH", field(source, &["path"])),
            (
                "ARGOCD_APP_SOURCE_TARGET_REVISION",
                field(source, &["targetRevision"]),
            ),
        ])
    }

    /// Puts the values of variables in: `$NAME` and `${NAME}`; `$$` is `$`, and what is not known is nothing.
    pub(super) fn expand<'t>(&self, text: &'t str, at: Origin) -> Result<Cow<'t, str>, Problem> {
        if !text.contains('$') {
            return Ok(Cow::Borrowed(text));
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            let (before, behind) = rest.split_at(dollar);
            out.push_str(before);
            let behind = behind.get(1..).unwrap_or_default();
            let (name, after) = variable(behind);
            match name {
                // A `$` that begins no name stays.
                None | Some("$") => out.push('$'),
                Some(name) => out.push_str(self.value(name, at)?),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }

    fn value(&self, name: &str, at: Origin) -> Result<&str, Problem> {
        if UNKNOWN.contains(&name) {
            return Err(Problem::Unsupported {
                what: format!(
                    "`${name}` is the commit that Argo CD syncs, which is not known here"
                ),
                hint: None,
                at,
            });
        }
        let known = self.0.iter().find(|(known, _)| *known == name);
        Ok(known.map_or("", |(_, value)| value.as_str()))
    }
}

/// Reads the name of a variable behind its `$`; none where there is no name.
fn variable(text: &str) -> (Option<&str>, &str) {
    if let Some(behind) = text.strip_prefix('{') {
        return match behind.split_once('}') {
            Some((name, after)) => (Some(name), after),
            None => (Some(""), behind),
        };
    }
    let Some(first) = text.chars().next() else {
        return (None, text);
    };
    if is_special(first) {
        let (name, after) = text.split_at(1);
        return (Some(name), after);
    }
    let is_of_name = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let end = text.find(|character| !is_of_name(character));
    match text.split_at(end.unwrap_or(text.len())) {
        ("", after) => (None, after),
        (name, after) => (Some(name), after),
    }
}

/// Whether a character is a variable of a shell by itself.
fn is_special(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '*' | '#' | '$' | '@' | '!' | '?' | '-')
}
