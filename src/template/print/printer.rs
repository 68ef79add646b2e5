//! One value by one verb.

use super::number::float;
use super::quote::{can_backquote, is_printable, write_quoted};
use crate::template::{IntType, Kind, Object, Value};

/// Flags, width and precision of a verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the format are five"
)]
pub(super) struct Spec {
    pub(super) is_sharp: bool,
    pub(super) is_zero: bool,
    pub(super) is_plus: bool,
    pub(super) is_minus: bool,
    pub(super) is_space: bool,
    /// `%#v`, in which `is_sharp` is off.
    pub(super) is_go_syntax: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Spec {
    /// No flag, width or precision.
    fn is_plain(&self) -> bool {
        let has_flag =
            self.is_sharp || self.is_zero || self.is_plus || self.is_minus || self.is_space;
        !has_flag && !self.is_go_syntax && self.width.is_none() && self.precision.is_none()
    }
}

/// Appends bytes as decimal numbers with spaces between them. Templates print whole files so.
fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    const AT_ONCE: usize = 256;
    let mut text = [0; AT_ONCE * 4];
    for part in bytes.chunks(AT_ONCE) {
        let mut length = 0;
        for byte in part {
            let (digits, count) = DECIMALS[usize::from(*byte)];
            text[length..length + 4].copy_from_slice(&digits);
            length += usize::from(count);
        }
        out.extend_from_slice(&text[..length]);
    }
    // The last space.
    out.truncate(out.len() - usize::from(!bytes.is_empty()));
}

/// Each byte as a decimal number with a space behind it, and how many bytes that are.
static DECIMALS: [([u8; 4], u8); 256] = decimals();

const fn decimals() -> [([u8; 4], u8); 256] {
    let mut all = [([b' '; 4], 0); 256];
    let mut byte = 0;
    while byte < 256 {
        let (digits, count) = &mut all[byte];
        let mut divisor = if byte >= 100 {
            100
        } else if byte >= 10 {
            10
        } else {
            1
        };
        while divisor > 0 {
            digits[*count as usize] = b"0123456789"[byte / divisor % 10];
            *count += 1;
            divisor /= 10;
        }
        *count += 1;
        byte += 1;
    }
    all
}

/// Writes values.
pub(super) struct Printer<'o> {
    out: &'o mut Vec<u8>,
    spec: Spec,
    /// Within a report about a wrong verb, methods are not called.
    is_erroring: bool,
}

/// How deep values may nest: the reference would not end on a map that holds itself.
const DEPTH: usize = 1_000;

/// The most bytes that are printed of a value: more than the output of a template may have.
const MOST_PRINTED: usize = 640 << 20;

