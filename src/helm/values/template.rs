//! Values as templates compute with them.

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::template::{self, Kind, List, Map, Origins, Span, Str, Written};
use crate::yaml::Origin;

use super::heap::{Heap, Slot, TableId};
use super::{Data, Lines, Table, Value};

/// Turns values into those of templates, and remembers who wrote them.
#[derive(Debug, Default)]
pub(crate) struct Converter {
    /// The places, by the number that the templates' origins know them by.
    places: Vec<Origin>,
    numbers: HashMap<Origin, u32, rustc_hash::FxBuildHasher>,
    origins: Option<Origins>,
    /// Tables of the heap that were turned: one that two places hold is one map in templates, too.
    known: HashMap<TableId, Map, rustc_hash::FxBuildHasher>,
}

/// What the numbers of origins stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(Vec<Origin>);

impl Places {
    /// The place of a number.
    pub(crate) fn get(&self, number: u32) -> Option<Origin> {
        self.0.get(usize::try_from(number).ok()?).copied()
    }
}

impl Converter {
    /// One that keeps track of places.
    pub(crate) fn tracing() -> Self {
        Self {
            origins: Some(Origins::default()),
            ..Self::default()
        }
    }

    /// The origins that were given, and what they stand for.
    pub(crate) fn finish(self) -> Option<(Origins, Places)> {
        Some((self.origins?, Places(self.places)))
    }

    fn origin(&mut self, at: Origin) -> template::Origin {
        let Some(origins) = &mut self.origins else {
            return template::Origin::NONE;
        };
        let places = &mut self.places;
        let number = *self.numbers.entry(at).or_insert_with(|| {
            places.push(at);
            u32::try_from(places.len() - 1).unwrap_or(u32::MAX)
        });
        origins.intern(Written::Given(number))
    }

    /// A table of the heap.
    pub(crate) fn heap_table(&mut self, heap: &Heap, id: TableId) -> Map {
        if let Some(map) = self.known.get(&id) {
            return map.clone();
        }
        let entries: Vec<(SmolStr, Slot)> = heap
            .entries(id)
            .map(|(key, slot)| (key.clone(), slot.clone()))
            .collect();
        let map = Map::new();
        self.known.insert(id, map.clone());
        for (key, slot) in entries {
            let value = match slot {
                Slot::Fixed(value) => self.value(&value),
                Slot::Open(below) => {
                    let at = heap.origin(below).map(|at| self.origin(at));
                    let map = template::Value::from(self.heap_table(heap, below));
                    map.at(at.unwrap_or_default())
                }
            };
            map.insert(key.as_str(), value);
        }
        map
    }

    /// A table that nothing has touched.
    pub(crate) fn table(&mut self, table: &Table) -> Map {
        table
            .iter()
            .map(|(key, value)| (Str::from(key.as_str()), self.value(value)))
            .collect()
    }

    /// A value that nothing has touched.
    pub(crate) fn value(&mut self, value: &Value) -> template::Value {
        let kind = match &value.data {
            Data::Null => Kind::Nil,
            Data::Bool(truth) => Kind::Bool(*truth),
            Data::Int(number) => Kind::Int(*number, template::IntType::Int64),
            Data::Float(number) => Kind::Float(*number),
            Data::Text(text) => Kind::Str(self.text(text, value)),
            Data::Bytes(bytes) => Kind::Str(Str::from(&**bytes)),
            Data::List(items) => Kind::List(List::new(
                items.iter().map(|item| self.value(item)).collect(),
            )),
            Data::Table(table) => Kind::Map(self.table(table)),
        };
        template::Value::from(kind).at(self.origin(value.at))
    }

    /// A text, whose lines have places of their own where they stand below each other in the file.
    fn text(&mut self, text: &str, value: &Value) -> Str {
        let whole = Str::from(text);
        if self.origins.is_none() || value.lines == Lines::Here {
            return whole;
        }
        let mut spans = Vec::new();
        let mut start = 0;
        for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
            let at = Origin::at(value.at.file, value.at.line.saturating_add(number), 0);
            let origin = self.origin(at);
            spans.push(Span { start, origin });
            start += line.len();
        }
        whole.traced(spans)
    }
}
