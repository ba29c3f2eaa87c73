//! A key by which one sees where its value comes from.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};
use tokio::time::sleep;
use two_tier_cache::{CacheManager, TwoTierCache};

use crate::failure::{Failure, Server};

const KEY: &str = "probe:key";
const FROM_REDIS: &str = "from Redis";
const LIMIT: Duration = Duration::from_secs(10);

/// In Redis it has one value, in the database another.
pub(crate) struct Probe {
    cache: TwoTierCache<String>,
    /// The entry with its header, to be put into a server that has come back empty.
    entry: Vec<u8>,
}

impl Probe {
    pub(crate) async fn new(caches: &CacheManager, server: &Server) -> anyhow::Result<Self> {
        let cache = caches.cache("probe").build();
        ensure!(cache.set("key", &FROM_REDIS.to_owned()).await, "the new Redis takes no value");
        let entry = server.command(vec![b"GET".into(), KEY.into()]).await?.bytes();
        Ok(Self { cache, entry })
    }

    /// Ends the outage, and says how long after that the first value came from Redis.
    pub(crate) async fn recovery(
        &self,
        server: &Server,
        failure: Failure,
    ) -> anyhow::Result<Duration> {
        server.repair(failure).await?;
        let since = Instant::now();
        let entry = self.entry.clone();
        let put = [b"SET".to_vec(), KEY.into(), entry, b"EX".into(), b"60".into()];
        server.command(put.into()).await?;
        while since.elapsed() < LIMIT {
            let load = || async { Ok::<_, Infallible>("from the database".to_owned()) };
            let Ok(value) = self.cache.get("key", load).await;
            if value == FROM_REDIS {
                return Ok(since.elapsed());
            }
            sleep(Duration::from_millis(1)).await;
        }
        bail!("{failure}: {LIMIT:?} after its end, nothing comes from Redis")
    }
}
