//! The document as it is put together: types, aliases, merge keys, duplicate keys, bounds.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::yaml::resolve::{is_old_bool, is_special_float, resolve};
use crate::yaml::{
    Entry, FileId, Mapping, Node, Origin, Scalar, Style, Tag, Value, binary, json, number,
    timestamp,
};

use super::cursor::{Cursor, Mark};
use super::input::{Part, is_allowed};
use super::property::Properties;
use super::{DuplicateKeys, Limits, ParseError, Syntax, Version, version_2};

/// Recursion deeper than this could overflow the stack of a thread.
const MAX_DEPTH: usize = 256;

/// Mappings up to this size are searched for duplicate keys pair by pair.
const SMALL_MAPPING: usize = 12;

/// The state of reading one document.
pub(super) struct Parser<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) tags: Vec<(&'t str, String)>,
    version: Version,
    /// Nodes of the file so far, those of aliases counted each time.
    pub(super) nodes: usize,
    /// The column of the block collection around a flow collection.
    pub(super) block_indent: super::block::Indent,
    limits: Limits,
    depth: usize,
    /// The greatest depth since an anchor was opened.
    deepest: usize,
    anchors: FxHashMap<&'t str, Anchor>,
    /// Whether version 2 of Go's YAML would have read the same so far, but for how things were written.
    pub(super) is_alike: bool,
    /// Whether there was something that JSON cannot hold, which is no mistake until the document is whole: a later key
    /// may have taken its place.
    has_unfit: bool,
}

enum Anchor {
    /// Its value is being read.
    Open,
    Closed {
        node: Node,
        nodes: usize,
        height: usize,
    },
}

/// What must be known to close an anchor.
pub(super) struct OpenAnchor<'t> {
    name: Option<&'t str>,
    nodes: usize,
    deepest: usize,
}

/// A key of a mapping before its value is known.
pub(super) struct Key {
    pub(super) scalar: Scalar,
    pub(super) origin: Origin,
    merge: bool,
}

/// The entries of a mapping as they are read.
#[derive(Default)]
pub(super) struct Entries {
    entries: Vec<Entry>,
    /// Where the first `<<` stands, and whether it merges, which a quoted one does not.
    merge: Option<(usize, bool)>,
}

impl<'t> Parser<'t> {
    pub(super) fn new(part: Part<'t>, file: FileId, limits: &Limits, version: Version) -> Self {
        let mut limits = *limits;
        limits.depth = limits.depth.min(MAX_DEPTH);
        Self {
            cursor: Cursor::new(part, file),
            tags: Vec::new(),
            version,
            nodes: 0,
            block_indent: None,
            limits,
            depth: 0,
            deepest: 0,
            anchors: FxHashMap::default(),
            is_alike: true,
            has_unfit: false,
        }
    }

    /// Reads the first document of the text; `None` if it is empty or null.
    pub(super) fn document(&mut self) -> Result<Option<Node>, ParseError> {
        let directives = self.directives()?;
        if self.cursor.is_document_marker() && self.cursor.byte() == b'-' {
            self.cursor.position += 3;
            self.cursor.key_allowed = false;
            self.cursor.skip_to_token();
            if self.cursor.is_document_end() {
                return Ok(None);
            }
        } else if directives {
            return Err(self.cursor.error(Syntax::ExpectedDocumentStart));
        } else if self.cursor.is_document_marker() {
            return Err(self.cursor.error(Syntax::ExpectedValue));
        }
        if self.cursor.is_end() {
            return Ok(None);
        }
        let node = self.block_node(None, false)?;
        // What follows is not read, yet its first token has been looked at by then.
        self.cursor.skip_to_token();
        if self.cursor.byte() == b':' && self.cursor.is_space_ahead(1) {
            return Err(self.cursor.error(Syntax::ValueNotHere));
        }
        self.tags.clear();
        self.directives()?;
        if self.has_unfit {
            version_2::check_fit(&node)?;
        }
        Ok((!node.is_null()).then_some(node))
    }

    /// Goes one level down; each call is matched by one of [`Self::leave`].
    pub(super) fn enter(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.check_depth(self.depth)
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn check_depth(&self, depth: usize) -> Result<(), ParseError> {
        if depth > self.limits.depth {
            return Err(ParseError::TooDeep {
                limit: self.limits.depth,
                at: self.cursor.origin(),
            });
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize) -> Result<(), ParseError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(ParseError::TooManyNodes {
                limit: self.limits.nodes,
                at: self.cursor.origin(),
            });
        }
        Ok(())
    }

