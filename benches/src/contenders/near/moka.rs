//! `moka`.

use std::sync::Arc;

use anyhow::Result;
use moka::future::Cache as Store;

use crate::contenders::{CAPACITY, Cache, Place, Runs, TTL};
use crate::workload::{Database, Member, Profile};

struct Moka {
    users: Store<u64, Arc<Profile>>,
    members: Store<(String, u64), Arc<Profile>>,
    db: Arc<Database>,
}

impl Cache for Moka {
    type Given = Arc<Profile>;

    async fn user(&self, id: u64) -> Self::Given {
        self.users.get_with(id, async { Arc::new(self.db.load(id).await) }).await
    }

    async fn member(&self, Member { tenant, id }: Member) -> Self::Given {
        let key = (tenant.to_owned(), id);
        self.members.get_with(key, async { Arc::new(self.db.load(id).await) }).await
    }

    async fn forget(&self, id: u64) -> Result<()> {
        self.users.invalidate(&id).await;
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let users = Store::builder().max_capacity(CAPACITY as u64).time_to_live(TTL).build();
    let members = Store::builder().max_capacity(CAPACITY as u64).time_to_live(TTL).build();
    Ok(Arc::new(Moka { users, members, db: place.db }))
}
