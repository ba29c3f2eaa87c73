//! The siblings that `also(..)` asks for.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]
#![allow(clippy::needless_borrows_for_generic_args, reason = "siblings take both")]
#![allow(clippy::large_futures, reason = "a test is one future of many calls")]

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use two_tier_cache::{Any, CacheManager, Invalidation, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

/// A database that counts its queries.
#[derive(Default)]
struct Db(AtomicU32);

impl Db {
    async fn query(&self) -> u32 {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[two_tier_cached(
    prefix = "also.row",
    ttl = TTL,
    skip(db),
    also(set, exists, refresh, invalidate_where, invalidate_all)
)]
async fn row(db: &Db, tenant: u32, name: &str) -> Result<Option<u32>, String> {
    let row = db.query().await;
    if name == "fails" { Err("down".to_owned()) } else { Ok(Some(row)) }
}

#[two_tier_cached(prefix = "also.shared", ttl = TTL, skip(db), also(set, exists))]
async fn shared(db: &Db, id: u64) -> Result<Arc<Vec<u32>>, String> {
    Ok(Arc::new(vec![db.query().await]))
}

#[two_tier_cached(
    prefix = "also.key",
    ttl = TTL,
    key(tenant, email.to_lowercase()),
    also(set, exists, refresh, invalidate_where, invalidate_all)
)]
async fn by_email(db: &Db, tenant: u32, email: &str) -> u32 {
    db.query().await
}

struct Repo<T> {
    caches: CacheManager,
    db: Db,
    kind: PhantomData<fn() -> T>,
}

impl<T> Repo<T> {
    #[two_tier_cached(
        prefix = "also.method",
        ttl = TTL,
        manager = self.caches,
        also(set, exists, refresh, invalidate_where, invalidate_all)
    )]
    async fn load(&self, id: u64) -> Option<u32> {
        Some(self.db.query().await)
    }
}

fn repo<T>(caches: &CacheManager) -> Repo<T> {
    Repo { caches: caches.clone(), db: Db::default(), kind: PhantomData }
}

#[two_tier_cached(prefix = "also.owner", ttl = TTL, also(set))]
async fn owner(id: u64) -> u32 {
    1
}

#[two_tier_cached(prefix = "also.owner", ttl = TTL, also(set, exists))]
async fn intruder(id: u64) -> u32 {
    2
}

fn caches() -> CacheManager {
    CacheManager::builder().build().unwrap()
}

#[tokio::test]
async fn a_set_value_is_served_without_a_load() {
    caches()
        .scope(async {
            let db = Db::default();
            assert!(!exists_row(1, "ada").await);
            assert!(set_row(1, "ada", &Some(7)).await);
            assert!(exists_row(&1, String::from("ada")).await);
            assert_eq!(row(&db, 1, "ada").await, Ok(Some(7)));
            assert!(set_row(1, "ada", None).await, "by value");
            assert_eq!(row(&db, 1, "ada").await, Ok(None));
            assert!(set_shared(1, Arc::new(vec![7])).await);
            assert!(set_shared(2, &Arc::new(vec![8])).await);
            assert!(exists_shared(2).await);
            assert_eq!(*shared(&db, 1).await.unwrap(), [7]);
            assert_eq!(db.0.load(Ordering::SeqCst), 0);
            invalidate_shared(1).await;
            assert!(!exists_shared(1).await);
            assert_eq!(*shared(&db, 1).await.unwrap(), [1]);
        })
        .await;
}

#[tokio::test]
async fn a_refresh_loads_whatever_is_cached_and_caches_it() {
    caches()
        .scope(async {
            let db = Db::default();
            assert_eq!(row(&db, 1, "ada").await, Ok(Some(1)));
            assert_eq!(refresh_row(&db, 1, "ada").await, Ok(Some(2)));
            assert_eq!(row(&db, 1, "ada").await, Ok(Some(2)));
            assert_eq!(row(&db, 1, "grace").await, Ok(Some(3)), "only the call itself");
            assert_eq!(refresh_row(&db, 1, "fails").await, Err("down".to_owned()));
            assert_eq!(refresh_by_email(&db, 1, "ADA").await, 5);
            assert_eq!(by_email(&db, 1, "ada").await, 5);
        })
        .await;
}

#[two_tier_cached(prefix = "also.outer", ttl = TTL, skip(db), also(refresh))]
async fn outer(db: &Db, id: u64) -> (u32, u32) {
    (db.query().await, by_email(db, 1, "inner").await)
}

#[tokio::test]
async fn a_refresh_reaches_no_call_inside_of_the_load() {
    let test = async {
        let db = Db::default();
        assert_eq!(by_email(&db, 1, "inner").await, 1);
        assert_eq!(refresh_outer(&db, 1).await, (2, 1));
        assert_eq!(refresh_outer(&db, 1).await, (3, 1));
    };
    caches().scope(test).await;
}

