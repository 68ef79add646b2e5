//! A cluster as a target.
