//! Methods of traits that write, in either order with `#[async_trait]`.

use async_trait::async_trait;
use two_tier_cache::invalidates;

use super::support::Db;
use super::{
    Refused, Written, domain, in_each, invalidate_load_domain, invalidate_load_team,
    invalidate_load_user, teams, users,
};

#[async_trait]
trait Write: Sync {
    async fn write(&self, db: &Db, id: u64, name: String) -> Result<Written, Refused>;
    async fn exclusive(&mut self, db: &Db, id: u64);
    async fn early(&self, db: &Db, id: Option<u64>) -> u64;
}

struct Writer {
    user: u64,
}

#[async_trait]
impl Write for Writer {
    #[invalidates(
        load_user(id),
        load_user(self.user),
        load_domain(name),
        load_team(result.team + self.user - self.user)
    )]
    #[tracing::instrument(skip_all)]
    async fn write(&self, db: &Db, id: u64, name: String) -> Result<Written, Refused> {
        db.add();
        let user = name.parse()?;
        Ok(Written { user, team: id })
    }

    #[tracing::instrument(skip_all)]
    #[invalidates(load_user(id))]
    async fn exclusive(&mut self, db: &Db, id: u64) {
        self.user = id;
        db.add();
    }

    #[invalidates(load_user(id.unwrap_or(self.user)), load_team(result))]
    async fn early(&self, db: &Db, id: Option<u64>) -> u64 {
        db.add();
        let Some(id) = id else {
            return self.user;
        };
        id
    }
}

#[tokio::test]
async fn a_method_that_async_trait_has_rewritten_invalidates() {
    in_each(async |_, db, _| {
        let mut writer = Writer { user: 8 };
        assert_eq!((users(db).await, teams(db).await, domain(db, "5").await), ([1; 2], [1; 2], 1));
        let written = writer.write(db, 7, "5".to_owned()).await;
        assert_eq!(written, Ok(Written { user: 5, team: 7 }));
        assert_eq!((users(db).await, teams(db).await), ([2, 2], [2, 1]));
        assert_eq!(domain(db, "5").await, 2);

        assert_eq!(writer.write(db, 7, "no number".to_owned()).await, Err(Refused));
        assert_eq!((users(db).await, teams(db).await), ([3, 3], [2, 1]));

        writer.user = 6;
        writer.exclusive(db, 7).await;
        assert_eq!((users(db).await, writer.user), ([4, 3], 7));

        assert_eq!(writer.early(db, None).await, 7);
        assert_eq!((users(db).await, teams(db).await), ([5, 3], [5, 1]));
        assert_eq!(writer.early(db, Some(8)).await, 8);
        assert_eq!((users(db).await, teams(db).await), ([5, 6], [5, 6]));
    })
    .await;
}
