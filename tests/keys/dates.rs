//! Identifiers, dates and times of other crates.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};
use proptest::prelude::*;
use time::{Month, OffsetDateTime, PrimitiveDateTime, UtcOffset};
use uuid::Uuid;

use crate::cases;
use crate::injective::assert_an_entry_each;
use crate::text::text_of;

/// 2026-11-27 04:40:15.25 UTC.
const SECONDS: i64 = 1_795_754_415;
const NANOS: u32 = 250_000_000;

fn of_chrono(seconds: i64, nanos: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, nanos).unwrap()
}

fn of_time(seconds: i64, nanos: u32) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap() + Duration::from_nanos(nanos.into())
}

fn of_jiff(seconds: i64, nanos: u32) -> Timestamp {
    Timestamp::new(seconds, nanos.try_into().unwrap()).unwrap()
}

#[test]
fn an_identifier_is_written_with_hyphens() {
    let id = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
    assert_eq!(text_of(&id), "user:67e55044-10b1-426f-9247-bb680e5fe0c8");
}

#[test]
fn a_moment_is_written_in_utc_without_colons() {
    let expected = "user:2026-11-27T044015.250000000Z";
    assert_eq!(text_of(&of_chrono(SECONDS, NANOS)), expected);
    assert_eq!(text_of(&of_time(SECONDS, NANOS)), expected);
    assert_eq!(text_of(&of_time(SECONDS, NANOS).to_utc()), expected);
    assert_eq!(text_of(&of_jiff(SECONDS, NANOS)), expected);
    assert_eq!(text_of(&of_jiff(SECONDS, 0)), "user:2026-11-27T044015Z");
}

#[test]
fn dates_and_times_are_the_same_in_every_crate() {
    let expected = ["user:0999-01-02", "user:030405", "user:0999-01-02T030405"];
    let (date, time) =
        (NaiveDate::from_ymd_opt(999, 1, 2).unwrap(), NaiveTime::from_hms_opt(3, 4, 5).unwrap());
    assert_eq!(
        [text_of(&date), text_of(&time), text_of(&NaiveDateTime::new(date, time))],
        expected
    );
    let date = time::Date::from_calendar_date(999, Month::January, 2).unwrap();
    let time = time::Time::from_hms(3, 4, 5).unwrap();
    let both = PrimitiveDateTime::new(date, time);
    assert_eq!([text_of(&date), text_of(&time), text_of(&both)], expected);
    let (date, time) = (civil::date(999, 1, 2), civil::time(3, 4, 5, 0));
    assert_eq!([text_of(&date), text_of(&time), text_of(&date.to_datetime(time))], expected);
}

#[test]
fn a_year_outside_of_four_digits_has_a_sign() {
    let date = |year| text_of(&NaiveDate::from_ymd_opt(year, 1, 2).unwrap());
    assert_eq!(date(0), "user:0000-01-02");
    assert_eq!(date(-1), "user:-0001-01-02");
    assert_eq!(date(12_026), "user:+12026-01-02");
    assert_eq!(text_of(&civil::date(-9999, 1, 2)), "user:-9999-01-02");
}

#[test]
fn lengths_are_seconds_with_a_sign() {
    for (seconds, nanos, expected) in [
        (90, 0, "user:90"),
        (5, 250_000_000, "user:5.250000000"),
        (0, -250_000_000, "user:-0.250000000"),
        (-5, -1, "user:-5.000000001"),
        (0, 0, "user:0"),
    ] {
        let delta = TimeDelta::seconds(seconds) + TimeDelta::nanoseconds(nanos.into());
        assert_eq!(text_of(&delta), expected);
        assert_eq!(text_of(&time::Duration::new(seconds, nanos)), expected);
        assert_eq!(text_of(&SignedDuration::new(seconds, nanos)), expected);
    }
    let longest = Duration::new(i64::MAX.unsigned_abs(), 999_999_999);
    assert_eq!(text_of(&SignedDuration::MAX), text_of(&longest));
    assert_eq!(text_of(&time::Duration::MAX), text_of(&longest));
    assert_eq!(text_of(&time::Duration::MIN), format!("user:{}.999999999", i64::MIN));
}

