//! Recursion that the input drives: within the bounds of depth there is always enough stack.

/// The stack that must be left, and how much more is taken if it isn't.
const RED_ZONE: usize = 256 << 10;
const MORE: usize = 4 << 20;

/// Calls a function with enough stack for what it does before it calls this again.
pub(super) fn with_stack<R>(function: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, MORE, function)
}
