//! What differs between two rendered sets: environments, components, objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::render::{Object, ObjectId, RenderedComponent, RenderedEnvironment, RenderedSet};
use crate::yaml::Node;

use super::{FieldChange, fields, mask};

/// What differs between two sets; empty where nothing does.
#[derive(Clone, Debug, Default)]
pub struct SetDiff {
    /// The environments that differ, in the new set's order, then those that are gone.
    pub environments: Vec<EnvironmentDiff>,
}

/// What differs in an environment.
#[derive(Clone, Debug)]
pub struct EnvironmentDiff {
    /// Its name.
    pub name: String,
    /// Whether it is new, changed or gone.
    pub change: Change,
    /// The components that differ, by name.
    pub components: Vec<ComponentDiff>,
}

/// What differs in a component.
#[derive(Clone, Debug)]
pub struct ComponentDiff {
    /// Its name.
    pub name: String,
    /// Whether it is new, changed or gone.
    pub change: Change,
    /// The objects that differ, by id.
    pub objects: Vec<ObjectDiff>,
}

/// What differs in an object. A Secret's values are marks.
#[derive(Clone, Debug)]
pub struct ObjectDiff {
    /// What names it; where it was renamed, its new name.
    pub id: ObjectId,
    /// What named it before, where only the hash of its content in its name changed.
    pub renamed_from: Option<ObjectId>,
    /// Whether it is new, changed or gone.
    pub change: Change,
    /// What it was; none where it is new.
    pub old: Option<Node>,
    /// What it becomes; none where it goes.
    pub new: Option<Node>,
    /// The fields that differ, where it was there and stays.
    pub fields: Vec<FieldChange>,
}

/// How something of one set is in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new.
    Created,
    /// It was there and is different.
    Changed,
    /// It is gone.
    Deleted,
}

impl SetDiff {
    /// Tells whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty()
    }
}

/// Returns what differs between two sets. What has the same digest is not looked into.
pub fn sets(old: &RenderedSet, new: &RenderedSet) -> SetDiff {
    let find = |set: &'_ RenderedSet, name: &str| {
        set.environments.iter().position(|known| known.name == name)
    };
    let mut environments = Vec::new();
    for after in &new.environments {
        let before = find(old, &after.name).and_then(|at| old.environments.get(at));
        if before.is_none_or(|before| before.digest != after.digest) {
            environments.push(environment(before, Some(after)));
        }
    }
    for before in &old.environments {
        if find(new, &before.name).is_none() {
            environments.push(environment(Some(before), None));
        }
    }
    SetDiff {
        environments: environments.into_iter().flatten().collect(),
    }
}

fn environment(
    old: Option<&RenderedEnvironment>,
    new: Option<&RenderedEnvironment>,
) -> Option<EnvironmentDiff> {
    let (before, after) = (by_name(old), by_name(new));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let components = names
        .into_iter()
        .filter_map(|name| {
            let (old, new) = (before.get(name).copied(), after.get(name).copied());
            if let (Some(old), Some(new)) = (old, new)
                && old.digest == new.digest
            {
                return None;
            }
            Some(ComponentDiff {
                name: name.to_owned(),
                change: change(old, new),
                objects: objects(old, new),
            })
        })
        .collect();
    Some(EnvironmentDiff {
        name: new.or(old)?.name.clone(),
        change: change(old, new),
        components,
    })
}

fn by_name(environment: Option<&RenderedEnvironment>) -> BTreeMap<&str, &RenderedComponent> {
    environment
        .into_iter()
        .flat_map(|environment| &environment.components)
        .map(|component| (component.name.as_str(), component))
        .collect()
}

fn change<T>(old: Option<&T>, new: Option<&T>) -> Change {
    match (old, new) {
        (None, _) => Change::Created,
        (Some(_), Some(_)) => Change::Changed,
        (Some(_), None) => Change::Deleted,
    }
}

fn objects(old: Option<&RenderedComponent>, new: Option<&RenderedComponent>) -> Vec<ObjectDiff> {
    let (mut before, mut after) = (by_id(old), by_id(new));
    let mut pairs: Vec<(Option<&Object>, Option<&Object>)> = Vec::new();
    let both: Vec<&ObjectId> = before
        .keys()
        .filter(|id| after.contains_key(*id))
        .copied()
        .collect();
    for id in both {
        pairs.push((before.remove(id), after.remove(id)));
    }
    for (old, new) in renamed(&before, &after) {
        pairs.push((before.remove(old), after.remove(new)));
    }
    pairs.extend(before.into_values().map(|object| (Some(object), None)));
    pairs.extend(after.into_values().map(|object| (None, Some(object))));
    let mut differing: Vec<ObjectDiff> = pairs
        .into_iter()
        .filter_map(|(old, new)| object(old, new))
        .collect();
    differing.sort_by(|a, b| a.id.cmp(&b.id));
    differing
}

fn by_id(component: Option<&RenderedComponent>) -> BTreeMap<&ObjectId, &Object> {
    component
        .into_iter()
        .flat_map(|component| &component.objects)
        .map(|object| (&object.id, object))
        .collect()
}

