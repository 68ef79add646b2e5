//! Whom a server's certificate must come from, and the certificate that a server is shown.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use super::RemoteError;

/// How servers are known, and who the user is to them, beyond what the system has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsSettings {
    /// The authorities that are trusted, in place of those of the system.
    pub ca_file: Option<PathBuf>,
    /// The certificate that is shown to servers which ask for one, with those above it.
    pub cert_file: Option<PathBuf>,
    /// Its private key.
    pub key_file: Option<PathBuf>,
    /// Whether certificates of servers are looked at.
    pub verification: Verification,
}

/// Whether certificates of servers are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verification {
    /// They are.
    #[default]
    Checked,
    /// Any is taken.
    Skipped,
}

impl TlsSettings {
    /// Tells whether nothing is said, so that the system's authorities count. A certificate without its key, or the key
    /// alone, says nothing, as in Helm.
    pub fn is_usual(&self) -> bool {
        let has_pair = self.cert_file.is_some() && self.key_file.is_some();
        !has_pair && self.ca_file.is_none() && self.verification == Verification::Checked
    }

    /// Fails where a file that is named cannot be used.
    pub fn check(&self) -> Result<(), RemoteError> {
        self.config().map(|_| ())
    }

    /// Returns what the client goes by.
    pub(super) fn config(&self) -> Result<TlsConfig, RemoteError> {
        let config = TlsConfig::builder();
        if self.is_usual() {
            return Ok(config.root_certs(RootCerts::PlatformVerifier).build());
        }
        let roots = match &self.ca_file {
            Some(path) => RootCerts::from(authorities(path)?),
            None => RootCerts::PlatformVerifier,
        };
        let own = match (&self.cert_file, &self.key_file) {
            (Some(certificate), Some(key)) => Some(client_certificate(certificate, key)?),
            (None, None) => None,
            (Some(path), None) => return Err(unusable(path, "there is no `--key-file` for it")),
            (None, Some(path)) => return Err(unusable(path, "there is no `--cert-file` for it")),
        };
        Ok(config
            .root_certs(roots)
            .client_cert(own)
            .disable_verification(self.verification == Verification::Skipped)
            .build())
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>, RemoteError> {
    let found = certificates(path)?;
    let found = found.iter().map(|found| Certificate::from_der(found));
    Ok(found.map(|found| found.to_owned()).collect())
}

/// Reads a certificate and its key. The client would panic over ones that do not belong together.
fn client_certificate(certificate: &Path, key: &Path) -> Result<ClientCert, RemoteError> {
    let chain = certificates(certificate)?;
    let text = read(key)?;
    let no_key = || unusable(key, "it holds no private key in PEM that is not encrypted");
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_| no_key())?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain.clone(), private, &provider).map_err(|error| {
        let reason = format!("it does not go with `{}`: {error}", certificate.display());
        unusable(key, &reason)
    })?;
    let chain: Vec<_> = chain.iter().map(|der| Certificate::from_der(der)).collect();
    let chain: Vec<_> = chain.iter().map(Certificate::to_owned).collect();
    let private = PrivateKey::from_pem(&text).map_err(|_| no_key())?;
    Ok(ClientCert::new_with_certs(&chain, private))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, RemoteError> {
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unusable(path, "it holds no certificates in PEM")),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, RemoteError> {
    fs::read(path).map_err(|error| unusable(path, &error.to_string()))
}

fn unusable(path: &Path, reason: &str) -> RemoteError {
    RemoteError::Certificate {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(settings: &TlsSettings) -> String {
        settings.check().unwrap_err().to_string()
    }

    #[test]
    fn files_that_cannot_be_used_are_told_before_anyone_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let pair = |name: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = rcgen::CertificateParams::new(vec!["me".to_owned()]).unwrap();
            let certificate = certificate.self_signed(&key).unwrap();
            fs::write(path(&format!("{name}.pem")), certificate.pem()).unwrap();
            fs::write(path(&format!("{name}.key")), key.serialize_pem()).unwrap();
        };
        pair("one");
        pair("two");
        fs::write(path("text"), "no PEM").unwrap();
        let own = |certificate: &str, key: &str| TlsSettings {
            cert_file: Some(path(certificate)),
            key_file: Some(path(key)),
            ..TlsSettings::default()
        };
        let trusting = |name: &str| TlsSettings {
            ca_file: Some(path(name)),
            ..TlsSettings::default()
        };
        own("one.pem", "one.key").check().unwrap();
        trusting("one.pem").check().unwrap();
        assert!(error(&own("one.pem", "two.key")).contains("does not go with"));
        assert!(error(&own("text", "one.key")).contains("no certificates"));
        assert!(error(&own("one.pem", "text")).contains("no private key"));
        assert!(error(&trusting("text")).contains("no certificates"));
        assert!(error(&trusting("none")).contains("No such file"));
        let half = TlsSettings {
            key_file: None,
            ..own("none", "none")
        };
        half.check().unwrap();
        let half = TlsSettings {
            verification: Verification::Skipped,
            ..half
        };
        assert!(error(&half).contains("no `--key-file`"));
    }
}
