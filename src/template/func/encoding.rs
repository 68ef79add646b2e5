//! Base 64 and base 32. What cannot be decoded gives the text of the error instead, as Sprig has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("b64enc", [Str], b64enc),
    ("b64dec", [Str], b64dec),
    ("b32enc", [Str], b32enc),
    ("b32dec", [Str], b32dec),
];

fn b64enc(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let bytes = arg::bytes(arguments, 0);
    run.take(bytes.len().saturating_mul(2))?;
    Ok(STANDARD.encode(bytes).into())
}

fn b64dec(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    Ok(match decode_base64(text) {
        Ok(bytes) => Value::str(bytes),
        Err(error) => error.to_string().into(),
    })
}

fn b32enc(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let bytes = arg::bytes(arguments, 0);
    run.take(bytes.len().saturating_mul(2))?;
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for group in bytes.chunks(5) {
        let bits = group
            .iter()
            .chain(std::iter::repeat(&0))
            .take(5)
            .fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
        let used = (group.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = (bits >> (35 - 5 * place)) & 31;
            let digit = usize::try_from(digit).ok().and_then(|at| BASE32.get(at));
            let is_used = place < used;
            out.push(char::from(*digit.filter(|_| is_used).unwrap_or(&b'=')));
        }
    }
    Ok(out.into())
}

fn b32dec(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len())?;
    Ok(match decode_base32(text) {
        Ok(bytes) => Value::str(bytes),
        Err(error) => error.to_string().into(),
    })
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Why a text is not what it should be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal {encoding} data at input byte {at}")]
pub(super) struct IllegalData {
    encoding: &'static str,
    at: usize,
}

fn illegal64(at: usize) -> IllegalData {
    IllegalData {
        encoding: "base64",
        at,
    }
}

/// Decodes padded base 64 as Go does: line ends are passed over, bits that are left over need not be zero.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, IllegalData> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bytes = text.iter().copied().enumerate();
    let mut bits = 0u32;
    let mut count = 0;
    while let Some((at, byte)) = bytes.next() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\r' | b'\n' => continue,
            b'=' if count >= 2 => {
                let mut rest = bytes.filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
                if count == 2 {
                    match rest.next() {
                        None => return Err(illegal64(text.len())),
                        Some((at, byte)) if byte != b'=' => return Err(illegal64(at - 1)),
                        Some(_) => {}
                    }
                }
                if let Some((at, _)) = rest.next() {
                    return Err(illegal64(at));
                }
                let whole = bits << (6 * (4 - count));
                let [_, decoded @ ..] = whole.to_be_bytes();
                out.extend(decoded.into_iter().take(count - 1));
                return Ok(out);
            }
            _ => return Err(illegal64(at)),
        };
        bits = bits << 6 | u32::from(digit);
        count += 1;
        if count == 4 {
            let [_, decoded @ ..] = bits.to_be_bytes();
            out.extend(decoded);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 => Ok(out),
        _ => Err(illegal64(text.len() - count)),
    }
}

/// Decodes padded base 32 as Go does. Offsets in errors don't count line ends.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, IllegalData> {
    let illegal = |at: usize| IllegalData {
        encoding: "base32",
        at,
    };
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut bits = 0u64;
    let mut count = 0;
    for (at, &byte) in text.iter().enumerate() {
        let left = text.len() - at - 1;
        if byte == b'=' && count >= 2 && left < 8 {
            if left + count < 7 {
                return Err(illegal(text.len()));
            }
            let padding = text.iter().skip(at + 1).take(7 - count);
            if let Some(wrong) = padding.copied().position(|byte| byte != b'=') {
                return Err(illegal(at + wrong));
            }
            if matches!(count, 3 | 6) {
                return Err(illegal(at));
            }
            let whole = bits << (5 * (8 - count));
            let [_, _, _, decoded @ ..] = whole.to_be_bytes();
            out.extend(decoded.into_iter().take(count * 5 / 8));
            return Ok(out);
        }
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return Err(illegal(at)),
        };
        bits = bits << 5 | u64::from(digit);
        count += 1;
        if count == 8 {
            let [_, _, _, decoded @ ..] = bits.to_be_bytes();
            out.extend(decoded);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 => Ok(out),
        _ => Err(illegal(text.len() - count)),
    }
}
