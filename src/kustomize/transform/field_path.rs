//! The paths by which replacements and vars name fields: keys separated by dots, with indexes and
//! conditions for items of lists.
//!
//! A step is a key (`spec`; `\.` is a dot in it, and so is one in brackets: `[app.kubernetes.io/name]`), an
//! index (`0`, `-` for the last), a condition (`[name=web]`, or `[=x]` for items that are scalars) or, where
//! several fields may be meant, `*`. [`lookup`] follows one way and compares conditions literally;
//! [`find`] follows all and takes conditions for regular expressions, as the reference does.

use smol_str::SmolStr;

use crate::kustomize::fieldspec::with_field;
use crate::re2;
use crate::yaml::{FieldPath, Mapping, Node, Origin, Segment, Style, Value};

/// Why a path could not be followed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum PathProblem {
    /// A step needs another kind of node.
    #[error("the step `{step}` needs {wanted}")]
    WrongKind {
        /// The step.
        step: SmolStr,
        /// What it needs.
        wanted: &'static str,
        /// The place of the node.
        at: Origin,
    },
    /// A step cannot be used here.
    #[error("the step `{0}` cannot be used here")]
    BadStep(SmolStr),
    /// A condition is no regular expression.
    #[error("the condition `{0}` is not a regular expression")]
    BadCondition(SmolStr),
    /// An index is beyond the end of a list.
    #[error("the index {index} is beyond the {length} items of the list")]
    OutOfRange {
        /// The index.
        index: usize,
        /// How many items there are.
        length: usize,
    },
}

/// What is created where a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Scalar,
    Sequence,
    Mapping,
}

/// Splits a path into steps.
pub(super) fn split(path: &str) -> Vec<SmolStr> {
    let mut steps: Vec<String> = Vec::new();
    let path = path.strip_prefix('.').unwrap_or(path);
    for part in path.split('.') {
        match steps.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('.');
                last.push_str(part);
            }
            _ => steps.push(part.to_owned()),
        }
    }
    join_brackets(&steps)
}

/// Joins steps that a dot inside brackets has torn apart.
fn join_brackets(parts: &[String]) -> Vec<SmolStr> {
    let mut steps = Vec::with_capacity(parts.len());
    let mut parts = parts.iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            steps.push(part.into());
            continue;
        }
        let mut joined = part.clone();
        for part in parts.by_ref() {
            joined.push('.');
            joined.push_str(part);
            if part.ends_with(']') {
                break;
            }
        }
        let step = if joined.contains('=') {
            joined.as_str()
        } else {
            joined.trim_matches(['[', ']'])
        };
        steps.push(step.into());
    }
    steps
}

/// Returns the steps of a path in which an index may follow a key: `ports[0]`.
pub(super) fn split_with_indexes(path: &str) -> Vec<SmolStr> {
    let mut steps = Vec::new();
    for step in split(path) {
        let index = step
            .strip_suffix(']')
            .and_then(|rest| rest.rsplit_once('['))
            .filter(|(_, index)| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()));
        match index {
            Some((key, index)) => {
                if !key.is_empty() {
                    steps.push(key.into());
                }
                steps.push(index.into());
            }
            None => steps.push(step),
        }
    }
    steps
}

enum Step<'s> {
    Key(&'s str),
    Index(usize),
    Last,
    Every,
    Condition { key: &'s str, value: &'s str },
}

impl<'s> Step<'s> {
    fn of(step: &'s str) -> Result<Self, PathProblem> {
        let bad = || PathProblem::BadStep(step.into());
        if let Ok(index) = step.parse::<i64>() {
            return usize::try_from(index).map(Self::Index).map_err(|_| bad());
        }
        if step == "-" {
            return Ok(Self::Last);
        }
        if step == "*" {
            return Ok(Self::Every);
        }
        match step
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            None => Ok(Self::Key(step)),
            Some(condition) => {
                let (key, value) = condition.split_once('=').ok_or_else(bad)?;
                Ok(Self::Condition { key, value })
            }
        }
    }
}

/// Returns the one field that a path leads to, if it is there.
pub(super) fn lookup<'n>(
    root: &'n Node,
    steps: &[SmolStr],
) -> Result<Option<&'n Node>, PathProblem> {
    let mut node = root;
    for text in steps {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let step = Step::of(text)?;
        if node.is_null() {
            return Ok(None);
        }
        let next = match step {
            Step::Every => return Err(PathProblem::BadStep(text.into())),
            Step::Key(key) => mapping(node, text)?.get(key),
            Step::Index(index) => items(node, text)?.get(index),
            Step::Last => items(node, text)?.last(),
            Step::Condition { key: "", value } => items(node, text)?
                .iter()
                .find(|item| item.text().unwrap_or_default() == value),
            Step::Condition { key, value } => items(node, text)?
                .iter()
                .find(|item| matches_literally(item, key, value)),
        };
        match next {
            Some(next) => node = next,
            None => return Ok(None),
        }
    }
    Ok(Some(node))
}

