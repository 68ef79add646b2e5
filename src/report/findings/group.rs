//! A finding in a base shows up in each environment that uses it; people want to read it once.

use std::collections::BTreeMap;

use crate::check::Finding;
use crate::yaml::Origin;

/// A finding with all the places where it shows up.
pub(super) struct Group<'f> {
    /// The first of its kind.
    pub(super) finding: &'f Finding,
    /// The environments it shows up in, each with its components.
    pub(super) places: BTreeMap<&'f str, Vec<&'f str>>,
    /// How often it shows up.
    pub(super) count: usize,
}

/// What makes two findings one: the line that wrote it, else the object.
type Key<'f> = (&'f str, Option<Origin>, &'f str, String, String);

/// Joins what is the same mistake, in the order of file and line; what has no line comes last.
pub(super) fn group(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(bool, Option<String>, u32, Key<'_>), Group<'_>> = BTreeMap::new();
    for finding in findings {
        let object = match finding.origin {
            Some(_) => String::new(),
            None => finding
                .object
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        let key = (
            finding.rule.as_str(),
            finding.origin,
            finding.message.as_str(),
            object,
            finding.field.to_string(),
        );
        let file = finding.origin.map(|origin| origin.file.name().to_string());
        let line = finding.origin.map_or(0, |origin| origin.line);
        let group = groups
            .entry((file.is_none(), file, line, key))
            .or_insert_with(|| Group {
                finding,
                places: BTreeMap::new(),
                count: 0,
            });
        group.count += 1;
        let components = group.places.entry(&finding.environment).or_default();
        if !components.contains(&finding.component.as_str()) {
            components.push(&finding.component);
        }
    }
    groups.into_values().collect()
}

impl Group<'_> {
    /// Returns `Deployment/web in dev, prod`.
    pub(super) fn subject(&self) -> String {
        let object = self.finding.object.as_ref().map(ToString::to_string);
        let field = self.finding.field.to_string();
        let mut text = match (object, field.is_empty()) {
            (Some(object), true) => object,
            (Some(object), false) => format!("{object} {field}"),
            (None, _) => field,
        };
        let places = self.environments();
        if !places.is_empty() {
            text = if text.is_empty() {
                format!("in {places}")
            } else {
                format!("{text}, in {places}")
            };
        }
        text
    }

    /// Returns `dev (web, cart), prod (web)`; of many components the number.
    pub(super) fn environments(&self) -> String {
        let places: Vec<String> = self
            .places
            .iter()
            .filter(|(environment, _)| !environment.is_empty())
            .map(|(environment, components)| match components.as_slice() {
                [] | [""] => (*environment).to_owned(),
                few if few.len() <= 3 => format!("{environment} ({})", few.join(", ")),
                many => format!("{environment} ({} builds)", many.len()),
            })
            .collect();
        places.join(", ")
    }
}
