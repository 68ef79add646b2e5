//! What differs between two objects or two rendered sets, Secrets masked.
