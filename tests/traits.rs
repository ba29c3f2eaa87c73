//! Methods of traits: `#[async_trait]` in either order, and `impl` blocks that are annotated
//! themselves.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]
#![allow(clippy::needless_borrows_for_generic_args, reason = "siblings take both")]

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use two_tier_cache::{Any, CacheKey, CacheManager, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

#[derive(Default, Clone)]
struct Db(Arc<AtomicU32>);

impl Db {
    async fn query(&self) -> u32 {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[async_trait]
trait Rows: Sync {
    async fn load(&self, id: u64, name: &str) -> Result<u32, String>;
    async fn count(&self) -> u32;
    async fn nothing(&self, id: u64);
    async fn pair(&self, (a, b): (u32, u32), by: Option<&str>) -> u32;
    async fn own(self: Arc<Self>, id: u64) -> u32
    where
        Self: Sized;
    async fn exclusive(&mut self, id: u64) -> u32;
    async fn rebound(&self, mut id: u64) -> u64;
}

/// The attribute on the methods only: `#[async_trait]` expands first.
struct Methods {
    id: u32,
    db: Db,
}

#[async_trait]
impl Rows for Methods {
    #[two_tier_cached(prefix = "methods.load", ttl = TTL, invalidate = none)]
    async fn load(&self, id: u64, name: &str) -> Result<u32, String> {
        if id == 0 {
            return Err(name.to_owned());
        }
        let row = self.db.query().await;
        id.checked_add(1).ok_or("over")?;
        Ok(row)
    }

    #[two_tier_cached(prefix = "methods.count", ttl = TTL, key(self.id), invalidate = none)]
    async fn count(&self) -> u32 {
        self.db.query().await
    }

    #[two_tier_cached(prefix = "methods.nothing", ttl = TTL, invalidate = none)]
    async fn nothing(&self, id: u64) {
        self.db.query().await;
    }

    #[two_tier_cached(prefix = "methods.pair", ttl = TTL, key(a, by), invalidate = none)]
    async fn pair(&self, (a, b): (u32, u32), by: Option<&str>) -> u32 {
        self.db.query().await
            + a * 100
            + b * 1000
            + by.map_or(0, |by| u32::try_from(by.len()).unwrap())
    }

    #[two_tier_cached(prefix = "methods.own", ttl = TTL, invalidate = none)]
    async fn own(self: Arc<Self>, id: u64) -> u32 {
        self.db.query().await
    }

    #[two_tier_cached(prefix = "methods.exclusive", ttl = TTL, key(self.id, id), invalidate = none)]
    async fn exclusive(&mut self, id: u64) -> u32 {
        self.id += 1;
        self.db.query().await
    }

    #[two_tier_cached(prefix = "methods.rebound", ttl = TTL, invalidate = none)]
    async fn rebound(&self, mut id: u64) -> u64 {
        id += u64::from(self.db.query().await);
        id
    }
}

#[tokio::test]
async fn a_method_that_async_trait_has_rewritten_is_cached() {
    let caches = CacheManager::builder().build().unwrap();
    let test = async {
        let db = Db::default();
        let mut methods = Methods { id: 7, db: db.clone() };
        for _ in 0..2 {
            assert_eq!(methods.load(1, "ada").await, Ok(1));
        }
        assert_eq!(methods.load(0, "ada").await, Err("ada".to_owned()));
        assert_eq!((methods.count().await, methods.count().await), (2, 2));
        methods.nothing(1).await;
        methods.nothing(1).await;
        assert_eq!(methods.pair((1, 2), Some("x")).await, 4 + 100 + 2000 + 1);
        assert_eq!(methods.pair((1, 3), Some("x")).await, 4 + 100 + 2000 + 1, "the same key");
        assert_eq!(methods.pair((1, 3), None).await, 5 + 100 + 3000);
        assert_eq!((methods.rebound(10).await, methods.rebound(10).await), (16, 16));
        assert_eq!((methods.exclusive(1).await, methods.id), (7, 8));
        methods.id = 7;
        assert_eq!((methods.exclusive(1).await, methods.id), (7, 7));
        let methods = Arc::new(methods);
        assert_eq!((methods.clone().own(1).await, methods.own(1).await), (8, 8));
        assert_eq!(db.0.load(Ordering::SeqCst), 8);
        // A handle on the same prefix, with the same parts, is the way to invalidate it.
        caches.cache::<u32>("methods.load").build().invalidate(&(1, "ada")).await;
    };
    caches.scope(test).await;
    assert_eq!(caches.stats().prefix("methods.load").unwrap().invalidations, 1);
}

trait Store {
    type Id: CacheKey;
    type Row;
    const VERSION: u32;

    fn of(id: u64) -> Self::Id;
    fn find(&self, id: Self::Id) -> impl Future<Output = Result<Self::Row, String>> + Send;
    fn by_version(&self, id: u64) -> impl Future<Output = Option<u32>> + Send;
}

/// A type with parameters of its own.
struct Typed<T> {
    caches: CacheManager,
    db: Db,
    kind: PhantomData<fn() -> T>,
}

#[derive(CacheKey)]
struct RowId(u64);

#[two_tier_cached]
impl<T> Store for Typed<T>
where
    T: 'static,
{
    type Id = RowId;
    type Row = u32;
    const VERSION: u32 = 3;

    fn of(id: u64) -> RowId {
        RowId(id)
    }

    /// Finds a row.
    #[two_tier_cached(prefix = "store.find", ttl = TTL, manager = self.caches, also(set, exists, refresh, invalidate_where, invalidate_all))]
    async fn find(&self, id: Self::Id) -> Result<Self::Row, String> {
        if id.0 == 0 { Err("none".to_owned()) } else { Ok(self.db.query().await) }
    }

    #[two_tier_cached(prefix = "store.version", ttl = TTL, key(Self::VERSION, id), manager = self.caches, invalidate = forget)]
    async fn by_version(&self, id: u64) -> Option<u32> {
        Some(self.db.query().await)
    }
}

#[tokio::test]
async fn the_siblings_of_a_traits_methods_stand_beside_its_impl() {
    let caches = CacheManager::builder().build().unwrap();
    let store = Typed::<u8> { caches, db: Db::default(), kind: PhantomData };
    assert_eq!(store.find(RowId(1)).await, Ok(1));
    assert_eq!(store.find(RowId(1)).await, Ok(1));
    store.invalidate_find(RowId(1)).await;
    assert_eq!(store.find(RowId(1)).await, Ok(2));
    assert_eq!(store.refresh_find(Typed::<u8>::of(1)).await, Ok(3));
    assert!(store.set_find(&RowId(1), 9).await && store.exists_find(RowId(1)).await);
    assert_eq!(store.find(RowId(1)).await, Ok(9));
    store.invalidate_find_where(Any).await;
    assert!(!store.exists_find(RowId(1)).await);
    store.invalidate_all_find().await;
    assert_eq!(store.by_version(1).await, Some(4));
    store.forget(1).await;
    assert_eq!(store.by_version(1).await, Some(5));
}

/// `#[async_trait]` below: it expands last.
struct Above(Db);

#[two_tier_cached]
#[async_trait]
impl Simple for Above {
    #[two_tier_cached(prefix = "above", ttl = TTL, also(refresh))]
    async fn get(&self, name: &str) -> Result<u32, String> {
        let next = self.0.query().await;
        if name.is_empty() { Err("empty".to_owned()) } else { Ok(next) }
    }
}

/// `#[async_trait]` above: it expands first.
struct Below(Db);

#[async_trait]
#[two_tier_cached]
impl Simple for Below {
    #[two_tier_cached(prefix = "below", ttl = TTL, also(refresh))]
    async fn get(&self, name: &str) -> Result<u32, String> {
        let next = self.0.query().await;
        if name.is_empty() { Err("empty".to_owned()) } else { Ok(next) }
    }
}

#[async_trait]
trait Simple {
    async fn get(&self, name: &str) -> Result<u32, String>;
}

#[tokio::test]
async fn async_trait_may_stand_above_or_below() {
    let test = async {
        let (above, below) = (Above(Db::default()), Below(Db::default()));
        for simple in [&above as &dyn Simple, &below] {
            assert_eq!(simple.get("x").await, Ok(1));
            assert_eq!(simple.get("x").await, Ok(1));
        }
        above.invalidate_get("x").await;
        below.invalidate_get("x").await;
        assert_eq!((above.get("x").await, below.get("x").await), (Ok(2), Ok(2)));
        assert_eq!((above.refresh_get("x").await, below.refresh_get("x").await), (Ok(3), Ok(3)));
        assert_eq!((above.get("x").await, below.get("x").await), (Ok(3), Ok(3)));
    };
    CacheManager::builder().build().unwrap().scope(test).await;
}

/// A future boxed by hand.
fn boxed<'a>(
    db: &'a Db,
    id: u64,
) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send + 'a>> {
    inner(db, id)
}

#[two_tier_cached(prefix = "boxed", ttl = TTL, skip(db))]
fn inner<'a>(
    db: &'a Db,
    id: u64,
) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send + 'a>> {
    Box::pin(async move {
        let next = db.query().await;
        let _: () = { assert!(next > 0) };
        Ok(next)
    })
}

