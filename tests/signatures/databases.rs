//! What sea-orm, diesel-async and sqlx run queries on, with small traits in their place.

use std::future::ready;
use std::pin::Pin;

use two_tier_cache::{CacheKey, CacheValue, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, managers, row};

/// As in sea-orm: what runs a query.
trait ConnectionTrait {
    fn query(&self) -> impl Future<Output = Result<u32, Error>> + Send;
}

impl ConnectionTrait for Db {
    async fn query(&self) -> Result<u32, Error> {
        Ok(self.row().await)
    }
}

/// As in sea-orm: a table, the row of it, and its key.
trait EntityTrait {
    type Model: CacheValue;
    type PrimaryKey: PrimaryKeyTrait;

    fn model(key: <Self::PrimaryKey as PrimaryKeyTrait>::ValueType, row: u32) -> Self::Model;
}

trait PrimaryKeyTrait {
    type ValueType: CacheKey;
}

struct Entity;

impl PrimaryKeyTrait for Entity {
    type ValueType = u64;
}

impl EntityTrait for Entity {
    type Model = User;
    type PrimaryKey = Self;

    fn model(id: u64, row: u32) -> User {
        User { id, row }
    }
}

#[two_tier_cached(prefix = "databases.impl_connection", ttl = TTL, skip(db))]
async fn find_user(db: &impl ConnectionTrait, id: u64) -> Result<Option<User>, Error> {
    Ok(Some(User { id, row: db.query().await? }))
}

#[two_tier_cached(prefix = "databases.generic_connection", ttl = TTL, skip(conn))]
async fn find_by_email<C>(conn: &C, email: &str) -> Result<Option<User>, Error>
where
    C: ConnectionTrait + ?Sized,
{
    Ok(Some(User { id: email.len() as u64, row: conn.query().await? }))
}

#[tokio::test]
async fn any_connection() {
    let call = async |id| find_user(&Db, id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_find_user).await;
    let call = async |email| find_by_email(&Db, email).await.unwrap().unwrap().row;
    check(["a", "b"], call, invalidate_find_by_email).await;
}

#[two_tier_cached(prefix = "databases.entity", ttl = TTL, skip(db))]
async fn find_entity_by_id<E: EntityTrait>(
    db: &Db,
    id: <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType,
) -> Result<Option<E::Model>, Error> {
    Ok(Some(E::model(id, db.query().await?)))
}

#[tokio::test]
async fn any_entity_by_its_key() {
    let call = async |id| find_entity_by_id::<Entity>(&Db, id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_find_entity_by_id::<Entity>).await;
}

#[two_tier_cached(prefix = "databases.into_key", ttl = TTL, key(id.clone().into()))]
async fn find_entity<M, T>(db: &Db, id: T) -> Result<Option<M::Model>, Error>
where
    M: EntityTrait,
    T: Into<<M::PrimaryKey as PrimaryKeyTrait>::ValueType> + Clone,
{
    Ok(Some(M::model(id.into(), db.query().await?)))
}

#[tokio::test]
async fn any_entity_by_what_becomes_its_key() {
    let call = async |id| find_entity::<Entity, u32>(&Db, id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_find_entity::<Entity, u32>).await;
}

/// As in diesel-async: a connection, its backend, and errors that belong to it.
trait AsyncConnection {
    type Error;

    fn load(&mut self) -> impl Future<Output = Result<u32, Self::Error>>;
}

struct PgConnection;

impl AsyncConnection for PgConnection {
    type Error = String;

    async fn load(&mut self) -> Result<u32, String> {
        Ok(row().await)
    }
}

#[two_tier_cached(prefix = "databases.projected_error", ttl = TTL, skip(conn))]
async fn load_user<C: AsyncConnection>(conn: &mut C, id: i32) -> Result<User, C::Error> {
    Ok(User { id: id.unsigned_abs().into(), row: conn.load().await? })
}

#[two_tier_cached(prefix = "databases.qualified_error", ttl = TTL, skip(conn))]
async fn load_all<Conn>(
    mut conn: &mut Conn,
    page: (i64, i64),
) -> Result<Vec<User>, <Conn as AsyncConnection>::Error>
where
    Conn: AsyncConnection<Error: Send> + Send,
{
    let row = (&mut conn).load().await?;
    Ok(vec![User { id: page.0.unsigned_abs(), row }])
}

