//! Of the crate `jiff`.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ZonedDateTime, civil};

use super::super::{CacheKey, KeyWriter};
use super::{Date, Time};

impl From<civil::Date> for Date {
    fn from(date: civil::Date) -> Self {
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        Self { year: date.year().into(), month: month.into(), day: day.into() }
    }
}

impl From<civil::Time> for Time {
    fn from(time: civil::Time) -> Self {
        Self {
            hour: time.hour().unsigned_abs().into(),
            minute: time.minute().unsigned_abs().into(),
            second: time.second().unsigned_abs().into(),
            nanos: time.subsec_nanosecond().unsigned_abs(),
        }
    }
}

impl CacheKey for Timestamp {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        let utc = Offset::UTC.to_datetime(*self);
        super::instant(key, &utc.date().into(), &utc.time().into());
    }
}

impl CacheKey for ZonedDateTime {
    /// The moment, then the zone, without which `tomorrow` and `start_of_day` mean nothing. A zone
    /// without a name in the database of IANA is written as the seconds that it is ahead of UTC at
    /// that moment.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        self.timestamp().write_key(key);
        match self.time_zone().iana_name() {
            Some(name) => key.part(name),
            None => key.plain(self.offset().seconds()),
        }
    }
}

impl CacheKey for civil::DateTime {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::local(key, &self.date().into(), &self.time().into());
    }
}

impl CacheKey for civil::Date {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(Date::from(*self));
    }
}

impl CacheKey for civil::Time {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(Time::from(*self));
    }
}

impl CacheKey for SignedDuration {
    /// Whole seconds, and the nanoseconds where there are any.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        super::length(key, self.as_secs(), self.subsec_nanos());
    }
}
