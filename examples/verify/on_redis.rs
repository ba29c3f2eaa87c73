//! What only a shared cache can promise: checks against the server of `REDIS_URL`.

use std::time::Duration;

use anyhow::Context as _;
use tokio::join;
use two_tier_cache::{backend::entry::HEADER_BYTES, codec::Json};

use crate::{
    Run,
    other_process::{Other, Source, Sources},
    outcome::Outcome,
};

const TTL: Duration = Duration::from_mins(1);

/// An operator who looks into Redis recognises what is there.
pub(crate) async fn readable(run: &Run) -> anyhow::Result<Outcome> {
    let profiles = run.caches.cache("verify").ttl(TTL).codec(Json).build();
    let name = run.get(&profiles, "readable", 9).await?;
    let mut inspector = run.inspector().await?;
    let keys = inspector.keys(&format!("verify:{}:readable:*", run.id)).await?;
    let key = format!("verify:{}:readable:9", run.id);
    let ttl = inspector.ttl(&key).await?;
    let bytes = inspector.bytes(&key).await?;
    let payload = bytes.get(HEADER_BYTES..).context("an entry begins with its header")?;
    let json: serde_json::Value = serde_json::from_slice(payload)
        .with_context(|| format!("{key} has no JSON after {HEADER_BYTES} bytes"))?;
    let passed = keys == [key.as_str()]
        && ttl.is_some_and(|left| left <= TTL && left > TTL / 2)
        && json["business_name"] == name;
    let ttl = ttl.map_or_else(|| "for ever".to_owned(), |left| format!("{left:.1?}"));
    Ok(Outcome::Compared {
        expected: format!(
            "the keys [{key:?}], at most {TTL:?} to live, and after {HEADER_BYTES} bytes JSON with \
             the name {name:?}"
        ),
        seen: format!("the keys {keys:?}, {ttl} to live, and {json}"),
        passed,
    })
}

/// Both call the same slow key at the same time.
pub(crate) async fn one_load(run: &Run) -> anyhow::Result<Outcome> {
    let source = Source::new(Duration::from_millis(300))?;
    let mut other = Other::start(run, &source).await?;
    let sources = Sources::new(&run.caches, &run.id, &source);
    let (mine, theirs) = join!(sources.get("shared"), other.ask("get shared"));
    let (mine, theirs) = (mine?, theirs?);
    Ok(Outcome::equal(
        "this process gets \"first\", the other \"first\"; loads in total: 1",
        format!(
            "this process gets {mine:?}, the other {theirs:?}; loads in total: {}",
            source.loads()?
        ),
    ))
}

/// What one writes, the other reads, in both directions.
pub(crate) async fn invalidation_reaches(run: &Run) -> anyhow::Result<Outcome> {
    let source = Source::new(Duration::ZERO)?;
    let mut other = Other::start(run, &source).await?;
    let sources = Sources::new(&run.caches, &run.id, &source);
    let mine = sources.get("told").await?;
    let theirs = other.ask("get told").await?;
    let loads = source.loads()?;

    let by_other = other.ask("write told second").await?;
    let then_mine = sources.get("told").await?;
    let by_this = sources.write("told", "third").await?;
    let then_theirs = other.ask("get told").await?;
    Ok(Outcome::equal(
        "both read \"first\", \"first\", loads in total: 1; the other writes \"second\": Applied, this one reads \
         \"second\"; this one writes \"third\": Applied, the other reads \"third\"",
        format!(
            "both read {mine:?}, {theirs:?}, loads in total: {loads}; the other writes \"second\": {by_other}, \
             this one reads {then_mine:?}; this one writes \"third\": {by_this}, the other reads \
             {then_theirs:?}"
        ),
    ))
}
