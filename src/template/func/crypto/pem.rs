//! PEM: a name and bytes in base 64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::template::func::encoding;

/// What stands between two lines with a name.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// The first block of a text. Headers are passed over.
pub(super) fn decode(text: &[u8]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let mut rest = text.as_ref();
    loop {
        let start = rest.find("-----BEGIN ")?;
        let is_line = start == 0 || rest.get(..start)?.ends_with('\n');
        let after = rest.get(start + "-----BEGIN ".len()..)?;
        if is_line && let Some(block) = block(after) {
            return Some(block);
        }
        rest = after;
    }
}

/// The block whose name stands first.
fn block(text: &str) -> Option<Block> {
    let (name, body) = text.split_once("-----")?;
    let body = body
        .trim_start_matches([' ', '\t', '\r'])
        .strip_prefix('\n')?;
    let (body, _) = body.split_once(&format!("-----END {name}-----"))?;
    let is_header = |line: &&str| line.contains(':') || line.trim().is_empty();
    let lines = body.lines().skip_while(is_header);
    let body: Vec<&str> = lines.map(str::trim_end).collect();
    let bytes = encoding::decode_base64(body.join("\n").as_bytes()).ok()?;
    Some(Block {
        name: name.to_owned(),
        bytes,
    })
}

/// A block as text, 64 characters a line.
pub(super) fn encode(name: &str, bytes: &[u8]) -> String {
    let body = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {name}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {name}-----\n"));
    out
}
