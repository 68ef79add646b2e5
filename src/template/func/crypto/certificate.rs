//! Certificates: authorities, signed by them, and by themselves.

use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;

use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, SerialNumber};
use time::OffsetDateTime;

use super::extensions;
use super::key::{Key, Pair};
use super::pem;
use crate::template::func::{Function, arg, encoding, functions};
use crate::template::print::display;
use crate::template::value::{Kind, Map, Object, Str, Value};
use crate::template::{CallError, Run};

pub(in super::super) const FUNCTIONS: &[Function] = functions![
    ("genCA", [Str, Int], gen_ca),
    ("genCAWithKey", [Str, Int, Str], gen_ca_with_key),
    (
        "genSelfSignedCert",
        [Str, List, List, Int],
        gen_self_signed_cert
    ),
    (
        "genSelfSignedCertWithKey",
        [Str, List, List, Int, Str],
        gen_self_signed_cert_with_key
    ),
    (
        "genSignedCert",
        [Str, List, List, Int, Object("sprig.certificate")],
        gen_signed_cert
    ),
    (
        "genSignedCertWithKey",
        [Str, List, List, Int, Object("sprig.certificate"), Str],
        gen_signed_cert_with_key
    ),
    ("buildCustomCert", [Str, Str], build_custom_cert),
];

/// A certificate and its key, as PEM.
#[derive(Debug)]
struct Certificate {
    cert: Str,
    key: Str,
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(self.cert.clone().into()),
            "Key" => Some(self.key.clone().into()),
            _ => None,
        }
    }

    fn display(&self) -> Str {
        [b"{", self.cert.bytes(), b" ", self.key.bytes(), b"}"]
            .concat()
            .into()
    }

    fn json(&self) -> Value {
        let map = Map::new();
        map.insert("Cert", self.cert.clone().into());
        map.insert("Key", self.key.clone().into());
        map.into()
    }
}

/// What a certificate is to say.
pub(super) struct Request {
    pub(super) name: String,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) hosts: Vec<String>,
    days: i64,
    pub(super) is_authority: bool,
}

impl Request {
    /// That of the first arguments of the functions that take addresses and names of hosts.
    fn of(arguments: &[Value]) -> Result<Self, CallError> {
        Ok(Self {
            name: arg::string(arguments, 0).text().into_owned(),
            addresses: addresses(&arg::list(arguments, 1))?,
            hosts: hosts(&arg::list(arguments, 2))?,
            days: arg::int(arguments, 3),
            is_authority: false,
        })
    }

    fn of_authority(arguments: &[Value]) -> Self {
        Self {
            name: arg::string(arguments, 0).text().into_owned(),
            addresses: Vec::new(),
            hosts: Vec::new(),
            days: arg::int(arguments, 1),
            is_authority: true,
        }
    }
}

fn addresses(values: &[Value]) -> Result<Vec<IpAddr>, CallError> {
    let address = |value: &Value| {
        let Some(text) = value.as_str() else {
            let shown = display(value);
            return Err(format!("{} is not a string", shown.text()));
        };
        let text = text.text();
        text.parse().map_err(|_| text.into_owned())
    };
    let addresses: Result<_, String> = values.iter().map(address).collect();
    addresses.map_err(|problem| CallError::new(format!("error parsing ip: {problem}")))
}

fn hosts(values: &[Value]) -> Result<Vec<String>, CallError> {
    let host = |value: &Value| match value.as_str() {
        Some(text) => Ok(text.text().into_owned()),
        None => Err(CallError::new(format!(
            "error processing alternate dns name: {} is not a string",
            display(value).text()
        ))),
    };
    values.iter().map(host).collect()
}

fn gen_ca(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let key = Key::of_certificate(run, "genCA")?;
    self_signed(run, "genCA", Request::of_authority(arguments), &key)
}

fn gen_ca_with_key(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let key = given_key(arguments, 2)?;
    self_signed(run, "genCAWithKey", Request::of_authority(arguments), &key)
}

fn gen_self_signed_cert(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let request = Request::of(arguments)?;
    let key = Key::of_certificate(run, "genSelfSignedCert")?;
    self_signed(run, "genSelfSignedCert", request, &key)
}

fn gen_self_signed_cert_with_key(
    run: &mut Run<'_>,
    arguments: &[Value],
) -> Result<Value, CallError> {
    let key = given_key(arguments, 4)?;
    let request = Request::of(arguments)?;
    self_signed(run, "genSelfSignedCertWithKey", request, &key)
}

fn gen_signed_cert(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let signer = Signer::of(arguments)?;
    let request = Request::of(arguments)?;
    let key = Key::of_certificate(run, "genSignedCert")?;
    signed(run, "genSignedCert", request, &key, &signer)
}

fn gen_signed_cert_with_key(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let key = given_key(arguments, 5)?;
    let signer = Signer::of(arguments)?;
    let request = Request::of(arguments)?;
    signed(run, "genSignedCertWithKey", request, &key, &signer)
}

