//! What writes cost as Redis fills, and what a reader feels of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use redis::Connection;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache};
use two_tier_cache_figures::short;
use two_tier_cache_test_servers::RedisServer;

use super::histogram::Histogram;
use super::reader::{GROUP, HOT, Reader};
use super::row::{Ours, Row, load_member};
use super::server::{calls, connect, put};
use super::table::Table;

/// How many are measured of what is over in a moment.
const SINGLES: u64 = 2_000;
const HUNDRED: u64 = 100;

#[derive(Clone, Copy)]
enum Operation {
    Nothing,
    Fill,
    Invalidate,
    GlobOfHundred,
    GlobOfTenth,
}

const OPERATIONS: [(&str, Operation); 5] = [
    ("nothing", Operation::Nothing),
    ("a miss with its fill", Operation::Fill),
    ("`invalidate`, one key", Operation::Invalidate),
    ("a pattern, 100 keys", Operation::GlobOfHundred),
    ("a pattern, 10 % of all", Operation::GlobOfTenth),
];

/// A server with so many keys, and who works on it.
struct Bench {
    server: RedisServer,
    connection: Connection,
    ours: Ours,
    members: TwoTierCache<Arc<Row>>,
    keys: u64,
    /// A value as it is stored. Whoever invalidates looks at its header alone, so that one will do
    /// for all keys.
    template: Vec<u8>,
    next: u64,
}

pub fn table() -> Table {
    Table::new(&[
        "keys in Redis",
        "operation",
        "p50",
        "p99, or longest",
        "server, µs per `EVALSHA`",
        "a reader's hit meanwhile, µs: p50",
        "p99",
        "max",
    ])
}

pub async fn measure(table: &mut Table, keys: u64, rounds: u64) -> Result<()> {
    let mut bench = Bench::new(keys).await?;
    for (name, operation) in OPERATIONS {
        let (mut own, mut reader) = (Histogram::default(), Histogram::default());
        let (mut count, mut micros) = (0.0, 0.0);
        for _ in 0..rounds {
            bench.refill()?;
            redis::cmd("CONFIG").arg("RESETSTAT").query::<()>(&mut bench.connection)?;
            let reading = Reader::start(&bench.server.url()).await?;
            bench.run(operation, rounds, &mut own).await?;
            reader.merge(&reading.stop()?);
            let (more, took) = calls(&mut bench.connection, "evalsha")?;
            (count, micros) = (count + more, micros + took);
        }
        let time = |share: f64| millis(own.quantile(share), own.count());
        let per_call = if own.count() > 0 { short(micros / count) } else { "–".to_owned() };
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| short(reader.quantile(share)));
        table.row(&[&keys.to_string(), name, &time(0.5), &time(0.99), &per_call, &p50, &p99, &max]);
    }
    Ok(())
}

fn millis(micros: f64, count: u64) -> String {
    match (count, micros) {
        (0, _) => "–".to_owned(),
        (_, 10_000.0..) => format!("{} ms", short(micros / 1e3)),
        _ => format!("{micros} µs"),
    }
}

impl Bench {
    async fn new(keys: u64) -> Result<Self> {
        let server = RedisServer::start();
        let mut connection = connect(&server)?;
        let caches = CacheManager::builder().backend(RedisBackend::lazy(&server.url())?).build()?;
        let members = caches.cache("member").build();
        let ours = Ours::new(caches, 64);
        for id in 0..HOT {
            load_member(&ours, GROUP, id).await;
        }
        let template = redis::cmd("GET").arg(format!("member:{GROUP}:0")).query(&mut connection)?;
        let mut bench = Self { server, connection, ours, members, keys, template, next: 0 };
        let rest = keys - HOT - HUNDRED - bench.tenth();
        put(&mut bench.connection, rest, |id| format!("member:rest:{id}"), &bench.template)?;
        bench.refill()?;
        let stored: u64 = redis::cmd("DBSIZE").query(&mut bench.connection)?;
        ensure!(stored == keys, "{stored} of {keys} are stored");
        Ok(bench)
    }

    fn tenth(&self) -> u64 {
        self.keys / 10
    }

    /// Puts back what patterns take away.
    fn refill(&mut self) -> Result<()> {
        let tenth = self.tenth();
        put(&mut self.connection, HUNDRED, |id| format!("member:few:{id}"), &self.template)?;
        put(&mut self.connection, tenth, |id| format!("member:many:{id}"), &self.template)
    }

    async fn run(&mut self, operation: Operation, rounds: u64, own: &mut Histogram) -> Result<()> {
        match operation {
            Operation::Nothing => tokio::time::sleep(Duration::from_secs(1)).await,
            Operation::Fill | Operation::Invalidate => {
                for _ in 0..SINGLES / rounds {
                    self.next += 1;
                    self.single(operation, own).await?;
                }
            }
            Operation::GlobOfHundred => self.glob("few:*", HUNDRED, own).await?,
            Operation::GlobOfTenth => self.glob("many:*", self.tenth(), own).await?,
        }
        Ok(())
    }

    async fn single(&self, operation: Operation, own: &mut Histogram) -> Result<()> {
        let since = Instant::now();
        if let Operation::Fill = operation {
            load_member(&self.ours, "new", self.next).await;
        } else {
            applied(self.members.invalidate(&("rest", self.next)).await)?;
        }
        own.add(since.elapsed());
        Ok(())
    }

    async fn glob(&mut self, pattern: &str, covers: u64, own: &mut Histogram) -> Result<()> {
        let stored: u64 = redis::cmd("DBSIZE").query(&mut self.connection)?;
        let since = Instant::now();
        applied(self.members.invalidate_pattern(pattern).await)?;
        own.add(since.elapsed());
        let left: u64 = redis::cmd("DBSIZE").query(&mut self.connection)?;
        ensure!(stored - left == covers, "{} are gone, {covers} were to go", stored - left);
        Ok(())
    }
}

fn applied(outcome: Invalidation) -> Result<()> {
    ensure!(outcome == Invalidation::Applied, "an invalidation was {outcome:?}");
    Ok(())
}
