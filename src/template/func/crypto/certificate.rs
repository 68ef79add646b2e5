//! Certificates: authorities, signed by them, and by themselves.

use std::any::Any;
use std::cell::LazyCell;
use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;

use rcgen::string::PrintableString;
use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, Issuer, SerialNumber};
use time::OffsetDateTime;

use super::extensions;
use super::key::{Key, Pair};
use super::pem;
use super::source::Source;
use crate::template::func::{Function, arg, encoding, functions};
use crate::template::print::display;
use crate::template::run::Looked;
use crate::template::stack::with_stack;
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

/// The bits of the key that a certificate gets.
const BITS_OF_KEY: usize = 2048;

/// The milliseconds that such a key takes, about.
const TIME_OF_KEY: u64 = 100;

/// A certificate and its key, as PEM.
struct Pem {
    cert: Str,
    key: Str,
}

/// Makes a certificate.
type Make = Box<dyn FnOnce() -> Result<Pem, CallError>>;

/// A certificate and its key.
enum Certificate {
    There(Pem),
    /// With a key of its own, made when it is first looked at: a key takes as long as many a chart, and charts make
    /// authorities that they use under a condition only.
    Later(LazyCell<Result<Pem, CallError>, Make>),
}

impl Certificate {
    fn value(self) -> Value {
        Kind::Object(Rc::new(self)).into()
    }

    fn pem(&self) -> Result<&Pem, CallError> {
        match self {
            Self::There(pem) => Ok(pem),
            // The authority may be still to be made, too, and so on.
            Self::Later(made) => {
                with_stack(|| LazyCell::force(made).as_ref().map_err(Clone::clone))
            }
        }
    }

    /// A field, empty where the certificate could not be made: for what cannot fail.
    fn shown(&self, field: fn(&Pem) -> &Str) -> Str {
        let pem = self.pem();
        pem.map_or_else(|_| Str::from(""), |pem| field(pem).clone())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
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

    fn field(&self, name: &str) -> Option<Result<Value, CallError>> {
        match name {
            "Cert" => Some(self.pem().map(|pem| pem.cert.clone().into())),
            "Key" => Some(self.pem().map(|pem| pem.key.clone().into())),
            _ => None,
        }
    }

    fn display(&self) -> Str {
        let (cert, key) = (self.shown(|pem| &pem.cert), self.shown(|pem| &pem.key));
        [b"{", cert.bytes(), b" ", key.bytes(), b"}"]
            .concat()
            .into()
    }

    fn json(&self) -> Value {
        let map = Map::new();
        map.insert("Cert", self.shown(|pem| &pem.cert).into());
        map.insert("Key", self.shown(|pem| &pem.key).into());
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
    let draft = Draft::new(run, "genCA", Request::of_authority(arguments))?;
    Ok(later(move || draft.self_signed()))
}

fn gen_ca_with_key(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let key = given_key(arguments, 2)?;
    let request = Request::of_authority(arguments);
    let contents = Contents::new(run, "genCAWithKey", request)?;
    let pem = contents.self_signed(&key)?;
    Ok(Certificate::There(pem).value())
}

fn gen_self_signed_cert(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let draft = Draft::new(run, "genSelfSignedCert", Request::of(arguments)?)?;
    Ok(later(move || draft.self_signed()))
}

fn gen_self_signed_cert_with_key(
    run: &mut Run<'_>,
    arguments: &[Value],
) -> Result<Value, CallError> {
    let key = given_key(arguments, 4)?;
    let request = Request::of(arguments)?;
    let contents = Contents::new(run, "genSelfSignedCertWithKey", request)?;
    let pem = contents.self_signed(&key)?;
    Ok(Certificate::There(pem).value())
}

fn gen_signed_cert(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let authority = arg::any(arguments, 4);
    if !is_made_here(&authority) {
        Signer::of(&authority)?.pair()?;
    }
    let draft = Draft::new(run, "genSignedCert", Request::of(arguments)?)?;
    Ok(later(move || draft.signed(&Signer::of(&authority)?)))
}

fn gen_signed_cert_with_key(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let key = given_key(arguments, 5)?;
    let signer = Signer::of(&arg::any(arguments, 4))?;
    let request = Request::of(arguments)?;
    let contents = Contents::new(run, "genSignedCertWithKey", request)?;
    let pem = contents.signed(&key, &signer)?;
    Ok(Certificate::There(pem).value())
}

/// Whether it is an authority with a key of its own: then nothing is wrong with it.
fn is_made_here(authority: &Value) -> bool {
    let Kind::Object(object) = &authority.kind else {
        return false;
    };
    matches!(object.as_any().downcast_ref(), Some(Certificate::Later(_)))
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
    /// That of an authority.
    fn of(authority: &Value) -> Result<Self, CallError> {
        let field = |name| match &authority.kind {
            Kind::Object(object) => object
                .field(name)
                .transpose()
                .map(Option::unwrap_or_default),
            _ => Ok(Value::NIL),
        };
        let (cert, key) = (field("Cert")?, field("Key")?);
        let certificate = read_certificate(cert.as_str().map(Str::bytes).unwrap_or_default())?;
        let key = Key::from_pem(key.as_str().map(Str::bytes).unwrap_or_default())
            .map_err(|problem| CallError::new(format!("error parsing private key: {problem}")))?;
        Ok(Self { certificate, key })
    }

    /// The pair that signs. An error where it is not that of the certificate.
    fn pair(&self) -> Result<Pair<'_>, CallError> {
        let pair = Pair::of(&self.key)?;
        if has_key(&self.certificate, pair.public()) {
            return Ok(pair);
        }
        Err(CallError::new(
            "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
        ))
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
    let (cert, key) = (cert.into(), key.into());
    Ok(Certificate::There(Pem { cert, key }).value())
}

/// A certificate that is made when it is looked at.
fn later(make: impl FnOnce() -> Result<Pem, CallError> + 'static) -> Value {
    Certificate::Later(LazyCell::new(Box::new(make))).value()
}

fn has_key(certificate: &[u8], public: &[u8]) -> bool {
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, read)| *read.public_key().subject_public_key.data == *public)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn not_made(error: rcgen::Error) -> CallError {
    CallError::new(format!("error creating certificate: {error}"))
}

/// What a certificate is made of, but for its key.
struct Contents {
    request: Request,
    /// The serial number and the dates.
    params: CertificateParams,
}

impl Contents {
    /// Draws the serial number and takes the time, for `function`.
    fn new(run: &mut Run<'_>, function: &'static str, request: Request) -> Result<Self, CallError> {
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
            let name = name_text(&request.name);
            params.distinguished_name.push(DnType::CommonName, name);
        }
        Ok(Self { request, params })
    }