    /// Announces the anchor of the value that follows, so that an alias in it is seen to contain itself.
    pub(super) fn open_anchor(&mut self, properties: &Properties<'t>) -> OpenAnchor<'t> {
        if let Some(name) = properties.anchor {
            self.anchors.insert(name, Anchor::Open);
        }
        let open = OpenAnchor {
            name: properties.anchor,
            nodes: self.nodes,
            deepest: self.deepest,
        };
        self.deepest = self.depth;
        open
    }

    pub(super) fn close_anchor(&mut self, open: &OpenAnchor<'t>, node: &Node) {
        if let Some(name) = open.name {
            let anchor = Anchor::Closed {
                node: node.clone(),
                nodes: self.nodes - open.nodes,
                height: self.deepest.saturating_sub(self.depth),
            };
            self.anchors.insert(name, anchor);
        }
        self.deepest = self.deepest.max(open.deepest);
    }

    /// Reads `*name` and returns what the anchor stands for.
    pub(super) fn alias(&mut self) -> Result<Node, ParseError> {
        let at = self.cursor.origin();
        let name = self.anchor_name()?;
        self.cursor.key_allowed = false;
        let (node, nodes, height) = match self.anchors.get(name) {
            Some(Anchor::Closed {
                node,
                nodes,
                height,
            }) => (node.clone(), *nodes, *height),
            Some(Anchor::Open) => {
                return Err(ParseError::AnchorInItself {
                    name: name.into(),
                    at,
                });
            }
            None => {
                let mut names: Vec<&str> = self.anchors.keys().copied().collect();
                names.sort_unstable();
                let nearest = names
                    .into_iter()
                    .filter(|known| strsim::damerau_levenshtein(known, name) <= 2)
                    .min_by_key(|known| strsim::damerau_levenshtein(known, name));
                return Err(ParseError::UnknownAnchor {
                    name: name.into(),
                    nearest: nearest.map(Into::into),
                    at,
                });
            }
        };
        self.count(nodes)?;
        self.check_depth(self.depth + height)?;
        self.deepest = self.deepest.max(self.depth + height);
        Ok(node)
    }

    /// Makes a leaf of its text.
    pub(super) fn leaf(
        &mut self,
        text: SmolStr,
        mut style: Style,
        properties: &Properties<'t>,
        at: Origin,
    ) -> Result<Node, ParseError> {
        self.count(1)?;
        let plain = |text: &SmolStr| match self.version {
            Version::Two(_) => version_2::resolve(text),
            Version::Three(_) => resolve(text),
        };
        let tag = match properties.tag.as_deref() {
            None | Some("!") if style != Style::Plain => Tag::Str,
            // Version 2 takes the tag for a name that it doesn't know.
            Some("!") if matches!(self.version, Version::Two(_)) => Tag::Str,
            None | Some("!") => {
                let tag = plain(&text);
                // The reference writes a node out and reads it again before it prints. Within `{}` and
                // `[]` it must then quote nothing, and a colon; text it is from there on.
                match (tag, self.version) {
                    (Tag::Null, Version::Three(_)) if text.is_empty() && self.cursor.flow > 0 => {
                        style = Style::NothingInFlow;
                        tag
                    }
                    (Tag::Timestamp, Version::Three(_))
                        if text.contains(':') && self.cursor.flow > 0 =>
                    {
                        Tag::Str
                    }
                    _ => tag,
                }
            }
            Some("!!bool") if plain(&text) == Tag::Bool => Tag::Bool,
            Some(tag) => tagged(tag, &text, at)?,
        };
        self.is_alike &= properties.tag.is_none()
            && match tag {
                Tag::Str => style != Style::Plain || !is_old_bool(&text),
                Tag::Bool => matches!(&*text, "true" | "false"),
                Tag::Timestamp | Tag::Binary => false,
                Tag::Null | Tag::Int | Tag::Float => true,
            };
        if tag == Tag::Float && is_special_float(&text)
            || tag == Tag::Timestamp && timestamp::to_rfc3339(&text).is_none()
        {
            if let Version::Three(_) = self.version {
                return Err(ParseError::NotInJson { value: text, at });
            }
            self.has_unfit = true;
        }
        let text = match (self.version, tag) {
            (Version::Two(_), Tag::Bool) => version_2::bool_text(&text).into(),
            _ => text,
        };
        // JSON knows of no folding, which elsewhere leaves its traces in the output.
        if style == Style::Folded && matches!(self.version, Version::Two(_)) {
            style = Style::DoubleQuoted;
        }
        Ok(Node::scalar(Scalar { text, tag, style }, at))
    }

    /// Makes a leaf of nothing, as behind a key without a value.
    pub(super) fn empty(
        &mut self,
        properties: &Properties<'t>,
        at: Origin,
    ) -> Result<Node, ParseError> {
        let open = self.open_anchor(properties);
        let node = self.leaf(SmolStr::default(), Style::Plain, properties, at)?;
        self.close_anchor(&open, &node);
        Ok(node)
    }

    pub(super) fn sequence(&mut self, items: Vec<Node>, at: Origin) -> Result<Node, ParseError> {
        self.count(1)?;
        Ok(Node::sequence(items, at))
    }

    /// Makes a key of a node; one that began at `mark` must be a leaf that reads as text.
    pub(super) fn key(&mut self, node: Node, at: Origin) -> Result<Key, ParseError> {
        let Value::Scalar(mut scalar) = node.value else {
            return Err(ParseError::KeyNotScalar { at });
        };
        let merge = scalar.text == "<<" && scalar.style == Style::Plain;
        if let Version::Two(_) = self.version {
            self.has_unfit |= !version_2::key(&mut scalar);
            return Ok(Key {
                scalar,
                origin: at,
                merge,
            });
        }
        self.is_alike &= scalar.tag == Tag::Str && scalar.text != "<<";
        match scalar.tag {
            Tag::Str => {}
            // The root is decoded to a map of text, all below to whatever JSON refuses.
            Tag::Bool | Tag::Int | Tag::Float | Tag::Timestamp if self.depth <= 1 => {
                scalar.tag = Tag::Str;
            }
            // After a `?`; without one, nothing is no key.
            Tag::Null if scalar.text.is_empty() => scalar.tag = Tag::Str,
            _ => {
                return Err(ParseError::KeyNotText {
                    key: scalar.text,
                    at,
                });
            }
        }
        // The reference reads its own JSON again, where a key has the length of its escaped form, and
        // NEL, which JSON does not escape, ends a line.
        if scalar.text.len() > 1024 / 6 && json::quoted_length(&scalar.text) > 1024 {
            return Err(ParseError::KeyTooLong { at });
        }
        if !scalar.text.is_ascii() && scalar.text.contains('\u{85}') {
            return Err(ParseError::NotInJson {
                value: scalar.text,
                at,
            });
        }
        Ok(Key {
            scalar,
            origin: at,
            merge,
        })
    }

    /// Makes a mapping: finds duplicate keys, resolves `<<`.
    pub(super) fn mapping(&mut self, entries: Entries, at: Origin) -> Result<Node, ParseError> {
        self.count(1)?;
        let Entries {
            mut entries,
            mut merge,
        } = entries;
        if self.version == Version::Two(DuplicateKeys::LastCounts) {
            if merge.is_some() || duplicate(&entries).is_some() {
                entries = self.merge_in_order(entries)?;
            }
            return Ok(Node::mapping(Mapping::from_entries(entries), at));
        }
        if let Some((first, second)) = duplicate(&entries) {
            self.is_alike = false;
            let duplicates = match self.version {
                Version::Two(duplicates) | Version::Three(duplicates) => duplicates,
            };
            if duplicates == DuplicateKeys::Refused {
                return Err(ParseError::DuplicateKey {
                    key: second.key.text.clone(),
                    at: second.key_origin,
                    first: first.key_origin,
                });
            }
            entries = without_duplicates(entries, duplicates);
            let place = entries.iter().position(|entry| entry.key.text == "<<");
            merge = merge.and_then(|(_, merges)| Some((place?, merges)));
        }
        if let Some((index, merges)) = merge {
            let merged = entries.remove(index);
            if merges {
                entries = self.merge(entries, &merged)?;
            }
            // A quoted `<<` merges nothing, yet the reference takes it out all the same.
        }
        Ok(Node::mapping(Mapping::from_entries(entries), at))
    }

    fn merge(&mut self, mut entries: Vec<Entry>, source: &Entry) -> Result<Vec<Entry>, ParseError> {
        let sources = merge_sources(source)?;
        // Own keys win, then those of earlier sources; the later sources' new keys come first.
        let mut index: FxHashMap<SmolStr, (usize, bool)> = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.key.text.clone(), (index, true)))
            .collect();
        for source in sources.iter().rev() {
            for entry in merge_source(source)? {
                self.count(1)?;
                match index.get(&entry.key.text) {
                    Some((_, true)) => {}
                    Some((place, false)) => entries[*place] = entry.clone(),
                    None => {
                        index.insert(entry.key.text.clone(), (entries.len(), false));
                        entries.push(entry.clone());
                    }
                }
            }
        }
        Ok(entries)
    }

    /// Returns each key once, with the value that was written last, be it by `<<` or not.
    fn merge_in_order(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, ParseError> {
        let mut places: FxHashMap<SmolStr, usize> = FxHashMap::default();
        let mut merged = Vec::with_capacity(entries.len());
        let mut set = |entry: Entry| {
            if let Some(place) = places.get(&entry.key.text) {
                merged[*place] = entry;
            } else {
                places.insert(entry.key.text.clone(), merged.len());
                merged.push(entry);
            }
        };
        for entry in entries {
            if entry.key.text != "<<" || entry.key.style != Style::Plain {
                set(entry);
                continue;
            }
            for source in merge_sources(&entry)?.iter().rev() {
                for entry in merge_source(source)? {
                    self.count(1)?;
                    set(entry.clone());
                }
            }
        }
        Ok(merged)
    }
}

