//! Cached functions that a `macro_rules!` macro makes.

use std::time::Duration;

use two_tier_cache::{CacheKey, two_tier_cached};

use super::{Db, Error, TTL, User, check, row};

/// A finder for each column, as projects write them for their tables.
macro_rules! finder {
    ($(#[$attr:meta])* $vis:vis fn $name:ident($id:ident: $ty:ty) as $prefix:literal for $ttl:expr) => {
        $(#[$attr])*
        #[two_tier_cached(prefix = $prefix, ttl = $ttl, skip(db))]
        $vis async fn $name(db: &Db, $id: $ty) -> Result<Option<User>, Error> {
            let _ = &$id;
            Ok(Some(User { id: 1, row: db.row().await }))
        }
    };
}

finder!(
    /// Finds by id.
    fn by_id(id: u64) as "macro_rules.by_id" for TTL
);
finder!(
    #[allow(clippy::needless_pass_by_value)]
    pub(super) fn by_name(name: &str) as "macro_rules.by_name" for Duration::from_secs(2 * 60)
);

#[tokio::test]
async fn names_types_and_options() {
    let call = async |id| by_id(&Db, id).await.unwrap().unwrap().row;
    check([1, 2], call, invalidate_by_id).await;
    let call = async |name| by_name(&Db, name).await.unwrap().unwrap().row;
    check(["a", "b"], call, invalidate_by_name).await;
}

/// A repository for each entity.
macro_rules! repository {
    ($repository:ident of $entity:ty, by $key:ident, $prefix:literal, $list:literal) => {
        #[derive(Clone, Copy, CacheKey)]
        struct $key(u64);

        struct $repository {
            db: Db,
        }

        impl $repository {
            #[two_tier_cached(prefix = $prefix, ttl = TTL)]
            async fn get(&self, key: $key) -> Result<$entity, Error> {
                Ok(<$entity>::from((key.0, self.db.row().await)))
            }

            #[two_tier_cached(prefix = $list, ttl = TTL, skip(self), invalidate = forget_all)]
            async fn all(&self) -> Result<Vec<$entity>, Error> {
                Ok(vec![<$entity>::from((0, self.db.row().await))])
            }
        }
    };
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Team {
    row: u32,
}

impl From<(u64, u32)> for Team {
    fn from((_, row): (u64, u32)) -> Self {
        Self { row }
    }
}

repository!(Teams of Team, by TeamId, "macro_rules.team", "macro_rules.teams");

#[tokio::test]
async fn a_whole_repository() {
    let teams = Teams { db: Db };
    let call = async |id| teams.get(TeamId(id)).await.unwrap().row;
    check([1, 2], call, |id| teams.invalidate_get(TeamId(id))).await;
    let call = async || teams.all().await.unwrap()[0].row;
    super::check_single(call, || teams.forget_all()).await;
}

/// The signature and the body come from outside.
macro_rules! cached {
    ($prefix:literal, async fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block) => {
        #[two_tier_cached(prefix = $prefix, ttl = TTL)]
        async fn $name($($arg: $ty),*) -> $ret $body
    };
}

cached!(
    "macro_rules.whole",
    async fn whole(name: &str, ids: &[u64], of: Option<&str>) -> Result<Vec<u64>, Error> {
        if name.is_empty() || of == Some(name) {
            return Err(Error);
        }
        let row = u64::from(row().await);
        Ok(ids.iter().map(|_| row).collect())
    }
);

#[tokio::test]
async fn a_signature_and_a_body_from_outside() {
    let call = async |name| {
        let rows = whole(name, &[1], None).await.unwrap();
        u32::try_from(rows[0]).unwrap()
    };
    check(["a", "b"], call, |name| invalidate_whole(name, [1], None)).await;
}

/// The key comes from outside, and uses the names of what it was passed beside.
macro_rules! keyed {
    ($name:ident, $prefix:literal, [$($arg:ident: $ty:ty),*], [$($part:expr),*]) => {
        #[two_tier_cached(prefix = $prefix, ttl = TTL, key($($part),*))]
        async fn $name($($arg: $ty),*) -> Result<(String, u32), Error> {
            Ok((format!("{:?}", ($(&$arg,)*)), row().await))
        }
    };
}

keyed!(keyed, "macro_rules.keyed", [email: &str, user: User], [email.to_lowercase(), user.id]);

#[tokio::test]
async fn a_key_from_outside() {
    let user = || User { id: 7, row: 0 };
    let call = async |email: &str| keyed(email, user()).await.unwrap().1;
    check(["a", "b"], call, |email| invalidate_keyed(&email.to_uppercase(), user())).await;
}

/// A macro that a macro calls, with a function that stands in a module of the macro.
macro_rules! module {
    ($name:ident, $($rest:tt)*) => {
        mod $name {
            use super::*;

            finder!($($rest)*);
        }
    };
}

module!(nested, pub(super) fn find(id: (u64, &str)) as "macro_rules.nested" for TTL);

#[tokio::test]
async fn a_macro_in_a_macro() {
    let call = async |id| nested::find(&Db, id).await.unwrap().unwrap().row;
    check([(1, "a"), (1, "b")], call, nested::invalidate_find).await;
}
