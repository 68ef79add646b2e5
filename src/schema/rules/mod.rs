//! What the API's own validation adds to its types, as far as `OpenAPI` doesn't hold it.
//!
//! Each file has the rules of one subject, by the names of the API's types; [`attach`] gives them to the
//! structures of a bundle. A rule looks at an object as the server does once it has filled in its
//! defaults: what is missing counts as its default.

mod access;
mod admission;
mod cluster;
mod config;
mod container;
mod cron;
mod definition;
mod ingress;
mod job;
mod metadata;
mod network;
mod object_name;
mod pod;
mod quota;
mod resources;
mod rule;
mod scaling;
mod scheduling;
mod selector;
mod service;
mod storage;
mod subject;
mod volume;
mod workload;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::yaml::Node;

use super::bundle::Struct;
use super::place::Place;
use super::violation::{Report, Severity};

pub(super) use cron::is_duration;
pub(super) use network::is_range;
pub(super) use object_name::check as check_name;
pub(super) use rule::Rule;
use subject::Subject;

/// What holds for one type of the API.
#[derive(Debug)]
pub(super) struct TypeRules {
    /// The last three parts of its name: group, version, type.
    name: &'static str,
    /// Fields that must be there and not empty.
    pub(super) required: &'static [&'static str],
    /// Fields that `OpenAPI` calls required and the server does without.
    pub(super) optional: &'static [&'static str],
    /// Lists in which the server refuses two items of one key.
    unique: &'static [&'static str],
    fields: &'static [(&'static str, Rule)],
    check: Option<fn(&mut Subject<'_, '_>)>,
}

impl TypeRules {
    const NONE: Self = Self {
        name: "",
        required: &[],
        optional: &[],
        unique: &[],
        fields: &[],
        check: None,
    };

    /// Looks at a whole mapping of the type.
    pub(super) fn check(&self, node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
        if let Some(check) = self.check {
            check(&mut Subject::new(node, place, report));
        }
    }
}

static RULES: LazyLock<FxHashMap<&str, &TypeRules>> = LazyLock::new(|| {
    [
        access::RULES,
        admission::RULES,
        cluster::RULES,
        config::RULES,
        container::RULES,
        definition::RULES,
        ingress::RULES,
        job::RULES,
        metadata::RULES,
        pod::RULES,
        quota::RULES,
        resources::RULES,
        scaling::RULES,
        scheduling::RULES,
        selector::RULES,
        service::RULES,
        storage::RULES,
        volume::RULES,
        workload::RULES,
    ]
    .iter()
    .flat_map(|rules| rules.iter())
    .map(|rules| (rules.name, rules))
    .collect()
});

/// Gives a structure of a bundle the rules of its name.
pub(super) fn attach(structure: &mut Struct) {
    let rules = RULES.get(short_name(&structure.name)).copied();
    for field in &mut structure.fields {
        // Two items of one key are let through by a create, unless a rule says otherwise.
        field.duplicates = Severity::Warning;
    }
    let Some(rules) = rules else { return };
    structure.rules = Some(rules);
    for field in &mut structure.fields {
        let name = field.name.as_str();
        let rule = rules.fields.iter().find(|(known, _)| *known == name);
        field.rule = rule.map(|(_, rule)| rule);
        if rules.unique.contains(&name) {
            field.duplicates = Severity::Error;
        }
    }
}

/// Returns the last three parts of a name.
fn short_name(name: &str) -> &str {
    name.rmatch_indices('.')
        .nth(2)
        .map_or(name, |(dot, _)| &name[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Bundle;

    /// A misspelt name would be a rule that is never looked at.
    #[test]
    fn every_rule_is_of_a_type_and_its_fields() {
        let bundle = Bundle::builtin("1.36").expect("a bundle");
        let mut wrong = Vec::new();
        let mut all: Vec<_> = RULES.values().collect();
        all.sort_by_key(|rules| rules.name);
        for rules in all {
            let structure = bundle
                .structs
                .iter()
                .find(|structure| short_name(&structure.name) == rules.name);
            let Some(structure) = structure else {
                wrong.push(format!("no type {}", rules.name));
                continue;
            };
            let fields = rules.fields.iter().map(|(name, _)| name);
            for field in fields
                .chain(rules.required)
                .chain(rules.optional)
                .chain(rules.unique)
            {
                if structure.field(field).is_none() {
                    wrong.push(format!("{} has no {field}", rules.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
