//! What the tests of the guarantees on a server are tried with, each in a program of its own: values that
//! are kept near, and values that are large.

use serde::Serialize;
use serde::de::DeserializeOwned;
use two_tier_cache::codec::{Codec, CodecError, MessagePack, Survey};
use two_tier_cache::{CacheValue, TwoTierCache, TwoTierCacheBuilder};

use super::TTL;

/// More than goes over the connection of all others.
const LARGE: usize = 64 * 1024;

/// The handle, as this program tries it.
pub(crate) fn tried<T: CacheValue>(handle: TwoTierCacheBuilder<T>) -> TwoTierCacheBuilder<T> {
    match env!("CARGO_CRATE_NAME") {
        "with_near" => handle.near(TTL),
        "with_large" => handle.codec(Padded),
        _ => handle,
    }
}

/// Waits until this process was told of all that others have been told is done: an answer of the server
/// stands behind its messages.
pub(crate) async fn told<T: CacheValue>(rows: &TwoTierCache<T>) {
    if env!("CARGO_CRATE_NAME") == "with_near" {
        rows.exists("another key").await;
    }
}

/// Makes every value large.
struct Padded;

impl Codec for Padded {
    const ID: u8 = 200;
    const POSITIONAL: bool = false;

    fn accepts(&self, survey: &Survey) -> bool {
        MessagePack.accepts(survey)
    }

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError> {
        let mut bytes = vec![0; LARGE];
        bytes.extend(MessagePack.encode(value)?);
        Ok(bytes)
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        MessagePack.decode(&bytes[LARGE..])
    }
}
