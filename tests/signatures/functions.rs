//! Free and associated functions, wherever they stand.

use std::sync::Arc;

use two_tier_cache::two_tier_cached;

use super::{Db, Error, TTL, User, check, check_single, row};

/// The shape of the guide.
#[two_tier_cached(prefix = "functions.user", ttl = TTL, skip(db))]
async fn find_user(db: &Db, id: u64) -> Result<User, Error> {
    Ok(User { id, row: db.row().await })
}

#[tokio::test]
async fn the_database_first() {
    check([1, 2], async |id| find_user(&Db, id).await.unwrap().row, invalidate_find_user).await;
}

#[two_tier_cached(prefix = "functions.last", ttl = TTL, skip(pool))]
async fn find_email(id: i64, pool: &Db) -> Result<String, Error> {
    Ok(format!("{id}:{}", pool.row().await))
}

#[tokio::test]
async fn the_database_last() {
    let call = async |id| {
        let email = find_email(id, &Db).await.unwrap();
        email.split(':').next_back().unwrap().parse().unwrap()
    };
    check([1, -1], call, invalidate_find_email).await;
}

/// The pool comes from a global, as with a lazy static one.
#[two_tier_cached(prefix = "functions.global", ttl = TTL)]
async fn find_setting(name: &str) -> Option<(String, u32)> {
    Some((name.to_owned(), row().await))
}

#[tokio::test]
async fn no_database_at_all() {
    let call = async |name| find_setting(name).await.unwrap().1;
    check(["theme", "language"], call, invalidate_find_setting).await;
}

#[two_tier_cached(prefix = "functions.countries", ttl = TTL)]
async fn countries() -> Vec<u32> {
    vec![row().await]
}

#[tokio::test]
async fn no_arguments() {
    check_single(async || countries().await[0], invalidate_countries).await;
}

#[two_tier_cached(prefix = "functions.all", ttl = TTL, skip(db))]
async fn all_users(db: &Db) -> Result<Vec<User>, Error> {
    Ok(vec![User { id: 1, row: db.row().await }])
}

#[tokio::test]
async fn nothing_but_the_database() {
    let call = async || all_users(&Db).await.unwrap()[0].row;
    check_single(call, invalidate_all_users).await;
}

#[two_tier_cached(prefix = "functions.page", ttl = TTL, skip(db))]
async fn page(
    db: &Db,
    tenant: u64,
    page: u32,
    per_page: u32,
    search: Option<String>,
    descending: bool,
) -> Result<(Vec<User>, u64), Error> {
    let row = db.row().await;
    let first = u64::from(page * per_page);
    let found = if search.is_some() && descending { 1 } else { 2 };
    Ok(((first..first + found).map(|id| User { id, row }).collect(), tenant))
}

#[tokio::test]
async fn a_page_of_a_search() {
    let keys = [(1, 0, Some("ada".to_owned()), true), (1, 0, None, true)];
    let call = async |(tenant, at, search, descending)| {
        page(&Db, tenant, at, 20, search, descending).await.unwrap().0[0].row
    };
    check(keys, call, |(tenant, at, search, descending)| {
        invalidate_page(tenant, at, 20, search, descending)
    })
    .await;
}

/// A pool that is cheap to clone is often passed by value.
#[two_tier_cached(prefix = "functions.owned_pool", ttl = TTL, skip(pool))]
async fn by_owned_pool(pool: Arc<Db>, id: u64) -> Result<User, Error> {
    Ok(User { id, row: pool.row().await })
}

#[tokio::test]
async fn the_database_by_value() {
    let call = async |id| by_owned_pool(Arc::new(Db), id).await.unwrap().row;
    check([1, 2], call, invalidate_by_owned_pool).await;
}

/// A type that only groups functions.
struct Query;

impl Query {
    #[two_tier_cached(prefix = "functions.query", ttl = TTL, skip(db))]
    async fn find_by_id(db: &Db, id: u64) -> Result<Option<User>, Error> {
        Ok(Some(User { id, row: db.row().await }))
    }
}

#[tokio::test]
async fn associated_with_a_type_that_groups() {
    let call = async |id| Query::find_by_id(&Db, id).await.unwrap().unwrap().row;
    check([1, 2], call, Query::invalidate_find_by_id).await;
}

impl User {
    #[two_tier_cached(prefix = "functions.record", ttl = TTL, skip(db))]
    async fn find_by_email(email: &str, db: &Db) -> Result<Option<Self>, Error> {
        Ok(Some(Self { id: email.len() as u64, row: db.row().await }))
    }
}

#[tokio::test]
async fn associated_with_the_record() {
    let call = async |email| User::find_by_email(email, &Db).await.unwrap().unwrap().row;
    check(["ada@x.org", "bob@x.org"], call, User::invalidate_find_by_email).await;
}

#[tokio::test]
async fn inside_of_a_function() {
    #[two_tier_cached(prefix = "functions.local", ttl = TTL)]
    async fn local(id: u64) -> Result<u32, Error> {
        if id == 0 { Err(Error) } else { Ok(row().await) }
    }

    check([1, 2], async |id| local(id).await.unwrap(), invalidate_local).await;
}

/// A module for each table.
mod repository {
    pub(super) mod teams {
        use two_tier_cache::two_tier_cached;

        use crate::{Db, Error, TTL, User};

        #[two_tier_cached(prefix = "functions.module", ttl = TTL, skip(db))]
        pub(crate) async fn find(db: &Db, id: u64) -> Result<User, Error> {
            Ok(User { id, row: db.row().await })
        }

        #[two_tier_cached(prefix = "functions.nested", ttl = TTL, skip(db))]
        pub(in super::super) async fn leader(db: &Db, id: u64) -> Result<User, Error> {
            find(db, id).await
        }
    }

    pub(super) use self::teams::{find as find_team, invalidate_find as forget_team};
}

#[tokio::test]
async fn in_a_module_by_path() {
    let call = async |id| repository::teams::find(&Db, id).await.unwrap().row;
    check([1, 2], call, repository::teams::invalidate_find).await;
}

#[tokio::test]
async fn re_exported_under_another_name() {
    let call = async |id| repository::find_team(&Db, id).await.unwrap().row;
    check([1, 2], call, repository::forget_team).await;
}

#[tokio::test]
async fn a_cached_function_that_calls_another() {
    let call = async |id| repository::teams::leader(&Db, id).await.unwrap().row;
    check([1, 2], call, |id| {
        drop(repository::forget_team(id));
        repository::teams::invalidate_leader(id)
    })
    .await;
}
