//! The extensions of certificates, in the order in which Go's `x509.CreateCertificate` writes them.

use std::net::IpAddr;

use rcgen::CustomExtension;
use sha2::{Digest as _, Sha256};

use super::certificate::Request;

/// The numbers of the extensions.
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const SUBJECT_KEY: &[u64] = &[2, 5, 29, 14];
const AUTHORITY_KEY: &[u64] = &[2, 5, 29, 35];
const ALTERNATIVE_NAMES: &[u64] = &[2, 5, 29, 17];

/// The extensions of a certificate for a public key; `signer` is that of the authority, if it is another.
pub(super) fn of(request: &Request, public: &[u8], signer: Option<&[u8]>) -> Vec<CustomExtension> {
    // Digital signature and key encipherment; for an authority the signature of certificates, too.
    let usage: &[u8] = if request.is_authority {
        &[2, 0xA4]
    } else {
        &[5, 0xA0]
    };
    let constraints: &[u8] = if request.is_authority {
        &[1, 1, 0xFF]
    } else {
        &[]
    };
    let purpose = |last| tlv(6, &[0x2B, 6, 1, 5, 5, 7, 3, last]);
    let mut extensions = vec![
        critical(KEY_USAGE, tlv(3, usage)),
        // Servers and clients.
        extension(
            EXTENDED_KEY_USAGE,
            tlv(0x30, &[purpose(1), purpose(2)].concat()),
        ),
        critical(BASIC_CONSTRAINTS, tlv(0x30, constraints)),
    ];
    if request.is_authority {
        let digest = Sha256::digest(public);
        let id = digest.get(..20).unwrap_or_default();
        extensions.push(extension(SUBJECT_KEY, tlv(4, id)));
    }
    if let Some(id) = signer.and_then(subject_key) {
        extensions.push(extension(AUTHORITY_KEY, tlv(0x30, &tlv(0x80, &id))));
    }
    if !request.hosts.is_empty() || !request.addresses.is_empty() {
        let mut names = Vec::new();
        for host in &request.hosts {
            names.extend(tlv(0x82, host.as_bytes()));
        }
        for address in &request.addresses {
            match address {
                IpAddr::V4(address) => names.extend(tlv(0x87, &address.octets())),
                IpAddr::V6(address) => names.extend(tlv(0x87, &address.octets())),
            }
        }
        let names = tlv(0x30, &names);
        // Without a subject they are all that names the owner.
        extensions.push(if request.name.is_empty() {
            critical(ALTERNATIVE_NAMES, names)
        } else {
            extension(ALTERNATIVE_NAMES, names)
        });
    }
    extensions
}

/// The id of the key of a certificate, as it says it.
fn subject_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, read) = x509_parser::parse_x509_certificate(certificate).ok()?;
    read.iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) => {
                Some(id.0.to_vec())
            }
            _ => None,
        })
}

fn extension(number: &[u64], content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(number, content)
}

fn critical(number: &[u64], content: Vec<u8>) -> CustomExtension {
    let mut extension = extension(number, content);
    extension.set_criticality(true);
    extension
}

/// A value of DER: its tag, its length, its content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    if let Ok(short @ ..0x80) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
        let bytes = bytes.get(first..).unwrap_or_default();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0x7F));
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(content);
    out
}
