//! Jobs, and when they are run.

use crate::schema::names;

use super::TypeRules;
use super::cron;
use super::pod::container_names;
use super::rule::{NATURAL, Rule};
use super::subject::{Subject, has, int, is_true, item, items, key, text};
use super::workload;

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "batch.v1.JobSpec",
        fields: &[
            ("parallelism", NATURAL),
            ("completions", NATURAL),
            ("activeDeadlineSeconds", NATURAL),
            ("backoffLimit", NATURAL),
            ("backoffLimitPerIndex", NATURAL),
            ("maxFailedIndexes", NATURAL),
            ("ttlSecondsAfterFinished", NATURAL),
            ("completionMode", Rule::Exactly(&["NonIndexed", "Indexed"])),
            (
                "podReplacementPolicy",
                Rule::Exactly(&["Failed", "TerminatingOrFailed"]),
            ),
            ("managedBy", Rule::FullName(super::rule::domain_path)),
        ],
        check: Some(job),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "batch.v1.PodFailurePolicy",
        optional: &["rules"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "batch.v1.PodFailurePolicyRule",
        required: &["action"],
        fields: &[(
            "action",
            Rule::OneOf(&["FailJob", "FailIndex", "Ignore", "Count"]),
        )],
        check: Some(failure_rule),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "batch.v1.PodFailurePolicyOnExitCodesRequirement",
        required: &["operator", "values"],
        fields: &[("operator", Rule::OneOf(&["In", "NotIn"]))],
        check: Some(exit_codes),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "batch.v1.PodFailurePolicyOnPodConditionsPattern",
        required: &["type"],
        fields: &[
            ("type", Rule::FullName(names::qualified_name)),
            ("status", Rule::OneOf(&["True", "False", "Unknown"])),
        ],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "batch.v1.CronJobSpec",
        required: &["schedule"],
        fields: &[
            ("schedule", Rule::Name(cron::schedule)),
            ("timeZone", Rule::FullName(cron::time_zone)),
            ("startingDeadlineSeconds", NATURAL),
            ("successfulJobsHistoryLimit", NATURAL),
            ("failedJobsHistoryLimit", NATURAL),
            (
                "concurrencyPolicy",
                Rule::OneOf(&["Allow", "Forbid", "Replace"]),
            ),
        ],
        check: Some(cron_job),
        ..TypeRules::NONE
    },
];

fn job(subject: &mut Subject<'_, '_>) {
    restart(subject);
    indexed(subject);
    failure_policy(subject);
    selector(subject);
}

/// The pods of a job end; `Always`, the default, would start them again.
fn restart(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(spec) = node.lookup(&["template", "spec"]) else {
        return;
    };
    let way = [key("template"), key("spec"), key("restartPolicy")];
    match text(spec, "restartPolicy") {
        None => subject.missing(
            &way,
            "`restartPolicy` must be `OnFailure` or `Never` in a job",
        ),
        Some("OnFailure") if has(node, "podFailurePolicy") => subject.wrong(
            "schema/conflict",
            &way,
            "must be `Never` with a `podFailurePolicy`",
        ),
        Some("OnFailure" | "Never") => {}
        Some(_) => subject.wrong(
            "schema/enum",
            &way,
            "must be `OnFailure` or `Never` in a job",
        ),
    }
}

fn indexed(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let completions = int(node, "completions");
    let parallelism = int(node, "parallelism").unwrap_or(1);
    let failures = int(node, "maxFailedIndexes");
    if text(node, "completionMode") == Some("Indexed") {
        if !has(node, "completions") {
            subject.missing(
                &[key("completions")],
                "`completions` is required with `completionMode: Indexed`",
            );
        }
        if parallelism > 100_000 {
            subject.wrong(
                "schema/range",
                &[key("parallelism")],
                "may be 100000 at most",
            );
        }
        if failures.is_some_and(|failures| {
            failures > 100_000 || completions.is_some_and(|completions| failures > completions)
        }) {
            subject.wrong(
                "schema/range",
                &[key("maxFailedIndexes")],
                "may be `completions` and 100000 at most",
            );
        }
        if completions.is_some_and(|completions| completions > 100_000)
            && has(node, "backoffLimitPerIndex")
            && (failures.is_none_or(|failures| failures > 10_000) || parallelism > 10_000)
        {
            subject.wrong(
                "schema/range",
                &[key("completions")],
                "above 100000 there must be `maxFailedIndexes` and `parallelism` of 10000 at most",
            );
        }
    } else {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
            if has(node, field) {
                subject.wrong(
                    "schema/conflict",
                    &[key(field)],
                    "needs `completionMode: Indexed`",
                );
            }
        }
    }
    if has(node, "maxFailedIndexes") && !has(node, "backoffLimitPerIndex") {
        subject.missing(
            &[key("backoffLimitPerIndex")],
            "`backoffLimitPerIndex` is required with `maxFailedIndexes`",
        );
    }
}

