//! Strategic merge: one patch over one object, as kustomize merges.
//!
//! [`strategic_merge`] is the way in; `directive` reads `$patch`, `list` merges lists by their
//! elements' keys. Kustomize knows no `$retainKeys`, `$setElementOrder` or
//! `$deleteFromPrimitiveList`: to it they are fields like others.

mod blame;
mod directive;
mod irregular;
mod list;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use crate::yaml::{
    Diagnostic, Entry, FieldPath, Mapping, Node, Origin, Segment, Style, Tag, Value,
};

use super::schema::Schema;
use super::{ITEM_KEYS, Schemas};
pub use blame::{Deletion, deletion_in};
use directive::Directive;

/// Lays a patch over an object; `None` where the patch deletes it.
///
/// What the patch doesn't touch stays shared with the object; what it writes has its origin.
pub fn strategic_merge(
    target: &Node,
    patch: &Node,
    schemas: &Schemas,
) -> Result<Option<Node>, MergeError> {
    let mut merger = Merger {
        schemas,
        path: FieldPath::root(),
    };
    Ok(merger.merge(Some(target), Some(patch), None)?.node())
}

/// Why a patch cannot be laid over an object.
#[derive(Clone, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MergeError {
    #[error("the patch has a {patch} at `{path}`, where the object has a {target}")]
    Kinds {
        path: FieldPath,
        patch: &'static str,
        target: &'static str,
        at: Origin,
        target_at: Origin,
    },
    #[error("`$patch: {text}` at `{path}` is no directive")]
    Directive {
        path: FieldPath,
        text: String,
        at: Origin,
    },
    #[error("the list `{path}` has a {found} among elements that merge by `{keys}`")]
    Element {
        path: FieldPath,
        found: &'static str,
        keys: String,
        at: Origin,
    },
    #[error("the empty key of `{path}` takes part in no strategic merge")]
    EmptyKey { path: FieldPath, at: Origin },
}

impl Diagnostic for MergeError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Kinds { at, .. }
            | Self::Directive { at, .. }
            | Self::Element { at, .. }
            | Self::EmptyKey { at, .. } => Some(*at),
        }
    }

    fn related(&self) -> Vec<(Origin, String)> {
        match self {
            Self::Kinds {
                target, target_at, ..
            } => vec![(*target_at, format!("the object's {target}"))],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Directive { .. } => Some("use `delete`, `replace` or `merge`".into()),
            Self::Kinds { .. } => Some(
                "to put another kind of value there, delete the field with `null` first".into(),
            ),
            Self::EmptyKey { .. } => Some("use a JSON patch".into()),
            Self::Element { .. } => None,
        }
    }
}

/// What became of a node.
enum Merged {
    /// It is gone.
    Gone,
    /// The object's null, which stays although a patch's null deletes.
    Null(Node),
    /// The object's node, changed or as it was.
    Kept(Node),
    /// The patch's node.
    Taken(Node),
}

impl Merged {
    fn node(self) -> Option<Node> {
        match self {
            Self::Gone => None,
            Self::Null(node) | Self::Kept(node) | Self::Taken(node) => Some(node),
        }
    }
}

struct Merger<'s> {
    schemas: &'s Schemas,
    path: FieldPath,
}

