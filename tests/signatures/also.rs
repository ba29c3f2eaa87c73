//! `also(..)`: the further siblings.

use two_tier_cache::{Any, CacheManager, Invalidation, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, loads, managers, row};

#[two_tier_cached(prefix = "also.user", ttl = TTL, skip(db), also(set, exists, refresh))]
async fn user(db: &Db, tenant: u32, id: u64) -> Result<User, Error> {
    if tenant == 0 { Err(Error) } else { Ok(User { id, row: db.row().await }) }
}

async fn on_each(calls: impl AsyncFn()) {
    for caches in managers() {
        caches.scope(calls()).await;
    }
}

#[tokio::test]
async fn what_is_set_is_hit() {
    check([1, 2], async |id| user(&Db, 1, id).await.unwrap().row, |id| invalidate_user(1, id))
        .await;
    on_each(async || {
        let given = User { id: 7, row: 70 };
        assert!(set_user(1, 7, &given).await);
        assert_eq!(loads(0, user(&Db, 1, 7)).await, Ok(given));
        loads(1, user(&Db, 2, 7)).await.unwrap();
        assert_eq!(invalidate_user(1, 7).await, Invalidation::Applied);
        assert_ne!(loads(1, user(&Db, 1, 7)).await.unwrap().row, 70);
    })
    .await;
}

#[tokio::test]
async fn what_would_be_hit_exists() {
    on_each(async || {
        assert!(!loads(0, exists_user(1, 1)).await);
        user(&Db, 1, 1).await.unwrap();
        assert!(exists_user(1, &1).await);
        assert!(!exists_user(1, 2).await);
        invalidate_user(1, 1).await;
        assert!(!exists_user(1, 1).await);
    })
    .await;
}

#[tokio::test]
async fn what_is_refreshed_is_loaded_and_hit() {
    on_each(async || {
        let first = loads(1, user(&Db, 1, 1)).await.unwrap();
        let second = loads(1, refresh_user(&Db, 1, 1)).await.unwrap();
        assert_ne!(second, first);
        assert_eq!(loads(0, user(&Db, 1, 1)).await, Ok(second));
        assert_eq!(refresh_user(&Db, 0, 1).await, Err(Error));
    })
    .await;
}

#[two_tier_cached(prefix = "also.search", ttl = TTL, also(invalidate_where, invalidate_all))]
async fn search(tenant: u32, text: &str, page: Option<u32>) -> Result<Vec<User>, Error> {
    let row = row().await;
    Ok((0..=page.unwrap_or(0)).map(|_| User { id: text.len() as u64, row }).collect())
}

/// Which of the searches were still there. All of them are afterwards.
async fn kept(searches: &[(u32, &str, Option<u32>)]) -> Vec<bool> {
    let mut kept = Vec::new();
    for (tenant, text, page) in searches {
        let before = super::LOADS.get();
        search(*tenant, text, *page).await.unwrap();
        kept.push(super::LOADS.get() == before);
    }
    kept
}

#[tokio::test]
async fn what_matches_is_invalidated() {
    let searches =
        [(1, "a", None), (1, "a", Some(1)), (1, "*", Some(1)), (2, "a", Some(1)), (11, "a", None)];
    on_each(async || {
        assert_eq!(kept(&searches).await, [false; 5]);
        assert_eq!(kept(&searches).await, [true; 5]);
        let matching = invalidate_search_where(1, Any, Any).await;
        assert_eq!(matching, Invalidation::Applied);
        assert_eq!(kept(&searches).await, [false, false, false, true, true]);
        invalidate_search_where(Any, "a", Some(1)).await;
        assert_eq!(kept(&searches).await, [true, false, true, false, true]);
        // A text is no pattern.
        invalidate_search_where(Any, "*", Any).await;
        assert_eq!(kept(&searches).await, [true, true, false, true, true]);
        invalidate_search_where(Any, Any, Any).await;
        assert_eq!(kept(&searches).await, [false; 5]);
        assert_eq!(invalidate_all_search().await, Invalidation::Applied);
        assert_eq!(kept(&searches).await, [false; 5]);
    })
    .await;
}

#[tokio::test]
async fn one_search_of_many() {
    let call = async |text| search(1, text, None).await.unwrap()[0].row;
    check(["a", "a*"], call, |text| invalidate_search(1, text, None)).await;
    check(["b*", "bc"], call, |text| invalidate_search_where(1, text, Any)).await;
}

/// A repository with its own manager.
struct Users {
    caches: CacheManager,
    tenant: u64,
}

impl Users {
    #[two_tier_cached(
        prefix = "also.method",
        ttl = TTL,
        key(self.tenant, name.to_lowercase()),
        manager = self.caches,
        also(set, exists, refresh, invalidate_all)
    )]
    async fn by_name(&self, name: &str) -> Result<Option<User>, Error> {
        Ok(Some(User { id: self.tenant, row: Db.row().await }).filter(|_| !name.is_empty()))
    }

    #[two_tier_cached(
        prefix = "also.list",
        ttl = TTL,
        skip(self),
        manager = self.caches,
        also(set, exists, refresh)
    )]
    async fn list(&self) -> Vec<User> {
        vec![User { id: self.tenant, row: Db.row().await }]
    }
}

#[tokio::test]
async fn of_methods() {
    for caches in managers() {
        let users = Users { caches, tenant: 1 };
        let call = async |name| users.by_name(name).await.unwrap().unwrap().row;
        check_here(["a", "b"], call, |name: &str| users.invalidate_by_name(&name.to_uppercase()))
            .await;
        assert!(users.set_by_name("C", &None).await);
        assert!(users.exists_by_name("c").await);
        assert_eq!(loads(0, users.by_name("c")).await, Ok(None));
        let refreshed = loads(1, users.refresh_by_name("c")).await.unwrap();
        assert_eq!(loads(0, users.by_name("C")).await.unwrap(), refreshed);
        users.invalidate_all_by_name().await;
        assert!(!users.exists_by_name("c").await);

        assert!(!users.exists_list().await);
        let first = loads(1, users.refresh_list()).await;
        assert_eq!(loads(0, users.list()).await, first);
        assert!(users.set_list(&Vec::new()).await);
        assert!(users.list().await.is_empty());
        users.invalidate_list().await;
        assert_eq!(loads(1, users.list()).await.len(), 1);
    }
}