/// Returns the mappings that an entry `<<` names.
fn merge_sources(entry: &Entry) -> Result<&[Node], ParseError> {
    let (key, value) = (entry.key_origin, &entry.value);
    match &value.value {
        Value::Mapping(_) => Ok(std::slice::from_ref(value)),
        // A list must stand here. What stands before the key was fetched by an alias.
        Value::Sequence(items)
            if (value.origin.line, value.origin.column) > (key.line, key.column) =>
        {
            Ok(items)
        }
        Value::Sequence(_) => Err(ParseError::MergeNotMapping { at: key }),
        Value::Scalar(_) => Err(ParseError::MergeNotMapping { at: value.origin }),
    }
}

fn merge_source(source: &Node) -> Result<&Mapping, ParseError> {
    source
        .as_mapping()
        .ok_or(ParseError::MergeNotMapping { at: source.origin })
}

impl Entries {
    pub(super) fn push(&mut self, key: Key, value: Node) {
        if key.scalar.text == "<<" && self.merge.is_none() {
            self.merge = Some((self.entries.len(), key.merge));
        }
        self.entries.push(Entry {
            key: key.scalar,
            key_origin: key.origin,
            value,
        });
    }
}

/// Each key once, where it stood first.
fn without_duplicates(entries: Vec<Entry>, duplicates: DuplicateKeys) -> Vec<Entry> {
    let mut places = FxHashMap::default();
    let mut once: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = *places.entry(entry.key.text.clone()).or_insert(once.len());
        match once.get_mut(place) {
            Some(_) if duplicates == DuplicateKeys::FirstCounts => {}
            Some(before) => *before = entry,
            None => once.push(entry),
        }
    }
    once
}

