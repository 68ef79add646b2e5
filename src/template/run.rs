//! A run: the state of a render as functions see it. Bounds, randomness, time, and what the caller lends.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::set::Scope;
use super::syntax::Parsed;
use super::{CallError, Origins, Set, Str};

/// A render under way: one or several templates of a set, within common bounds.
pub struct Run<'s> {
    pub(super) set: &'s Set,
    /// What texts within texts define.
    pub(super) scope: Option<Rc<Scope>>,
    /// Texts that functions have rendered.
    pub(super) parsed: HashMap<Str, Rc<Parsed>>,
    pub(super) bounds: Bounds,
    pub(super) steps: u64,
    pub(super) depth: u32,
    pub(super) missing_key: MissingKey,
    /// Where the output comes from, if someone wants to know.
    pub(super) origins: Option<Origins>,
    memory: u64,
    work: u64,
    random: Random,
    now: Option<jiff::ZonedDateTime>,
    unreproducible: Vec<Call>,
    /// The function that has just taken what differs from run to run.
    pub(super) drawn_by: Option<&'static str>,
    /// Set once somebody looks at what that function made, if it is made only then.
    looked_at: Option<Looked>,
    host: &'s dyn Any,
}

/// What a key that is absent from a map gives: the option `missingkey` of Go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, whose fields have none either.
    #[default]
    Invalid,
    /// The zero value of the map's type. Of `interface{}` that is a nil, whose fields are an error.
    Zero,
    /// An error.
    Error,
}

/// The most bytes that one value is written as. Values may share their parts, so that small ones are endless to write.
pub const MOST_TEXT: usize = 256 << 20;

/// The most that a run may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Nodes executed.
    pub steps: u64,
    /// Bytes of all strings and lists made, kept or not.
    pub memory: u64,
    /// Templates within templates.
    pub depth: u32,
    /// Bytes of output of one template.
    pub output: u64,
    /// Milliseconds, about, of making keys and hashes.
    pub work: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            steps: 50_000_000,
            memory: 8 << 30,
            depth: 1_200,
            output: 512 << 20,
            work: 20_000,
        }
    }
}

/// Where random bytes come from.
#[derive(Debug)]
pub enum Random {
    /// The operating system: another value at each run.
    System,
    /// A seed: the same values at each run. The state is a counter that is hashed with the seed.
    Seeded {
        /// What is hashed.
        seed: Vec<u8>,
        /// How often.
        drawn: u64,
    },
}

/// A function made the output differ from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreproducible {
    /// The function.
    pub function: &'static str,
    /// The name of the text that calls it.
    pub source: Arc<str>,
    /// The line of the call, from 1.
    pub line: u32,
}

/// A call of a function that takes what differs from run to run.
struct Call {
    call: Unreproducible,
    /// What it made, each time, and whether somebody has looked at it; none where it is there at once.
    looked_at: Option<Vec<Looked>>,
}

/// Whether somebody has looked at a value.
pub(super) type Looked = Rc<Cell<bool>>;

/// The most calls of such functions that are told.
const MOST_UNREPRODUCIBLE: usize = 100;

impl<'s> Run<'s> {
    /// A run of templates of `set`, with what the functions of `host` need; each downcasts it to its own type.
    pub fn new(set: &'s Set, host: &'s dyn Any, bounds: Bounds, random: Random) -> Self {
        Self {
            set,
            scope: None,
            parsed: HashMap::new(),
            bounds,
            steps: 0,
            depth: 0,
            missing_key: MissingKey::default(),
            origins: None,
            memory: 0,
            work: 0,
            random,
            now: None,
            unreproducible: Vec::new(),
            drawn_by: None,
            looked_at: None,
            host,
        }
    }

    /// Says what absent keys give.
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// Takes random values from another source from here on.
    pub fn set_random(&mut self, random: Random) {
        self.random = random;
    }

    /// Keeps track of where the output comes from: of each [`Str`] that is returned the trace is known, by
    /// `origins`, which may know the origins of the values already.
    #[must_use]
    pub fn tracing(mut self, origins: Origins) -> Self {
        self.origins = Some(origins);
        self
    }

    /// What the origins of outputs stand for. The run traces no longer.
    pub fn take_origins(&mut self) -> Option<Origins> {
        self.origins.take()
    }

