//! Other attributes on the function and on its arguments.

use std::sync::{Arc, Mutex};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, instrument, subscriber};
use two_tier_cache::two_tier_cached;

use super::{Db, Error, TTL, User, check, managers, row};

/// Above: the span is around the load.
#[instrument(skip(db), fields(tenant = 1))]
#[two_tier_cached(prefix = "attributes.above", ttl = TTL, skip(db))]
async fn instrumented_above(db: &Db, id: u64) -> Result<User, Error> {
    Ok(User { id, row: db.row().await })
}

/// Below: the span is around every call.
#[two_tier_cached(prefix = "attributes.below", ttl = TTL, skip(db))]
#[tracing::instrument(skip_all, err(Debug), ret, fields(user.id = id))]
async fn instrumented_below(db: &Db, id: u64) -> Result<User, Error> {
    Ok(User { id, row: db.row().await })
}

struct Service;

impl Service {
    #[two_tier_cached(prefix = "attributes.method", ttl = TTL)]
    #[instrument(name = "service.load", level = "debug", skip(self))]
    async fn load(&self, id: u64) -> Result<User, Error> {
        Ok(User { id, row: row().await })
    }
}

#[tokio::test]
async fn instrumented() {
    let call = async |id| instrumented_above(&Db, id).await.unwrap().row;
    check([1, 2], call, invalidate_instrumented_above).await;
    let call = async |id| instrumented_below(&Db, id).await.unwrap().row;
    check([1, 2], call, invalidate_instrumented_below).await;
    let call = async |id| Service.load(id).await.unwrap().row;
    check([1, 2], call, |id| Service.invalidate_load(id)).await;
}

/// Notes the names of the spans that are opened.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<&'static str>>>);

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.lock().unwrap().push(span.metadata().name());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_order_says_what_the_span_is_around() {
    let spans = Spans::default();
    let _guard = subscriber::set_default(spans.clone());
    let [caches, _] = managers();
    let calls = async {
        for _ in 0..3 {
            instrumented_above(&Db, 1).await.unwrap();
            instrumented_below(&Db, 1).await.unwrap();
        }
    };
    caches.scope(calls).await;
    let seen = spans.0.lock().unwrap();
    let count = |name| seen.iter().filter(|seen| **seen == name).count();
    assert_eq!((count("instrumented_above"), count("instrumented_below")), (1, 3));
}

/// Loads a user, and says so in more than one line.
///
/// # Errors
///
/// Never.
#[inline]
#[must_use = "loading costs"]
#[allow(non_snake_case)]
#[two_tier_cached(prefix = "attributes.many", ttl = TTL)]
#[cfg_attr(all(), allow(clippy::many_single_char_names))]
#[doc(alias = "get")]
async fn with_many(ID: u64, /* who */ name: &str) -> Option<User> {
    (!name.is_empty()).then_some(User { id: ID, row: row().await })
}

#[tokio::test]
async fn of_documentation_and_lints() {
    let call = async |id| with_many(id, "x").await.unwrap().row;
    check([1, 2], call, |id| invalidate_with_many(id, "x")).await;
}

#[deprecated = "use another"]
#[two_tier_cached(prefix = "attributes.deprecated", ttl = TTL)]
async fn old(id: u64) -> Option<User> {
    (id != 0).then_some(User { id, row: row().await })
}

#[tokio::test]
#[allow(deprecated, reason = "it is what is tested")]
async fn of_deprecation() {
    check([1, 2], async |id| old(id).await.unwrap().row, invalidate_old).await;
}

#[cfg(not(test))]
#[two_tier_cached(prefix = "attributes.cfg", ttl = TTL, skip(pool))]
async fn by_platform(pool: &NoSuchPool, id: u64) -> Result<User, Error> {
    pool.get(id).await
}

#[cfg(test)]
#[two_tier_cached(prefix = "attributes.cfg", ttl = TTL, skip(db))]
async fn by_platform(db: &Db, id: u64) -> Result<User, Error> {
    Ok(User { id, row: db.row().await })
}

#[tokio::test]
async fn of_two_that_exclude_each_other() {
    let call = async |id| by_platform(&Db, id).await.unwrap().row;
    check([1, 2], call, invalidate_by_platform).await;
}

#[two_tier_cached(prefix = "attributes.arguments", ttl = TTL, skip(db, missing))]
async fn by_edition(
    #[cfg(test)] db: &Db,
    #[cfg(not(test))] db: &NoSuchPool,
    id: u64,
    #[cfg(not(test))] region: NoSuchRegion,
    #[cfg(test)] region: &str,
    #[cfg(not(test))] missing: &Missing,
) -> Result<User, Error> {
    if region.is_empty() { Err(Error) } else { Ok(User { id, row: db.row().await }) }
}

#[tokio::test]
async fn on_arguments() {
    let call = async |region| by_edition(&Db, 1, region).await.unwrap().row;
    check(["eu", "us"], call, |region| invalidate_by_edition(1, region)).await;
}

/// Cached where the feature is on.
#[cfg_attr(test, two_tier_cached(prefix = "attributes.cfg_attr", ttl = TTL))]
#[cfg_attr(not(test), no_such_attribute)]
async fn cached_in_tests(id: u64) -> Option<User> {
    Some(User { id, row: row().await })
}

#[tokio::test]
async fn in_a_cfg_attr() {
    let call = async |id| cached_in_tests(id).await.unwrap().row;
    check([1, 2], call, invalidate_cached_in_tests).await;
}

mod by_path {
    use super::{Db, Error, TTL, User};

    #[two_tier_cache::two_tier_cached(prefix = "attributes.path", ttl = TTL, skip(db))]
    pub(super) async fn find(db: &Db, id: u64) -> Result<User, Error> {
        Ok(User { id, row: db.row().await })
    }

    use two_tier_cache::two_tier_cached as cached;

    #[cached(prefix = "attributes.renamed", ttl = TTL, skip(db))]
    pub(super) async fn renamed(db: &Db, id: u64) -> Result<User, Error> {
        find(db, id).await
    }
}

#[tokio::test]
async fn by_path_and_renamed() {
    let call = async |id| by_path::find(&Db, id).await.unwrap().row;
    check([1, 2], call, by_path::invalidate_find).await;
    let call = async |id| by_path::renamed(&Db, id).await.unwrap().row;
    check([1, 2], call, |id| {
        drop(by_path::invalidate_find(id));
        by_path::invalidate_renamed(id)
    })
    .await;
}
