//! `detached`: the load goes on when its caller is gone.

use std::sync::Arc;

use tokio::sync::Notify;
use two_tier_cache::{CacheManager, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, loads, managers, row};

#[two_tier_cached(prefix = "detached.user", ttl = TTL, skip(db), detached)]
async fn user(db: Db, id: u64) -> Result<User, Error> {
    Ok(User { id, row: db.row().await })
}

#[tokio::test]
async fn a_function_by_value() {
    check([1, 2], async |id| user(Db, id).await.unwrap().row, invalidate_user).await;
}

#[two_tier_cached(prefix = "detached.borrowed", ttl = TTL, skip(db), detached)]
async fn by_name(db: &Arc<Db>, name: &str, ids: &[u64], of: Option<u32>) -> Option<(String, u32)> {
    (ids.len() > of.unwrap_or_default() as usize).then_some((name.to_owned(), db.row().await))
}

#[tokio::test]
async fn a_function_that_borrows() {
    let db = Arc::new(Db);
    let call = async |name| by_name(&db, name, &[1, 2], None).await.unwrap().1;
    check(["a", "b"], call, |name| invalidate_by_name(name, [1, 2], None)).await;
}

#[two_tier_cached(prefix = "detached.key", ttl = TTL, key(user.id), detached)]
async fn score(user: &User, db: Arc<Db>) -> Result<Arc<User>, Arc<str>> {
    if user.id == 0 {
        Err("zero".into())
    } else {
        Ok(Arc::new(User { id: user.id, row: db.row().await }))
    }
}

#[tokio::test]
async fn a_function_with_a_key() {
    let of = |id| User { id, row: 0 };
    let call = async |id| score(&of(id), Arc::new(Db)).await.unwrap().row;
    check([1, 2], call, |id| invalidate_score(&of(id))).await;
    assert_eq!(*score(&of(0), Arc::new(Db)).await.unwrap_err(), *"zero");
}

/// A service that is cheap to clone.
#[derive(Clone)]
struct Service {
    caches: CacheManager,
    db: Arc<Db>,
}

impl Service {
    #[two_tier_cached(prefix = "detached.method", ttl = TTL, manager = self.caches, detached)]
    async fn load(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: self.db.row().await })
    }

    #[two_tier_cached(prefix = "detached.arc", ttl = TTL, manager = self.caches, detached)]
    async fn load_arc(self: Arc<Self>, name: String) -> Result<User, Error> {
        Ok(User { id: name.len() as u64, row: self.db.row().await })
    }
}

#[tokio::test]
async fn a_method() {
    for caches in managers() {
        let service = Service { caches, db: Arc::new(Db) };
        let call = async |id| service.load(id).await.unwrap().row;
        check_here([1, 2], call, |id| service.invalidate_load(id)).await;
        let service = Arc::new(service);
        let call =
            async |name: &str| Arc::clone(&service).load_arc(name.to_owned()).await.unwrap().row;
        check_here(["a", "b"], call, |name| Arc::clone(&service).invalidate_load_arc(name)).await;
    }
}

/// Says when a load began, and lets it end.
#[derive(Default)]
struct Gate {
    began: Notify,
    open: Notify,
}

#[two_tier_cached(prefix = "detached.slow", ttl = TTL, skip(gate), detached)]
async fn slow(gate: Arc<Gate>, id: u64) -> Result<User, Error> {
    gate.began.notify_one();
    gate.open.notified().await;
    Ok(User { id, row: row().await })
}

#[tokio::test]
async fn a_load_whose_caller_is_gone_fills() {
    for caches in managers() {
        let gate = Arc::new(Gate::default());
        let calls = async {
            tokio::select! {
                biased;
                _ = slow(Arc::clone(&gate), 1) => unreachable!("the gate is closed"),
                () = gate.began.notified() => {}
            }
            gate.open.notify_one();
            // The one that is left ends, and what it loaded is there.
            loads(1, slow(Arc::clone(&gate), 1)).await.unwrap()
        };
        let first = caches.scope(calls).await;
        let hit = loads(0, slow(Arc::clone(&gate), 1));
        assert_eq!(caches.scope(hit).await.unwrap(), first);
    }
}
