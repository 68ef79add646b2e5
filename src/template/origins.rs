//! Where the parts of an output come from.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use super::{Kind, Origin, Span, Str, Value};

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
    known: HashMap<Written, Origin, FxBuildHasher>,
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

    /// What a text rendered that was named `name`: its lines come from where those of the text come from, or all of it.
    pub(super) fn of_text(
        &mut self,
        rendered: Str,
        name: &str,
        (text, whole): (&Str, Origin),
    ) -> Str {
        let own = |written: Option<&Written>| match written {
            Some(Written::Template { source, line }) if source.as_ref() == name => Some(*line),
            _ => None,
        };
        let breaks = memchr::memchr_iter(b'\n', text.bytes()).map(|end| end + 1);
        let starts: Vec<usize> = match text.trace() {
            Some(_) => std::iter::once(0).chain(breaks).collect(),
            None => Vec::new(),
        };
        let of_line = |line: u32| {
            let start = starts.get((line as usize).saturating_sub(1));
            let origin = start.map(|start| text.origin_at(*start));
            let known = |origin: &Origin| *origin != Origin::NONE;
            origin.filter(known).or(Some(whole).filter(known))
        };
        let spans: Vec<Span> = rendered.trace().unwrap_or_default().to_vec();
        let spans = spans.into_iter().map(|span| {
            let origin = match self.get(span.origin).cloned() {
                Some(Written::Printed { action, value }) => {
                    let action = own(self.get(action)).and_then(of_line);
                    action.map(|action| self.intern(Written::Printed { action, value }))
                }
                written => own(written.as_ref()).and_then(of_line),
            };
            let origin = origin.unwrap_or(span.origin);
            Span { origin, ..span }
        });
        let spans = spans.collect();
        rendered.traced(spans)
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
