//! Changes of bytes that a file could have come to by accident or malice.

use crate::random::Random;

/// Pieces of YAML and of kustomizations that change what stands around them.
const TOKENS: &[&str] = &[
    "- ",
    "? ",
    ": ",
    "- ? ",
    "- - ",
    "&a ",
    "*a",
    "<<: *a",
    "<<: [*a, *a]",
    "!!str ",
    "!!binary ",
    "!!float ",
    "!x ",
    "|",
    "|+2",
    ">-",
    "|9",
    "'",
    "\"",
    "\"\\x",
    "\"\\u00",
    "\\",
    "#",
    " #",
    "{",
    "}",
    "[",
    "]",
    ",",
    "{}",
    "[]",
    "[[",
    "{a: {",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\n\n",
    "---\n",
    "--- ",
    "...\n",
    "%YAML 1.2\n---\n",
    "%TAG ! x\n",
    "\u{FEFF}",
    "\0",
    "\u{85}",
    "\u{2028}",
    "~",
    "null",
    "yes",
    ".inf",
    ".nan",
    "0x",
    "0o8",
    "1_000",
    "1e999",
    "2024-01-02",
    "12:30:45",
    "99999999999999999999999",
    "-",
    "--",
    "$patch: delete",
    "$patch: replace",
    "$(A)",
    "$$",
    "metadata:",
    "name: ",
    "kind: ",
    "items:\n- ",
    "resources: [.]",
    "resources: [..]",
    "bases:",
    "components: [.]",
    "../",
    "/",
    "a/b~1c",
    "/-",
    "/0",
    "[=]",
    "[name=",
    "*",
    "x-kubernetes-patch-merge-key: ",
    "op: copy",
    "path: ''",
    "from: /",
    "delimiter: ''",
    "index: -1",
    "create: true",
    "name: '.*",
    "name: '(((",
    "a{1000}{1000}",
];

/// Returns a content that differs from this in up to a few places; another content may lend pieces.
pub(super) fn mutated(random: &mut Random, content: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..=random.below(4) {
        mutate(random, &mut bytes, other);
    }
    bytes
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(bytes.len() + 1);
    match random.below(14) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(range(random, bytes.len()))),
        3 => {
            let piece = bytes[range(random, bytes.len())].to_vec();
            insert(bytes, at, &piece);
        }
        4 => {
            let piece = other[range(random, other.len())].to_vec();
            insert(bytes, at, &piece);
        }
        5 => {
            let piece = random.pick(TOKENS).repeat(1 + random.below(300));
            insert(bytes, at, piece.as_bytes());
        }
        6 => {
            let mut lines = lines(bytes);
            if lines.len() > 1 {
                let line = lines.remove(random.below(lines.len()));
                lines.insert(random.below(lines.len() + 1), line);
            }
            *bytes = lines.concat();
        }
        7 => {
            let mut lines = lines(bytes);
            if let Some(line) = lines.get(random.below(lines.len())).cloned() {
                lines.insert(random.below(lines.len() + 1), line);
            }
            *bytes = lines.concat();
        }
        8 => {
            let mut lines = lines(bytes);
            let count = lines.len();
            if let Some(line) = lines.get_mut(random.below(count)) {
                if random.chance(50) {
                    line.splice(0..0, b"  ".repeat(1 + random.below(3)));
                } else {
                    let blanks = line.iter().take_while(|byte| **byte == b' ').count();
                    line.drain(..blanks.min(2));
                }
            }
            *bytes = lines.concat();
        }
        _ => insert(bytes, at, random.pick(TOKENS).as_bytes()),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

fn range(random: &mut Random, length: usize) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    let end = (start + random.below(40)).min(length);
    start..end
}

/// Returns the lines with their breaks.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}
