//! Checksums, passwords, keys and certificates.

pub(super) mod hash;