#[two_tier_cached(prefix = "also.slow", ttl = TTL, skip(db, gate), also(refresh))]
async fn slow(db: &Db, gate: &Semaphore, id: u64) -> u32 {
    let row = db.query().await;
    gate.acquire().await.unwrap().forget();
    row
}

#[tokio::test(start_paused = true)]
async fn a_refresh_takes_no_value_of_a_load_that_began_before_it() {
    let (db, gate) = (Db::default(), Semaphore::new(0));
    let calls = async {
        let settled = || tokio::time::sleep(Duration::from_millis(1));
        let refreshes = async {
            settled().await;
            tokio::join!(refresh_slow(&db, &gate, 1), refresh_slow(&db, &gate, 1))
        };
        let opens = async {
            settled().await;
            settled().await;
            gate.add_permits(3);
        };
        tokio::join!(slow(&db, &gate, 1), refreshes, opens)
    };
    let (first, refreshed, ()) = caches().scope(calls).await;
    assert_eq!(first, 1);
    assert_eq!(refreshed, (2, 2), "one load that began after both of them serves both");
}

#[tokio::test]
async fn siblings_of_a_key_that_is_an_expression_take_what_it_uses() {
    caches()
        .scope(async {
            let db = Db::default();
            assert!(set_by_email(1, "Ada", 9).await);
            assert!(exists_by_email(1, "ADA").await);
            assert_eq!(by_email(&db, 1, "ada").await, 9);
            assert_eq!(by_email(&db, 2, "ada").await, 1);
            invalidate_by_email_where(1, Any).await;
            assert_eq!(by_email(&db, 2, "ada").await, 1);
            assert_eq!(by_email(&db, 1, "ada").await, 2);
            invalidate_by_email_where(Any, "ada".to_owned()).await;
            assert!(!exists_by_email(1, "ada").await);
            assert!(!exists_by_email(2, "ada").await);
        })
        .await;
}

#[tokio::test]
async fn a_pattern_is_made_part_by_part_and_what_it_is_given_means_itself() {
    caches()
        .scope(async {
            let db = Db::default();
            for (tenant, name) in [(1, "a*"), (1, "ab"), (2, "a*"), (2, "x:y"), (21, "x")] {
                row(&db, tenant, name).await.unwrap();
            }
            assert_eq!(invalidate_row_where(1, "a*").await, Invalidation::Applied);
            assert!(!exists_row(1, "a*").await);
            assert!(exists_row(1, "ab").await && exists_row(2, "a*").await);
            invalidate_row_where(Any, "x:y").await;
            assert!(!exists_row(2, "x:y").await);
            invalidate_row_where(2, Any).await;
            assert!(!exists_row(2, "a*").await);
            assert!(exists_row(21, "x").await && exists_row(1, "ab").await);
            invalidate_all_row().await;
            assert!(!exists_row(21, "x").await && !exists_row(1, "ab").await);
        })
        .await;
}

#[tokio::test]
async fn methods_have_them_too() {
    let repo = repo::<u8>(&caches());
    assert!(repo.set_load(1, Some(5)).await);
    assert_eq!(repo.load(1).await, Some(5));
    assert_eq!(repo.refresh_load(1).await, Some(1));
    assert_eq!(repo.load(1).await, Some(1));
    repo.invalidate_load_where(Any).await;
    assert!(!repo.exists_load(1).await);
    repo.load(2).await;
    repo.invalidate_all_load().await;
    assert!(!repo.exists_load(2).await);
}

#[tokio::test]
async fn a_sibling_leaves_the_prefix_of_another_function_alone() {
    caches()
        .scope(async {
            assert_eq!(owner(1).await, 1);
            assert!(!set_intruder(1, 2).await);
            assert!(!exists_intruder(1).await);
            assert_eq!(owner(1).await, 1);
        })
        .await;
    caches()
        .scope(async {
            assert!(set_owner(1, 5).await, "the first to ask gets the prefix");
            assert!(!set_intruder(1, 2).await);
            assert_eq!((intruder(1).await, owner(1).await), (2, 5));
        })
        .await;
}

#[tokio::test]
async fn a_sibling_of_one_type_leaves_the_entries_of_another_alone() {
    let caches = caches();
    let (bytes, words) = (repo::<u8>(&caches), repo::<u16>(&caches));
    assert_eq!(bytes.load(1).await, Some(1));
    assert!(!words.set_load(1, Some(9)).await);
    assert_eq!(bytes.load(1).await, Some(1));

    let caches = self::caches();
    let (bytes, words) = (repo::<u8>(&caches), repo::<u16>(&caches));
    assert!(words.set_load(1, Some(9)).await);
    assert_eq!(bytes.load(1).await, Some(1), "the prefix belongs to the other");
    assert_eq!(words.load(1).await, Some(9));
}