fn matches_literally(item: &Node, key: &str, value: &str) -> bool {
    item.get(key)
        .is_some_and(|field| field.text().unwrap_or_default() == value)
}

fn mapping<'n>(node: &'n Node, step: &str) -> Result<&'n Mapping, PathProblem> {
    node.as_mapping()
        .ok_or_else(|| wrong_kind(node, step, "a mapping"))
}

fn items<'n>(node: &'n Node, step: &str) -> Result<&'n [Node], PathProblem> {
    match &node.value {
        Value::Sequence(items) => Ok(items),
        _ if node.is_null() => Ok(&[]),
        _ => Err(wrong_kind(node, step, "a list")),
    }
}

fn wrong_kind(node: &Node, step: &str, wanted: &'static str) -> PathProblem {
    PathProblem::WrongKind {
        step: step.into(),
        wanted,
        at: node.origin,
    }
}

/// A field that a path leads to.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) path: FieldPath,
    /// Whether it was missing.
    pub(super) created: bool,
}

/// The fields that a path leads to.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) fields: Vec<Field>,
    /// Whether one was found below a null, where nothing can be written.
    pub(super) lost: bool,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.lost
    }
}

/// Finds all fields that a path leads to. Where `create` says so, what is missing is made, in the root
/// itself.
pub(super) fn find(
    root: &mut Node,
    steps: &[SmolStr],
    create: Option<Leaf>,
    at: Origin,
) -> Result<Found, PathProblem> {
    let mut search = Search {
        create,
        at,
        path: FieldPath::root(),
        created: false,
        found: Found::default(),
    };
    if let Some(new) = search.node(root, steps)? {
        *root = new;
    }
    Ok(search.found)
}

struct Search {
    create: Option<Leaf>,
    at: Origin,
    path: FieldPath,
    /// Whether the node at hand was missing.
    created: bool,
    found: Found,
}

type Searched = Result<Option<Node>, PathProblem>;

impl Search {
    /// Searches a node; returns it anew where something was created in it.
    fn node(&mut self, node: &Node, steps: &[SmolStr]) -> Searched {
        let Some((text, rest)) = steps.split_first() else {
            self.found.fields.push(Field {
                path: self.path.clone(),
                created: self.created,
            });
            return Ok(None);
        };
        match step_of_search(text)? {
            Step::Index(index) => self.index(node, text, index, rest),
            Step::Every => {
                let mut new = None;
                for index in 0..items(node, text)?.len() {
                    self.created = false;
                    self.item(node, &mut new, index, rest)?;
                }
                Ok(new)
            }
            Step::Condition { key, value } => self.condition(node, text, key, value, rest),
            Step::Key(key) => self.key(node, key, rest),
            Step::Last => Err(PathProblem::BadStep(text.clone())),
        }
    }

    fn index(&mut self, node: &Node, text: &str, index: usize, rest: &[SmolStr]) -> Searched {
        let length = items(node, text)?.len();
        let mut new = None;
        if length == index
            && let Some(create) = self.create
        {
            new = Some(append(node, empty(rest.first(), create, self.at)));
        } else if length <= index {
            return Err(PathProblem::OutOfRange { index, length });
        }
        self.created = new.is_some();
        self.item(node, &mut new, index, rest)?;
        Ok(new)
    }

    fn condition(
        &mut self,
        node: &Node,
        text: &str,
        key: &str,
        value: &str,
        rest: &[SmolStr],
    ) -> Searched {
        let expression =
            re2::compile(value).map_err(|_| PathProblem::BadCondition(value.into()))?;
        let before = self.found.fields.len();
        let mut new = None;
        for (index, item) in items(node, text)?.iter().enumerate() {
            self.created = false;
            if key.is_empty() {
                if expression.is_match(&shown(item)) {
                    // The steps that follow are not followed here.
                    self.item(node, &mut new, index, &[])?;
                }
            } else if item
                .get(key)
                .is_some_and(|field| expression.is_match(&shown(field)))
            {
                self.item(node, &mut new, index, rest)?;
            }
        }
        let missing = self.found.fields.len() == before;
        if self.create.is_none() || !missing {
            return Ok(new);
        }
        // What is created must meet the condition itself.
        if !expression.is_match(value) {
            return Err(PathProblem::BadStep(text.into()));
        }
        let value = super::scalar::untyped(value, self.at);
        let item = if key.is_empty() {
            value
        } else {
            let mut mapping = Mapping::with_capacity(1);
            mapping.insert(key, value);
            Node::mapping(mapping, self.at)
        };
        let node = new.as_ref().unwrap_or(node);
        let index = items(node, text)?.len();
        let mut new = Some(append(node, item));
        self.created = true;
        let rest = if key.is_empty() { &[] } else { rest };
        self.item(node, &mut new, index, rest)?;
        Ok(new)
    }

