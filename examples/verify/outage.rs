//! Without Redis, where there should be one.

use std::{net::TcpListener, sync::atomic::Ordering};

use two_tier_cache::{CacheManager, redis::RedisBackend};
use two_tier_cache_examples::{model::CustomerId, timing::timed, updates};

use crate::{Run, is_disabled, outcome::Outcome};

/// A manager on a port where nobody listens: the values come all the same, also the new ones.
pub(crate) async fn fallback(run: &Run) -> anyhow::Result<Outcome> {
    let backend = RedisBackend::lazy(&format!("redis://127.0.0.1:{}", unused_port()?))?;
    let mut caches = CacheManager::builder().backend(backend).build()?;
    if is_disabled(&run.caches) {
        caches = caches.disabled();
    }
    let profiles = caches.cache("verify").build();

    let (first, took) = timed(run.get(&profiles, "fallback", 8)).await;
    let (first, second) = (first?, run.get(&profiles, "fallback", 8).await?);
    let loads = run.loads.swap(0, Ordering::Relaxed);
    updates::rename_business(&run.db, CustomerId(8), "Renamed 8").await?;
    let outcome = profiles.invalidate(&run.key("fallback", 8)).await;
    let third = run.get(&profiles, "fallback", 8).await?;
    let expected =
        "Down; \"Business 8\", \"Business 8\" from 1 load; invalidation Queued; \"Renamed 8\"";
    let seen = format!(
        "{:?}; {first:?}, {second:?} from {loads} load; invalidation {outcome:?}; {third:?}",
        caches.health().state
    );
    let passed = expected == seen;
    let seen = format!("{seen}; the first call, which found it down, took {took:.1?}");
    Ok(Outcome::Compared { expected: expected.to_owned(), seen, passed })
}

/// A port of the loopback interface on which nobody listens.
fn unused_port() -> std::io::Result<u16> {
    // Closed again at once.
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
