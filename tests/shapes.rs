//! The attribute on the functions that people write: each is called, hit, invalidated.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use two_tier_cache::{CacheKey, CacheManager, Invalidation, two_tier_cached};

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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    version: u32,
}

#[derive(Debug, PartialEq)]
struct Failure;

type AppResult<T> = Result<T, Failure>;

#[derive(Clone, Copy, CacheKey)]
struct UserId(u64);

#[derive(CacheKey)]
enum Sort {
    Newest,
    By { field: String },
}

fn caches() -> CacheManager {
    CacheManager::builder().build().unwrap()
}

/// Loads a user.
#[two_tier_cached(prefix = "shape.alias", ttl = TTL, skip(db))]
async fn alias(db: &Db, id: UserId) -> AppResult<User> {
    let version = db.query().await;
    if id.0 == 0 {
        return Err(Failure);
    }
    Ok(User { id: id.0, version })
}

#[two_tier_cached(prefix = "shape.option", ttl = TTL, skip(db))]
async fn option(db: &Db, id: u64) -> Option<User> {
    let version = db.query().await;
    (id != 0).then_some(User { id, version })
}

#[two_tier_cached(prefix = "shape.plain", ttl = TTL, skip(db))]
async fn plain(db: &Db) -> u32 {
    db.query().await
}

#[two_tier_cached(prefix = "shape.shared", ttl = TTL, skip(db))]
async fn shared<'a>(
    db: &'a Db,
    name: &'a str,
    tags: &[String],
) -> Result<Arc<Unclonable>, Failure> {
    Ok(Arc::new(Unclonable(format!("{name}{}{}", tags.len(), db.query().await))))
}

#[derive(Debug, Serialize, Deserialize)]
struct Unclonable(String);

#[two_tier_cached(prefix = "shape.many", ttl = TTL, skip(db))]
async fn many(
    db: &Db,
    mut page: u32,
    sort: Sort,
    query: Option<String>,
    lang: Cow<'_, str>,
    ids: Vec<u64>,
) -> Result<Option<(u32, String)>, Box<dyn std::error::Error + Send + Sync>> {
    page += db.query().await;
    let by = match sort {
        Sort::Newest => "newest".to_owned(),
        Sort::By { field } => field,
    };
    let text = format!("{by}{query:?}{lang}{}", ids.len());
    let number: u32 = "1".parse()?;
    Ok(Some((page + number, text)))
}

#[two_tier_cached(prefix = "shape.key", ttl = TTL, key(tenant, email.trim().to_lowercase()))]
async fn normalised(db: &Db, tenant: u32, email: &str) -> AppResult<String> {
    Ok(format!("{tenant}{email}{}", db.query().await))
}

/// A repository with its own manager.
struct Users {
    caches: CacheManager,
    db: Db,
}

impl Users {
    #[two_tier_cached(prefix = "shape.method", ttl = TTL, manager = self.caches)]
    async fn load(&self, id: u64) -> AppResult<User> {
        Ok(User { id, version: self.db.query().await })
    }

    #[two_tier_cached(prefix = "shape.arc", ttl = TTL, manager = self.caches, invalidate = forget)]
    async fn load_arc(self: Arc<Self>, id: u64) -> AppResult<User> {
        Ok(User { id, version: self.db.query().await })
    }

    #[two_tier_cached(prefix = "shape.assoc", ttl = TTL, skip(db))]
    async fn associated(db: &Db, id: u64) -> AppResult<User> {
        Ok(User { id, version: db.query().await })
    }

    #[two_tier_cached(prefix = "shape.mut", ttl = TTL, skip(self), manager = self.caches)]
    async fn exclusive(&mut self, id: u64) -> AppResult<User> {
        self.db = Db::default();
        Ok(User { id, version: 9 })
    }

    #[two_tier_cached(prefix = "shape.list", ttl = TTL, skip(self), manager = self.caches)]
    async fn list(&self) -> AppResult<Vec<User>> {
        Ok(vec![User { id: 1, version: self.db.query().await }])
    }
}

#[tokio::test]
async fn a_result_alias_hits_and_is_invalidated() {
    let db = Db::default();
    caches()
        .scope(async {
            assert_eq!(alias(&db, UserId(1)).await, Ok(User { id: 1, version: 1 }));
            assert_eq!(alias(&db, UserId(1)).await, Ok(User { id: 1, version: 1 }));
            assert_eq!(invalidate_alias(UserId(1)).await, Invalidation::Applied);
            assert_eq!(alias(&db, UserId(1)).await, Ok(User { id: 1, version: 2 }));
            // An error is not cached.
            assert_eq!(alias(&db, UserId(0)).await, Err(Failure));
            assert_eq!(alias(&db, UserId(0)).await, Err(Failure));
            assert_eq!(db.0.load(Ordering::SeqCst), 4);
        })
        .await;
}

