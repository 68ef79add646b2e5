//! Text encrypted with a password: AES-256 in CBC mode, the initial vector in front, in base 64.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use crate::template::func::{Function, arg, encoding, functions};
use crate::template::value::Value;
use crate::template::{CallError, Run};

pub(in super::super) const FUNCTIONS: &[Function] = functions![
    ("encryptAES", [Str, Str], encrypt_aes),
    ("decryptAES", [Str, Str], decrypt_aes),
];

/// The bytes of a block.
const BLOCK: usize = 16;

/// The first bytes of the password, filled up with zeros.
fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (byte, given) in key.iter_mut().zip(password) {
        *byte = *given;
    }
    key
}

fn encrypt_aes(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 1);
    if text.is_empty() {
        return Ok("".into());
    }
    run.take(text.len().saturating_mul(4))?;
    let mut vector = [0; BLOCK];
    run.random("encryptAES", &mut vector)?;
    let key = key(arg::bytes(arguments, 0));
    let cipher = cbc::Encryptor::<Aes256>::new(&key.into(), &vector.into());
    let mut out = vector.to_vec();
    out.extend(cipher.encrypt_padded_vec::<Pkcs7>(text));
    Ok(STANDARD.encode(out).into())
}

fn decrypt_aes(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 1);
    if text.is_empty() {
        return Ok("".into());
    }
    run.take(text.len().saturating_mul(2))?;
    let encrypted =
        encoding::decode_base64(text).map_err(|error| CallError::new(error.to_string()))?;
    let Some((vector, blocks)) = encrypted.split_first_chunk::<BLOCK>() else {
        let length = encrypted.len();
        return Err(CallError::new(format!(
            "runtime error: slice bounds out of range [:{BLOCK}] with length {length}"
        )));
    };
    let key = key(arg::bytes(arguments, 0));
    let cipher = cbc::Decryptor::<Aes256>::new(&key.into(), vector.into());
    let not_full = |_| CallError::new("crypto/cipher: input not full blocks");
    let mut decrypted = cipher
        .decrypt_padded_vec::<NoPadding>(blocks)
        .map_err(not_full)?;
    let Some(padding) = decrypted.last().copied() else {
        return Err(CallError::new("runtime error: index out of range [-1]"));
    };
    // The reference looks at no other byte of the padding.
    match decrypted.len().checked_sub(usize::from(padding)) {
        Some(length) => decrypted.truncate(length),
        None => return Err(CallError::new("runtime error: slice bounds out of range")),
    }
    Ok(Value::str(decrypted))
}
