//! Which subcharts take part in a release, and the values that they give to the charts above.
//!
//! Conditions and tags look at the values of the user over the defaults of the chart, so that a chart's own defaults can
//! switch a subchart off; `import-values` look at defaults only.

use smol_str::SmolStr;

use super::chart::{Chart, Dependency, ImportValues, version};
use super::error::Error;
use super::instance::Instance;
use super::values::coalesce::{Coalescer, Nulls, Warning};
use super::values::heap::{Heap, Slot, TableId};
use super::values::{Data, Table, Value};

/// How many parts the path of a parent's table may have.
const LONGEST_PATH: usize = 128;

/// Names those that a chart needs and does not have, as the reference does before it renders.
pub(crate) fn missing(chart: &Chart) -> Vec<&Dependency> {
    let declared = chart.metadata.dependencies.iter().flatten();
    declared
        .filter(|wanted| {
            let mut there = chart.dependencies.iter();
            !there.any(|chart| chart.metadata.name == wanted.name)
        })
        .collect()
}

/// Takes out what is switched off, then imports values: what a release is made of.
pub(crate) fn process(
    instance: &mut Instance<'_>,
    values: &Table,
    warnings: &mut Vec<Warning>,
) -> Result<(), Error> {
    let mut heap = Heap::default();
    let values = heap.open(values, instance.chart.values_origin());
    let mut processor = Processor {
        heap: &mut heap,
        warnings,
    };
    processor.select(instance, values, "")?;
    processor.import(instance)
}

struct Processor<'h> {
    heap: &'h mut Heap,
    warnings: &'h mut Vec<Warning>,
}

