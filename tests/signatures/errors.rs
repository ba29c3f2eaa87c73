//! Error types, under every alias and path. The cache asks nothing of them.

#![allow(unused_qualifications, reason = "the paths are what is tested")]

use std::error::Error as StdError;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use two_tier_cache::two_tier_cached;

use super::{Db, TTL, User, check, loads, managers};

/// An error that can be neither cloned nor compared nor sent.
struct Local(Rc<str>);

/// As most projects have it.
type AppResult<T, E = Local> = Result<T, E>;

/// Under a path, as in `sqlx::Result`.
mod sql {
    pub(super) type Result<T> = std::result::Result<T, super::NotFound>;
}

#[derive(Debug)]
struct NotFound;

impl Display for NotFound {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("not found")
    }
}

impl StdError for NotFound {}

async fn user(id: u64) -> User {
    User { id, row: Db.row().await }
}

#[two_tier_cached(prefix = "errors.alias", ttl = TTL)]
async fn by_alias(id: u64) -> AppResult<User> {
    if id == 0 { Err(Local("zero".into())) } else { Ok(user(id).await) }
}

#[tokio::test]
async fn an_alias_and_an_error_that_stays_on_its_thread() {
    let call = async |id| match by_alias(id).await {
        Ok(user) => user.row,
        Err(Local(text)) => panic!("{text}"),
    };
    check([1, 2], call, invalidate_by_alias).await;
}

#[two_tier_cached(prefix = "errors.alias_of_two", ttl = TTL)]
async fn by_alias_of_two(id: u64) -> AppResult<Option<User>, NotFound> {
    if id == 0 { Err(NotFound) } else { Ok(Some(user(id).await)) }
}

#[tokio::test]
async fn an_alias_with_another_error() {
    let call = async |id| by_alias_of_two(id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_by_alias_of_two).await;
}

#[two_tier_cached(prefix = "errors.path", ttl = TTL)]
async fn by_path(id: u64) -> sql::Result<User> {
    if id == 0 { Err(NotFound) } else { Ok(user(id).await) }
}

#[tokio::test]
async fn an_alias_under_a_path() {
    check([1, 2], async |id| by_path(id).await.unwrap().row, invalidate_by_path).await;
}

#[two_tier_cached(prefix = "errors.crate_path", ttl = TTL)]
async fn by_crate_path(id: u64) -> crate::errors::sql::Result<Vec<User>> {
    Ok(vec![user(id).await])
}

#[tokio::test]
async fn an_alias_under_the_path_of_the_crate() {
    let call = async |id| by_crate_path(id).await.unwrap()[0].row;
    check([1, 2], call, invalidate_by_crate_path).await;
}

#[two_tier_cached(prefix = "errors.std_path", ttl = TTL)]
async fn by_std_path(id: u64) -> std::result::Result<User, NotFound> {
    Ok(user(id).await)
}

#[two_tier_cached(prefix = "errors.core_path", ttl = TTL)]
async fn by_core_path(id: u64) -> ::core::result::Result<::std::sync::Arc<User>, NotFound> {
    Ok(Arc::new(user(id).await))
}

#[tokio::test]
async fn whole_paths() {
    check([1, 2], async |id| by_std_path(id).await.unwrap().row, invalidate_by_std_path).await;
    check([1, 2], async |id| by_core_path(id).await.unwrap().row, invalidate_by_core_path).await;
}

#[two_tier_cached(prefix = "errors.io", ttl = TTL)]
async fn by_io(path: &str) -> io::Result<(String, u32)> {
    let name = path.rsplit('/').next().ok_or(io::ErrorKind::InvalidInput)?;
    Ok((name.to_owned(), Db.row().await))
}

#[tokio::test]
async fn of_input_and_output() {
    check(["/a", "/b"], async |path| by_io(path).await.unwrap().1, invalidate_by_io).await;
}

#[two_tier_cached(prefix = "errors.anyhow", ttl = TTL)]
async fn by_anyhow(id: u64) -> anyhow::Result<User> {
    anyhow::ensure!(id != 0, "zero");
    Ok(user(id).await)
}

