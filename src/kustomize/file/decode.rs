//! Typed values from nodes, by the rules of Go's JSON decoder, which reads the reference tool's files:
//! a field's name matches whatever its case, and null leaves a field as it is.

use std::ops::Deref;
use std::sync::LazyLock;

use smol_str::SmolStr;

use crate::yaml::{Diagnostic, FileId, Node, Origin, Style, Tag, Value, number_text};

/// A type that a node may hold.
pub(crate) trait Decode: Sized {
    /// Reads the value; `at` says which field it is, for the message.
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError>;
}

/// Which field is read: the record it stands in and its name there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    /// The record, as `kustomization` or `image`.
    pub(crate) record: &'a str,
    /// The field.
    pub(crate) field: &'a str,
    /// How strictly it is read.
    pub(crate) rules: Rules,
}

/// How strictly a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// A kustomization file: unknown fields are errors, and no type is turned into another.
    Kustomization,
    /// A transformer configuration: unknown fields are errors, numbers and booleans become text where
    /// text is wanted.
    Configuration,
    /// A plugin's configuration: unknown fields are passed over, numbers and booleans become text.
    Plugin,
    /// A part of a plugin's configuration where no type is turned into another.
    StrictPlugin,
}

impl Rules {
    fn converts(self) -> bool {
        matches!(self, Self::Configuration | Self::Plugin)
    }

    fn passes_over_unknown_fields(self) -> bool {
        matches!(self, Self::Plugin | Self::StrictPlugin)
    }

    /// Returns the rules for what the reference tool has in a structure that another embeds: there its
    /// reader does not know which type is wanted, so it turns none into another.
    pub(crate) fn embedded(self) -> Self {
        match self {
            Self::Kustomization | Self::Configuration => Self::Kustomization,
            Self::Plugin | Self::StrictPlugin => Self::StrictPlugin,
        }
    }
}

/// Why a node is not of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No field has the name.
    #[error("unknown field `{field}` in {record}")]
    UnknownField {
        /// The name.
        field: String,
        /// What was read.
        record: String,
        /// The nearest name there is.
        nearest: Option<String>,
        /// The place of the name.
        at: Origin,
    },
    /// The value is of another type.
    #[error("`{field}` in {record} must be {wanted}, not {found}")]
    WrongType {
        /// The field.
        field: String,
        /// What was read.
        record: String,
        /// The type that it must be.
        wanted: &'static str,
        /// The type that it is.
        found: &'static str,
        /// The place of the value.
        at: Origin,
    },
}

impl Diagnostic for DecodeError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::UnknownField { at, .. } | Self::WrongType { at, .. } => Some(*at),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownField { nearest, .. } => nearest
                .as_ref()
                .map(|name| format!("did you mean `{name}`?")),
            Self::WrongType {
                wanted: "text",
                found: "a number" | "a boolean",
                ..
            } => Some("put it in quotes".to_owned()),
            Self::WrongType { wanted, found, .. } => {
                let hint = match (*wanted, *found) {
                    ("a list", "text" | "a number" | "a boolean" | "a mapping") => {
                        "put `- ` before it"
                    }
                    ("text" | "a boolean" | "an integer", "a list") => {
                        "write the value alone, not as a list"
                    }
                    ("a boolean", "text") => "write `true` or `false`, without quotes",
                    ("an integer", "text") => "write a number, without quotes",
                    ("a mapping" | "a mapping of texts", "a list") => {
                        "write `name: value` without the `- ` before it"
                    }
                    _ => return None,
                };
                Some(hint.to_owned())
            }
        }
    }
}

impl DecodeError {
    pub(crate) fn wrong_type(node: &Node, wanted: &'static str, at: At<'_>) -> Self {
        Self::WrongType {
            field: at.field.to_owned(),
            record: at.record.to_owned(),
            wanted,
            found: node.type_words(),
            at: node.origin,
        }
    }