/// Looks like what `#[async_trait]` makes, but what comes first is the load.
#[two_tier_cached(prefix = "boxed.alike", ttl = TTL, skip(db))]
fn alike<'a>(db: &'a Db, id: u64) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(async move {
        let next = db.query().await;
        let _: () = { assert!(next > 0) };
    })
}

#[tokio::test]
async fn a_boxed_future_is_cached() {
    let test = async {
        let db = Db::default();
        alike(&db, 1).await;
        alike(&db, 1).await;
        assert_eq!(db.0.swap(0, Ordering::SeqCst), 1);
        assert_eq!((boxed(&db, 1).await, boxed(&db, 1).await), (Ok(1), Ok(1)));
        invalidate_inner(1).await;
        assert_eq!(boxed(&db, 1).await, Ok(2));
    };
    CacheManager::builder().build().unwrap().scope(test).await;
}

/// Associated functions, which only the annotated block can tell from free ones.
struct Plain;

#[two_tier_cached]
impl Plain {
    #[two_tier_cached(prefix = "plain", ttl = TTL, skip(db), also(refresh))]
    async fn load(db: &Db, id: u64) -> u32 {
        db.query().await
    }
}

/// Or the option says it.
struct Said;

impl Said {
    #[two_tier_cached(prefix = "said", ttl = TTL, skip(db), also(Self::refresh, exists))]
    async fn load(db: &Db, id: u64) -> u32 {
        db.query().await
    }
}

/// Parameters of the trait that the type does not mention.
trait Keyed<K> {
    fn keyed(&self, key: K) -> impl Future<Output = u32> + Send;
}

#[two_tier_cached]
impl<K: CacheKey + Send + Sync> Keyed<K> for Plain {
    #[two_tier_cached(prefix = "keyed", ttl = TTL)]
    async fn keyed(&self, key: K) -> u32 {
        drop(key);
        1
    }
}

#[tokio::test]
async fn an_annotated_inherent_block_knows_that_its_functions_are_associated() {
    let test = async {
        let db = Db::default();
        assert_eq!(Plain::load(&db, 1).await, 1);
        assert_eq!(Plain::refresh_load(&db, 1).await, 2);
        assert_eq!(Plain::load(&db, 1).await, 2);
        Plain::invalidate_load(1).await;
        assert_eq!(Plain::load(&db, 1).await, 3);
        assert_eq!((Said::load(&db, 1).await, Said::refresh_load(&db, 1).await), (4, 5));
        assert!(Said::exists_load(1).await);
        assert_eq!(Plain.keyed("x").await, 1);
        Plain.invalidate_keyed("x").await;
    };
    CacheManager::builder().build().unwrap().scope(test).await;
}
