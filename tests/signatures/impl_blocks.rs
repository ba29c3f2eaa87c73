//! `#[two_tier_cached]` without options on a block: the siblings of a trait's methods stand in an
//! inherent one.

use std::marker::PhantomData;

use two_tier_cache::{CacheManager, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, check_single, managers};

trait Repository {
    type Error;
    const TABLE: &'static str;

    async fn find(&self, id: u64) -> Result<Option<User>, Self::Error>;
    async fn by_name(&self, name: &str) -> Result<User, Self::Error>;
    async fn all(&self) -> Result<Vec<User>, Self::Error>;
    async fn uncached(&self) -> u32;
}

struct Users {
    db: Db,
    tenant: u64,
}

#[two_tier_cached]
impl Repository for Users {
    type Error = Error;
    const TABLE: &'static str = "users";

    /// Documented.
    #[two_tier_cached(prefix = "impl_blocks.find", ttl = TTL)]
    async fn find(&self, id: u64) -> Result<Option<User>, Error> {
        Ok(Some(User { id, row: self.db.row().await }))
    }

    #[two_tier_cached(prefix = "impl_blocks.name", ttl = TTL, key(self.tenant, name))]
    async fn by_name(&self, name: &str) -> Result<User, Self::Error> {
        if name == Self::TABLE { Err(Error) } else { Ok(User { id: 1, row: self.db.row().await }) }
    }

    #[two_tier_cached(prefix = "impl_blocks.all", ttl = TTL, skip(self), invalidate = forget_all)]
    async fn all(&self) -> Result<Vec<User>, Self::Error> {
        Ok(vec![User { id: 1, row: self.db.row().await }])
    }

    async fn uncached(&self) -> u32 {
        self.db.row().await
    }
}

fn tenant(tenant: u64) -> Users {
    Users { db: Db, tenant }
}

#[tokio::test]
async fn of_a_trait() {
    let users = tenant(1);
    let call = async |id| users.find(id).await.unwrap().unwrap().row;
    check([1, 2], call, |id| users.invalidate_find(id)).await;
}

#[tokio::test]
async fn of_a_trait_with_a_key() {
    let call = async |id| tenant(id).by_name("ada").await.unwrap().row;
    check([1, 2], call, |id| tenant(id).invalidate_by_name("ada")).await;
}

#[tokio::test]
async fn of_a_trait_with_another_name_of_the_sibling() {
    let users = tenant(1);
    let call = async || users.all().await.unwrap()[0].row;
    check_single(call, || users.forget_all()).await;
    assert_ne!(users.uncached().await, users.uncached().await);
}

/// An ordinary block needs no such attribute, and may have it.
#[two_tier_cached]
impl Users {
    #[two_tier_cached(prefix = "impl_blocks.inherent", ttl = TTL)]
    async fn inherent(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "impl_blocks.associated", ttl = TTL, skip(db))]
    pub(crate) async fn associated(db: &Db, id: u64) -> Option<User> {
        Some(User { id, row: db.row().await })
    }
}

#[tokio::test]
async fn of_the_type_itself() {
    let users = tenant(1);
    let call = async |id| users.inherent(id).await.unwrap().row;
    check([1, 2], call, |id| users.invalidate_inherent(id)).await;
    let call = async |id| Users::associated(&Db, id).await.unwrap().row;
    check([1, 2], call, Users::invalidate_associated).await;
}

trait Load<Key: ?Sized> {
    async fn load(&self, key: &Key) -> Result<User, Error>;
}

/// A type with parameters, and a trait with them.
struct Store<'a, T> {
    caches: &'a CacheManager,
    of: PhantomData<T>,
}

#[two_tier_cached]
impl<T> Load<str> for Store<'_, T>
where
    T: Into<u64> + Default,
{
    #[two_tier_cached(prefix = "impl_blocks.generic", ttl = TTL, manager = self.caches)]
    async fn load(&self, key: &str) -> Result<User, Error> {
        if key.is_empty() {
            Err(Error)
        } else {
            Ok(User { id: T::default().into(), row: Db.row().await })
        }
    }
}

#[tokio::test]
async fn of_a_generic_type() {
    for caches in managers() {
        let store = Store::<u32> { caches: &caches, of: PhantomData };
        let call = async |key| store.load(key).await.unwrap().row;
        check_here(["a", "b"], call, |key| store.invalidate_load(key)).await;
    }
}

/// A function of a trait that has no receiver.
trait Loadable: Sized {
    async fn load(db: &Db, id: &u64) -> Result<Option<Self>, Error>;
}

#[two_tier_cached]
impl Loadable for User {
    #[two_tier_cached(prefix = "impl_blocks.loadable", ttl = TTL, skip(db), invalidate = forget_user)]
    async fn load(db: &Db, id: &u64) -> Result<Option<Self>, Error> {
        Ok(Some(Self { id: *id, row: db.row().await }))
    }
}

#[tokio::test]
async fn of_a_trait_without_a_receiver() {
    let call = async |id| User::load(&Db, &id).await.unwrap().unwrap().row;
    check([1, 2], call, User::forget_user).await;
}
