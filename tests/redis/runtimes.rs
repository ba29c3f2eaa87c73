//! One manager and many runtimes: the supervisor runs on one of them, which may end or stand still.

use std::sync::{Arc, LazyLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use two_tier_cache::redis::RedisConfig;
use two_tier_cache::{CacheManager, HealthState, Invalidation};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{LIMIT, Service, until_async};
use crate::support::{Db, read};

/// As a test program of a user has it: one server and one manager for all tests.
static SHARED: LazyLock<(RedisServer, Service)> = LazyLock::new(|| {
    let server = RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    (server, service)
});

/// What a cache is for, on a key of its own.
async fn works(service: &Service, key: u32) {
    let db = Db::new();
    // On a busy machine, what the last runtime took with it may not be back at once.
    service.connects().await;
    for _ in 0..3 {
        let (row, loads) = (db.add(), db.loads());
        assert_eq!(read(&service.rows, key, &db).await, row);
        assert_eq!(read(&service.rows, key, &db).await, row);
        assert_eq!(db.loads(), loads + 1, "a miss, then a hit");
        assert_eq!(service.invalidate(key).await, Invalidation::Applied);
    }
}

macro_rules! share_one_manager {
    ($($name:ident: $key:literal,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                works(&SHARED.1, $key).await;
            }
        )*
    };
}

share_one_manager! {
    tests_share_one_manager_1: 1,
    tests_share_one_manager_2: 2,
    tests_share_one_manager_3: 3,
    tests_share_one_manager_4: 4,
    tests_share_one_manager_5: 5,
    tests_share_one_manager_6: 6,
    tests_share_one_manager_7: 7,
    tests_share_one_manager_8: 8,
    tests_share_one_manager_9: 9,
    tests_share_one_manager_10: 10,
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs something that may hang for good on a thread of its own.
fn bounded<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || done.send(act()));
    match wait.recv_timeout(LIMIT) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{:?}", thread.join().unwrap_err()),
    }
}

#[test]
fn runtimes_come_and_go_one_after_the_other() {
    let server = RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    let mut at_once = 0;
    for turn in 0..30 {
        runtime().block_on(async {
            at_once += u32::from(service.rows.set(&9, &turn).await && service.queued() == 0);
            works(&service, turn % 3).await;
        });
    }
    // On a busy machine connecting may take so long that the first call goes without.
    assert!(at_once >= 10, "the first call of a runtime used the server {at_once} times of 30");
}

/// Reads what was written last, whether the server is there or not.
async fn stays_right(service: &Service, key: u32, db: &Db) {
    for _ in 0..3 {
        let row = db.add();
        let _outcome = service.invalidate(key).await;
        assert_eq!(read(&service.rows, key, db).await, row);
        assert_eq!(read(&service.rows, key, db).await, row);
    }
}

#[test]
fn runtimes_come_and_go_side_by_side() {
    let server = RedisServer::start();
    let service = Service::patient(&server.url(), &Db::new());
    let threads = [0, 1, 2].map(|key| {
        let (service, db) = (service.clone(), Db::new());
        thread::spawn(move || {
            for turn in 0..10 {
                let short = if turn % 2 == 0 { runtime() } else { Runtime::new().unwrap() };
                short.block_on(stays_right(&service, key, &db));
            }
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    runtime().block_on(works(&service, 3));
}

#[test]
fn a_runtime_that_is_kept_and_not_driven_is_relieved() {
    let (server, db) = (RedisServer::start(), Db::new());
    let config = RedisConfig::from_url(&server.url()).unwrap();
    let config = config.connect_timeout(Duration::from_millis(200));
    let service = Service::configured(config, &db, CacheManager::builder());
    let (kept, used) = (runtime(), runtime());
    kept.block_on(service.connects());
    used.block_on(async {
        // Each of them costs the budget, until the other one has been silent for long enough.
        until_async("another supervisor is in office", async || {
            db.add();
            assert_eq!(service.read(7).await, db.row(), "nothing is cached meanwhile");
            service.rows.exists(&7).await
        })
        .await;
        assert_eq!(service.invalidate(7).await, Invalidation::Applied);
    });
    // When it is driven again, it does not get in the way.
    kept.block_on(async {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    });
    used.block_on(async {
        service.read(8).await;
        assert!(service.rows.exists(&8).await);
        assert_eq!(service.state(), HealthState::Connected);
    });
}

/// Drives a future as an executor does that is not tokio's.
fn driven<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (std::pin::pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

async fn plain_read(service: &Service, key: u32) -> u32 {
    let Ok(row) = service.rows.get(&key, || service.db.load()).await;
    row
}

#[test]
fn outside_of_any_runtime_a_call_loads() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    bounded(move || {
        for row in 2..5 {
            db.write(row);
            assert_eq!(driven(plain_read(&service, 7)), row);
        }
        assert_eq!(driven(service.rows.invalidate(&7)), Invalidation::Queued);
        assert!(!driven(service.rows.set(&7, &1)));
        assert!(!driven(service.rows.exists(&7)));
        assert_eq!(driven(service.caches.cache::<u32>("other").build().invalidate_pattern("*")), {
            Invalidation::Queued
        });
        // A runtime that comes later finds everything in order.
        runtime().block_on(async {
            assert_eq!(service.read(7).await, 4);
            service.replays().await;
            works(&service, 8).await;
        });
    });
    drop(server);
}

#[test]
fn outside_of_any_runtime_a_call_uses_what_another_runtime_connected() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    let connected = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    connected.block_on(service.connects());
    let outside = service.clone();
    bounded(move || {
        assert_eq!((driven(plain_read(&outside, 7)), driven(plain_read(&outside, 7))), (1, 1));
        assert_eq!(outside.db.loads(), 1);
        assert_eq!(driven(outside.rows.invalidate(&7)), Invalidation::Queued);
    });
    connected.block_on(service.replays());
    assert_eq!(server.command(&["EXISTS", "row:7"]).int(), 0);
}

#[test]
fn a_runtime_without_a_driver_it_needs_fails_no_call() {
    for time in [true, false] {
        let (server, db) = (RedisServer::start(), Db::new());
        let config = RedisConfig::from_url(&server.url()).unwrap();
        let config = config.connect_timeout(Duration::from_millis(200));
        let service = Service::configured(config, &db, CacheManager::builder());
        let mut builder = Builder::new_current_thread();
        let poor = if time { builder.enable_time() } else { builder.enable_io() }.build().unwrap();
        let calling = service.clone();
        bounded(move || {
            poor.block_on(async {
                for key in 0..5 {
                    assert_eq!(plain_read(&calling, key).await, 1);
                }
                let _outcome = calling.rows.invalidate(&1).await;
                calling.db.write(2);
                assert_eq!(plain_read(&calling, 1).await, 2);
            });
        });
        assert!(service.reason().contains("enable_all"), "{:?}", service.caches.health());
        // One that has them all is waited for, for no longer than the outage may last.
        runtime().block_on(async {
            until_async("the server is used", async || {
                service.read(9).await;
                service.state() == HealthState::Connected
            })
            .await;
            service.replays().await;
        });
    }
}
