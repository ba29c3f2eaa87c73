//! What once did not work: each test failed before its cause was mended.

use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use tracing::Level;
use two_tier_cache::redis::RedisConfig;
use two_tier_cache::{CacheManager, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{Service, until, until_async};
use crate::support::events::Events;
use crate::support::{Db, TTL, read};

struct Late(Service);

impl Drop for Late {
    fn drop(&mut self) {
        let db = Db::new();
        let mut call = std::pin::pin!(read_plainly(&self.0, &db));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..10 {
            if call.as_mut().poll(&mut context).is_ready() {
                break;
            }
        }
    }
}

async fn read_plainly(service: &Service, db: &Db) -> u32 {
    let Ok(row) = service.rows.get(&7, || db.load()).await;
    row
}

/// Deadlock: the supervisor was spawned with a lock held; on a runtime that is shutting down, the
/// task is dropped at once, and its drop took the same lock.
#[test]
fn a_call_while_its_runtime_shuts_down_holds_nobody_up() {
    let server = RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let short = runtime();
        let late = Late(service.clone());
        short.spawn(async move {
            let _late = late;
            std::future::pending::<()>().await;
        });
        short.block_on(tokio::task::yield_now());
        drop(short);
        assert_eq!(runtime().block_on(service.read(7)), 1);
        done.send(()).unwrap();
    });
    assert_eq!(wait.recv_timeout(Duration::from_secs(5)), Ok(()), "it hangs");
}

/// Liveness: one key that the server refuses kept every queued glob from ever being applied.
#[tokio::test]
async fn a_refused_key_does_not_keep_globs_from_being_replayed() {
    let (server, db) = (RedisServer::start(), Db::new());
    server.add_acl_user("shop", &["on", ">pw", "~row:*", "+@all"]);
    let service = Service::patient(&server.url_as("shop", "pw"), &db);
    let forbidden: TwoTierCache<u32> = service.caches.cache("forbidden").ttl(TTL).build();
    assert_eq!(service.read(7).await, 1);
    assert_eq!(forbidden.invalidate(&1).await, Invalidation::Queued);
    server.pause();
    service.notices().await;
    db.write(2);
    assert_eq!(service.rows.invalidate_pattern("*").await, Invalidation::Queued);
    server.resume();
    service.recovers().await;
    assert_eq!(service.read(7).await, 2);
    let applied = || service.queued() == 1;
    let waited = tokio::time::timeout(Duration::from_secs(3), until("applied", applied)).await;
    assert!(waited.is_ok(), "the glob still waits, {:?}", service.caches.health());
    service.read(7).await;
    assert!(service.rows.exists(&7).await, "the rows are cached again");
}

/// The same for keys: more refused ones than a batch has kept all others waiting.
#[tokio::test]
async fn refused_keys_do_not_keep_others_from_being_replayed() {
    let (server, db) = (RedisServer::start(), Db::new());
    server.add_acl_user("shop", &["on", ">pw", "~row:*", "+@all"]);
    let service = Service::patient(&server.url_as("shop", "pw"), &db);
    let forbidden: TwoTierCache<u32> = service.caches.cache("forbidden").ttl(TTL).build();
    service.connects().await;
    server.pause();
    service.notices().await;
    for key in 0..2_000 {
        assert_eq!(forbidden.invalidate(&key).await, Invalidation::Queued);
    }
    for key in 0..100 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    server.resume();
    service.recovers().await;
    let replayed = || service.queued() == 2_000;
    let waited = tokio::time::timeout(Duration::from_secs(5), until("applied", replayed)).await;
    assert!(waited.is_ok(), "others wait behind them, {:?}", service.caches.health());
    assert_eq!(db.loads(), 0);
}

/// Log spam: with the queue full of one prefix, each invalidation of another one warned.
#[tokio::test]
async fn an_overflow_is_told_once() {
    let (server, db) = (RedisServer::start(), Db::new());
    server.kill();
    let config = RedisConfig::from_url(&server.url()).unwrap().replay_queue(3);
    let service = Service::configured(config, &db, CacheManager::builder());
    let others: TwoTierCache<u32> = service.caches.cache("other").ttl(TTL).build();
    service.goes_without().await;
    let events = Events::catch();
    for key in 0..3 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    for key in 0..100 {
        assert_eq!(others.invalidate(&key).await, Invalidation::Queued);
    }
    let told = events.at(Level::WARN);
    assert!(told.len() <= 2, "{} times: {}", told.len(), told[0]);
    assert_eq!(read(&others, 7, &db).await, 1);
}

