//! Findings as `JUnit` XML: a suite an environment, a case a finding.

use std::collections::BTreeMap;
use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::check::{Finding, Severity};

use super::{Checked, severity_name};

pub(super) fn write(
    findings: &[Finding],
    checked: &Checked,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for finding in findings {
        let name = if finding.environment.is_empty() {
            "fleet"
        } else {
            &finding.environment
        };
        suites
            .entry(name)
            .or_insert_with(|| TestSuite::new(name))
            .add_test_case(case(finding));
    }
    let mut report = Report::new("lockgate check");
    if suites.is_empty() {
        // A report without a case reads as "nothing ran".
        let mut suite = TestSuite::new("fleet");
        suite.add_test_case(TestCase::new(
            format!("checked {}", checked.describe()),
            TestCaseStatus::success(),
        ));
        report.add_test_suite(suite);
    }
    report.add_test_suites(suites.into_values());
    report.serialize(out).map_err(io::Error::other)
}

fn case(finding: &Finding) -> TestCase {
    let object = finding
        .object
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut name = format!("{object} {}", finding.field).trim().to_owned();
    if name.is_empty() {
        name.clone_from(&finding.message);
    }
    let mut status = match finding.severity {
        Severity::Error => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Severity::Warning | Severity::Note => TestCaseStatus::success(),
    };
    let place = finding
        .origin
        .map(|origin| format!("{origin}: "))
        .unwrap_or_default();
    let hint = finding
        .hint
        .as_ref()
        .map(|hint| format!("\n{hint}"))
        .unwrap_or_default();
    let text = format!("{place}{}{hint}", finding.message);
    status
        .set_message(finding.message.as_str())
        .set_type(severity_name(finding.severity));
    let mut case = TestCase::new(format!("{}: {name}", finding.rule), status);
    case.set_classname(finding.component.as_str());
    case.set_system_out(text);
    case
}
