//! `foyer` in memory. It has no time to live, and gives a handle on its entry.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use foyer::{Cache as Store, CacheBuilder, CacheEntry};

use crate::contenders::{CAPACITY, Cache, Place, Runs};
use crate::workload::{Database, Member, Profile};

struct Foyer {
    users: Store<u64, Arc<Profile>>,
    members: Store<(String, u64), Arc<Profile>>,
    db: Arc<Database>,
}

/// An entry by either key.
enum Handle {
    User(CacheEntry<u64, Arc<Profile>>),
    Member(CacheEntry<(String, u64), Arc<Profile>>),
}

impl AsRef<Profile> for Handle {
    fn as_ref(&self) -> &Profile {
        match self {
            Self::User(entry) => entry.value(),
            Self::Member(entry) => entry.value(),
        }
    }
}

impl Foyer {
    /// To be polled by the cache alone, if at all.
    fn load(
        &self,
        id: u64,
    ) -> impl Future<Output = Result<Arc<Profile>, Infallible>> + Send + use<> {
        let db = Arc::clone(&self.db);
        async move { Ok(Arc::new(db.load(id).await)) }
    }
}

impl Cache for Foyer {
    type Given = Result<Handle>;

    async fn user(&self, id: u64) -> Result<Handle> {
        Ok(Handle::User(self.users.get_or_fetch(&id, || self.load(id)).await?))
    }

    async fn member(&self, Member { tenant, id }: Member) -> Result<Handle> {
        let key = (tenant.to_owned(), id);
        Ok(Handle::Member(self.members.get_or_fetch(&key, || self.load(id)).await?))
    }

    async fn forget(&self, id: u64) -> Result<()> {
        self.users.remove(&id);
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let users = CacheBuilder::new(CAPACITY).build();
    let members = CacheBuilder::new(CAPACITY).build();
    Ok(Arc::new(Foyer { users, members, db: place.db }))
}