/// Finds the first two entries with the same key.
fn duplicate(entries: &[Entry]) -> Option<(&Entry, &Entry)> {
    if entries.len() <= SMALL_MAPPING {
        for (index, second) in entries.iter().enumerate() {
            let mut before = entries.iter().take(index);
            if let Some(first) = before.find(|first| first.key.text == second.key.text) {
                return Some((first, second));
            }
        }
        return None;
    }
    let mut seen: FxHashMap<&str, &Entry> =
        FxHashMap::with_capacity_and_hasher(entries.len(), rustc_hash::FxBuildHasher);
    for second in entries {
        if let Some(first) = seen.insert(&second.key.text, second) {
            return Some((first, second));
        }
    }
    None
}

/// Returns the type that a tag gives to a text which must fit it.
fn tagged(tag: &str, text: &SmolStr, at: Origin) -> Result<Tag, ParseError> {
    let mismatch = || ParseError::TagMismatch {
        value: text.clone(),
        tag: tag.into(),
        at,
    };
    let fits = match tag {
        "!!null" => resolve(text) == Tag::Null,
        "!!bool" => resolve(text) == Tag::Bool,
        "!!timestamp" => resolve(text) == Tag::Timestamp,
        "!!int" => matches!(resolve(text), Tag::Int),
        "!!float" => match resolve(text) {
            Tag::Float => true,
            Tag::Int => matches!(number::parse_any(text), Some(number::Number::Int(_))),
            _ => false,
        },
        "!!binary" => {
            let decoded = binary::decode(text).ok_or_else(mismatch)?;
            if !decoded
                .chars()
                .all(|character| character < ' ' || is_allowed(character))
            {
                return Err(ParseError::NotInJson {
                    value: text.clone(),
                    at,
                });
            }
            return Ok(Tag::Binary);
        }
        // `!!str`, and all that Go's YAML does not know, is text.
        _ => return Ok(Tag::Str),
    };
    if !fits {
        return Err(mismatch());
    }
    Ok(match tag {
        "!!null" => Tag::Null,
        "!!bool" => Tag::Bool,
        "!!timestamp" => Tag::Timestamp,
        "!!int" => Tag::Int,
        _ => Tag::Float,
    })
}

/// Tells whether a key that began at `mark` ends here: `:` follows on its line, near enough.
pub(super) fn is_value_ahead(cursor: &Cursor<'_>, mark: Mark) -> bool {
    if cursor.line != mark.line {
        return false;
    }
    let mut count = 0;
    while cursor.is_blank_ahead(count) {
        count += 1;
    }
    if cursor.ahead(count) != b':' || !(cursor.flow > 0 || cursor.is_space_ahead(count + 1)) {
        return false;
    }
    let end = cursor.position + count;
    end - mark.position <= 1024 || cursor.slice(mark.position, end).chars().count() <= 1024
}
