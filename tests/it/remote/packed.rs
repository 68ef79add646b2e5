//! Packed charts, and repositories of them.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::server::{Answer, Server};

/// Packs files below a folder.
pub(super) fn pack(folder: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let path = format!("{folder}/{path}");
        archive
            .append_data(&mut header, path, content.as_bytes())
            .unwrap();
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&archive.into_inner().unwrap()).unwrap();
    packed.finish().unwrap()
}

/// Packs a chart with one `ConfigMap`, which says its version.
pub(super) fn chart(name: &str, version: &str) -> Vec<u8> {
    chart_saying(name, version, "as it was")
}

/// The same, with a word of its own.
pub(super) fn chart_saying(name: &str, version: &str, word: &str) -> Vec<u8> {
    pack(
        name,
        &[
            (
                "Chart.yaml",
                &format!("apiVersion: v2\nname: {name}\nversion: '{version}'\n"),
            ),
            ("values.yaml", "size: 1\n"),
            ("values-large.yaml", "size: 9\n"),
            (
                "templates/map.yaml",
                &format!(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-{name}\ndata:\n  version: {{{{ .Chart.Version | quote }}}}\n  size: {{{{ .Values.size | quote }}}}\n  word: {word}\n"
                ),
            ),
        ],
    )
}

pub(super) fn sha256(content: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(content) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

/// A provenance file that names a digest of an archive.
pub(super) fn provenance(archive: &str, digest: &str) -> String {
    format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: web\n\n...\nfiles:\n  {archive}: sha256:{digest}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"
    )
}

/// What a repository has: names, versions, archives.
pub(super) type Charts<'c> = [(&'c str, &'c str, Vec<u8>)];

/// Returns an index with the charts in a folder beside it.
pub(super) fn index(charts: &Charts<'_>) -> String {
    let mut entries: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    for (name, version, archive) in charts {
        let entry = entries.entry(name).or_default();
        let digest = sha256(archive);
        writeln!(
            entry,
            "  - {{apiVersion: v2, name: {name}, version: '{version}', urls: ['packed/{name}-{version}.tgz'], digest: {digest}, created: '2026-01-01T00:00:00Z'}}"
        )
        .unwrap();
    }
    let mut text = "apiVersion: v1\ngenerated: '2026-01-01T00:00:00Z'\nentries:\n".to_owned();
    for (name, entry) in entries {
        write!(text, "  {name}:\n{entry}").unwrap();
    }
    text
}

/// Serves charts below `/charts` of a server; returns the repository's address.
pub(super) fn serve(server: &Server, charts: &Charts<'_>) -> String {
    server.set_text("/charts/index.yaml", &index(charts));
    for (name, version, archive) in charts {
        let path = format!("/charts/packed/{name}-{version}.tgz");
        server.set(&path, Answer::content(archive));
    }
    server.url("/charts")
}
