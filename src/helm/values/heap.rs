//! Tables that change, as Go's maps do: several places may hold one, and each sees what is done to it.
//!
//! The reference computes a release's values by changing maps in place, and which maps are one and the same shows in
//! the result (a nested table of `global` is one table in a chart and in its subcharts). Values that nothing has
//! touched stay shared with where they came from, at no cost.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::yaml::Origin;

use super::{Data, Table, Value};

/// The deepest that tables nest: more means that one holds itself.
const DEPTH: usize = 512;

/// All tables of one computation.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    tables: Vec<Open>,
}

/// A table of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TableId(usize);

#[derive(Debug)]
struct Open {
    entries: BTreeMap<SmolStr, Slot>,
    at: Origin,
}

/// What a key of a table holds.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// A table of the heap.
    Open(TableId),
    /// A value that nothing has touched; a table among them is opened when someone looks.
    Fixed(Value),
}

/// Tables nest too deep, or without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("values nest deeper than {DEPTH} tables, or hold themselves")]
pub struct TooDeep;

impl Heap {
    /// Makes an empty table.
    pub(crate) fn empty(&mut self, at: Origin) -> TableId {
        self.add(BTreeMap::new(), at)
    }

    /// Makes a table that starts as `table`.
    pub(crate) fn open(&mut self, table: &Table, at: Origin) -> TableId {
        let entries = table
            .iter()
            .map(|(key, value)| (key.clone(), Slot::Fixed(value.clone())))
            .collect();
        self.add(entries, at)
    }

    fn add(&mut self, entries: BTreeMap<SmolStr, Slot>, at: Origin) -> TableId {
        self.tables.push(Open { entries, at });
        TableId(self.tables.len() - 1)
    }

    fn table(&self, id: TableId) -> Option<&Open> {
        self.tables.get(id.0)
    }

    fn table_mut(&mut self, id: TableId) -> Option<&mut Open> {
        self.tables.get_mut(id.0)
    }

    /// What wrote a table.
    pub(crate) fn origin(&self, id: TableId) -> Option<Origin> {
        self.table(id).map(|table| table.at)
    }

    /// Whether a table has no keys.
    pub(crate) fn is_empty(&self, id: TableId) -> bool {
        self.table(id).is_none_or(|table| table.entries.is_empty())
    }

