//! Webhooks and policies of admission, and API services.

use crate::schema::names;
use crate::yaml::Node;

use super::TypeRules;
use super::access::each_text;
use super::rule::{PORT_NUMBER, Rule};
use super::subject::{Subject, has, int, is_true, item, item_text, items, key, plain_text, text};

const FAILURE: Rule = Rule::Exactly(&["Fail", "Ignore"]);
const MATCH: Rule = Rule::Exactly(&["Equivalent", "Exact"]);
const SCOPE: Rule = Rule::Exactly(&["Cluster", "Namespaced", "*"]);

const WEBHOOK: TypeRules = TypeRules {
    required: &["name", "sideEffects", "admissionReviewVersions"],
    unique: &["matchConditions"],
    fields: &[
        ("name", Rule::Name(full_name)),
        ("failurePolicy", FAILURE),
        ("matchPolicy", MATCH),
        ("sideEffects", Rule::OneOf(&["None", "NoneOnDryRun"])),
        ("timeoutSeconds", Rule::Within(1, 30)),
    ],
    check: Some(webhook),
    ..TypeRules::NONE
};

const SERVICE: TypeRules = TypeRules {
    required: &["name", "namespace"],
    fields: &[("port", PORT_NUMBER)],
    check: Some(service_path),
    ..TypeRules::NONE
};

pub(super) const RULES: &[TypeRules] = &[
    TypeRules {
        name: "admissionregistration.v1.ValidatingWebhook",
        ..WEBHOOK
    },
    TypeRules {
        name: "admissionregistration.v1.MutatingWebhook",
        ..WEBHOOK
    },
    TypeRules {
        name: "admissionregistration.v1.ValidatingWebhookConfiguration",
        unique: &["webhooks"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.MutatingWebhookConfiguration",
        unique: &["webhooks"],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.WebhookClientConfig",
        check: Some(client),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiextensions.v1.WebhookClientConfig",
        check: Some(client),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.ServiceReference",
        ..SERVICE
    },
    TypeRules {
        name: "apiextensions.v1.ServiceReference",
        ..SERVICE
    },
    TypeRules {
        name: "admissionregistration.v1.RuleWithOperations",
        required: &["operations", "apiGroups", "apiVersions", "resources"],
        fields: &[("scope", SCOPE)],
        check: Some(rule),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.NamedRuleWithOperations",
        required: &["operations", "apiGroups", "apiVersions", "resources"],
        fields: &[("scope", SCOPE)],
        check: Some(named_rule),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.MatchCondition",
        required: &["name", "expression"],
        fields: &[("name", Rule::Name(names::qualified_name))],
        check: Some(expression),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.ValidatingAdmissionPolicySpec",
        unique: &["matchConditions"],
        required: &["matchConstraints"],
        fields: &[("failurePolicy", FAILURE)],
        check: Some(policy),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.ParamKind",
        required: &["apiVersion", "kind"],
        check: Some(parameter_kind),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.MatchResources",
        fields: &[("matchPolicy", MATCH)],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.Variable",
        required: &["name", "expression"],
        fields: &[("name", Rule::Name(identifier))],
        check: Some(expression),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.Validation",
        required: &["expression"],
        fields: &[(
            "reason",
            Rule::Exactly(&[
                "Unauthorized",
                "Forbidden",
                "Invalid",
                "RequestEntityTooLarge",
            ]),
        )],
        check: Some(validation),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.AuditAnnotation",
        required: &["key", "valueExpression"],
        fields: &[("key", Rule::Name(names::qualified_name))],
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
        required: &["policyName", "validationActions"],
        fields: &[("policyName", Rule::Name(names::dns_subdomain))],
        check: Some(binding),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "admissionregistration.v1.ParamRef",
        fields: &[
            ("name", Rule::Name(names::path_segment)),
            ("parameterNotFoundAction", Rule::Exactly(&["Allow", "Deny"])),
        ],
        check: Some(parameter_reference),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiregistration.v1.APIServiceSpec",
        fields: &[
            ("groupPriorityMinimum", Rule::Within(1, 20_000)),
            ("versionPriority", Rule::Within(1, 1000)),
            ("group", Rule::Name(names::dns_subdomain)),
            ("version", Rule::FullName(names::dns_1035_label)),
        ],
        required: &["version"],
        check: Some(api_service),
        ..TypeRules::NONE
    },
    TypeRules {
        name: "apiregistration.v1.ServiceReference",
        required: &["name", "namespace"],
        fields: &[("port", PORT_NUMBER)],
        ..TypeRules::NONE
    },
];

/// A name of three parts at least, as `check.example.com`.
fn full_name(text: &str) -> Result<(), names::Wrong> {
    names::dns_subdomain(text)?;
    if text.split('.').count() < 3 {
        return Err("must have three parts at least, such as `check.example.com`".into());
    }
    Ok(())
}

fn identifier(text: &str) -> Result<(), names::Wrong> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let reserved = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    let starts = text
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    if starts && text.bytes().all(plain) && !reserved.contains(&text) {
        return Ok(());
    }
    Err("must be an identifier of CEL".into())
}

