//! What every cache promises, wherever it keeps its entries.

use std::time::Duration;

use two_tier_cache_examples::{
    model::{CustomerId, DomainId},
    queries,
    timing::{median, speed_up, timed},
    updates,
};

use crate::{Run, outcome::Outcome};

/// How long the slow database takes.
const SLOW_DATABASE: Duration = Duration::from_millis(50);
/// The time to live of the entry that is watched as it expires.
const SHORT_TTL: Duration = Duration::from_millis(250);

pub(crate) async fn basic_get(run: &Run) -> anyhow::Result<Outcome> {
    let miss = run.get(&run.profiles, "basic", 1).await?;
    let hit = run.get(&run.profiles, "basic", 1).await?;
    Ok(Outcome::equal(
        "miss \"Business 1\", hit \"Business 1\", 1 load",
        format!("miss {miss:?}, hit {hit:?}, {} load", run.loads()),
    ))
}

pub(crate) async fn invalidation(run: &Run) -> anyhow::Result<Outcome> {
    let before = run.get(&run.profiles, "update", 2).await?;
    updates::rename_business(&run.db, CustomerId(2), "Renamed 2").await?;
    let cached = run.get(&run.profiles, "update", 2).await?;
    run.profiles.invalidate(&run.key("update", 2)).await;
    let after = run.get(&run.profiles, "update", 2).await?;
    Ok(Outcome::equal(
        "\"Business 2\", after the write still \"Business 2\", invalidated \"Renamed 2\", 2 loads",
        format!(
            "{before:?}, after the write still {cached:?}, invalidated {after:?}, {} loads",
            run.loads()
        ),
    ))
}

pub(crate) async fn pattern_invalidation(run: &Run) -> anyhow::Result<Outcome> {
    for (group, customer) in [("swept", 3), ("swept", 4), ("bystander", 5)] {
        run.get(&run.profiles, group, customer).await?;
    }
    run.profiles.invalidate_pattern(&format!("{}:swept:*", run.id)).await;
    let mut left = Vec::new();
    for (group, customer) in [("swept", 3), ("swept", 4), ("bystander", 5)] {
        if run.profiles.exists(&run.key(group, customer)).await {
            left.push(format!("{group} {customer}"));
        }
    }
    Ok(Outcome::equal(
        "of \"swept 3\", \"swept 4\", \"bystander 5\" is left: bystander 5",
        format!(
            "of \"swept 3\", \"swept 4\", \"bystander 5\" is left: {}",
            if left.is_empty() { "nothing".to_owned() } else { left.join(", ") }
        ),
    ))
}

pub(crate) async fn expiry(run: &Run) -> anyhow::Result<Outcome> {
    let brief = run.caches.cache("verify").ttl(SHORT_TTL).build();
    let key = run.key("expiry", 6);
    run.get(&brief, "expiry", 6).await?;
    let at_once = brief.exists(&key).await;
    tokio::time::sleep(SHORT_TTL + Duration::from_millis(100)).await;
    let later = brief.exists(&key).await;
    run.get(&brief, "expiry", 6).await?;
    Ok(Outcome::equal(
        format!("with a ttl of {SHORT_TTL:?}: there at once, gone 100 ms after it, 2 loads"),
        format!(
            "with a ttl of {SHORT_TTL:?}: {} at once, {} 100 ms after it, {} loads",
            if at_once { "there" } else { "gone" },
            if later { "there" } else { "gone" },
            run.loads()
        ),
    ))
}

/// A real query, made to take 50 ms: the database of a busy service, or one far away.
pub(crate) async fn slow_database(run: &Run) -> anyhow::Result<Outcome> {
    let load = || async {
        let (profile, took) = timed(queries::customer_profile(&run.db, DomainId(7))).await;
        tokio::time::sleep(SLOW_DATABASE.saturating_sub(took)).await;
        profile
    };
    let key = run.key("slow", 7);
    let (profile, miss) = timed(run.profiles.get(&key, load)).await;
    profile?;
    let mut hits = Vec::new();
    for _ in 0..25 {
        let (profile, took) = timed(run.profiles.get(&key, load)).await;
        profile?;
        hits.push(took);
    }
    let hit = median(hits);
    let times = speed_up(miss, hit);
    Ok(Outcome::Compared {
        expected: format!("a miss takes at least {SLOW_DATABASE:?}, a hit at most a tenth of it"),
        seen: format!("a miss took {miss:.1?}, the median of 25 hits {hit:.1?}: {times:.0} times"),
        passed: miss >= SLOW_DATABASE && times >= 10.0,
    })
}
