//! Values: what charts, files and flags say, as JSON data that knows who wrote each piece.
//!
//! A [`Value`] never changes and is shared by reference, so that one chart's defaults serve any number of
//! renders at once. [`read`] reads files, [`flags`] the `--set` family; [`sources`] puts them together as the
//! command line gives them; [`coalesce`] lays them over the defaults of charts, in a [`heap`] of tables that do
//! change. [`template`] makes of them what templates compute with.

pub(crate) mod coalesce;
pub mod flags;
pub(crate) mod heap;
pub mod read;
pub mod sources;
pub(crate) mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::yaml::Origin;

/// A piece of values and the place that wrote it.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Who wrote it: a line of a file, or a flag.
    pub at: Origin,
    /// Where the lines of a text stand.
    pub lines: Lines,
}

/// Where the lines of a text stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lines {
    /// Where the value does.
    #[default]
    Here,
    /// One by one in the lines below it: behind `|`.
    Below,
}

/// What a value is: JSON, but that flags make integers where files make floats.
#[derive(Clone, Debug)]
pub enum Data {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number that a flag gave.
    Int(i64),
    /// A number of a file, whole or not.
    Float(f64),
    /// Text.
    Text(SmolStr),
    /// The content of a file that is not UTF-8 (`--set-file`).
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<[Value]>),
    /// A table: keys with values.
    Table(Table),
}

/// Keys with values, shared.
#[derive(Clone, Debug, Default)]
pub struct Table(Arc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    by_key: BTreeMap<SmolStr, Value>,
    /// Whether there is a null in it or in a table below it.
    has_null: bool,
}

impl Value {
    /// A value that `at` wrote.
    pub fn new(data: Data, at: Origin) -> Self {
        Self {
            data,
            at,
            lines: Lines::Here,
        }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.data {
            Data::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The JSON of it, for who has no use for the places. Numbers are as they print in JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Null => serde_json::Value::Null,
            Data::Bool(truth) => (*truth).into(),
            Data::Int(number) => (*number).into(),
            Data::Float(number) => json_number(*number),
            Data::Text(text) => text.as_str().into(),
            Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Table(table) => table.to_json(),
        }
    }

    /// The value at the end of a path of keys and positions.
    pub fn lookup<'v>(&'v self, path: &[&str]) -> Option<&'v Value> {
        path.iter().try_fold(self, |value, part| match &value.data {
            Data::Table(table) => table.get(part),
            Data::List(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// Whole numbers print without a fraction, whatever they were read as.
fn json_number(number: f64) -> serde_json::Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "in the range of exact integers"
    )]
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        (number as i64).into()
    } else {
        number.into()
    }
}

impl Table {
    /// No entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key, null included.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.by_key.get(key)
    }

    /// The table below a key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.get(key)?.as_table()
    }

    /// The entries in the order of the keys' bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&SmolStr, &Value)> {
        self.0.by_key.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.by_key.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.by_key.is_empty()
    }

    /// The JSON of it.
    pub fn to_json(&self) -> serde_json::Value {
        let entries = self.iter();
        let entries = entries.map(|(key, value)| (key.to_string(), value.to_json()));
        serde_json::Value::Object(entries.collect())
    }

    /// Whether there is a null in it or in a table below it. Lists are not looked into.
    pub(crate) fn has_null(&self) -> bool {
        self.0.has_null
    }

    /// Lays `over` on this table: its entries win, and tables on both sides become one.
    #[must_use]
    pub fn overlaid(&self, over: &Table) -> Table {
        if self.is_empty() {
            return over.clone();
        }
        if over.is_empty() {
            return self.clone();
        }
        let mut entries = self.0.by_key.clone();
        for (key, value) in over.iter() {
            let merged = match (entries.get(key).map(|old| &old.data), &value.data) {
                (Some(Data::Table(old)), Data::Table(new)) => {
                    Value::new(Data::Table(old.overlaid(new)), value.at)
                }
                _ => value.clone(),
            };
            entries.insert(key.clone(), merged);
        }
        entries.into_iter().collect()
    }
}

impl FromIterator<(SmolStr, Value)> for Table {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Value)>>(entries: I) -> Self {
        let by_key: BTreeMap<SmolStr, Value> = entries.into_iter().collect();
        let has_null = by_key.values().any(|value| match &value.data {
            Data::Null => true,
            Data::Table(table) => table.has_null(),
            _ => false,
        });
        Self(Arc::new(Entries { by_key, has_null }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    fn table(text: &str) -> Table {
        read::documents(text.as_bytes(), FileId::of("values.yaml")).unwrap()
    }

    #[test]
    fn tables_are_laid_over_each_other_at_each_depth() {
        let base = table("a: {b: 1, c: [1]}\nd: x\n");
        let over = table("a: {b: null, e: 2}\nd: {f: 1}\n");
        assert_eq!(
            base.overlaid(&over).to_json().to_string(),
            r#"{"a":{"b":null,"c":[1],"e":2},"d":{"f":1}}"#
        );
    }

    #[test]
    fn nulls_are_known_from_above() {
        assert!(table("a: {b: {c: null}}").has_null());
        assert!(!table("a: [null]").has_null());
    }
}
