//! The child's side of the tests with several processes: this program again, which does what it
//! reads on its standard input, one order per line, as many at a time as there are.
//!
//! | order | answer |
//! |---|---|
//! | `get KEY`, `get KEY held GATE` | the row; the load reads it at once, and may be held at a gate |
//! | `crowd COUNT KEY`, also with `held GATE` | every row that one of so many calls got |
//! | `connect` | when the server answers |
//! | `misses COUNT` | when so many calls have looked and found nothing |
//! | `reached GATE`, `open GATE` | when a load has come to the gate; when it is open |
//! | `write KEY` | the row, now raised |
//! | `fenced KEY GATE` | the row, raised by a function with `#[invalidates]`, held after its commit |
//! | `set KEY ROW`, `exists KEY` | `true` or `false` |
//! | `invalidate KEY`, `pattern GLOB` | `Applied` or `Queued` |
//! | `history SEED MILLIS` | see [`history`](crate::processes::history) |

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::env;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, TwoTierCache, invalidates};

use crate::processes::database::Database;
use crate::processes::history;
use crate::processes::line::Line;
use crate::races::connected;
use crate::support::variant::{told, tried};
use crate::support::{Gate, PREFIX, TTL};

/// The test that is a worker in a child, and nothing elsewhere.
pub(crate) const TEST: &str = "worker::worker";
pub(crate) const SERVER: &str = "TWO_TIER_CACHE_WORKER_SERVER";
pub(crate) const DATABASE: &str = "TWO_TIER_CACHE_WORKER_DATABASE";
pub(crate) const LEASE_TTL: &str = "TWO_TIER_CACHE_WORKER_LEASE_TTL";
pub(crate) const LEASE_WAIT: &str = "TWO_TIER_CACHE_WORKER_LEASE_WAIT";
pub(crate) const TRAVEL: &str = "TWO_TIER_CACHE_WORKER_TRAVEL";
/// What an answer begins with, before the number of the order.
pub(crate) const ANSWER: &str = "answer ";

/// More than a machine with other things to do takes: what is tested here is no outage.
const BUDGET: Duration = Duration::from_secs(20);

/// How long the fence of a writer stands that was killed.
pub(crate) const FENCE_TTL: Duration = Duration::from_millis(1_500);

/// A process with a cache on a server that others use too.
pub(crate) struct Worker {
    pub(crate) caches: CacheManager,
    pub(crate) rows: TwoTierCache<u64>,
    pub(crate) db: Database,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker() {
    let Ok(server) = env::var(SERVER) else { return };
    let worker = Arc::new(Worker::new(&server));
    let mut orders = orders();
    while let Some(order) = orders.recv().await {
        let worker = Arc::clone(&worker);
        tokio::spawn(async move {
            let (number, order) = order.split_once(' ').unwrap();
            let answer = worker.obey(order).await;
            // In one piece, and on a line of its own: the test program prints there too.
            let line = format!("\n{ANSWER}{number} {answer}\n");
            io::stdout().lock().write_all(line.as_bytes()).unwrap();
        });
    }
}

/// What the parent says, until it is gone.
fn orders() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for order in io::stdin().lines().map_while(Result::ok) {
            if sender.send(order).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Worker {
    fn new(server: &str) -> Self {
        let time = |name| {
            let millis = env::var(name).ok()?;
            Some(Duration::from_millis(number(&millis)))
        };
        let mut caches = CacheManager::builder().redis_budget(BUDGET).fence_ttl(FENCE_TTL);
        if let Some(time) = time(LEASE_TTL) {
            caches = caches.lease_ttl(time);
        }
        if let Some(time) = time(LEASE_WAIT) {
            caches = caches.lease_wait(time);
        }
        let server = RedisBackend::lazy(server).unwrap();
        let line = Line::to(server, time(TRAVEL).unwrap_or_default());
        let caches = caches.backend(line).build().unwrap();
        let rows = tried(caches.cache(PREFIX).ttl(TTL)).build();
        let db = Database::at(env::var_os(DATABASE).unwrap());
        Self { caches, rows, db, gates: Mutex::default() }
    }

    async fn obey(self: &Arc<Self>, order: &str) -> String {
        let words: Vec<&str> = order.split(' ').collect();
        match words[..] {
            ["get", key, ref way @ ..] => self.get(key, way).await.to_string(),
            ["crowd", count, key, ref way @ ..] => self.crowd(number(count), key, way).await,
            ["connect"] => {
                connected(&self.caches).await;
                done()
            }
            ["misses", count] => {
                self.misses(number(count)).await;
                done()
            }
            ["reached", gate] => {
                self.gate(gate).reached_by(1).await;
                done()
            }
            ["open", gate] => {
                self.gate(gate).open();
                done()
            }
            ["write", key] => self.db.write(key).to_string(),
            ["fenced", key, gate] => fenced(self, key, &self.gate(gate)).await.to_string(),
            ["set", key, row] => self.rows.set(key, &number(row)).await.to_string(),
            ["exists", key] => self.rows.exists(key).await.to_string(),
            ["invalidate", key] => format!("{:?}", self.rows.invalidate(key).await),
            ["pattern", glob] => format!("{:?}", self.rows.invalidate_pattern(glob).await),
            ["history", seed, millis] => {
                history::act(self, number(seed), Duration::from_millis(number(millis))).await
            }
            _ => panic!("no order: {order}"),
        }
    }

    async fn get(&self, key: &str, way: &[&str]) -> u64 {
        told(&self.rows).await;
        let Ok(row) = self.rows.get(key, || self.load(key, way)).await;
        row
    }

    async fn load(&self, key: &str, way: &[&str]) -> Result<u64, Infallible> {
        self.db.count_load(key);
        let row = self.db.read(key);
        match way {
            [] => {}
            ["held", gate] => self.gate(gate).pass().await,
            other => panic!("no way to load: {other:?}"),
        }
        Ok(row)
    }

    async fn crowd(self: &Arc<Self>, count: u64, key: &str, way: &[&str]) -> String {
        let call = |_| {
            let (worker, key) = (Arc::clone(self), key.to_owned());
            let way: Vec<String> = way.iter().map(|&word| word.to_owned()).collect();
            tokio::spawn(async move {
                let way: Vec<&str> = way.iter().map(String::as_str).collect();
                worker.get(&key, &way).await
            })
        };
        let calls: Vec<_> = (0..count).map(call).collect();
        let mut rows = BTreeSet::new();
        for call in calls {
            rows.insert(call.await.unwrap());
        }
        format!("{rows:?}")
    }

    /// A counter tells nobody that it changed.
    async fn misses(&self, count: u64) {
        while self.caches.stats().prefix(PREFIX).is_none_or(|rows| rows.misses < count) {
            sleep(Duration::from_millis(1)).await;
        }
    }

    fn gate(&self, name: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap();
        Arc::clone(gates.entry(name.to_owned()).or_insert_with(Gate::closed))
    }
}

#[invalidates(via(worker.rows.invalidate(key)))]
async fn fenced(worker: &Worker, key: &str, gate: &Gate) -> u64 {
    let row = worker.db.write(key);
    gate.pass().await;
    row
}

fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

fn done() -> String {
    "done".to_owned()
}
