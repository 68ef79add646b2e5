//! An object held to the types of its kind, as strictly as a server with `fieldValidation=Strict`.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::render::Object;
use crate::yaml::{Mapping, Node, Scalar, Value};

use super::bundle::{Bundle, Field, KindKey, List, Scope, Struct, StructId, Type, Unique};
use super::place::Place;
use super::violation::{Report, Severity, Violation};
use super::{names, removed, rules, scalar};

/// Returns what an API server of the bundle's version would refuse about an object.
pub fn validate(bundle: &Bundle, object: &Object) -> Vec<Violation> {
    let mut report = Report::new(&object.node);
    let api_version = object.id.api_version();
    let kind = object.id.kind.as_str();
    let root = Place::root();
    if let Some(known) = bundle.kind(&api_version, kind) {
        let walk = Walk {
            structs: &bundle.structs,
        };
        walk.structure(known.root, &object.node, &root, &mut report);
        metadata(object, known.scope, &mut report);
    } else if let Some(custom) = bundle.custom.get(&KindKey::new(&api_version, kind)) {
        let walk = Walk {
            structs: &custom.structs,
        };
        walk.value(&custom.root, &object.node, &root, &mut report);
        metadata(object, custom.scope, &mut report);
    } else {
        unknown_kind(bundle, &api_version, kind, &mut report);
    }
    report.into_violations()
}

fn unknown_kind(bundle: &Bundle, api_version: &str, kind: &str, report: &mut Report<'_>) {
    let root = Place::root();
    let rule = "schema/unknown-kind";
    if let Some((replacement, since)) = removed::replacement(api_version, kind) {
        let message = format!("`{api_version}` `{kind}` is not served since Kubernetes {since}");
        report.hinted(
            rule,
            &root.key("apiVersion"),
            message,
            Some(format!("use {replacement}")),
        );
        return;
    }
    let same_version: Vec<&KindKey> = bundle
        .kinds
        .keys()
        .filter(|key| key.api_version == api_version)
        .collect();
    if same_version.is_empty() {
        let message = format!("nothing is known of `{api_version}` `{kind}`");
        let hint = "add its CustomResourceDefinition to the environment, so that it can be checked";
        report.add(
            rule,
            Severity::Warning,
            &root.key("kind"),
            message,
            Some(hint.to_owned()),
        );
        return;
    }
    let mut candidates: Vec<&str> = same_version.iter().map(|key| key.kind.as_str()).collect();
    candidates.sort_unstable();
    let hint = nearest(kind, candidates.into_iter());
    report.hinted(
        rule,
        &root.key("kind"),
        format!("`{api_version}` has no kind `{kind}`"),
        hint,
    );
}

/// Holds name and namespace to the kind's rules.
fn metadata(object: &Object, scope: Scope, report: &mut Report<'_>) {
    let root = Place::root();
    let place = root.key("metadata");
    let name = object.id.name.as_str();
    if name.is_empty() {
        report.error(
            "schema/required",
            &place.key("name"),
            "an object needs a name",
        );
    } else if let Err(wrong) = rules::name_of_kind(&object.id)(name) {
        report.error(
            "schema/name",
            &place.key("name"),
            format!("`{name}` is no name of a {}: it {wrong}", object.id.kind),
        );
    }
    let namespace = object.id.namespace.as_str();
    if scope == Scope::Namespaced
        && !namespace.is_empty()
        && let Err(wrong) = names::dns_label(namespace)
    {
        let message = format!("`{namespace}` is no name of a namespace: it {wrong}");
        report.error("schema/name", &place.key("namespace"), message);
    }
}

struct Walk<'b> {
    structs: &'b [Struct],
}

