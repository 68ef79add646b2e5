//! Where a walk stands, without allocation: each step lives on the stack of its walker.

use crate::yaml::{FieldPath, Segment};

/// A field on the way of a walk.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Place<'p> {
    pub(super) fn root() -> Self {
        Self {
            parent: None,
            step: Step::Root,
        }
    }

    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub(super) fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// Returns the last key on the way.
    pub(super) fn name(&self) -> &str {
        match (self.step, self.parent) {
            (Step::Key(key), _) => key,
            (_, Some(parent)) => parent.name(),
            (_, None) => "",
        }
    }

    /// Returns the place above.
    pub(super) fn parent(&self) -> Option<&'p Place<'p>> {
        self.parent
    }

    /// Tells whether the place is the object itself.
    pub(super) fn is_root(&self) -> bool {
        self.parent.is_none()
    }

    pub(super) fn path(&self) -> FieldPath {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(at) = place {
            match at.step {
                Step::Root => {}
                Step::Key(key) => steps.push(Segment::Key(key.into())),
                Step::Index(index) => steps.push(Segment::Index(index)),
            }
            place = at.parent;
        }
        steps.into_iter().rev().collect()
    }
}
