//! Findings in each format that a person or a machine reads.

mod github;
mod group;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::io;

use crate::check::{Finding, Severity};
use crate::render::RenderedSet;

use super::Sources;
use super::snippet::{Artist, Color};

use group::Group;

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Drawn with the source line, for a terminal.
    Text,
    /// One document with all findings and a summary.
    Json,
    /// A table for a comment in a pull request.
    Markdown,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML, for CI servers.
    Junit,
    /// Workflow commands of GitHub Actions, shown as annotations.
    Github,
}

/// What was checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checked {
    /// Environments.
    pub environments: usize,
    /// Components over all environments.
    pub components: usize,
    /// Objects over all environments.
    pub objects: usize,
}

/// Writes the findings. The same finding in several environments or components is one entry where people
/// read it, and one a place where machines do.
pub fn write(
    findings: &[Finding],
    checked: &Checked,
    sources: &Sources<'_>,
    format: Format,
    color: Color,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(&group::group(findings), checked, sources, color, out),
        Format::Json => json::write(findings, checked, out),
        Format::Markdown => markdown::write(&group::group(findings), checked, out),
        Format::Sarif => sarif::write(&group::group(findings), out),
        Format::Junit => junit::write(findings, checked, out),
        Format::Github => github::write(&group::group(findings), out),
    }
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Returns how many findings of each severity there are: errors, warnings, notes.
fn count<'f>(severities: impl Iterator<Item = &'f Severity>) -> [usize; 3] {
    severities.fold([0; 3], |mut counts, severity| {
        let slot = match severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Note => 2,
        };
        counts[slot] += 1;
        counts
    })
}

/// Returns `2 errors, 1 warning`, leaving out what there is none of.
fn summary(groups: &[Group<'_>]) -> String {
    let counts = count(groups.iter().map(|group| &group.finding.severity));
    let parts: Vec<String> = ["error", "warning", "note"]
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| plural(count, name))
        .collect();
    if parts.is_empty() {
        "no findings".to_owned()
    } else {
        parts.join(", ")
    }
}

fn plural(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// Returns findings as they are drawn for a terminal, each with a line end.
pub fn drawn<'f>(findings: &'f [Finding], artist: &'f Artist<'_>) -> Vec<String> {
    group::group(findings)
        .iter()
        .map(|group| format!("{}\n", text::draw(group, artist)))
        .collect()
}

/// Returns how much was checked and how much was found, in one line.
pub fn summary_line(findings: &[Finding], checked: &Checked) -> String {
    summarize(&group::group(findings), checked)
}

fn summarize(groups: &[Group<'_>], checked: &Checked) -> String {
    format!("checked {}: {}", checked.describe(), summary(groups))
}

impl Checked {
    /// Counts what is in a set.
    pub fn of(set: &RenderedSet) -> Self {
        let components = || {
            set.environments
                .iter()
                .flat_map(|environment| &environment.components)
        };
        Self {
            environments: set.environments.len(),
            components: components().count(),
            objects: components().map(|component| component.objects.len()).sum(),
        }
    }

    fn describe(&self) -> String {
        format!(
            "{} in {} of {}",
            plural(self.objects, "object"),
            plural(self.components, "build"),
            plural(self.environments, "environment")
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::render::ObjectId;
    use crate::source::{DiskTree, Tree, TreePath};
    use crate::yaml::{FieldPath, Origin};

    use super::*;

    /// Two environments see the same mistake of a base; a third finding has no line.
    fn findings(tree: &dyn Tree) -> Vec<Finding> {
        let file = tree.file_id(&TreePath::new("base/deploy.yaml").unwrap());
        let object = ObjectId {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "web".into(),
            version: "v1".into(),
        };
        let typo = |environment: &str| Finding {
            rule: "schema/unknown-field".to_owned(),
            severity: Severity::Error,
            environment: environment.to_owned(),
            component: "web".to_owned(),
            object: Some(object.clone()),
            field: FieldPath::root().key("spec").key("replica"),
            message: "unknown field `replica`".to_owned(),
            origin: Some(Origin::at(file, 2, 3)),
            related: vec![(Origin::at(file, 1, 1), "in this object".to_owned())],
            hint: Some("did you mean `replicas`?".to_owned()),
        };
        let lost = Finding {
            rule: "check/lost|cell".to_owned(),
            severity: Severity::Warning,
            object: None,
            field: FieldPath::root(),
            message: "a | b\nc, 100%".to_owned(),
            origin: None,
            related: Vec::new(),
            hint: None,
            ..typo("dev")
        };
        vec![typo("dev"), typo("prod"), lost]
    }

    fn written(format: Format) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("base")).unwrap();
        std::fs::write(
            folder.path().join("base/deploy.yaml"),
            "spec:\n  replica: 2 # two\n",
        )
        .unwrap();
        let tree = DiskTree::open(folder.path(), folder.path()).unwrap();
        let sources = Sources::disk(tree.root());
        let checked = Checked {
            environments: 2,
            components: 2,
            objects: 9,
        };
        let mut out = Vec::new();
        write(
            &findings(&tree),
            &checked,
            &sources,
            format,
            Color::Never,
            &mut out,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_draws_the_line_once_for_all_environments() {
        let text = written(Format::Text);
        assert_eq!(
            text.matches("error[schema/unknown-field]").count(),
            1,
            "{text}"
        );
        assert!(text.contains("2 |   replica: 2 # two"), "{text}");
        assert!(
            text.contains("Deployment/shop/web spec.replica, in dev (web), prod (web)"),
            "{text}"
        );
        assert!(
            text.ends_with("checked 9 objects in 2 builds of 2 environments: 1 error, 1 warning\n"),
            "{text}"
        );
    }

    #[test]
    fn json_keeps_each_place() {
        let document: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(document["summary"]["errors"], 2);
        assert_eq!(document["findings"][1]["environment"], "prod");
        assert_eq!(document["findings"][0]["origin"]["line"], 2);
        assert_eq!(document["findings"][2]["origin"], serde_json::Value::Null);
    }

    #[test]
    fn sarif_names_rule_and_region() {
        let document: serde_json::Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
        let result = &document["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "schema/unknown-field");
        assert_eq!(
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
            2
        );
        assert_eq!(
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "base/deploy.yaml"
        );
    }

    #[test]
    fn junit_fails_for_errors_only() {
        let text = written(Format::Junit);
        assert!(
            text.contains(r#"tests="3" skipped="0" failures="2""#),
            "{text}"
        );
        assert!(text.contains(r#"<testsuite name="prod""#), "{text}");
    }

    #[test]
    fn github_escapes_what_ends_a_command() {
        let text = written(Format::Github);
        assert!(
            text.starts_with(
                "::error file=base/deploy.yaml,line=2,col=3,title=schema/unknown-field::"
            ),
            "{text}"
        );
        assert!(
            text.contains("::warning title=check/lost|cell::a | b%0Ac, 100%25 (in dev (web))"),
            "{text}"
        );
    }

    #[test]
    fn markdown_keeps_a_row_on_its_line() {
        let text = written(Format::Markdown);
        assert!(
            text.contains("| error | `schema/unknown-field` | `base/deploy.yaml:2` |"),
            "{text}"
        );
        assert!(text.contains(r"| a \| b c, 100% |"), "{text}");
    }
}