impl<'s> Merger<'s> {
    fn merge(
        &mut self,
        target: Option<&Node>,
        patch: Option<&Node>,
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        let is_value = |node: &&Node| !node.is_null() || is_untyped(node);
        let (value, other) = (target.filter(is_value), patch.filter(is_value));
        let Some(first) = value.or(other) else {
            return Ok(match (target, patch) {
                // `key: null` was meant and stays; `key:` goes when any patch passes.
                (Some(null), None) if null.text() != Some("") => Merged::Null(null.clone()),
                _ => Merged::Gone,
            });
        };
        if let (Some(target), Some(patch)) = (value, other)
            && std::mem::discriminant(&target.value) != std::mem::discriminant(&patch.value)
        {
            return Err(MergeError::Kinds {
                path: self.path.clone(),
                patch: kind_name(patch),
                target: kind_name(target),
                at: patch.origin,
                target_at: target.origin,
            });
        }
        let schema = schema
            .or_else(|| value.and_then(|node| self.own_schema(node)))
            .or_else(|| other.and_then(|node| self.own_schema(node)));
        match &first.value {
            Value::Mapping(_) => self.merge_maps(value, patch, schema),
            Value::Sequence(_) if let Some(keys) = schema.and_then(Schema::merge_keys) => {
                self.merge_lists(value, patch, &keys, schema)
            }
            Value::Sequence(_) | Value::Scalar(_) => Ok(match (target, patch) {
                (_, Some(patch)) if other.is_none() && patch.is_null() => Merged::Gone,
                (_, Some(patch)) => Merged::Taken(patch.clone()),
                (Some(target), None) => Merged::Kept(target.clone()),
                (None, None) => Merged::Gone,
            }),
        }
    }

    fn merge_maps(
        &mut self,
        target: Option<&Node>,
        patch: Option<&Node>,
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        let Some((target, fields)) = target.and_then(|node| Some((node, node.as_mapping()?)))
        else {
            return self.add(patch, schema);
        };
        let Some(patch) = patch else {
            let empty = Mapping::default();
            return self.merge_fields(target, fields, &empty, schema);
        };
        let Some(changes) = patch.as_mapping() else {
            return Ok(Merged::Gone); // a null
        };
        match directive::of_map(changes, &self.path)? {
            Some(Directive::Delete) => Ok(Merged::Gone),
            Some(Directive::Replace) => self.adopt_fields(&directive::without(patch), schema),
            Some(Directive::Merge) => {
                let patch = directive::without(patch);
                let changes = patch.as_mapping().unwrap_or(changes);
                self.merge_fields(target, fields, changes, schema)
            }
            None => self.merge_fields(target, fields, changes, schema),
        }
    }

    /// Takes a patch's mapping where the object has nothing.
    fn add(
        &mut self,
        patch: Option<&Node>,
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        let Some((patch, changes)) = patch.and_then(|node| Some((node, node.as_mapping()?))) else {
            return Ok(Merged::Gone);
        };
        // Here alone the reference lets an unknown directive pass, as a field.
        match directive::of_map(changes, &self.path) {
            Ok(Some(Directive::Delete)) => Ok(Merged::Gone),
            Ok(Some(_)) => self.adopt_fields(&directive::without(patch), schema),
            Ok(None) | Err(_) => self.adopt_fields(patch, schema),
        }
    }

    fn merge_fields(
        &mut self,
        target: &Node,
        fields: &Mapping,
        changes: &Mapping,
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        self.refuse_empty_keys(fields)?;
        self.refuse_empty_keys(changes)?;
        let index = Index::new(changes);
        let mut result = Rewrite::new(fields);
        let mut met = 0;
        for entry in fields {
            let change = index.get(&entry.key.text);
            met += usize::from(change.is_some());
            let patch = change.map(|change| &change.value);
            let field = schema.and_then(|schema| schema.field(&entry.key.text));
            self.path.push(Segment::Key(entry.key.text.clone()));
            let merged = self.merge(Some(&entry.value), patch, field)?;
            self.path.pop();
            match merged {
                Merged::Gone => result.remove(),
                Merged::Null(_) => result.keep(entry),
                Merged::Kept(node) if is_to_be_text(&node) => result.set(entry, as_text(node)),
                Merged::Kept(node) if unchanged(&node, &entry.value) => result.keep(entry),
                Merged::Kept(node) => result.set(entry, node),
                Merged::Taken(node) => {
                    let node = styled(node, &entry.value);
                    if unchanged(&node, &entry.value) && self.names_what_is_patched(entry) {
                        result.keep(entry);
                    } else {
                        result.set(entry, node);
                    }
                }
            }
        }
        if met < changes.len() {
            let known = Index::new(fields);
            for change in changes {
                if known.get(&change.key.text).is_some() {
                    continue;
                }
                let field = schema.and_then(|schema| schema.field(&change.key.text));
                self.path.push(Segment::Key(change.key.text.clone()));
                let merged = self.merge(None, Some(&change.value), field)?;
                self.path.pop();
                if let Some(node) = merged.node() {
                    result.add(change, node);
                }
            }
        }
        Ok(Merged::Kept(match result.finish() {
            None => target.clone(),
            Some(mapping) => Node::mapping(mapping, target.origin),
        }))
    }

