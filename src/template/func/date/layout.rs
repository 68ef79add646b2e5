//! Go's layouts: a date that stands for all others, `Mon Jan 2 15:04:05 MST 2006`.

/// A part of a layout that a date fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `2006`
    LongYear,
    /// `06`
    Year,
    /// `January`
    LongMonth,
    /// `Jan`
    Month,
    /// `1`, `01`
    MonthNumber(Pad),
    /// `Monday`
    LongWeekday,
    /// `Mon`
    Weekday,
    /// `2`, `_2`, `02`
    Day(Pad),
    /// `__2`, `002`
    YearDay(Pad),
    /// `15`
    Hour,
    /// `3`, `03`
    Hour12(Pad),
    /// `4`, `04`
    Minute(Pad),
    /// `5`, `05`
    Second(Pad),
    /// `PM`
    UpperHalf,
    /// `pm`
    LowerHalf,
    /// `MST`
    ZoneName,
    /// `-0700`, `Z07:00` and so on.
    Offset(OffsetForm),
    /// `.000`: so many digits behind this sign.
    Fraction(u8, usize),
    /// `.999`: up to so many digits, without zeros at the end.
    ShortFraction(u8, usize),
}

/// What fills up a number to its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pad {
    None,
    Space,
    Zero,
}

/// How the distance to UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// `Z` for none.
    pub(super) has_z: bool,
    pub(super) has_colons: bool,
    pub(super) unit: OffsetUnit,
}

/// The smallest unit of an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OffsetUnit {
    Hour,
    Minute,
    Second,
}

/// The next field, with the text before it and the layout after it. No field: all is text.
pub(super) fn next_field(layout: &[u8]) -> (&[u8], Option<Field>, &[u8]) {
    for at in 0..layout.len() {
        let rest = layout.get(at..).unwrap_or_default();
        if let Some((field, before, length)) = field_at(rest) {
            let text = layout.get(..at + before).unwrap_or_default();
            let after = rest.get(length..).unwrap_or_default();
            return (text, Some(field), after);
        }
    }
    (layout, None, &[])
}

/// The field that begins here, how much of it is text all the same, and its length.
fn field_at(rest: &[u8]) -> Option<(Field, usize, usize)> {
    // `Mon` begins no field in `Month`.
    let is_word = |length: usize| !rest.get(length).is_some_and(u8::is_ascii_lowercase);
    let field = |field, length| Some((field, 0, length));
    match rest {
        [b'J', b'a', b'n', b'u', b'a', b'r', b'y', ..] => field(Field::LongMonth, 7),
        [b'J', b'a', b'n', ..] if is_word(3) => field(Field::Month, 3),
        [b'M', b'o', b'n', b'd', b'a', b'y', ..] => field(Field::LongWeekday, 6),
        [b'M', b'o', b'n', ..] if is_word(3) => field(Field::Weekday, 3),
        [b'M', b'S', b'T', ..] => field(Field::ZoneName, 3),
        [b'0', b'1', ..] => field(Field::MonthNumber(Pad::Zero), 2),
        [b'0', b'2', ..] => field(Field::Day(Pad::Zero), 2),
        [b'0', b'3', ..] => field(Field::Hour12(Pad::Zero), 2),
        [b'0', b'4', ..] => field(Field::Minute(Pad::Zero), 2),
        [b'0', b'5', ..] => field(Field::Second(Pad::Zero), 2),
        [b'0', b'6', ..] => field(Field::Year, 2),
        [b'0', b'0', b'2', ..] => field(Field::YearDay(Pad::Zero), 3),
        [b'1', b'5', ..] => field(Field::Hour, 2),
        [b'1', ..] => field(Field::MonthNumber(Pad::None), 1),
        [b'2', b'0', b'0', b'6', ..] => field(Field::LongYear, 4),
        [b'2', ..] => field(Field::Day(Pad::None), 1),
        [b'_', b'2', b'0', b'0', b'6', ..] => Some((Field::LongYear, 1, 5)),
        [b'_', b'2', ..] => field(Field::Day(Pad::Space), 2),
        [b'_', b'_', b'2', ..] => field(Field::YearDay(Pad::Space), 3),
        [b'3', ..] => field(Field::Hour12(Pad::None), 1),
        [b'4', ..] => field(Field::Minute(Pad::None), 1),
        [b'5', ..] => field(Field::Second(Pad::None), 1),
        [b'P', b'M', ..] => field(Field::UpperHalf, 2),
        [b'p', b'm', ..] => field(Field::LowerHalf, 2),
        [b'-' | b'Z', b'0', b'7', ..] => {
            let (form, length) = offset_form(rest);
            field(Field::Offset(form), length)
        }
        [sign @ (b'.' | b','), digit @ (b'0' | b'9'), ..] => {
            let digits = rest
                .iter()
                .skip(1)
                .take_while(|byte| *byte == digit)
                .count();
            if rest.get(digits + 1).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let fraction = match digit {
                b'0' => Field::Fraction(*sign, digits),
                _ => Field::ShortFraction(*sign, digits),
            };
            field(fraction, digits + 1)
        }
        _ => None,
    }
}

/// The form of an offset that begins with `-07` or `Z07`, and its length.
fn offset_form(rest: &[u8]) -> (OffsetForm, usize) {
    let tail = rest.get(3..).unwrap_or_default();
    let (has_colons, unit, length) = match tail {
        [b'0', b'0', b'0', b'0', ..] => (false, OffsetUnit::Second, 7),
        [b':', b'0', b'0', b':', b'0', b'0', ..] => (true, OffsetUnit::Second, 9),
        [b'0', b'0', ..] => (false, OffsetUnit::Minute, 5),
        [b':', b'0', b'0', ..] => (true, OffsetUnit::Minute, 6),
        _ => (false, OffsetUnit::Hour, 3),
    };
    let has_z = rest.starts_with(b"Z");
    let form = OffsetForm {
        has_z,
        has_colons,
        unit,
    };
    (form, length)
}
