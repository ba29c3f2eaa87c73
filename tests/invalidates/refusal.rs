//! A write whose keys cannot be fenced: it goes on without, or it refuses.

use std::sync::Arc;

use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, TwoTierCache, Unfenced, invalidates};

use super::support::wire::Wire;
use super::support::{Db, PREFIX, World, on_each, read, rows};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Failed {
    Refused(Unfenced),
    InTheDatabase,
}

impl From<Unfenced> for Failed {
    fn from(unfenced: Unfenced) -> Self {
        Self::Refused(unfenced)
    }
}

#[invalidates(via(rows.invalidate(&7_u32)))]
async fn proceed(rows: &TwoTierCache<u32>, db: &Db) -> Result<u32, Failed> {
    Ok(db.add())
}

#[invalidates(via(rows.invalidate(&7_u32)), on_unreachable = refuse)]
async fn refuse(rows: &TwoTierCache<u32>, db: &Db) -> Result<u32, Failed> {
    if db.row() > 8 { Err(Failed::InTheDatabase) } else { Ok(db.add()) }
}

/// `?` and aliases, as in any other function.
#[invalidates(via(rows.invalidate(&7_u32)), on_unreachable = refuse, crate = ::two_tier_cache)]
async fn refuse_anyhow(rows: TwoTierCache<u32>, db: Arc<Db>) -> anyhow::Result<u32> {
    anyhow::ensure!(db.row() > 0);
    Ok(db.add())
}

#[async_trait::async_trait]
trait Accounts {
    async fn deposit(&self, amount: u32) -> Result<u32, Failed>;
}

struct Sql {
    rows: TwoTierCache<u32>,
    db: Arc<Db>,
}

#[async_trait::async_trait]
impl Accounts for Sql {
    #[invalidates(via(self.rows.invalidate(&7_u32)), on_unreachable = refuse)]
    async fn deposit(&self, amount: u32) -> Result<u32, Failed> {
        assert_eq!(amount, 1);
        Ok(self.db.add())
    }
}

/// Names of the prelude that mean something else here.
mod shadowed {
    #![allow(dead_code, reason = "only their names matter")]

    use super::{Db, TwoTierCache, Unfenced, invalidates};

    struct Result;
    struct Option;
    struct Some;
    struct Err;

    #[derive(Debug)]
    pub(super) struct Refused(pub(super) Unfenced);

    impl From<Unfenced> for Refused {
        fn from(unfenced: Unfenced) -> Self {
            Self(unfenced)
        }
    }

    #[invalidates(
        via(rows.invalidate(&7_u32)),
        on_unreachable = refuse,
        fence_ttl = std::time::Duration::from_secs(1)
    )]
    pub(super) async fn write(
        rows: &TwoTierCache<u32>,
        db: &Db,
    ) -> std::result::Result<u32, Refused> {
        Ok(db.add())
    }
}

/// A cache on a server that fences do not reach.
fn unreachable() -> (CacheManager, TwoTierCache<u32>, Arc<Db>) {
    let wire = Wire::losing_fences(&EncodedBackend::new());
    let caches = CacheManager::builder().backend(wire).build().unwrap();
    let rows = rows(&caches);
    (caches, rows, Db::new())
}

#[tokio::test]
async fn without_its_fence_a_write_goes_on_and_invalidates() {
    let (caches, rows, db) = unreachable();
    assert_eq!(read(&rows, 7, &db).await, 1);
    assert_eq!(proceed(&rows, &db).await, Ok(2));
    assert_eq!(read(&rows, 7, &db).await, 2);
    let stats = caches.stats();
    let of_rows = stats.prefix(PREFIX).unwrap();
    assert_eq!((of_rows.unfenced, of_rows.backend_errors, of_rows.invalidations), (1, 1, 1));
}

#[tokio::test]
async fn who_would_rather_not_write_does_not() {
    let (_caches, rows, db) = unreachable();
    assert_eq!(read(&rows, 7, &db).await, 1);
    let Err(Failed::Refused(unfenced)) = refuse(&rows, &db).await else { panic!("it wrote") };
    assert_eq!(
        unfenced.to_string(),
        "nothing was written: the cache could not be told beforehand: the wire lost it"
    );
    let error = refuse_anyhow(rows.clone(), Arc::clone(&db)).await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&unfenced));
    assert_eq!((db.row(), read(&rows, 7, &db).await), (1, 1));
}

#[tokio::test]
async fn it_refuses_wherever_it_stands() {
    let (_caches, rows, db) = unreachable();
    assert!(shadowed::write(&rows, &db).await.is_err_and(|refused| refused.0.to_string() != ""));
    let accounts: Box<dyn Accounts> = Box::new(Sql { rows, db: Arc::clone(&db) });
    assert!(matches!(accounts.deposit(1).await, Err(Failed::Refused(_))));
    assert_eq!(db.row(), 1);
}

#[tokio::test]
async fn with_its_fence_it_writes() {
    on_each(async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert_eq!(refuse(&rows, &db).await, Ok(2));
        assert_eq!(refuse_anyhow(rows.clone(), Arc::clone(&db)).await.unwrap(), 3);
        assert_eq!(read(&rows, 7, &db).await, 3);
        db.write(9);
        assert_eq!(refuse(&rows, &db).await, Err(Failed::InTheDatabase));
        assert_eq!(read(&rows, 7, &db).await, 9);
        assert_eq!(world.stats().unfenced, 0);
    })
    .await;
}
