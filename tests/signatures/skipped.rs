//! Arguments that are no part of the key: what the body needs to load.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use two_tier_cache::two_tier_cached;

use super::{Db, Error, TTL, User, check, row};

/// A database behind a trait object.
trait Database: Send + Sync {
    fn name(&self) -> &'static str;
}

impl Database for Db {
    fn name(&self) -> &'static str {
        "db"
    }
}

#[two_tier_cached(prefix = "skipped.dyn", ttl = TTL, skip(db))]
async fn by_dyn(db: &dyn Database, id: u64) -> Result<User, Error> {
    if db.name().is_empty() { Err(Error) } else { Ok(User { id, row: row().await }) }
}

#[tokio::test]
async fn a_trait_object() {
    check([1, 2], async |id| by_dyn(&Db, id).await.unwrap().row, invalidate_by_dyn).await;
}

#[two_tier_cached(prefix = "skipped.arc_dyn", ttl = TTL, skip(db, fallback))]
async fn by_shared_dyn(
    db: Arc<dyn Database>,
    fallback: &Option<Box<dyn Database>>,
    id: u64,
) -> Result<User, Error> {
    let name = fallback.as_ref().map_or_else(|| db.name(), |db| db.name());
    if name.is_empty() { Err(Error) } else { Ok(User { id, row: row().await }) }
}

#[tokio::test]
async fn shared_and_boxed_trait_objects() {
    let call = async |id| by_shared_dyn(Arc::new(Db), &None, id).await.unwrap().row;
    check([1, 2], call, invalidate_by_shared_dyn).await;
}

/// A connection, which can run one query at a time.
#[derive(Default)]
struct Connection {
    queries: u32,
}

impl Connection {
    async fn row(&mut self) -> u32 {
        self.queries += 1;
        row().await
    }
}

#[two_tier_cached(prefix = "skipped.connection", ttl = TTL, skip(conn))]
async fn by_connection(conn: &mut Connection, id: u64) -> Result<Option<User>, Error> {
    Ok(Some(User { id, row: conn.row().await }))
}

#[tokio::test]
async fn a_connection() {
    let call = async |id| {
        let mut conn = Connection::default();
        by_connection(&mut conn, id).await.unwrap().unwrap().row
    };
    check([1, 2], call, invalidate_by_connection).await;
}

#[two_tier_cached(prefix = "skipped.optional_connection", ttl = TTL, skip(conn))]
async fn by_optional_connection(id: u64, conn: Option<&mut Connection>) -> Option<User> {
    Some(User { id, row: conn?.row().await })
}

#[tokio::test]
async fn an_optional_connection() {
    let call = async |id| {
        let mut conn = Connection::default();
        by_optional_connection(id, Some(&mut conn)).await.unwrap().row
    };
    check([1, 2], call, invalidate_by_optional_connection).await;
}

/// A pooled connection by value.
#[two_tier_cached(prefix = "skipped.owned_connection", ttl = TTL, skip(conn))]
async fn by_owned_connection(mut conn: Connection, id: u64) -> Result<User, Error> {
    Ok(User { id, row: conn.row().await })
}

#[tokio::test]
async fn a_connection_by_value() {
    let call = async |id| by_owned_connection(Connection::default(), id).await.unwrap().row;
    check([1, 2], call, invalidate_by_owned_connection).await;
}

#[two_tier_cached(prefix = "skipped.fn_pointer", ttl = TTL, skip(map, trim))]
async fn by_functions(
    map: fn(u32) -> u32,
    id: u64,
    trim: for<'a> fn(&'a str) -> &'a str,
) -> Result<u32, Error> {
    if trim(" ") == " " || id == 0 { Err(Error) } else { Ok(map(row().await)) }
}

#[tokio::test]
async fn function_pointers() {
    let call = async |id| by_functions(u32::reverse_bits, id, str::trim).await.unwrap();
    check([1, 2], call, invalidate_by_functions).await;
}

#[two_tier_cached(prefix = "skipped.closure", ttl = TTL, skip(map, log))]
async fn by_closures(
    id: u64,
    map: impl FnOnce(u32) -> u32,
    mut log: impl FnMut(u64),
) -> Result<u32, Error> {
    log(id);
    Ok(map(row().await))
}

#[tokio::test]
async fn closures() {
    let call = async |id| by_closures(id, |row| row + 1, drop).await.unwrap();
    check([1, 2], call, invalidate_by_closures).await;
}

#[two_tier_cached(prefix = "skipped.async_closure", ttl = TTL, skip(fetch))]
async fn by_async_closure<F>(id: u64, fetch: F) -> Result<u32, Error>
where
    F: AsyncFnOnce(u64) -> Result<u32, Error>,
{
    fetch(id).await
}

#[tokio::test]
async fn an_async_closure() {
    let fetch = async |id| if id == 0 { Err(Error) } else { Ok(row().await) };
    let call = async |id| by_async_closure(id, fetch).await.unwrap();
    check([1, 2], call, invalidate_by_async_closure).await;
}

#[two_tier_cached(prefix = "skipped.future", ttl = TTL, skip(future))]
async fn by_future<Fut: Future<Output = u32>>(id: u64, future: Fut) -> (u64, u32) {
    (id, future.await)
}

#[tokio::test]
async fn a_future() {
    check([1, 2], async |id| by_future(id, row()).await.1, invalidate_by_future).await;
}

#[two_tier_cached(prefix = "skipped.iterator", ttl = TTL, skip(columns))]
async fn by_iterator(
    columns: impl IntoIterator<Item = impl AsRef<str>>,
    id: u64,
) -> Result<(usize, u32), Error> {
    let width = columns.into_iter().map(|column| column.as_ref().len()).sum();
    if id == 0 { Err(Error) } else { Ok((width, row().await)) }
}

#[tokio::test]
async fn what_can_be_iterated_over() {
    let call = async |id| by_iterator(["a", "b"], id).await.unwrap().1;
    check([1, 2], call, invalidate_by_iterator).await;
}

#[two_tier_cached(prefix = "skipped.maps", ttl = TTL, skip(rates, seen, scale))]
async fn by_maps(
    id: u64,
    rates: &HashMap<String, f64>,
    seen: &Mutex<Vec<u64>>,
    scale: f64,
) -> Result<u32, Error> {
    seen.lock().unwrap().push(id);
    if rates.values().any(|rate| *rate > scale) { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn maps_locks_and_floats() {
    let (rates, seen) = (HashMap::new(), Mutex::default());
    let call = async |id| by_maps(id, &rates, &seen, 1.5).await.unwrap();
    check([1, 2], call, invalidate_by_maps).await;
}
