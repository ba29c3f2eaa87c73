//! Methods: every way to take `self`.

use std::pin::Pin;
use std::sync::Arc;

use two_tier_cache::{CacheManager, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, check_single, managers};

/// A repository, as there is one per table.
#[derive(Clone, Default)]
struct Users {
    db: Db,
    tenant: u64,
}

impl Users {
    #[two_tier_cached(prefix = "receivers.by_id", ttl = TTL)]
    async fn by_id(&self, id: u64) -> Result<Option<User>, Error> {
        Ok(Some(User { id, row: self.db.row().await }))
    }

    #[two_tier_cached(prefix = "receivers.all", ttl = TTL, skip(self))]
    async fn all(&self) -> Result<Vec<User>, Error> {
        Ok(vec![User { id: 0, row: self.db.row().await }])
    }

    #[two_tier_cached(prefix = "receivers.tenant", ttl = TTL, key(self.tenant, name))]
    async fn by_name(&self, name: &str) -> Option<User> {
        Some(User { id: name.len() as u64, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.own", ttl = TTL, key(self.tenant))]
    async fn count(&self) -> u32 {
        self.db.row().await
    }

    #[two_tier_cached(prefix = "receivers.ref_arc", ttl = TTL)]
    async fn by_ref_arc(self: &Arc<Self>, id: u64) -> Result<User, Error> {
        let this = Arc::clone(self);
        Ok(User { id, row: this.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.arc", ttl = TTL)]
    async fn by_arc(self: Arc<Self>, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.box", ttl = TTL)]
    async fn by_box(self: Box<Self>, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.pin", ttl = TTL)]
    async fn by_pin(self: Pin<&Self>, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.typed", ttl = TTL)]
    async fn by_typed(self: &Self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.value", ttl = TTL, key(self.tenant))]
    async fn into_first(self) -> Result<User, Error> {
        Ok(User { id: 1, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.mut_value", ttl = TTL)]
    async fn of_tenant(mut self, tenant: u64) -> Result<User, Error> {
        self.tenant = tenant;
        self.into_first().await
    }

    #[two_tier_cached(prefix = "receivers.mut", ttl = TTL, skip(self))]
    async fn by_mut(&mut self, id: u64) -> Result<User, Error> {
        self.tenant = id;
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "receivers.lifetime", ttl = TTL)]
    async fn by_lifetime<'a>(&'a self, name: &'a str) -> Result<String, Error> {
        Ok(format!("{name}:{}", self.db.row().await))
    }

    #[two_tier_cached(prefix = "receivers.sibling", ttl = TTL, invalidate = forget)]
    pub(crate) async fn load(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }
}

fn tenant(tenant: u64) -> Users {
    Users { db: Db, tenant }
}

#[tokio::test]
async fn by_reference() {
    let users = Users::default();
    let call = async |id| users.by_id(id).await.unwrap().unwrap().row;
    check([1, 2], call, |id| users.invalidate_by_id(id)).await;
}

#[tokio::test]
async fn by_reference_without_parts() {
    let users = Users::default();
    let call = async || users.all().await.unwrap()[0].row;
    check_single(call, || users.invalidate_all()).await;
}

#[tokio::test]
async fn by_reference_with_a_field_in_the_key() {
    let keys = [(tenant(1), "ada"), (tenant(2), "ada")];
    let call = async |(users, name): (Users, &str)| users.by_name(name).await.unwrap().row;
    check(keys, call, |(users, name)| users.invalidate_by_name(name)).await;
}

#[tokio::test]
async fn by_reference_with_nothing_but_a_field_in_the_key() {
    let call = async |users: Users| users.count().await;
    check([tenant(1), tenant(2)], call, |users| users.invalidate_count()).await;
}

#[tokio::test]
async fn by_reference_to_a_shared_pointer() {
    let users = Arc::new(Users::default());
    let call = async |id| users.by_ref_arc(id).await.unwrap().row;
    check([1, 2], call, |id| users.invalidate_by_ref_arc(id)).await;
}

#[tokio::test]
async fn by_shared_pointer() {
    let users = Arc::new(Users::default());
    let call = async |id| Arc::clone(&users).by_arc(id).await.unwrap().row;
    check([1, 2], call, |id| Arc::clone(&users).invalidate_by_arc(id)).await;
}

#[tokio::test]
async fn by_box() {
    let call = async |id| Box::<Users>::default().by_box(id).await.unwrap().row;
    check([1, 2], call, |id| Box::<Users>::default().invalidate_by_box(id)).await;
}

#[tokio::test]
async fn by_pinned_reference() {
    let users = Users::default();
    let call = async |id| Pin::new(&users).by_pin(id).await.unwrap().row;
    check([1, 2], call, |id| Pin::new(&users).invalidate_by_pin(id)).await;
}

#[tokio::test]
async fn by_reference_with_its_type() {
    let users = Users::default();
    let call = async |id| users.by_typed(id).await.unwrap().row;
    check([1, 2], call, |id| users.invalidate_by_typed(id)).await;
}

#[tokio::test]
async fn by_value() {
    let call = async |users: Users| users.into_first().await.unwrap().row;
    check([tenant(1), tenant(2)], call, Users::invalidate_into_first).await;
}

#[tokio::test]
async fn by_mutable_value() {
    let keys = [(tenant(0), 1), (tenant(0), 2)];
    let call = async |(users, id): (Users, u64)| users.of_tenant(id).await.unwrap().row;
    check(keys, call, |(users, id)| {
        drop(tenant(id).invalidate_into_first());
        users.invalidate_of_tenant(id)
    })
    .await;
}

#[tokio::test]
async fn by_mutable_reference() {
    let call = async |id| Users::default().by_mut(id).await.unwrap().row;
    check([1, 2], call, |id| Users::default().invalidate_by_mut(id)).await;
}

#[tokio::test]
async fn by_reference_with_a_lifetime() {
    let users = Users::default();
    let call = async |name| {
        let found = users.by_lifetime(name).await.unwrap();
        found.split_once(':').unwrap().1.parse().unwrap()
    };
    check(["ada", "bob"], call, |name| users.invalidate_by_lifetime(name)).await;
}

#[tokio::test]
async fn with_a_sibling_of_another_name() {
    let users = Users::default();
    let call = async |id| users.load(id).await.unwrap().row;
    check([1, 2], call, |id| users.forget(id)).await;
}

/// A service that brings its own manager.
struct Service {
    caches: CacheManager,
    users: Users,
}

impl Service {
    #[two_tier_cached(prefix = "receivers.service", ttl = TTL, manager = self.caches)]
    async fn profile(&self, id: u64) -> Result<User, Error> {
        self.users.by_id(id).await?.ok_or(Error)
    }
}

#[tokio::test]
async fn with_a_manager_of_its_own() {
    for caches in managers() {
        let service = Service { caches, users: Users::default() };
        let call = async |id| {
            // Another manager in scope, which has nothing of it.
            let [other, _] = managers();
            other.scope(service.profile(id)).await.unwrap().row
        };
        check_here([1, 2], call, |id| service.invalidate_profile(id)).await;
    }
}

#[derive(Clone, Copy)]
enum Source {
    Primary,
    Replica,
}

impl Source {
    #[two_tier_cached(prefix = "receivers.enum", ttl = TTL, key(*self as u8, id))]
    async fn find(&self, id: u64) -> Option<u32> {
        let (Self::Primary | Self::Replica) = self;
        (id != 0).then_some(Db.row().await)
    }
}

#[tokio::test]
async fn of_an_enum() {
    let call = async |source: Source| source.find(1).await.unwrap();
    let keys = [Source::Primary, Source::Replica];
    check(keys, call, |source| source.invalidate_find(1)).await;
}

trait Repository {
    async fn find(&self, id: u64) -> Result<User, Error>;

    #[two_tier_cached(prefix = "receivers.default", ttl = TTL, invalidate = none)]
    async fn find_row(&self, id: u64) -> u32 {
        self.find(id).await.map_or(0, |user| user.row)
    }
}

impl Repository for Db {
    #[two_tier_cached(prefix = "receivers.trait", ttl = TTL, invalidate = none)]
    async fn find(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.row().await })
    }
}

/// Where no sibling can stand, a handle on the prefix does.
#[tokio::test]
async fn of_a_trait_through_a_handle() {
    for caches in managers() {
        let users = caches.cache::<User>("receivers.trait").build();
        let calls = check_here(
            [1, 2],
            async |id| Db.find(id).await.unwrap().row,
            |id: u64| users.invalidate(&id),
        );
        caches.scope(calls).await;
    }
}

#[tokio::test]
async fn of_a_trait_with_a_body_there() {
    for caches in managers() {
        let users = caches.cache::<User>("receivers.trait").build();
        let rows = caches.cache::<u32>("receivers.default").build();
        let invalidate = |id: u64| {
            drop(users.invalidate(&id));
            rows.invalidate(&id)
        };
        let calls = check_here([1, 2], async |id| Db.find_row(id).await, invalidate);
        caches.scope(calls).await;
    }
}