    /// Returns the error of a name that none of `known` is.
    pub(crate) fn unknown_field(name: &str, at: Origin, record: &str, known: &[&str]) -> Self {
        let nearest = known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(name, known), known))
            .min()
            .filter(|(distance, known)| *distance <= known.len().max(name.len()) / 3)
            .map(|(_, known)| (*known).to_owned());
        Self::UnknownField {
            field: name.to_owned(),
            record: record.to_owned(),
            nearest,
            at,
        }
    }
}

static NOWHERE: LazyLock<Origin> = LazyLock::new(|| Origin::file(FileId::of("")));

/// A text with the place that wrote it.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text; empty where nothing wrote it.
    pub text: SmolStr,
    /// The place.
    pub origin: Origin,
    /// How it was written.
    pub style: Style,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            text: SmolStr::default(),
            origin: *NOWHERE,
            style: Style::Plain,
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

/// A mapping of texts, sorted by key.
#[derive(Clone, Debug, Default)]
pub struct TextMap(pub Vec<(SmolStr, Text)>);

impl Deref for TextMap {
    type Target = [(SmolStr, Text)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl TextMap {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Text> {
        let position = self
            .0
            .binary_search_by(|(have, _)| have.as_str().cmp(key))
            .ok()?;
        self.0.get(position).map(|(_, value)| value)
    }

    /// Adds a key that is not there.
    pub fn insert_new(&mut self, key: &str, value: &Text) {
        if let Err(position) = self.0.binary_search_by(|(have, _)| have.as_str().cmp(key)) {
            self.0.insert(position, (key.into(), value.clone()));
        }
    }
}

impl Decode for Text {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        let text = match node.as_scalar() {
            Some(scalar) => match scalar.tag {
                Tag::Str | Tag::Timestamp | Tag::Binary => Some(scalar.text.clone()),
                Tag::Null => Some(SmolStr::default()),
                Tag::Bool | Tag::Int | Tag::Float if !at.rules.converts() => None,
                Tag::Bool => Some(scalar.text.to_ascii_lowercase().into()),
                Tag::Int | Tag::Float => number_text(&scalar.text),
            },
            None => None,
        };
        Ok(Self {
            text: text.ok_or_else(|| DecodeError::wrong_type(node, "text", at))?,
            origin: node.origin,
            style: node.as_scalar().map_or(Style::Plain, |scalar| scalar.style),
        })
    }
}

impl Decode for bool {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        match node.as_scalar() {
            Some(scalar) if scalar.tag == Tag::Bool => Ok(scalar.text.eq_ignore_ascii_case("true")),
            Some(scalar) if scalar.tag == Tag::Null => Ok(false),
            _ => Err(DecodeError::wrong_type(node, "a boolean", at)),
        }
    }
}

impl Decode for i64 {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        let wrong = || DecodeError::wrong_type(node, "an integer", at);
        let scalar = node.as_scalar().ok_or_else(wrong)?;
        let digits = scalar.text.replace('_', "");
        match scalar.tag {
            Tag::Null => Ok(0),
            Tag::Int => integer(&digits).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

/// An integer with the place that wrote it.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The value; 0 where nothing wrote it.
    pub value: i64,
    /// The place.
    pub origin: Origin,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            value: 0,
            origin: *NOWHERE,
        }
    }
}

impl Decode for Number {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            value: i64::decode(node, at)?,
            origin: node.origin,
        })
    }
}

fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = if let Some(digits) = digits.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = digits.strip_prefix("0o") {
        (8, digits)
    } else if let Some(digits) = digits.strip_prefix("0b") {
        (2, digits)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, digits)
    } else {
        (10, digits)
    };
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        match &node.value {
            Value::Sequence(items) => items.iter().map(|item| T::decode(item, at)).collect(),
            _ if node.is_null() => Ok(Self::new()),
            _ => Err(DecodeError::wrong_type(node, "a list", at)),
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        if node.is_null() {
            return Ok(None);
        }
        T::decode(node, at).map(Some)
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        T::decode(node, at).map(Box::new)
    }
}