#[tokio::test]
async fn options_and_plain_values_are_found_by_type() {
    let db = Db::default();
    caches()
        .scope(async {
            assert_eq!(option(&db, 0).await, None);
            assert_eq!(option(&db, 0).await, None);
            assert_eq!(db.0.load(Ordering::SeqCst), 1, "an absent value is cached too");
            assert_eq!(plain(&db).await, 2);
            assert_eq!(plain(&db).await, 2);
            invalidate_plain().await;
            assert_eq!(plain(&db).await, 3);
        })
        .await;
}

#[tokio::test]
async fn a_shared_value_needs_no_clone_and_is_one_value() {
    let db = Db::default();
    caches()
        .scope(async {
            let tags = ["a".to_owned(), "b".to_owned()];
            let first = shared(&db, "x", &tags).await.unwrap();
            let second = shared(&db, "x", &tags).await.unwrap();
            assert!(Arc::ptr_eq(&first, &second));
            invalidate_shared("x", &tags).await;
            assert_ne!(shared(&db, "x", &tags).await.unwrap().0, first.0);
            invalidate_shared(String::from("x"), vec!["a".to_owned(), "b".to_owned()]).await;
            assert!(!Arc::ptr_eq(&first, &shared(&db, "x", &tags).await.unwrap()));
        })
        .await;
}

#[tokio::test]
async fn many_kinds_of_arguments_make_one_key() {
    let db = Db::default();
    let call = async |page| {
        let sort = if page == 1 { Sort::Newest } else { Sort::By { field: "name".into() } };
        many(&db, page, sort, Some("q".into()), "de".into(), vec![1, 2]).await.unwrap()
    };
    caches()
        .scope(async {
            let first = call(1).await;
            assert_eq!(call(1).await, first);
            let other = call(2).await;
            assert_ne!(other, first);
            invalidate_many(1, Sort::Newest, Some("q".to_owned()), "de", [1, 2]).await;
            assert_ne!(call(1).await, first);
            assert_eq!(call(2).await, other);
        })
        .await;
}

#[tokio::test]
async fn a_key_expression_normalises_for_both_functions() {
    let db = Db::default();
    caches()
        .scope(async {
            let first = normalised(&db, 1, " Ada@X.org").await.unwrap();
            assert_eq!(normalised(&db, 1, "ada@x.org ").await.unwrap(), first);
            invalidate_normalised(1, "ADA@x.ORG").await;
            assert_ne!(normalised(&db, 1, "ada@x.org").await.unwrap(), first);
        })
        .await;
}

#[tokio::test]
async fn methods_use_their_own_manager() {
    let mut users = Users { caches: caches(), db: Db::default() };
    assert_eq!(users.load(1).await.unwrap().version, 1);
    assert_eq!(users.load(1).await.unwrap().version, 1);
    users.invalidate_load(1).await;
    assert_eq!(users.load(1).await.unwrap().version, 2);
    assert_eq!(users.list().await.unwrap()[0].version, 3);
    assert_eq!(users.list().await.unwrap()[0].version, 3);
    users.invalidate_list().await;
    assert_eq!(users.list().await.unwrap()[0].version, 4);
    users.exclusive(1).await.unwrap();
    users.invalidate_exclusive(1).await;
    let users = Arc::new(users);
    assert_eq!(users.clone().load_arc(7).await.unwrap().version, 1);
    assert_eq!(users.clone().load_arc(7).await.unwrap().version, 1);
    users.clone().forget(7).await;
    assert_eq!(users.clone().load_arc(7).await.unwrap().version, 2);
}

#[tokio::test]
async fn an_associated_function_has_an_associated_sibling() {
    let db = Db::default();
    caches()
        .scope(async {
            assert_eq!(Users::associated(&db, 1).await.unwrap().version, 1);
            Users::invalidate_associated(1).await;
            assert_eq!(Users::associated(&db, 1).await.unwrap().version, 2);
        })
        .await;
}

#[tokio::test]
async fn the_future_of_a_cached_function_is_send() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let db = Arc::new(Db::default());
    let caches = caches();
    let task =
        tokio::spawn(async move { caches.scope(send(alias(&db, UserId(3)))).await.unwrap() });
    assert_eq!(task.await.unwrap().id, 3);
    send(invalidate_alias(UserId(3))).await;
}