    fn self_signed(self, key: &Key) -> Result<Pem, CallError> {
        let pair = Pair::of(key)?;
        let params = self.params(&pair, None);
        pem(&params.self_signed(&pair).map_err(not_made)?, key)
    }

    fn signed(self, key: &Key, signer: &Signer) -> Result<Pem, CallError> {
        let pair = Pair::of(key)?;
        let signing = signer.pair()?;
        let params = self.params(&pair, Some(&signer.certificate));
        let certificate = signer.certificate.as_slice().into();
        let issuer = Issuer::from_ca_cert_der(&certificate, signing).map_err(not_made)?;
        pem(&params.signed_by(&pair, &issuer).map_err(not_made)?, key)
    }

    fn params(self, pair: &Pair<'_>, signer: Option<&[u8]>) -> CertificateParams {
        let mut params = self.params;
        params.custom_extensions = extensions::of(&self.request, pair.public(), signer);
        params
    }
}

fn pem(made: &rcgen::Certificate, key: &Key) -> Result<Pem, CallError> {
    Ok(Pem {
        cert: pem::encode("CERTIFICATE", made.der()).into(),
        key: key.to_pem()?.into(),
    })
}

/// A certificate whose key is still to be made.
struct Draft {
    source: Source,
    contents: Contents,
    looked_at: Looked,
}

impl Draft {
    /// Draws all that is random, and takes the time that a key takes, for `function`.
    fn new(run: &mut Run<'_>, function: &'static str, request: Request) -> Result<Self, CallError> {
        run.work(TIME_OF_KEY)?;
        let source = Source::of(run, function)?;
        let contents = Contents::new(run, function, request)?;
        let looked_at = run.counts_when_looked_at();
        Ok(Self {
            source,
            contents,
            looked_at,
        })
    }

    fn key(&mut self) -> Result<Key, CallError> {
        self.looked_at.set(true);
        Key::rsa(&mut self.source, BITS_OF_KEY)
    }

    fn self_signed(mut self) -> Result<Pem, CallError> {
        let key = self.key()?;
        self.contents.self_signed(&key)
    }

    fn signed(mut self, signer: &Signer) -> Result<Pem, CallError> {
        let key = self.key()?;
        self.contents.signed(&key, signer)
    }
}

/// As the reference encodes it: by the narrowest type that has its characters.
fn name_text(name: &str) -> DnValue {
    match PrintableString::try_from(name) {
        Ok(printable) => DnValue::PrintableString(printable),
        Err(_) => DnValue::Utf8String(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_narrowest_type() {
        let is_printable = |name: &str| matches!(name_text(name), DnValue::PrintableString(_));
        assert!(is_printable("a service's CA (1/2): b=c, d+e.f-g?"));
        for other in ["*.a.b", "a & b", "a_b", "a@b", "ä"] {
            assert!(!is_printable(other), "{other}");
        }
    }
}
