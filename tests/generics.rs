//! Generic functions, and arguments and key expressions of the less common kinds: no two of them
//! share an entry, and a sibling names the key of its function.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

use two_tier_cache::{CacheManager, CacheValue, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

trait Table {
    const NAME: &'static str;
}

struct Users;
struct Teams;

impl Table for Users {
    const NAME: &'static str = "users";
}

impl Table for Teams {
    const NAME: &'static str = "teams";
}

#[two_tier_cached(prefix = "generics.free", ttl = TTL)]
async fn name_of<T: Table>(id: u64) -> Result<String, ()> {
    Ok(format!("{} {id}", T::NAME))
}

#[two_tier_cached(prefix = "generics.constant", ttl = TTL)]
async fn times<const N: u64>(id: u64) -> u64 {
    id * N
}

struct Repo<T>(PhantomData<fn() -> T>);

impl<T: Table> Repo<T> {
    #[two_tier_cached(prefix = "generics.impl", ttl = TTL)]
    async fn name(&self, id: u64) -> Option<String> {
        Some(format!("{} {id}", T::NAME))
    }
}

trait Described {
    const NAME: &'static str;

    #[two_tier_cached(prefix = "generics.default", ttl = TTL, invalidate = none)]
    async fn describe(&self, id: u64) -> String {
        format!("{} {id}", Self::NAME)
    }
}

impl Described for Users {
    const NAME: &'static str = "users";
}

impl Described for Teams {
    const NAME: &'static str = "teams";
}

struct Passing<V>(PhantomData<fn() -> V>);

impl<V: CacheValue> Passing<V> {
    #[two_tier_cached(prefix = "generics.passing", ttl = TTL, key(id))]
    async fn pass(id: u64, value: V) -> V {
        value
    }
}

#[two_tier_cached(prefix = "generics.format", ttl = TTL, key(format!("{tenant}/{id:>3}"), &text[..at]))]
async fn formatted(tenant: u32, id: u32, text: &str, at: usize, version: u32) -> u32 {
    version
}

#[rustfmt::skip]
#[two_tier_cached(prefix = "generics.cfg", ttl = TTL, skip(version))]
async fn twins(#[cfg(any())] id: u64, #[cfg(not(any()))] id: &str, version: u32) -> (String, u32) {
    #![allow(clippy::used_underscore_binding)]
    (id.to_owned(), version)
}

#[two_tier_cached(prefix = "generics.pattern", ttl = TTL, key(a))]
async fn pattern((mut a, b): (u32, u32), _tenant: u32) -> u32 {
    a += b;
    a
}

async fn scoped<F: Future>(test: F) -> F::Output {
    CacheManager::builder().build().unwrap().scope(test).await
}

#[tokio::test]
async fn a_prefix_belongs_to_one_choice_of_type_parameters() {
    let caches = CacheManager::builder().build().unwrap();
    let calls = async {
        for _ in 0..2 {
            assert_eq!(name_of::<Users>(1).await.unwrap(), "users 1");
            assert_eq!(name_of::<Teams>(1).await.unwrap(), "teams 1");
            assert_eq!((times::<2>(1).await, times::<3>(1).await), (2, 3));
            let (users, teams) = (Repo::<Users>(PhantomData), Repo::<Teams>(PhantomData));
            assert_eq!(users.name(1).await.unwrap(), "users 1");
            assert_eq!(teams.name(1).await.unwrap(), "teams 1");
            assert_eq!(
                (Users.describe(1).await, Teams.describe(1).await),
                ("users 1".into(), "teams 1".into())
            );
        }
    };
    caches.scope(calls).await;
    for prefix in ["generics.free", "generics.constant", "generics.impl", "generics.default"] {
        let stats = caches.stats();
        let seen = stats.prefix(prefix).unwrap();
        assert_eq!((seen.hits, seen.misses, seen.conflicts), (1, 1, 2), "{prefix}");
    }
}

#[tokio::test]
async fn an_error_that_came_in_through_a_type_parameter_is_not_cached() {
    type Outcome = Result<u32, String>;
    scoped(async {
        let failed: Outcome = Passing::pass(1, Err("down".to_owned())).await;
        assert!(failed.is_err());
        assert_eq!(Passing::<Outcome>::pass(1, Ok(1)).await, Ok(1));
    })
    .await;
}

#[tokio::test]
async fn a_sibling_names_the_key_of_format_strings_and_ranges() {
    scoped(async {
        assert_eq!(formatted(1, 2, "abcdef", 3, 1).await, 1);
        assert_eq!(formatted(1, 2, "abcxyz", 3, 2).await, 1, "the same key");
        invalidate_formatted(1, 2, "abc", 3).await;
        assert_eq!(formatted(1, 2, "abcdef", 3, 3).await, 3);
    })
    .await;
}

#[tokio::test]
async fn arguments_that_share_a_name_under_other_cfgs_keep_their_own_part() {
    scoped(async {
        assert_eq!(twins("a", 1).await, ("a".to_owned(), 1));
        assert_eq!(twins("a", 2).await, ("a".to_owned(), 1));
        invalidate_twins("a").await;
        assert_eq!(twins("a", 3).await, ("a".to_owned(), 3));
    })
    .await;
}

#[tokio::test]
async fn a_pattern_is_taken_apart_by_both() {
    scoped(async {
        assert_eq!(pattern((1, 2), 0).await, 3);
        assert_eq!(pattern((1, 5), 0).await, 3);
        invalidate_pattern((1, 0)).await;
        assert_eq!(pattern((1, 5), 0).await, 6);
    })
    .await;
}
