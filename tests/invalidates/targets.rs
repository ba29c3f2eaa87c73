//! What a target can be.

use std::convert::Infallible;

use two_tier_cache::{Invalidate, TwoTierCache, invalidates, two_tier_cached};

use super::support::{Db, TTL};
use super::{
    Refused, Repo, Written, domain, in_each, invalidate_load_domain, invalidate_load_team,
    invalidate_load_user, team, teams, users,
};

#[invalidates(load_user(id))]
async fn write_one(db: &Db, id: u64) -> Result<u32, Infallible> {
    Ok(db.add())
}

#[invalidates(load_user(id), load_team(id + 1), load_domain(name.to_owned()))]
async fn write_several(db: &Db, id: u64, name: &str) {
    db.add();
}

#[tokio::test]
async fn what_is_named_is_read_afresh_and_nothing_else() {
    in_each(async |_, db, _| {
        assert_eq!(users(db).await, [1, 1]);
        assert_eq!(write_one(db, 7).await, Ok(2));
        assert_eq!(users(db).await, [2, 1]);
    })
    .await;
}

#[tokio::test]
async fn several_targets_are_all_invalidated() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await), ([1, 1], [1, 1]));
        assert_eq!((domain(db, "a").await, domain(db, "b").await), (1, 1));
        write_several(db, 7, "A").await;
        assert_eq!((users(db).await, teams(db).await), ([2, 1], [1, 2]));
        assert_eq!((domain(db, "a").await, domain(db, "b").await), (2, 1));
    })
    .await;
}

impl Repo {
    #[invalidates(self.load_team(id), Self::find(id))]
    async fn write(&self, id: u64) -> Result<(), Refused> {
        self.db.add();
        Ok(())
    }

    #[invalidates(self.load_team(result.team), Self::find(result.user))]
    async fn write_and_tell(&self, wanted: Written) -> Result<Written, Refused> {
        self.db.add();
        Ok(wanted)
    }
}

mod elsewhere {
    use super::{Db, Infallible, TTL, two_tier_cached};

    #[two_tier_cached(prefix = "elsewhere", ttl = TTL, skip(db))]
    pub(super) async fn load(db: &Db, id: u64) -> Result<u32, Infallible> {
        db.load().await
    }

    #[two_tier_cached(prefix = "raw", ttl = TTL, skip(db))]
    pub(super) async fn r#move(db: &Db, id: u64) -> Result<u32, Infallible> {
        db.load().await
    }
}

#[allow(unused_qualifications, reason = "paths of every kind are the point")]
#[invalidates(elsewhere::load(id), self::elsewhere::r#move(id), super::targets::elsewhere::load(9))]
async fn write_elsewhere(db: &Db, id: u64) {
    db.add();
}

#[invalidates(repo.load_team(id), repo.clone().load_team(8), Repo::find(8))]
async fn write_through(repo: &Repo, id: u64) {
    repo.db.add();
}

#[tokio::test]
async fn a_method_a_path_and_self_name_the_sibling_beside_the_function() {
    in_each(async |_, db, repo| {
        let found = async |id| {
            let Ok(row) = Repo::find(db, id).await;
            row
        };
        assert_eq!((team(repo).await, found(7).await, found(8).await), (1, 1, 1));
        assert_eq!(repo.write(7).await, Ok(()));
        assert_eq!((team(repo).await, found(7).await, found(8).await), (2, 2, 1));
        write_through(repo, 7).await;
        assert_eq!((team(repo).await, found(7).await, found(8).await), (3, 2, 3));
        let wanted = Written { user: 8, team: 7 };
        assert_eq!(repo.write_and_tell(wanted.clone()).await, Ok(wanted));
        assert_eq!((team(repo).await, found(7).await, found(8).await), (4, 2, 4));
    })
    .await;
    in_each(async |_, db, _| {
        let rows = async || {
            let (Ok(one), Ok(raw)) = (elsewhere::load(db, 7).await, elsewhere::r#move(db, 7).await);
            let Ok(nine) = elsewhere::load(db, 9).await;
            [one, raw, nine]
        };
        assert_eq!(rows().await, [1, 1, 1]);
        write_elsewhere(db, 7).await;
        assert_eq!(rows().await, [2, 2, 2]);
    })
    .await;
}

#[invalidates(
    via(forget(id)),
    via(Invalidate::all(ids.iter().map(invalidate_load_team))),
    via(Invalidate::all(name.map(|name| invalidate_load_domain(name.to_owned()))))
)]
async fn write_via(db: &Db, id: u64, ids: &[u64], name: Option<&str>) {
    db.add();
}

