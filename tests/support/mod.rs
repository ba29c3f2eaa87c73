//! What the behaviour tests share: managers of both kinds, a database that counts and waits, a
//! gate, and a backend whose commands can be held up.

#![allow(dead_code, reason = "every test program uses a part of it")]

pub(crate) mod events;
pub(crate) mod variant;
pub(crate) mod wire;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use two_tier_cache::testing::{EncodedBackend, ManualClock};
use two_tier_cache::{CacheManager, CacheManagerBuilder, FunctionStats, TwoTierCache};

use self::variant::{told, tried};

pub(crate) const PREFIX: &str = "row";
pub(crate) const TTL: Duration = Duration::from_secs(600);
/// More than any wait of a call: what takes longer hangs.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(300);

/// A manager, the clock of its store, and its server if it has one.
pub(crate) struct World {
    pub(crate) caches: CacheManager,
    pub(crate) clock: ManualClock,
    pub(crate) server: Option<EncodedBackend>,
}

impl World {
    /// A manager whose values stay as they are, in this process.
    pub(crate) fn embedded(builder: CacheManagerBuilder) -> Self {
        let clock = ManualClock::new();
        Self { caches: builder.clock(&clock).build().unwrap(), clock, server: None }
    }

    /// A manager whose values become bytes.
    pub(crate) fn encoded(builder: CacheManagerBuilder) -> Self {
        let clock = ManualClock::new();
        let server = EncodedBackend::with_clock(&clock);
        let caches = builder.backend(server.clone()).build().unwrap();
        Self { caches, clock, server: Some(server) }
    }

    /// A handle on the rows.
    pub(crate) fn rows(&self) -> TwoTierCache<u32> {
        rows(&self.caches)
    }

    /// The counters of the rows.
    pub(crate) fn stats(&self) -> FunctionStats {
        self.caches.stats().prefix(PREFIX).expect("the prefix was used").clone()
    }

    /// Moves the clock of the store along with tokio's until the task is aborted.
    pub(crate) fn in_step(&self) -> JoinHandle<()> {
        let clock = self.clock.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                clock.advance(Duration::from_millis(50));
            }
        })
    }
}

/// A handle on the rows of a manager.
pub(crate) fn rows(caches: &CacheManager) -> TwoTierCache<u32> {
    tried(caches.cache(PREFIX).ttl(TTL)).build()
}

/// Runs a test on a manager of each kind.
pub(crate) async fn on_each(test: impl AsyncFn(World)) {
    on_each_built(CacheManager::builder, test).await;
}

/// Runs a test on a manager of each kind, built in some way.
pub(crate) async fn on_each_built(
    builder: impl Fn() -> CacheManagerBuilder,
    test: impl AsyncFn(World),
) {
    for (kind, world) in
        [("embedded", World::embedded(builder())), ("encoded", World::encoded(builder()))]
    {
        let _context = Context(kind);
        in_time(12 * FOR_EVER, test(world)).await;
    }
}

/// Says on which kind of manager a test failed.
struct Context(&'static str);

impl Drop for Context {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was on the {} manager", self.0);
        }
    }
}

/// A place where loads wait until they are let on.
#[derive(Debug)]
pub(crate) struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Gate {
    pub(crate) fn closed() -> Arc<Self> {
        Arc::new(Self { arrived: Semaphore::new(0), open: Semaphore::new(0) })
    }

    /// Waits to be let through.
    pub(crate) async fn pass(&self) {
        self.arrived.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }

    /// Waits until so many more have come to the gate.
    pub(crate) async fn reached_by(&self, count: u32) {
        in_time(FOR_EVER, self.arrived.acquire_many(count)).await.0.unwrap().forget();
    }

    /// Lets so many more through.
    pub(crate) fn let_through(&self, count: usize) {
        self.open.add_permits(count);
    }

    /// Lets all through from now on.
    pub(crate) fn open(&self) {
        self.let_through(Semaphore::MAX_PERMITS / 2);
    }
}

