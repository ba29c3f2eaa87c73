//! Random histories of several processes: whatever order things happen in, a call that starts after
//! an invalidation was acknowledged never returns a row older than the write before it.
//!
//! The order of things is that of the lines of one file, to which every process appends: a line that
//! stands before another was written before it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use two_tier_cache::Invalidation;

use super::process::{Answer, Process, Times, World};
use crate::support::PREFIX;
use crate::support::variant::told;
use crate::support::wire::random;
use crate::worker::Worker;

const KEYS: [&str; 3] = ["1", "2", "2:1"];
const TASKS: u64 = 4;

/// Shorter than many of the loads, so that calls give up, leases run out and crowds gather.
const LEASE_TTL: Duration = Duration::from_millis(40);
const LEASE_WAIT: Duration = Duration::from_millis(80);
/// Long enough for a call to come and go while the reply to another is under way.
const TRAVEL: Duration = Duration::from_millis(30);

/// What one task of one process does.
struct Task {
    worker: Arc<Worker>,
    /// Different from all others.
    name: u64,
    calls: AtomicU64,
    seed: AtomicU64,
}

/// Acts at random for a while. Returns how many values it found, shared, and was not let fill.
pub(crate) async fn act(worker: &Arc<Worker>, seed: u64, time: Duration) -> String {
    let end = Instant::now() + time;
    let task = |number: u64| {
        let name = seed * TASKS + number;
        let seed = AtomicU64::new(name.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let task = Task { worker: Arc::clone(worker), name, calls: AtomicU64::new(0), seed };
        tokio::spawn(async move {
            while Instant::now() < end {
                task.act().await;
            }
        })
    };
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let stats = worker.caches.stats();
    let rows = stats.prefix(PREFIX).unwrap();
    format!("{} {} {}", rows.hits, rows.shared, rows.fills_rejected)
}

impl Task {
    fn chance(&self, of: u64) -> u64 {
        random(&self.seed) % of
    }

    fn key(&self) -> &'static str {
        KEYS[usize::try_from(self.chance(KEYS.len() as u64)).unwrap()]
    }

    async fn pause(&self, most: u64) {
        sleep(Duration::from_millis(self.chance(most + 1))).await;
    }

    async fn act(&self) {
        match self.chance(16) {
            0..10 => self.read(self.key()).await,
            10..12 => {
                let patience = Duration::from_millis(self.chance(20));
                let _given_up = timeout(patience, self.read(self.key())).await;
            }
            12..14 => self.write(self.key()).await,
            _ => self.pause(20).await,
        }
    }

    async fn read(&self, key: &str) {
        let (name, call) = (self.name, self.calls.fetch_add(1, Ordering::Relaxed));
        self.worker.db.tell(&format!("begin {name}.{call} {key}"));
        told(&self.worker.rows).await;
        if let Ok(row) = self.worker.rows.get(key, || self.load(key)).await {
            self.worker.db.tell(&format!("end {name}.{call} {row}"));
        }
    }

    /// A query whose answer takes its time; some fail.
    async fn load(&self, key: &str) -> Result<u64, &'static str> {
        self.pause(2).await;
        let row = self.worker.db.read(key);
        self.pause(if self.chance(8) == 0 { 120 } else { 10 }).await;
        if self.chance(8) == 0 { Err("the database hung up") } else { Ok(row) }
    }

    async fn write(&self, key: &'static str) {
        let Worker { db, rows, .. } = &*self.worker;
        db.write(key);
        self.pause(2).await;
        let (pattern, covered) = match self.chance(4) {
            0 | 1 => (None, vec![key]),
            2 => (Some("2*"), vec!["2", "2:1"]),
            _ => (Some("*"), KEYS.to_vec()),
        };
        // What others have written by now is covered, too.
        let covered: Vec<_> = covered.into_iter().map(|key| (key, db.read(key))).collect();
        let outcome = match pattern {
            None => rows.invalidate(key).await,
            Some(pattern) => rows.invalidate_pattern(pattern).await,
        };
        if outcome == Invalidation::Applied {
            for (key, row) in covered {
                db.tell(&format!("fresh {key} {row}"));
            }
        }
    }
}

/// Goes through a history, and returns how many reads and how many invalidations it has.
fn check(history: &[String]) -> (usize, usize) {
    // The newest row of each key that was acknowledged, and of each read under way the oldest that
    // it may return.
    let (mut fresh, mut under_way) = (HashMap::<&str, u64>::new(), HashMap::new());
    let (mut reads, mut invalidations) = (0, 0);
    for (at, line) in history.iter().enumerate() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["fresh", key, row] => {
                let row: u64 = row.parse().unwrap();
                fresh.entry(key).and_modify(|newest| *newest = row.max(*newest)).or_insert(row);
                invalidations += 1;
            }
            ["begin", call, key] => {
                under_way.insert(call, (at, key, fresh.get(key).copied().unwrap_or(0)));
            }
            ["end", call, row] => {
                let (began, key, oldest) = under_way.remove(call).unwrap();
                let row: u64 = row.parse().unwrap();
                let between = || history[began..=at].join("\n");
                assert!(row >= oldest, "{key} was {oldest}; read {row}:\n{}", between());
                reads += 1;
            }
            _ => panic!("line {at} is cut: {line}"),
        }
    }
    (reads, invalidations)
}

#[test]
fn no_history_of_several_processes_is_stale() {
    let world = World::new();
    let times =
        Times { lease_ttl: Some(LEASE_TTL), lease_wait: Some(LEASE_WAIT), travel: Some(TRAVEL) };
    let processes = [(); 3].map(|()| world.process_with(times));
    let mut dies = world.process_with(times);
    let _never = dies.start("history 3 60000");
    let act = |(seed, process): (usize, &Process)| process.start(&format!("history {seed} 3000"));
    let answers: Vec<_> = processes.iter().enumerate().map(act).collect();
    for _ in 0..8 {
        thread::sleep(Duration::from_millis(200));
        world.server.command(&["FLUSHALL"]);
    }
    dies.kill();
    let answers: Vec<String> = answers.into_iter().map(Answer::get).collect();
    let (reads, invalidations) = check(&world.db.history());
    assert!(reads > 100 && invalidations > 100, "{reads} reads, {invalidations} invalidations");
    for answer in answers {
        let counts: Vec<u64> = answer.split(' ').map(|count| count.parse().unwrap()).collect();
        assert!(counts.iter().all(|&count| count > 0), "hits, shared, rejected: {answer}");
    }
}
