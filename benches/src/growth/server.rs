//! Redis, as the bench looks at it and fills it.

use anyhow::{Context, Result};
use redis::{Connection, Pipeline};
use two_tier_cache_test_servers::RedisServer;

use super::row::TTL;

/// How many keys are sent at once.
const BATCH: u64 = 1_000;

pub fn connect(server: &RedisServer) -> Result<Connection> {
    Ok(redis::Client::open(server.url())?.get_connection()?)
}

/// A number out of what `INFO` tells.
pub fn info(connection: &mut Connection, section: &str, field: &str) -> Result<f64> {
    let text: String = redis::cmd("INFO").arg(section).query(connection)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    Ok(line.with_context(|| format!("`INFO` does not tell {field}"))?.trim().parse()?)
}

/// How many calls of a command there were, and the microseconds that they took together.
pub fn calls(connection: &mut Connection, command: &str) -> Result<(f64, f64)> {
    let text: String = redis::cmd("INFO").arg("commandstats").query(connection)?;
    let name = format!("cmdstat_{command}:");
    let Some(line) = text.lines().find_map(|line| line.strip_prefix(&name)) else {
        return Ok((0.0, 0.0));
    };
    let field = |name: &str| -> Result<f64> {
        let value = line.split(',').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        Ok(value.context("a field is missing")?.parse()?)
    };
    Ok((field("calls")?, field("usec")?))
}

/// Puts the same bytes under many keys.
pub fn put(
    connection: &mut Connection,
    count: u64,
    key: impl Fn(u64) -> String,
    bytes: &[u8],
) -> Result<()> {
    for first in (0..count).step_by(usize::try_from(BATCH)?) {
        let mut commands = Pipeline::new();
        for id in first..count.min(first + BATCH) {
            let ttl = u64::try_from(TTL.as_millis())?;
            commands.cmd("SET").arg(key(id)).arg(bytes).arg("PX").arg(ttl).ignore();
        }
        commands.query::<()>(connection)?;
    }
    Ok(())
}
