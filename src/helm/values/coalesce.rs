//! Values over the defaults of a chart and its subcharts, as the reference lays them.
//!
//! The rules are those of Helm 4.3.1 in each detail that shows: where a null removes a key and where it stays
//! ([`Nulls`]), and which tables are shared, hence change in two places (`global`).

use smol_str::SmolStr;

use crate::helm::instance::Instance;
use crate::yaml::Origin;

use super::heap::{Heap, Slot, TableId, TooDeep};
use super::{Data, Value};

/// The key of the values that all charts see.
const GLOBAL: &str = "global";

/// What becomes of nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// A null takes the key away that it stands over, and defaults that are null don't count.
    Remove,
    /// They stay, for a later pass to act on.
    Keep,
}

/// Why values don't go together with a chart.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CoalesceError {
    #[error(transparent)]
    TooDeep(#[from] TooDeep),
    #[error("values of subchart `{chart}` must be a mapping, not `{value}`")]
    NotTable {
        chart: SmolStr,
        value: String,
        at: Origin,
    },
}

/// Values that were left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Warning(pub(crate) String);

/// Lays values over what charts bring along.
pub(crate) struct Coalescer<'h> {
    /// Where the tables are.
    pub(crate) heap: &'h mut Heap,
    /// What was left out.
    pub(crate) warnings: &'h mut Vec<Warning>,
    /// What becomes of nulls.
    pub(crate) nulls: Nulls,
}

