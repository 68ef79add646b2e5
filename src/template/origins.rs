//! Where the parts of an output come from.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Kind, Origin, Span, Value};

/// What an [`Origin`] stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Written {
    /// What the caller gave this number to.
    Given(u32),
    /// A line of a template.
    Template {
        /// The name of the text.
        source: Arc<str>,
        /// The line, from 1.
        line: u32,
    },
    /// A value that an action of a template printed.
    Printed {
        /// The line of the action.
        action: Origin,
        /// Where the value comes from.
        value: Origin,
    },
    /// Computed from several values.
    Several(Vec<Origin>),
}

/// The most origins of one value.
const SEVERAL: usize = 8;

/// All origins of a render.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    written: Vec<Written>,
    known: HashMap<Written, Origin>,
}

impl Origins {
    /// The origin that stands for `written`.
    pub fn intern(&mut self, written: Written) -> Origin {
        if let Some(origin) = self.known.get(&written) {
            return *origin;
        }
        self.written.push(written.clone());
        let origin = Origin(u32::try_from(self.written.len()).unwrap_or_default());
        self.known.insert(written, origin);
        origin
    }

    /// What an origin stands for; None for [`Origin::NONE`].
    pub fn get(&self, origin: Origin) -> Option<&Written> {
        let place = usize::try_from(origin.0).ok()?.checked_sub(1)?;
        self.written.get(place)
    }

    /// The origin of what is computed from these values.
    pub(super) fn of_all(&mut self, values: &[Value]) -> Origin {
        let mut origins = Vec::new();
        for value in values {
            add(&mut origins, value.origin);
            if let Kind::Str(text) = &value.kind {
                for span in text.trace().unwrap_or_default() {
                    add(&mut origins, span.origin);
                }
            }
        }
        self.one_of(origins)
    }

    /// The origin of what is computed from a traced text.
    pub(super) fn of_spans(&mut self, spans: &[Span]) -> Origin {
        let mut origins = Vec::new();
        for span in spans {
            add(&mut origins, span.origin);
        }
        self.one_of(origins)
    }

    fn one_of(&mut self, origins: Vec<Origin>) -> Origin {
        match origins.as_slice() {
            [] => Origin::NONE,
            [origin] => *origin,
            _ => self.intern(Written::Several(origins)),
        }
    }
}

fn add(origins: &mut Vec<Origin>, origin: Origin) {
    if origin != Origin::NONE && origins.len() < SEVERAL && !origins.contains(&origin) {
        origins.push(origin);
    }
}
