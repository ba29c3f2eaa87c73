//! What an entry takes in Redis, beside the same payload stored by hand.

use std::sync::Arc;

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt};
use redis::Connection;
use two_tier_cache::CacheManager;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache_figures::short;
use two_tier_cache_test_servers::RedisServer;

use super::row::{Ours, load_row};
use super::server::{connect, info, put};
use super::table::Table;

/// Of the text in a row.
const LENGTHS: [usize; 3] = [16, 256, 2_048];
const AT_ONCE: usize = 64;
/// Magic, token, times, checksum: what stands before the payload of ours.
const HEADER: usize = 72;
/// A sample of the keys for `MEMORY USAGE`.
const ASKED: u64 = 1_000;

struct Usage {
    /// By the server's `MEMORY USAGE`, for each key.
    usage: f64,
    /// By what `used_memory` grew.
    used: f64,
}

pub async fn measure(entries: u64) -> Result<Table> {
    let mut table = Table::new(&[
        "payload, bytes",
        "`MEMORY USAGE`, bare `SET`",
        "ours",
        "`used_memory` per entry, bare `SET`",
        "ours",
        "more",
    ]);
    for length in LENGTHS {
        let (ours, payload) = ours(entries, length).await?;
        let bare = bare(entries, &payload)?;
        let more = format!("{} %", short((ours.used / bare.used - 1.0) * 100.0));
        let [one, two, three, four] = [bare.usage, ours.usage, bare.used, ours.used].map(short);
        table.row(&[&payload.len().to_string(), &one, &two, &three, &four, &more]);
    }
    Ok(table)
}

/// Filled by loads; with the payload of one entry.
async fn ours(entries: u64, length: usize) -> Result<(Usage, Vec<u8>)> {
    let server = RedisServer::start();
    let mut connection = connect(&server)?;
    let caches = CacheManager::builder().backend(RedisBackend::lazy(&server.url())?).build()?;
    let ours = Arc::new(Ours::new(caches, length));
    load_row(&ours, 0).await;
    let before = info(&mut connection, "memory", "used_memory")?;
    fill(&ours, entries).await;
    let usage = usage(&mut connection, before, entries)?;
    let bytes: Vec<u8> = redis::cmd("GET").arg(key(0)).query(&mut connection)?;
    ensure!(bytes.len() > HEADER, "a header and a payload");
    Ok((usage, bytes[HEADER..].to_vec()))
}

async fn fill(ours: &Ours, entries: u64) {
    let load = |id| async move { drop(load_row(ours, id).await) };
    stream::iter(0..entries).for_each_concurrent(AT_ONCE, load).await;
}

fn bare(entries: u64, payload: &[u8]) -> Result<Usage> {
    let server = RedisServer::start();
    let mut connection = connect(&server)?;
    put(&mut connection, 1, key, payload)?;
    let before = info(&mut connection, "memory", "used_memory")?;
    put(&mut connection, entries, key, payload)?;
    usage(&mut connection, before, entries)
}

fn key(id: u64) -> String {
    format!("row:{id}")
}

fn usage(connection: &mut Connection, before: f64, entries: u64) -> Result<Usage> {
    let used = info(connection, "memory", "used_memory")? - before;
    let stored: u64 = redis::cmd("DBSIZE").query(connection)?;
    ensure!(stored == entries, "{stored} of {entries} are stored");
    let mut sum = 0;
    for id in (0..entries).step_by(usize::try_from((entries / ASKED).max(1))?) {
        sum += redis::cmd("MEMORY").arg("USAGE").arg(key(id)).query::<u64>(connection)?;
    }
    let asked = entries.div_ceil((entries / ASKED).max(1));
    // One was there before, so that scripts and tables were too.
    Ok(Usage { usage: sum as f64 / asked as f64, used: used / (entries - 1) as f64 })
}
