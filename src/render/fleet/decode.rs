//! Typed values from the nodes of the fleet file, strictly: names as they are written, no type turned
//! into another, nothing unknown.

use crate::yaml::{Entry, Node, Origin, Tag};

use super::error::{FleetError, nearest};

/// The fields of a mapping; each is taken once, and [`Fields::finish`] refuses what nobody took.
pub(super) struct Fields<'n> {
    /// What is read, for messages.
    record: String,
    at: Origin,
    entries: Vec<&'n Entry>,
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Reads a mapping.
    pub(super) fn of(node: &'n Node, record: impl Into<String>) -> Result<Self, FleetError> {
        let record = record.into();
        let Some(mapping) = node.as_mapping() else {
            return Err(wrong_type(node, &record, "a mapping"));
        };
        Ok(Self {
            record,
            at: node.origin,
            entries: mapping.iter().collect(),
            asked: Vec::new(),
        })
    }

    /// Returns the place of the whole.
    pub(super) fn origin(&self) -> Origin {
        self.at
    }

    /// Takes a field, if it is there and not null.
    pub(super) fn take(&mut self, field: &'static str) -> Option<&'n Node> {
        self.asked.push(field);
        let position = self
            .entries
            .iter()
            .position(|entry| entry.key.text == field)?;
        let value = &self.entries.swap_remove(position).value;
        (!value.is_null()).then_some(value)
    }

    /// Takes a field that must be there.
    pub(super) fn require(&mut self, field: &'static str) -> Result<&'n Node, FleetError> {
        self.take(field).ok_or_else(|| FleetError::MissingField {
            field,
            record: self.record.clone(),
            at: self.at,
        })
    }

    /// Takes a text that must be there.
    pub(super) fn require_text(&mut self, field: &'static str) -> Result<String, FleetError> {
        text(self.require(field)?, field)
    }

    /// Takes a text.
    pub(super) fn take_text(&mut self, field: &'static str) -> Result<Option<String>, FleetError> {
        self.take(field).map(|node| text(node, field)).transpose()
    }

    /// Takes a list of texts, empty where it is missing, each with its place.
    pub(super) fn take_texts(
        &mut self,
        field: &'static str,
    ) -> Result<Vec<(String, Origin)>, FleetError> {
        self.take_list(field)?
            .iter()
            .map(|item| Ok((text(item, field)?, item.origin)))
            .collect()
    }

    /// Takes a list, empty where it is missing.
    pub(super) fn take_list(&mut self, field: &'static str) -> Result<&'n [Node], FleetError> {
        match self.take(field) {
            None => Ok(&[]),
            Some(node) => node
                .as_sequence()
                .ok_or_else(|| wrong_type(node, field, "a list")),
        }
    }

    /// Takes a boolean.
    pub(super) fn take_bool(&mut self, field: &'static str) -> Result<Option<bool>, FleetError> {
        let Some(node) = self.take(field) else {
            return Ok(None);
        };
        match node.as_scalar() {
            Some(scalar) if scalar.tag == Tag::Bool => {
                Ok(Some(scalar.text.eq_ignore_ascii_case("true")))
            }
            _ => Err(wrong_type(node, field, "a boolean")),
        }
    }

    /// Refuses the first field that was not taken.
    pub(super) fn finish(self) -> Result<(), FleetError> {
        let unknown = self
            .entries
            .iter()
            .min_by_key(|entry| (entry.key_origin, &entry.key.text));
        let Some(unknown) = unknown else {
            return Ok(());
        };
        Err(FleetError::UnknownField {
            field: unknown.key.text.to_string(),
            record: self.record,
            nearest: nearest(&unknown.key.text, self.asked),
            at: unknown.key_origin,
        })
    }
}

/// Reads a text.
pub(super) fn text(node: &Node, field: &str) -> Result<String, FleetError> {
    let text = node
        .as_str()
        .ok_or_else(|| wrong_type(node, field, "text"))?;
    if text.is_empty() {
        return Err(FleetError::BadValue {
            field: field.to_owned(),
            value: String::new(),
            wanted: "a text of at least one character",
            nearest: None,
            at: node.origin,
        });
    }
    Ok(text.to_owned())
}

pub(super) fn wrong_type(node: &Node, field: &str, wanted: &'static str) -> FleetError {
    FleetError::WrongType {
        field: field.to_owned(),
        wanted,
        found: node.type_words(),
        at: node.origin,
    }
}
