//! Checksums, passwords, keys and certificates.

pub(super) mod aes;
pub(super) mod certificate;
mod extensions;
pub(super) mod hash;
pub(super) mod key;
pub(super) mod password;
mod pem;
mod source;
