//! What is cached of what a function returns, found by type.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use two_tier_cache::{Invalidation, two_tier_cached};

use super::{Error, TTL, User, check, loads, managers, row};

async fn user(id: u64) -> User {
    User { id, row: row().await }
}

#[two_tier_cached(prefix = "returns.plain", ttl = TTL)]
async fn plain(id: u64) -> User {
    user(id).await
}

#[tokio::test]
async fn a_plain_value() {
    check([1, 2], async |id| plain(id).await.row, invalidate_plain).await;
}

#[two_tier_cached(prefix = "returns.option", ttl = TTL)]
async fn option(id: u64) -> Option<User> {
    Some(user(id).await)
}

#[tokio::test]
async fn an_option() {
    check([1, 2], async |id| option(id).await.unwrap().row, invalidate_option).await;
}

#[two_tier_cached(prefix = "returns.shared", ttl = TTL)]
async fn shared(id: u64) -> Arc<Unclonable> {
    Arc::new(Unclonable { of: id, row: row().await })
}

/// As it is with what was deserialised from a large document.
#[derive(Debug, Serialize, Deserialize)]
struct Unclonable {
    of: u64,
    row: u32,
}

#[tokio::test]
async fn a_shared_value() {
    check([1, 2], async |id| shared(id).await.row, invalidate_shared).await;
}

#[two_tier_cached(prefix = "returns.shared_option", ttl = TTL)]
async fn shared_option(id: u64) -> Option<Arc<User>> {
    Some(Arc::new(user(id).await))
}

#[tokio::test]
async fn an_option_of_a_shared_value() {
    let call = async |id| shared_option(id).await.unwrap().row;
    check([1, 2], call, invalidate_shared_option).await;
}

#[two_tier_cached(prefix = "returns.result_shared", ttl = TTL)]
async fn result_of_shared(id: u64) -> Result<Arc<Unclonable>, Error> {
    Ok(Arc::new(Unclonable { of: id, row: row().await }))
}

#[tokio::test]
async fn a_result_of_a_shared_value() {
    let call = async |id| {
        let found = result_of_shared(id).await.unwrap();
        assert_eq!(found.of, id);
        found.row
    };
    check([1, 2], call, invalidate_result_of_shared).await;
}

#[two_tier_cached(prefix = "returns.result_option", ttl = TTL)]
async fn result_of_option(id: u64) -> Result<Option<User>, Error> {
    if id == 0 { Err(Error) } else { Ok(Some(user(id).await)) }
}

#[tokio::test]
async fn a_result_of_an_option() {
    let call = async |id| result_of_option(id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_result_of_option).await;
}

#[two_tier_cached(prefix = "returns.nested", ttl = TTL)]
async fn shared_many(id: u64) -> Result<Option<Vec<Arc<User>>>, Error> {
    Ok(Some(vec![Arc::new(user(id).await)]))
}

#[tokio::test]
async fn a_list_of_shared_values() {
    let call = async |id| shared_many(id).await.unwrap().unwrap()[0].row;
    check([1, 2], call, invalidate_shared_many).await;
}

#[two_tier_cached(prefix = "returns.slice", ttl = TTL)]
async fn shared_slice(id: u64) -> Result<Arc<[User]>, Error> {
    Ok(Arc::from([user(id).await]))
}

#[tokio::test]
async fn a_shared_slice() {
    let call = async |id| shared_slice(id).await.unwrap()[0].row;
    check([1, 2], call, invalidate_shared_slice).await;
}

#[two_tier_cached(prefix = "returns.vec", ttl = TTL)]
async fn list(of: u64) -> Result<Vec<User>, Error> {
    Ok(vec![user(of).await, user(of + 1).await])
}

#[tokio::test]
async fn a_list() {
    for caches in managers() {
        let calls = async {
            let first = loads(2, list(1)).await;
            assert_eq!(loads(0, list(1)).await, first);
            assert_eq!(invalidate_list(1).await, Invalidation::Applied);
            assert_ne!(loads(2, list(1)).await, first);
        };
        caches.scope(calls).await;
    }
}

#[two_tier_cached(prefix = "returns.tuple", ttl = TTL)]
async fn page(number: u64) -> Result<(Vec<User>, u64, Option<String>), Error> {
    Ok((vec![user(number).await], 1, None))
}

#[tokio::test]
async fn a_page_and_how_many_there_are() {
    check([1, 2], async |number| page(number).await.unwrap().0[0].row, invalidate_page).await;
}

#[two_tier_cached(prefix = "returns.maps", ttl = TTL)]
async fn maps(id: u64) -> Result<HashMap<u64, BTreeMap<String, HashSet<u32>>>, Error> {
    let rows = HashSet::from([row().await]);
    Ok(HashMap::from([(id, BTreeMap::from([("rows".to_owned(), rows)]))]))
}