impl<T> Repo<T> {
    #[two_tier_cached(prefix = "also.associated", ttl = TTL, also(set))]
    async fn associated(id: u64) -> u32 {
        u32::try_from(size_of::<T>() + align_of::<T>()).unwrap()
    }
}

#[tokio::test]
async fn an_associated_sibling_knows_its_type() {
    let test = async {
        assert_eq!(Repo::<u8>::associated(1).await, 2);
        assert!(!Repo::<u16>::set_associated(1, 9).await);
        assert_eq!(Repo::<u8>::associated(1).await, 2);
    };
    caches().scope(test).await;
    let test = async {
        assert!(Repo::<u16>::set_associated(1, 9).await);
        assert_eq!((Repo::<u8>::associated(1).await, Repo::<u16>::associated(1).await), (2, 9));
    };
    caches().scope(test).await;
    // The name of one type may be part of that of another.
    let nested = async {
        let (inner, outer) = (repo::<u8>(&caches()), repo::<Repo<u8>>(&caches()));
        assert_eq!(outer.load(1).await, Some(1));
        assert!(!Repo::<u8> { caches: outer.caches.clone(), ..inner }.set_load(1, Some(9)).await);
    };
    nested.await;
}

#[two_tier_cached(prefix = "also.parts", ttl = TTL, key(a.0, b.0), also(invalidate_where, exists))]
async fn parts(a: (u32,), b: (u32,)) -> u32 {
    a.0 + b.0
}

struct Id {
    id: u32,
}

#[two_tier_cached(prefix = "also.names", ttl = TTL, key(a.id, b.id), also(invalidate_where))]
async fn names(a: &Id, b: &Id) -> u32 {
    a.id + b.id
}

#[tokio::test]
async fn parts_of_one_name_have_a_matcher_each() {
    let test = async {
        assert_eq!((parts((1,), (2,)).await, names(&Id { id: 1 }, &Id { id: 2 }).await), (3, 3));
        invalidate_parts_where(1, 3).await;
        assert!(exists_parts((1,), (2,)).await);
        invalidate_parts_where(Any, 2).await;
        assert!(!exists_parts((1,), (2,)).await);
        invalidate_names_where(1, Any).await;
    };
    caches().scope(test).await;
}

#[two_tier_cached(prefix = "also.empty", ttl = TTL, also(exists, set, invalidate_where))]
async fn empty(tenant: &str, name: &str) -> usize {
    tenant.len() + name.len()
}

#[tokio::test]
async fn an_empty_part_is_a_part() {
    let test = async {
        for names in [("", "x"), ("", ""), ("", ":"), ("a", "")] {
            assert!(set_empty(names.0, names.1, 1).await && set_empty("other", "x", 1).await);
            invalidate_empty_where(names.0, names.1).await;
            assert!(!exists_empty(names.0, names.1).await, "{names:?}");
            assert!(exists_empty("other", "x").await);
        }
        assert_eq!(empty("other", "x").await, 1);
        assert!(set_empty("", "x", 1).await);
        invalidate_empty_where("", Any).await;
        assert!(!exists_empty("", "x").await && exists_empty("other", "x").await);
    };
    caches().scope(test).await;
}

#[two_tier_cached(prefix = "also.failing", ttl = TTL, also(refresh))]
async fn failing(id: u64) -> Result<u32, String> {
    tokio::time::sleep(Duration::from_millis(200)).await;
    Err("down".to_owned())
}

#[tokio::test(start_paused = true)]
async fn refreshes_that_fail_do_not_queue_up() {
    let caches = caches();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let caches = caches.clone();
            tokio::spawn(async move { caches.scope(refresh_failing(1)).await })
        })
        .collect();
    let began = tokio::time::Instant::now();
    for call in calls {
        assert!(call.await.unwrap().is_err());
    }
    assert_eq!(began.elapsed(), Duration::from_millis(400), "one, and then all others at once");
}

#[two_tier_cached(prefix = "also.disabled", ttl = TTL, skip(off, db), manager = off, also(refresh))]
async fn through_disabled(off: &CacheManager, db: &Db, id: u64) -> u32 {
    by_email(db, 1, "inner").await
}

#[tokio::test]
async fn a_refresh_on_a_disabled_manager_reaches_no_other_call() {
    let off = caches().disabled();
    let test = async {
        let db = Db::default();
        assert_eq!(by_email(&db, 1, "inner").await, 1);
        assert_eq!(refresh_through_disabled(&off, &db, 1).await, 1);
    };
    caches().scope(test).await;
}

#[tokio::test]
async fn on_a_disabled_manager_nothing_is_stored() {
    let caches = caches();
    caches
        .scope(async {
            assert!(set_row(1, "ada", Some(1)).await);
            caches.disabled();
            assert!(!exists_row(1, "ada").await);
            assert!(!set_row(1, "ada", Some(2)).await);
            let db = Db::default();
            assert_eq!(refresh_row(&db, 1, "ada").await, Ok(Some(1)));
        })
        .await;
}
