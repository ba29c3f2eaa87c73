//! A user who may do what the cache needs, and no more.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tracing::Level;
use two_tier_cache::backend::{Acquire, Acquired, Backend, Body, Entry, Fill, Key, Over, Token};
use two_tier_cache::redis::{RedisBackend, RedisConfig};
use two_tier_cache::{CacheManager, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{LIMIT, Service};
use crate::support::events::Events;
use crate::support::{Db, PREFIX, TTL};

/// All that the cache needs. The guide names the same.
const PERMISSIONS: [&str; 14] = [
    "+evalsha",
    "+script|load",
    "+get",
    "+getrange",
    "+pexpire",
    "+pttl",
    "+role",
    "+scan",
    "+set",
    "+setrange",
    "+strlen",
    "+time",
    "+type",
    "+unlink",
];
const USER: &str = "s3cret-user";
const PASSWORD: &str = "s3cret-password";

/// A user who may use the keys of the namespace `shop` with these permissions.
fn server_with(permissions: &[&str]) -> RedisServer {
    let server = RedisServer::start();
    let password = format!(">{PASSWORD}");
    server.add_acl_user(USER, &[&["on", &password, "~shop:*"], permissions].concat());
    server
}

fn config(server: &RedisServer) -> RedisConfig {
    RedisConfig::from_url(&server.url_as(USER, PASSWORD)).unwrap()
}

fn service(server: &RedisServer, db: &Arc<Db>) -> Service {
    Service::configured(config(server), db, CacheManager::builder().namespace("shop"))
}

/// A value of one byte.
fn entry(id: Token) -> Entry {
    let body = Body::Encoded { codec: 0, payload: [1].as_slice().into() };
    Entry { id, version: 0, load_cost: Duration::ZERO, stale: false, body }
}

/// Uses all of the cache once, and returns what did not work. A user who lacks something may never
/// connect.
async fn work(server: &RedisServer, patience: Duration) -> String {
    let (mut failed, db) = (String::new(), Db::new());
    let service = service(server, &db);
    let _too_late = timeout(patience, service.connects()).await;
    let errors = service.stats().backend_errors;
    let mut check = |works: bool, what: &str| {
        if !works {
            let _never_fails = write!(failed, "{what}; ");
        }
    };
    let cache = service.caches.cache(PREFIX).ttl(TTL);
    let settling: TwoTierCache<u32> = cache.settle(Duration::from_secs(60)).build();
    service.read(1).await;
    check(service.rows.exists(&1).await && service.state() == HealthState::Connected, "get");
    check(service.rows.set(&1, &2).await, "set");
    check(service.invalidate(1).await == Invalidation::Applied, "invalidate");
    service.read(2).await;
    check(settling.invalidate(&2).await == Invalidation::Applied, "settle");
    check(settling.invalidate(&2).await == Invalidation::Applied, "settle longer");
    service.read(3).await;
    check(service.rows.invalidate_pattern("3").await == Invalidation::Applied, "pattern");
    let (backend, key) = (RedisBackend::new(config(server)), Key::from_text("shop:row:4"));
    let (writer, hour) = (Token::random().unwrap(), Duration::from_secs(3_600));
    let _connects = backend.get(&key).await;
    check(backend.fence(&key, writer, hour).await.unwrap_or(false), "fence");
    check(
        backend.finish(key.clone(), writer, Duration::ZERO).await == Invalidation::Applied,
        "finish",
    );
    let (refresher, request) =
        (Token::random().unwrap(), |token| Acquire { token, lease_ttl: hour, over: Over::Absent });
    let stale = Fill { entry: entry(writer), ttl: hour, fresh_for: Duration::ZERO, bytes: 1 };
    let won = backend.acquire(&key, request(writer)).await;
    check(matches!(won, Ok(Acquired::Won)), "acquire");
    check(backend.fill(&key, stale).await.unwrap_or(false), "fill");
    // The server's clock may be behind ours by a moment.
    let refresh = loop {
        match backend.acquire(&key, request(refresher)).await {
            Ok(Acquired::Value(_)) => sleep(Duration::from_millis(1)).await,
            other => break other,
        }
    };
    check(matches!(refresh, Ok(Acquired::Refresh(_))), "refresh");
    check(backend.renew(&key, refresher, hour).await.unwrap_or(false), "renew");
    check(service.stats().backend_errors == errors, "errors");
    check(service.state() == HealthState::Connected, &service.reason());
    failed
}

#[tokio::test]
async fn a_user_with_these_permissions_can_use_all_of_the_cache() {
    let server = server_with(&PERMISSIONS);
    assert_eq!(work(&server, LIMIT).await, "");
    let denied = server.command(&["ACL", "LOG"]).array();
    // The client library introduces itself, which it may be refused.
    let denied = denied.into_iter().map(|entry| format!("{entry:?}"));
    let denied: Vec<_> = denied.filter(|entry| !entry.contains("setinfo")).collect();
    assert_eq!(denied, [""; 0], "nothing else is even tried");
}

#[tokio::test]
async fn a_user_without_one_of_these_permissions_fails_visibly() {
    // Without `role` a replica is taken for a primary until it refuses a write.
    for missing in PERMISSIONS.into_iter().filter(|&permission| permission != "+role") {
        let without: Vec<_> = PERMISSIONS.into_iter().filter(|&other| other != missing).collect();
        let failed = work(&server_with(&without), Duration::from_millis(500)).await;
        assert_ne!(failed, "", "{missing} is not needed");
    }
}

#[tokio::test]
async fn a_user_for_other_keys_caches_nothing_and_loses_nothing() {
    let (server, db) = (server_with(&PERMISSIONS), Db::new());
    let service = Service::configured(config(&server), &db, CacheManager::builder());
    service.connects().await;
    assert_eq!((service.read(7).await, service.read(7).await, db.loads()), (1, 1, 2));
    assert_eq!(service.invalidate(7).await, Invalidation::Queued);
    assert_eq!(service.state(), HealthState::Connected);
    assert_eq!(service.queued(), 1, "and may wait for ever");
}

#[tokio::test]
async fn no_user_and_no_password_is_shown() {
    let (server, db, events) = (server_with(&PERMISSIONS), Db::new(), Events::catch());
    let service = service(&server, &db);
    let mut shown =
        format!("{:?} {:#?} {}", config(&server), config(&server), config(&server).endpoint());
    service.connects().await;
    for change in ["off", "on", "-@all", "resetkeys", "resetpass"] {
        server.add_acl_user(USER, &[change]);
        server.kill_clients();
        service.read(7).await;
        let _outcome = service.invalidate(7).await;
        let health = service.caches.health();
        write!(shown, "{health:?} {:?} {:?} ", service.caches, service.rows).unwrap();
        if service.state() == HealthState::Down {
            write!(shown, "{}", service.reason()).unwrap();
        }
    }
    service.notices().await;
    server.kill();
    service.goes_without().await;
    write!(shown, "{:?}", service.caches.health()).unwrap();
    let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
    let told: Vec<_> = levels.into_iter().flat_map(|level| events.at(level)).collect();
    assert!(told.len() > 5, "{told:?}");
    for text in told.iter().chain([&shown]) {
        assert!(!text.contains("s3cret"), "{text}");
    }
}