impl<'o> Printer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>, spec: Spec) -> Self {
        Self {
            out,
            spec,
            is_erroring: false,
        }
    }

    /// Writes an operand.
    pub(super) fn any(&mut self, value: &Value, verb: u8) {
        self.verb(value, u32::from(verb), 0);
    }

    /// Writes an operand by a verb that may be any character.
    pub(super) fn operand(&mut self, value: &Value, verb: u32) {
        if verb == u32::from(b'T') && !value.is_nil() {
            return self.text(value.type_name().as_bytes());
        }
        self.verb(value, verb, 0);
    }

    fn verb(&mut self, value: &Value, verb: u32, depth: usize) {
        if depth > DEPTH || self.out.len() > MOST_PRINTED {
            return self.out.extend_from_slice(b"...");
        }
        let letter = u8::try_from(verb).unwrap_or_default();
        let is_compound = matches!(value.kind, Kind::List(_) | Kind::Map(_) | Kind::Object(_));
        if letter == b'w' && is_compound && depth == 0 {
            return self.bad_verb(value, verb);
        }
        match &value.kind {
            Kind::Nil => self.nil(verb, depth),
            Kind::Bool(truth) => match letter {
                b't' | b'v' => self.padded(if *truth { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Kind::Int(number, kind) => match named(*number, *kind) {
                Some(name)
                    if !self.is_erroring
                        && matches!(letter, b'v' | b's' | b'x' | b'X' | b'q')
                        && !self.spec.is_go_syntax =>
                {
                    self.string(name.as_bytes(), value, verb);
                }
                _ => self.integer(number.unsigned_abs(), *number < 0, true, value, verb),
            },
            Kind::Uint(number, _) => self.integer(*number, false, false, value, verb),
            Kind::Float(number) => self.float(*number, value, verb),
            Kind::Str(text) => self.string(text, value, verb),
            Kind::Bytes(bytes) => self.bytes(bytes, value, verb),
            Kind::List(list) if list.is_nil() && self.spec.is_go_syntax => self.nil_of(value),
            Kind::Map(map) if map.is_nil() && self.spec.is_go_syntax => self.nil_of(value),
            Kind::List(list) => {
                self.open(value, b"[");
                for (place, item) in list.iter().enumerate() {
                    self.separate(place);
                    self.verb(item, verb, depth + 1);
                }
                self.close(b']');
            }
            Kind::Map(map) => {
                let entries = map.entries();
                self.entries(value, entries.iter(), verb, depth);
            }
            Kind::Object(object) => self.object(object.as_ref(), value, verb, depth),
        }
    }

    fn object(&mut self, object: &dyn Object, value: &Value, verb: u32, depth: usize) {
        if let Some(entries) = object.entries() {
            return self.entries(
                value,
                entries.iter().map(|(key, value)| (key, value)),
                verb,
                depth,
            );
        }
        match u8::try_from(verb).unwrap_or_default() {
            b'v' if self.spec.is_go_syntax
                && let Some(text) = object.go_syntax() =>
            {
                self.out.extend_from_slice(text.as_bytes());
            }
            b'v' | b's' | b'x' | b'X' | b'q' => self.string(&object.display(), value, verb),
            _ => self.bad_verb(value, verb),
        }
    }

    fn entries<'e>(
        &mut self,
        value: &Value,
        entries: impl Iterator<Item = (&'e crate::template::Str, &'e Value)>,
        verb: u32,
        depth: usize,
    ) {
        self.open(value, b"map[");
        for (place, (key, item)) in entries.enumerate() {
            self.separate(place);
            self.string(key, &Value::str(key.clone()), verb);
            self.out.push(b':');
            self.verb(item, verb, depth + 1);
        }
        self.close(b']');
    }

    fn open(&mut self, value: &Value, bracket: &[u8]) {
        if self.spec.is_go_syntax {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'{');
        } else {
            self.out.extend_from_slice(bracket);
        }
    }

    /// `[]string(nil)`
    fn nil_of(&mut self, value: &Value) {
        self.out.extend_from_slice(value.type_name().as_bytes());
        self.out.extend_from_slice(b"(nil)");
    }

    fn separate(&mut self, place: usize) {
        if place > 0 {
            self.out
                .extend_from_slice(if self.spec.is_go_syntax { b", " } else { b" " });
        }
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(if self.spec.is_go_syntax {
            b'}'
        } else {
            bracket
        });
    }

    fn nil(&mut self, verb: u32, depth: usize) {
        if depth > 0 {
            let text: &[u8] = if self.spec.is_go_syntax {
                b"interface {}(nil)"
            } else {
                b"<nil>"
            };
            self.out.extend_from_slice(text);
        } else if verb == u32::from(b'v') || verb == u32::from(b'T') {
            self.padded(b"<nil>");
        } else {
            self.bad_verb(&Value::NIL, verb);
        }
    }

    fn string(&mut self, text: &[u8], value: &Value, verb: u32) {
        match u8::try_from(verb).unwrap_or_default() {
            b'v' if self.spec.is_go_syntax => self.quoted(text),
            b'v' | b's' => self.text(text),
            b'x' => self.hexadecimal(text, false),
            b'X' => self.hexadecimal(text, true),
            b'q' => self.quoted(text),
            _ => self.bad_verb(value, verb),
        }
    }

    fn bytes(&mut self, bytes: &[u8], value: &Value, verb: u32) {
        match u8::try_from(verb).unwrap_or_default() {
            b'v' | b'd' => {
                if self.spec.is_go_syntax {
                    self.out.extend_from_slice(b"[]byte{");
                } else {
                    self.out.push(b'[');
                }
                if self.spec.is_plain() {
                    write_bytes(bytes, self.out);
                    return self.close(b']');
                }
                for (place, byte) in bytes.iter().enumerate() {
                    self.separate(place);
                    let item = Value::from(Kind::Uint(
                        u64::from(*byte),
                        crate::template::UintType::Uint8,
                    ));
                    self.integer(u64::from(*byte), false, false, &item, verb);
                }
                self.close(b']');
            }
            _ => self.string(bytes, value, verb),
        }
    }

    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "the sign, and whether there can be one"
    )]
    fn integer(
        &mut self,
        magnitude: u64,
        is_negative: bool,
        is_signed: bool,
        value: &Value,
        verb: u32,
    ) {
        let number = |this: &mut Self, digits: String, prefix: &str| {
            this.number(&digits, prefix, is_negative);
        };
        match u8::try_from(verb).unwrap_or_default() {
            b'v' if self.spec.is_go_syntax && !is_signed => {
                let was_sharp = std::mem::replace(&mut self.spec.is_sharp, true);
                number(self, format!("{magnitude:x}"), "0x");
                self.spec.is_sharp = was_sharp;
            }
            b'v' | b'd' => number(self, magnitude.to_string(), ""),
            b'b' => {
                let prefix = if self.spec.is_sharp { "0b" } else { "" };
                number(self, format!("{magnitude:b}"), prefix);
            }
            b'o' => {
                let digits = format!("{magnitude:o}");
                let prefix = if self.spec.is_sharp && !digits.starts_with('0') {
                    "0"
                } else {
                    ""
                };
                number(self, digits, prefix);
            }
            b'O' => number(self, format!("{magnitude:o}"), "0o"),
            b'x' => {
                let prefix = if self.spec.is_sharp { "0x" } else { "" };
                number(self, format!("{magnitude:x}"), prefix);
            }
            b'X' => {
                let prefix = if self.spec.is_sharp { "0X" } else { "" };
                number(self, format!("{magnitude:X}"), prefix);
            }
            b'c' => {
                let text = character(magnitude, is_negative).to_string();
                self.padded(text.as_bytes());
            }
            b'q' => {
                let text = character(magnitude, is_negative).to_string();
                let mut quoted = Vec::new();
                write_quoted(text.as_bytes(), b'\'', self.spec.is_plus, &mut quoted);
                self.padded(&quoted);
            }
            b'U' => self.code_point(if is_negative {
                magnitude.wrapping_neg()
            } else {
                magnitude
            }),
            _ => self.bad_verb(value, verb),
        }
    }

    /// Digits with what goes before them: zeros up to the precision or the width, the prefix, the sign.
    fn number(&mut self, digits: &str, prefix: &str, is_negative: bool) {
        let sign: &str = match (is_negative, self.spec.is_plus, self.spec.is_space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let least = match self.spec.precision {
            Some(0) if digits == "0" => {
                // Nothing but the width.
                let was_zero = std::mem::replace(&mut self.spec.is_zero, false);
                self.padded(b"");
                self.spec.is_zero = was_zero;
                return;
            }
            Some(precision) => precision,
            None if self.spec.is_zero && !self.spec.is_minus => self
                .spec
                .width
                .unwrap_or_default()
                .saturating_sub(sign.len()),
            None => 0,
        };
        let zeros = least.saturating_sub(digits.len());
        let text = format!("{sign}{prefix}{}{digits}", "0".repeat(zeros));
        let was_zero = std::mem::replace(&mut self.spec.is_zero, false);
        self.padded(text.as_bytes());
        self.spec.is_zero = was_zero;
    }

    fn code_point(&mut self, number: u64) {
        let width = self.spec.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{number:0width$X}");
        let character = u32::try_from(number).ok().and_then(char::from_u32);
        if let Some(character) =
            character.filter(|character| self.spec.is_sharp && is_printable(*character))
        {
            text.push_str(&format!(" '{character}'"));
        }
        let was_zero = std::mem::replace(&mut self.spec.is_zero, false);
        self.padded(text.as_bytes());
        self.spec.is_zero = was_zero;
    }

    fn float(&mut self, number: f64, value: &Value, verb: u32) {
        let (letter, precision) = match u8::try_from(verb).unwrap_or_default() {
            b'v' => (b'g', None),
            letter @ (b'g' | b'G' | b'b' | b'x' | b'X') => (letter, None),
            letter @ (b'e' | b'E') => (letter, Some(6)),
            b'f' | b'F' => (b'f', Some(6)),
            _ => return self.bad_verb(value, verb),
        };
        let text = float(number, letter, self.spec.precision.or(precision));
        let (sign, digits): (&[u8], &[u8]) = match text.as_slice() {
            [b'-', digits @ ..] => (b"-", digits),
            [b'+', digits @ ..] if self.spec.is_plus || number.is_infinite() => (b"+", digits),
            [b'+', digits @ ..] => (b"", digits),
            digits if self.spec.is_plus => (b"+", digits),
            digits if self.spec.is_space => (b" ", digits),
            digits => (b"", digits),
        };
        let mut digits = digits.to_vec();
        let is_number = number.is_finite();
        if self.spec.is_sharp && is_number && letter != b'b' {
            let significant = match letter {
                b'g' | b'G' | b'x' => self.spec.precision.unwrap_or(6),
                _ => 0,
            };
            keep_zeros(&mut digits, letter, significant);
        }
        let zeros = if self.spec.is_zero && !self.spec.is_minus && is_number {
            self.spec
                .width
                .unwrap_or_default()
                .saturating_sub(sign.len() + digits.len())
        } else {
            0
        };
        let text = [sign, &vec![b'0'; zeros], &digits].concat();
        let was_zero = std::mem::replace(&mut self.spec.is_zero, false);
        self.padded(&text);
        self.spec.is_zero = was_zero;
    }

    /// A string, cut at the precision.
    fn text(&mut self, text: &[u8]) {
        let text = self.cut(text);
        self.padded(&text);
    }

    fn cut<'t>(&self, text: &'t [u8]) -> std::borrow::Cow<'t, [u8]> {
        let Some(precision) = self.spec.precision else {
            return text.into();
        };
        let end = character_ends(text).take(precision).last().unwrap_or(0);
        text.get(..end).unwrap_or(text).into()
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.cut(text);
        if self.spec.is_sharp && can_backquote(&text) {
            return self.padded(&[b"`", text.as_ref(), b"`"].concat());
        }
        let mut quoted = Vec::new();
        write_quoted(&text, b'"', self.spec.is_plus, &mut quoted);
        self.padded(&quoted);
    }

    fn hexadecimal(&mut self, text: &[u8], is_upper: bool) {
        let text = match self.spec.precision {
            Some(precision) => text.get(..precision).unwrap_or(text),
            None => text,
        };
        let prefix: &str = match (self.spec.is_sharp && !text.is_empty(), is_upper) {
            (false, _) => "",
            (true, false) => "0x",
            (true, true) => "0X",
        };
        let mut out = prefix.to_owned();
        for (place, byte) in text.iter().enumerate() {
            if self.spec.is_space && place > 0 {
                out.push(' ');
                out.push_str(prefix);
            }
            out.push_str(&if is_upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            });
        }
        self.padded(out.as_bytes());
    }

    fn padded(&mut self, text: &[u8]) {
        let missing = match self.spec.width {
            None | Some(0) => 0,
            Some(width) => width.saturating_sub(character_ends(text).count()),
        };
        if self.spec.is_minus {
            self.out.extend_from_slice(text);
            self.out.extend(std::iter::repeat_n(b' ', missing));
        } else {
            let pad = if self.spec.is_zero { b'0' } else { b' ' };
            self.out.extend(std::iter::repeat_n(pad, missing));
            self.out.extend_from_slice(text);
        }
    }

    /// `%!d(string=x)`
    fn bad_verb(&mut self, value: &Value, verb: u32) {
        let was_erroring = std::mem::replace(&mut self.is_erroring, true);
        self.out.extend_from_slice(b"%!");
        let verb = char::from_u32(verb).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.out
            .extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.out.push(b'(');
        if value.is_nil() {
            self.out.extend_from_slice(b"<nil>");
        } else {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'=');
            self.verb(value, u32::from(b'v'), 0);
        }
        self.out.push(b')');
        self.is_erroring = was_erroring;
    }
}