    /// The functions that made the output differ from run to run, in the order of their first calls, each line once.
    pub fn unreproducible(&self) -> impl Iterator<Item = &Unreproducible> {
        let calls = self.unreproducible.iter().filter(|call| {
            let looked_at = call.looked_at.as_ref();
            looked_at.is_none_or(|values| values.iter().any(|looked| looked.get()))
        });
        calls.map(|call| &call.call)
    }

    /// Says that what the function has taken counts only once the mark that is returned is set.
    pub(super) fn counts_when_looked_at(&mut self) -> Looked {
        let looked = Looked::default();
        self.looked_at = Some(Rc::clone(&looked));
        looked
    }

    /// Notes where the function was called that has just taken what differs from run to run.
    pub(super) fn note_unreproducible(&mut self, source: &Arc<str>, line: u32) {
        let Some(function) = self.drawn_by.take() else {
            return;
        };
        let call = Unreproducible {
            function,
            source: source.clone(),
            line,
        };
        let looked = self.looked_at.take();
        let has_room = self.unreproducible.len() < MOST_UNREPRODUCIBLE;
        let mut known = self.unreproducible.iter_mut();
        match (known.find(|known| known.call == call), looked) {
            (Some(known), None) => known.looked_at = None,
            (Some(known), Some(looked)) => {
                if let Some(values) = &mut known.looked_at {
                    values.push(looked);
                }
            }
            (None, looked) if has_room => {
                let looked_at = looked.map(|looked| vec![looked]);
                self.unreproducible.push(Call { call, looked_at });
            }
            (None, _) => {}
        }
    }

    /// What the caller lends to its own functions.
    pub fn host(&self) -> &'s dyn Any {
        self.host
    }

    /// Takes `bytes` of memory. To be called before a string or list is made whose size the input names.
    pub fn take(&mut self, bytes: usize) -> Result<(), CallError> {
        self.memory = self.memory.saturating_add(bytes as u64);
        if self.memory > self.bounds.memory {
            return Err(CallError::Bound(format!(
                "the template makes more than {} MiB of text",
                self.bounds.memory >> 20
            )));
        }
        Ok(())
    }

    /// Takes about so many milliseconds. To be called before what is slow by design.
    pub fn work(&mut self, milliseconds: u64) -> Result<(), CallError> {
        self.work = self.work.saturating_add(milliseconds);
        if self.work > self.bounds.work {
            return Err(CallError::Bound(format!(
                "the template makes so many keys and hashes that it takes more than {} seconds",
                self.bounds.work / 1000
            )));
        }
        Ok(())
    }

    /// Fills `bytes` with random ones, for `function`, which makes the render one that cannot be made again
    /// unless the source is seeded.
    pub fn random(&mut self, function: &'static str, bytes: &mut [u8]) -> Result<(), CallError> {
        match &mut self.random {
            Random::System => {
                self.drawn_by = Some(function);
                getrandom::fill(bytes)
                    .map_err(|error| CallError::new(format!("no random bytes: {error}")))
            }
            Random::Seeded { seed, drawn } => {
                for block in bytes.chunks_mut(32) {
                    *drawn += 1;
                    let digest = <sha2::Sha256 as sha2::Digest>::digest(
                        [seed.as_slice(), &drawn.to_le_bytes()].concat(),
                    );
                    block.copy_from_slice(digest.get(..block.len()).unwrap_or_default());
                }
                Ok(())
            }
        }
    }

    /// A random number below `bound`, each with the same chance; 0 where `bound` is 0.
    pub fn random_below(&mut self, function: &'static str, bound: u64) -> Result<u64, CallError> {
        if bound == 0 {
            return Ok(0);
        }
        // Numbers of the last, incomplete stretch would make small results likelier.
        let fair = u64::MAX - u64::MAX % bound;
        loop {
            let mut bytes = [0; 8];
            self.random(function, &mut bytes)?;
            let number = u64::from_le_bytes(bytes);
            if number < fair {
                return Ok(number % bound);
            }
        }
    }

    /// The time of the run, for `function`; the same at each call.
    pub fn now(&mut self, function: &'static str) -> jiff::ZonedDateTime {
        self.drawn_by = Some(function);
        self.now
            .get_or_insert_with(jiff::ZonedDateTime::now)
            .clone()
    }
}
