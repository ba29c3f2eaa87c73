//! [`CacheKey`] for dates and times of other crates.
//!
//! All write the same text for the same date, whatever the crate: RFC 3339 without its colons,
//! which a key would have to escape. It sorts and reads well, and `2026-11-*` is a month.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "time")]
mod time;

use std::fmt::{self, Display};

use super::KeyWriter;

/// `2026-11-27`; with a sign before a year outside of 0 to 9999, as in ISO 8601.
struct Date {
    year: i32,
    month: u32,
    day: u32,
}

impl Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        match year {
            0..=9999 => write!(f, "{year:04}-{month:02}-{day:02}"),
            _ => write!(f, "{year:+05}-{month:02}-{day:02}"),
        }
    }
}

/// `044015`, and the nanoseconds where there are any: `044015.250000000`.
struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    /// A second and more in chrono's leap seconds: then they have ten digits, and no other time has
    /// the same text.
    nanos: u32,
}

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hour, minute, second, nanos } = self;
        write!(f, "{hour:02}{minute:02}{second:02}")?;
        match nanos {
            0 => Ok(()),
            _ => write!(f, ".{nanos:09}"),
        }
    }
}

/// A moment, by its date and time in UTC.
fn instant(key: &mut KeyWriter<'_>, date: &Date, time: &Time) {
    key.plain(format_args!("{date}T{time}Z"));
}

/// A date and time that some place has not yet made a moment of.
fn local(key: &mut KeyWriter<'_>, date: &Date, time: &Time) {
    key.plain(format_args!("{date}T{time}"));
}

/// A length of time, with whole seconds and nanoseconds of the same sign. One that is not negative
/// has the key of the same `std::time::Duration`.
fn length(key: &mut KeyWriter<'_>, seconds: i64, nanos: i32) {
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    match (seconds.unsigned_abs(), nanos.unsigned_abs()) {
        (seconds, 0) => key.plain(format_args!("{sign}{seconds}")),
        (seconds, nanos) => key.plain(format_args!("{sign}{seconds}.{nanos:09}")),
    }
}
