//! Templates that may name each other.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::syntax::tree::{Tree, is_empty};
use super::syntax::{Body, Parsed, body, named, parse};
use super::{Functions, ParseError};

pub(super) type Trees = HashMap<Arc<str>, Arc<Tree>, FxBuildHasher>;

/// Texts that were parsed, for all sets of the same functions: many charts bring the same library.
#[derive(Debug, Default)]
pub struct Texts(Mutex<HashMap<Arc<[u8]>, Arc<Body>, FxBuildHasher>>);

impl Texts {
    fn body(
        &self,
        name: &str,
        text: &Arc<[u8]>,
        functions: &Functions,
    ) -> Result<Arc<Body>, ParseError> {
        if let Some(known) = self.lock().get(text) {
            return Ok(Arc::clone(known));
        }
        let body = Arc::new(body(name, text, functions)?);
        self.lock().insert(Arc::clone(text), Arc::clone(&body));
        Ok(body)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<[u8]>, Arc<Body>, FxBuildHasher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parsed templates by name, and the functions they may call. Shared between threads.
#[derive(Clone, Debug)]
pub struct Set {
    functions: Arc<Functions>,
    trees: Trees,
}

impl Set {
    /// No template yet.
    pub fn new(functions: Arc<Functions>) -> Self {
        Self {
            functions,
            trees: Trees::default(),
        }
    }

    /// Parses a text and adds it by its name, with what it defines. A template takes the place of one of the
    /// same name, unless there is nothing but space in it.
    pub fn parse(&mut self, name: &str, text: &[u8]) -> Result<(), ParseError> {
        let parsed = parse(name, text.into(), &self.functions)?;
        self.add(&parsed);
        Ok(())
    }

    /// Parses texts, each with its name, as [`Set::parse`] does one after the other, on all threads of the current
    /// rayon pool. What `known` has is not parsed again. The error is that of the first text that has one.
    pub fn parse_all(
        &mut self,
        texts: &[(&str, Arc<[u8]>)],
        known: &Texts,
    ) -> Result<(), ParseError> {
        let functions = &self.functions;
        let parsed: Vec<Result<Parsed, ParseError>> = texts
            .par_iter()
            .map(|(name, text)| {
                let body = known.body(name, text, functions)?;
                named(name, Arc::clone(text), &body)
            })
            .collect();
        for parsed in parsed {
            self.add(&parsed?);
        }
        Ok(())
    }

    fn add(&mut self, parsed: &Parsed) {
        for tree in &parsed.trees {
            if !self.trees.contains_key(&tree.name) || !is_empty(&tree.root, &tree.source.text) {
                self.trees.insert(tree.name.clone(), tree.clone());
            }
        }
    }

    /// Whether there is a template of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.trees.contains_key(name)
    }

    /// The names of the templates, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trees.keys().map(AsRef::as_ref)
    }

    pub(super) fn functions(&self) -> &Functions {
        &self.functions
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<Tree>> {
        self.trees.get(name)
    }
}

/// Templates that are defined within a text that is rendered, and seen only there.
#[derive(Debug)]
pub(super) struct Scope {
    outer: Option<Rc<Scope>>,
    trees: Trees,
}

impl Scope {
    /// The templates of `parsed` before those of `outer` and of `set`.
    pub(super) fn new(outer: Option<Rc<Self>>, set: &Set, parsed: &Parsed) -> Self {
        let mut scope = Self {
            outer,
            trees: Trees::default(),
        };
        for tree in &parsed.trees {
            if !is_empty(&tree.root, &tree.source.text) || scope.get(set, &tree.name).is_none() {
                scope.trees.insert(tree.name.clone(), tree.clone());
            }
        }
        scope
    }

    /// The template of a name, from the inside out.
    pub(super) fn get(&self, set: &Set, name: &str) -> Option<Arc<Tree>> {
        if let Some(tree) = self.trees.get(name) {
            return Some(tree.clone());
        }
        match &self.outer {
            Some(outer) => outer.get(set, name),
            None => set.get(name).cloned(),
        }
    }
}
