#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

//! Methods of every kind.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use two_tier_cache::{CacheManager, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

/// Knows its own key.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    id: u64,
}

impl User {
    /// Returns what it is.
    #[two_tier_cached(prefix = "user", ttl = TTL)]
    pub async fn find(id: u64) -> Result<Self, String> {
        Ok(Self { id })
    }

    /// Returns what it is, shared.
    #[two_tier_cached(prefix = "user.shared", ttl = TTL)]
    pub async fn shared(id: u64) -> Option<Arc<Self>> {
        Some(Arc::new(Self { id }))
    }

    /// Is keyed by itself.
    #[two_tier_cached(prefix = "user.score", ttl = TTL, key(self.id, Self::normal(name)))]
    pub async fn score(&self, name: &str) -> usize {
        name.len()
    }

    /// Takes itself.
    #[two_tier_cached(prefix = "user.into", ttl = TTL, key(self.id))]
    pub async fn into_id(self) -> u64 {
        self.id
    }

    fn normal(name: &str) -> String {
        name.to_lowercase()
    }
}

/// Has a manager.
pub struct Users {
    caches: CacheManager,
    state: Arc<CacheManager>,
}

impl Users {
    /// By field.
    #[two_tier_cached(prefix = "users", ttl = TTL, manager = self.caches)]
    pub async fn load(&self, id: u64) -> Result<User, String> {
        User::find(id).await
    }

    /// By field, behind a pointer.
    #[two_tier_cached(prefix = "users.arc", ttl = TTL, manager = self.state)]
    pub async fn load_arc(self: Arc<Self>, id: u64) -> Result<User, String> {
        self.load(id).await
    }

    /// By method.
    #[two_tier_cached(prefix = "users.mut", ttl = TTL, skip(self), manager = self.manager())]
    pub async fn load_mut(&mut self, id: u64) -> Result<User, String> {
        self.load(id).await
    }

    /// By argument.
    #[two_tier_cached(prefix = "users.given", ttl = TTL, skip(caches), manager = caches)]
    pub async fn given(caches: &CacheManager, id: u64) -> bool {
        caches.stats().functions.is_empty() || id == 0
    }

    fn manager(&self) -> &CacheManager {
        &self.caches
    }
}

/// A trait that knows nothing of caches.
pub trait Load {
    /// Loads.
    fn load(&self, id: u64) -> impl Future<Output = u64> + Send;
}

impl Load for User {
    #[two_tier_cached(prefix = "load", ttl = TTL, invalidate = none)]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    drop(User::find(1));
    drop(User::invalidate_find(1));
    drop(User::shared(1));
    drop(User::invalidate_shared(&1));
    let user = User { id: 1 };
    drop(user.score("x"));
    drop(user.invalidate_score("X"));
    drop(user.load(1));
    drop(user.clone().invalidate_into_id());
    drop(user.into_id());
    let caches = CacheManager::builder().build().unwrap();
    let mut users = Users { state: Arc::new(caches.clone()), caches };
    drop(users.load(1));
    drop(users.invalidate_load(1));
    drop(users.load_mut(1));
    drop(users.invalidate_load_mut(1));
    drop(Users::given(&users.caches, 1));
    drop(Users::invalidate_given(&users.caches, 1));
    let users = Arc::new(users);
    drop(Arc::clone(&users).load_arc(1));
    drop(users.invalidate_load_arc(1));
}
