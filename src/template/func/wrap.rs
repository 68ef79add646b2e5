//! Lines of at most so many bytes, broken at spaces.

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("wrap", [Int, Str], wrap),
    ("wrapWith", [Int, Str, Str], wrap_with),
];

/// What becomes of a word that is longer than a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LongWord {
    Stays,
    IsBroken,
}

fn wrap(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (width, text) = (arg::int(arguments, 0), arg::bytes(arguments, 1));
    wrapped(run, text, width, b"\n", LongWord::Stays)
}

fn wrap_with(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let line_end = match arg::bytes(arguments, 1) {
        b"" => b"\n",
        line_end => line_end,
    };
    let (width, text) = (arg::int(arguments, 0), arg::bytes(arguments, 2));
    wrapped(run, text, width, line_end, LongWord::IsBroken)
}

fn wrapped(
    run: &mut Run<'_>,
    text: &[u8],
    width: i64,
    line_end: &[u8],
    long_word: LongWord,
) -> Result<Value, CallError> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    run.take(text.len())?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while rest.len() > width {
        if let Some(after) = rest.strip_prefix(b" ") {
            rest = after;
            continue;
        }
        // A space right behind the line may end it as well.
        let window = rest.get(..=width).unwrap_or(rest);
        let space = memchr::memrchr(b' ', window);
        let space = match long_word {
            LongWord::Stays => space.or_else(|| {
                let behind = rest.get(width..).unwrap_or_default();
                Some(memchr::memchr(b' ', behind)? + width)
            }),
            LongWord::IsBroken => space,
        };
        let (line, after) = match (space, long_word) {
            (Some(space), _) => (rest.get(..space), rest.get(space + 1..)),
            (None, LongWord::IsBroken) => (rest.get(..width), rest.get(width..)),
            (None, LongWord::Stays) => break,
        };
        run.take(line_end.len())?;
        out.extend_from_slice(line.unwrap_or_default());
        out.extend_from_slice(line_end);
        rest = after.unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Ok(Value::str(out))
}
