//! Passwords: hashes of them, and those that are derived from a master password.

use bcrypt::Version;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::template::func::{Function, arg, functions};
use crate::template::value::Value;
use crate::template::{CallError, Run};

pub(in super::super) const FUNCTIONS: &[Function] = functions![
    ("bcrypt", [Str], bcrypt),
    ("htpasswd", [Str, Str], htpasswd),
    (
        "derivePassword",
        [Uint32, Str, Str, Str, Str],
        derive_password
    ),
];

/// The cost of a hash, as in the reference.
const COST: u32 = 10;

/// The most bytes of a password that count for a hash.
const MOST_HASHED: usize = 72;

/// The milliseconds that a hash takes, about.
const TIME_OF_HASH: u64 = 70;

/// The milliseconds that a derivation takes, about.
const TIME_OF_DERIVATION: u64 = 130;

fn bcrypt(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    Ok(hash(run, "bcrypt", arg::bytes(arguments, 0))?.into())
}

/// The hash, or what is wrong with the password: the reference takes that for a hash too.
fn hash(run: &mut Run<'_>, function: &'static str, password: &[u8]) -> Result<String, CallError> {
    const FAILED: &str = "failed to encrypt string with bcrypt";
    if password.len() > MOST_HASHED {
        let most = MOST_HASHED;
        return Ok(format!(
            "{FAILED}: bcrypt: password length exceeds {most} bytes"
        ));
    }
    run.work(TIME_OF_HASH)?;
    let mut salt = [0; 16];
    run.random(function, &mut salt)?;
    Ok(match ::bcrypt::hash_with_salt(password, COST, salt) {
        Ok(hash) => hash.format_for_version(Version::TwoA),
        Err(error) => format!("{FAILED}: {error}"),
    })
}

fn htpasswd(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let user = arg::string(arguments, 0);
    if user.contains(&b':') {
        let invalid = [b"invalid username: ", user.bytes()].concat();
        return Ok(Value::str(invalid));
    }
    let hash = hash(run, "htpasswd", arg::bytes(arguments, 1))?;
    Ok(Value::str([user.bytes(), b":", hash.as_bytes()].concat()))
}

/// The name of the algorithm, which goes into what is hashed.
const ALGORITHM: &[u8] = b"com.lyndir.masterpassword";

/// The forms of the passwords of a type: each letter stands for characters to choose from.
fn forms(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a form stands for.
fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// `derivePassword COUNTER TYPE MASTER-PASSWORD USER SITE`, by the algorithm of Master Password.
fn derive_password(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let counter = u32::try_from(arg::int(arguments, 0)).unwrap_or(u32::MAX);
    let kind = arg::bytes(arguments, 1);
    let Some(forms) = forms(kind) else {
        let missing = [b"cannot find password template ", kind].concat();
        return Ok(Value::str(missing));
    };
    run.work(TIME_OF_DERIVATION)?;
    let salt = named(arg::bytes(arguments, 3));
    let mut key = [0; 64];
    let failed = |_| CallError::new("the password cannot be derived");
    let params = scrypt::Params::new(15, 8, 2).map_err(failed)?;
    let failed = |_| CallError::new("the password cannot be derived");
    scrypt::scrypt(arg::bytes(arguments, 2), &salt, &params, &mut key).map_err(failed)?;
    let failed = |_| CallError::new("the password cannot be derived");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(failed)?;
    mac.update(&named(arg::bytes(arguments, 4)));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let mut seed = seed.iter().map(|&byte| usize::from(byte));
    let form = forms.get(seed.next().unwrap_or(0) % forms.len());
    let chosen = form.copied().unwrap_or_default().bytes().zip(seed);
    let password = chosen.filter_map(|(letter, number)| {
        let characters = characters(letter);
        characters.get(number % characters.len()).copied()
    });
    Ok(Value::str(password.collect::<Vec<u8>>()))
}

/// A name with its length, behind that of the algorithm.
fn named(name: &[u8]) -> Vec<u8> {
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
    [ALGORITHM, &length.to_be_bytes(), name].concat()
}