impl Walk<'_> {
    fn value(&self, kind: &Type, node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
        match (kind, &node.value) {
            (Type::Any, _) => {}
            (Type::Struct(id), Value::Mapping(_)) => self.structure(*id, node, place, report),
            (Type::AnyObject, Value::Mapping(_)) => {}
            (Type::Map(value), Value::Mapping(mapping)) => {
                for entry in mapping.iter() {
                    self.value(value, &entry.value, &place.key(&entry.key.text), report);
                }
            }
            (Type::List(list), Value::Sequence(items)) => self.list(list, items, place, report),
            (kind, Value::Scalar(scalar)) => {
                if let Err((rule, message)) = scalar::check(scalar, kind) {
                    report.error(rule, place, message);
                }
            }
            (kind, Value::Mapping(_)) => wrong_kind(kind, "a mapping", place, report),
            (kind, Value::Sequence(_)) => wrong_kind(kind, "a list", place, report),
        }
    }

    fn structure(&self, id: StructId, node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
        let Some(structure) = self.structs.get(id.0 as usize) else {
            return;
        };
        let Some(mapping) = node.as_mapping() else {
            if !node.is_null() {
                wrong_kind(&Type::AnyObject, "no mapping", place, report);
            }
            return;
        };
        for entry in mapping.iter() {
            let name = entry.key.text.as_str();
            match structure.field(name) {
                Some(field) => self.field(field, &entry.value, &place.key(name), report),
                None if structure.open => {}
                None => unknown_field(structure, name, place, report),
            }
        }
        if !is_status(place) {
            missing(structure, mapping, place, report);
        }
        if let Some(check) = structure.check {
            check(node, place, report);
        }
    }

    fn field(&self, field: &Field, node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
        let before = report.len();
        self.value(&field.kind, node, place, report);
        let Some(scalar) = node
            .as_scalar()
            .filter(|_| report.len() == before && !node.is_null())
        else {
            return;
        };
        one_of(&field.values, scalar, place, report);
        if let Some(Err((rule, message))) = field.rule.map(|rule| rule(scalar)) {
            report.error(rule, place, message);
        }
    }

    fn list(&self, list: &List, items: &[Node], place: &Place<'_>, report: &mut Report<'_>) {
        for (index, item) in items.iter().enumerate() {
            self.value(&list.item, item, &place.index(index), report);
        }
        let mut seen: FxHashSet<Vec<&str>> = FxHashSet::default();
        for (index, item) in items.iter().enumerate() {
            let identity = match &list.unique {
                Unique::No => return,
                Unique::Value => item.text().map(|text| vec![text]),
                Unique::Keys(keys) => identity(item, keys),
            };
            let Some(identity) = identity else { continue };
            if !seen.insert(identity) {
                // A plain create is let through in places; server-side apply refuses it everywhere.
                report.add(
                    "schema/duplicate-item",
                    Severity::Error,
                    &place.index(index),
                    "an item before it has the same key".to_owned(),
                    Some("remove one of the two, or give it another key".to_owned()),
                );
            }
        }
    }
}

/// Returns an item's keys; `None` where one is missing, since the server may have a default for it.
fn identity<'n>(item: &'n Node, keys: &[SmolStr]) -> Option<Vec<&'n str>> {
    keys.iter()
        .map(|key| match item.get(key) {
            Some(value) => value.text(),
            None if key == "protocol" => Some("TCP"),
            None => None,
        })
        .collect()
}

fn unknown_field(structure: &Struct, name: &str, place: &Place<'_>, report: &mut Report<'_>) {
    let hint = nearest(
        name,
        structure.fields.iter().map(|field| field.name.as_str()),
    );
    report.hinted(
        "schema/unknown-field",
        &place.key(name),
        format!("unknown field `{name}`"),
        hint,
    );
}

fn missing(structure: &Struct, mapping: &Mapping, place: &Place<'_>, report: &mut Report<'_>) {
    for field in structure.fields.iter().filter(|field| field.required) {
        if mapping.get(&field.name).is_none_or(Node::is_null) {
            let name = &field.name;
            report.error(
                "schema/required",
                &place.key(name),
                format!("`{name}` is required"),
            );
        }
    }
}

/// What stands below the root's `status` is the server's to fill.
fn is_status(place: &Place<'_>) -> bool {
    let mut at = *place;
    while let Some(parent) = at.parent() {
        if parent.is_root() {
            return at.name() == "status";
        }
        at = *parent;
    }
    false
}

fn one_of(values: &[SmolStr], scalar: &Scalar, place: &Place<'_>, report: &mut Report<'_>) {
    // Empty stands for the default.
    if values.is_empty() || scalar.text.is_empty() || values.contains(&scalar.text) {
        return;
    }
    let hint = nearest(&scalar.text, values.iter().map(SmolStr::as_str))
        .or_else(|| Some(format!("it is one of {}", values.join(", "))));
    report.hinted(
        "schema/enum",
        place,
        format!("`{}` is not a value of `{}`", scalar.text, place.name()),
        hint,
    );
}

fn wrong_kind(kind: &Type, found: &str, place: &Place<'_>, report: &mut Report<'_>) {
    report.error(
        "schema/type",
        place,
        format!("must be {}, is {found}", scalar::wanted(kind)),
    );
}

/// Returns "did you mean …?" for the nearest of some names, if one is near.
fn nearest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(name.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}
