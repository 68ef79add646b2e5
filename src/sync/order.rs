//! The order in which objects are applied.
