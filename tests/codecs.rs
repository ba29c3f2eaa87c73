//! Every value comes back equal from every codec, or is loaded again: never a wrong one.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

#[path = "codecs/changes.rs"]
mod changes;
#[path = "codecs/left_out_fields.rs"]
mod left_out_fields;
#[path = "codecs/values.rs"]
mod values;

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::Debug;

use proptest::prelude::ProptestConfig;
use two_tier_cache::codec::{Bincode, Codec, Json, MessagePack, Postcard};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, CacheValue, TwoTierCache, TwoTierCacheBuilder};

const PREFIX: &str = "value";
const KEY: &str = "value:1";
/// Where the header of an entry names the codec.
const CODEC_AT: usize = 5;

/// Values of one type on a server of its own, with one codec.
struct Shelf<T> {
    server: EncodedBackend,
    values: TwoTierCache<T>,
}

impl<T: CacheValue + PartialEq + Debug> Shelf<T> {
    fn new(codec: impl Codec) -> Self {
        let server = EncodedBackend::new();
        let values = handle(&server).codec(codec).version(1).build();
        Self { server, values }
    }

    /// Calls twice for `value` and returns the letter of the codec that served the second call, or
    /// `-` if that one had to load again. Both calls return `value`, or this panics.
    async fn letter(&self, value: &T) -> char {
        self.values.invalidate(&1).await;
        assert_eq!(call(&self.values, value).await, (value.clone(), true), "a first call loads");
        let (second, loaded) = call(&self.values, value).await;
        assert_eq!(&second, value, "served by codec {}", self.codec_letter());
        if loaded { '-' } else { self.codec_letter() }
    }

    fn codec_letter(&self) -> char {
        match self.server.bytes(KEY).map(|bytes| bytes[CODEC_AT]) {
            None => '-',
            Some(MessagePack::ID) => 'M',
            Some(Json::ID) => 'J',
            Some(Postcard::ID) => 'P',
            Some(Bincode::ID) => 'B',
            Some(other) => panic!("no codec has the id {other}"),
        }
    }
}

/// One shelf per codec: MessagePack, Json, Postcard, Bincode.
struct Shelves<T>([Shelf<T>; 4]);

impl<T: CacheValue + PartialEq + Debug> Shelves<T> {
    fn new() -> Self {
        Self([Shelf::new(MessagePack), Shelf::new(Json), Shelf::new(Postcard), Shelf::new(Bincode)])
    }

    /// Who serves the second call for `value` under each setting: `MJPB` if every codec serves its
    /// own, `MJMM` if MessagePack stands in for the positional ones, `-` where nobody does.
    async fn letters(&self, value: &T) -> String {
        let mut letters = String::new();
        for shelf in &self.0 {
            letters.push(shelf.letter(value).await);
        }
        letters
    }
}

/// [`Shelves::letters`] of one value.
async fn letters<T: CacheValue + PartialEq + Debug>(value: T) -> String {
    Shelves::new().letters(&value).await
}

fn handle<T: CacheValue>(server: &EncodedBackend) -> TwoTierCacheBuilder<T> {
    let caches = CacheManager::builder().backend(server.clone()).build().unwrap();
    caches.cache(PREFIX)
}

/// What a call whose load returns `value` returns, and whether it loaded.
async fn call<T: CacheValue>(values: &TwoTierCache<T>, value: &T) -> (T, bool) {
    let loaded = Cell::new(false);
    let load = || async {
        loaded.set(true);
        Ok::<_, Infallible>(value.clone())
    };
    let Ok(returned) = values.get(&1, load).await;
    (returned, loaded.get())
}

/// So many cases, and no file for those that fail: proptest prints the smallest.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
