//! Lists whose elements lack keys or share them: what the reference makes of them.
//!
//! It has no rule for such lists; the result is a consequence of the order in which it sets and removes
//! elements, so the same steps are taken here. Elements may vanish or be doubled.

use crate::yaml::{Node, Scalar, Style, Tag};

use super::list::{Sides, Source, Values, key_value};
use super::{MergeError, Merged, Merger, Schema, directive};

/// The steps are quadratic in the number of elements.
const MAX_ELEMENTS: usize = 20_000;

/// Merges two lists, or settles the one that a patch adds.
pub(super) fn merge<'s>(
    merger: &mut Merger<'s>,
    sides: &Sides<'_>,
    keys: &[&str],
    schema: Option<Schema<'s>>,
    source: Source,
) -> Result<Vec<Node>, MergeError> {
    if let Some(element) = sides
        .target
        .get(MAX_ELEMENTS)
        .or(sides.patch.get(MAX_ELEMENTS))
    {
        return Err(merger.foreign_element(element, &keys.join(", ")));
    }
    let mut rows = rows(sides, keys);
    if keys.len() > 1 {
        unite(&mut rows);
    }
    let columns = columns(&rows, keys);
    let names: Vec<&str> = columns
        .iter()
        .filter_map(|at| keys.get(*at).copied())
        .collect();
    let mut target = List(sides.target.to_vec());
    let mut patch = List(sides.patch.to_vec());
    let mut items = List(Vec::with_capacity(rows.len()));
    for (position, row) in rows.iter().enumerate() {
        let values: Vec<&str> = columns
            .iter()
            .filter_map(|at| row.get(*at).map(smol_str::SmolStr::as_str))
            .collect();
        let ours = target.find(&names, &values);
        let theirs = patch.find(&names, &values);
        let outcome = merger.merge_element(
            position,
            ours.and_then(|at| target.0.get(at)),
            theirs.and_then(|at| patch.0.get(at)),
            schema,
            source,
        )?;
        let is_kept = matches!(outcome, Merged::Kept(_)) || source == Source::Patch;
        let element = match outcome {
            Merged::Kept(node) | Merged::Taken(node) if !is_empty(&node) => node,
            _ => {
                // A row that comes again meets the element without its directive.
                let bearer = match source {
                    Source::Both => theirs.and_then(|at| patch.0.get_mut(at)),
                    Source::Patch => ours.and_then(|at| target.0.get_mut(at)),
                };
                if let Some(bearer) = bearer.filter(|bearer| bearer.get(directive::KEY).is_some()) {
                    *bearer = directive::without(bearer);
                }
                target
                    .remove(&names, &values)
                    .map_err(|item| merger.foreign_element(&item, &names.join(", ")))?;
                continue;
            }
        };
        let element = with_keys(element, &names, &values, sides);
        let place = if is_kept {
            ours.and_then(|at| target.0.get_mut(at))
        } else {
            theirs.and_then(|at| patch.0.get_mut(at))
        };
        if let Some(place) = place {
            *place = element.clone();
        }
        items
            .set(&element, &names, &values)
            .map_err(|item| merger.foreign_element(&item, &names.join(", ")))?;
    }
    for element in target.0 {
        items
            .lay_over(&element, &names)
            .map_err(|item| merger.foreign_element(&item, &names.join(", ")))?;
    }
    Ok(items.0)
}

/// Returns the elements' values of the keys, the patch's first, each once.
fn rows(sides: &Sides<'_>, keys: &[&str]) -> Vec<Values> {
    let mut rows: Vec<Values> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for element in sides.patch.iter().chain(sides.target) {
        let row: Values = keys
            .iter()
            .map(|key| key_value(element, key).into())
            .collect();
        if seen.insert(row.clone()) {
            rows.push(row);
        }
    }
    rows
}

/// Makes rows equal that differ only where one is empty: port 80 is TCP port 80.
fn unite(rows: &mut [Values]) {
    for i in 0..rows.len() {
        let Some(first) = rows.get(i).cloned() else {
            return;
        };
        for j in 0..rows.len() {
            let united = rows.get(j).and_then(|second| union(&first, second));
            let Some(united) = united else { continue };
            for at in [i, j] {
                if let Some(row) = rows.get_mut(at) {
                    row.clone_from(&united);
                }
            }
        }
    }
}

