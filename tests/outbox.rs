//! Invalidations written down in a transaction, and carried out after it by whoever finds them.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::time::Duration;

use support::{Db, PREFIX, TTL, World, on_each, read, rows};
use two_tier_cache::outbox::{Outbox, Record, RecordError, record};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, Invalidate, Invalidation, TwoTierCache};

/// A transaction that keeps what is written in it.
#[derive(Default)]
struct Transaction {
    table: Vec<String>,
    is_full: bool,
}

impl Outbox for Transaction {
    type Error = &'static str;

    async fn record(&mut self, record: &Record) -> Result<(), Self::Error> {
        tokio::task::yield_now().await;
        if self.is_full {
            return Err("the table is full");
        }
        self.table.push(record.to_string());
        Ok(())
    }
}

#[tokio::test]
async fn what_is_recorded_starts_after_the_commit() {
    on_each(async |world: World| {
        let (rows, db, mut transaction) = (world.rows(), Db::new(), Transaction::default());
        for key in [7, 8] {
            assert_eq!(read(&rows, key, &db).await, 1);
        }
        let recorded = record(&mut transaction, || {
            Invalidate::all([rows.invalidate(&7), rows.invalidate_pattern("8*")])
        });
        let mut recorded = recorded.await.unwrap();
        db.add();
        assert_eq!((read(&rows, 7, &db).await, world.stats().invalidations), (1, 0));
        assert_eq!(transaction.table, ["1 key 0 row:7", "1 pattern 0 row: 8*"]);
        let texts: Vec<&str> = recorded.records().iter().map(Record::as_str).collect();
        assert_eq!(texts, transaction.table);
        assert_eq!(recorded.committed().await, Invalidation::Applied);
        assert_eq!(recorded.committed().await, Invalidation::Queued, "it starts once");
        assert_eq!((read(&rows, 7, &db).await, read(&rows, 8, &db).await), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn what_is_dropped_or_cannot_be_recorded_starts_never() {
    on_each(async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        assert_eq!(read(&rows, 7, &db).await, 1);
        db.add();
        let mut full = Transaction { is_full: true, ..Transaction::default() };
        let refused = record(&mut full, || rows.invalidate(&7)).await;
        assert_eq!(refused.unwrap_err(), "the table is full");
        drop(record(&mut Transaction::default(), || rows.invalidate(&7)).await.unwrap());
        assert_eq!((read(&rows, 7, &db).await, world.stats().invalidations), (1, 0));
        // It had started before: nobody can say what it has seen of the commit.
        let early = rows.invalidate(&8);
        let mut late = record(&mut Transaction::default(), || early).await.unwrap();
        assert_eq!((late.records().len(), late.committed().await), (0, Invalidation::Queued));
    })
    .await;
}

/// The process that recorded it is gone, and another one looks through the table.
#[tokio::test]
async fn another_process_applies_what_it_finds() {
    let server = EncodedBackend::new();
    let process = || {
        let builder = CacheManager::builder().backend(server.clone()).namespace("shop");
        builder.build().unwrap()
    };
    let db = Db::new();
    let mut transaction = Transaction::default();
    {
        let dies = process();
        let rows: TwoTierCache<u32> = dies.cache(PREFIX).ttl(TTL).build();
        let of_two: TwoTierCache<u32> = dies.cache("pairs").settle(Duration::from_secs(2)).build();
        assert_eq!(read(&rows, 7, &db).await, 1);
        let targets = || {
            let pair = of_two.invalidate(&("a:b c", "d"));
            Invalidate::all([
                rows.invalidate_many([7, 8]),
                pair,
                of_two.invalidate_pattern("a *:?"),
            ])
        };
        drop(record(&mut transaction, targets).await.unwrap());
    }
    assert_eq!(
        transaction.table,
        [
            "1 key 2000 shop:pairs:a%3Ab c:d",
            "1 key 0 shop:row:7",
            "1 key 0 shop:row:8",
            "1 pattern 2000 shop:pairs: a *:?",
        ]
    );
    db.add();
    let relay = process();
    for text in &transaction.table {
        let record: Record = text.parse().unwrap();
        assert_eq!(record.as_str(), text);
        assert_eq!(relay.apply(&record).unwrap().await, Invalidation::Applied);
    }
    assert_eq!(read(&rows(&relay), 7, &db).await, 2);
    assert_eq!(relay.stats().prefix("pairs").unwrap().invalidations, 2);

    // Without a namespace, what leads a pattern is no prefix.
    let without = CacheManager::builder().build().unwrap();
    assert!(without.apply(&transaction.table[3].parse().unwrap()).is_err());

    let stranger = CacheManager::builder().namespace("bank").build().unwrap();
    let refused = stranger.apply(&transaction.table[0].parse().unwrap()).unwrap_err();
    assert_eq!(refused.to_string(), "the record is of another namespace than `bank:`");
}

#[test]
fn a_text_that_is_no_record_is_refused_and_not_quoted() {
    for (text, why) in [
        ("", "it does not begin with `1`"),
        ("2 key 0 row:7", "it does not begin with `1`"),
        ("1", "it ends after its form"),
        ("1 key", "it has no time"),
        ("1 key soon row:7", "its time is no number"),
        ("1 key 0", "it names nothing"),
        ("1 key 0 secret", "its key has no prefix"),
        ("1 pattern 0 secret", "its pattern has no prefix"),
        ("1 row 0 secret:1", "it is of neither"),
    ] {
        let error: RecordError = text.parse::<Record>().unwrap_err();
        let error = error.to_string();
        assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
    }
    let record: Record = "1 key 0 row:secret".parse().unwrap();
    assert!(!format!("{record:?}").contains("secret"));
}