impl Coalescer<'_> {
    /// Returns a copy of `values` with the defaults of the chart and of all below it.
    pub(crate) fn over(
        &mut self,
        values: TableId,
        instance: &Instance<'_>,
    ) -> Result<TableId, CoalesceError> {
        let values = self.heap.deep_copy(values)?;
        self.chart(values, instance, "")?;
        Ok(values)
    }

    fn chart(
        &mut self,
        values: TableId,
        instance: &Instance<'_>,
        prefix: &str,
    ) -> Result<(), CoalesceError> {
        let prefix = joined(prefix, &instance.name);
        self.defaults(values, instance, &prefix)?;
        for subchart in &instance.dependencies {
            let below = match self.heap.get(values, &subchart.name) {
                Some(Slot::Open(below)) => below,
                Some(Slot::Fixed(value)) => {
                    return Err(CoalesceError::NotTable {
                        chart: subchart.name.clone(),
                        value: value.to_json().to_string(),
                        at: value.at,
                    });
                }
                None => {
                    let below = self.heap.empty(subchart.chart.values_origin());
                    self.heap
                        .insert(values, subchart.name.clone(), Slot::Open(below));
                    below
                }
            };
            self.globals(below, values, &prefix)?;
            self.chart(below, subchart, &prefix)?;
        }
        Ok(())
    }

    /// Lays the globals of a chart over those of its subchart. Tables directly below `global` become new ones of
    /// the subchart's; the ones below those stay the chart's own.
    fn globals(&mut self, to: TableId, from: TableId, prefix: &str) -> Result<(), CoalesceError> {
        let Some(theirs) = self.global_table(to, "destination") else {
            return Ok(());
        };
        let Some(ours) = self.global_table(from, "source") else {
            return Ok(());
        };
        for key in self.heap.keys(ours) {
            let Some(slot) = self.heap.get(ours, &key) else {
                continue;
            };
            let old = self.heap.get(theirs, &key);
            match (slot, old) {
                (Slot::Open(table), None) => {
                    let copy = self.heap.shallow_copy(table);
                    self.heap.insert(theirs, key, Slot::Open(copy));
                }
                (Slot::Open(table), Some(Slot::Open(old))) => {
                    let copy = self.heap.shallow_copy(table);
                    let path = joined(prefix, &key);
                    self.merge_tables(copy, old, &path, Nulls::Keep)?;
                    self.heap.insert(theirs, key, Slot::Open(copy));
                }
                (Slot::Open(_), Some(Slot::Fixed(_))) => self.warn(format!(
                    "Conflict: cannot merge map onto non-map for {key:?}. Skipping."
                )),
                (Slot::Fixed(_), Some(Slot::Open(_))) => {
                    self.warn(format!("key {key} is table. Skipping"));
                }
                (slot @ Slot::Fixed(_), _) => self.heap.insert(theirs, key, slot),
            }
        }
        self.heap.insert(to, GLOBAL.into(), Slot::Open(theirs));
        Ok(())
    }

    /// The table `global`, or a new one where there is none. None: it is no table.
    fn global_table(&mut self, of: TableId, whose: &str) -> Option<TableId> {
        match self.heap.get(of, GLOBAL) {
            Some(Slot::Open(table)) => Some(table),
            Some(Slot::Fixed(_)) => {
                self.warn(format!(
                    "warning: skipping globals because {whose} {GLOBAL} is not a table."
                ));
                None
            }
            None => {
                let at = self.heap.origin(of)?;
                Some(self.heap.empty(at))
            }
        }
    }

    /// Adds the defaults of a chart that `values` say nothing of.
    fn defaults(
        &mut self,
        values: TableId,
        instance: &Instance<'_>,
        prefix: &str,
    ) -> Result<(), CoalesceError> {
        for (key, default) in instance.values().iter() {
            match self.heap.get(values, key) {
                None => self.add_default(values, key, default)?,
                Some(slot) if slot.is_null() && self.nulls == Nulls::Remove => {
                    self.heap.remove(values, key);
                }
                Some(Slot::Fixed(_)) => {}
                Some(Slot::Open(table)) => match &default.data {
                    Data::Table(defaults) => {
                        let defaults = self.heap.open(defaults, default.at);
                        // What is meant for a subchart is gone through again with the subchart.
                        let is_subchart = instance.dependencies.iter().any(|sub| sub.name == *key);
                        let nulls = if is_subchart { Nulls::Keep } else { self.nulls };
                        if nulls == Nulls::Remove {
                            self.heap.drop_nulls(defaults)?;
                        }
                        self.merge_tables(table, defaults, &joined(prefix, key), nulls)?;
                    }
                    Data::Null => {}
                    _ => self.warn(format!(
                        "warning: skipped value for {prefix}.{key}: Not a table."
                    )),
                },
            }
        }
        Ok(())
    }

    fn add_default(
        &mut self,
        values: TableId,
        key: &SmolStr,
        default: &Value,
    ) -> Result<(), TooDeep> {
        let slot = match &default.data {
            Data::Null if self.nulls == Nulls::Remove => return Ok(()),
            Data::Table(table) if self.nulls == Nulls::Remove && table.has_null() => {
                let table = self.heap.open(table, default.at);
                self.heap.drop_nulls(table)?;
                Slot::Open(table)
            }
            _ => Slot::Fixed(default.clone()),
        };
        self.heap.insert(values, key.clone(), slot);
        Ok(())
    }

    /// Adds to a table what it lacks of another.
    pub(crate) fn merge_tables(
        &mut self,
        to: TableId,
        from: TableId,
        path: &str,
        nulls: Nulls,
    ) -> Result<(), TooDeep> {
        self.merge_at(to, from, path, nulls, 512)
    }

    fn merge_at(
        &mut self,
        to: TableId,
        from: TableId,
        path: &str,
        nulls: Nulls,
        depth: usize,
    ) -> Result<(), TooDeep> {
        let depth = depth.checked_sub(1).ok_or(TooDeep)?;
        // A null of the stronger side removes only what the weaker one has.
        let was_null: Vec<SmolStr> = self
            .heap
            .null_keys(from)
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        for (key, slot) in self.heap.null_keys(to) {
            let is_new = !self.heap.contains(from, &key);
            self.heap.insert(from, key.clone(), slot);
            if nulls == Nulls::Remove && !is_new && !was_null.contains(&key) {
                self.heap.remove(to, &key);
                self.heap.remove(from, &key);
            }
        }
        for key in self.heap.keys(from) {
            let Some(new) = self.heap.get(from, &key) else {
                continue;
            };
            match (self.heap.get(to, &key), new) {
                (None, new) => self.heap.insert(to, key, new),
                (Some(Slot::Open(old)), Slot::Open(new)) => {
                    self.merge_at(old, new, &joined(path, &key), nulls, depth)?;
                }
                (Some(Slot::Fixed(_)), Slot::Open(_)) => self.warn(format!(
                    "warning: cannot overwrite table with non table for {}",
                    joined(path, &key)
                )),
                (Some(Slot::Open(_)), new) if !new.is_null() => self.warn(format!(
                    "warning: destination for {} is a table. Ignoring non-table value",
                    joined(path, &key)
                )),
                _ => {}
            }
        }
        Ok(())
    }

    fn warn(&mut self, message: String) {
        let warning = Warning(message);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        key.to_owned()
    } else {
        format!("{prefix}.{key}")
    }
}
