//! Type and constant parameters, of functions and of types. A prefix belongs to one choice of them.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use two_tier_cache::{CacheKey, CacheValue, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_single, row};

#[two_tier_cached(prefix = "generics.key", ttl = TTL)]
async fn by_key<K: CacheKey + Display>(key: K) -> Result<(String, u32), Error> {
    Ok((key.to_string(), row().await))
}

#[tokio::test]
async fn a_key_of_any_type() {
    check(["a", "b"], async |key| by_key(key).await.unwrap().1, invalidate_by_key).await;
}

#[two_tier_cached(prefix = "generics.keys", ttl = TTL)]
async fn by_keys<K>(keys: &[K], of: Option<&K>) -> Result<Vec<u32>, Error>
where
    K: CacheKey + Eq + Hash + Sync,
{
    let row = row().await;
    Ok(keys.iter().filter(|key| Some(*key) != of).map(|_| row).collect())
}

#[tokio::test]
async fn a_slice_of_keys_of_any_type() {
    let call = async |keys: [u64; 2]| by_keys(&keys, None).await.unwrap()[0];
    check([[1, 2], [2, 1]], call, |keys| invalidate_by_keys(&keys[..], None::<&u64>)).await;
}

/// The caller says what to read the document as.
#[two_tier_cached(prefix = "generics.document", ttl = TTL)]
async fn document<T>(name: &str) -> Result<T, Error>
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + From<(String, u32)> + 'static,
{
    Ok(T::from((name.to_owned(), row().await)))
}

#[tokio::test]
async fn a_value_of_any_type() {
    let call = async |name| document::<(String, u32)>(name).await.unwrap().1;
    check(["a", "b"], call, invalidate_document).await;
}

#[two_tier_cached(prefix = "generics.value", ttl = TTL, skip(fetch))]
async fn fetched<V, E, F>(id: u64, fetch: F) -> Result<Option<Arc<V>>, E>
where
    V: CacheValue,
    E: Debug,
    F: AsyncFn(u64) -> Result<V, E>,
{
    fetch(id).await.map(Arc::new).map(Some)
}

#[tokio::test]
async fn a_value_and_an_error_of_a_closure() {
    let fetch = async |id| if id == 0 { Err("zero") } else { Ok(User { id, row: row().await }) };
    let call = async |id| fetched(id, fetch).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_fetched).await;
}

#[two_tier_cached(prefix = "generics.constant", ttl = TTL)]
async fn newest<const N: usize>(of: u64) -> Result<Vec<User>, Error> {
    let row = row().await;
    Ok([of; N].map(|id| User { id, row }).to_vec())
}

#[two_tier_cached(prefix = "generics.array", ttl = TTL)]
async fn by_array<const N: usize>(ids: [u64; N]) -> Result<Vec<u32>, Error> {
    if N == 0 { Err(Error) } else { Ok(vec![row().await; ids.len()]) }
}

#[tokio::test]
async fn constants() {
    check([1, 2], async |of| newest::<3>(of).await.unwrap()[2].row, invalidate_newest).await;
    let call = async |ids: [u64; 2]| by_array(ids).await.unwrap()[1];
    check([[1, 2], [2, 1]], call, invalidate_by_array).await;
}

/// A table, which says what a row of it is.
trait Table {
    const NAME: &'static str;
    type Row: CacheValue + From<(u64, u32)>;
    type Key: CacheKey + Copy + Into<u64>;
    type Error: From<&'static str>;
}

struct Users;

impl Table for Users {
    const NAME: &'static str = "users";
    type Row = User;
    type Key = u64;
    type Error = String;
}

impl From<(u64, u32)> for User {
    fn from((id, row): (u64, u32)) -> Self {
        Self { id, row }
    }
}

#[two_tier_cached(prefix = "generics.projection", ttl = TTL, skip(db))]
async fn find<T: Table>(db: &Db, key: T::Key) -> Result<Option<T::Row>, T::Error> {
    if T::NAME.is_empty() {
        return Err("no name".into());
    }
    Ok(Some(T::Row::from((key.into(), db.row().await))))
}

