//! A target names arguments, and the body keeps them.

use std::sync::Arc;

use two_tier_cache::{Invalidate, invalidates};

use super::support::Db;
use super::{
    Refused, Repo, Written, domain, in_each, invalidate_load_domain, invalidate_load_team,
    invalidate_load_user, team, teams, users,
};

#[invalidates(load_domain(name), load_domain(wanted.name), load_user(wanted.written.user))]
async fn write_moved(db: &Db, name: String, wanted: Wanted) -> (String, Wanted) {
    db.add();
    (name, wanted)
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    name: String,
    written: Written,
}

fn wanted(name: &str, user: u64) -> Wanted {
    Wanted { name: name.to_owned(), written: Written { user, team: 8 } }
}

#[tokio::test]
async fn what_a_target_takes_by_value_the_body_takes_too() {
    in_each(async |_, db, _| {
        assert_eq!((domain(db, "a").await, domain(db, "b").await), (1, 1));
        let (name, given) = write_moved(db, "a".to_owned(), wanted("b", 7)).await;
        assert_eq!((name.as_str(), given), ("a", wanted("b", 7)));
        assert_eq!((domain(db, "a").await, domain(db, "b").await), (2, 2));
    })
    .await;
}

/// Of neither is there a clone.
struct Connection<'a>(&'a Db);
struct Id(u64);

#[invalidates(via(forget(&id)), via(forget(id)))]
async fn write_not_clone(connection: &mut Connection<'_>, id: Id) -> Id {
    connection.0.add();
    id
}

fn forget(id: &Id) -> Invalidate {
    invalidate_load_user(id.0)
}

#[tokio::test]
async fn what_has_no_clone_a_target_takes_by_reference() {
    in_each(async |_, db, _| {
        assert_eq!(users(db).await, [1, 1]);
        let id = write_not_clone(&mut Connection(db), Id(7)).await;
        assert_eq!((id.0, users(db).await), (7, [2, 1]));
    })
    .await;
}

#[invalidates(
    load_user(pair.0),
    load_team(ids[1]),
    via(Invalidate::all([(name, 7_u64), (other, ids[0])].map(forget_both))),
    via(forget_wanted(Wanted { name, written: Written { user: *id, team: pair.1 } }))
)]
async fn write_inside(
    db: &Db,
    pair: (u64, u64),
    ids: Vec<u64>,
    name: String,
    other: String,
    id: &u64,
) -> usize {
    db.add();
    drop((pair, ids));
    name.len() + other.len() + usize::try_from(*id).unwrap()
}

fn forget_both((name, team): (String, u64)) -> Invalidate {
    Invalidate::all([invalidate_load_domain(name), invalidate_load_team(team)])
}

fn forget_wanted(wanted: Wanted) -> Invalidate {
    let Wanted { name, written } = wanted;
    Invalidate::all([invalidate_load_domain(name), invalidate_load_user(written.user)])
}

#[tokio::test]
async fn places_inside_tuples_arrays_and_structs_are_given_too() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await), ([1, 1], [1, 1]));
        assert_eq!((domain(db, "a").await, domain(db, "b").await), (1, 1));
        let (a, b) = ("a".to_owned(), "b".to_owned());
        assert_eq!(write_inside(db, (7, 9), vec![8, 7], a, b, &8).await, 10);
        assert_eq!((users(db).await, teams(db).await), ([2, 2], [2, 2]));
        assert_eq!((domain(db, "a").await, domain(db, "b").await), (2, 2));
    })
    .await;
}

#[invalidates(repo.load_team(result.team), via(forget_domain(&name, result)), via(forget_domain(&name, result)))]
async fn write_beside_result(repo: Arc<Repo>, name: String) -> Result<Written, Refused> {
    repo.db.add();
    drop((repo, name));
    Ok(Written { user: 7, team: 7 })
}

fn forget_domain(name: &str, written: &Written) -> Invalidate {
    Invalidate::all([invalidate_load_domain(name.to_owned()), invalidate_load_user(written.user)])
}

#[tokio::test]
async fn beside_result_a_target_uses_arguments_that_the_body_took_away() {
    in_each(async |_, db, repo| {
        assert_eq!((users(db).await, team(repo).await, domain(db, "a").await), ([1, 1], 1, 1));
        write_beside_result(Arc::new(repo.clone()), "a".to_owned()).await.unwrap();
        assert_eq!((users(db).await, team(repo).await, domain(db, "a").await), ([2, 1], 2, 2));
    })
    .await;
}

impl Repo {
    #[invalidates(self.load_team(*result))]
    async fn write_by_reference(&self) -> u64 {
        self.db.add();
        7
    }

    #[invalidates(self.load_team(*result))]
    async fn write_shared(self: Arc<Self>) -> u64 {
        self.db.add();
        drop(self);
        7
    }

    #[invalidates(self.load_team(*result))]
    async fn write_by_reference_to_shared(self: &Arc<Self>) -> u64 {
        self.db.add();
        7
    }

    #[allow(unused_qualifications, reason = "this `self` is none")]
    #[invalidates(self.load_team(*result), self::forget_nothing(*result))]
    async fn write_itself(self) -> u64 {
        self.db.add();
        drop(self);
        7
    }

    #[allow(unused_qualifications, reason = "this `self` is none")]
    #[invalidates(self.load_team(7_u64), self::forget_nothing(*result))]
    async fn write_exclusively(&mut self) -> u64 {
        self.db.add();
        self.caches = self.caches.clone();
        7
    }
}

/// Named as a sibling is, and written by hand.
fn invalidate_forget_nothing(_: u64) -> Invalidate {
    Invalidate::all(None)
}

#[tokio::test]
async fn beside_result_self_is_there_of_every_kind_but_the_exclusive() {
    in_each(async |_, _, repo| {
        let shared = Arc::new(repo.clone());
        assert_eq!(team(repo).await, 1);
        assert_eq!((repo.write_by_reference().await, team(repo).await), (7, 2));
        assert_eq!((Arc::clone(&shared).write_shared().await, team(repo).await), (7, 3));
        assert_eq!((shared.write_by_reference_to_shared().await, team(repo).await), (7, 4));
        assert_eq!((repo.clone().write_itself().await, team(repo).await), (7, 5));
        assert_eq!((repo.clone().write_exclusively().await, team(repo).await), (7, 6));
    })
    .await;
}