#[test]
fn a_leap_second_is_neither_the_second_before_nor_the_one_after() {
    let at = |second, nanos| NaiveTime::from_hms_nano_opt(8, 9, second, nanos);
    let after = NaiveTime::from_hms_nano_opt(8, 10, 0, 500_000_000);
    let leap = at(59, 1_500_000_000).unwrap();
    assert_an_entry_each([at(59, 500_000_000).unwrap(), leap, after.unwrap()]);
    let zone = FixedOffset::east_opt(30).unwrap();
    let moment = |time| NaiveDateTime::new(NaiveDate::MAX.pred_opt().unwrap(), time).and_utc();
    let leap = moment(leap).with_timezone(&zone);
    let next = moment(at(59, 0).unwrap()) + TimeDelta::milliseconds(1_500);
    assert_an_entry_each([leap.to_utc(), next]);
}

#[test]
fn the_ends_of_the_ranges_are_keys_as_well() {
    let (first, last) = (PrimitiveDateTime::MIN, PrimitiveDateTime::MAX);
    let offset = |hours| UtcOffset::from_hms(hours, 0, 0).unwrap();
    // In UTC, these are before the first year and after the last.
    let moments = [first.assume_offset(offset(5)), last.assume_offset(offset(-5))];
    assert_eq!(text_of(&moments[0]), "user:-377705134800.000000000");
    assert_eq!(text_of(&moments[1]), "user:253402318799.999999999");
    assert_an_entry_each(moments.into_iter().chain([first.assume_utc(), last.assume_utc()]));
    text_of(&DateTime::<Utc>::MIN_UTC);
    text_of(&DateTime::<Utc>::MAX_UTC.with_timezone(&FixedOffset::east_opt(86_399).unwrap()));
    text_of(&(Timestamp::MIN, Timestamp::MAX, TimeDelta::MIN, TimeDelta::MAX));
}

#[test]
fn a_zoned_moment_is_written_with_its_zone() {
    let moment = of_jiff(SECONDS, 0);
    let zoned = |zone| text_of(&moment.to_zoned_datetime(zone));
    let expected = |zone: &str| format!("user:2026-11-27T044015Z:{zone}");
    assert_eq!(zoned(TimeZone::get("Europe/Berlin").unwrap()), expected("Europe/Berlin"));
    assert_eq!(zoned(TimeZone::get("Europe/Rome").unwrap()), expected("Europe/Rome"));
    assert_eq!(zoned(TimeZone::UTC), expected("UTC"));
    assert_eq!(zoned(TimeZone::fixed(Offset::from_hours(-2).unwrap())), expected("-7200"));
    assert_eq!(zoned(TimeZone::posix("XXX-1").unwrap()), expected("3600"));
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_moment_has_one_key_whatever_its_offset_and_its_crate(
        // From the year -9000 to the year 9000.
        seconds in -346_000_000_000..221_000_000_000_i64,
        nanos in prop_oneof![Just(0), 1..1_000_000_000_u32],
        offset in -86_000..86_000_i32,
    ) {
        let key = text_of(&of_chrono(seconds, nanos));
        let zone = FixedOffset::east_opt(offset).unwrap();
        prop_assert_eq!(&text_of(&of_chrono(seconds, nanos).with_timezone(&zone)), &key);
        let offset = UtcOffset::from_whole_seconds(offset).unwrap();
        prop_assert_eq!(&text_of(&of_time(seconds, nanos).to_offset(offset)), &key);
        prop_assert_eq!(&text_of(&of_jiff(seconds, nanos)), &key);
    }

    #[test]
    fn moments_do_not_collide(near in proptest::collection::vec((-2..2_i64, 0..3_u32), 2..20)) {
        let near: Vec<_> = near.into_iter().map(|(s, n)| (SECONDS + s, n * 100_000_000)).collect();
        assert_an_entry_each(near.iter().map(|&(s, n)| of_chrono(s, n)));
        assert_an_entry_each(near.iter().map(|&(s, n)| of_time(s, n)));
        assert_an_entry_each(near.iter().map(|&(s, n)| of_jiff(s, n)));
        assert_an_entry_each(near.iter().map(|&(s, n)| of_chrono(s, n).naive_utc()));
        assert_an_entry_each(near.iter().map(|&(s, n)| (of_chrono(s, n).time(), s)));
    }
}