    /// The keys of a table as they are now.
    pub(crate) fn keys(&self, id: TableId) -> Vec<SmolStr> {
        self.table(id)
            .map(|table| table.entries.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// What a key holds. A table there is opened, for good: what is then done to it shows here.
    pub(crate) fn get(&mut self, id: TableId, key: &str) -> Option<Slot> {
        let (table, at) = match self.table(id)?.entries.get(key)? {
            Slot::Fixed(Value {
                data: Data::Table(table),
                at,
                ..
            }) => (table.clone(), *at),
            slot => return Some(slot.clone()),
        };
        let opened = Slot::Open(self.open(&table, at));
        if let Some(slot) = self.table_mut(id)?.entries.get_mut(key) {
            *slot = opened.clone();
        }
        Some(opened)
    }

    /// Whether a key is there.
    pub(crate) fn contains(&self, id: TableId, key: &str) -> bool {
        self.table(id)
            .is_some_and(|table| table.entries.contains_key(key))
    }

    /// The keys that are null.
    pub(crate) fn null_keys(&self, id: TableId) -> Vec<(SmolStr, Slot)> {
        let Some(table) = self.table(id) else {
            return Vec::new();
        };
        let nulls = table.entries.iter().filter(|(_, slot)| slot.is_null());
        nulls
            .map(|(key, slot)| (key.clone(), slot.clone()))
            .collect()
    }

    /// Sets a key.
    pub(crate) fn insert(&mut self, id: TableId, key: SmolStr, slot: Slot) {
        if let Some(table) = self.table_mut(id) {
            table.entries.insert(key, slot);
        }
    }

    /// Takes a key away.
    pub(crate) fn remove(&mut self, id: TableId, key: &str) {
        if let Some(table) = self.table_mut(id) {
            table.entries.remove(key);
        }
    }

    /// A table with the same keys, whose values are those of the first: tables below are shared by both.
    pub(crate) fn shallow_copy(&mut self, id: TableId) -> TableId {
        for key in self.keys(id) {
            self.get(id, &key);
        }
        let copied = self.table(id).map(|open| (open.entries.clone(), open.at));
        match copied {
            Some((entries, at)) => self.add(entries, at),
            None => id,
        }
    }

    /// A table that shares nothing that can change with the first.
    pub(crate) fn deep_copy(&mut self, id: TableId) -> Result<TableId, TooDeep> {
        self.copy_at(id, DEPTH)
    }

    fn copy_at(&mut self, id: TableId, depth: usize) -> Result<TableId, TooDeep> {
        let depth = depth.checked_sub(1).ok_or(TooDeep)?;
        let Some(open) = self.table(id) else {
            return Ok(id);
        };
        let (mut entries, at) = (open.entries.clone(), open.at);
        for slot in entries.values_mut() {
            if let Slot::Open(below) = slot {
                *below = self.copy_at(*below, depth)?;
            }
        }
        Ok(self.add(entries, at))
    }

    /// Takes the nulls out of a table and the tables below it.
    pub(crate) fn drop_nulls(&mut self, id: TableId) -> Result<(), TooDeep> {
        self.drop_nulls_at(id, DEPTH)
    }

    fn drop_nulls_at(&mut self, id: TableId, depth: usize) -> Result<(), TooDeep> {
        let depth = depth.checked_sub(1).ok_or(TooDeep)?;
        let Some(open) = self.table_mut(id) else {
            return Ok(());
        };
        open.entries.retain(|_, slot| !slot.is_null());
        let below: Vec<SmolStr> = open
            .entries
            .iter()
            .filter(|(_, slot)| slot.may_have_null())
            .map(|(key, _)| key.clone())
            .collect();
        for key in below {
            if let Some(Slot::Open(table)) = self.get(id, &key) {
                self.drop_nulls_at(table, depth)?;
            }
        }
        Ok(())
    }

    /// The table as values that never change.
    pub(crate) fn freeze(&self, id: TableId) -> Result<Table, TooDeep> {
        self.freeze_at(id, DEPTH)
    }

    fn freeze_at(&self, id: TableId, depth: usize) -> Result<Table, TooDeep> {
        let depth = depth.checked_sub(1).ok_or(TooDeep)?;
        let Some(open) = self.table(id) else {
            return Ok(Table::new());
        };
        let entries = open.entries.iter().map(|(key, slot)| {
            let value = match slot {
                Slot::Fixed(value) => value.clone(),
                Slot::Open(below) => {
                    let at = self.origin(*below).unwrap_or(open.at);
                    Value::new(Data::Table(self.freeze_at(*below, depth)?), at)
                }
            };
            Ok((key.clone(), value))
        });
        entries.collect()
    }

    /// The entries of a table as they are.
    pub(crate) fn entries(&self, id: TableId) -> impl Iterator<Item = (&SmolStr, &Slot)> {
        self.table(id)
            .into_iter()
            .flat_map(|table| table.entries.iter())
    }

    /// The table at the end of a path of keys that are all tables.
    pub(crate) fn path(&mut self, id: TableId, path: &str) -> Option<TableId> {
        path.split('.')
            .try_fold(id, |table, key| match self.get(table, key)? {
                Slot::Open(below) => Some(below),
                Slot::Fixed(_) => None,
            })
    }

    /// The value at the end of a path of keys, if it is no table.
    pub(crate) fn leaf(&mut self, id: TableId, path: &str) -> Option<Value> {
        let (table, key) = match path.rsplit_once('.') {
            Some((above, key)) => (self.path(id, above)?, key),
            None => (id, path),
        };
        match self.get(table, key)? {
            Slot::Fixed(value) => Some(value),
            Slot::Open(_) => None,
        }
    }
}

impl Slot {
    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Fixed(value) if value.is_null())
    }

    fn may_have_null(&self) -> bool {
        match self {
            Self::Open(_) => true,
            Self::Fixed(value) => value.as_table().is_some_and(Table::has_null),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helm::values::read;
    use crate::yaml::FileId;

    fn at() -> Origin {
        Origin::file(FileId::of("values.yaml"))
    }

    fn open(heap: &mut Heap, text: &str) -> TableId {
        let table = read::documents(text.as_bytes(), FileId::of("values.yaml")).unwrap();
        heap.open(&table, at())
    }

    fn json(heap: &Heap, id: TableId) -> String {
        heap.freeze(id).unwrap().to_json().to_string()
    }

    #[test]
    fn a_table_that_two_hold_changes_for_both() {
        let mut heap = Heap::default();
        let first = open(&mut heap, "a: {b: 1}");
        let second = heap.shallow_copy(first);
        let Some(Slot::Open(below)) = heap.get(second, "a") else {
            panic!("no table");
        };
        heap.remove(below, "b");
        assert_eq!(json(&heap, first), r#"{"a":{}}"#);
    }

    #[test]
    fn a_deep_copy_shares_nothing() {
        let mut heap = Heap::default();
        let first = open(&mut heap, "a: {b: 1}");
        let below = heap.path(first, "a").unwrap();
        let second = heap.deep_copy(first).unwrap();
        heap.remove(below, "b");
        assert_eq!(json(&heap, second), r#"{"a":{"b":1}}"#);
    }

    #[test]
    fn nulls_go_at_each_depth_but_not_in_lists() {
        let mut heap = Heap::default();
        let table = open(&mut heap, "a: null\nb: {c: null, d: [null]}");
        heap.drop_nulls(table).unwrap();
        assert_eq!(json(&heap, table), r#"{"b":{"d":[null]}}"#);
    }

    #[test]
    fn a_table_in_itself_is_refused() {
        let mut heap = Heap::default();
        let table = open(&mut heap, "a: 1");
        heap.insert(table, "b".into(), Slot::Open(table));
        assert_eq!(heap.deep_copy(table), Err(TooDeep));
        assert!(heap.freeze(table).is_err());
        assert_eq!(heap.drop_nulls(table), Err(TooDeep));
    }
}