fn webhook(subject: &mut Subject<'_, '_>) {
    let versions = items(subject.node, "admissionReviewVersions");
    let mut known = false;
    for (index, version) in versions.iter().enumerate() {
        let name = item_text(version);
        let way = [key("admissionReviewVersions"), item(index)];
        known |= matches!(name, "v1" | "v1beta1");
        if versions[..index]
            .iter()
            .any(|other| other.text() == Some(name))
        {
            subject.wrong("schema/duplicate-item", &way, "is there already");
        } else if let Err(wrong) = names::dns_1035_label(name) {
            subject.wrong(
                "schema/name",
                &way,
                format!("`{name}` is no version: it {wrong}"),
            );
        }
    }
    if !known && !versions.is_empty() {
        subject.wrong(
            "schema/enum",
            &[key("admissionReviewVersions")],
            "must have `v1` or `v1beta1`",
        );
    }
}

fn client(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if has(node, "url") == has(node, "service") {
        subject.wrong(
            "schema/one-of",
            &[],
            "must have exactly one of `url` and `service`",
        );
        return;
    }
    if has(node, "url") && !is_https(text(node, "url").unwrap_or_default()) {
        subject.wrong(
            "schema/format",
            &[key("url")],
            "must be `https://`, a host and a path, without user, query and fragment",
        );
    }
}

fn is_https(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let host = rest.split('/').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("https")
        && !host.is_empty()
        && !host.contains(char::is_whitespace)
        && !rest.contains(['?', '#', '@'])
        && !rest.contains(char::is_control)
}

fn service_path(subject: &mut Subject<'_, '_>) {
    let Some(path) = text(subject.node, "path") else {
        return;
    };
    let fine = path.starts_with('/')
        && (path == "/"
            || path[1..]
                .strip_suffix('/')
                .unwrap_or(&path[1..])
                .split('/')
                .all(|part| !part.is_empty() && names::dns_subdomain(part).is_ok()));
    if !fine {
        subject.wrong(
            "schema/format",
            &[key("path")],
            "must be an absolute path whose parts are names",
        );
    }
}

const OPERATIONS: [&str; 5] = ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"];

fn rule(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    for (index, operation) in items(node, "operations").iter().enumerate() {
        let name = item_text(operation);
        if !OPERATIONS.contains(&name) {
            let message = format!("`{name}` is none of {}", OPERATIONS.join(", "));
            subject.wrong("schema/enum", &[key("operations"), item(index)], message);
        }
    }
    for field in ["operations", "apiGroups", "apiVersions"] {
        let values = items(node, field);
        if values.len() > 1 && values.iter().any(|value| value.text() == Some("*")) {
            subject.wrong("schema/conflict", &[key(field)], "`*` must stand alone");
        }
    }
    for field in ["apiVersions", "resources"] {
        for (index, value) in items(node, field).iter().enumerate() {
            if plain_text(value).is_none() {
                subject.missing(&[key(field), item(index)], "must not be empty");
            }
        }
    }
    resources(subject);
}

fn resources(subject: &mut Subject<'_, '_>) {
    let all: Vec<&str> = items(subject.node, "resources")
        .iter()
        .filter_map(Node::text)
        .collect();
    let mut wildcards: Vec<(&str, &str)> = Vec::new();
    for (index, name) in all.iter().enumerate() {
        let Some((resource, part)) = name.split_once('/') else {
            continue;
        };
        let covered = wildcards.iter().any(|(known, sub)| {
            (*sub == "*" && *known == resource) || (*known == "*" && *sub == part)
        });
        if covered {
            subject.wrong(
                "schema/conflict",
                &[key("resources"), item(index)],
                "an item before it stands for it already",
            );
        }
        if resource == "*" || part == "*" {
            wildcards.push((resource, part));
        }
    }
    let plain = all.iter().filter(|name| !name.contains('/')).count();
    if all.len() > 1 && all.contains(&"*/*") || plain > 1 && all.contains(&"*") {
        subject.wrong(
            "schema/conflict",
            &[key("resources")],
            "a wildcard must stand alone",
        );
    }
}

fn named_rule(subject: &mut Subject<'_, '_>) {
    rule(subject);
    each_text(subject, "resourceNames", names::path_segment);
    let all = items(subject.node, "resourceNames");
    for (index, name) in all.iter().enumerate() {
        if all[..index].iter().any(|other| other.text() == name.text()) {
            subject.wrong(
                "schema/duplicate-item",
                &[key("resourceNames"), item(index)],
                "is there already",
            );
        }
    }
}

