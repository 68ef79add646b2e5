//! An object held to the types of its kind, as strictly as a server with `fieldValidation=Strict`.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::render::Object;
use crate::yaml::{Entry, Mapping, Node, Origin, Scalar, Value};

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
            is_custom: false,
        };
        walk.structure(known.root, &object.node, &root, &mut report);
        metadata(object, known.scope, &mut report);
    } else if let Some(custom) = bundle.custom.get(&KindKey::new(&api_version, kind)) {
        let walk = Walk {
            structs: &custom.structs,
            is_custom: true,
        };
        walk.value(&custom.root, &object.node, &root, &mut report);
        custom_metadata(bundle, object, &mut report);
        if let Some(constraints) = &custom.constraints {
            constraints.check(&object.node, &mut report);
        }
        metadata(object, custom.scope, &mut report);
    } else {
        unknown_kind(bundle, &api_version, kind, &mut report);
    }
    report.into_violations()
}

/// Holds the metadata of a custom resource to the same types as any other's.
fn custom_metadata(bundle: &Bundle, object: &Object, report: &mut Report<'_>) {
    let Some(metadata) = object.node.get("metadata").filter(|node| !node.is_null()) else {
        return;
    };
    let types = bundle.kind("v1", "ConfigMap").and_then(|kind| {
        let structure = bundle.structure(kind.root)?;
        Some(&structure.field("metadata")?.kind)
    });
    if let Some(kind) = types {
        let walk = Walk {
            structs: &bundle.structs,
            is_custom: false,
        };
        walk.value(kind, metadata, &Place::root().key("metadata"), report);
    }
}

