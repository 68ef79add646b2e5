//! A point in time in a zone, with the calendar that it has there: Go's `time.Time`, of all years.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A point in time, seen in a zone.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// Seconds since 1970, in UTC.
    pub(super) seconds: i64,
    /// Nanoseconds of the second.
    pub(super) nanoseconds: u32,
    pub(super) zone: Zone,
}

/// Where a clock stands.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    /// Of the time zone database. `Local` is the one of the system.
    Named(TimeZone),
    /// A distance to UTC in seconds, with a name, which may be empty.
    Fixed(i64, Rc<str>),
}

/// A date and a time of day, by the clock of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

/// The first second of the year 1, which is Go's zero time.
const ZERO: i64 = -62_135_596_800;

const DAY: i64 = 86_400;

impl Zone {
    /// The zone of the system.
    pub(super) fn local() -> Self {
        Self::Named(TimeZone::system())
    }

    /// The zone of a name, if there is one.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        match name {
            "" | "UTC" => Some(Self::Utc),
            "Local" => Some(Self::local()),
            _ => {
                let zone = TimeZone::get(name).ok()?;
                // The reference looks for a file, whose name is the same to the letter.
                (zone.iana_name() == Some(name)).then_some(Self::Named(zone))
            }
        }
    }

    /// The distance to UTC at a time, in seconds, and what the zone is called then.
    pub(super) fn at(&self, seconds: i64) -> (i64, String) {
        match self {
            Self::Utc => (0, "UTC".to_owned()),
            Self::Fixed(offset, name) => (*offset, name.as_ref().to_owned()),
            Self::Named(zone) => {
                let bounded = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
                let timestamp = Timestamp::from_second(bounded).unwrap_or(Timestamp::UNIX_EPOCH);
                let info = zone.to_offset_info(timestamp);
                let offset = i64::from(info.offset().seconds());
                (offset, info.abbreviation().to_owned())
            }
        }
    }

    fn offset(&self, seconds: i64) -> i64 {
        self.at(seconds).0
    }
}

impl Moment {
    /// Go's zero time.
    pub(super) fn zero() -> Self {
        Self {
            seconds: ZERO,
            nanoseconds: 0,
            zone: Zone::Utc,
        }
    }

    /// Whether it is Go's zero time, in whichever zone.
    pub(super) fn is_zero(&self) -> bool {
        self.seconds == ZERO && self.nanoseconds == 0
    }

    /// So many seconds after 1970, in the zone of the system.
    pub(super) fn of_seconds(seconds: i64) -> Self {
        Self {
            seconds,
            nanoseconds: 0,
            zone: Zone::local(),
        }
    }

    /// A date and time by the clock of a zone. Numbers out of range carry over: day 0 is the last of the month before.
    pub(super) fn of_civil(civil: Civil, nanoseconds: u32, zone: Zone) -> Self {
        let months = civil.year.wrapping_mul(12).wrapping_add(civil.month - 1);
        let first = days_of(months.div_euclid(12), months.rem_euclid(12) + 1);
        let days = first.wrapping_add(civil.day - 1);
        let clock = civil
            .hour
            .wrapping_mul(3600)
            .wrapping_add(civil.minute.wrapping_mul(60))
            .wrapping_add(civil.second);
        let local = days.wrapping_mul(DAY).wrapping_add(clock);
        // What is taken off is the distance that the zone has around there. In a gap or an overlap that of before it.
        let guess = local.wrapping_sub(zone.offset(local));
        let first = zone.offset(guess);
        let seconds = match local.wrapping_sub(first) {
            seconds if zone.offset(seconds) == first => seconds,
            seconds => local.wrapping_sub(zone.offset(seconds)),
        };
        Self {
            seconds,
            nanoseconds,
            zone,
        }
    }

    /// The same time in another zone.
    #[must_use]
    pub(super) fn in_zone(&self, zone: Zone) -> Self {
        Self {
            zone,
            ..self.clone()
        }
    }

    /// The time so many nanoseconds later.
    #[must_use]
    pub(super) fn plus(&self, nanoseconds: i64) -> Self {
        let total = i64::from(self.nanoseconds) + nanoseconds % 1_000_000_000;
        let seconds = nanoseconds / 1_000_000_000 + total.div_euclid(1_000_000_000);
        let nanoseconds = total.rem_euclid(1_000_000_000);
        Self {
            seconds: self.seconds.wrapping_add(seconds),
            nanoseconds: u32::try_from(nanoseconds).unwrap_or(0),
            zone: self.zone.clone(),
        }
    }

    /// The nanoseconds from another time to this one; the last number on that side if there are too many.
    pub(super) fn since(&self, other: &Self) -> i64 {
        let nanoseconds = |moment: &Self| {
            i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanoseconds)
        };
        let difference = nanoseconds(self) - nanoseconds(other);
        let limit = if difference < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(difference).unwrap_or(limit)
    }

    /// The distance to UTC in seconds, and what the zone is called.
    pub(super) fn offset(&self) -> (i64, String) {
        self.zone.at(self.seconds)
    }

    /// The days since 1970 and the seconds of the day, on a clock that shows the zone's time. Near the ends of time the distance to
    /// UTC would overflow the seconds.
    fn local(&self) -> (i64, i64) {
        let seconds = i128::from(self.seconds) + i128::from(self.offset().0);
        let part = |part: i128| i64::try_from(part).unwrap_or_default();
        let day = i128::from(DAY);
        (part(seconds.div_euclid(day)), part(seconds.rem_euclid(day)))
    }

    /// The date and time by the zone's clock.
    pub(super) fn civil(&self) -> Civil {
        let (days, clock) = self.local();
        let (year, month, day) = date_of(days);
        Civil {
            year,
            month,
            day,
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
        }
    }

    /// The day of the week, Sunday being 0.
    pub(super) fn weekday(&self) -> i64 {
        // The first of January 1970 was a Thursday.
        (self.local().0 + 4).rem_euclid(7)
    }

    /// The day of the year, from 1.
    pub(super) fn year_day(&self) -> i64 {
        let (today, _) = self.local();
        today - days_of(date_of(today).0, 1) + 1
    }
}

/// The number of days in a month.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether the year has a 29th of February.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from the first of January 1970 to the first of a month (from 1), by the Gregorian calendar of all times.
/// Counted from March on, so that the day that is sometimes there comes last.
fn days_of(year: i64, month: i64) -> i64 {
    let year = if month <= 2 {
        year.wrapping_sub(1)
    } else {
        year
    };
    let since_march = (month + 9) % 12;
    let before_month = (since_march * 153 + 2) / 5;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year.wrapping_mul(365)
        .wrapping_add(leaps)
        .wrapping_add(before_month)
        .wrapping_sub(719_468)
}

/// The date that is so many days after the first of January 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    // Days since the first of March of the year 0, and the 400 years in which the calendar comes round.
    let days = days.wrapping_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let since_march = (5 * day + 2) / 153;
    let month = (since_march + 2) % 12 + 1;
    let year = era * 400 + year + i64::from(month <= 2);
    (year, month, day - (153 * since_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_goes_both_ways() {
        for days in (-800_000..800_000).step_by(13) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month) + day - 1, days);
            assert!((1..=days_in(year, month)).contains(&day));
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(ZERO / DAY), (1, 1, 1));
    }
}