impl Processor<'_> {
    fn coalescer(&mut self, nulls: Nulls) -> Coalescer<'_> {
        Coalescer {
            heap: self.heap,
            warnings: self.warnings,
            nulls,
        }
    }

    /// Takes out the subcharts that are switched off, at each depth. `values` are those at the root of the release, over
    /// the defaults of the charts above.
    fn select(
        &mut self,
        instance: &mut Instance<'_>,
        values: TableId,
        path: &str,
    ) -> Result<(), Error> {
        let Some(declared) = instance.declared.take() else {
            return Ok(());
        };
        instance.is_decided = true;
        instance.dependencies = arranged(instance, &declared);
        let declared: Vec<(SmolStr, &Dependency)> = declared
            .into_iter()
            .map(|(_, dependency)| (SmolStr::from(dependency.name_here()), dependency))
            .collect();
        let values = self.coalescer(Nulls::Remove).over(values, instance)?;
        let tags = self.heap.path(values, "tags");
        let mut off: Vec<SmolStr> = Vec::new();
        for (name, dependency) in &declared {
            let by_tags = tags.is_none_or(|tags| self.tags_allow(tags, dependency));
            let is_on = match self.condition(values, dependency, path) {
                Some(truth) => truth,
                None => by_tags,
            };
            if !is_on {
                off.push(name.clone());
            }
        }
        instance
            .dependencies
            .retain(|subchart| !off.contains(&subchart.name));
        for subchart in &mut instance.dependencies {
            let path = format!("{path}{}.", subchart.name);
            self.select(subchart, values, &path)?;
        }
        let on: Vec<_> = declared
            .into_iter()
            .filter(|(name, _)| !off.contains(name))
            .collect();
        instance.declared = (!on.is_empty()).then_some(on);
        Ok(())
    }

    fn tags_allow(&mut self, tags: TableId, dependency: &Dependency) -> bool {
        let (mut some_on, mut some_off) = (false, false);
        for tag in &dependency.tags {
            match self.heap.get(tags, tag) {
                Some(Slot::Fixed(Value {
                    data: Data::Bool(truth),
                    ..
                })) => {
                    some_on |= truth;
                    some_off |= !truth;
                }
                Some(_) => self.warn(format!(
                    "tag `{tag}` of dependency `{}` is not a boolean",
                    dependency.name
                )),
                None => {}
            }
        }
        some_on || !some_off
    }

    fn condition(&mut self, values: TableId, dependency: &Dependency, path: &str) -> Option<bool> {
        for condition in dependency.condition.trim().split(',') {
            if condition.is_empty() {
                continue;
            }
            match self.heap.leaf(values, &format!("{path}{condition}")) {
                Some(Value {
                    data: Data::Bool(truth),
                    ..
                }) => return Some(truth),
                Some(_) => self.warn(format!(
                    "condition `{condition}` of dependency `{}` is not a boolean",
                    dependency.name
                )),
                None => {}
            }
        }
        None
    }

    /// Makes the values that subcharts give part of the defaults, from the deepest chart up.
    fn import(&mut self, instance: &mut Instance<'_>) -> Result<(), Error> {
        for subchart in &mut instance.dependencies {
            self.import(subchart)?;
        }
        let Some(declared) = instance.declared.clone() else {
            return Ok(());
        };
        let at = instance.chart.values_origin();
        let empty = self.heap.empty(at);
        let own = self.coalescer(Nulls::Keep).over(empty, instance)?;
        let imported = self.heap.empty(at);
        for (name, dependency) in &declared {
            for import in &dependency.import_values {
                let (child, parent) = match import {
                    ImportValues::Export(export) => (format!("exports.{export}"), "."),
                    ImportValues::Path { child, parent } => (child.clone(), parent.as_str()),
                    ImportValues::Other => continue,
                };
                let Some(table) = self.heap.path(own, &format!("{name}.{child}")) else {
                    self.warn(format!(
                        "dependency `{name}` has no table `{child}` to import values from"
                    ));
                    continue;
                };
                // An empty table is not shared: what others import to its place stays out of the subchart.
                let table = if self.heap.is_empty(table) {
                    self.heap.empty(at)
                } else {
                    table
                };
                let table = self.below(table, parent)?;
                self.coalescer(Nulls::Keep)
                    .merge_tables(imported, table, "", Nulls::Keep)?;
            }
        }
        let own = self.heap.deep_copy(own)?;
        self.coalescer(Nulls::Keep)
            .merge_tables(own, imported, "", Nulls::Keep)?;
        instance.imported = Some(self.heap.freeze(own)?);
        Ok(())
    }

    /// A table that holds `table` at the end of a path.
    fn below(&mut self, table: TableId, path: &str) -> Result<TableId, Error> {
        if path == "." {
            return Ok(table);
        }
        if path.split('.').count() > LONGEST_PATH {
            return Err(super::values::heap::TooDeep.into());
        }
        let mut inner = table;
        for key in path.rsplit('.') {
            let at = self.heap.origin(inner);
            let Some(at) = at else { break };
            let outer = self.heap.empty(at);
            self.heap.insert(outer, key.into(), Slot::Open(inner));
            inner = outer;
        }
        Ok(inner)
    }

    fn warn(&mut self, message: String) {
        let warning = Warning(message);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// The subcharts in the order of their entries, each by the name of its entry; before them those without one.
fn arranged<'c>(instance: &Instance<'c>, declared: &[(SmolStr, &Dependency)]) -> Vec<Instance<'c>> {
    let is_meant = |subchart: &Instance<'_>, dependency: &Dependency| {
        subchart.chart.metadata.name == dependency.name
            && version::is_compatible(&dependency.version, &subchart.chart.metadata.version)
    };
    let all = &instance.dependencies;
    let undeclared = all.iter().filter(|subchart| {
        let mut declared = declared.iter();
        !declared.any(|(_, dependency)| is_meant(subchart, dependency))
    });
    let meant = declared.iter().filter_map(|(_, dependency)| {
        let subchart = all.iter().find(|subchart| is_meant(subchart, dependency))?;
        Some(Instance {
            name: dependency.name_here().into(),
            ..subchart.clone()
        })
    });
    undeclared.cloned().chain(meant).collect()
}
