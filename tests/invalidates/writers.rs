//! Functions of every kind that write.

use std::fmt::Display;
use std::sync::Arc;

use two_tier_cache::{CacheManager, invalidates};

use super::support::{Db, World};
use super::{
    Refused, Repo, Written, domain, in_each, invalidate_load_domain, invalidate_load_team,
    invalidate_load_user, team, teams, users,
};

trait Executor {
    fn execute(&mut self) -> u32;
}

impl Executor for &Db {
    fn execute(&mut self) -> u32 {
        self.add()
    }
}

#[invalidates(load_user(id), load_domain(result.to_string()))]
async fn write_generic<E, I, T: Display>(executor: &mut E, id: I, name: T) -> Result<T, Refused>
where
    E: Executor,
    I: Into<u64> + two_tier_cache::KeyArg<u64> + Clone,
{
    executor.execute();
    let _: u64 = id.into();
    Ok(name)
}

#[invalidates(load_user(id))]
async fn write_hidden(mut executor: impl Executor, id: u64) -> impl Display {
    executor.execute()
}

#[invalidates(load_user(id))]
async fn write_hidden_result(
    executor: &mut dyn Executor,
    id: u64,
) -> Result<impl Display, Refused> {
    let row = executor.execute();
    "7".parse::<u32>()?;
    Ok(row)
}

#[tokio::test]
async fn generic_and_hidden_types_are_written_as_they_are() {
    in_each(async |_, db, _| {
        let mut executor = &**db;
        assert_eq!((users(db).await, domain(db, "a").await), ([1, 1], 1));
        assert_eq!(write_generic(&mut executor, 7_u64, "a").await, Ok("a"));
        assert_eq!((users(db).await, domain(db, "a").await), ([2, 1], 2));
        assert_eq!(write_hidden(&**db, 7).await.to_string(), "3");
        assert_eq!(users(db).await, [3, 1]);
        let row = write_hidden_result(&mut executor, 7).await.map(|row| row.to_string());
        assert_eq!(row, Ok("4".to_owned()));
        assert_eq!(users(db).await, [4, 1]);
    })
    .await;
}

#[invalidates(load_user(user), load_team(team))]
async fn write_pattern(db: &Db, Written { user, team }: Written, (mut left, _): (u32, u32)) -> u32 {
    while left > 0 {
        left -= 1;
        db.add();
    }
    let _: (u64, u64) = (user, team);
    db.row()
}

#[invalidates(load_domain(name.clone()))]
async fn write_borrowed<'a, 'b>(db: &'b Db, name: &'a mut String) -> &'a str
where
    'b: 'a,
{
    db.add();
    name.push('!');
    name
}

#[tokio::test]
async fn patterns_and_lifetimes_stay_as_they_are() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await, domain(db, "a").await), ([1, 1], [1, 1], 1));
        assert_eq!(write_pattern(db, Written { user: 7, team: 8 }, (2, 0)).await, 3);
        assert_eq!((users(db).await, teams(db).await), ([3, 1], [1, 3]));
        let mut name = "a".to_owned();
        assert_eq!(write_borrowed(db, &mut name).await, "a!");
        assert_eq!(domain(db, "a").await, 4);
    })
    .await;
}

#[invalidates(load_user(id), repo.load_team(id), via(other.invalidate_load_team(id)))]
async fn write_to_all(db: &Db, repo: &Repo, other: &Repo, id: u64) -> u32 {
    db.add()
}

#[tokio::test]
async fn each_target_reaches_its_own_manager() {
    in_each(async |_, db, repo| {
        let World { caches, .. } = World::embedded(CacheManager::builder());
        let other = Repo { db: Arc::clone(db), caches };
        assert_eq!((users(db).await, team(repo).await, team(&other).await), ([1, 1], 1, 1));
        assert_eq!(write_to_all(db, repo, &other, 7).await, 2);
        assert_eq!((users(db).await, team(repo).await, team(&other).await), ([2, 1], 2, 2));
    })
    .await;
}

trait Write {
    fn write(&self, id: u64) -> impl Future<Output = Result<u32, Refused>> + Send;

    #[invalidates(load_user(id))]
    async fn write_by_default(&self, db: &Db, id: u64) -> u32 {
        db.add()
    }
}

impl Write for Repo {
    #[invalidates(self.load_team(id), load_user(id))]
    async fn write(&self, id: u64) -> Result<u32, Refused> {
        Ok(self.db.add())
    }
}

#[tokio::test]
async fn methods_of_traits_write_too_and_can_be_spawned() {
    in_each(async |world, db, repo| {
        assert_eq!((users(db).await, team(repo).await), ([1, 1], 1));
        let (caches, of_task) = (world.caches.clone(), repo.clone());
        let task = tokio::spawn(async move { caches.scope(of_task.write(7)).await });
        assert_eq!(task.await.unwrap(), Ok(2));
        assert_eq!((users(db).await, team(repo).await), ([2, 1], 2));
        assert_eq!(repo.write_by_default(db, 8).await, 3);
        assert_eq!(users(db).await, [2, 3]);
    })
    .await;
}
