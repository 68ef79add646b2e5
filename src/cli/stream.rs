//! The rendered set as one stream of documents.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::render::{RenderedComponent, RenderedSet};
use crate::yaml::{Node, emit};

use super::console::Console;

/// How many bytes an object mostly needs at most.
const USUAL_BYTES: usize = 1024;

/// How many components are held as text at once.
const BATCH: usize = 32;

/// Writes all objects to standard output. One component is what `kustomize build` prints; before each
/// of several stands a comment that names it.
pub(super) fn write(set: &RenderedSet, console: &Console) -> anyhow::Result<()> {
    let components: Vec<(&str, &RenderedComponent)> = set
        .environments
        .iter()
        .flat_map(|environment| {
            environment
                .components
                .iter()
                .map(|component| (environment.name.as_str(), component))
        })
        .collect();
    if let [(_, component)] = components.as_slice() {
        let mut text = String::new();
        emit_component(component, &mut text);
        return console.write(text.as_bytes());
    }
    let shared = SharedTexts::new(components.iter().map(|(_, component)| *component));
    // Written over and over: fresh memory is what costs.
    let mut texts = vec![String::new(); BATCH.min(components.len())];
    for batch in components.chunks(BATCH) {
        texts.par_iter_mut().zip(batch).with_max_len(1).for_each(
            |(text, (environment, component))| {
                text.clear();
                text.extend(["---\n# ", environment, "/", &component.name, "\n"]);
                append(component, text, |node, text| shared.emit(node, text));
            },
        );
        texts
            .iter()
            .take(batch.len())
            .try_for_each(|text| console.write(text.as_bytes()))?;
    }
    Ok(())
}

/// Appends a component as a stream of documents, as `kustomize build` prints it.
pub(super) fn emit_component(component: &RenderedComponent, text: &mut String) {
    append(component, text, emit);
}

fn append(component: &RenderedComponent, text: &mut String, emit: impl Fn(&Node, &mut String)) {
    text.reserve(component.objects.len() * USUAL_BYTES);
    for (position, object) in component.objects.iter().enumerate() {
        if position > 0 {
            text.push_str("---\n");
        }
        emit(&object.node, text);
    }
}

/// The texts of objects that stand in several components as they are, each written once.
struct SharedTexts(FxHashMap<usize, OnceLock<String>>);

impl SharedTexts {
    fn new<'c>(components: impl Iterator<Item = &'c RenderedComponent>) -> Self {
        let mut counts: FxHashMap<usize, bool> = FxHashMap::default();
        let objects = components.flat_map(|component| &component.objects);
        for place in objects.filter_map(|object| object.node.place()) {
            counts
                .entry(place)
                .and_modify(|several| *several = true)
                .or_insert(false);
        }
        counts.retain(|_, several| *several);
        let places = counts.into_keys();
        Self(places.map(|place| (place, OnceLock::new())).collect())
    }

    fn emit(&self, node: &Node, text: &mut String) {
        let Some(shared) = node.place().and_then(|place| self.0.get(&place)) else {
            return emit(node, text);
        };
        text.push_str(shared.get_or_init(|| {
            let mut text = String::new();
            emit(node, &mut text);
            text
        }));
    }
}
