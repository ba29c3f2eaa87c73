//! Nothing holds up the calls of a key for long: not a load that hangs, not callers that come and
//! go, not a value that uses the cache in its `Drop`.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, TwoTierCache};

const MILLIS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn managers() -> [CacheManager; 2] {
    let encoded = CacheManager::builder().backend(EncodedBackend::new());
    [CacheManager::builder(), encoded].map(|builder| builder.build().expect("legal"))
}

fn rows(caches: &CacheManager) -> TwoTierCache<u32> {
    caches.cache("row").ttl(Duration::from_secs(86_400)).build()
}

async fn read_in(rows: &TwoTierCache<u32>, time: Duration) -> u32 {
    let load = async || {
        sleep(time).await;
        Ok::<_, Infallible>(1)
    };
    let Ok(row) = rows.get(&7, load).await;
    row
}

#[tokio::test(start_paused = true)]
async fn a_load_that_hangs_costs_the_others_one_wait_and_not_each_of_them_one() {
    for caches in managers() {
        let rows = rows(&caches);
        let hung = tokio::spawn({
            let rows = rows.clone();
            async move { rows.get(&7, pending::<Result<u32, Infallible>>).await }
        });
        sleep(MILLIS).await;
        let began = Instant::now();
        read_in(&rows, 50 * MILLIS).await;
        assert!(began.elapsed() <= 6 * SECOND, "the first took {:?}", began.elapsed());
        for _ in 0..10 {
            let began = Instant::now();
            read_in(&rows, 50 * MILLIS).await;
            assert!(began.elapsed() <= 100 * MILLIS, "another took {:?}", began.elapsed());
        }
        hung.abort();
        sleep(MILLIS).await;
        read_in(&rows, 50 * MILLIS).await;
        assert!(rows.exists(&7).await, "once it is gone, the key is cached again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_does_not_wait_for_ever_behind_calls_that_give_up() {
    for caches in managers() {
        let rows = rows(&caches);
        let crowd = tokio::spawn({
            let rows = rows.clone();
            async move {
                loop {
                    let rows = rows.clone();
                    let call = async move { timeout(SECOND, read_in(&rows, 3 * SECOND)).await };
                    drop(tokio::spawn(call));
                    sleep(MILLIS).await;
                }
            }
        });
        sleep(10 * MILLIS).await;
        let began = Instant::now();
        read_in(&rows, 3 * SECOND).await;
        // Twice `lease_wait`, and then its own load.
        assert!(began.elapsed() <= 14 * SECOND, "it took {:?}", began.elapsed());
        crowd.abort();
    }
}

static DROPPED: AtomicU32 = AtomicU32::new(0);

tokio::task_local! {
    static CACHE: TwoTierCache<Guarded>;
}

/// Invalidates in its `Drop`, as a guard around a write might. The pattern matches no key, but to
/// find that out takes every lock of the store.
#[derive(Clone, Serialize, Deserialize)]
struct Guarded(u32);

impl Drop for Guarded {
    fn drop(&mut self) {
        let used = CACHE.try_with(|cache| drop(cache.invalidate_pattern("nothing")));
        DROPPED.fetch_add(u32::from(used.is_ok()), Ordering::SeqCst);
    }
}

#[test]
fn a_value_that_uses_the_cache_in_its_drop_does_not_deadlock() {
    let (done, waited) = std::sync::mpsc::channel();
    // On a thread of its own: a deadlock would block the test, and a runtime's timers with it.
    std::thread::spawn(move || {
        let caches = CacheManager::builder().capacity(2).build().expect("legal");
        let cache: TwoTierCache<Guarded> = caches.cache("guarded").build();
        let work = CACHE.scope(cache.clone(), async {
            for key in 0..20 {
                let load = async || Ok::<_, Infallible>(Guarded(key));
                drop(cache.get(&key, load).await);
                assert!(cache.exists(&key).await);
                assert!(cache.set(&key, &Guarded(key)).await);
                drop(cache.invalidate(&key));
                // Each evicts one of the former, until the pattern takes them all.
                drop(cache.get(&key, load).await);
                if key % 5 == 0 {
                    drop(cache.invalidate_pattern("*"));
                }
            }
        });
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime")
            .block_on(work);
        done.send(()).expect("the test waits");
    });
    waited.recv_timeout(Duration::from_secs(60)).expect("a deadlock");
    assert!(DROPPED.load(Ordering::SeqCst) > 0);
}
