//! Signatures as projects with axum, sqlx, sea-orm, diesel and tonic have them. Each is called, hit,
//! invalidated through its sibling, and loaded again.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]
#![allow(clippy::needless_borrows_for_generic_args, reason = "siblings take both")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "projects have such receivers")]
#![allow(
    clippy::boxed_local,
    clippy::many_single_char_names,
    clippy::needless_arbitrary_self_type,
    clippy::needless_lifetimes,
    clippy::option_option,
    clippy::owned_cow,
    clippy::ptr_arg,
    clippy::ref_option,
    clippy::toplevel_ref_arg,
    reason = "signatures are as people write them"
)]

#[path = "signatures/also.rs"]
mod also;
#[path = "signatures/arguments.rs"]
mod arguments;
#[path = "signatures/async_trait.rs"]
mod async_trait;
#[path = "signatures/attributes.rs"]
mod attributes;
#[path = "signatures/constants.rs"]
mod constants;
#[path = "signatures/databases.rs"]
mod databases;
#[path = "signatures/detached.rs"]
mod detached;
#[path = "signatures/errors.rs"]
mod errors;
#[path = "signatures/frameworks.rs"]
mod frameworks;
#[path = "signatures/functions.rs"]
mod functions;
#[path = "signatures/generics.rs"]
mod generics;
#[path = "signatures/impl_blocks.rs"]
mod impl_blocks;
#[path = "signatures/key_expressions.rs"]
mod key_expressions;
#[path = "signatures/keys.rs"]
mod keys;
#[path = "signatures/lifetimes.rs"]
mod lifetimes;
#[path = "signatures/macro_rules.rs"]
mod macro_rules;
#[path = "signatures/names.rs"]
mod names;
#[path = "signatures/receivers.rs"]
mod receivers;
#[path = "signatures/returns.rs"]
mod returns;
#[path = "signatures/shared_entries.rs"]
mod shared_entries;
#[path = "signatures/skipped.rs"]
mod skipped;
#[path = "signatures/typed_keys.rs"]
mod typed_keys;

use std::cell::Cell;
use std::fmt::Debug;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, Invalidate, Invalidation};

const TTL: Duration = Duration::from_secs(60);

thread_local! {
    /// How many loads there were on this thread. A test keeps to one.
    static LOADS: Cell<u32> = const { Cell::new(0) };
}

/// Loads a row: a number of its own each time, so that a value shows which load it came from.
async fn row() -> u32 {
    tokio::task::yield_now().await;
    LOADS.set(LOADS.get() + 1);
    LOADS.get()
}

/// A database.
#[derive(Debug, Clone, Copy, Default)]
struct Db;

impl Db {
    async fn row(&self) -> u32 {
        row().await
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    row: u32,
}

#[derive(Debug, PartialEq)]
struct Error;

/// A manager whose values stay in the process, and one whose values become bytes.
fn managers() -> [CacheManager; 2] {
    let built = |builder: two_tier_cache::CacheManagerBuilder| builder.build().unwrap();
    [built(CacheManager::builder()), built(CacheManager::builder().backend(EncodedBackend::new()))]
}

/// Checks a signature on a manager of each kind, for two keys. `call` says which row the function
/// returned.
async fn check<K: Clone>(
    keys: [K; 2],
    call: impl AsyncFn(K) -> u32,
    invalidate: impl Fn(K) -> Invalidate,
) {
    for caches in managers() {
        caches.scope(check_here(keys.clone(), &call, &invalidate)).await;
    }
}

/// Checks a signature on the manager that it uses.
async fn check_here<K: Clone>(
    [key, other]: [K; 2],
    call: impl AsyncFn(K) -> u32,
    invalidate: impl Fn(K) -> Invalidate,
) {
    // Boxed: some of the futures are large.
    let call = |key| Box::pin(call(key));
    let first = loads(1, call(key.clone())).await;
    let hit = loads(0, call(key.clone())).await;
    assert_eq!(hit, first, "a hit returns what was loaded");
    let of_other = loads(1, call(other.clone())).await;
    assert_ne!(of_other, first, "another key is another entry");
    assert_eq!(invalidate(key.clone()).await, Invalidation::Applied);
    let second = loads(1, call(key)).await;
    assert_ne!(second, first, "what was invalidated is loaded again");
    let still = loads(0, call(other)).await;
    assert_eq!(still, of_other, "nothing else was invalidated");
}

/// Checks a signature without parts in its key.
async fn check_single(call: impl AsyncFn() -> u32, invalidate: impl Fn() -> Invalidate) {
    for caches in managers() {
        let calls = async {
            let first = loads(1, call()).await;
            assert_eq!(loads(0, call()).await, first, "a hit returns what was loaded");
            assert_eq!(invalidate().await, Invalidation::Applied);
            assert_ne!(loads(1, call()).await, first, "what was invalidated is loaded again");
        };
        caches.scope(calls).await;
    }
}

/// Awaits a call that loads so many times.
async fn loads<R: Debug>(expected: u32, call: impl Future<Output = R>) -> R {
    let before = LOADS.get();
    let output = call.await;
    assert_eq!(LOADS.get() - before, expected, "loads until {output:?} came");
    output
}
