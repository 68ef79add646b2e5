//! Private keys: made, read from PEM, written to it, and signing.

use ed25519_dalek::SigningKey as Ed25519Key;
use num_bigint::BigUint;
use rsa::PrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::Rng as _;
use rsa::signature::{SignatureEncoding, Signer};
use sha2::Sha256;

use super::pem;
use super::source::Source;
use crate::template::func::{Function, arg, functions};
use crate::template::value::Value;
use crate::template::{CallError, Run};

pub(in super::super) const FUNCTIONS: &[Function] =
    functions![("genPrivateKey", [Str], gen_private_key)];

/// The milliseconds that an RSA key of 4096 bits takes, about.
const TIME_OF_RSA_4096: u64 = 700;

/// The milliseconds that a DSA key takes, about.
const TIME_OF_DSA: u64 = 2_000;

/// The milliseconds that a key on a curve takes, at the most.
const TIME_OF_CURVE: u64 = 1;

/// A private key.
pub(super) enum Key {
    Rsa(Box<PrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    Ed25519(Ed25519Key),
    /// Of an algorithm that certificates are not made for.
    Dsa,
}

fn gen_private_key(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let kind = arg::bytes(arguments, 0);
    if !matches!(kind, b"" | b"rsa" | b"dsa" | b"ecdsa" | b"ed25519") {
        return Ok(Value::str([b"Unknown type ", kind].concat()));
    }
    run.work(match kind {
        b"dsa" => TIME_OF_DSA,
        b"ecdsa" | b"ed25519" => TIME_OF_CURVE,
        _ => TIME_OF_RSA_4096,
    })?;
    let mut source = Source::of(run, "genPrivateKey")?;
    Ok(match kind {
        b"dsa" => pem::encode("DSA PRIVATE KEY", &dsa_key(&mut source)).into(),
        b"ecdsa" => Key::P256(p256_key(&mut source)).to_pem()?.into(),
        b"ed25519" => {
            let mut seed = [0; 32];
            source.fill_bytes(&mut seed);
            Key::Ed25519(Ed25519Key::from_bytes(&seed)).to_pem()?.into()
        }
        _ => Key::rsa(&mut source, 4096)?.to_pem()?.into(),
    })
}

fn p256_key(source: &mut Source) -> p256::SecretKey {
    loop {
        let mut bytes = [0; 32];
        source.fill_bytes(&mut bytes);
        // One in four billion is out of range.
        if let Ok(key) = p256::SecretKey::from_slice(&bytes) {
            return key;
        }
    }
}

/// A DSA key of 2048 bits in the form of the reference: version, p, q, g, y, x.
fn dsa_key(source: &mut Source) -> Vec<u8> {
    let Ok(components) =
        dsa::Components::try_generate_from_rng_with_key_size(source, dsa::KeySize::DSA_2048_256);
    let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
    let prime = number(&components.p().to_be_bytes());
    let order = number(&components.q().to_be_bytes());
    let base = number(&components.g().to_be_bytes());
    let mut random = [0; 64];
    source.fill_bytes(&mut random);
    let secret = number(&random) % (&order - 1u8) + 1u8;
    let public = base.modpow(&secret, &prime);
    let mut body = Vec::new();
    for number in [&BigUint::default(), &prime, &order, &base, &public, &secret] {
        let mut bytes = number.to_bytes_be();
        // The first bit is the sign.
        if bytes.first().is_none_or(|first| *first >= 0x80) {
            bytes.insert(0, 0);
        }
        body.extend(der(0x02, &bytes));
    }
    der(0x30, &body)
}

/// A value of ASN.1 with its tag and its length.
fn der(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let mut out = vec![tag];
    match u8::try_from(body.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            out.extend(length);
        }
    }
    out.extend_from_slice(body);
    out
}

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8.
const ED25519_HEAD: [u8; 16] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The identifier of Ed25519, with its tag and length.
const ED25519_IDENTIFIER: &[u8] = &[0x06, 0x03, 0x2B, 0x65, 0x70];