fn union(first: &Values, second: &Values) -> Option<Values> {
    let mut common = false;
    let mut result = Values::with_capacity(first.len());
    for (a, b) in first.iter().zip(second) {
        common |= a == b;
        if a != b && !a.is_empty() && !b.is_empty() {
            return None;
        }
        result.push(if a.is_empty() { b.clone() } else { a.clone() });
    }
    common.then_some(result)
}

/// Returns the keys that some element has; all where none has any.
fn columns(rows: &[Values], keys: &[&str]) -> Vec<usize> {
    let has = |at: &usize| {
        let mut values = rows.iter().filter_map(|row| row.get(*at));
        values.any(|value| !value.is_empty())
    };
    let columns: Vec<usize> = (0..keys.len()).filter(has).collect();
    if columns.is_empty() {
        (0..keys.len()).collect()
    } else {
        columns
    }
}

/// Sets the keys that a merged element lost or never had.
fn with_keys(mut element: Node, names: &[&str], values: &[&str], sides: &Sides<'_>) -> Node {
    for (name, value) in names.iter().zip(values) {
        if value.is_empty() || element.get(name).is_some() {
            continue;
        }
        let origin = element.origin;
        let mut elements = sides.patch.iter().chain(sides.target);
        let model = elements
            .find_map(|element| element.get(name).filter(|node| node.text() == Some(value)));
        let node = model.cloned().unwrap_or_else(|| {
            Node::scalar(
                Scalar {
                    text: (*value).into(),
                    tag: Tag::Str,
                    style: Style::Plain,
                },
                origin,
            )
        });
        if let Some(fields) = element.as_mapping_mut() {
            fields.insert(name, node);
        }
    }
    element
}

fn is_empty(node: &Node) -> bool {
    node.as_mapping()
        .is_some_and(crate::yaml::Mapping::is_empty)
}

/// A list and the reference's ways to change it. The error is an element that can have no keys.
struct List(Vec<Node>);

impl List {
    /// Returns where the first element stands that has these values. Keys without a value don't count.
    fn find(&self, names: &[&str], values: &[&str]) -> Option<usize> {
        let all = values.iter().all(|value| value.is_empty());
        self.0.iter().position(|element| {
            element.as_mapping().is_some()
                && names.iter().zip(values).all(|(name, value)| {
                    if value.is_empty() && !all {
                        return true;
                    }
                    element
                        .get(name)
                        .is_some_and(|field| field.text().unwrap_or_default() == *value)
                })
        })
    }

    fn remove(&mut self, names: &[&str], values: &[&str]) -> Result<(), Node> {
        self.replace(None, names, values).map(|_| ())
    }

    /// Puts an element in the place of all that match, at the end where none does.
    fn set(&mut self, element: &Node, names: &[&str], values: &[&str]) -> Result<(), Node> {
        let found = self.replace(Some(element), names, values)?;
        if !found && !element.is_null() {
            self.0.push(element.clone());
        }
        Ok(())
    }

    /// Puts one of the object's elements over the merged ones.
    fn lay_over(&mut self, element: &Node, names: &[&str]) -> Result<(), Node> {
        let mut values: Vec<&str> = Vec::with_capacity(names.len());
        for name in names {
            if element.as_mapping().is_none() && !element.is_null() {
                return Err(element.clone());
            }
            match element.get(name) {
                Some(field) => values.push(field.text().unwrap_or_default()),
                None => self.0.push(element.clone()),
            }
        }
        if names.len() > 1 {
            self.remove(names, &values)?;
        }
        self.set(element, names, &values)
    }

    fn replace(
        &mut self,
        element: Option<&Node>,
        names: &[&str],
        values: &[&str],
    ) -> Result<bool, Node> {
        let by_value = values.first().is_some_and(|value| !value.is_empty());
        let mut found = false;
        let mut kept = Vec::with_capacity(self.0.len());
        for old in self.0.drain(..) {
            if old.is_null() || is_empty(&old) {
                continue;
            }
            if old.as_mapping().is_none() {
                if by_value {
                    kept.push(old);
                    continue;
                }
                return Err(old);
            }
            // Values may be fewer than names; without any, nothing matches and nothing stays.
            let matches = !values.is_empty()
                && names.iter().zip(values).all(|(name, value)| {
                    old.get(name).is_some_and(|field| {
                        value.is_empty() || field.text().unwrap_or_default() == *value
                    })
                });
            if matches {
                found = true;
                kept.extend(element.cloned());
            } else if !values.is_empty() {
                kept.push(old);
            }
        }
        self.0 = kept;
        Ok(found)
    }
}
