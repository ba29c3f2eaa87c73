//! A process that only reads, while others write: here a thread with a manager and a connection of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use two_tier_cache::CacheManager;
use two_tier_cache::redis::RedisBackend;

use super::histogram::Histogram;
use super::row::{Chance, Ours, load_member};

/// How many keys it reads; no pattern of the bench covers them.
pub const HOT: u64 = 1_000;
pub const GROUP: &str = "hot";

pub struct Reader {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Histogram>>,
}

impl Reader {
    /// Returns when it reads.
    pub async fn start(url: &str) -> Result<Self> {
        let caches = CacheManager::builder().backend(RedisBackend::lazy(url)?).build()?;
        let over = Arc::new(AtomicBool::new(false));
        let (begun, begins) = oneshot::channel();
        let told = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(read(&Ours::new(caches, 64), &told, begun))
        });
        begins.await?;
        Ok(Self { over, thread })
    }

    pub fn stop(self) -> Result<Histogram> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the reader panicked"))?
    }
}

/// One read after the other.
async fn read(ours: &Ours, over: &AtomicBool, begun: oneshot::Sender<()>) -> Result<Histogram> {
    let (mut chance, mut histogram) = (Chance::new(3), Histogram::default());
    load_member(ours, GROUP, 0).await;
    // Nobody waits if the bench has failed.
    let _failed = begun.send(());
    while !over.load(Ordering::Relaxed) {
        let since = Instant::now();
        load_member(ours, GROUP, chance.below(HOT)).await;
        histogram.add(since.elapsed());
    }
    // A read that outlasted its budget has loaded.
    ensure!(ours.loads() * 100 <= histogram.count(), "the reader was to hit");
    Ok(histogram)
}
