//! Templates that may name each other.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::syntax::tree::{Tree, is_empty};
use super::syntax::{Parsed, parse};
use super::{Functions, ParseError};

pub(super) type Trees = HashMap<Arc<str>, Arc<Tree>, FxBuildHasher>;

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
    /// rayon pool. The error is that of the first text that has one.
    pub fn parse_all(&mut self, texts: &[(&str, Arc<[u8]>)]) -> Result<(), ParseError> {
        let functions = &self.functions;
        let parsed: Vec<Result<Parsed, ParseError>> = texts
            .par_iter()
            .map(|(name, text)| parse(name, Arc::clone(text), functions))
            .collect();
        for parsed in parsed {
            self.add(&parsed?);
        }
        Ok(())
    }

    fn add(&mut self, parsed: &Parsed) {
        for tree in &parsed.trees {
            if !self.trees.contains_key(&tree.name) || !is_empty(&tree.root, &tree.source) {
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
            if !is_empty(&tree.root, &tree.source) || scope.get(set, &tree.name).is_none() {
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
