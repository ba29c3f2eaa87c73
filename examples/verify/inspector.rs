//! A look into Redis, past the cache: what an operator sees with `redis-cli`.

use std::time::Duration;

use anyhow::Context as _;
use redis::{Client, aio::MultiplexedConnection, cmd};
use two_tier_cache_examples::cache::Server;

/// A connection of its own.
pub(crate) struct Inspector {
    connection: MultiplexedConnection,
}

impl Inspector {
    pub(crate) async fn connect(server: &Server) -> anyhow::Result<Self> {
        let client = Client::open(server.url()).context("REDIS_URL")?;
        let connection = client.get_multiplexed_async_connection().await;
        Ok(Self { connection: connection.context("connecting to Redis past the cache")? })
    }

    pub(crate) async fn ping(&mut self) -> anyhow::Result<()> {
        cmd("PING").exec_async(&mut self.connection).await.context("PING")
    }

    /// The keys that match. `KEYS` would stop the server for as long as it looks; `SCAN` does not.
    pub(crate) async fn keys(&mut self, pattern: &str) -> anyhow::Result<Vec<String>> {
        let (mut cursor, mut keys) = (0_u64, Vec::new());
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1_000);
            let (next, found): (u64, Vec<String>) =
                scan.query_async(&mut self.connection).await.context("SCAN")?;
            keys.extend(found);
            cursor = next;
            if cursor == 0 {
                return Ok(keys);
            }
        }
    }

    /// How long the key has left to live; `None` if it lives for ever or is not there.
    pub(crate) async fn ttl(&mut self, key: &str) -> anyhow::Result<Option<Duration>> {
        let millis: i64 =
            cmd("PTTL").arg(key).query_async(&mut self.connection).await.context("PTTL")?;
        Ok(u64::try_from(millis).ok().map(Duration::from_millis))
    }

    pub(crate) async fn bytes(&mut self, key: &str) -> anyhow::Result<Vec<u8>> {
        cmd("GET").arg(key).query_async(&mut self.connection).await.context("GET")
    }
}