fn failure_policy(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(policy) = node
        .get("podFailurePolicy")
        .filter(|policy| !policy.is_null())
    else {
        return;
    };
    if text(node, "podReplacementPolicy").is_some_and(|policy| policy != "Failed") {
        subject.wrong(
            "schema/conflict",
            &[key("podReplacementPolicy")],
            "must be `Failed` with a `podFailurePolicy`",
        );
    }
    let names = container_names(node.lookup(&["template", "spec"]));
    let rules = items(policy, "rules");
    if rules.len() > 20 {
        let way = [key("podFailurePolicy"), key("rules")];
        subject.wrong("schema/range", &way, "may hold 20 at most");
    }
    for (index, rule) in rules.iter().enumerate() {
        let way = [key("podFailurePolicy"), key("rules"), item(index)];
        if text(rule, "action") == Some("FailIndex") && !has(node, "backoffLimitPerIndex") {
            let way = [&way[..], &[key("action")]].concat();
            subject.wrong("schema/conflict", &way, "needs `backoffLimitPerIndex`");
        }
        let Some(codes) = rule
            .get("onExitCodes")
            .filter(|codes| has(codes, "containerName"))
        else {
            continue;
        };
        let name = text(codes, "containerName").unwrap_or_default();
        if !names.contains(&name) {
            let way = [&way[..], &[key("onExitCodes"), key("containerName")]].concat();
            let message = format!("the template has no container `{name}`");
            subject.wrong("schema/reference", &way, message);
        }
    }
}

fn failure_rule(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let conditions = !items(node, "onPodConditions").is_empty();
    if has(node, "onExitCodes") == conditions {
        subject.wrong(
            "schema/one-of",
            &[],
            "must have exactly one of `onExitCodes` and `onPodConditions`",
        );
    }
}

fn exit_codes(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let codes = items(node, "values");
    if codes.len() > 255 {
        subject.wrong("schema/range", &[key("values")], "may hold 255 at most");
    }
    let number = |node: &crate::yaml::Node| {
        node.as_scalar()
            .and_then(crate::schema::scalar::number_of)
            .unwrap_or(0)
    };
    let mut before: Option<i64> = None;
    for (index, code) in codes.iter().enumerate() {
        let code = number(code);
        let way = [key("values"), item(index)];
        if code == 0 && text(node, "operator") == Some("In") {
            subject.wrong("schema/range", &way, "0 is success, so it is not `In`");
        }
        if before.is_some_and(|before| before >= code) {
            subject.wrong("schema/range", &way, "must be above the one before it");
        }
        before = Some(code);
    }
}

fn selector(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let Some(selector) = node.get("selector").filter(|selector| !selector.is_null()) else {
        if is_true(node, "manualSelector") {
            subject.missing(
                &[key("selector")],
                "`selector` is required with `manualSelector: true`",
            );
        }
        return;
    };
    if is_true(node, "manualSelector") {
        workload::unmet(subject, selector, &[key("selector")]);
    } else {
        subject.wrong(
            "schema/conflict",
            &[key("selector")],
            "is made by the server; to set it, set `manualSelector: true`",
        );
    }
}

fn cron_job(subject: &mut Subject<'_, '_>) {
    let Some(spec) = subject.node.lookup(&["jobTemplate", "spec"]) else {
        return;
    };
    if is_true(spec, "manualSelector") {
        let way = [key("jobTemplate"), key("spec"), key("manualSelector")];
        subject.wrong("schema/conflict", &way, "cannot be true in a CronJob");
    }
}
