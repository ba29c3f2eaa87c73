//! Commands that the server carries out long after their sender gave them up: none of them lets an older
//! row in.

use std::sync::Arc;
use std::time::Duration;

use two_tier_cache::backend::{
    Acquire, Acquired, Backend, Body, Entry, Fill, Found, Key, Over, Token,
};
use two_tier_cache::redis::{RedisBackend, RedisConfig};
use two_tier_cache::{CacheManager, CacheManagerBuilder, Invalidation};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::service::{LIMIT, Service, until};
use crate::support::{Db, Gate, in_time, slow_call};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(200);

/// A process whose commands can be held up, and another on the same server.
struct World {
    server: RedisServer,
    line: Proxy,
    db: Arc<Db>,
    late: Service,
    other: Service,
}

impl World {
    async fn new() -> Self {
        Self::with(CacheManager::builder()).await
    }

    async fn with(builder: CacheManagerBuilder) -> Self {
        let server = RedisServer::start();
        let (line, db) = (Proxy::to(server.port()), Db::new());
        let config = RedisConfig::from_url(&line.url()).unwrap();
        // A lease that comes late stands for long, and nobody waits for it that long.
        let late = builder.lease_ttl(LONG).lease_wait(SHORT);
        let late = Service::configured(config, &db, late);
        let other = CacheManager::builder().redis_budget(LIMIT / 3).lease_wait(SHORT);
        let other = Service::built(&server.url(), &db, other);
        late.connects().await;
        other.connects().await;
        Self { server, line, db, late, other }
    }

    /// What was held arrives, and is carried out.
    async fn deliver(&self) {
        let before = self.commands();
        self.line.deliver();
        until("what was held is carried out", || self.commands() > before).await;
        self.late.recovers_and_replays().await;
    }

    /// How many scripts have looked at a key. The probes of a connection look at none.
    fn commands(&self) -> i64 {
        self.server.calls_of("type")
    }

    /// The backend without a line between.
    fn direct(&self) -> RedisBackend {
        let direct = RedisBackend::lazy(&self.server.url()).unwrap();
        direct.attach(LIMIT);
        direct
    }

    /// Everybody reads the row as it is.
    async fn nobody_is_stale(&self, key: u32) {
        for _ in 0..2 {
            assert_eq!(self.other.read(key).await, self.db.row());
            assert_eq!(self.late.read(key).await, self.db.row());
        }
    }
}

#[tokio::test]
async fn a_late_fill_is_rejected() {
    let world = World::new().await;
    let gate = Gate::closed();
    let load = slow_call(&world.late.rows, 7, &world.db, &gate);
    gate.reached_by(1).await;
    world.line.hold_commands();
    gate.open();
    assert_eq!(in_time(LIMIT, load).await.0.unwrap(), 1);
    world.db.add();
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    world.deliver().await;
    world.nobody_is_stale(7).await;
}

#[tokio::test]
async fn a_late_invalidation_costs_a_load_and_no_more() {
    let world = World::new().await;
    assert_eq!(world.late.read(7).await, 1);
    world.line.hold_commands();
    world.db.add();
    assert_eq!(world.late.invalidate(7).await, Invalidation::Queued);
    assert_eq!(world.late.read(7).await, 2);
    world.deliver().await;
    world.nobody_is_stale(7).await;
}

#[tokio::test]
async fn a_late_glob_costs_loads_and_no_more() {
    let world = World::new().await;
    assert_eq!(world.late.read(7).await, 1);
    world.db.add();
    world.line.hold_commands();
    let swept = world.late.rows.invalidate_pattern("*");
    // Its own process does without the key at once; nobody waits for the rest.
    let swept = tokio::spawn(swept);
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.line.deliver();
    assert!(in_time(LIMIT, swept).await.0.is_ok());
    world.late.recovers_and_replays().await;
    world.nobody_is_stale(7).await;
}

#[tokio::test]
async fn a_late_request_for_a_lease_lets_nobody_fill() {
    // Enough for the GET on a loaded machine; the ACQUIRE is given up after it.
    let world = World::with(CacheManager::builder().redis_budget(Duration::from_secs(1))).await;
    let gate = Gate::closed();
    // Its GET is answered, and its ACQUIRE is held: the reply comes once commands do not pass any more.
    let gets = world.server.calls_of("get");
    world.line.hold_replies();
    let load = tokio::spawn({
        let (rows, db, gate) = (world.late.rows.clone(), Arc::clone(&world.db), Arc::clone(&gate));
        // By itself: nothing else may ask the server.
        async move { rows.get(&7, || db.load_slowly(&gate)).await }
    });
    until("its GET is carried out", || world.server.calls_of("get") > gets).await;
    world.line.hold_commands();
    world.line.deliver_replies();
    gate.reached_by(1).await;
    world.db.add();
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    // Of all that is asked of the server here, only an ACQUIRE that is granted sets a key.
    let sets = world.server.calls_of("set");
    world.line.deliver();
    until("the request is carried out", || world.server.calls_of("set") > sets).await;
    world.late.recovers_and_replays().await;
    gate.open();
    assert_eq!(in_time(LIMIT, load).await.0.unwrap(), Ok(1));
    world.nobody_is_stale(7).await;
}

