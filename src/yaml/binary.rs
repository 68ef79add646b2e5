//! Base64 of `!!binary` to the text that comes out of a build.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Decodes base64, whose lines may be broken; bytes that are not UTF-8 become U+FFFD, as in Go's JSON.
pub(super) fn decode(text: &str) -> Option<String> {
    let joined: String = text
        .chars()
        .filter(|character| !matches!(character, '\r' | '\n'))
        .collect();
    let bytes = STANDARD.decode(joined).ok()?;
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        // Go replaces each byte, not each sequence.
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(decoded)
}
