//! Git's packet lines: the frames of its protocol.

use std::io::{self, Read};

/// The longest line, length included, that the protocol has.
const LONGEST: usize = 65_520;

/// The bytes of the length in front of each line.
const HEAD: usize = 4;

/// What a server or we send in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Packet {
    /// A line.
    Line(Vec<u8>),
    /// The end of a list.
    Flush,
    /// The end of a section, in version 2.
    Delimiter,
}

/// Reads one packet; an error where the input ends before or within it.
pub(super) fn read(input: &mut dyn Read) -> io::Result<Packet> {
    let mut head = [0; HEAD];
    input.read_exact(&mut head)?;
    let length = std::str::from_utf8(&head)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| usize::from_str_radix(text, 16).ok())
        .ok_or_else(|| invalid("the answer is no packet line"))?;
    match length {
        0 => Ok(Packet::Flush),
        1 | 2 => Ok(Packet::Delimiter),
        3 | LONGEST.. if length != LONGEST => Err(invalid("a packet line of an impossible length")),
        _ => {
            let mut line = vec![0; length - HEAD];
            input.read_exact(&mut line)?;
            Ok(Packet::Line(line))
        }
    }
}

/// Returns the text of a line without its line end.
pub(super) fn text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// Appends a line.
pub(super) fn write_line(out: &mut Vec<u8>, line: &str) {
    out.extend_from_slice(format!("{:04x}{line}\n", line.len() + HEAD + 1).as_bytes());
}

/// Appends the end of a list.
pub(super) fn write_flush(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0000");
}

/// Appends the end of a section.
pub(super) fn write_delimiter(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0001");
}

/// The pack in an answer whose packets also carry what the server says meanwhile.
pub(super) struct SideBand<'i> {
    input: &'i mut dyn Read,
    rest: Vec<u8>,
    position: usize,
    is_over: bool,
}

impl<'i> SideBand<'i> {
    pub(super) fn new(input: &'i mut dyn Read) -> Self {
        Self {
            input,
            rest: Vec::new(),
            position: 0,
            is_over: false,
        }
    }
}

impl Read for SideBand<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.rest.len() && !self.is_over {
            match read(self.input)? {
                Packet::Flush | Packet::Delimiter => self.is_over = true,
                Packet::Line(line) => match line.first() {
                    Some(1) => {
                        self.rest = line;
                        self.position = 1;
                    }
                    Some(2) => {}
                    Some(3) => return Err(said(&line[1..])),
                    _ => return Err(invalid("a packet of an unknown band")),
                },
            }
        }
        let available = &self.rest[self.position..];
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.position += count;
        Ok(count)
    }
}

/// What a server said instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct ServerMessage(pub(super) String);

/// Returns the error of what a server said.
pub(super) fn said(message: &[u8]) -> io::Error {
    let message = String::from_utf8_lossy(message);
    let message: String = message.trim().chars().take(500).collect();
    io::Error::other(ServerMessage(message))
}

pub(super) fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_as_they_are_read() {
        let mut bytes = Vec::new();
        write_line(&mut bytes, "want 1");
        write_delimiter(&mut bytes);
        write_flush(&mut bytes);
        assert_eq!(bytes, b"000bwant 1\n00010000");
        let mut input = bytes.as_slice();
        assert_eq!(
            read(&mut input).unwrap(),
            Packet::Line(b"want 1\n".to_vec())
        );
        assert_eq!(read(&mut input).unwrap(), Packet::Delimiter);
        assert_eq!(read(&mut input).unwrap(), Packet::Flush);
        assert!(read(&mut input).is_err());
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        for bytes in ["<html>", "0003", "fff1x", "00zz", "+00a", "0010short"] {
            assert!(read(&mut bytes.as_bytes()).is_err(), "{bytes}");
        }
    }

    #[test]
    fn a_pack_is_taken_out_of_its_band() {
        let bytes = b"0006\x02x0007\x01ab0006\x01c0000";
        let mut input = bytes.as_slice();
        let mut pack = Vec::new();
        SideBand::new(&mut input).read_to_end(&mut pack).unwrap();
        assert_eq!(pack, b"abc");
        let mut input = b"0008\x03out".as_slice();
        let error = SideBand::new(&mut input).read_to_end(&mut pack);
        assert_eq!(error.unwrap_err().to_string(), "out");
    }
}