/// A database of one row, which counts its loads.
#[derive(Debug, Default)]
pub(crate) struct Db {
    row: AtomicU32,
    loads: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
    caches: OnceLock<CacheManager>,
}

/// Counts a load as running until it is dropped.
pub(crate) struct Running<'a>(&'a Db);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Db {
    /// A database whose row is 1.
    pub(crate) fn new() -> Arc<Self> {
        let db = Self::default();
        db.write(1);
        Arc::new(db)
    }

    /// A database for the functions that name a manager.
    pub(crate) fn with(caches: &CacheManager) -> Arc<Self> {
        let db = Self::new();
        db.caches.set(caches.clone()).unwrap();
        db
    }

    pub(crate) fn caches(&self) -> &CacheManager {
        self.caches.get().expect("made by `with`")
    }

    pub(crate) fn write(&self, row: u32) {
        self.row.store(row, Ordering::SeqCst);
    }

    /// Writes the next row, and says which.
    pub(crate) fn add(&self) -> u32 {
        self.row.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn row(&self) -> u32 {
        self.row.load(Ordering::SeqCst)
    }

    /// The number of loads that were started.
    pub(crate) fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// The most loads that ever ran at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Counts a load that starts.
    pub(crate) fn start(&self) -> Running<'_> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        Running(self)
    }

    /// Reads the row.
    pub(crate) async fn load(&self) -> Result<u32, Infallible> {
        let _running = self.start();
        tokio::task::yield_now().await;
        Ok(self.row())
    }

    /// Reads the row, and takes until the gate opens to bring it home.
    pub(crate) async fn load_slowly(&self, gate: &Gate) -> Result<u32, Infallible> {
        let _running = self.start();
        let row = self.row();
        gate.pass().await;
        Ok(row)
    }

    /// Reads the row, and takes so long to bring it home.
    pub(crate) async fn load_in(&self, time: Duration) -> Result<u32, Infallible> {
        let _running = self.start();
        let row = self.row();
        tokio::time::sleep(time).await;
        Ok(row)
    }
}

/// Lets every task that can run come to where it waits. With a paused clock, time passes only once
/// nothing else can.
pub(crate) async fn settled() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Starts a call that loads slowly.
pub(crate) fn slow_call(
    rows: &TwoTierCache<u32>,
    key: u32,
    db: &Arc<Db>,
    gate: &Arc<Gate>,
) -> JoinHandle<u32> {
    let (rows, db, gate) = (rows.clone(), Arc::clone(db), Arc::clone(gate));
    tokio::spawn(async move {
        told(&rows).await;
        let Ok(row) = in_time(FOR_EVER, rows.get(&key, || db.load_slowly(&gate))).await.0;
        row
    })
}

/// Starts a call that loads at once.
pub(crate) fn call(rows: &TwoTierCache<u32>, key: u32, db: &Arc<Db>) -> JoinHandle<u32> {
    let (rows, db) = (rows.clone(), Arc::clone(db));
    tokio::spawn(async move { read(&rows, key, &db).await })
}

/// Makes a call that loads at once, and waits for it.
pub(crate) async fn read(rows: &TwoTierCache<u32>, key: u32, db: &Db) -> u32 {
    told(rows).await;
    let Ok(row) = in_time(FOR_EVER, rows.get(&key, || db.load())).await.0;
    row
}

/// Polls a future up to so many times; `None` if it is not ready by then.
pub(crate) async fn polled<F: Future>(mut future: Pin<&mut F>, times: usize) -> Option<F::Output> {
    for _ in 0..times {
        let ready = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = ready {
            return Some(output);
        }
        settled().await;
    }
    None
}

/// Awaits what must not hang, and says how long it took by tokio's clock.
pub(crate) async fn in_time<F: Future>(limit: Duration, future: F) -> (F::Output, Duration) {
    let began = tokio::time::Instant::now();
    let output = tokio::time::timeout(limit, future).await;
    (output.expect("this should not take so long"), began.elapsed())
}