impl<C: AsyncConnection> AsyncConnection for &mut C {
    type Error = C::Error;

    async fn load(&mut self) -> Result<u32, C::Error> {
        C::load(self).await
    }
}

#[tokio::test]
async fn errors_of_the_connection() {
    let call = async |id| load_user(&mut PgConnection, id).await.unwrap().row;
    check([1, 2], call, invalidate_load_user).await;
    let call = async |page| load_all(&mut PgConnection, page).await.unwrap()[0].row;
    check([(0, 10), (10, 10)], call, invalidate_load_all).await;
}

/// As with diesel's code generators: the table's type loads itself.
trait Loadable: Sized {
    type Conn;
    type PrimaryKey;

    async fn load(id: &Self::PrimaryKey, conn: &mut Self::Conn) -> Result<Option<Self>, Error>;
}

impl Loadable for User {
    type Conn = PgConnection;
    type PrimaryKey = u64;

    #[two_tier_cached(prefix = "databases.loadable", ttl = TTL, skip(conn), invalidate = none)]
    async fn load(id: &u64, conn: &mut Self::Conn) -> Result<Option<Self>, Error> {
        let row = AsyncConnection::load(conn).await.map_err(|_| Error)?;
        Ok(Some(Self { id: *id, row }))
    }
}

#[tokio::test]
async fn a_record_that_loads_itself() {
    for caches in managers() {
        let users = caches.cache::<Option<User>>("databases.loadable").build();
        let call = async |id: u64| {
            let found = <User as Loadable>::load(&id, &mut PgConnection).await;
            found.unwrap().unwrap().row
        };
        caches.scope(check_here([1, 2], call, |id| users.invalidate(&id))).await;
    }
}

/// As in sqlx: an executor is consumed by its query.
trait Executor<'c>: Sized {
    type Database;

    fn fetch(self) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'c>>;
}

struct Sqlite;

impl<'c> Executor<'c> for &'c Db {
    type Database = Sqlite;

    fn fetch(self) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'c>> {
        Box::pin(self.query())
    }
}

#[two_tier_cached(prefix = "databases.executor", ttl = TTL, skip(executor))]
async fn by_executor(
    executor: impl Executor<'_, Database = Sqlite>,
    id: u64,
) -> Result<User, Error> {
    Ok(User { id, row: executor.fetch().await? })
}

#[two_tier_cached(prefix = "databases.named_executor", ttl = TTL, skip(executor))]
async fn by_named_executor<'e, E>(executor: E, ids: &[u64]) -> Result<Vec<User>, Error>
where
    E: Executor<'e, Database = Sqlite> + 'e,
{
    let row = executor.fetch().await?;
    Ok(ids.iter().map(|id| User { id: *id, row }).collect())
}

/// The reference is the executor.
#[two_tier_cached(prefix = "databases.referenced_executor", ttl = TTL, skip(executor))]
async fn by_reference<'a, E>(executor: &'a E, id: &str) -> Result<Option<String>, Error>
where
    &'a E: Executor<'a, Database = Sqlite>,
{
    Ok(Some(format!("{id}:{}", executor.fetch().await?)))
}

#[tokio::test]
async fn executors() {
    let call = async |id| by_executor(&Db, id).await.unwrap().row;
    check([1, 2], call, invalidate_by_executor).await;
    let call = async |ids: [u64; 1]| by_named_executor(&Db, &ids).await.unwrap()[0].row;
    check([[1], [2]], call, invalidate_by_named_executor).await;
    let call = async |id| {
        let found = by_reference(&Db, id).await.unwrap().unwrap();
        found.split_once(':').unwrap().1.parse().unwrap()
    };
    check(["a", "b"], call, invalidate_by_reference).await;
}

/// A body that asks for several things at once.
#[two_tier_cached(prefix = "databases.joined", ttl = TTL, skip(db))]
async fn dashboard(db: &Db, tenant: u64) -> Result<(u32, String), Error> {
    let (row, name) = tokio::try_join!(db.query(), ready(Ok(tenant.to_string())))?;
    Ok((row, name))
}

#[tokio::test]
async fn several_queries_at_once() {
    check([1, 2], async |tenant| dashboard(&Db, tenant).await.unwrap().0, invalidate_dashboard)
        .await;
}