impl Key {
    /// Makes an RSA key.
    pub(super) fn rsa(source: &mut Source, bits: usize) -> Result<Self, CallError> {
        let key = PrivateKey::new(source, bits)
            .map_err(|error| CallError::new(format!("error generating rsa key: {error}")))?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// Reads a key. The error has the reference's words.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        let bytes = &block.bytes;
        let name = block.name.as_str();
        if name == "PRIVATE KEY" {
            return Self::from_pkcs8(bytes)
                .ok_or_else(|| "decoding PEM as PKCS#8: x509: failed to parse private key".into());
        }
        let Some(kind) = name.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {name}"));
        };
        let unreadable =
            || format!("parsing {kind} private key from PEM: x509: failed to parse it");
        match kind {
            "RSA" => match PrivateKey::from_pkcs1_der(bytes) {
                Ok(key) => Ok(Self::Rsa(Box::new(key))),
                Err(_) => Err(unreadable()),
            },
            "EC" => Self::from_sec1(bytes).ok_or_else(unreadable),
            "DSA" if bytes.first() == Some(&0x30) => Ok(Self::Dsa),
            "DSA" => Err(unreadable()),
            _ => Err(format!("invalid private key type {kind}")),
        }
    }

    fn from_sec1(bytes: &[u8]) -> Option<Self> {
        let key = p256::SecretKey::from_sec1_der(bytes).map(Self::P256);
        let key = key.or_else(|_| p384::SecretKey::from_sec1_der(bytes).map(Self::P384));
        key.ok()
    }

    fn from_pkcs8(bytes: &[u8]) -> Option<Self> {
        if let Ok(key) = PrivateKey::from_pkcs8_der(bytes) {
            return Some(Self::Rsa(Box::new(key)));
        }
        if let Ok(key) = p256::SecretKey::from_pkcs8_der(bytes) {
            return Some(Self::P256(key));
        }
        if let Ok(key) = p384::SecretKey::from_pkcs8_der(bytes) {
            return Some(Self::P384(key));
        }
        // The octets within the octets, whatever follows.
        memchr::memmem::find(bytes, ED25519_IDENTIFIER)?;
        let start = memchr::memmem::find(bytes, &[0x04, 0x22, 0x04, 0x20])? + 4;
        let seed: [u8; 32] = bytes.get(start..start + 32)?.try_into().ok()?;
        Some(Self::Ed25519(Ed25519Key::from_bytes(&seed)))
    }

    /// Writes the key in the form that Go has for it.
    pub(super) fn to_pem(&self) -> Result<String, CallError> {
        let failed =
            |error: String| CallError::new(format!("failed to generate private key: {error}"));
        Ok(match self {
            Self::Rsa(key) => {
                let der = key
                    .to_pkcs1_der()
                    .map_err(|error| failed(error.to_string()))?;
                pem::encode("RSA PRIVATE KEY", der.as_bytes())
            }
            Self::P256(key) => {
                let der = key
                    .to_sec1_der()
                    .map_err(|error| failed(error.to_string()))?;
                pem::encode("EC PRIVATE KEY", &der)
            }
            Self::P384(key) => {
                let der = key
                    .to_sec1_der()
                    .map_err(|error| failed(error.to_string()))?;
                pem::encode("EC PRIVATE KEY", &der)
            }
            Self::Ed25519(key) => {
                let der = [ED25519_HEAD.as_slice(), key.as_bytes()].concat();
                pem::encode("PRIVATE KEY", &der)
            }
            Self::Dsa => return Err(unsupported()),
        })
    }

    /// The bits of the public key, as certificates hold them.
    fn public(&self) -> Result<Vec<u8>, CallError> {
        Ok(match self {
            Self::Rsa(key) => {
                let der = key.to_public_key().to_pkcs1_der();
                der.map_err(|_| unsupported())?.as_bytes().to_vec()
            }
            Self::P256(key) => key.public_key().to_sec1_bytes().to_vec(),
            Self::P384(key) => key.public_key().to_sec1_bytes().to_vec(),
            Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
            Self::Dsa => return Err(unsupported()),
        })
    }
}

fn unsupported() -> CallError {
    CallError::new("error creating certificate: x509: unsupported public key type: *dsa.PublicKey")
}

/// A key with its public half, for [`rcgen`].
pub(super) struct Pair<'k> {
    key: &'k Key,
    public: Vec<u8>,
}

impl<'k> Pair<'k> {
    /// The pair of a key that certificates can be made with.
    pub(super) fn of(key: &'k Key) -> Result<Self, CallError> {
        let public = key.public()?;
        Ok(Self { key, public })
    }

    /// The bits of the public key.
    pub(super) fn public(&self) -> &[u8] {
        &self.public
    }
}

impl rcgen::PublicKeyData for Pair<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.key {
            Key::Rsa(_) | Key::Dsa => &rcgen::PKCS_RSA_SHA256,
            Key::P256(_) => &rcgen::PKCS_ECDSA_P256_SHA256,
            Key::P384(_) => &rcgen::PKCS_ECDSA_P384_SHA384,
            Key::Ed25519(_) => &rcgen::PKCS_ED25519,
        }
    }
}

impl rcgen::SigningKey for Pair<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let failed = |_| rcgen::Error::RemoteKeyError;
        Ok(match self.key {
            Key::Rsa(key) => {
                let key = rsa::pkcs1v15::SigningKey::<Sha256>::new((**key).clone());
                key.try_sign(message).map_err(failed)?.to_vec()
            }
            Key::P256(key) => {
                let key = p256::ecdsa::SigningKey::from(key);
                let signature: p256::ecdsa::Signature = key.try_sign(message).map_err(failed)?;
                signature.to_der().as_bytes().to_vec()
            }
            Key::P384(key) => {
                let key = p384::ecdsa::SigningKey::from(key);
                let signature: p384::ecdsa::Signature = key.try_sign(message).map_err(failed)?;
                signature.to_der().as_bytes().to_vec()
            }
            Key::Ed25519(key) => key.try_sign(message).map_err(failed)?.to_vec(),
            Key::Dsa => return Err(rcgen::Error::RemoteKeyError),
        })
    }
}