fn object(old: Option<&Object>, new: Option<&Object>) -> Option<ObjectDiff> {
    let differing = match (old, new) {
        (Some(old), Some(new)) if old.node.equals(&new.node) => return None,
        (Some(old), Some(new)) => fields(&old.node, &new.node),
        _ => Vec::new(),
    };
    let (old_masked, new_masked) = mask(old.map(|one| &one.node), new.map(|one| &one.node));
    let id = new.or(old)?.id.clone();
    Some(ObjectDiff {
        renamed_from: old.map(|old| old.id.clone()).filter(|old| *old != id),
        id,
        change: change(old, new),
        old: old_masked,
        new: new_masked,
        fields: differing,
    })
}

/// Returns the pairs of a gone and a new object that are one: only the hash that kustomize appends to
/// a generated name differs, and no third object has the rest of the name.
fn renamed<'s>(
    before: &BTreeMap<&'s ObjectId, &Object>,
    after: &BTreeMap<&'s ObjectId, &Object>,
) -> Vec<(&'s ObjectId, &'s ObjectId)> {
    let after = by_stem(after);
    by_stem(before)
        .into_iter()
        .filter_map(
            |(stem, old)| match (old.as_slice(), after.get(&stem)?.as_slice()) {
                ([old], [new]) => Some((*old, *new)),
                _ => None,
            },
        )
        .collect()
}

/// Returns the ids of generated objects by what they would be without a hash.
fn by_stem<'s>(objects: &BTreeMap<&'s ObjectId, &Object>) -> BTreeMap<ObjectId, Vec<&'s ObjectId>> {
    let mut stems: BTreeMap<ObjectId, Vec<&ObjectId>> = BTreeMap::new();
    for &id in objects.keys() {
        if let Some(name) = without_hash(&id.name) {
            let stem = ObjectId {
                name: name.into(),
                ..id.clone()
            };
            stems.entry(stem).or_default().push(id);
        }
    }
    stems
}

/// Returns a generated name without its hash: ten hexadecimal digits in which kustomize writes other
/// letters for those that make words.
fn without_hash(name: &str) -> Option<&str> {
    let (stem, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == 10 && hash.bytes().all(|byte| b"2456789bcdfghkmt".contains(&byte));
    (is_hash && !stem.is_empty()).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Digest;
    use crate::source::ReadLog;
    use crate::yaml::{FileId, Limits, parse};

    fn set(environments: &[(&str, &str, &str)]) -> RenderedSet {
        let environments: Vec<_> = environments
            .iter()
            .map(|(environment, component, text)| {
                let objects: Vec<Object> =
                    parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default())
                        .unwrap()
                        .into_iter()
                        .map(Object::from)
                        .collect();
                let digest =
                    Digest::of_component(objects.iter().map(|one| Digest::of_object(&one.node)));
                let component = RenderedComponent {
                    name: (*component).to_owned(),
                    objects,
                    reads: ReadLog::default(),
                    digest,
                    mistakes: Vec::new(),
                };
                RenderedEnvironment {
                    name: (*environment).to_owned(),
                    kubernetes: "1.36".to_owned(),
                    kubernetes_at: None,
                    digest: Digest::of_environment([(component.name.as_str(), digest)]),
                    components: vec![component],
                }
            })
            .collect();
        RenderedSet {
            environments,
            digest: Digest::of_set([]),
        }
    }

    fn map(name: &str, value: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: {value}}}\n"
        )
    }

    fn shown(diff: &SetDiff) -> Vec<String> {
        let mut lines = Vec::new();
        for environment in &diff.environments {
            for component in &environment.components {
                for object in &component.objects {
                    lines.push(format!(
                        "{}/{} {:?} {} {}",
                        environment.name,
                        component.name,
                        object.change,
                        object.id,
                        object.fields.len()
                    ));
                }
            }
        }
        lines
    }

    #[test]
    fn objects_are_created_changed_and_deleted() {
        let old = set(&[
            ("dev", "web", &[map("a", "x"), map("b", "x")].join("---\n")),
            ("old", "web", &map("a", "x")),
        ]);
        let new = set(&[
            ("dev", "web", &[map("b", "y"), map("c", "x")].join("---\n")),
            ("new", "web", &map("a", "x")),
        ]);
        assert_eq!(
            shown(&sets(&old, &new)),
            [
                "dev/web Deleted ConfigMap/a 0",
                "dev/web Changed ConfigMap/b 1",
                "dev/web Created ConfigMap/c 0",
                "new/web Created ConfigMap/a 0",
                "old/web Deleted ConfigMap/a 0",
            ]
        );
        assert!(sets(&old, &old).is_empty());
    }

    #[test]
    fn a_generated_object_with_new_content_is_one_change() {
        let old = set(&[("dev", "web", &map("config-g8chkt8b52", "x"))]);
        let new = set(&[("dev", "web", &map("config-52htm4kbfg", "y"))]);
        let diff = sets(&old, &new);
        assert_eq!(
            shown(&diff),
            ["dev/web Changed ConfigMap/config-52htm4kbfg 2"]
        );
        let object = &diff.environments[0].components[0].objects[0];
        assert_eq!(
            object
                .renamed_from
                .as_ref()
                .map(ToString::to_string)
                .as_deref(),
            Some("ConfigMap/config-g8chkt8b52")
        );
    }
}
