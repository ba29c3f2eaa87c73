#![deny(missing_docs, unreachable_pub, unused_qualifications, warnings)]
#![forbid(unsafe_code)]

//! Names of the user's that the expansion has too, and attributes of every kind.

use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

// What the expansion calls its own things, as other things.
mod core {}
mod two_tier_cache_core {}
/// An error.
pub struct Write;
struct Given;
struct Invalidate;

type Result<T> = std::result::Result<T, Write>;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> u64 {
    id
}

#[two_tier_cached(prefix = "raw", ttl = TTL)]
async fn r#type(r#move: String) -> u64 {
    r#move.len() as u64
}

#[two_tier_cached(prefix = "rows", ttl = TTL)]
async fn rows<T: two_tier_cache::CacheKey>(of: T) -> u64 {
    drop(of);
    0
}

#[two_tier_cache::invalidates(load(write), load(kept + output), load(value + result), r#type(target),)]
async fn locals(write: u64, kept: u64, output: u64, value: u64, target: String) -> u64 {
    let this = write;
    let result = kept;
    let writer = Given;
    drop((writer, target));
    let output = this + result + output;
    output + value
}

/// Writes, with a comment of several lines.
///
/// # Errors
///
/// Never.
#[inline]
#[must_use = "writing costs"]
#[allow(non_snake_case)]
#[two_tier_cache::invalidates(load(ID), r#type(r#move), rows::<u64>(ID), via(forget(&r#move)))]
pub async fn write(ID: u64, r#move: String) -> Result<u64> {
    drop(r#move);
    Ok(ID)
}

fn forget(text: &str) -> two_tier_cache::Invalidate {
    invalidate_type(text)
}

#[expect(unused_variables, reason = "kept for its callers")]
#[cfg(all())]
#[two_tier_cache::invalidates(load(id), crate = ::two_tier_cache)]
async fn expected(id: u64) {
    let unused = 1;
}

#[cfg(any())]
#[two_tier_cache::invalidates(load(id))]
async fn expected(id: u64) -> NoSuchType {}

#[deprecated = "use `write`"]
#[two_tier_cache::invalidates(load(id), load(id + *result))]
async fn old(#[cfg(all())] id: u64, #[cfg(any())] id: NoSuchType, _: u8) -> u64 {
    1
}

#[two_tier_cache::invalidates(load(result.0), via({ let _ = result; invalidate_load(1) }))]
async fn pair(id: u64) -> Result<(u64, u8)> {
    Ok((id, 0))
}

macro_rules! writer {
    ($name:ident, $target:expr, $argument:ident: $ty:ty => $body:expr) => {
        #[two_tier_cache::invalidates($target, load(other), load(result + $argument))]
        async fn $name($argument: $ty, other: u64) -> u64 {
            $body + other
        }
    };
}

writer!(by_macro, load(id), id: u64 => id);

fn main() {
    let _: (Write, Invalidate);
    drop(locals(1, 2, 3, 4, String::new()));
    drop(write(1, String::new()));
    drop(expected(1));
    #[allow(deprecated)]
    drop(old(1, 2));
    drop(pair(1));
    drop(by_macro(1, 2));
    drop((load(1), r#type(String::new()), rows(1)));
}
