//! `.prov`: what whoever packed a chart says of the archive.
//!
//! Its digest is compared. Its signature is not: that takes a keyring, and `helm verify` is there for it.

use crate::yaml::{DuplicateKeys, FileId, Limits, parse_version_2};

use super::RepositoryError;

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";

/// Fails where a provenance file speaks of another archive than the one with this digest.
pub(super) fn check(
    text: &[u8],
    archive: &str,
    sha256: &str,
    url: &str,
) -> Result<(), RepositoryError> {
    let failed = |reason: String| RepositoryError::Provenance {
        url: url.to_owned(),
        reason,
    };
    let text = std::str::from_utf8(text).map_err(|_| failed("is no text".to_owned()))?;
    let message = signed(text).ok_or_else(|| failed("holds no signed message".to_owned()))?;
    let sums = message.split_once("\n...\n").map(|(_, sums)| sums);
    let sums = sums.ok_or_else(|| failed("holds no digests".to_owned()))?;
    let file = FileId::of(&format!("{url}.prov"));
    let limits = Limits::default();
    let sums = parse_version_2(sums.as_bytes(), file, &limits, DuplicateKeys::Refused);
    let sums = sums.map_err(|error| failed(format!("cannot be read: {error}")))?;
    let said = sums.as_ref().and_then(|sums| sums.get("files"));
    let said = said.and_then(|files| files.get(archive)?.text());
    match said {
        None => Err(failed(format!("names no digest of `{archive}`"))),
        Some(said) if said == format!("sha256:{sha256}") => Ok(()),
        Some(said) => Err(failed(format!(
            "says that its digest is {said}, but it is sha256:{sha256}"
        ))),
    }
}

/// Returns what is signed, without the dashes that the format puts before dashes.
fn signed(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (message, _) = rest.split_once(SIGNATURE)?;
    // Headers end at the first line that is empty.
    let mut lines = message.lines().skip(1).skip_while(|line| !line.is_empty());
    lines.next()?;
    let mut signed = String::with_capacity(message.len());
    for line in lines {
        signed.push_str(line.strip_prefix("- ").unwrap_or(line));
        signed.push('\n');
    }
    Some(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_must_be_that_of_the_archive() {
        let digest = "a".repeat(64);
        let file = |sums: &str| {
            format!(
                "{BEGIN}\nHash: SHA512\n\napiVersion: v2\nname: web\nversion: 1.0.0\n\n...\n{sums}\n{SIGNATURE}\n\nwsBc\n-----END PGP SIGNATURE-----\n"
            )
        };
        let good = file(&format!("files:\n  web-1.0.0.tgz: sha256:{digest}"));
        let check = |text: &str, sha256: &str| {
            check(text.as_bytes(), "web-1.0.0.tgz", sha256, "u").map_err(|error| error.to_string())
        };
        assert_eq!(check(&good, &digest), Ok(()));
        for (text, reason) in [
            (good.as_str(), "says that its digest is sha256:aaa"),
            (&file("files: {}"), "names no digest of `web-1.0.0.tgz`"),
            ("<html>", "holds no signed message"),
            (
                &format!("{BEGIN}\n\nname: x\n{SIGNATURE}"),
                "holds no digests",
            ),
        ] {
            let error = check(text, &"b".repeat(64)).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
