//! Checksums.

use std::fmt::Write as _;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::template::func::{Function, arg, functions};
use crate::template::value::Value;
use crate::template::{CallError, Run};

pub(in super::super) const FUNCTIONS: &[Function] = functions![
    ("sha1sum", [Str], sha1sum),
    ("sha256sum", [Str], sha256sum),
    ("sha512sum", [Str], sha512sum),
    ("adler32sum", [Str], adler32sum),
];

fn sha1sum(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(hexadecimal(&Sha1::digest(arg::bytes(arguments, 0))).into())
}

fn sha256sum(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(hexadecimal(&Sha256::digest(arg::bytes(arguments, 0))).into())
}

fn sha512sum(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(hexadecimal(&Sha512::digest(arg::bytes(arguments, 0))).into())
}

fn hexadecimal(digest: &[u8]) -> String {
    let mut out = String::with_capacity(digest.len() * 2);
    for byte in digest {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn adler32sum(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let sum = adler2::adler32_slice(arg::bytes(arguments, 0));
    Ok(sum.to_string().into())
}