fn expression(subject: &mut Subject<'_, '_>) {
    blank(subject, "expression");
}

fn blank(subject: &mut Subject<'_, '_>, field: &str) {
    if text(subject.node, field).is_some_and(|text| text.trim().is_empty()) {
        subject.missing(&[key(field)], format!("`{field}` must not be blank"));
    }
}

fn policy(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let filled = |field: &str| !items(node, field).is_empty();
    if !filled("validations") && !filled("auditAnnotations") {
        subject.missing(
            &[key("validations")],
            "`validations` or `auditAnnotations` is required",
        );
    }
    let constraints = node.get("matchConstraints");
    if constraints.is_some_and(|constraints| items(constraints, "resourceRules").is_empty()) {
        subject.missing(
            &[key("matchConstraints"), key("resourceRules")],
            "`resourceRules` is required",
        );
    }
    let annotations = items(node, "auditAnnotations");
    for (index, annotation) in annotations.iter().enumerate() {
        let name = text(annotation, "key");
        if name.is_some()
            && annotations[..index]
                .iter()
                .any(|other| text(other, "key") == name)
        {
            subject.wrong(
                "schema/duplicate-item",
                &[key("auditAnnotations"), item(index), key("key")],
                "is there already",
            );
        }
    }
}

fn parameter_kind(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let version = text(node, "apiVersion").unwrap_or("v1");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let fine = (group.is_empty() || names::dns_subdomain(group).is_ok())
        && names::dns_1035_label(version).is_ok();
    if !fine {
        subject.wrong(
            "schema/format",
            &[key("apiVersion")],
            "must be a group and a version",
        );
    }
    if let Some(Err(wrong)) =
        text(node, "kind").map(|kind| names::dns_1035_label(&kind.to_lowercase()))
    {
        subject.wrong("schema/name", &[key("kind")], wrong);
    }
}

fn validation(subject: &mut Subject<'_, '_>) {
    for field in ["expression", "message", "messageExpression"] {
        blank(subject, field);
    }
    let message = text(subject.node, "message").unwrap_or_default();
    if message.trim().contains('\n') {
        subject.wrong("schema/format", &[key("message")], "must be one line");
    }
}

fn binding(subject: &mut Subject<'_, '_>) {
    let actions = items(subject.node, "validationActions");
    let mut found = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        let name = item_text(action);
        let way = [key("validationActions"), item(index)];
        if !matches!(name, "Deny" | "Warn" | "Audit") {
            let message = format!("`{name}` is none of Deny, Warn, Audit");
            subject.wrong("schema/enum", &way, message);
        } else if found.contains(&name) {
            subject.wrong("schema/duplicate-item", &way, "is there already");
        }
        found.push(name);
    }
    if found.contains(&"Deny") && found.contains(&"Warn") {
        subject.wrong(
            "schema/conflict",
            &[key("validationActions")],
            "`Deny` and `Warn` cannot stand together",
        );
    }
}

fn parameter_reference(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    if text(node, "name").is_some() == has(node, "selector") {
        subject.wrong(
            "schema/one-of",
            &[],
            "must have exactly one of `name` and `selector`",
        );
    }
    if !has(node, "parameterNotFoundAction") {
        subject.missing(
            &[key("parameterNotFoundAction")],
            "`parameterNotFoundAction` is required",
        );
    }
}

fn api_service(subject: &mut Subject<'_, '_>) {
    let node = subject.node;
    let (group, version) = (text(node, "group"), text(node, "version"));
    let name = subject
        .object()
        .lookup(&["metadata", "name"])
        .and_then(Node::text);
    if let (Some(name), Some(version)) = (name, version)
        && name != format!("{version}.{}", group.unwrap_or_default())
    {
        subject.wrong(
            "schema/name",
            &[key("group")],
            format!("the object's name, `{name}`, must be its version and group"),
        );
    }
    if !has(node, "service") {
        for field in ["caBundle", "insecureSkipTLSVerify"] {
            let set = text(node, field).is_some() || is_true(node, field);
            if set {
                subject.wrong("schema/conflict", &[key(field)], "needs a `service`");
            }
        }
        return;
    }
    if is_true(node, "insecureSkipTLSVerify") && text(node, "caBundle").is_some() {
        subject.wrong(
            "schema/conflict",
            &[key("caBundle")],
            "cannot stand beside `insecureSkipTLSVerify: true`",
        );
    }
    for field in ["groupPriorityMinimum", "versionPriority"] {
        if int(node, field).is_none() {
            subject.missing(&[key(field)], format!("`{field}` is required"));
        }
    }
}
