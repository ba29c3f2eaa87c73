//! Lifetimes: named, elided, bound to each other, and for all.

use std::borrow::Cow;
use std::sync::Arc;

use two_tier_cache::{CacheKey, CacheManager, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, managers, row};

#[two_tier_cached(prefix = "lifetimes.named", ttl = TTL, skip(db))]
async fn by_named<'a>(db: &'a Db, name: &'a str) -> Result<String, &'a str> {
    if name.is_empty() { Err(name) } else { Ok(format!("{name}:{}", db.row().await)) }
}

fn row_in(found: &str) -> u32 {
    found.rsplit_once(':').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn named() {
    let call = async |name| row_in(&by_named(&Db, name).await.unwrap());
    check(["a", "b"], call, invalidate_by_named).await;
}

/// Outlives what it was opened from.
struct Session<'db> {
    db: &'db Db,
}

#[two_tier_cached(prefix = "lifetimes.bounds", ttl = TTL, skip(session))]
async fn by_bounds<'a, 'db: 'a, 'n>(
    session: &'a Session<'db>,
    name: &'n str,
    tags: &'a [&'n str],
) -> Result<String, &'db Db>
where
    'n: 'a,
{
    if tags.is_empty() { Err(session.db) } else { Ok(format!("{name}:{}", row().await)) }
}

#[tokio::test]
async fn bound_to_each_other() {
    let call = async |name| row_in(&by_bounds(&Session { db: &Db }, name, &["x"]).await.unwrap());
    check(["a", "b"], call, |name| invalidate_by_bounds(name, ["x"])).await;
}

#[two_tier_cached(prefix = "lifetimes.elided", ttl = TTL, skip(session))]
async fn by_elided(
    session: &mut Session<'_>,
    names: &[&str],
    of: Option<&(u64, &str)>,
    lang: &Cow<'_, str>,
) -> Result<Vec<String>, Error> {
    let row = session.db.row().await;
    let of = of.map_or(&**lang, |(_, of)| of);
    Ok(names.iter().map(|name| format!("{name}{of}:{row}")).collect())
}

#[tokio::test]
async fn elided() {
    let call = async |of: &'static str| {
        let of = (1, of);
        let found = by_elided(&mut Session { db: &Db }, &["a"], Some(&of), &"de".into()).await;
        row_in(&found.unwrap()[0])
    };
    check(["x", "y"], call, |of| invalidate_by_elided(["a"], Some(&(1, of)), "de")).await;
}

#[two_tier_cached(prefix = "lifetimes.static", ttl = TTL)]
async fn by_static(table: &'static str, columns: &'static [&'static str]) -> Option<u32> {
    (!columns.contains(&table)).then_some(row().await)
}

#[tokio::test]
async fn of_the_whole_program() {
    let call = async |table| by_static(table, &["id"]).await.unwrap();
    check(["users", "teams"], call, |table| invalidate_by_static(table, &["id"][..])).await;
}

#[two_tier_cached(prefix = "lifetimes.for_all", ttl = TTL, skip(parse, pick))]
async fn by_parser<P>(
    text: &str,
    parse: P,
    pick: &dyn for<'a> Fn(&'a [User]) -> Option<&'a User>,
) -> Result<User, Error>
where
    P: for<'a> Fn(&'a str, u32) -> Result<User, &'a str>,
{
    let user = parse(text, row().await).map_err(|_| Error)?;
    pick(&[user]).cloned().ok_or(Error)
}

#[tokio::test]
async fn for_all() {
    fn parse(text: &str, row: u32) -> Result<User, &str> {
        let id = text.parse().map_err(|_| text)?;
        Ok(User { id, row })
    }
    let call = async |text| by_parser(text, parse, &|users| users.first()).await.unwrap().row;
    check(["1", "2"], call, invalidate_by_parser).await;
}

/// A unit of work that borrows everything.
struct Work<'a, 'b> {
    caches: &'a CacheManager,
    session: &'b mut Session<'a>,
}

impl<'a> Work<'a, '_> {
    #[two_tier_cached(prefix = "lifetimes.work", ttl = TTL, skip(self), manager = self.caches)]
    async fn user(&mut self, id: u64) -> Result<User, Error> {
        let session = &mut *self.session;
        Ok(User { id, row: session.db.row().await })
    }

    #[two_tier_cached(prefix = "lifetimes.outer", ttl = TTL, manager = self.caches)]
    async fn name(&self, name: &'a str) -> Result<Arc<str>, &'a str> {
        if name.is_empty() {
            return Err(name);
        }
        Ok(format!("{name}:{}", self.session.db.row().await).into())
    }
}

#[tokio::test]
async fn of_a_type_that_borrows() {
    for caches in managers() {
        let with = || Session { db: &Db };
        let call = async |id| {
            let mut session = with();
            let mut work = Work { caches: &caches, session: &mut session };
            work.user(id).await.unwrap().row
        };
        check_here([1, 2], call, |id| {
            Work { caches: &caches, session: &mut with() }.invalidate_user(id)
        })
        .await;
        let call = async |name| {
            let work = Work { caches: &caches, session: &mut with() };
            row_in(&work.name(name).await.unwrap())
        };
        check_here(["a", "b"], call, |name| {
            Work { caches: &caches, session: &mut with() }.invalidate_name(name)
        })
        .await;
    }
}

#[derive(Clone, Copy, CacheKey)]
struct Range<'a, T: ?Sized> {
    from: &'a T,
    to: &'a T,
}

#[two_tier_cached(prefix = "lifetimes.key", ttl = TTL)]
async fn by_range(range: Range<'_, str>, of: &Range<'_, [u64]>) -> Option<u32> {
    (range.from != range.to && of.from != of.to).then_some(row().await)
}

#[tokio::test]
async fn of_a_key() {
    let of = Range { from: &[1][..], to: &[2] };
    let call = async |to| by_range(Range { from: "a", to }, &of).await.unwrap();
    check(["b", "c"], call, |to| invalidate_by_range(Range { from: "a", to }, &of)).await;
}
