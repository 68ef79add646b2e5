//! Format strings: which operand is printed by which verb.

use super::printer::{Printer, Spec};
use crate::template::{Kind, Str, Value};

/// The greatest width, precision and index of an operand.
const GREATEST: usize = 1_000_000;

/// `fmt.Sprintf`. Never fails: what cannot be printed is said in the text (`%!d(string=x)`), as in Go.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Str {
    let mut formatter = Formatter {
        format,
        at: 0,
        arguments,
        next: 0,
        is_reordered: false,
        is_good: true,
        out: Vec::with_capacity(format.len() + 16),
    };
    formatter.run();
    formatter.out.into()
}

struct Formatter<'f> {
    format: &'f [u8],
    at: usize,
    arguments: &'f [Value],
    /// The operand that comes next.
    next: usize,
    /// An operand was named by its index.
    is_reordered: bool,
    /// The index of the present operand was one.
    is_good: bool,
    out: Vec<u8>,
}

impl Formatter<'_> {
    fn run(&mut self) {
        loop {
            let rest = self.format.get(self.at..).unwrap_or_default();
            let plain = memchr::memchr(b'%', rest).unwrap_or(rest.len());
            self.out
                .extend_from_slice(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            if self.at >= self.format.len() {
                break;
            }
            self.at += 1;
            if !self.directive() {
                break;
            }
        }
        if !self.is_reordered && self.next < self.arguments.len() {
            self.extra();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Prints what one `%` asks for. False: the format ended within it.
    fn directive(&mut self) -> bool {
        self.is_good = true;
        let mut spec = Spec::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => spec.is_sharp = true,
                b'0' => spec.is_zero = true,
                b'+' => spec.is_plus = true,
                b'-' => spec.is_minus = true,
                b' ' => spec.is_space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut was_index = self.index();
        was_index = self.width(&mut spec, was_index);
        was_index = self.precision(&mut spec, was_index);
        if !was_index {
            self.index();
        }
        let Some(verb) = self.character() else {
            self.out.extend_from_slice(b"%!(NOVERB)");
            return false;
        };
        if verb == u32::from(b'%') {
            self.out.push(b'%');
        } else if !self.is_good {
            self.complain(verb, "(BADINDEX)");
        } else if let Some(argument) = self.arguments.get(self.next) {
            if verb == u32::from(b'v') || verb == u32::from(b'w') {
                spec.is_go_syntax = std::mem::take(&mut spec.is_sharp);
                spec.is_plus = false;
            }
            Printer::new(&mut self.out, spec).operand(argument, verb);
            self.next += 1;
        } else {
            self.complain(verb, "(MISSING)");
        }
        true
    }

    fn width(&mut self, spec: &mut Spec, was_index: bool) -> bool {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.integer_operand() {
                Some(width) => {
                    if width < 0 {
                        spec.is_minus = true;
                        spec.is_zero = false;
                    }
                    spec.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            return false;
        }
        spec.width = self.number();
        if was_index && spec.width.is_some() {
            self.is_good = false;
        }
        was_index
    }

    fn precision(&mut self, spec: &mut Spec, was_index: bool) -> bool {
        // A point at the very end is a verb.
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return was_index;
        }
        self.at += 1;
        if was_index {
            self.is_good = false;
        }
        let was_index = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            let operand = self.integer_operand();
            spec.precision = operand.and_then(|precision| usize::try_from(precision).ok());
            if spec.precision.is_none() {
                self.out.extend_from_slice(b"%!(BADPREC)");
            }
            return false;
        }
        spec.precision = Some(self.number().unwrap_or(0));
        was_index
    }

    /// Reads `[n]`.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.is_reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let Some(end) = memchr::memchr(b']', rest).filter(|_| rest.len() >= 3) else {
            self.at += 1;
            self.is_good = false;
            return false;
        };
        self.at += end + 1;
        let digits = rest.get(1..end).unwrap_or_default();
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse::<usize>().ok())
            .filter(|number| *number <= GREATEST);
        match number {
            Some(number) if number >= 1 && number <= self.arguments.len() => {
                self.next = number - 1;
                true
            }
            number => {
                self.is_good = false;
                number.is_some()
            }
        }
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            if number.is_some_and(|number| number > GREATEST) {
                self.at = self.format.len();
                return None;
            }
            number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    fn integer_operand(&mut self) -> Option<i64> {
        let number = match self.arguments.get(self.next)?.kind {
            Kind::Int(number, _) => Some(number),
            Kind::Uint(number, _) => i64::try_from(number).ok(),
            _ => None,
        };
        self.next += 1;
        number.filter(|number| number.unsigned_abs() <= GREATEST as u64)
    }

    fn character(&mut self) -> Option<u32> {
        let rest = self.format.get(self.at..).filter(|rest| !rest.is_empty())?;
        let chunk = rest.utf8_chunks().next()?;
        let (code, length) = chunk
            .valid()
            .chars()
            .next()
            .map_or((0xFFFD, 1), |character| {
                (u32::from(character), character.len_utf8())
            });
        self.at += length;
        Some(code)
    }

    fn complain(&mut self, verb: u32, what: &str) {
        let verb = char::from_u32(verb).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.out
            .extend_from_slice(format!("%!{verb}{what}").as_bytes());
    }

    fn extra(&mut self) {
        self.out.extend_from_slice(b"%!(EXTRA ");
        for (place, argument) in self.arguments.iter().skip(self.next).enumerate() {
            if place > 0 {
                self.out.extend_from_slice(b", ");
            }
            if argument.is_nil() {
                self.out.extend_from_slice(b"<nil>");
            } else {
                self.out.extend_from_slice(argument.type_name().as_bytes());
                self.out.push(b'=');
                Printer::new(&mut self.out, Spec::default()).any(argument, b'v');
            }
        }
        self.out.push(b')');
    }
}
