//! Text to dates.

use super::layout::{Field, OffsetForm, OffsetUnit, Pad, next_field};
use super::moment::{Civil, Moment, Zone, days_in, is_leap};
use crate::template::print::quoted;
use crate::template::print::{MONTHS, WEEKDAYS};

/// Why a text is no time by a layout: the reference's words.
pub(super) type Problem = String;

/// Reads a time by a layout. What says nothing of its zone is by the clock of the system's.
pub(super) fn parse(layout: &[u8], text: &[u8]) -> Result<Moment, Problem> {
    let mut reader = Reader {
        layout,
        text,
        rest: text,
        read: Read::default(),
    };
    let mut layout_rest = layout;
    loop {
        let (literal, field, after) = next_field(layout_rest);
        reader.skip(literal)?;
        let Some(field) = field else {
            break;
        };
        let taken = layout_rest.len() - literal.len() - after.len();
        let shown = layout_rest.get(literal.len()..literal.len() + taken);
        let hold = reader.rest;
        match reader.field(field, after) {
            Ok(()) => {}
            Err(Wrong::Form) => {
                return Err(reader.problem(shown.unwrap_or_default(), hold, ""));
            }
            Err(Wrong::Range(what)) => {
                let message = format!(": {what} out of range");
                return Err(reader.problem(shown.unwrap_or_default(), reader.rest, &message));
            }
        }
        layout_rest = after;
    }
    if !reader.rest.is_empty() {
        let message = format!(": extra text: {}", shown(reader.rest));
        return Err(reader.problem(b"", reader.rest, &message));
    }
    let read = std::mem::take(&mut reader.read);
    read.moment()
        .map_err(|message| reader.problem(b"", reader.rest, message))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&quoted(text)).into_owned()
}

/// What is wrong with a field.
enum Wrong {
    Form,
    /// The name of what is too large or too small.
    Range(&'static str),
}

struct Reader<'t> {
    layout: &'t [u8],
    text: &'t [u8],
    rest: &'t [u8],
    read: Read,
}

/// What was read so far.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    half: Option<Half>,
    is_utc: bool,
    offset: Option<i64>,
    zone: Option<Vec<u8>>,
}

/// Of the day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

impl<'t> Reader<'t> {
    fn problem(&self, field: &[u8], rest: &[u8], message: &str) -> Problem {
        let text = shown(self.text);
        if message.is_empty() {
            return format!(
                "parsing time {text} as {}: cannot parse {} as {}",
                shown(self.layout),
                shown(rest),
                shown(field)
            );
        }
        format!("parsing time {text}{message}")
    }

