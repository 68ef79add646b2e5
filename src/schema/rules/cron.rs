//! Schedules of cron jobs and their time zones.

use jiff::tz::TimeZone;

use crate::schema::names::Wrong;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A schedule in five fields, or a descriptor such as `@daily`.
pub(super) fn schedule(text: &str) -> Result<(), Wrong> {
    if text.contains("TZ") {
        return Err("must not have a time zone; `timeZone` is for that".into());
    }
    if let Some(descriptor) = text.strip_prefix('@') {
        return described(descriptor);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, week] = fields.as_slice() else {
        return Err(format!(
            "must have five fields, such as `30 2 * * 1-5`, has {}",
            fields.len()
        ));
    };
    field(minute, 0, 59, &[])
        .and_then(|()| field(hour, 0, 23, &[]))
        .and_then(|()| field(day, 1, 31, &[]))
        .and_then(|()| field(month, 1, 12, &MONTHS))
        .and_then(|()| field(week, 0, 6, &DAYS))
}

fn described(descriptor: &str) -> Result<(), Wrong> {
    match descriptor {
        "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly" => Ok(()),
        _ => match descriptor.strip_prefix("every ") {
            Some(duration) if is_duration(duration) => Ok(()),
            _ => Err(
                "must be one of @yearly, @monthly, @weekly, @daily, @hourly, or `@every 1h`".into(),
            ),
        },
    }
}

fn field(text: &str, least: u32, most: u32, names: &[&str]) -> Result<(), Wrong> {
    let wrong = || {
        Err(format!(
            "must be from {least} to {most} where it has `{text}`"
        ))
    };
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if step.is_some_and(|step| step.parse::<u32>().map_or(true, |step| step == 0)) {
            return wrong();
        }
        if range == "*" || range == "?" {
            continue;
        }
        let bounds: Vec<&str> = range.split('-').collect();
        let number = |text: &str| {
            let lower = text.to_lowercase();
            names
                .iter()
                .position(|name| *name == lower)
                .and_then(|index| u32::try_from(index).ok())
                .map(|index| index + u32::from(names.len() == 12))
                .or_else(|| {
                    text.bytes()
                        .all(|byte| byte.is_ascii_digit())
                        .then(|| text.parse().ok())?
                })
        };
        let fine = match bounds.as_slice() {
            [one] => number(one).is_some_and(|one| (least..=most).contains(&one)),
            [start, end] => number(start)
                .zip(number(end))
                .is_some_and(|(start, end)| least <= start && start <= end && end <= most),
            _ => false,
        };
        if !fine {
            return wrong();
        }
    }
    Ok(())
}

/// A duration as Go reads it: `1h30m`.
pub(in crate::schema) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        if number.is_empty() || number == "." || number.matches('.').count() > 1 {
            return false;
        }
        let Some(unit) = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"]
            .iter()
            .find(|unit| after.starts_with(**unit) && (**unit != "m" || !after.starts_with("ms")))
        else {
            return false;
        };
        rest = &after[unit.len()..];
    }
    true
}

/// The name of a time zone.
pub(super) fn time_zone(text: &str) -> Result<(), Wrong> {
    // The database takes a name in any case, Go takes it as it is written.
    let is_known = TimeZone::get(text).is_ok_and(|zone| zone.iana_name() == Some(text));
    if text.eq_ignore_ascii_case("local") || !is_known {
        return Err("must be a time zone, such as `Europe/Berlin`".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_those_of_the_database_as_it_spells_them() {
        for zone in [
            "Europe/Berlin",
            "UTC",
            "Etc/UTC",
            "America/Argentina/Ushuaia",
        ] {
            assert!(time_zone(zone).is_ok(), "{zone}");
        }
        for zone in ["europe/berlin", "Local", "", "Mars/Olympus", "UTC+2"] {
            assert!(time_zone(zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn schedules_are_read_as_the_controller_reads_them() {
        for good in [
            "30 2 * * 1-5",
            "*/15 * * * *",
            "0 0 1,15 JAN-mar *",
            "@daily",
            "@every 1h30m",
            "5 4 * * sun",
            "0-30/5 * ? * *",
        ] {
            assert_eq!(schedule(good), Ok(()), "{good}");
        }
        for bad in [
            "60 * * * *",
            "* * * *",
            "* * * * * *",
            "@often",
            "*/0 * * * *",
            "5-1 * * * *",
            "* * 0 * *",
            "* * * * 7",
            "TZ=UTC 0 0 * * *",
            "a * * * *",
        ] {
            assert!(schedule(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for good in ["1h", "1.5s", "100ms", "2h45m", "-1m", "0"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["", "1", "h", "1x", "1h2", "."] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}