    /// Takes a node of the patch: its directives are obeyed and go, as do its nulls.
    fn adopt(&mut self, node: &Node, schema: Option<Schema<'s>>) -> Result<Merged, MergeError> {
        let schema = schema.or_else(|| self.own_schema(node));
        match &node.value {
            Value::Mapping(fields) => match directive::of_map(fields, &self.path)? {
                Some(Directive::Delete) => Ok(Merged::Gone),
                Some(_) => self.adopt_fields(&directive::without(node), schema),
                None => self.adopt_fields(node, schema),
            },
            Value::Sequence(_) if let Some(keys) = schema.and_then(Schema::merge_keys) => {
                match directive::of_list(node, &self.path)? {
                    (Some(Directive::Delete), _) => Ok(Merged::Gone),
                    (_, node) => self.adopt_list(&node, &keys, schema),
                }
            }
            _ if node.is_null() => Ok(Merged::Gone),
            _ => Ok(Merged::Taken(node.clone())),
        }
    }

    fn adopt_fields(
        &mut self,
        node: &Node,
        schema: Option<Schema<'s>>,
    ) -> Result<Merged, MergeError> {
        let Some(fields) = node.as_mapping() else {
            return Ok(Merged::Taken(node.clone()));
        };
        self.refuse_empty_keys(fields)?;
        let mut result = Rewrite::new(fields);
        for entry in fields {
            let field = schema.and_then(|schema| schema.field(&entry.key.text));
            self.path.push(Segment::Key(entry.key.text.clone()));
            let adopted = self.adopt(&entry.value, field)?;
            self.path.pop();
            match adopted.node() {
                None => result.remove(),
                Some(node) if unchanged(&node, &entry.value) => result.keep(entry),
                Some(node) => result.set(entry, node),
            }
        }
        Ok(Merged::Taken(match result.finish() {
            None => node.clone(),
            Some(mapping) => Node::mapping(mapping, node.origin),
        }))
    }

    /// Tells whether a field of a patch serves to find the object or the element, so that to repeat it
    /// writes nothing.
    fn names_what_is_patched(&self, entry: &Entry) -> bool {
        let key = entry.key.text.as_str();
        match self.path.segments() {
            [] => matches!(key, "apiVersion" | "kind"),
            [Segment::Key(above)] => above == "metadata" && matches!(key, "name" | "namespace"),
            [.., Segment::Index(_)] => key == "protocol" || ITEM_KEYS.contains(&key),
            _ => false,
        }
    }

    /// Fails where a key is empty: to the reference that names the mapping itself.
    fn refuse_empty_keys(&self, fields: &Mapping) -> Result<(), MergeError> {
        match fields.iter().find(|entry| entry.key.text.is_empty()) {
            None => Ok(()),
            Some(entry) => Err(MergeError::EmptyKey {
                path: self.path.clone(),
                at: entry.key_origin,
            }),
        }
    }

    /// Returns the schema by the node's own `apiVersion` and `kind`, at whatever depth they stand.
    fn own_schema(&self, node: &Node) -> Option<Schema<'s>> {
        let fields = node.as_mapping()?;
        let kind = fields.get("kind")?.text()?;
        let api_version = fields.get("apiVersion")?.text()?;
        self.schemas.of(api_version, kind)
    }
}

