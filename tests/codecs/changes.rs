//! Entries that another release wrote: with another codec, another version, another type.

use serde::{Deserialize, Serialize};
use two_tier_cache::TwoTierCache;
use two_tier_cache::codec::{Bincode, Json, MessagePack, Postcard};
use two_tier_cache::testing::EncodedBackend;

use crate::{call, handle};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

fn user(id: u64) -> User {
    User { id, name: "Ada".into() }
}

/// A handle per codec on one server, as deploys with different settings would have it.
fn handles(server: &EncodedBackend) -> [TwoTierCache<User>; 4] {
    [
        handle(server).codec(MessagePack).version(1).build(),
        handle(server).codec(Json).version(1).build(),
        handle(server).codec(Postcard).version(1).build(),
        handle(server).codec(Bincode).version(1).build(),
    ]
}

#[tokio::test]
async fn an_entry_of_another_codec_is_replaced_unless_it_is_of_the_default_one() {
    for writer in 0..4 {
        for reader in 0..4 {
            let server = EncodedBackend::new();
            let handles = handles(&server);
            assert!(handles[writer].set(&1, &user(1)).await);
            let readable = reader == writer || writer == 0;
            let expected = if readable { (user(1), false) } else { (user(2), true) };
            assert_eq!(handles[reader].exists(&1).await, readable, "{writer} then {reader}");
            assert_eq!(call(&handles[reader], &user(2)).await, expected, "{writer} then {reader}");
            // Readable or replaced, the next call hits.
            assert_eq!(call(&handles[reader], &user(3)).await, (expected.0, false));
        }
    }
}

#[tokio::test]
async fn an_entry_of_another_version_is_replaced() {
    let server = EncodedBackend::new();
    let old: TwoTierCache<User> = handle(&server).version(1).build();
    let new: TwoTierCache<User> = handle(&server).version(2).build();
    assert!(old.set(&1, &user(1)).await);
    assert!(!new.exists(&1).await);
    assert_eq!(call(&new, &user(2)).await, (user(2), true));
    assert_eq!(call(&new, &user(3)).await, (user(2), false));
    assert!(!old.exists(&1).await);
}

#[tokio::test]
async fn a_raised_version_keeps_a_changed_type_apart_under_positional_codecs() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Point {
        x: u8,
        y: u8,
    }
    // The same bytes would be a value of this type too, a wrong one.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Turned {
        y: u8,
        x: u8,
    }
    let server = EncodedBackend::new();
    for round in 0..2 {
        let (old, new) = match round {
            0 => (handle(&server).codec(Postcard), handle(&server).codec(Postcard)),
            _ => (handle(&server).codec(Bincode), handle(&server).codec(Bincode)),
        };
        let (old, new) = (old.version(round * 2 + 1).build(), new.version(round * 2 + 2).build());
        assert!(old.set(&1, &Point { x: 1, y: 2 }).await);
        assert_eq!(call(&new, &Turned { y: 2, x: 1 }).await, (Turned { y: 2, x: 1 }, true));
    }
}

#[tokio::test]
async fn a_field_may_be_added_to_a_type_that_is_cached_with_names() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Grown {
        name: String,
        #[serde(default)]
        email: Option<String>,
        id: u64,
    }
    let server = EncodedBackend::new();
    let grown = Grown { name: "Ada".into(), email: None, id: 1 };
    let old: TwoTierCache<User> = handle(&server).build();
    let new: TwoTierCache<Grown> = handle(&server).build();
    assert!(old.set(&1, &user(1)).await);
    assert_eq!(call(&new, &Grown { id: 2, ..grown.clone() }).await, (grown, false));
}

#[tokio::test]
async fn an_entry_that_is_no_value_of_the_type_is_replaced() {
    let server = EncodedBackend::new();
    let texts: TwoTierCache<String> = handle(&server).build();
    let users: TwoTierCache<User> = handle(&server).build();
    assert!(texts.set(&1, &"Ada".to_owned()).await);
    assert_eq!(call(&users, &user(2)).await, (user(2), true));
    assert_eq!(call(&users, &user(3)).await, (user(2), false));
}