#[tokio::test]
async fn of_anyhow() {
    check([1, 2], async |id| by_anyhow(id).await.unwrap().row, invalidate_by_anyhow).await;
}

/// Two parameters of an alias that often has one.
#[two_tier_cached(prefix = "errors.anyhow_of_two", ttl = TTL)]
async fn by_anyhow_of_two(id: u64) -> anyhow::Result<Option<User>, NotFound> {
    (id != 0).then_some(()).ok_or(NotFound)?;
    Ok(Some(user(id).await))
}

#[tokio::test]
async fn of_anyhow_with_another_error() {
    let call = async |id| by_anyhow_of_two(id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_by_anyhow_of_two).await;
}

#[two_tier_cached(prefix = "errors.boxed", ttl = TTL)]
async fn by_boxed(id: &str) -> Result<User, Box<dyn StdError + Send + Sync>> {
    Ok(user(id.parse()?).await)
}

#[two_tier_cached(prefix = "errors.boxed_local", ttl = TTL)]
async fn by_boxed_local(id: &str) -> Result<User, Box<dyn StdError>> {
    Ok(user(id.parse()?).await)
}

#[tokio::test]
async fn boxed() {
    check(["1", "2"], async |id| by_boxed(id).await.unwrap().row, invalidate_by_boxed).await;
    let call = async |id| by_boxed_local(id).await.unwrap().row;
    check(["1", "2"], call, invalidate_by_boxed_local).await;
}

#[two_tier_cached(prefix = "errors.shared", ttl = TTL)]
async fn by_shared(id: u64) -> Result<User, Arc<NotFound>> {
    if id == 0 { Err(Arc::new(NotFound)) } else { Ok(user(id).await) }
}

#[tokio::test]
async fn shared() {
    check([1, 2], async |id| by_shared(id).await.unwrap().row, invalidate_by_shared).await;
}

/// An error that borrows from an argument.
#[derive(Debug)]
struct Malformed<'a>(&'a str);

#[two_tier_cached(prefix = "errors.borrowed", ttl = TTL)]
async fn by_borrowed<'a>(id: &'a str) -> Result<User, Malformed<'a>> {
    let id = id.parse().map_err(|_| Malformed(id))?;
    Ok(user(id).await)
}

#[two_tier_cached(prefix = "errors.elided", ttl = TTL)]
async fn by_elided(id: &str) -> Result<User, Malformed<'_>> {
    by_borrowed(id).await
}

#[tokio::test]
async fn that_borrow() {
    check(["1", "2"], async |id| by_borrowed(id).await.unwrap().row, invalidate_by_borrowed).await;
    check(
        ["3", "4"],
        async |id| by_elided(id).await.unwrap().row,
        |id| {
            drop(invalidate_by_borrowed(id));
            invalidate_by_elided(id)
        },
    )
    .await;
    let Malformed(text) = by_elided("x").await.unwrap_err();
    assert_eq!(text, "x");
}

/// Errors come back as they are, and the next call loads.
#[tokio::test]
async fn are_not_cached() {
    for caches in managers() {
        let calls = async {
            for _ in 0..2 {
                assert!(matches!(by_alias(0).await, Err(Local(text)) if *text == *"zero"));
                assert_eq!(by_anyhow(0).await.unwrap_err().to_string(), "zero");
                assert!(by_boxed("x").await.is_err());
                assert_eq!(by_shared(0).await.unwrap_err().to_string(), "not found");
            }
            loads(1, by_path(1)).await.unwrap();
            by_path(0).await.unwrap_err();
            loads(0, by_path(1)).await.unwrap();
        };
        caches.scope(calls).await;
        for prefix in ["errors.alias", "errors.anyhow", "errors.boxed", "errors.shared"] {
            let stats = caches.stats();
            let seen = stats.prefix(prefix).unwrap();
            assert_eq!((seen.hits, seen.misses), (0, 2), "{prefix}");
        }
    }
}
