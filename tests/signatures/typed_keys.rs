//! Keys whose type parameters are only names, and keys made of an associated type.

use std::marker::PhantomData;

use two_tier_cache::{CacheKey, two_tier_cached};

use super::{Error, TTL, User, check, row};

/// An id that knows what it is of.
#[derive(CacheKey)]
struct Id<T> {
    raw: u64,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

fn id<T>(raw: u64) -> Id<T> {
    Id { raw, of: PhantomData }
}

/// The marker is no key of its own.
#[two_tier_cached(prefix = "keys.typed", ttl = TTL)]
async fn by_typed_id(id: Id<User>) -> Result<User, Error> {
    Ok(User { id: id.raw, row: row().await })
}

#[tokio::test]
async fn an_id_with_the_type_that_it_is_of() {
    let call = async |id| by_typed_id(id).await.unwrap().row;
    check([id(1), id(2)], call, invalidate_by_typed_id).await;
}

trait Entity {
    type PrimaryKey;
}

impl Entity for User {
    type PrimaryKey = u64;
}

/// The key of a table, whatever that is. The table itself is no key.
#[derive(CacheKey)]
struct Key<E: Entity> {
    tenant: u32,
    id: E::PrimaryKey,
}

#[two_tier_cached(prefix = "keys.of_table", ttl = TTL)]
async fn by_key(key: &Key<User>) -> Option<User> {
    (key.tenant != 0).then_some(User { id: key.id, row: row().await })
}

#[tokio::test]
async fn a_key_of_an_associated_type() {
    let key = |id| Key { tenant: 1, id };
    let call = async |id| by_key(&key(id)).await.unwrap().row;
    check([1, 2], call, |id| invalidate_by_key(key(id))).await;
}
