//! What is random: another value at each render, unless the run is seeded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::value::Value;
use super::super::{CallError, Run};
use super::{Function, arg, functions, runes};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("randAlphaNum", [Int], rand_alpha_num),
    ("randAlpha", [Int], rand_alpha),
    ("randNumeric", [Int], rand_numeric),
    ("randAscii", [Int], rand_ascii),
    ("randBytes", [Int], rand_bytes),
    ("randInt", [Int, Int], rand_int),
    ("shuffle", [Str], shuffle),
    ("uuidv4", [], uuidv4),
];

const ALPHA_NUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHA: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const NUMERIC: &[u8] = b"0123456789";
const ASCII: &[u8] = b" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

fn rand_alpha_num(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    picked(run, "randAlphaNum", arguments, ALPHA_NUM)
}

fn rand_alpha(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    picked(run, "randAlpha", arguments, ALPHA)
}

fn rand_numeric(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    picked(run, "randNumeric", arguments, NUMERIC)
}

fn rand_ascii(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    picked(run, "randAscii", arguments, ASCII)
}

/// So many characters, each with the same chance; none for a negative number.
fn picked(
    run: &mut Run<'_>,
    function: &'static str,
    arguments: &[Value],
    characters: &[u8],
) -> Result<Value, CallError> {
    let count = usize::try_from(arg::int(arguments, 0)).unwrap_or(0);
    // Each takes a number of the source.
    run.take(count.saturating_mul(16))?;
    let mut out = Vec::with_capacity(count);
    // Bytes from here on would make the first characters likelier.
    let fair = 256 - 256 % characters.len();
    let mut bytes = [0; 64];
    while out.len() < count {
        run.random(function, &mut bytes)?;
        let fair = bytes
            .iter()
            .map(|&byte| usize::from(byte))
            .filter(|&byte| byte < fair);
        let left = count - out.len();
        out.extend(
            fair.take(left)
                .filter_map(|byte| characters.get(byte % characters.len())),
        );
    }
    Ok(Value::str(out))
}

fn rand_bytes(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let Ok(count) = usize::try_from(arg::int(arguments, 0)) else {
        return Err(CallError::new("runtime error: makeslice: len out of range"));
    };
    run.take(count.saturating_mul(3))?;
    let mut bytes = vec![0; count];
    run.random("randBytes", &mut bytes)?;
    Ok(STANDARD.encode(bytes).into())
}

/// A number from the first up to before the second.
fn rand_int(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let (least, end) = (arg::int(arguments, 0), arg::int(arguments, 1));
    match u64::try_from(end.wrapping_sub(least)) {
        Ok(range) if range > 0 => {
            let above = run.random_below("randInt", range)?.cast_signed();
            Ok(Value::int(least.wrapping_add(above)))
        }
        _ => Err(CallError::new("invalid argument to Intn")),
    }
}

fn shuffle(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len().saturating_mul(16))?;
    let mut characters: Vec<char> = runes::runes(text)
        .map(|(_, character, _)| character)
        .collect();
    for last in (1..characters.len()).rev() {
        let other = run.random_below("shuffle", last as u64 + 1)?;
        characters.swap(last, usize::try_from(other).unwrap_or(last));
    }
    Ok(characters.into_iter().collect::<String>().into())
}

fn uuidv4(run: &mut Run<'_>, _: &[Value]) -> Result<Value, CallError> {
    let mut bytes = [0; 16];
    run.random("uuidv4", &mut bytes)?;
    let random = u128::from_be_bytes(bytes);
    // Version 4, variant 10.
    let fixed = 0xF000_u128 << 64 | 0xC000_u128 << 48;
    let uuid = random & !fixed | 0x4000_u128 << 64 | 0x8000_u128 << 48;
    let digits = format!("{uuid:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Ok(format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
    .into())
}
