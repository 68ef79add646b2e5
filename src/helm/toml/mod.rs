//! TOML and the values of templates, as `BurntSushi/toml` has them meet.

pub mod read;
mod words;
pub mod write;

/// The zone of a date with a time and no distance to UTC, as the library names it.
const LOCAL_DATETIME: &str = "datetime-local";

/// The zone of a date without a time.
const LOCAL_DATE: &str = "date-local";

/// The zone of a time without a date.
const LOCAL_TIME: &str = "time-local";