/// A user who may not `GET` (or `SET`, …) had a cache that never hit, a health that said connected
/// and a log that said nothing.
#[tokio::test]
async fn a_user_who_may_not_read_is_told_so() {
    for denied in ["-get", "-set", "-type"] {
        let (server, db, events) = (RedisServer::start(), Db::new(), Events::catch());
        server.add_acl_user("shop", &["on", ">pw", "~*", "+@all", denied]);
        let service = Service::patient(&server.url_as("shop", "pw"), &db);
        for _ in 0..5 {
            service.read(7).await;
        }
        assert_eq!((service.state(), db.loads()), (HealthState::Connected, 5));
        let told = events.at(Level::WARN);
        assert!(!told.is_empty() || !service.reason().is_empty(), "{denied}: nobody is told");
    }
}

/// An invalidation that nobody awaits was neither carried out nor queued while the runtime it was
/// made on was kept and not driven.
#[test]
fn an_invalidation_on_a_runtime_that_is_not_driven_is_seen() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    let driven = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    driven.block_on(service.read(7));
    db.write(2);
    let kept = runtime();
    kept.block_on(async { drop(service.rows.invalidate(&7)) });
    driven.block_on(until_async("a replay finds it", async || service.read(7).await == 2));
    drop(kept);
    drop(server);
}

/// Livelock: the connection was published only with an empty queue, so a server stayed unused for as
/// long as patterns came in faster than they were swept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_used_again_however_many_patterns_are_invalidated_meanwhile() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    let fill = "for i = 1, 500000 do redis.call('SET', 'other:' .. i, 'x') end";
    server.command(&["EVAL", fill, "0"]);
    service.connects().await;
    server.pause();
    service.notices().await;
    let (stop, stopped) = mpsc::channel::<()>();
    let rows = service.rows.clone();
    let writer = thread::spawn(move || {
        let mut key = 0;
        while stopped.recv_timeout(Duration::from_millis(100))
            == Err(mpsc::RecvTimeoutError::Timeout)
        {
            drop(rows.invalidate_pattern(&format!("{key}:*")));
            key += 1;
        }
    });
    server.resume();
    let back = tokio::time::timeout(Duration::from_secs(10), service.recovers()).await;
    drop(stop);
    writer.join().unwrap();
    assert!(back.is_ok(), "{:?}", service.caches.health());
}

/// A call without timers waited for ever for a server that hangs, on a connection that its supervisor
/// gave up long ago. (With timers it waited for its whole budget; the same where the runtime of the
/// connection ended while the command was handed over.)
#[test]
fn outside_of_any_runtime_a_call_does_not_wait_for_a_server_that_hangs() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(service.connects());
    server.pause();
    let (done, wait) = mpsc::channel();
    let outside = service.clone();
    thread::spawn(move || {
        struct Unpark(thread::Thread);
        impl std::task::Wake for Unpark {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = std::sync::Arc::new(Unpark(thread::current())).into();
        let mut call = std::pin::pin!(read_plainly(&outside, &outside.db));
        while call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
        done.send(()).unwrap();
    });
    runtime.block_on(service.notices());
    assert_eq!(wait.recv_timeout(Duration::from_secs(5)), Ok(()), "the outage is known; it hangs");
}

/// A runtime that ends was taken for a server that breaks connections: with runtimes of several
/// threads its driver may end before its supervisor, which then told of an outage (`WARN`, local
/// store, invalidations queued).
#[test]
fn runtimes_that_end_are_no_outage() {
    let server = RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    let threads = [0, 1, 2].map(|key| {
        let service = service.clone();
        thread::spawn(move || {
            let work = async || {
                let db = Db::new();
                service.connects().await;
                read(&service.rows, key, &db).await;
                read(&service.rows, key, &db).await;
                let applied = service.invalidate(key).await == Invalidation::Applied;
                u32::from(db.loads() != 1 || !applied)
            };
            let run = || {
                let builder = &mut tokio::runtime::Builder::new_multi_thread();
                builder.worker_threads(2).enable_all().build().unwrap().block_on(work())
            };
            (0..1_000).map(|_| run()).sum::<u32>()
        })
    });
    let failed = threads.map(|thread| thread.join().unwrap());
    // On a busy machine connecting may take so long that a call goes without.
    assert!(failed.iter().sum::<u32>() < 30, "{failed:?} of 1,000 each");
}
