//! Maps: no time to live, no bound, no load at a time.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use foldhash::fast::RandomState;
use hashbrown::Equivalent;

use crate::contenders::{Cache, Place, Runs};
use crate::workload::{Database, KEYS, Member, Profile};

/// A key of two parts that is stored.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
pub struct Owned(String, u64);

impl From<Member> for Owned {
    fn from(Member { tenant, id }: Member) -> Self {
        Self(tenant.to_owned(), id)
    }
}

/// The same, to look it up: without a copy of the text.
#[derive(Debug, Hash)]
pub struct Borrowed<'a>(pub &'a str, pub u64);

impl Equivalent<Owned> for Borrowed<'_> {
    fn equivalent(&self, key: &Owned) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

/// Filled beforehand and never written to again, so it needs no lock.
struct Frozen {
    users: HashMap<u64, Arc<Profile>, RandomState>,
    members: hashbrown::HashMap<Owned, Arc<Profile>, RandomState>,
}

impl Cache for Frozen {
    type Given = Result<Arc<Profile>>;

    async fn user(&self, id: u64) -> Self::Given {
        self.users.get(&id).cloned().context("the map has all keys")
    }

    async fn member(&self, Member { tenant, id }: Member) -> Self::Given {
        self.members.get(&Borrowed(tenant, id)).cloned().context("the map has all keys")
    }

    async fn forget(&self, _: u64) -> Result<()> {
        Ok(())
    }
}

pub async fn frozen(_: Place) -> Result<Arc<dyn Runs>> {
    let value = |id| Arc::new(Profile::of(id, 0));
    Ok(Arc::new(Frozen {
        users: (0..KEYS).map(|id| (id, value(id))).collect(),
        members: (0..KEYS).map(|id| (Member::of(id).into(), value(id))).collect(),
    }))
}

struct Papaya {
    users: papaya::HashMap<u64, Arc<Profile>, RandomState>,
    members: papaya::HashMap<Owned, Arc<Profile>, RandomState>,
    db: Arc<Database>,
}

impl Cache for Papaya {
    type Given = Result<Arc<Profile>>;

    async fn user(&self, id: u64) -> Self::Given {
        if let Some(found) = self.users.pin().get(&id) {
            return Ok(Arc::clone(found));
        }
        let value = Arc::new(self.db.load(id).await);
        self.users.pin().insert(id, Arc::clone(&value));
        Ok(value)
    }

    async fn member(&self, key: Member) -> Self::Given {
        if let Some(found) = self.members.pin().get(&Borrowed(key.tenant, key.id)) {
            return Ok(Arc::clone(found));
        }
        let value = Arc::new(self.db.load(key.id).await);
        self.members.pin().insert(key.into(), Arc::clone(&value));
        Ok(value)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        self.users.pin().remove(&id);
        Ok(())
    }
}

pub async fn papaya(place: Place) -> Result<Arc<dyn Runs>> {
    let (users, members) = Default::default();
    Ok(Arc::new(Papaya { users, members, db: place.db }))
}