#[tokio::test]
async fn a_late_set_does_not_overwrite_a_later_invalidation() {
    let world = World::new().await;
    world.line.hold_commands();
    assert!(!world.late.rows.set(&7, &1).await);
    world.db.add();
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    world.deliver().await;
    world.nobody_is_stale(7).await;
}

/// The backend itself, at the end of a line.
fn backend(line: &Proxy) -> Arc<dyn Backend> {
    let backend = RedisBackend::lazy(&line.url()).unwrap();
    backend.attach(Duration::from_millis(100));
    Arc::new(backend)
}

async fn given_up<A>(command: impl Future<Output = A>) {
    assert!(tokio::time::timeout(Duration::from_millis(100), command).await.is_err());
}

#[tokio::test]
async fn a_late_fence_keeps_its_key_uncached_for_its_time_and_no_longer() {
    let world = World::new().await;
    let (line, key) = (&world.line, Key::from_text("row:7"));
    let (backend, direct) = (backend(line), world.direct());
    let writer = Token::random().unwrap();
    assert!(matches!(backend.get(&key).await, Ok(Found::Absent)));
    line.hold_commands();
    let time = Duration::from_secs(2);
    given_up(backend.fence(&key, writer, time)).await;
    // The write is over before its fence arrives.
    assert_eq!(direct.finish(key.clone(), writer, Duration::ZERO).await, Invalidation::Applied);
    let before = world.commands();
    line.deliver();
    until("the fence has come", || world.commands() > before).await;
    assert_eq!(world.server.command(&["STRLEN", "row:7"]).int(), 16 + 24, "it stands");
    world.db.add();
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    world.nobody_is_stale(7).await;
    assert!(matches!(direct.get(&key).await, Ok(Found::Held)), "nothing is stored meanwhile");
    // Not for ever.
    crate::service::until_async("the key is cached again", async || {
        world.other.read(7).await == 2 && world.other.rows.exists(&7).await
    })
    .await;
}

/// The lease of a set by hand was granted, and its fill is held.
#[tokio::test]
async fn a_late_fill_of_a_set_does_not_overwrite_a_later_invalidation() {
    let world = World::new().await;
    let key = Key::from_text("row:7");
    let backend = backend(&world.line);
    let token = Token::random().unwrap();
    let request = Acquire { token, lease_ttl: LONG, over: Over::Everything };
    assert!(matches!(backend.acquire(&key, request).await, Ok(Acquired::Won)));
    world.line.hold_commands();
    given_up(backend.fill(&key, fill(token))).await;
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    let before = world.commands();
    world.line.deliver();
    until("the fill has come", || world.commands() > before).await;
    assert!(matches!(world.direct().get(&key).await, Ok(Found::Absent)));
}

fn fill(token: Token) -> Fill {
    let body = Body::Encoded { codec: 1, payload: vec![1].into() };
    let entry = Entry { id: token, version: 0, load_cost: Duration::ZERO, stale: false, body };
    Fill { entry, ttl: LONG, fresh_for: LONG, bytes: 1 }
}

#[tokio::test]
async fn a_late_release_leaves_the_lease_of_another() {
    let world = World::new().await;
    let key = Key::from_text("row:7");
    let (backend, direct) = (backend(&world.line), world.direct());
    let [mine, theirs] = [(); 2].map(|()| Token::random().unwrap());
    let request = |token| Acquire { token, lease_ttl: LONG, over: Over::Absent };
    backend.acquire(&key, request(mine)).await.unwrap();
    world.line.hold_commands();
    backend.release(&key, mine);
    // Invalidated, and leased again by another.
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    assert!(matches!(direct.acquire(&key, request(theirs)).await, Ok(Acquired::Won)));
    let before = world.commands();
    world.line.deliver();
    until("the release has come", || world.commands() > before).await;
    assert!(direct.fill(&key, fill(theirs)).await.unwrap());
}
