//! Keys through the public API: no two values share an entry, and patterns stay where they belong.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

#[path = "keys/addresses.rs"]
mod addresses;
#[path = "keys/arguments.rs"]
mod arguments;
#[path = "keys/dates.rs"]
mod dates;
#[path = "keys/derived.rs"]
mod derived;
#[path = "keys/injective.rs"]
mod injective;
#[path = "keys/patterns.rs"]
mod patterns;
mod support;
#[path = "keys/text.rs"]
mod text;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, CacheManagerBuilder, TwoTierCache};

/// Texts over every character that has a meaning on the way, and few enough of them that near
/// misses are common.
fn tricky_text(longest: usize) -> impl Strategy<Value = String> {
    let tricky = vec![
        ':', '%', '-', '+', '#', '*', '?', '[', ']', '\\', '\n', '\0', '\u{80}', '2', '5', 'A',
        'a', 'é', '🦀',
    ];
    let char = prop_oneof![9 => select(tricky), 1 => any::<char>()];
    vec(char, 0..=longest).prop_map(String::from_iter)
}

/// So many cases, and no file for those that fail: proptest prints the smallest.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

fn on(server: &EncodedBackend) -> CacheManagerBuilder {
    CacheManager::builder().backend(server.clone())
}

/// A handle on a server of its own. What is under a key does not matter, only whether it is there.
fn entries() -> (EncodedBackend, TwoTierCache<usize>) {
    let server = EncodedBackend::new();
    let entries = on(&server).build().unwrap().cache("user").build();
    (server, entries)
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
