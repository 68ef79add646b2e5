//! Kustomization documents that are made or changed.

use crate::yaml::{Mapping, Node, Origin};

/// A kustomization that is being written.
pub(super) struct Document {
    fields: Mapping,
    at: Origin,
}

impl Document {
    /// Begins with nothing.
    pub(super) fn new(at: Origin) -> Self {
        Self {
            fields: Mapping::default(),
            at,
        }
    }

    /// Begins with what is written; `None` where that is no mapping.
    pub(super) fn of(node: &Node) -> Option<Self> {
        Some(Self {
            fields: node.as_mapping()?.clone(),
            at: node.origin,
        })
    }

    /// Sets a field.
    pub(super) fn set(&mut self, field: &str, value: Node) {
        let known = self.known(field);
        self.fields.insert(&known, value);
    }

    /// Sets a field to a text.
    pub(super) fn set_text(&mut self, field: &str, text: &str, at: Origin) {
        self.set(field, Node::string(text, at));
    }

    /// Returns a field, unless it is null.
    pub(super) fn get(&self, field: &str) -> Option<&Node> {
        let value = self.fields.get(&self.known(field))?;
        (!value.is_null()).then_some(value)
    }

    /// Adds items to the end of a list. What is no list stays, to be refused by whoever reads it.
    pub(super) fn extend(&mut self, field: &str, items: impl IntoIterator<Item = Node>) {
        let mut items = items.into_iter().peekable();
        let Some(first) = items.peek() else { return };
        let at = first.origin;
        match self.get(field) {
            None => self.set(field, Node::sequence(items.collect(), at)),
            Some(list) => {
                if let Some(known) = list.as_sequence() {
                    let all = known.iter().cloned().chain(items).collect();
                    let origin = list.origin;
                    self.set(field, Node::sequence(all, origin));
                }
            }
        }
    }

    /// Changes the item of a list that has a name, or adds it.
    pub(super) fn change_named(
        &mut self,
        field: &str,
        name: &str,
        at: Origin,
        change: impl FnOnce(&mut Mapping),
    ) {
        let mut items: Vec<Node> = self
            .get(field)
            .and_then(Node::as_sequence)
            .unwrap_or_default()
            .to_vec();
        let known = items
            .iter_mut()
            .find(|item| item.get("name").and_then(Node::text) == Some(name));
        if let Some(item) = known.and_then(Node::as_mapping_mut) {
            change(item);
        } else {
            let mut item = Mapping::default();
            item.insert("name", Node::string(name, at));
            change(&mut item);
            items.push(Node::mapping(item, at));
        }
        self.set(field, Node::sequence(items, at));
    }

    /// Returns what was written.
    pub(super) fn finish(self) -> Node {
        Node::mapping(self.fields, self.at)
    }

    /// The field as it is spelled here: kustomize takes names in any case.
    fn known(&self, field: &str) -> String {
        if self.fields.contains_key(field) {
            return field.to_owned();
        }
        let spelled = self
            .fields
            .iter()
            .find(|entry| entry.key.text.eq_ignore_ascii_case(field));
        spelled.map_or_else(|| field.to_owned(), |entry| entry.key.text.to_string())
    }
}

/// Returns a list of one field of a document: `{order: fifo}`, so that a build leaves the order as it is.
pub(super) fn order_as_it_is(document: &mut Document, at: Origin) {
    let mut order = Mapping::default();
    order.insert("order", Node::string("fifo", at));
    document.set("sortOptions", Node::mapping(order, at));
}
