//! Keys: how arguments become the text under which a value is cached.
//!
//! A key is `prefix:part:part`. Inside a part `:`, `%` and control characters are percent-escaped,
//! so two different argument lists of the same types never make the same key, and a key stays
//! readable in `redis-cli`. Keys over [`MAX_KEY_BYTES`] end in a digest of the whole text.

mod arg;
mod buffer;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod dates;
mod digest;
mod impls;
mod matching;
mod prefix;
mod text;
#[cfg(feature = "uuid")]
mod uuid;
mod writer;

pub use arg::KeyArg;
pub use matching::{Any, KeyMatch, KeyPattern, PartMatch};
pub use prefix::MAX_PREFIX_BYTES;
pub(crate) use prefix::{check as check_prefix, is_valid as is_valid_prefix};
pub(crate) use text::KeyText;
pub use text::MAX_KEY_BYTES;
pub use writer::KeyWriter;

/// A type whose values can be part of a cache key.
///
/// Implemented for integers, `bool`, `char`, strings, references, smart pointers, `Option`, tuples,
/// sequences, ordered sets and maps, `NonZero`, IP addresses, [`Duration`](std::time::Duration) and
/// `PhantomData`; derive it for structs and enums. Floats and hash maps are left out on purpose:
/// their equality or their order would make two keys of one value.
///
/// With the features of these names, for the types of other crates:
///
/// | feature | types | in a key |
/// |---|---|---|
/// | `uuid` | `Uuid` | `67e55044-10b1-426f-9247-bb680e5fe0c8` |
/// | `chrono` | `DateTime` of any zone | `2026-11-27T044015Z` |
/// | | `NaiveDate`, `NaiveTime`, `NaiveDateTime` | `2026-11-27`, `044015`, `2026-11-27T044015` |
/// | | `TimeDelta` | `-90` |
/// | `time` | `OffsetDateTime`, `UtcDateTime` | `2026-11-27T044015Z` |
/// | | `Date`, `Time`, `PrimitiveDateTime` | `2026-11-27`, `044015`, `2026-11-27T044015` |
/// | | `Duration` | `-90` |
/// | `jiff` | `Timestamp` | `2026-11-27T044015Z` |
/// | | `ZonedDateTime`, two parts | `2026-11-27T044015Z:Europe/Berlin` |
/// | | `civil::Date`, `civil::Time`, `civil::DateTime` | `2026-11-27`, `044015`, `2026-11-27T044015` |
/// | | `SignedDuration` | `-90` |
///
/// Times are those of RFC 3339 without their colons, which a key would have to escape, and with
/// nine digits of a second where there is a fraction: `044015.250000000`. A moment has one key
/// whatever its offset and its crate. A `ZonedDateTime` is in the key with its zone, because what
/// one does with it depends on the zone.
///
/// # Contract
///
/// Different values write different keys. That holds for every derived implementation; one written
/// by hand keeps it by calling `write_key` of its fields, always the same number of them, or by
/// writing how many follow.
///
/// # Examples
///
/// ```
/// use two_tier_cache_core::{CacheKey, KeyWriter};
///
/// struct Slug(String);
///
/// impl CacheKey for Slug {
///     fn write_key(&self, key: &mut KeyWriter<'_>) {
///         key.part(&self.0);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "this is part of the cache key, but `{Self}` does not implement `CacheKey`",
    note = "if it does not affect the result, leave it out: `skip(argument)`, or on a field \
            `#[cache_key(skip)]`",
    note = "if it does, add `#[derive(CacheKey)]` to the type, or name the parts: `key(argument.id)`"
)]
pub trait CacheKey {
    /// Writes the parts of this value.
    fn write_key(&self, key: &mut KeyWriter<'_>);
}
