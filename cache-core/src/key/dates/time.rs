//! Of the crate `time`.

use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcDateTime};

use super::super::{CacheKey, KeyWriter};
use super::{Date, Time};

impl From<time::Date> for Date {
    fn from(date: time::Date) -> Self {
        let (year, month, day) = date.to_calendar_date();
        Self { year, month: u8::from(month).into(), day: day.into() }
    }
}

impl From<time::Time> for Time {
    fn from(time: time::Time) -> Self {
        let (hour, minute, second, nanos) = time.as_hms_nano();
        Self { hour: hour.into(), minute: minute.into(), second: second.into(), nanos }
    }
}

impl CacheKey for OffsetDateTime {
    /// In UTC: one key for each moment, whatever the offset.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        match self.checked_to_utc() {
            Some(utc) => utc.write_key(key),
            // In the first and the last hours of the range of years the date in UTC may be beyond
            // it. The seconds since 1970 name such a moment as well, and look like no date.
            None => key.plain(format_args!("{}.{:09}", self.unix_timestamp(), self.nanosecond())),
        }
    }
}

impl CacheKey for UtcDateTime {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::instant(key, &self.date().into(), &self.time().into());
    }
}

impl CacheKey for PrimitiveDateTime {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::local(key, &self.date().into(), &self.time().into());
    }
}

impl CacheKey for time::Date {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(Date::from(*self));
    }
}

impl CacheKey for time::Time {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(Time::from(*self));
    }
}

impl CacheKey for Duration {
    /// Whole seconds, and the nanoseconds where there are any.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::length(key, self.whole_seconds(), self.subsec_nanoseconds());
    }
}
