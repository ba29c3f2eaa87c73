//! `hitbox` on moka, through its attribute, with its faster format and one load at a time.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use hitbox::backend::{Backend, CacheBackend};
use hitbox::concurrency::BroadcastConcurrencyManager;
use hitbox::policy::ConcurrencyLimit;
use hitbox::{CacheKey, Extractor};
use hitbox_backend::format::BincodeFormat;
use hitbox_fn::prelude::*;
use hitbox_moka::MokaBackend;
use serde::{Deserialize, Serialize};

use crate::contenders::{CAPACITY, Cache as Caches, Place, Runs, TTL};
use crate::workload::{Database, Member, Profile};

#[derive(Debug, Clone, KeyExtract)]
pub struct Id(#[key_extract(name = "id")] u64);

#[derive(Debug, Clone, KeyExtract)]
pub struct Tenant(#[key_extract(name = "tenant")] String);

/// Its attribute caches a type with its derive.
#[derive(Debug, Clone, Serialize, Deserialize, CacheableResponse)]
pub struct Loaded {
    profile: Profile,
}

impl AsRef<Profile> for Loaded {
    fn as_ref(&self) -> &Profile {
        &self.profile
    }
}

#[cached(skip(db))]
async fn load_user(db: Arc<Database>, id: Id) -> Result<Loaded, Infallible> {
    Ok(Loaded { profile: db.load(id.0).await })
}

#[cached(skip(db))]
async fn load_member(db: Arc<Database>, tenant: Tenant, id: Id) -> Result<Loaded, Infallible> {
    debug_assert!(!tenant.0.is_empty(), "a tenant has a name");
    Ok(Loaded { profile: db.load(id.0).await })
}

type Flights = BroadcastConcurrencyManager<Result<Loaded, Infallible>>;

/// On any of its backends.
pub struct Hitbox<B> {
    cache: Cache<B, Flights>,
    db: Arc<Database>,
}

impl<B: CacheBackend + Send + Sync + 'static> Hitbox<B> {
    pub fn new(backend: B, db: Arc<Database>) -> Result<Self> {
        let one = ConcurrencyLimit::new(1).context("one is allowed")?;
        let policy = PolicyConfig::builder().ttl(TTL).concurrency(one).build();
        let cache = Cache::builder().backend(backend).policy(policy);
        Ok(Self { cache: cache.concurrency_manager(Flights::new()).build(), db })
    }
}

/// Its attribute has no way to invalidate, so the key is made again as the attribute makes it.
async fn key_of(db: Arc<Database>, id: u64) -> CacheKey {
    let args = Args((Skipped::new(db), Arg::new("id", Id(id))));
    FnExtractor::new("load_user").get(args).await.into_cache_key().1
}

impl<B: Backend + CacheBackend + Send + Sync + 'static> Caches for Hitbox<B> {
    type Given = Result<Loaded>;

    async fn user(&self, id: u64) -> Result<Loaded> {
        Ok(load_user(Arc::clone(&self.db), Id(id)).cache(&self.cache).await?)
    }

    async fn member(&self, Member { tenant, id }: Member) -> Result<Loaded> {
        let db = Arc::clone(&self.db);
        Ok(load_member(db, Tenant(tenant.to_owned()), Id(id)).cache(&self.cache).await?)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        let key = key_of(Arc::clone(&self.db), id).await;
        let removed = self.cache.backend().remove(&key).await;
        removed.map(|_| ()).map_err(|error| anyhow!("{error}"))
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let backend = MokaBackend::builder().max_entries(CAPACITY as u64);
    let backend = backend.value_format(BincodeFormat).build();
    Ok(Arc::new(Hitbox::new(backend, place.db)?))
}
