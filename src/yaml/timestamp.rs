//! Timestamps in the forms that Go's YAML reads, and as Go's JSON prints them.

use std::fmt::Write as _;

/// A date with its time of day and zone, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Minutes east of Greenwich.
    offset: i32,
}

pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some()
}

/// Returns the timestamp as Go's JSON prints it (RFC 3339), which refuses zones a day away.
pub(crate) fn to_rfc3339(text: &str) -> Option<String> {
    let time = parse(text)?;
    let mut out = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.year, time.month, time.day, time.hour, time.minute, time.second
    );
    if time.nanosecond > 0 {
        let fraction = format!("{:09}", time.nanosecond);
        let _ = write!(out, ".{}", fraction.trim_end_matches('0'));
    }
    let offset = time.offset.unsigned_abs();
    match time.offset {
        0 => out.push('Z'),
        _ if offset >= 24 * 60 => return None,
        east => {
            let sign = if east > 0 { '+' } else { '-' };
            let _ = write!(out, "{sign}{:02}:{:02}", offset / 60, offset % 60);
        }
    }
    Some(out)
}

fn parse(text: &str) -> Option<Timestamp> {
    let mut rest = text.as_bytes();
    if rest.len() < 8 || rest[4] != b'-' {
        return None;
    }
    let year = fixed(&mut rest, 4)?;
    skip(&mut rest, b'-')?;
    let month = one_or_two(&mut rest)?;
    skip(&mut rest, b'-')?;
    let day = one_or_two(&mut rest)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(month, year) {
        return None;
    }
    let mut time = Timestamp {
        year,
        month,
        day,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        offset: 0,
    };
    let Some((separator, after)) = rest.split_first() else {
        return Some(time);
    };
    rest = after;
    if !matches!(separator, b'T' | b't' | b' ') {
        return None;
    }
    time.hour = one_or_two(&mut rest).filter(|hour| *hour < 24)?;
    skip(&mut rest, b':')?;
    time.minute = one_or_two(&mut rest).filter(|minute| *minute < 60)?;
    skip(&mut rest, b':')?;
    time.second = one_or_two(&mut rest).filter(|second| *second < 60)?;
    time.nanosecond = fraction(&mut rest);
    if *separator != b' ' {
        time.offset = zone(&mut rest)?;
    }
    rest.is_empty().then_some(time)
}

fn skip(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

fn fixed(rest: &mut &[u8], count: usize) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(count)?;
    *rest = after;
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

fn one_or_two(rest: &mut &[u8]) -> Option<u32> {
    let count = rest
        .iter()
        .take(2)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count == 0 { None } else { fixed(rest, count) }
}

/// Reads `.123` or `,123`; digits beyond nanoseconds are dropped.
fn fraction(rest: &mut &[u8]) -> u32 {
    let [b'.' | b',', digits @ ..] = *rest else {
        return 0;
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count == 0 {
        return 0;
    }
    let (fraction, after) = digits.split_at(count);
    let nine = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanosecond = nine.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    *rest = after;
    nanosecond
}

fn zone(rest: &mut &[u8]) -> Option<i32> {
    let (sign, after) = rest.split_first()?;
    *rest = after;
    let sign = match sign {
        b'Z' => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = fixed(rest, 2).filter(|hours| *hours <= 24)?;
    skip(rest, b':')?;
    let minutes = fixed(rest, 2).filter(|minutes| *minutes <= 60)?;
    i32::try_from(hours * 60 + minutes)
        .ok()
        .map(|offset| sign * offset)
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_print_in_rfc_3339() {
        for (text, want) in [
            ("2024-1-2", Some("2024-01-02T00:00:00Z")),
            ("2024-02-29", Some("2024-02-29T00:00:00Z")),
            ("2023-02-29", None),
            ("2024-01-02T3:4:5Z", Some("2024-01-02T03:04:05Z")),
            (
                "2024-01-02t03:04:05.1200+02:30",
                Some("2024-01-02T03:04:05.12+02:30"),
            ),
            ("2024-01-02 03:04:05,5", Some("2024-01-02T03:04:05.5Z")),
            (
                "2024-01-02 03:04:05.1234567891",
                Some("2024-01-02T03:04:05.123456789Z"),
            ),
            ("2024-01-02T03:04:05-00:00", Some("2024-01-02T03:04:05Z")),
            ("2024-01-02T03:04:05+24:00", None),
            ("2024-01-02T03:04:05+23:60", None),
            ("2024-01-02 03:04:05Z", None),
        ] {
            assert_eq!(to_rfc3339(text).as_deref(), want, "{text}");
        }
    }
}