    /// Searches an item of a list, which is in `new` where that is made.
    fn item(
        &mut self,
        list: &Node,
        new: &mut Option<Node>,
        index: usize,
        rest: &[SmolStr],
    ) -> Result<(), PathProblem> {
        let current = new.as_ref().unwrap_or(list);
        let Some(item) = current.as_sequence().and_then(|items| items.get(index)) else {
            return Ok(());
        };
        self.path.push(Segment::Index(index));
        let changed = self.node(item, rest);
        self.path.pop();
        if let Some(item) = changed? {
            let mut items = current.as_sequence().unwrap_or_default().to_vec();
            if let Some(slot) = items.get_mut(index) {
                *slot = item;
            }
            *new = Some(Node::sequence(items, list.origin));
        }
        Ok(())
    }

    fn key(&mut self, node: &Node, key: &str, rest: &[SmolStr]) -> Searched {
        if node.is_null() {
            // What is made below a null is made nowhere.
            self.found.lost |= self.create.is_some();
            return Ok(None);
        }
        let created = match (mapping(node, key)?.get(key), self.create) {
            (Some(_), _) => None,
            (None, None) => return Ok(None),
            (None, Some(create)) => Some(empty(rest.first(), create, self.at)),
        };
        let Some(field) = created.as_ref().or_else(|| node.get(key)) else {
            return Ok(None);
        };
        self.path.push(Segment::Key(key.into()));
        self.created = created.is_some();
        let changed = self.node(field, rest);
        self.path.pop();
        let field = changed?.or(created);
        Ok(field.map(|field| with_field(node, key, field)))
    }
}

fn append(list: &Node, item: Node) -> Node {
    let mut items = list.as_sequence().unwrap_or_default().to_vec();
    items.push(item);
    Node::sequence(items, list.origin)
}

/// A dash is a key here, unlike where one way is followed.
fn step_of_search(text: &str) -> Result<Step<'_>, PathProblem> {
    match Step::of(text) {
        Ok(Step::Last) => Ok(Step::Key(text)),
        Err(_) if text.parse::<i64>().is_ok() => Ok(Step::Key(text)),
        step => step,
    }
}

/// Returns what a step is created as, by the step that follows it.
fn empty(next: Option<&SmolStr>, leaf: Leaf, at: Origin) -> Node {
    let kind = match next {
        None => leaf,
        Some(next) if next.is_empty() => leaf,
        Some(next)
            if next.parse::<usize>().is_ok() || (next.starts_with('[') && next.ends_with(']')) =>
        {
            Leaf::Sequence
        }
        Some(_) => Leaf::Mapping,
    };
    match kind {
        Leaf::Scalar => super::scalar::untyped("", at),
        Leaf::Sequence => Node::sequence(Vec::new(), at),
        Leaf::Mapping => Node::mapping(Mapping::default(), at),
    }
}

/// Returns the text that a condition is matched with: as it is written, quotes included.
fn shown(node: &Node) -> String {
    let Some(scalar) = node.as_scalar() else {
        let mut out = String::new();
        crate::yaml::emit(node, &mut out);
        return out.trim().to_owned();
    };
    match scalar.style {
        Style::SingleQuoted => format!("'{}'", scalar.text.replace('\'', "''")),
        Style::DoubleQuoted => format!("{:?}", scalar.text.as_str()),
        _ => scalar.text.trim().to_owned(),
    }
}

/// Returns the node at a path, open to change.
pub(super) fn node_at<'n>(root: &'n mut Node, path: &FieldPath) -> Option<&'n mut Node> {
    path.segments()
        .iter()
        .try_fold(root, |node, segment| match segment {
            Segment::Key(key) => node.get_mut(key),
            Segment::Index(index) => node.as_sequence_mut()?.get_mut(*index),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_escaped_or_in_brackets() {
        for (path, want) in [
            ("a.b", &["a", "b"][..]),
            (r"a\.b.c", &["a.b", "c"]),
            (
                "metadata.annotations.[config.io/a]",
                &["metadata", "annotations", "config.io/a"],
            ),
            ("spec.[name=a.b].c", &["spec", "[name=a.b]", "c"]),
            ("spec.[name=a].c", &["spec", "[name=a]", "c"]),
            (".a", &["a"]),
            ("a.0.*", &["a", "0", "*"]),
        ] {
            assert_eq!(split(path), want, "{path}");
        }
        assert_eq!(split_with_indexes("a[0].b[12]"), ["a", "0", "b", "12"]);
        assert_eq!(split_with_indexes("a.[x=y].[0]"), ["a", "[x=y]", "0"]);
    }
}