/// What the sharp flag does: a point in any case, and zeros up to so many significant digits.
fn keep_zeros(digits: &mut Vec<u8>, letter: u8, significant: usize) {
    let end = digits.iter().position(|byte| match letter {
        b'x' | b'X' => matches!(byte, b'p' | b'P'),
        _ => matches!(byte, b'e' | b'E'),
    });
    let exponent = digits.split_off(end.unwrap_or(digits.len()));
    let counted = digits.iter().filter(|byte| **byte != b'.');
    let mut have = counted.skip_while(|digit| **digit == b'0').count();
    if !digits.contains(&b'.') {
        have += usize::from(digits.as_slice() == b"0");
        digits.push(b'.');
    }
    digits.extend(std::iter::repeat_n(b'0', significant.saturating_sub(have)));
    digits.extend(exponent);
}

/// Where each character of a text ends; each byte that is in none counts as one.
fn character_ends(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut end = 0;
    text.utf8_chunks()
        .flat_map(|chunk| {
            let valid = chunk.valid().chars().map(char::len_utf8);
            valid
                .chain(chunk.invalid().iter().map(|_| 1))
                .collect::<Vec<_>>()
        })
        .map(move |length| {
            end += length;
            end
        })
}

fn character(magnitude: u64, is_negative: bool) -> char {
    u32::try_from(magnitude)
        .ok()
        .filter(|_| !is_negative)
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The months.
pub(in crate::template) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week.
pub(in crate::template) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// What the `String` method of a named integer says.
fn named(number: i64, kind: IntType) -> Option<String> {
    match kind {
        IntType::Duration => Some(duration(number)),
        IntType::Month => {
            let name = usize::try_from(number - 1)
                .ok()
                .and_then(|place| MONTHS.get(place));
            Some(name.map_or_else(|| format!("%!Month({number})"), |name| (*name).to_owned()))
        }
        IntType::Weekday => {
            let name = usize::try_from(number)
                .ok()
                .and_then(|place| WEEKDAYS.get(place));
            Some(name.map_or_else(|| format!("%!Weekday({number})"), |name| (*name).to_owned()))
        }
        _ => None,
    }
}

/// A `time.Duration`, of nanoseconds, as its `String` method writes it: `1h2m3.5s`, `1.5ms`, `0s`.
pub fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let fraction = |whole: u64, rest: u64, digits: usize| {
        let rest = format!("{rest:0digits$}");
        let rest = rest.trim_end_matches('0');
        if rest.is_empty() {
            whole.to_string()
        } else {
            format!("{whole}.{rest}")
        }
    };
    match total {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{total}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(total / 1_000, total % 1_000, 3)),
        1_000_000..1_000_000_000 => {
            format!(
                "{sign}{}ms",
                fraction(total / 1_000_000, total % 1_000_000, 6)
            )
        }
        _ => {
            let seconds = total / 1_000_000_000;
            let last = fraction(seconds % 60, total % 1_000_000_000, 9);
            let minutes = seconds / 60;
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{last}s"),
                (0, minutes) => format!("{sign}{minutes}m{last}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{last}s"),
            }
        }
    }
}
