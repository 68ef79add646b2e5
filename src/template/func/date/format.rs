//! Dates to text.

use super::layout::{Field, OffsetForm, OffsetUnit, Pad, next_field};
use super::moment::{Civil, Moment};
use crate::template::print::{MONTHS, WEEKDAYS};

/// How a time prints by itself.
pub(super) const STRING: &[u8] = b"2006-01-02 15:04:05.999999999 -0700 MST";

/// RFC 3339 with as many digits as there are.
pub(super) const RFC_3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

/// A time by a layout.
pub(super) fn format(moment: &Moment, layout: &[u8]) -> Vec<u8> {
    let civil = moment.civil();
    let mut out = Vec::with_capacity(layout.len() + 8);
    let mut rest = layout;
    loop {
        let (text, field, after) = next_field(rest);
        out.extend_from_slice(text);
        let Some(field) = field else {
            return out;
        };
        write(moment, civil, field, &mut out);
        rest = after;
    }
}

fn write(moment: &Moment, civil: Civil, field: Field, out: &mut Vec<u8>) {
    let hour12 = (civil.hour + 11) % 12 + 1;
    match field {
        Field::LongYear => number(civil.year, 4, Pad::Zero, out),
        Field::Year => number(civil.year.abs() % 100, 2, Pad::Zero, out),
        Field::LongMonth => out.extend(name(&MONTHS, civil.month - 1, usize::MAX)),
        Field::Month => out.extend(name(&MONTHS, civil.month - 1, 3)),
        Field::MonthNumber(pad) => number(civil.month, 2, pad, out),
        Field::LongWeekday => out.extend(name(&WEEKDAYS, moment.weekday(), usize::MAX)),
        Field::Weekday => out.extend(name(&WEEKDAYS, moment.weekday(), 3)),
        Field::Day(pad) => number(civil.day, 2, pad, out),
        Field::YearDay(pad) => number(moment.year_day(), 3, pad, out),
        Field::Hour => number(civil.hour, 2, Pad::Zero, out),
        Field::Hour12(pad) => number(hour12, 2, pad, out),
        Field::Minute(pad) => number(civil.minute, 2, pad, out),
        Field::Second(pad) => number(civil.second, 2, pad, out),
        Field::UpperHalf => out.extend(if civil.hour < 12 { b"AM" } else { b"PM" }),
        Field::LowerHalf => out.extend(if civil.hour < 12 { b"am" } else { b"pm" }),
        Field::ZoneName => match moment.offset() {
            (_, name) if !name.is_empty() => out.extend(name.bytes()),
            (offset, _) => {
                let form = OffsetForm {
                    has_z: false,
                    has_colons: false,
                    unit: OffsetUnit::Minute,
                };
                write_offset(offset, form, out);
            }
        },
        Field::Offset(form) => write_offset(moment.offset().0, form, out),
        Field::Fraction(sign, digits) => {
            out.push(sign);
            out.extend(fraction(moment, digits));
        }
        Field::ShortFraction(sign, digits) => {
            let mut fraction = fraction(moment, digits);
            let zeros = fraction
                .iter()
                .rev()
                .take_while(|digit| **digit == b'0')
                .count();
            fraction.truncate(fraction.len() - zeros);
            if !fraction.is_empty() {
                out.push(sign);
                out.extend(fraction);
            }
        }
    }
}

/// The first letters of a name.
fn name(names: &[&'static str], index: i64, length: usize) -> impl Iterator<Item = u8> {
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index));
    name.copied().unwrap_or_default().bytes().take(length)
}

/// The first digits of the fraction of the second, of which there are nine.
fn fraction(moment: &Moment, digits: usize) -> Vec<u8> {
    let mut text = format!("{:09}", moment.nanoseconds).into_bytes();
    text.truncate(digits);
    text
}

fn number(number: i64, width: usize, pad: Pad, out: &mut Vec<u8>) {
    let digits = number.unsigned_abs().to_string();
    if number < 0 {
        out.push(b'-');
    }
    let filler = match pad {
        Pad::None => None,
        Pad::Space => Some(b' '),
        Pad::Zero => Some(b'0'),
    };
    if let Some(filler) = filler {
        out.extend(std::iter::repeat_n(
            filler,
            width.saturating_sub(digits.len()),
        ));
    }
    out.extend(digits.bytes());
}

fn write_offset(offset: i64, form: OffsetForm, out: &mut Vec<u8>) {
    if form.has_z && offset == 0 {
        out.push(b'Z');
        return;
    }
    // The sign is that of the whole minutes.
    let minutes = offset / 60;
    out.push(if minutes < 0 { b'-' } else { b'+' });
    let minutes = minutes.abs();
    number(minutes / 60, 2, Pad::Zero, out);
    let parts = match form.unit {
        OffsetUnit::Hour => &[][..],
        OffsetUnit::Minute => &[minutes % 60],
        OffsetUnit::Second => &[minutes % 60, offset.abs() % 60],
    };
    for part in parts {
        if form.has_colons {
            out.push(b':');
        }
        number(*part, 2, Pad::Zero, out);
    }
}