#[tokio::test]
async fn projections_of_a_parameter() {
    let call = async |key| find::<Users>(&Db, key).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_find::<Users>).await;
}

#[two_tier_cached(prefix = "generics.qualified", ttl = TTL)]
async fn find_all<T>(keys: Vec<<T as Table>::Key>) -> Result<Vec<<T as Table>::Row>, T::Error>
where
    T: Table,
    <T as Table>::Key: Ord,
{
    let row = row().await;
    Ok(keys.into_iter().map(|key| <T as Table>::Row::from((key.into(), row))).collect())
}

#[tokio::test]
async fn qualified_projections() {
    let call = async |keys| find_all::<Users>(keys).await.unwrap()[0].row;
    check([vec![1, 2], vec![2, 1]], call, invalidate_find_all::<Users>).await;
}

/// A repository of any table.
struct Repository<T, C = Db> {
    connection: C,
    of: PhantomData<fn() -> T>,
}

impl<T, C> Repository<T, C> {
    const fn new(connection: C) -> Self {
        Self { connection, of: PhantomData }
    }
}

impl<T, C> Repository<T, C>
where
    T: Table,
    C: AsRef<Db>,
{
    #[two_tier_cached(prefix = "generics.repository", ttl = TTL)]
    async fn get(&self, key: T::Key) -> Result<T::Row, T::Error> {
        Ok((key.into(), self.connection.as_ref().row().await).into())
    }

    #[two_tier_cached(prefix = "generics.repository_all", ttl = TTL, skip(self))]
    async fn all(&self) -> Result<Vec<Arc<T::Row>>, T::Error> {
        Ok(vec![Arc::new((0, self.connection.as_ref().row().await).into())])
    }

    #[two_tier_cached(prefix = "generics.repository_by", ttl = TTL)]
    async fn by<K>(&self, column: &'static str, value: K) -> Result<Option<T::Row>, T::Error>
    where
        K: CacheKey + Into<u64>,
    {
        if column.is_empty() {
            return Err("no column".into());
        }
        Ok(Some((value.into(), self.connection.as_ref().row().await).into()))
    }
}

impl AsRef<Self> for Db {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[tokio::test]
async fn of_a_generic_type() {
    let users = Repository::<Users>::new(Db);
    let call = async |key| users.get(key).await.unwrap().row;
    check([1, 2], call, |key| users.invalidate_get(key)).await;
    let call = async || users.all().await.unwrap()[0].row;
    check_single(call, || users.invalidate_all()).await;
}

#[tokio::test]
async fn generic_in_a_generic_type() {
    let users = Repository::<Users, Arc<Db>>::new(Arc::new(Db));
    let call = async |value| users.by("age", value).await.unwrap().unwrap().row;
    check([1_u32, 2], call, |value| users.invalidate_by("age", value)).await;
}

/// A service over trait objects.
struct Service<S: ?Sized> {
    store: Arc<S>,
}

trait Store: Send + Sync {
    fn scale(&self) -> u32;
}

impl Store for Db {
    fn scale(&self) -> u32 {
        1
    }
}

impl<S: Store + ?Sized> Service<S> {
    #[two_tier_cached(prefix = "generics.unsized", ttl = TTL)]
    async fn load(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: row().await * self.store.scale() })
    }
}

#[tokio::test]
async fn over_a_trait_object() {
    let service: Service<dyn Store> = Service { store: Arc::new(Db) };
    let call = async |id| service.load(id).await.unwrap().row;
    check([1, 2], call, |id| service.invalidate_load(id)).await;
}

struct Shard<const N: u8>;

impl<const N: u8> Shard<N> {
    #[two_tier_cached(prefix = "generics.shard", ttl = TTL)]
    async fn load(&self, ids: &[[u8; 2]]) -> Option<(u8, u32)> {
        (ids.len() >= usize::from(N)).then_some((N, row().await))
    }
}

#[tokio::test]
async fn of_a_type_with_a_constant() {
    let call = async |id| Shard::<1>.load(&[id]).await.unwrap().1;
    check([[1, 2], [2, 1]], call, |id| Shard::<1>.invalidate_load([id])).await;
}
