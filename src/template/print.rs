//! How `fmt` prints values: `print`'s way and the verbs of `printf`.

use super::{Str, Value};

/// A value as `fmt.Sprint` and `%v` print it.
pub fn display(value: &Value) -> Str {
    let _ = value;
    Str::default()
}

/// `fmt.Sprintf`. Never fails: what cannot be printed is said in the text (`%!d(string=x)`), as in Go.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Str {
    let _ = arguments;
    format.into()
}