/// Gives a patch's scalar the style of the one whose place it takes, as the reference does: a number
/// that a patch puts where a quoted text stood is quoted, hence text.
fn styled(mut node: Node, old: &Node) -> Node {
    if let (Value::Scalar(new), Value::Scalar(old)) = (&mut node.value, &old.value) {
        new.style = match old.style {
            Style::Untyped => Style::Plain,
            style => style,
        };
        if new.style != Style::Plain && new.tag != Tag::Binary {
            new.tag = Tag::Str;
        }
    }
    node
}

fn is_untyped(node: &Node) -> bool {
    node.as_scalar()
        .is_some_and(|scalar| scalar.style == Style::Untyped)
}

/// Tells whether a scalar that stays in a mapping becomes text: one without a type that looks as if it
/// had one.
fn is_to_be_text(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| {
        scalar.style == Style::Untyped
            && !scalar.text.is_empty()
            && matches!(scalar.tag, Tag::Null | Tag::Bool | Tag::Int | Tag::Float)
    })
}

fn as_text(mut node: Node) -> Node {
    if let Value::Scalar(scalar) = &mut node.value {
        scalar.tag = Tag::Str;
        scalar.style = Style::DoubleQuoted;
    }
    node
}

/// Tells whether a node that was kept is the one that was there.
fn unchanged(new: &Node, old: &Node) -> bool {
    new.same(old) || (new.as_scalar().is_some() && new.as_scalar() == old.as_scalar())
}

fn kind_name(node: &Node) -> &'static str {
    match node.value {
        Value::Scalar(_) => "scalar",
        Value::Sequence(_) => "list",
        Value::Mapping(_) => "mapping",
    }
}

/// The entries of a mapping by key, hashed where there are many.
struct Index<'m> {
    mapping: &'m Mapping,
    hashed: Option<FxHashMap<&'m str, &'m Entry>>,
}

impl<'m> Index<'m> {
    fn new(mapping: &'m Mapping) -> Self {
        let hashed = (mapping.len() > 16).then(|| {
            mapping
                .iter()
                .map(|entry| (entry.key.text.as_str(), entry))
                .collect()
        });
        Self { mapping, hashed }
    }

    fn get(&self, key: &str) -> Option<&'m Entry> {
        match &self.hashed {
            Some(hashed) => hashed.get(key).copied(),
            None => self.mapping.entry(key),
        }
    }
}

/// A mapping copied only when an entry differs.
struct Rewrite<'m> {
    old: &'m Mapping,
    seen: usize,
    new: Option<Mapping>,
}

impl<'m> Rewrite<'m> {
    fn new(old: &'m Mapping) -> Self {
        Self {
            old,
            seen: 0,
            new: None,
        }
    }

    /// Passes over an entry that stays as it is.
    fn keep(&mut self, entry: &Entry) {
        self.seen += 1;
        if let Some(new) = &mut self.new {
            new.push(entry.clone());
        }
    }

    /// Passes over an entry that goes.
    fn remove(&mut self) {
        self.copied();
        self.seen += 1;
    }

    /// Passes over an entry whose value is another.
    fn set(&mut self, entry: &Entry, value: Node) {
        let entry = Entry {
            key: entry.key.clone(),
            key_origin: entry.key_origin,
            value,
        };
        self.copied().push(entry);
        self.seen += 1;
    }

    /// Adds an entry behind all.
    fn add(&mut self, entry: &Entry, value: Node) {
        self.set(entry, value);
    }

    fn copied(&mut self) -> &mut Mapping {
        self.new.get_or_insert_with(|| {
            let mut new = Mapping::with_capacity(self.old.len() + 1);
            for entry in self.old.iter().take(self.seen) {
                new.push(entry.clone());
            }
            new
        })
    }

    fn finish(self) -> Option<Mapping> {
        self.new
    }
}