fn forget(id: u64) -> Invalidate {
    invalidate_load_user(id)
}

#[tokio::test]
async fn via_takes_any_invalidation() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await), ([1, 1], [1, 1]));
        write_via(db, 7, &[7, 8], None).await;
        assert_eq!((users(db).await, teams(db).await), ([2, 1], [2, 2]));
        assert_eq!(domain(db, "a").await, 2);
        write_via(db, 8, &[], Some("a")).await;
        assert_eq!((users(db).await, teams(db).await), ([2, 3], [2, 2]));
        assert_eq!(domain(db, "a").await, 3);
    })
    .await;
}

#[invalidates(via(users.invalidate_many([7_u64, 8])), via(teams.invalidate_pattern("*")))]
async fn write_handles(db: &Db, users: &TwoTierCache<u32>, teams: TwoTierCache<u32>) -> u32 {
    let row = db.add();
    // Neither has started. The keys are fenced; which ones a pattern covers nobody knows yet.
    assert!(!users.exists(&7_u64).await && teams.exists(&8_u64).await);
    row
}

#[tokio::test]
async fn many_keys_and_patterns_of_a_handle_wait_for_the_body() {
    in_each(async |world, db, _| {
        assert_eq!((users(db).await, teams(db).await), ([1, 1], [1, 1]));
        let handle = |prefix: &str| world.caches.cache::<u32>(prefix).ttl(TTL).build();
        assert_eq!(write_handles(db, &handle("user"), handle("team")).await, 2);
        assert_eq!((users(db).await, teams(db).await), ([2, 2], [2, 2]));
    })
    .await;
}

#[invalidates(load_user(result.user), load_team(result.team), load_domain(name))]
async fn write_result(db: &Db, name: String, wanted: Written) -> Result<Written, Refused> {
    db.add();
    if name.is_empty() { Err(Refused) } else { Ok(wanted) }
}

#[tokio::test]
async fn result_is_what_the_function_returns_in_ok() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await, domain(db, "a").await), ([1, 1], [1, 1], 1));
        let wanted = Written { user: 7, team: 8 };
        assert_eq!(write_result(db, "a".to_owned(), wanted.clone()).await, Ok(wanted));
        assert_eq!((users(db).await, teams(db).await, domain(db, "a").await), ([2, 1], [1, 2], 2));
    })
    .await;
}

#[tokio::test]
async fn a_target_about_the_result_is_left_alone_after_an_error() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, domain(db, "").await), ([1, 1], 1));
        let wanted = Written { user: 7, team: 8 };
        assert_eq!(write_result(db, String::new(), wanted).await, Err(Refused));
        assert_eq!((users(db).await, domain(db, "").await), ([1, 1], 2));
    })
    .await;
}

type Outcome<T> = Result<T, Refused>;

#[invalidates(load_user(result))]
async fn write_alias(db: &Db, id: u64) -> Outcome<u64> {
    db.add();
    Ok(id)
}

#[invalidates(load_user(result.0), load_team(*result.1))]
async fn write_plain(db: &Db) -> (u64, Box<u64>) {
    db.add();
    (7, Box::new(8))
}

#[invalidates(via(Invalidate::all(result.map(invalidate_load_user))))]
async fn write_list(db: &Db) -> Option<u64> {
    db.add();
    Some(8)
}

#[tokio::test]
async fn the_result_is_found_by_type() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await), ([1, 1], [1, 1]));
        assert_eq!(write_alias(db, 7).await, Ok(7));
        assert_eq!(users(db).await, [2, 1]);
        assert_eq!(write_plain(db).await, (7, Box::new(8)));
        assert_eq!((users(db).await, teams(db).await), ([3, 1], [1, 3]));
        assert_eq!(write_list(db).await, Some(8));
        assert_eq!(users(db).await, [3, 4]);
    })
    .await;
}
