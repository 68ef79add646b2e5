//! A time with its methods.

use std::any::Any;
use std::rc::Rc;

use jiff::tz::TimeZone;

use super::format::{RFC_3339_NANO, STRING, format};
use super::moment::{Civil, Moment, Zone};
use crate::template::print::MONTHS;
use crate::template::value::{IntType, Kind, Object, Str, Value};
use crate::template::{CallError, Run};

/// A time as a value.
pub(super) fn value(moment: Moment) -> Value {
    Kind::Object(Rc::new(Time(moment))).into()
}

/// The time that a value is.
pub(super) fn moment_of(value: &Value) -> Option<&Moment> {
    let Kind::Object(object) = &value.kind else {
        return None;
    };
    let time: &Time = object.as_any().downcast_ref()?;
    Some(&time.0)
}

#[derive(Debug)]
struct Time(Moment);

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(
        &self,
        name: &str,
        _run: &mut Run<'_>,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        let result = match arguments {
            [] => self.property(name),
            _ => self.with_arguments(name, arguments),
        };
        match result {
            Some(value) => Some(Ok(value)),
            None if METHODS.contains(&name) => Some(Err(CallError::new(format!(
                "wrong arguments for method {name} of time.Time"
            )))),
            None => None,
        }
    }

    fn display(&self) -> Str {
        format(&self.0, STRING).into()
    }

    fn go_syntax(&self) -> Option<String> {
        let Self(moment) = self;
        let civil = moment.civil();
        let month = usize::try_from(civil.month - 1).unwrap_or_default();
        let month = MONTHS.get(month)?;
        let zone = match &moment.zone {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Named(zone) if *zone == TimeZone::system() => "time.Local".to_owned(),
            Zone::Named(zone) => format!("time.Location({:?})", zone.iana_name().unwrap_or("")),
            Zone::Fixed(_, name) => format!("time.Location({name:?})"),
        };
        Some(format!(
            "time.Date({}, time.{month}, {}, {}, {}, {}, {}, {zone})",
            civil.year, civil.day, civil.hour, civil.minute, civil.second, moment.nanoseconds
        ))
    }

    fn json(&self) -> Value {
        Value::str(format(&self.0, RFC_3339_NANO))
    }
}

/// Those that take arguments or give what depends on them.
const METHODS: [&str; 24] = [
    "Add",
    "AddDate",
    "After",
    "Before",
    "Compare",
    "Day",
    "Equal",
    "Format",
    "Hour",
    "IsZero",
    "Local",
    "Minute",
    "Month",
    "Nanosecond",
    "Second",
    "String",
    "Sub",
    "UTC",
    "Unix",
    "UnixMicro",
    "UnixMilli",
    "UnixNano",
    "Weekday",
    "Year",
];

impl Time {
    fn property(&self, name: &str) -> Option<Value> {
        let Self(moment) = self;
        let civil = moment.civil();
        let fraction = i64::from(moment.nanoseconds);
        let since_1970 = |units: i64| {
            let whole = moment.seconds.wrapping_mul(units);
            Value::int64(whole.wrapping_add(fraction / (1_000_000_000 / units)))
        };
        Some(match name {
            "Year" => Value::int(civil.year),
            "Month" => Kind::Int(civil.month, IntType::Month).into(),
            "Day" => Value::int(civil.day),
            "Weekday" => Kind::Int(moment.weekday(), IntType::Weekday).into(),
            "YearDay" => Value::int(moment.year_day()),
            "Hour" => Value::int(civil.hour),
            "Minute" => Value::int(civil.minute),
            "Second" => Value::int(civil.second),
            "Nanosecond" => Value::int(fraction),
            "Unix" => Value::int64(moment.seconds),
            "UnixMilli" => since_1970(1_000),
            "UnixMicro" => since_1970(1_000_000),
            "UnixNano" => since_1970(1_000_000_000),
            "IsZero" => moment.is_zero().into(),
            "UTC" => value(moment.in_zone(Zone::Utc)),
            "Local" => value(moment.in_zone(Zone::local())),
            "String" => self.display().into(),
            _ => return None,
        })
    }

    fn with_arguments(&self, name: &str, arguments: &[Value]) -> Option<Value> {
        let Self(moment) = self;
        let other = || arguments.first().and_then(moment_of);
        Some(match (name, arguments) {
            ("Format", [layout]) => Value::str(format(moment, layout.as_str()?)),
            (
                "Add",
                [
                    Value {
                        kind: Kind::Int(by, IntType::Duration),
                        ..
                    },
                ],
            ) => value(moment.plus(*by)),
            (
                "AddDate",
                [
                    Value {
                        kind: Kind::Int(years, IntType::Int),
                        ..
                    },
                    Value {
                        kind: Kind::Int(months, IntType::Int),
                        ..
                    },
                    Value {
                        kind: Kind::Int(days, IntType::Int),
                        ..
                    },
                ],
            ) => {
                let civil = moment.civil();
                let moved = Civil {
                    year: civil.year.wrapping_add(*years),
                    month: civil.month.wrapping_add(*months),
                    day: civil.day.wrapping_add(*days),
                    ..civil
                };
                value(Moment::of_civil(
                    moved,
                    moment.nanoseconds,
                    moment.zone.clone(),
                ))
            }
            ("Sub", [_]) => Kind::Int(moment.since(other()?), IntType::Duration).into(),
            ("Before", [_]) => (moment.since(other()?) < 0).into(),
            ("After", [_]) => (moment.since(other()?) > 0).into(),
            ("Equal", [_]) => (moment.since(other()?) == 0).into(),
            ("Compare", [_]) => Value::int(moment.since(other()?).signum()),
            _ => return None,
        })
    }
}