fn unknown_kind(bundle: &Bundle, api_version: &str, kind: &str, report: &mut Report<'_>) {
    let root = Place::root();
    let rule = "schema/unknown-kind";
    if let Some((replacement, since)) = removed::replacement(api_version, kind) {
        let message = format!("`{api_version}` `{kind}` is not served since Kubernetes {since}");
        report.add(
            rule,
            Severity::Error,
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
    report.add(
        rule,
        Severity::Error,
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
    let generated = object.node.lookup(&["metadata", "generateName"]);
    let has_generated = generated
        .and_then(crate::yaml::Node::as_str)
        .is_some_and(|name| !name.is_empty());
    if name.is_empty() && has_generated {
        // The server makes the name.
    } else if name.is_empty() {
        report.error(
            "schema/required",
            &place.key("name"),
            "an object needs a name",
        );
    } else if let Err(wrong) = rules::check_name(object) {
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
    /// Whether the types are those of a custom resource, where null is a value of its own.
    is_custom: bool,
}

impl Walk<'_> {
    fn value(&self, kind: &Type, node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
        match (kind, &node.value) {
            (Type::Struct(id), Value::Mapping(_)) => self.structure(*id, node, place, report),
            (Type::Any, _) | (Type::AnyObject, Value::Mapping(_)) => {}
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
            // Bytes may be a list of numbers too, of which an empty one is the only sane.
            (Type::Bytes, Value::Sequence(items)) if items.is_empty() => {}
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
        for entry in mapping {
            let name = entry.key.text.as_str();
            match structure.field(name) {
                Some(field) => self.field(field, &entry.value, &place.key(name), report),
                None if structure.open => {}
                None => unknown_field(structure, entry, place, report),
            }
        }
        if !is_status(place) {
            missing(structure, mapping, place, report);
            self.embedded(structure, mapping, node.origin, place, report);
        }
        if let Some(rules) = structure.rules {
            rules.check(node, place, report);
        }
    }

    /// Looks at mappings that are not written, and that the server has all the same.
    fn embedded(
        &self,
        structure: &Struct,
        mapping: &Mapping,
        origin: Origin,
        place: &Place<'_>,
        report: &mut Report<'_>,
    ) {
        for field in structure.fields.iter().filter(|field| field.embedded) {
            let written = mapping.get(&field.name).is_some_and(|node| !node.is_null());
            let required = field.required && !is_optional(structure, &field.name);
            if let Type::Struct(id) = field.kind
                && !written
                && !required
                && field.name != "status"
            {
                let place = place.key(&field.name);
                self.structure(id, &empty_mapping(origin), &place, report);
            }
        }
    }

    fn field(&self, field: &Field, node: &Node, place: &Place<'_>, report: &mut Report<'_>) {
        let before = report.len();
        match (&field.kind, &node.value) {
            (Type::List(list), Value::Sequence(items)) => {
                self.list(list, items, place, report);
                duplicates(list, items, field.duplicates, place, report);
            }
            _ => self.value(&field.kind, node, place, report),
        }
        let Some(scalar) = node
            .as_scalar()
            .filter(|_| report.len() == before && !node.is_null())
        else {
            return;
        };
        one_of(&field.values, scalar, place, report);
        if let Some(Err((rule, message))) = field.rule.map(|rule| rule.check(scalar)) {
            report.error(rule, place, message);
        }
    }

    fn list(&self, list: &List, items: &[Node], place: &Place<'_>, report: &mut Report<'_>) {
        for (index, item) in items.iter().enumerate() {
            let place = place.index(index);
            match &list.item {
                // A null in a list is an item whose fields are all missing.
                Type::Struct(id) if item.is_null() && !self.is_custom => {
                    self.structure(*id, &empty_mapping(item.origin), &place, report);
                }
                kind => self.value(kind, item, &place, report),
            }
        }
    }
}

/// Tells of items that share what must be unique among them.
fn duplicates(
    list: &List,
    items: &[Node],
    severity: Severity,
    place: &Place<'_>,
    report: &mut Report<'_>,
) {
    if list.unique == Unique::No || items.len() < 2 {
        return;
    }
    let mut seen: FxHashSet<Vec<&str>> = FxHashSet::default();
    for (index, item) in items.iter().enumerate() {
        let identity = match &list.unique {
            Unique::No => None,
            Unique::Value => item.text().map(|text| vec![text]),
            Unique::Keys(keys) => identity(item, keys),
        };
        let Some(identity) = identity else { continue };
        if !seen.insert(identity) {
            let message = match severity {
                Severity::Error => "an item before it has the same key",
                Severity::Warning => {
                    "an item before it has the same key, which server-side apply refuses"
                }
            };
            report.add(
                "schema/duplicate-item",
                severity,
                &place.index(index),
                message,
                Some("remove one of the two, or give it another key".to_owned()),
            );
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

fn unknown_field(structure: &Struct, entry: &Entry, place: &Place<'_>, report: &mut Report<'_>) {
    let name = entry.key.text.as_str();
    let hint = nearest(
        name,
        structure.fields.iter().map(|field| field.name.as_str()),
    );
    report.at_key(
        "schema/unknown-field",
        &place.key(name),
        entry.key_origin,
        format!("unknown field `{name}`"),
        hint,
    );
}

fn missing(structure: &Struct, mapping: &Mapping, place: &Place<'_>, report: &mut Report<'_>) {
    let filled = structure.rules.map_or(&[][..], |rules| rules.required);
    for field in &structure.fields {
        let name = field.name.as_str();
        let value = mapping.get(name).filter(|value| !value.is_null());
        let message = match value {
            None if field.required && !is_optional(structure, name) || filled.contains(&name) => {
                format!("`{name}` is required")
            }
            Some(value) if is_empty(value) && filled.contains(&name) => {
                format!("`{name}` must not be empty")
            }
            _ => continue,
        };
        report.error("schema/required", &place.key(name), message);
    }
}

fn is_optional(structure: &Struct, name: &str) -> bool {
    structure
        .rules
        .is_some_and(|rules| rules.optional.contains(&name))
}

fn empty_mapping(origin: Origin) -> Node {
    Node::mapping(Mapping::default(), origin)
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(_) => false,
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
    report.add(
        "schema/enum",
        Severity::Error,
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