    /// Passes over the text of a layout. Spaces stand for any number of spaces.
    fn skip(&mut self, literal: &[u8]) -> Result<(), Problem> {
        let without_spaces = |text: &'t [u8]| {
            let spaces = text.iter().take_while(|byte| **byte == b' ').count();
            text.get(spaces..).unwrap_or_default()
        };
        let mut wanted = literal;
        let mut before = b'x';
        while let Some((&byte, after)) = wanted.split_first() {
            let next = self.rest.first().copied();
            let is_good = match byte {
                b' ' if before == b' ' => true,
                b' ' => next.is_none_or(|next| next == b' '),
                _ => next == Some(byte),
            };
            if !is_good {
                return Err(self.problem(wanted, self.rest, ""));
            }
            match byte {
                b' ' => self.rest = without_spaces(self.rest),
                _ => self.rest = self.rest.get(1..).unwrap_or_default(),
            }
            before = byte;
            wanted = after;
        }
        Ok(())
    }

    /// Takes so many bytes.
    fn take(&mut self, count: usize) -> Result<&'t [u8], Wrong> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Wrong::Form)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes one or two digits; exactly two if padded with zeros.
    fn number(&mut self, pad: Pad) -> Result<i64, Wrong> {
        self.digits(2, if pad == Pad::Zero { 2 } else { 1 })
    }

    /// Takes up to `most` digits, at least so many.
    fn digits(&mut self, most: usize, least: usize) -> Result<i64, Wrong> {
        let digits = self.rest.iter().take(most);
        let count = digits.take_while(|byte| byte.is_ascii_digit()).count();
        if count < least {
            return Err(Wrong::Form);
        }
        decimal(self.take(count)?).ok_or(Wrong::Form)
    }

    /// Takes a name, or its first letters, in any case; gives its index.
    fn name(&mut self, names: &[&str], length: usize) -> Result<i64, Wrong> {
        for (index, name) in (0..).zip(names) {
            let name = name.as_bytes();
            let name = name.get(..length.min(name.len())).unwrap_or(name);
            if let Some(start) = self.rest.get(..name.len())
                && start.eq_ignore_ascii_case(name)
            {
                self.rest = self.rest.get(name.len()..).unwrap_or_default();
                return Ok(index);
            }
        }
        Err(Wrong::Form)
    }

    fn field(&mut self, field: Field, layout_after: &[u8]) -> Result<(), Wrong> {
        match field {
            Field::Year => {
                let year = self.take(2)?;
                let year = signed(year).ok_or(Wrong::Form)?;
                self.read.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Field::LongYear => {
                if !self.rest.first().is_some_and(u8::is_ascii_digit) {
                    return Err(Wrong::Form);
                }
                self.read.year = decimal(self.take(4)?).ok_or(Wrong::Form)?;
            }
            Field::LongMonth => self.read.month = Some(self.name(&MONTHS, usize::MAX)? + 1),
            Field::Month => self.read.month = Some(self.name(&MONTHS, 3)? + 1),
            Field::LongWeekday => drop(self.name(&WEEKDAYS, usize::MAX)?),
            Field::Weekday => drop(self.name(&WEEKDAYS, 3)?),
            Field::MonthNumber(pad) => {
                let month = self.number(pad)?;
                self.read.month = Some(within(month, 1, 12, "month")?);
            }
            Field::Day(pad) => {
                self.pass_spaces(pad, 1);
                self.read.day = Some(self.number(pad)?);
            }
            Field::YearDay(pad) => {
                self.pass_spaces(pad, 2);
                let least = if pad == Pad::Zero { 3 } else { 1 };
                self.read.year_day = Some(self.digits(3, least)?);
            }
            Field::Hour => self.read.hour = within(self.number(Pad::None)?, 0, 23, "hour")?,
            Field::Hour12(pad) => self.read.hour = within(self.number(pad)?, 0, 12, "hour")?,
            Field::Minute(pad) => {
                self.read.minute = within(self.number(pad)?, 0, 59, "minute")?;
            }
            Field::Second(pad) => {
                self.read.second = within(self.number(pad)?, 0, 59, "second")?;
                self.unasked_fraction(layout_after)?;
            }
            Field::UpperHalf => self.half(b"AM", b"PM")?,
            Field::LowerHalf => self.half(b"am", b"pm")?,
            Field::Offset(form) => self.offset(form)?,
            Field::ZoneName => self.zone_name()?,
            Field::Fraction(_, digits) => self.fraction(digits + 1)?,
            Field::ShortFraction(..) => {
                if let [b'.' | b',', digits @ ..] = self.rest {
                    let count = digits
                        .iter()
                        .take_while(|byte| byte.is_ascii_digit())
                        .count();
                    if count > 0 {
                        self.fraction(count + 1)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn pass_spaces(&mut self, pad: Pad, most: usize) {
        if pad == Pad::Space {
            let spaces = self
                .rest
                .iter()
                .take(most)
                .take_while(|byte| **byte == b' ');
            let spaces = spaces.count();
            self.rest = self.rest.get(spaces..).unwrap_or_default();
        }
    }

    /// A fraction may follow the seconds even if the layout has none.
    fn unasked_fraction(&mut self, layout_after: &[u8]) -> Result<(), Wrong> {
        let [b'.' | b',', digits @ ..] = self.rest else {
            return Ok(());
        };
        let count = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (_, next, _) = next_field(layout_after);
        match next {
            Some(Field::Fraction(..) | Field::ShortFraction(..)) => Ok(()),
            _ if count == 0 => Ok(()),
            _ => self.fraction(count + 1),
        }
    }

    /// Takes a sign and digits, so many bytes.
    fn fraction(&mut self, length: usize) -> Result<(), Wrong> {
        let [b'.' | b',', digits @ ..] = self.take(length)? else {
            return Err(Wrong::Form);
        };
        let mut nine = digits.to_vec();
        nine.resize(9, b'0');
        let nanoseconds = decimal(&nine).ok_or(Wrong::Form)?;
        self.read.nanoseconds = u32::try_from(nanoseconds).map_err(|_| Wrong::Form)?;
        Ok(())
    }

    fn half(&mut self, morning: &[u8], afternoon: &[u8]) -> Result<(), Wrong> {
        let half = self.take(2)?;
        self.read.half = Some(match half {
            _ if half == morning => Half::Morning,
            _ if half == afternoon => Half::Afternoon,
            _ => return Err(Wrong::Form),
        });
        Ok(())
    }

    fn offset(&mut self, form: OffsetForm) -> Result<(), Wrong> {
        if form.has_z && self.rest.starts_with(b"Z") {
            self.rest = self.rest.get(1..).unwrap_or_default();
            self.read.is_utc = true;
            return Ok(());
        }
        let sign = match self.take(1)? {
            b"+" => 1,
            b"-" => -1,
            _ => return Err(Wrong::Form),
        };
        let hours = self.digits(2, 2)?;
        let mut others = [0, 0];
        let count = match form.unit {
            OffsetUnit::Hour => 0,
            OffsetUnit::Minute => 1,
            OffsetUnit::Second => 2,
        };
        for other in others.iter_mut().take(count) {
            if form.has_colons && self.take(1)? != b":" {
                return Err(Wrong::Form);
            }
            *other = self.digits(2, 2)?;
        }
        let [minutes, seconds] = others;
        within(hours, 0, 24, "time zone offset hour")?;
        within(minutes, 0, 60, "time zone offset minute")?;
        within(seconds, 0, 60, "time zone offset second")?;
        self.read.offset = Some(sign * ((hours * 60 + minutes) * 60 + seconds));
        Ok(())
    }

    fn zone_name(&mut self) -> Result<(), Wrong> {
        if self.rest.starts_with(b"UTC") {
            self.take(3)?;
            self.read.is_utc = true;
            return Ok(());
        }
        let length = zone_name_length(self.rest).ok_or(Wrong::Form)?;
        self.read.zone = Some(self.take(length)?.to_vec());
        Ok(())
    }
}

/// The length of the name of a zone that stands first: three to five capitals, which end in T if there are more
/// than three, or a number of hours.
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + hours_length(rest).unwrap_or(0));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return hours_length(text);
    }
    let capitals = text
        .iter()
        .take(6)
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    match (capitals, text) {
        (3, _) | (4, [_, _, _, b'T', ..] | [b'W', b'I', b'T', b'A', ..]) => Some(capitals),
        (5, [_, _, _, _, b'T', ..]) => Some(5),
        _ => None,
    }
}

/// The length of a sign and a number of hours up to 23.
fn hours_length(text: &[u8]) -> Option<usize> {
    let [b'+' | b'-', digits @ ..] = text else {
        return None;
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let hours = decimal(digits.get(..count)?)?;
    (count > 0 && hours <= 23).then_some(count + 1)
}

/// The number of digits, if there is nothing else and it isn't huge.
fn decimal(digits: &[u8]) -> Option<i64> {
    if digits.iter().any(|byte| !byte.is_ascii_digit()) || digits.len() > 18 {
        return None;
    }
    let digit = |number: i64, byte: &u8| number * 10 + i64::from(byte - b'0');
    Some(digits.iter().fold(0, digit))
}

/// As [`decimal`], with a sign if there is one.
fn signed(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => decimal(digits).map(|number| -number),
        [b'+', digits @ ..] => decimal(digits),
        digits => decimal(digits),
    }
}

fn within(number: i64, least: i64, most: i64, what: &'static str) -> Result<i64, Wrong> {
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(Wrong::Range(what))
    }
}

impl Read {
    fn moment(self) -> Result<Moment, &'static str> {
        let hour = match self.half {
            Some(Half::Afternoon) if self.hour < 12 => self.hour + 12,
            Some(Half::Morning) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = self.month_and_day()?;
        if !(1..=days_in(self.year, month)).contains(&day) {
            return Err(": day out of range");
        }
        let civil = Civil {
            year: self.year,
            month,
            day,
            hour,
            minute: self.minute,
            second: self.second,
        };
        let in_zone = |zone| Moment::of_civil(civil, self.nanoseconds, zone);
        if self.is_utc {
            return Ok(in_zone(Zone::Utc));
        }
        let name = self
            .zone
            .map(|name| String::from_utf8_lossy(&name).into_owned());
        let name = name.unwrap_or_default();
        // The local zone is taken if it has this distance or this name then.
        let local = in_zone(Zone::local());
        let (_, local_name) = local.offset();
        if let Some(offset) = self.offset.filter(|offset| *offset != -1) {
            let fixed = in_zone(Zone::Fixed(offset, name.as_str().into()));
            let there = Zone::local().at(fixed.seconds);
            if there.0 == offset && (name.is_empty() || there.1 == name) {
                return Ok(fixed.in_zone(Zone::local()));
            }
            return Ok(fixed);
        }
        if name.is_empty() || name == local_name {
            return Ok(local);
        }
        let hours = name
            .strip_prefix("GMT")
            .and_then(|hours| signed(hours.as_bytes()));
        // The clock is read as UTC's, and only then shown in the zone.
        let zone = Zone::Fixed(hours.unwrap_or(0) * 3600, name.as_str().into());
        Ok(in_zone(Zone::Utc).in_zone(zone))
    }

    fn month_and_day(&self) -> Result<(i64, i64), &'static str> {
        let Some(year_day) = self.year_day else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        let days = if is_leap(self.year) { 366 } else { 365 };
        if !(1..=days).contains(&year_day) {
            return Err(": day-of-year out of range");
        }
        let (mut month, mut day) = (1, year_day);
        while day > days_in(self.year, month) {
            day -= days_in(self.year, month);
            month += 1;
        }
        if self.month.is_some_and(|given| given != month) {
            return Err(": day-of-year does not match month");
        }
        if self.day.is_some_and(|given| given != day) {
            return Err(": day-of-year does not match day");
        }
        Ok((month, day))
    }
}
