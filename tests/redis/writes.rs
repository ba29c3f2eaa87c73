//! Writes through `#[invalidates]` on a real server: dropped, panicking, refused.

use std::pin::pin;
use std::sync::Arc;

use two_tier_cache::{TwoTierCache, Unfenced, invalidates};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{LIMIT, Service};
use crate::support::{Db, Gate, in_time, polled};

#[derive(Debug)]
enum Failed {
    Refused(Unfenced),
}

impl From<Unfenced> for Failed {
    fn from(unfenced: Unfenced) -> Self {
        Self::Refused(unfenced)
    }
}

#[invalidates(via(rows.invalidate(&7_u32)))]
async fn write(rows: &TwoTierCache<u32>, db: &Db, gate: &Gate) {
    db.add();
    gate.pass().await;
    assert!(db.row() > 99, "this is what the test is about: {rows:?}");
}

#[invalidates(via(rows.invalidate(&7_u32)), on_unreachable = refuse)]
async fn write_or_refuse(rows: &TwoTierCache<u32>, db: &Db) -> Result<u32, Failed> {
    drop(rows.clone());
    Ok(db.add())
}

/// Two processes that have the row.
async fn two(server: &RedisServer, db: &Arc<Db>) -> [Service; 2] {
    let two = [(); 2].map(|()| Service::patient(&server.url(), db));
    for service in &two {
        service.connects().await;
        assert_eq!(service.read(7).await, 1);
    }
    two
}

#[tokio::test]
async fn a_write_that_is_dropped_after_its_commit_leaves_nothing_stale() {
    let (server, db) = (RedisServer::start(), Db::new());
    let [one, other] = two(&server, &db).await;
    let gate = Gate::closed();
    {
        let mut write = pin!(write(&one.rows, &db, &gate));
        while db.row() == 1 {
            assert!(polled(write.as_mut(), 1).await.is_none());
        }
    }
    assert_eq!((other.read(7).await, one.read(7).await), (2, 2));
    // Long before its fence would have run out.
    crate::service::until_async("it is cached again", async || {
        assert_eq!((other.read(7).await, one.read(7).await), (2, 2));
        other.rows.exists(&7).await
    })
    .await;
}

#[tokio::test]
async fn a_write_that_panics_after_its_commit_leaves_nothing_stale() {
    let (server, db) = (RedisServer::start(), Db::new());
    let [one, other] = two(&server, &db).await;
    let gate = Gate::closed();
    gate.open();
    let (rows, db_of_task) = (one.rows.clone(), Arc::clone(&db));
    let panics = tokio::spawn(async move { write(&rows, &db_of_task, &gate).await });
    assert!(in_time(LIMIT, panics).await.0.unwrap_err().is_panic());
    assert_eq!((other.read(7).await, one.read(7).await), (2, 2));
    crate::service::until_async("it is cached again", async || {
        assert_eq!((other.read(7).await, one.read(7).await), (2, 2));
        other.rows.exists(&7).await
    })
    .await;
}

#[tokio::test]
async fn while_the_server_is_away_a_write_is_refused_or_goes_without() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::hasty(&server.url(), &db);
    service.connects().await;
    assert!(matches!(write_or_refuse(&service.rows, &db).await, Ok(2)));
    server.kill();
    service.goes_without().await;
    let Err(Failed::Refused(unfenced)) = write_or_refuse(&service.rows, &db).await else {
        panic!("it wrote");
    };
    assert!(unfenced.to_string().starts_with("nothing was written"), "{unfenced}");
    assert_eq!((db.row(), service.stats().unfenced), (2, 1));
    server.restart();
    service.recovers_and_replays().await;
    assert!(matches!(write_or_refuse(&service.rows, &db).await, Ok(3)));
    assert_eq!(service.read(7).await, 3);
}
