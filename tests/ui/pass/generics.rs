#![deny(elided_lifetimes_in_paths, unused_lifetimes, warnings)]
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use two_tier_cache::{CacheKey, CacheManager, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

struct Db<'a>(&'a str);

#[two_tier_cached(prefix = "lifetimes", ttl = TTL, skip(db))]
async fn lifetimes<'a, 'b: 'a>(db: &'a Db<'b>, name: &'b str, lang: Cow<'a, str>) -> String {
    format!("{}{name}{lang}", db.0)
}

#[two_tier_cached(prefix = "elided", ttl = TTL, skip(db))]
async fn elided(db: &Db<'_>, names: &[&str], of: Option<&str>) -> Result<usize, &'static str> {
    of.map(|of| of.len() + names.len() + db.0.len()).ok_or("none")
}

#[two_tier_cached(prefix = "implied", ttl = TTL, skip(db, log))]
async fn implied(db: impl AsRef<str>, mut log: impl FnMut(u64), id: u64) -> usize {
    log(id);
    db.as_ref().len()
}

#[two_tier_cached(prefix = "bounded", ttl = TTL, skip(db))]
async fn bounded<D, K, const N: usize>(db: &D, key: K, many: [u8; N]) -> Result<String, String>
where
    D: Display + ?Sized,
    K: CacheKey + Display,
{
    Ok(format!("{db}{key}{}", many.len()))
}

#[two_tier_cached(prefix = "parsed", ttl = TTL, key(text.to_string().len()))]
async fn parsed<S: Display>(text: S, (left, right): (u8, u8)) -> Option<usize> {
    usize::try_from(left + right).ok().map(|sum| sum + text.to_string().len())
}

#[two_tier_cached(prefix = "any", ttl = TTL)]
async fn any<T: Serialize + DeserializeOwned + Clone + Default + Send + Sync + 'static>(
    id: u64,
) -> Result<Vec<T>, u64> {
    if id == 0 { Err(id) } else { Ok(vec![T::default()]) }
}

struct Repository<'a, T> {
    caches: &'a CacheManager,
    kind: PhantomData<T>,
}

impl<T> Repository<'_, T>
where
    T: Serialize + DeserializeOwned + Send + Sync + Default + 'static,
{
    #[two_tier_cached(prefix = "repository", ttl = TTL, manager = self.caches)]
    async fn load(&self, id: u64) -> Result<Arc<T>, u64> {
        if id == 0 { Err(id) } else { Ok(Arc::default()) }
    }

    #[two_tier_cached(prefix = "repository.one", ttl = TTL, skip(self), manager = self.manager())]
    async fn one(&self) -> Option<Arc<T>> {
        let Self { caches, kind } = self;
        let _ = (caches, kind);
        None
    }

    fn manager(&self) -> &CacheManager {
        self.caches
    }
}

fn main() {
    drop(lifetimes(&Db(""), "x", "de".into()));
    drop(invalidate_lifetimes("x", "de"));
    drop(elided(&Db(""), &["x"], None));
    drop(invalidate_elided(&["x"][..], Some("x")));
    drop(implied("x", drop, 1));
    drop(invalidate_implied(1));
    drop(bounded("x", 1, [1, 2]));
    drop(invalidate_bounded(1, [1, 2]));
    drop(parsed("x", (1, 2)));
    drop(invalidate_parsed("x"));
    drop(any::<u8>(1));
    drop(invalidate_any(1));
    let caches = CacheManager::builder().build().unwrap();
    let repository = Repository::<String> { caches: &caches, kind: PhantomData };
    drop(repository.load(1));
    drop(repository.invalidate_load(1));
    drop(repository.one());
    drop(repository.invalidate_one());
}
