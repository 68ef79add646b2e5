//! The `ResourceList` that goes through a function's program.
//!
//! The reference tool marks each item with annotations: its position, an id by which it is known again, the
//! file it belongs to. Each has a former spelling that must agree with it.

use smol_str::{SmolStr, format_smolstr};

use crate::yaml::{
    Entry, FileId, Limits, Mapping, Node, Origin, ParseError, Scalar, Style, Tag, Value, emit,
    emit_as_written, parse,
};

use super::super::{ResId, Resource};
use super::memory::{self, PATH, take_annotation};

const INDEX: [&str; 2] = [
    "internal.config.kubernetes.io/index",
    "config.kubernetes.io/index",
];
const ID: [&str; 2] = ["internal.config.kubernetes.io/id", "config.k8s.io/id"];

/// Tells which item of the input one of the output was.
const ITEM: &str = "internal.config.kubernetes.io/annotations-migration-resource-id";

/// The id that kustomize knows a resource by.
const RESOURCE_ID: &str = "kustomize.config.k8s.io/id";
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
const INDENTATION: &str = "internal.config.kubernetes.io/seqindent";

/// What is wrong with what a function was given or gave back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Problem {
    #[error("is not YAML: {error} (line {line} of what it printed)")]
    NotYaml { error: ParseError, line: u32 },
    #[error("has an item that is {found}, not an object")]
    NotAnObject { found: &'static str },
    #[error("has `items` that are no list")]
    ItemsNotAList,
    #[error("has an object with a field whose name is empty")]
    EmptyKey,
    #[error("has an object whose annotations are no mapping")]
    Annotations,
    #[error("has an object whose annotations `{}` and `{}` disagree", .annotations[0], .annotations[1])]
    Disagree { annotations: [&'static str; 2] },
}

/// What a function is given.
pub(super) struct Input {
    /// The items as kustomize prints them.
    items: Vec<Node>,
    config: Node,
}

/// What a function printed.
pub(super) struct Output {
    pub(super) items: Vec<Node>,
    /// What it said of its work, a line each.
    pub(super) results: Vec<String>,
}

impl Input {
    /// Makes the input of resources. Where there are none, the configuration is the only item.
    pub(super) fn of(resources: &[Resource], config: &Resource) -> Result<Self, Problem> {
        let mut config = printed(&memory::shown(config))?;
        set_annotation(&mut config, LOCAL_CONFIG, "true");
        let mut items = Vec::with_capacity(resources.len().max(1));
        for resource in resources {
            let mut shown = Resource::new(memory::shown(resource));
            let at = shown.node.origin;
            shown.set_annotation(RESOURCE_ID, &id_text(&resource.id()), at);
            unfold_annotations(&mut shown.node);
            items.push(printed(&shown.node)?);
        }
        if items.is_empty() {
            items.push(config.clone());
        }
        for item in &mut items {
            for [new, former] in [PATH, ID] {
                copy(item, new, former);
                copy(item, former, new);
            }
        }
        Ok(Self { items, config })
    }

    /// Returns the items for a function that is not run.
    pub(super) fn unchanged(self) -> Vec<Node> {
        self.items
    }

    /// Returns the text that the program reads.
    pub(super) fn text(&self) -> Vec<u8> {
        let items = self.items.iter().enumerate().map(|(position, item)| {
            let mut item = item.clone();
            let (position, id) = (position.to_string(), (position + 1).to_string());
            for (key, value) in [
                (INDEX[1], &position),
                (INDEX[0], &position),
                (ITEM, &position),
                (ID[0], &id),
                (ID[1], &id),
            ] {
                set_annotation(&mut item, key, value);
            }
            item
        });
        let at = self.config.origin;
        let mut list = Mapping::default();
        list.insert("apiVersion", Node::string("config.kubernetes.io/v1", at));
        list.insert("kind", Node::string("ResourceList", at));
        list.insert("items", Node::sequence(items.collect(), at));
        list.insert("functionConfig", self.config.clone());
        let mut text = String::new();
        emit_as_written(&Node::mapping(list, at), &mut text);
        text.into_bytes()
    }

    /// Takes the marks of the input off the items of the output.
    pub(super) fn settle(&self, mut items: Vec<Node>) -> Result<Vec<Node>, Problem> {
        for item in &mut items {
            self.settle_item(item)?;
        }
        Ok(items)
    }

    fn settle_item(&self, item: &mut Node) -> Result<(), Problem> {
        let annotations = item.lookup(&["metadata", "annotations"]);
        if annotations.is_some_and(|node| !node.is_null() && node.as_mapping().is_none()) {
            return Err(Problem::Annotations);
        }
        let known = annotation(item, ITEM)
            .and_then(|text| text.parse::<usize>().ok())
            .and_then(|position| Some((position, self.items.get(position)?)));
        let original = annotation(item, ID[0])
            .or_else(|| annotation(item, ID[1]))
            .and_then(|text| text.parse::<usize>().ok())
            .and_then(|id| self.items.get(id.checked_sub(1)?));
        if original.is_some_and(|original| have_empty_key(original, item)) {
            return Err(Problem::EmptyKey);
        }
        for pair in [PATH, INDEX, ID] {
            let before = match known {
                Some((position, _)) if pair == INDEX => Some(format_smolstr!("{position}")),
                Some((_, before)) if pair == PATH => annotation(before, pair[0]),
                _ => None,
            };
            agree(item, pair, before.as_deref())?;
        }
        for key in [
            ITEM,
            ID[0],
            ID[1],
            INDEX[0],
            INDEX[1],
            INDENTATION,
            RESOURCE_ID,
        ] {
            take_annotation(item, key);
        }
        if annotation(item, PATH[0]).is_none() {
            let path = default_path(&ResId::of(item));
            for key in PATH {
                set_annotation(item, key, &path);
            }
        }
        Ok(())
    }
}

impl Output {
    /// Reads what a function printed: a list of objects, or objects as documents of their own.
    pub(super) fn read(text: &[u8]) -> Result<Self, Problem> {
        let file = FileId::of("the output of a function");
        let documents = parse(text, file, &Limits::default()).map_err(|error| {
            use crate::yaml::Diagnostic as _;
            let line = error.origin().map_or(0, |at| at.line);
            Problem::NotYaml { error, line }
        })?;
        let is_list = |node: &Node| {
            let kind = node.get("kind").and_then(Node::text);
            matches!(kind, Some("ResourceList" | "List"))
                && (node.get("items").is_some() || node.get("functionConfig").is_some())
        };
        let (items, results) = match documents.as_slice() {
            [list] if is_list(list) => {
                let items = match list.get("items") {
                    None => Vec::new(),
                    Some(items) if items.is_null() => Vec::new(),
                    Some(items) => items.as_sequence().ok_or(Problem::ItemsNotAList)?.to_vec(),
                };
                (items, results(list))
            }
            _ => (documents, Vec::new()),
        };
        let found = items.iter().find_map(|item| match item.as_mapping() {
            Some(_) => None,
            None if item.is_null() => Some("null"),
            None if item.as_sequence().is_some() => Some("a list"),
            None => Some("a single value"),
        });
        match found {
            Some(found) => Err(Problem::NotAnObject { found }),
            None => Ok(Self { items, results }),
        }
    }
}

/// Returns what a function says of its work, as lines of severity and message.
fn results(list: &Node) -> Vec<String> {
    const MOST: usize = 20;
    let results = list.get("results").and_then(Node::as_sequence);
    let line = |result: &Node| {
        let message = result.get("message").and_then(Node::text)?;
        let severity = result.get("severity").and_then(Node::text);
        Some(format!("{}: {message}", severity.unwrap_or("error")))
    };
    results
        .into_iter()
        .flatten()
        .filter_map(line)
        .take(MOST)
        .collect()
}

/// Makes two spellings of an annotation agree: where one of them was changed, the change counts.
fn agree(item: &mut Node, pair: [&'static str; 2], before: Option<&str>) -> Result<(), Problem> {
    let [new, former] = pair;
    copy(item, new, former);
    copy(item, former, new);
    let (Some(a), Some(b)) = (annotation(item, new), annotation(item, former)) else {
        return Ok(());
    };
    if a == b {
        return Ok(());
    }
    match before.filter(|before| !before.is_empty()) {
        Some(before) if before == a => set_annotation(item, new, &b),
        Some(before) if before == b => set_annotation(item, former, &a),
        _ => return Err(Problem::Disagree { annotations: pair }),
    }
    Ok(())
}

/// Gives an annotation the value of another where it has none.
fn copy(item: &mut Node, from: &str, to: &str) {
    let has = |key: &str| annotation(item, key).filter(|text| !text.is_empty());
    if let (Some(value), None) = (has(from), has(to)) {
        set_annotation(item, to, &value);
    }
}

fn annotation(item: &Node, key: &str) -> Option<SmolStr> {
    let node = item.lookup(&["metadata", "annotations", key])?;
    Some(node.text()?.into())
}

/// Sets an annotation, in single quotes as the reference tool does.
fn set_annotation(item: &mut Node, key: &str, value: &str) {
    let at = item.origin;
    let value = Node::scalar(
        Scalar {
            text: value.into(),
            tag: Tag::Str,
            style: Style::SingleQuoted,
        },
        at,
    );
    let annotations = item
        .as_mapping_mut()
        .and_then(|root| mapping_at(root, "metadata", at))
        .and_then(|metadata| mapping_at(metadata, "annotations", at));
    if let Some(annotations) = annotations {
        annotations.insert(key, value);
    }
}

/// Returns the mapping at a key, made where it is missing.
fn mapping_at<'m>(parent: &'m mut Mapping, key: &str, at: Origin) -> Option<&'m mut Mapping> {
    if parent.get(key).is_none_or(Node::is_null) {
        parent.insert(key, Node::mapping(Mapping::default(), at));
    }
    parent.get_mut(key)?.as_mapping_mut()
}

/// Takes from annotations the style of folded text, which changes how they are printed: where the id is added,
/// the reference tool writes all of them anew.
fn unfold_annotations(node: &mut Node) {
    let annotations = node.lookup_mut(&["metadata", "annotations"]);
    for entry in annotations
        .and_then(Node::as_mapping_mut)
        .into_iter()
        .flatten()
    {
        if let Value::Scalar(scalar) = &mut entry.value.value
            && scalar.style == Style::Folded
        {
            scalar.style = Style::Literal;
        }
    }
}

/// Tells whether a mapping that both have, in no list, has an empty key: the reference tool, which carries
/// comments over from one to the other, cannot set such a field.
fn have_empty_key(a: &Node, b: &Node) -> bool {
    let (Some(a), Some(b)) = (a.as_mapping(), b.as_mapping()) else {
        return false;
    };
    a.contains_key("")
        || b.contains_key("")
        || a.iter().any(|entry| {
            let other = b.get(&entry.key.text);
            other.is_some_and(|other| have_empty_key(&entry.value, other))
        })
}

/// Returns a node in the order and the styles that it is printed in.
fn printed(node: &Node) -> Result<Node, Problem> {
    let mut text = String::new();
    emit(node, &mut text);
    let documents = parse(text.as_bytes(), node.origin.file, &Limits::default());
    let documents = documents.map_err(|error| {
        use crate::yaml::Diagnostic as _;
        let line = error.origin().map_or(0, |at| at.line);
        Problem::NotYaml { error, line }
    })?;
    let printed = documents.into_iter().next();
    Ok(printed.unwrap_or_else(|| node.clone()))
}

fn id_text(id: &ResId) -> String {
    let nowhere = Origin::file(FileId::of(""));
    let mut fields = Vec::new();
    for (key, value) in [
        ("group", &id.gvk.group),
        ("kind", &id.gvk.kind),
        ("name", &id.name),
        ("namespace", &id.namespace),
        ("version", &id.gvk.version),
    ] {
        if !value.is_empty() {
            fields.push(Entry {
                key: Scalar::string(key),
                key_origin: nowhere,
                value: Node::string(value.clone(), nowhere),
            });
        }
    }
    let mut text = String::new();
    emit(
        &Node::mapping(Mapping::from_entries(fields), nowhere),
        &mut text,
    );
    text
}

/// Returns the file that a new object is taken to be of.
fn default_path(id: &ResId) -> String {
    let file = format!("{}_{}.yaml", id.gvk.kind.to_lowercase(), id.name);
    if id.namespace.is_empty() {
        file
    } else {
        format!("{}/{file}", id.namespace)
    }
}
