//! Named formats: what Kubernetes asks of names, labels and some texts.

use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::{EvalError, Line, Opaque, Url, Value, arguments};

pub(super) const TABLE: &[Line] = &[
    (
        "::format.named(string): optional<kubernetes.NamedFormat>",
        |a| {
            arguments!(a, Value::String(name));
            Ok(FormatName::ALL
                .iter()
                .find(|format| format.name() == name.as_str())
                .map_or(Value::Optional(None), |format| Value::some(made(*format))))
        },
    ),
    ("::format.dns1123Label(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Dns1123Label))
    }),
    (
        "::format.dns1123Subdomain(): kubernetes.NamedFormat",
        |_| Ok(made(FormatName::Dns1123Subdomain)),
    ),
    ("::format.dns1035Label(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Dns1035Label))
    }),
    (
        "::format.dns1123LabelPrefix(): kubernetes.NamedFormat",
        |_| Ok(made(FormatName::Dns1123LabelPrefix)),
    ),
    (
        "::format.dns1123SubdomainPrefix(): kubernetes.NamedFormat",
        |_| Ok(made(FormatName::Dns1123SubdomainPrefix)),
    ),
    (
        "::format.dns1035LabelPrefix(): kubernetes.NamedFormat",
        |_| Ok(made(FormatName::Dns1035LabelPrefix)),
    ),
    ("::format.qualifiedName(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::QualifiedName))
    }),
    ("::format.labelValue(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::LabelValue))
    }),
    ("::format.uri(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Uri))
    }),
    ("::format.uuid(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Uuid))
    }),
    ("::format.byte(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Byte))
    }),
    ("::format.date(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Date))
    }),
    ("::format.datetime(): kubernetes.NamedFormat", |_| {
        Ok(made(FormatName::Datetime))
    }),
    (
        "kubernetes.NamedFormat.validate(string): optional<list<string>>",
        |a| {
            arguments!(a, Value::Opaque(opaque), Value::String(text));
            let Opaque::Format(format) = opaque.as_ref() else {
                return Err(EvalError::NoSuchOverload);
            };
            let problems = format.problems(text);
            Ok(if problems.is_empty() {
                Value::Optional(None)
            } else {
                Value::some(Value::list(
                    problems.into_iter().map(Value::string).collect(),
                ))
            })
        },
    ),
];

/// A named format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormatName {
    Dns1123Label,
    Dns1123Subdomain,
    Dns1035Label,
    Dns1123LabelPrefix,
    Dns1123SubdomainPrefix,
    Dns1035LabelPrefix,
    QualifiedName,
    LabelValue,
    Uri,
    Uuid,
    Byte,
    Date,
    Datetime,
}

fn made<'a>(format: FormatName) -> Value<'a> {
    Value::opaque(Opaque::Format(format))
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants that a test reads"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"));
static LABEL_1035: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-z]([-a-z0-9]*[a-z0-9])?$"));
static SUBDOMAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"));
static NAME: LazyLock<Regex> =
    LazyLock::new(|| pattern("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"));
static UUID: LazyLock<Regex> = LazyLock::new(|| {
    pattern("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$")
});

const LABEL_MESSAGE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_MESSAGE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_MESSAGE: &str = r"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE_MESSAGE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_MESSAGE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

impl FormatName {
    const ALL: [Self; 13] = [
        Self::Dns1123Label,
        Self::Dns1123Subdomain,
        Self::Dns1035Label,
        Self::Dns1123LabelPrefix,
        Self::Dns1123SubdomainPrefix,
        Self::Dns1035LabelPrefix,
        Self::QualifiedName,
        Self::LabelValue,
        Self::Uri,
        Self::Uuid,
        Self::Byte,
        Self::Date,
        Self::Datetime,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dns1123Label => "dns1123Label",
            Self::Dns1123Subdomain => "dns1123Subdomain",
            Self::Dns1035Label => "dns1035Label",
            Self::Dns1123LabelPrefix => "dns1123LabelPrefix",
            Self::Dns1123SubdomainPrefix => "dns1123SubdomainPrefix",
            Self::Dns1035LabelPrefix => "dns1035LabelPrefix",
            Self::QualifiedName => "qualifiedName",
            Self::LabelValue => "labelValue",
            Self::Uri => "uri",
            Self::Uuid => "uuid",
            Self::Byte => "byte",
            Self::Date => "date",
            Self::Datetime => "datetime",
        }
    }

    /// Says what is wrong with a text.
    fn problems(self, text: &str) -> Vec<String> {
        // A prefix may end in the hyphen that its completion follows.
        let completed = || match text.strip_suffix('-') {
            Some(head) => format!("{head}a"),
            None => text.to_owned(),
        };
        match self {
            Self::Dns1123Label => held(text, 63, &LABEL, LABEL_MESSAGE),
            Self::Dns1123LabelPrefix => held(&completed(), 63, &LABEL, LABEL_MESSAGE),
            Self::Dns1035Label => held(text, 63, &LABEL_1035, LABEL_1035_MESSAGE),
            Self::Dns1035LabelPrefix => held(&completed(), 63, &LABEL_1035, LABEL_1035_MESSAGE),
            Self::Dns1123Subdomain => held(text, 253, &SUBDOMAIN, SUBDOMAIN_MESSAGE),
            Self::Dns1123SubdomainPrefix => held(&completed(), 253, &SUBDOMAIN, SUBDOMAIN_MESSAGE),
            Self::LabelValue if text.is_empty() => Vec::new(),
            Self::LabelValue => held(text, 63, &NAME, LABEL_VALUE_MESSAGE),
            Self::QualifiedName => qualified(text),
            Self::Uri => match Url::read(text) {
                Ok(_) => Vec::new(),
                Err(reason) => vec![format!("parse {text:?}: {reason}")],
            },
            Self::Uuid => valid(UUID.is_match(text), "does not match the UUID format"),
            Self::Byte => valid(
                !text.is_empty()
                    && base64::engine::general_purpose::STANDARD
                        .decode(text)
                        .is_ok(),
                "invalid base64",
            ),
            Self::Date => valid(
                text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
                "invalid date",
            ),
            Self::Datetime => valid(
                chrono::DateTime::parse_from_rfc3339(text).is_ok(),
                "invalid datetime",
            ),
        }
    }
}

fn valid(holds: bool, message: &str) -> Vec<String> {
    if holds {
        Vec::new()
    } else {
        vec![message.to_owned()]
    }
}

fn held(text: &str, longest: usize, pattern: &Regex, message: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > longest {
        problems.push(format!("must be no more than {longest} bytes"));
    }
    if !pattern.is_match(text) {
        problems.push(message.to_owned());
    }
    problems
}

fn qualified(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let name = match text.split_once('/') {
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "{} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                NAME_MESSAGE.replace("name part", "a valid label key")
            )];
        }
        Some(("", name)) => {
            problems.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            let found = held(prefix, 253, &SUBDOMAIN, SUBDOMAIN_MESSAGE);
            problems.extend(
                found
                    .into_iter()
                    .map(|problem| format!("prefix part {problem}")),
            );
            name
        }
        None => text,
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        problems.push("name part must be no more than 63 bytes".to_owned());
    }
    if !NAME.is_match(name) {
        problems.push(NAME_MESSAGE.to_owned());
    }
    problems
}
