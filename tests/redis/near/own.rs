//! What a process changes itself is gone near before anybody could read it, whatever the server says.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use two_tier_cache::{Invalidation, invalidates};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use super::{World, near};
use crate::service::{LIMIT, Service, until_async};
use crate::support::{Db, Gate, in_time, polled, slow_call};

impl World {
    /// A change is sent, and no answer comes. What it changes is not near any more.
    async fn is_gone_during(&self, change: impl Future) {
        self.is_near(7).await;
        self.line.hold_replies();
        let (mut change, mut read) = (pin!(change), pin!(self.near.read(7)));
        assert!(polled(change.as_mut(), 1).await.is_none(), "it waits for the server");
        assert_eq!(polled(read.as_mut(), 1).await, None, "it asks the server");
        self.line.pass();
        in_time(LIMIT, change).await;
        read.await;
    }
}

#[tokio::test]
async fn ones_own_invalidation_is_seen_at_once() {
    let world = World::new().await;
    for round in 0..200 {
        world.is_near(7).await;
        world.db.add();
        let invalidated = match round % 4 {
            0 => world.near.rows.invalidate(&7),
            1 => world.near.rows.invalidate_many([6, 7]),
            2 => world.near.rows.invalidate_pattern("?"),
            _ => {
                assert!(in_time(LIMIT, world.near.rows.set(&7, &world.db.row())).await.0);
                assert_eq!(world.near.read(7).await, world.db.row());
                continue;
            }
        };
        assert_eq!(in_time(LIMIT, invalidated).await.0, Invalidation::Applied);
        assert_eq!(world.near.read(7).await, world.db.row());
    }
}

/// Reads go on all the time, so that some are under way whenever it is invalidated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_invalidation_voids_the_reads_under_way() {
    let world = World::new().await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (near, done) = (world.near.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    near.read(7).await;
                    // A value that is near is there at once.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for _ in 0..1_000 {
        let row = world.db.add();
        assert_eq!(world.near.invalidate(7).await, Invalidation::Applied);
        for _ in 0..3 {
            assert_eq!(world.near.read(7).await, row);
        }
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(world.near.stats().near_hits > 0);
}

#[tokio::test]
async fn an_invalidation_that_is_queued_is_seen_at_once_too() {
    let server = RedisServer::start();
    let (line, db) = (Proxy::to(server.port()), Db::new());
    let near = Service::built(&line.url(), &db, near());
    near.connects().await;
    until_async("a read is answered near", async || {
        near.read(7).await;
        near.stats().near_hits > 0
    })
    .await;
    line.hold();
    let row = db.add();
    assert_eq!(near.invalidate(7).await, Invalidation::Queued);
    for _ in 0..3 {
        assert_eq!(near.read(7).await, row);
    }
}

#[invalidates(via(near.rows.invalidate(&7)))]
async fn write(near: &Service) -> u32 {
    let row = near.db.add();
    // Between the commit and the invalidation.
    assert_eq!(near.read(7).await, row);
    row
}

#[tokio::test]
async fn ones_own_change_is_told_before_the_server_has_answered() {
    let world = World::new().await;
    let (near, row) = (&world.near, &world.db.row());
    world.is_gone_during(near.invalidate(7)).await;
    world.is_gone_during(async { near.rows.invalidate_pattern("?").await }).await;
    world.is_gone_during(near.rows.set(&7, row)).await;
    world.is_gone_during(write(near)).await;
    assert_eq!(near.read(7).await, world.db.row());
}

#[tokio::test]
async fn ones_own_fill_is_not_kept() {
    let world = World::new().await;
    world.is_near(7).await;
    let gate = Gate::closed();
    let call = slow_call(&world.near.rows, 8, &world.db, &gate);
    gate.reached_by(1).await;
    gate.open();
    call.await.unwrap();
    assert!(!world.reads_near(8).await, "the server does not tell of a change of it");
    world.is_near(8).await;
}
