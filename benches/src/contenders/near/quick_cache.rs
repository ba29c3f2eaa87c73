//! `quick_cache`, which has no time to live, and which ours stores in.

use std::sync::Arc;

use anyhow::Result;
use quick_cache::Equivalent;
use quick_cache::sync::Cache as Store;

use crate::contenders::{CAPACITY, Cache, Place, Runs};
use crate::workload::{Database, Member, Profile};

#[derive(Debug, PartialEq, Eq, Hash, Clone)]
struct Owned(String, u64);

#[derive(Debug, Hash)]
struct Borrowed<'a>(&'a str, u64);

impl Equivalent<Owned> for Borrowed<'_> {
    fn equivalent(&self, key: &Owned) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

impl Borrowed<'_> {
    fn to_stored(&self) -> Owned {
        Owned(self.0.to_owned(), self.1)
    }
}

/// Loads through the cache, so that one caller of many does.
struct Quick {
    users: Store<u64, Arc<Profile>>,
    members: Store<Owned, Arc<Profile>>,
    db: Arc<Database>,
}

impl Cache for Quick {
    type Given = Result<Arc<Profile>>;

    async fn user(&self, id: u64) -> Self::Given {
        let load = async { Ok(Arc::new(self.db.load(id).await)) };
        self.users.get_or_insert_async(&id, load).await
    }

    /// A borrowed key cannot become the stored one by its trait, so a hit is a `get`. The rest is
    /// boxed: its future is large, and moving it would cost more than the hit.
    async fn member(&self, Member { tenant, id }: Member) -> Self::Given {
        let key = Borrowed(tenant, id);
        if let Some(found) = self.members.get(&key) {
            return Ok(found);
        }
        let load = async { Ok(Arc::new(self.db.load(id).await)) };
        Box::pin(self.members.get_or_insert_async(&key.to_stored(), load)).await
    }

    async fn forget(&self, id: u64) -> Result<()> {
        self.users.remove(&id);
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let (users, members) = (Store::new(CAPACITY), Store::new(CAPACITY));
    Ok(Arc::new(Quick { users, members, db: place.db }))
}

/// `get` alone, and `insert` after a load of one's own.
struct Bare(Quick);

impl Cache for Bare {
    type Given = Result<Arc<Profile>>;

    async fn user(&self, id: u64) -> Self::Given {
        if let Some(found) = self.0.users.get(&id) {
            return Ok(found);
        }
        let value = Arc::new(self.0.db.load(id).await);
        self.0.users.insert(id, Arc::clone(&value));
        Ok(value)
    }

    async fn member(&self, Member { tenant, id }: Member) -> Self::Given {
        let key = Borrowed(tenant, id);
        if let Some(found) = self.0.members.get(&key) {
            return Ok(found);
        }
        let value = Arc::new(self.0.db.load(id).await);
        self.0.members.insert(key.to_stored(), Arc::clone(&value));
        Ok(value)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        self.0.users.remove(&id);
        Ok(())
    }
}

pub async fn bare(place: Place) -> Result<Arc<dyn Runs>> {
    let (users, members) = (Store::new(CAPACITY), Store::new(CAPACITY));
    Ok(Arc::new(Bare(Quick { users, members, db: place.db })))
}