#[tokio::test]
async fn maps_and_sets() {
    let call = async |id| *maps(id).await.unwrap()[&id]["rows"].iter().next().unwrap();
    check([1, 2], call, invalidate_maps).await;
}

#[two_tier_cached(prefix = "returns.boxed", ttl = TTL)]
async fn boxed(id: u64) -> Result<(Box<str>, Box<User>), Error> {
    Ok(("x".into(), Box::new(user(id).await)))
}

#[tokio::test]
async fn boxes() {
    check([1, 2], async |id| boxed(id).await.unwrap().1.row, invalidate_boxed).await;
}

#[two_tier_cached(prefix = "returns.text", ttl = TTL)]
async fn text(id: u64) -> Option<Box<str>> {
    Some(format!("{id}:{}", row().await).into())
}

#[tokio::test]
async fn boxed_text() {
    let call = async |id| text(id).await.unwrap().split_once(':').unwrap().1.parse().unwrap();
    check([1, 2], call, invalidate_text).await;
}

#[two_tier_cached(prefix = "returns.static", ttl = TTL)]
async fn label(id: u64) -> (Cow<'static, str>, u32) {
    ("label".into(), row().await + u32::from(id == 0))
}

#[tokio::test]
async fn text_that_may_be_static() {
    check([1, 2], async |id| label(id).await.1, invalidate_label).await;
}

#[two_tier_cached(prefix = "returns.unit", ttl = TTL)]
async fn exists(id: u64) -> Result<(), Error> {
    row().await;
    if id == 0 { Err(Error) } else { Ok(()) }
}

/// Nothing is a value too: that it is there.
#[tokio::test]
async fn a_result_of_nothing() {
    for caches in managers() {
        let calls = async {
            for (expected, id) in [(1, 1), (0, 1), (1, 2), (1, 0), (1, 0)] {
                assert_eq!(loads(expected, exists(id)).await.is_ok(), id != 0, "{id}");
            }
            assert_eq!(invalidate_exists(1).await, Invalidation::Applied);
            for (expected, id) in [(1, 1), (0, 2)] {
                loads(expected, exists(id)).await.unwrap();
            }
        };
        caches.scope(calls).await;
    }
}

#[two_tier_cached(prefix = "returns.nothing", ttl = TTL)]
async fn warm(id: u64) {
    assert_ne!(row().await, 0, "{id}");
}

#[tokio::test]
async fn nothing() {
    for caches in managers() {
        let calls = async {
            for expected in [1, 0] {
                loads(expected, warm(1)).await;
            }
            assert_eq!(invalidate_warm(1).await, Invalidation::Applied);
            loads(1, warm(1)).await;
        };
        caches.scope(calls).await;
    }
}

impl User {
    #[two_tier_cached(prefix = "returns.own", ttl = TTL)]
    async fn own(id: u64) -> Self {
        user(id).await
    }

    #[two_tier_cached(prefix = "returns.own_result", ttl = TTL)]
    async fn own_result(id: u64) -> Result<Self, Error> {
        Ok(user(id).await)
    }

    #[two_tier_cached(prefix = "returns.own_many", ttl = TTL)]
    async fn own_many(ids: &[u64]) -> Result<HashMap<u64, Arc<Self>>, Error> {
        let row = row().await;
        Ok(ids.iter().map(|id| (*id, Arc::new(Self { id: *id, row }))).collect())
    }
}

#[tokio::test]
async fn the_type_itself() {
    check([1, 2], async |id| User::own(id).await.row, User::invalidate_own).await;
    check([1, 2], async |id| User::own_result(id).await.unwrap().row, User::invalidate_own_result)
        .await;
}

#[tokio::test]
async fn a_map_of_the_type_itself() {
    let call = async |ids: [u64; 2]| User::own_many(&ids).await.unwrap()[&ids[0]].row;
    check([[1, 2], [2, 1]], call, User::invalidate_own_many).await;
}

/// What wraps an answer of an API.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Json<T>(T);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Found<T> {
    One { it: T },
    Many { first: T, more: Vec<T> },
    None,
}

#[two_tier_cached(prefix = "returns.generic", ttl = TTL)]
async fn answer(id: u64) -> Result<Json<Found<User>>, Error> {
    let first = user(id).await;
    Ok(Json(match id {
        0 => Found::None,
        1 => Found::One { it: first },
        _ => Found::Many { more: vec![first.clone()], first },
    }))
}

#[tokio::test]
async fn generic_types_and_tagged_enums() {
    let call = async |id| match answer(id).await.unwrap().0 {
        Found::One { it } => it.row,
        Found::Many { first, more } if first == more[0] => first.row,
        other => panic!("{other:?}"),
    };
    check([1, 2], call, invalidate_answer).await;
}
