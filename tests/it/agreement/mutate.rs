//! Changes to valid objects, most of them mistakes that people make: one at each place for each kind of
//! mistake, and random handfuls of them.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// An object with a change, and what the change is in words.
#[derive(Clone)]
pub(super) struct Mutant {
    pub(super) object: Value,
    pub(super) what: String,
}

/// A step from an object towards one of its fields.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// A change to one place.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Rename(String),
    Replace(Value),
    /// Adds a copy of the first item to a list.
    Repeat,
    /// Adds a field to a mapping.
    Insert(&'static str, Value),
}

/// Returns all single changes of an object.
pub(super) fn each(object: &Value) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for place in places(object) {
        for change in changes(object, &place) {
            if let Some(mutant) = apply(object, &[(place.clone(), change)]) {
                mutants.push(mutant);
            }
        }
    }
    mutants
}

/// Returns an object with two or three changes at random places.
pub(super) fn several(object: &Value, random: &mut Random) -> Option<Mutant> {
    let places = places(object);
    let count = 2 + random.below(2);
    let chosen: Vec<_> = (0..count)
        .filter_map(|_| {
            let place = places.get(random.below(places.len()))?.clone();
            let changes = changes(object, &place);
            let change = changes.get(random.below(changes.len()))?.clone();
            Some((place, change))
        })
        .collect();
    apply(object, &chosen)
}

/// Returns the places of an object that are changed: all but its type, and where it lives, by which
/// the server finds the kind before it looks at the object.
fn places(object: &Value) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    walk(object, &mut Vec::new(), &mut found);
    found.retain(|place| {
        let names: Vec<&str> = place
            .iter()
            .map(|step| match step {
                Step::Key(key) => key.as_str(),
                Step::Index(_) => "",
            })
            .collect();
        !matches!(
            names.as_slice(),
            [] | ["apiVersion" | "kind" | "metadata"] | ["metadata", "namespace"]
        )
    });
    found
}

fn walk(value: &Value, here: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    found.push(here.clone());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                here.push(Step::Key(key.clone()));
                walk(value, here, found);
                here.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                here.push(Step::Index(index));
                walk(item, here, found);
                here.pop();
            }
        }
        _ => {}
    }
}

fn changes(object: &Value, place: &[Step]) -> Vec<Change> {
    let Some(value) = find(object, place) else {
        return Vec::new();
    };
    let mut changes = vec![Change::Remove];
    if let Some(Step::Key(key)) = place.last() {
        changes.push(Change::Rename(format!("{key}s")));
    }
    changes.extend(
        [
            Value::Null,
            json!(true),
            json!(7),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(65_536),
            json!(3_000_000_000_u64),
            json!(18_446_744_073_709_551_615_u64),
            json!([]),
            json!({}),
            json!(""),
            json!("text"),
            json!(["text"]),
            json!({"a": "b"}),
        ]
        .into_iter()
        .map(Change::Replace),
    );
    match value {
        Value::String(text) => changes.extend(texts(text)),
        Value::Number(number) => {
            for other in [1, 2, 80, 1000, 100_000] {
                changes.push(Change::Replace(json!(other)));
            }
            changes.push(Change::Replace(json!(number.to_string())));
            changes.push(Change::Replace(json!(format!("{number}%"))));
        }
        Value::Array(items) => {
            if !items.is_empty() {
                changes.push(Change::Repeat);
            }
        }
        Value::Object(_) => {
            changes.push(Change::Insert("unheardOf", json!(1)));
            changes.push(Change::Insert("name", json!("Bad_Name")));
        }
        Value::Null | Value::Bool(_) => {}
    }
    changes
}

/// Returns other texts in the place of one.
fn texts(text: &str) -> Vec<Change> {
    let mut others: Vec<String> = [
        "Not Valid!",
        "UPPER",
        "a/b",
        "a.b",
        "a_b",
        "/abs",
        "../up",
        "a/../b",
        "-1",
        "5",
        "80",
        "150%",
        "50%",
        "1Gi",
        "1.5",
        "250m",
        "1 GB",
        "true",
        "null",
        "*",
        "*.a.b",
        "10.0.0.1",
        "10.0.0.0/8",
        "::1",
        "1h",
        "@daily",
        "a:b",
        "a=b",
        "ünï",
        "http",
        "None",
        "In",
        "Exists",
        "2026-13-01T00:00:00Z",
        "%",
    ]
    .map(str::to_owned)
    .to_vec();
    others.extend([64, 254].map(|length| "a".repeat(length)));
    others.extend([
        text.to_lowercase(),
        text.to_uppercase(),
        format!("{text} "),
        format!("{text}-"),
        format!("{text}x"),
        format!("x{text}"),
    ]);
    others.retain(|other| other != text);
    others
        .into_iter()
        .map(|other| Change::Replace(Value::String(other)))
        .collect()
}

fn apply(object: &Value, all: &[(Vec<Step>, Change)]) -> Option<Mutant> {
    let mut mutated = object.clone();
    let mut what = Vec::new();
    for (place, change) in all {
        make(&mut mutated, place, change)?;
        what.push(format!("{} {}", shown(place), words(change)));
    }
    (mutated != *object).then_some(Mutant {
        object: mutated,
        what: what.join(", "),
    })
}

fn make(object: &mut Value, place: &[Step], change: &Change) -> Option<()> {
    let (last, above) = place.split_last()?;
    let parent = find_mut(object, above)?;
    match (change, last) {
        (Change::Remove, Step::Key(key)) => {
            parent.as_object_mut()?.remove(key)?;
        }
        (Change::Remove, Step::Index(index)) => {
            let items = parent.as_array_mut()?;
            (*index < items.len()).then(|| items.remove(*index))?;
        }
        (Change::Rename(name), Step::Key(key)) => {
            let fields = parent.as_object_mut()?;
            let renamed: Map<String, Value> = std::mem::take(fields)
                .into_iter()
                .map(|(old, value)| (if old == *key { name.clone() } else { old }, value))
                .collect();
            *fields = renamed;
        }
        (Change::Rename(_), Step::Index(_)) => return None,
        (Change::Replace(value), _) => *find_mut(object, place)? = value.clone(),
        (Change::Repeat, _) => {
            let items = find_mut(object, place)?.as_array_mut()?;
            items.push(items.first()?.clone());
        }
        (Change::Insert(key, value), _) => {
            find_mut(object, place)?
                .as_object_mut()?
                .insert((*key).to_owned(), value.clone());
        }
    }
    Some(())
}

fn find<'v>(value: &'v Value, place: &[Step]) -> Option<&'v Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

fn find_mut<'v>(value: &'v mut Value, place: &[Step]) -> Option<&'v mut Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

fn shown(place: &[Step]) -> String {
    let steps = place.iter().enumerate().map(|(position, step)| match step {
        Step::Key(key) if key.contains(['.', '/']) => format!("[{key}]"),
        Step::Key(key) if position == 0 => key.clone(),
        Step::Key(key) => format!(".{key}"),
        Step::Index(index) => format!("[{index}]"),
    });
    steps.collect()
}

fn words(change: &Change) -> String {
    match change {
        Change::Remove => "removed".to_owned(),
        Change::Rename(name) => format!("renamed to `{name}`"),
        Change::Replace(Value::String(text)) if text.len() > 60 => {
            format!("= a text of {}", text.len())
        }
        Change::Replace(value) => format!("= {value}"),
        Change::Repeat => "with its first item twice".to_owned(),
        Change::Insert(key, value) => format!("with {key}: {value}"),
    }
}
