//! Rules for one scalar that has the right type.

use crate::schema::names::{self, Wrong};
use crate::schema::quantity;
use crate::schema::scalar::{Refusal, number_of};
use crate::yaml::{Scalar, Tag};

use super::network;

/// What a field's value must be, beyond its type.
#[derive(Debug)]
pub(in crate::schema) enum Rule {
    /// A number within bounds.
    Within(i64, i64),
    /// One of some texts; empty stands for the default.
    OneOf(&'static [&'static str]),
    /// One of some texts; empty is none of them, since the field has a pointer's default.
    Exactly(&'static [&'static str]),
    /// A name, or empty.
    Name(fn(&str) -> Result<(), Wrong>),
    /// A name.
    FullName(fn(&str) -> Result<(), Wrong>),
    /// A number of a port or the name of one.
    Port,
    /// A number from 0 up, or a percentage.
    Share,
    /// A number from 0 up, or a percentage up to 100.
    Part,
    /// A quantity from 0 up.
    Amount,
}

/// From 0 up.
pub(super) const NATURAL: Rule = Rule::Within(0, i64::MAX);
/// From 1 up.
pub(super) const POSITIVE: Rule = Rule::Within(1, i64::MAX);
/// The number of a port.
pub(super) const PORT_NUMBER: Rule = Rule::Within(1, 65_535);
/// A user's or a group's number.
pub(super) const ID: Rule = Rule::Within(0, i32::MAX as i64);
/// The mode of a file.
pub(super) const MODE: Rule = Rule::Within(0, 0o777);

impl Rule {
    pub(in crate::schema) fn check(&self, scalar: &Scalar) -> Result<(), Refusal> {
        let text = scalar.text.as_str();
        match self {
            Self::Within(least, most) => match number_of(scalar) {
                Some(number) if number < *least || number > *most => {
                    Err(("schema/range", within(*least, *most)))
                }
                _ => Ok(()),
            },
            Self::OneOf(_) | Self::Name(_) if text.is_empty() => Ok(()),
            Self::OneOf(values) | Self::Exactly(values) => {
                if values.contains(&text) {
                    return Ok(());
                }
                let message = format!("`{text}` is none of {}", values.join(", "));
                Err(("schema/enum", message))
            }
            Self::Name(check) | Self::FullName(check) => check(text).map_err(|wrong| {
                (
                    "schema/name",
                    format!("`{text}` is not valid here: it {wrong}"),
                )
            }),
            Self::Port => network::port(scalar),
            Self::Share => share(scalar, i64::MAX),
            Self::Part => share(scalar, 100),
            Self::Amount => match quantity::parse(text) {
                Some(amount) if amount.is_negative() => {
                    Err(("schema/range", "must not be negative".to_owned()))
                }
                _ => Ok(()),
            },
        }
    }
}

fn within(least: i64, most: i64) -> String {
    match (least, most) {
        (0, i64::MAX) => "must not be negative".to_owned(),
        (least, i64::MAX) => format!("must be {least} or more"),
        (least, most) => format!("must be a number from {least} to {most}"),
    }
}

/// Returns the percentage that a text is: digits and `%`.
pub(super) fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(i64::MAX))
}

fn share(scalar: &Scalar, most: i64) -> Result<(), Refusal> {
    if scalar.tag == Tag::Int || scalar.tag == Tag::Float {
        return NATURAL.check(scalar);
    }
    match percent(&scalar.text) {
        Some(percent) if percent <= most => Ok(()),
        Some(_) => Err(("schema/range", "must not be above 100%".to_owned())),
        None => Err((
            "schema/format",
            "must be a number or a percentage such as `25%`".to_owned(),
        )),
    }
}

/// A label's key, where an empty one is wrong.
pub(super) fn label_key(text: &str) -> Result<(), Wrong> {
    names::qualified_name(text)
}

/// A path without `..` in it.
pub(super) fn no_steps_back(text: &str) -> Result<(), Wrong> {
    if text.split('/').any(|part| part == "..") {
        return Err("must not go up by `..`".into());
    }
    Ok(())
}

/// A relative path without `..` in it.
pub(super) fn relative_path(text: &str) -> Result<(), Wrong> {
    if text.starts_with('/') {
        return Err("must be a relative path".into());
    }
    no_steps_back(text)
}

/// The path of a projected file: relative, and it does not begin with `..`.
pub(super) fn file_path(text: &str) -> Result<(), Wrong> {
    relative_path(text)?;
    if text.starts_with("..") {
        return Err("must not begin with `..`".into());
    }
    Ok(())
}

/// The name of an HTTP header.
pub(super) fn header(text: &str) -> Result<(), Wrong> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(());
    }
    Err("must be letters, digits and `-`".into())
}

/// `domain/path`, as the name of a controller.
pub(super) fn domain_path(text: &str) -> Result<(), Wrong> {
    let Some((domain, path)) = text.split_once('/') else {
        return Err("must be a domain and a path, such as `example.com/name`".into());
    };
    names::dns_subdomain(domain).map_err(|wrong| format!("its domain {wrong}"))?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:%".contains(&byte);
    if path.is_empty() || !path.bytes().all(allowed) {
        return Err("must have a path behind the domain".into());
    }
    Ok(())
}

/// A subdomain, whatever its case.
pub(super) fn caseless_subdomain(text: &str) -> Result<(), Wrong> {
    if text.len() > 63 {
        return Err("must be at most 63 characters".into());
    }
    names::dns_subdomain(&text.to_lowercase())
}
