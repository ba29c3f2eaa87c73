//! What stands under a key of ours and is not what we wrote: data of another application stays as it
//! is, a damaged entry is a miss.

use std::time::Duration;

use tracing::Level;
use two_tier_cache::{Invalidation, TwoTierCache};
use two_tier_cache_test_servers::{Client, RedisServer, Reply};

use crate::service::Service;
use crate::support::events::Events;
use crate::support::variant::tried;
use crate::support::{Db, PREFIX, TTL, read};

const KEY: &str = "row:7";
/// The header of a value; its magic, and what changes while the value stands.
const HEADER: usize = 72;
const MAGIC: usize = 4;
const CHANGING: std::ops::Range<usize> = 48..HEADER;

/// How other applications may have come to use the key.
const OTHERS: [&[&str]; 10] = [
    &["SET", KEY, "their text"],
    &["SET", KEY, ""],
    &["SET", KEY, "2tc"],
    &["SET", KEY, "2tc1"],
    &["SET", KEY, "{\"id\":7}", "EX", "5000"],
    &["RPUSH", KEY, "a", "b"],
    &["HSET", KEY, "field", "value"],
    &["SADD", KEY, "member"],
    &["ZADD", KEY, "1", "member"],
    &["XADD", KEY, "1-1", "field", "value"],
];

#[tokio::test]
async fn data_of_another_application_is_neither_served_nor_touched() {
    let server = RedisServer::start();
    for command in OTHERS {
        let db = Db::new();
        let service = Service::patient(&server.url(), &db);
        service.connects().await;
        let (rows, events, errors) =
            (&service.rows, Events::catch(), service.stats().backend_errors);
        let cache = tried(service.caches.cache(PREFIX).ttl(TTL));
        let settling: TwoTierCache<u32> = cache.settle(Duration::from_secs(60)).build();
        server.command(&["DEL", KEY]);
        assert!(!matches!(server.command(command), Reply::Error(_)), "{command:?}");
        let whole = || (server.command(&["DUMP", KEY]), server.command(&["EXPIRETIME", KEY]));
        let before = whole();
        for loads in 1..4 {
            db.add();
            assert_eq!(service.read(7).await, db.row(), "{command:?}");
            assert_eq!(read(&settling, 7, &db).await, db.row(), "{command:?}");
            assert_eq!(db.loads(), 2 * loads);
            assert!(!rows.exists(&7).await && !rows.set(&7, &9).await, "{command:?}");
            for cache in [rows, &settling] {
                assert_eq!(cache.invalidate(&7).await, Invalidation::Applied);
                assert_eq!(cache.invalidate_many([6, 7]).await, Invalidation::Applied);
                assert_eq!(cache.invalidate_pattern("*").await, Invalidation::Applied);
            }
            assert_eq!(whole(), before, "{command:?}");
        }
        assert_eq!(service.read(8).await, db.row());
        assert!(rows.exists(&8).await, "other keys are cached");
        service.invalidate(8).await;
        let told = events.at(Level::WARN);
        assert!(told.len() == 1 && told[0].contains("another application"), "{told:?}");
        assert!(!told[0].contains(KEY), "a key is nobody's business: {told:?}");
        assert_eq!(service.stats().backend_errors, errors, "{command:?}");
        // Once they leave, the key is ours.
        server.command(&["DEL", KEY]);
        service.read(7).await;
        assert!(rows.exists(&7).await, "{command:?}");
    }
}

#[tokio::test]
async fn what_another_application_puts_over_an_entry_is_left_alone() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    service.read(7).await;
    server.command(&["SET", KEY, "their text", "KEEPTTL"]);
    db.write(2);
    assert_eq!(service.read(7).await, 2);
    // Also while one of ours loads.
    server.command(&["DEL", KEY]);
    let took_over = service.rows.get(&7, || async {
        server.command(&["SET", KEY, "their text"]);
        Ok::<_, std::convert::Infallible>(3)
    });
    assert_eq!(took_over.await, Ok(3));
    assert_eq!(server.command(&["GET", KEY]).text(), "their text");
    assert_eq!(service.stats().fills_rejected, 1);
}

/// Changes one byte in place.
fn damage(client: &mut Client, at: usize, flip: u8) {
    let at_text = at.to_string();
    let byte = client.command(&["GETRANGE", KEY, &at_text, &at_text]).bytes()[0] ^ flip;
    let set = [b"SETRANGE".as_slice(), KEY.as_bytes(), at_text.as_bytes(), &[byte]];
    client.command(&set);
}

#[tokio::test]
async fn an_entry_damaged_at_any_byte_is_a_miss_and_is_repaired() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let (mut client, errors) = (server.client(), service.stats().backend_errors);
    service.read(7).await;
    let length = usize::try_from(client.command(&["STRLEN", KEY]).int()).unwrap();
    assert!(length > HEADER);
    for at in MAGIC..length {
        for flip in [0x01, 0x1a, 0x20, 0x80, 0xff] {
            let what = format!("byte {at} flipped by {flip:#x}");
            damage(&mut client, at, flip);
            let (old, loads) = (db.row(), db.loads());
            db.add();
            if CHANGING.contains(&at) {
                // Says nothing about the value, and a refresh that nobody runs is none.
                assert_eq!(service.read(7).await, old, "{what}");
                service.invalidate(7).await;
            }
            assert_eq!(service.read(7).await, db.row(), "{what}");
            assert_eq!(service.read(7).await, db.row(), "{what}");
            assert_eq!(db.loads(), loads + 1, "repaired: {what}");
            assert!(client.command(&["PTTL", KEY]).int() > 0, "{what}");
        }
    }
    assert_eq!(service.stats().backend_errors, errors);
}

#[tokio::test]
async fn an_entry_damaged_in_its_magic_is_foreign() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let mut client = server.client();
    for at in 0..MAGIC {
        client.command(&["DEL", KEY]);
        service.read(7).await;
        damage(&mut client, at, 0x20);
        let bytes = client.command(&["GET", KEY]).bytes();
        db.add();
        assert_eq!(service.read(7).await, db.row());
        service.invalidate(7).await;
        assert_eq!(client.command(&["GET", KEY]).bytes(), bytes, "byte {at}");
    }
}

#[tokio::test]
async fn an_entry_cut_short_prolonged_or_copied_is_a_miss_and_is_repaired() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let mut client = server.client();
    service.read(7).await;
    let good = client.command(&["GET", KEY]).bytes();
    service.read(8).await;
    let copied = client.command(&["GET", "row:8"]).bytes();
    let mut damaged: Vec<Vec<u8>> =
        (24..good.len()).map(|length| good[..length].to_vec()).collect();
    damaged.push([&good[..], b"x"].concat());
    damaged.push([&good[..], &good[..]].concat());
    damaged.push(copied);
    for bytes in damaged {
        client.command(&[b"SET".as_slice(), KEY.as_bytes(), &bytes]);
        let loads = db.loads();
        db.add();
        assert_eq!(service.read(7).await, db.row(), "{} bytes", bytes.len());
        assert_eq!(service.read(7).await, db.row(), "{} bytes", bytes.len());
        assert_eq!(db.loads(), loads + 1, "repaired: {} bytes", bytes.len());
        assert!(client.command(&["PTTL", KEY]).int() > 0, "{} bytes", bytes.len());
    }
}
