//! `#[async_trait]`: the attribute sees an `async fn`, or what became of it.

use std::sync::Arc;

use async_trait::async_trait;
use two_tier_cache::{CacheManager, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, check_single, managers};

/// The interface of a repository, as services are given it.
#[async_trait]
trait UserRepository: Send + Sync {
    async fn find(&self, id: u64) -> Result<Option<User>, Error>;
    async fn by_email(&self, tenant: u64, email: &str) -> Result<User, Error>;
    async fn all(&self) -> Result<Vec<User>, Error>;
    async fn count(&self, names: &[String], of: Option<&str>) -> u32;
}

/// On the methods below, `#[async_trait]` has expanded first.
struct Users {
    db: Db,
    caches: CacheManager,
}

#[async_trait]
impl UserRepository for Users {
    #[two_tier_cached(prefix = "async_trait.find", ttl = TTL, manager = self.caches, invalidate = none)]
    async fn find(&self, id: u64) -> Result<Option<User>, Error> {
        Ok(Some(User { id, row: self.db.row().await }))
    }

    #[two_tier_cached(prefix = "async_trait.email", ttl = TTL, key(tenant, email.to_lowercase()), invalidate = none)]
    async fn by_email(&self, tenant: u64, email: &str) -> Result<User, Error> {
        if email.is_empty() {
            return Err(Error);
        }
        Ok(User { id: tenant, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "async_trait.all", ttl = TTL, skip(self), invalidate = none)]
    async fn all(&self) -> Result<Vec<User>, Error> {
        let first = self.find(1).await?.ok_or(Error)?;
        Ok(vec![User { row: self.db.row().await, ..first }])
    }

    #[two_tier_cached(prefix = "async_trait.count", ttl = TTL, invalidate = none)]
    async fn count(&self, names: &[String], of: Option<&str>) -> u32 {
        assert_ne!(names.len(), of.map_or(0, str::len));
        self.db.row().await
    }
}

fn users() -> [Users; 2] {
    managers().map(|caches| Users { db: Db, caches })
}

#[tokio::test]
async fn a_method_with_a_manager_of_its_own() {
    for users in users() {
        let handle = users.caches.cache::<Option<User>>("async_trait.find").build();
        let users: Arc<dyn UserRepository> = Arc::new(users);
        let call = async |id: u64| users.find(id).await.unwrap().unwrap().row;
        check_here([1, 2], call, |id| handle.invalidate(&id)).await;
    }
}

#[tokio::test]
async fn a_method_with_a_key() {
    for users in users() {
        let caches = users.caches.clone();
        let handle = caches.cache::<User>("async_trait.email").build();
        let call = async |email: &'static str| users.by_email(1, email).await.unwrap().row;
        let invalidate = |email: &'static str| handle.invalidate(&(1, email));
        caches.scope(check_here(["a@x", "b@x"], call, invalidate)).await;
    }
}

#[tokio::test]
async fn a_method_that_borrows_its_arguments() {
    for users in users() {
        let caches = users.caches.clone();
        let handle = caches.cache::<u32>("async_trait.count").build();
        let call = async |of| users.count(&[], of).await;
        let names: [String; 0] = [];
        let invalidate = |of: Option<&'static str>| handle.invalidate(&(&names, of));
        caches.scope(check_here([Some("a"), Some("b")], call, invalidate)).await;
    }
}

#[tokio::test]
async fn a_method_that_calls_another() {
    for users in users() {
        let caches = users.caches.clone();
        let handle = caches.cache::<Vec<User>>("async_trait.all").build();
        caches.scope(users.find(1)).await.unwrap();
        let calls = async {
            let first = super::loads(1, users.all()).await.unwrap();
            assert_eq!(super::loads(0, users.all()).await.unwrap(), first);
            handle.invalidate(&()).await;
            assert_ne!(super::loads(1, users.all()).await.unwrap(), first);
        };
        caches.scope(calls).await;
    }
}

/// The attribute on the block stands above: it sees the functions as they were written, and puts
/// their siblings beside the block.
struct Teams {
    db: Db,
}

#[async_trait]
trait TeamRepository: Send + Sync {
    async fn team(&self, id: u64) -> Result<User, Error>;
    async fn members(&self, id: u64, page: u32) -> Vec<User>;
}

#[two_tier_cached]
#[async_trait]
impl TeamRepository for Teams {
    #[two_tier_cached(prefix = "async_trait.team", ttl = TTL)]
    async fn team(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "async_trait.members", ttl = TTL)]
    async fn members(&self, id: u64, page: u32) -> Vec<User> {
        let row = self.db.row().await;
        (0..=page).map(|_| User { id, row }).collect()
    }
}

#[tokio::test]
async fn a_block_with_the_attribute_above() {
    let teams = Teams { db: Db };
    let call = async |id| teams.team(id).await.unwrap().row;
    check([1, 2], call, |id| teams.invalidate_team(id)).await;
    let call = async |page| teams.members(1, page).await[0].row;
    check([1, 2], call, |page| teams.invalidate_members(1, page)).await;
}

/// The attribute on the block stands below: it sees boxed futures.
struct Labels {
    db: Db,
}

#[async_trait]
trait LabelRepository: Send + Sync {
    async fn label(&self, name: &str) -> Result<User, Error>;
    async fn labels(&self) -> Result<Vec<User>, Error>;
    async fn renamed(&mut self, name: String) -> Option<User>;
}

#[async_trait]
#[two_tier_cached]
impl LabelRepository for Labels {
    #[two_tier_cached(prefix = "async_trait.label", ttl = TTL)]
    async fn label(&self, name: &str) -> Result<User, Error> {
        Ok(User { id: name.len() as u64, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "async_trait.labels", ttl = TTL, skip(self), invalidate = forget_labels)]
    async fn labels(&self) -> Result<Vec<User>, Error> {
        Ok(vec![User { id: 1, row: self.db.row().await }])
    }

    #[two_tier_cached(prefix = "async_trait.renamed", ttl = TTL, skip(self))]
    async fn renamed(&mut self, name: String) -> Option<User> {
        self.label(&name).await.ok()
    }
}

#[tokio::test]
async fn a_block_with_the_attribute_below() {
    let labels = Labels { db: Db };
    let call = async |name| labels.label(name).await.unwrap().row;
    check(["a", "b"], call, |name| labels.invalidate_label(name)).await;
    let call = async || labels.labels().await.unwrap()[0].row;
    check_single(call, || labels.forget_labels()).await;
}

#[tokio::test]
async fn a_block_with_a_mutable_receiver() {
    let call = async |name: &str| Labels { db: Db }.renamed(name.to_owned()).await.unwrap().row;
    check(["a", "b"], call, |name| {
        let labels = Labels { db: Db };
        drop(labels.invalidate_label(name));
        labels.invalidate_renamed(name)
    })
    .await;
}

/// Futures that need not be sent.
#[async_trait(?Send)]
trait LocalRepository {
    async fn local(&self, id: u64) -> Result<u32, Error>;
}

#[two_tier_cached]
#[async_trait(?Send)]
impl LocalRepository for Labels {
    #[two_tier_cached(prefix = "async_trait.local", ttl = TTL)]
    async fn local(&self, id: u64) -> Result<u32, Error> {
        let local = std::rc::Rc::new(id);
        let row = self.db.row().await;
        if *local == 0 { Err(Error) } else { Ok(row) }
    }
}

#[tokio::test]
async fn a_block_whose_futures_stay_on_their_thread() {
    let labels = Labels { db: Db };
    let call = async |id| labels.local(id).await.unwrap();
    check([1, 2], call, |id| labels.invalidate_local(id)).await;
}