impl Decode for TextMap {
    fn decode(node: &Node, at: At<'_>) -> Result<Self, DecodeError> {
        if node.is_null() {
            return Ok(Self::default());
        }
        let mapping = node
            .as_mapping()
            .ok_or_else(|| DecodeError::wrong_type(node, "a mapping of texts", at))?;
        let mut entries = Vec::with_capacity(mapping.len());
        for entry in mapping {
            let at = At {
                field: &entry.key.text,
                record: at.field,
                ..at
            };
            entries.push((entry.key.text.clone(), Text::decode(&entry.value, at)?));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self(entries))
    }
}

impl Decode for Node {
    fn decode(node: &Node, _: At<'_>) -> Result<Self, DecodeError> {
        Ok(node.clone())
    }
}

/// Reads a mapping field by field; `set` is given the canonical name of each, which is one of `known`.
pub(crate) fn fields(
    node: &Node,
    record: &str,
    known: &[&'static str],
    at: At<'_>,
    mut set: impl FnMut(&'static str, &Node) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    if node.is_null() {
        return Ok(());
    }
    let mapping = node
        .as_mapping()
        .ok_or_else(|| DecodeError::wrong_type(node, "a mapping", at))?;
    for entry in mapping {
        let key = entry.key.text.as_str();
        let name = known
            .iter()
            .find(|known| **known == key)
            .or_else(|| known.iter().find(|known| known.eq_ignore_ascii_case(key)));
        let Some(name) = name else {
            if at.rules.passes_over_unknown_fields() {
                continue;
            }
            return Err(DecodeError::unknown_field(
                key,
                entry.key_origin,
                record,
                known,
            ));
        };
        // Of two spellings of one name, the later in bytewise order counts.
        let overruled = mapping.iter().any(|other| {
            other.key.text.as_str() > key
                && other.key.text.eq_ignore_ascii_case(key)
                && !other.value.is_null()
        });
        if !overruled && !entry.value.is_null() {
            set(name, &entry.value)?;
        }
    }
    Ok(())
}

/// Declares a struct with the names that its fields have in YAML. A field `@origin` is the place of the
/// whole; `%embedded` lists the fields that the reference tool has in an embedded structure.
macro_rules! record {
    (
        $(#[$outer:meta])*
        $record:literal
        $vis:vis struct $Name:ident {
            $( @$origin:ident, )?
            $( %embedded [ $( $embedded:literal ),* $(,)? ], )?
            $( $(#[$inner:meta])* $field:ident : $Type:ty = $yaml:literal, )*
        }
    ) => {
        $(#[$outer])*
        #[derive(Clone, Debug)]
        $vis struct $Name {
            $(
                /// The place of the whole.
                $vis $origin: $crate::yaml::Origin,
            )?
            $( $(#[$inner])* $vis $field: $Type, )*
        }

        impl Default for $Name {
            fn default() -> Self {
                Self {
                    $( $origin: $crate::kustomize::file::Text::default().origin, )?
                    $( $field: Default::default(), )*
                }
            }
        }

        impl $crate::kustomize::file::Decode for $Name {
            fn decode(
                node: &$crate::yaml::Node,
                at: $crate::kustomize::file::At<'_>,
            ) -> Result<Self, $crate::kustomize::file::DecodeError> {
                use $crate::kustomize::file::{At, Decode};
                const KNOWN: &[&str] = &[$( $yaml ),*];
                const EMBEDDED: &[&str] = &[$( $( $embedded ),* )?];
                let mut record = Self { $( $origin: node.origin, )? ..Self::default() };
                $crate::kustomize::file::fields(node, $record, KNOWN, at, |name, value| {
                    let rules = if EMBEDDED.contains(&name) {
                        at.rules.embedded()
                    } else {
                        at.rules
                    };
                    let at = At { record: $record, field: name, rules };
                    match name {
                        $( $yaml => record.$field = Decode::decode(value, at)?, )*
                        _ => {}
                    }
                    Ok(())
                })?;
                Ok(record)
            }
        }
    };
}
pub(crate) use record;

/// Reads a whole document.
pub(crate) fn decode<T: Decode>(node: &Node, record: &str, rules: Rules) -> Result<T, DecodeError> {
    T::decode(
        node,
        At {
            record: "the file",
            field: record,
            rules,
        },
    )
}
