//! Of the crate `chrono`.

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike,
};

use super::super::{CacheKey, KeyWriter};
use super::{Date, Time};

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self { year: date.year(), month: date.month(), day: date.day() }
    }
}

impl From<NaiveTime> for Time {
    fn from(time: NaiveTime) -> Self {
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        Self { hour, minute, second, nanos: time.nanosecond() }
    }
}

impl<Z: TimeZone> CacheKey for DateTime<Z> {
    /// In UTC: one key for each moment, whatever the offset.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        let utc = self.naive_utc();
        super::instant(key, &utc.date().into(), &utc.time().into());
    }
}

impl CacheKey for NaiveDateTime {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::local(key, &self.date().into(), &self.time().into());
    }
}

impl CacheKey for NaiveDate {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(Date::from(*self));
    }
}

impl CacheKey for NaiveTime {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(Time::from(*self));
    }
}

impl CacheKey for TimeDelta {
    /// Whole seconds, and the nanoseconds where there are any.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::length(key, self.num_seconds(), self.subsec_nanos());
    }
}
