//! The bounds of a render: turns of loops, templates within templates, bytes of output.
//!
//! Tera has none, so each template gets calls of functions of ours where a loop turns and where a macro or a file
//! begins and ends.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::tera::{Error, Tera, Value};

use super::scan::{Piece, pieces, word};

/// The most turns of all loops.
const TURNS: u64 = 1_000_000;

/// The most macros and files within each other.
const DEPTH: u64 = 64;

/// The most bytes that one template prints.
const OUTPUT: usize = 64 << 20;

/// The longest list that `range` makes.
const RANGE: u64 = 100_000;

const TURN: &str = "lockgate_turn";
const ENTER: &str = "lockgate_enter";
const LEAVE: &str = "lockgate_leave";

/// Counts what a render takes.
#[derive(Clone, Default)]
pub(super) struct Guard {
    turns: Arc<AtomicU64>,
    depth: Arc<AtomicU64>,
}

impl Guard {
    /// Registers the counting functions, and takes away what a sandbox must not have.
    pub(super) fn install(tera: &mut Tera) -> Self {
        let guard = Self::default();
        let nothing = || Ok(Value::String(String::new()));
        let turns = Arc::clone(&guard.turns);
        tera.register_function(TURN, move |_: &HashMap<String, Value>| {
            if turns.fetch_add(1, Ordering::Relaxed) >= TURNS {
                return Err(Error::msg(format!(
                    "the loops take more than {TURNS} turns"
                )));
            }
            nothing()
        });
        let depth = Arc::clone(&guard.depth);
        tera.register_function(ENTER, move |_: &HashMap<String, Value>| {
            if depth.fetch_add(1, Ordering::Relaxed) >= DEPTH {
                return Err(Error::msg(format!(
                    "more than {DEPTH} macros and files within each other"
                )));
            }
            nothing()
        });
        let depth = Arc::clone(&guard.depth);
        tera.register_function(LEAVE, move |_: &HashMap<String, Value>| {
            let leave = |depth: u64| Some(depth.saturating_sub(1));
            let _ = depth.fetch_update(Ordering::Relaxed, Ordering::Relaxed, leave);
            nothing()
        });
        for name in ["get_env", "now", "get_random"] {
            tera.register_function(name, move |_: &HashMap<String, Value>| {
                let message = format!("`{name}` is not available: a render depends on files only");
                Err(Error::msg(message))
            });
        }
        tera.register_function("range", range);
        guard
    }

    /// Begins to count anew.
    pub(super) fn start(&self) {
        self.turns.store(0, Ordering::Relaxed);
        self.depth.store(0, Ordering::Relaxed);
    }

    /// What takes the output.
    #[expect(clippy::unused_self, reason = "the bound is one of the guard's")]
    pub(super) fn output(&self) -> Output {
        Output(Vec::new())
    }
}

/// `range(start, end, step_by)`, as Tera has it, of bounded length.
fn range(arguments: &HashMap<String, Value>) -> ::tera::Result<Value> {
    let number = |name: &str, default: Option<u64>| match (arguments.get(name), default) {
        (Some(value), _) => value
            .as_u64()
            .ok_or_else(|| Error::msg(format!("`{name}` of `range` must be a whole number"))),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(Error::msg(format!("`range` needs `{name}`"))),
    };
    let start = number("start", Some(0))?;
    let end = number("end", None)?;
    let step = number("step_by", Some(1))?;
    if step == 0 || start > end {
        return Err(Error::msg("`range` must go up"));
    }
    if (end - start) / step > RANGE {
        return Err(Error::msg(format!("`range` has more than {RANGE} items")));
    }
    let mut items = Vec::new();
    let mut next = start;
    while next < end {
        items.push(Value::from(next));
        next += step;
    }
    Ok(Value::Array(items))
}

/// Text that is printed, up to a bound.
pub(super) struct Output(Vec<u8>);

impl Output {
    pub(super) fn into_text(self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT {
            let message = format!("the output has more than {} MiB", OUTPUT >> 20);
            return Err(io::Error::other(message));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A template with calls of the counting functions in it. What it prints is the same.
pub(super) fn guarded(template: &str) -> String {
    let pieces = pieces(template);
    let extends = |piece: &Piece<'_>| matches!(piece, Piece::Tag(tag) if word(tag) == "extends");
    let is_child = pieces.iter().any(extends);
    let imports = |piece: &Piece<'_>| matches!(piece, Piece::Tag(tag) if word(tag) == "import");
    let is_plain = !is_child && !pieces.iter().any(imports);
    let mut out = String::with_capacity(template.len() + 64);
    if is_plain {
        out.push_str(&format!("{{{{ {ENTER}() }}}}"));
    }
    for piece in pieces {
        match piece {
            Piece::Tag(tag) => {
                let before = if tag.starts_with("{%-") { "-" } else { "" };
                let after = if tag.ends_with("-%}") { "-" } else { "" };
                match word(tag) {
                    "for" => out.push_str(&format!("{tag}{{{{ {TURN}() {after}}}}}")),
                    "macro" => out.push_str(&format!("{tag}{{{{ {ENTER}() {after}}}}}")),
                    "endmacro" => out.push_str(&format!("{{{{{before} {LEAVE}() }}}}{tag}")),
                    _ => out.push_str(tag),
                }
            }
            Piece::Text(text) | Piece::Print(text) | Piece::Comment(text) => out.push_str(text),
        }
    }
    if is_plain {
        out.push_str(&format!("{{{{ {LEAVE}() }}}}"));
    }
    out
}