fn given_key(arguments: &[Value], index: usize) -> Result<Key, CallError> {
    Key::from_pem(arg::bytes(arguments, index))
        .map_err(|problem| CallError::new(format!("parsing private key: {problem}")))
}

/// What signs another certificate.
struct Signer {
    /// In DER.
    certificate: Vec<u8>,
    key: Key,
}

impl Signer {
    /// That of the fifth argument.
    fn of(arguments: &[Value]) -> Result<Self, CallError> {
        let authority = arg::any(arguments, 4);
        let (cert, key) = match &authority.kind {
            Kind::Object(object) => {
                let field = |name| object.field(name).unwrap_or_default();
                (field("Cert"), field("Key"))
            }
            _ => (Value::NIL, Value::NIL),
        };
        let certificate = read_certificate(cert.as_str().map(Str::bytes).unwrap_or_default())?;
        let key = Key::from_pem(key.as_str().map(Str::bytes).unwrap_or_default())
            .map_err(|problem| CallError::new(format!("error parsing private key: {problem}")))?;
        Ok(Self { certificate, key })
    }
}

/// The first certificate of a text, in DER.
fn read_certificate(text: &[u8]) -> Result<Vec<u8>, CallError> {
    let block = pem::decode(text);
    let block = block.ok_or_else(|| CallError::new("unable to decode certificate"))?;
    match x509_parser::parse_x509_certificate(&block.bytes) {
        Ok(([], _)) => Ok(block.bytes),
        _ => Err(CallError::new(
            "error parsing certificate: decodedCert.Bytes: x509: malformed certificate",
        )),
    }
}

fn build_custom_cert(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let decoded = |index, what: &str| {
        let bytes = encoding::decode_base64(arg::bytes(arguments, index));
        bytes.map_err(|_| CallError::new(format!("unable to decode base64 {what}")))
    };
    let cert = decoded(0, "certificate")?;
    let key = decoded(1, "private key")?;
    read_certificate(&cert)?;
    Key::from_pem(&key)
        .map_err(|problem| CallError::new(format!("error parsing private key: {problem}")))?;
    Ok(value(cert.into(), key.into()))
}

fn value(cert: Str, key: Str) -> Value {
    Kind::Object(Rc::new(Certificate { cert, key })).into()
}

fn self_signed(
    run: &mut Run<'_>,
    function: &'static str,
    request: Request,
    key: &Key,
) -> Result<Value, CallError> {
    let pair = Pair::of(key)?;
    let extensions = extensions::of(&request, pair.public(), None);
    let params = params(run, function, request, extensions)?;
    let made = params.self_signed(&pair).map_err(not_made)?;
    let cert = pem::encode("CERTIFICATE", made.der());
    Ok(value(cert.into(), key.to_pem()?.into()))
}

fn signed(
    run: &mut Run<'_>,
    function: &'static str,
    request: Request,
    key: &Key,
    signer: &Signer,
) -> Result<Value, CallError> {
    let pair = Pair::of(key)?;
    let signing = Pair::of(&signer.key)?;
    if !has_key(&signer.certificate, signing.public()) {
        return Err(CallError::new(
            "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
        ));
    }
    let extensions = extensions::of(&request, pair.public(), Some(&signer.certificate));
    let params = params(run, function, request, extensions)?;
    let certificate = signer.certificate.as_slice().into();
    let issuer = Issuer::from_ca_cert_der(&certificate, signing).map_err(not_made)?;
    let made = params.signed_by(&pair, &issuer).map_err(not_made)?;
    let cert = pem::encode("CERTIFICATE", made.der());
    Ok(value(cert.into(), key.to_pem()?.into()))
}

fn has_key(certificate: &[u8], public: &[u8]) -> bool {
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, read)| *read.public_key().subject_public_key.data == *public)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn not_made(error: rcgen::Error) -> CallError {
    CallError::new(format!("error creating certificate: {error}"))
}

fn params(
    run: &mut Run<'_>,
    function: &'static str,
    request: Request,
    extensions: Vec<rcgen::CustomExtension>,
) -> Result<CertificateParams, CallError> {
    const DAY: i64 = 86_400_000_000_000;
    let mut serial = [0; 16];
    run.random(function, &mut serial)?;
    let now = run.now(function).timestamp().as_second();
    // In nanoseconds, which wrap in the reference.
    let valid = request.days.wrapping_mul(DAY) / 1_000_000_000;
    let at = |seconds: i64| {
        let time = OffsetDateTime::from_unix_timestamp(seconds);
        time.map_err(|error| CallError::new(format!("error creating certificate: {error}")))
    };
    let mut params = CertificateParams::default();
    params.not_before = at(now)?;
    params.not_after = at(now.saturating_add(valid))?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = DistinguishedName::new();
    // An empty name is left out.
    if !request.name.is_empty() {
        params
            .distinguished_name
            .push(DnType::CommonName, request.name);
    }
    params.custom_extensions = extensions;
    Ok(params)
}
