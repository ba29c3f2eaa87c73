//! Every state that a server, or the line to it, can be in: the same story in each. Calls return what
//! the database has and add no error; writes go on; what this process invalidates it never reads again;
//! and when the state is over, the cache is back, and nobody is left with an older row.

mod state;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use two_tier_cache::redis::RedisConfig;
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache, invalidates};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use self::state::State;
use crate::service::{LIMIT, Service, until_async};
use crate::support::{Db, Gate, in_time, slow_call};

/// Some budgets of a call, because the machine has other things to do: what takes longer waits for the
/// server.
const NO_WAIT: Duration = Duration::from_secs(1);

/// A server, one process at the end of a line to it, and another without one.
struct World {
    server: RedisServer,
    line: Proxy,
    db: Arc<Db>,
    one: Service,
    other: Service,
}

#[invalidates(via(rows.invalidate(&key)))]
async fn write(rows: &TwoTierCache<u32>, db: &Db, key: u32) -> Result<u32, &'static str> {
    assert!(key < 100);
    Ok(db.add())
}

impl World {
    async fn new() -> Self {
        let server = State::builder().start();
        let (line, db) = (Proxy::to(server.port()), Db::new());
        let config = RedisConfig::from_url(&line.url()).unwrap();
        let one = Service::configured(config, &db, CacheManager::builder());
        let other = Service::patient(&server.url(), &db);
        one.connects().await;
        other.connects().await;
        Self { server, line, db, one, other }
    }

    /// A read of the process at the end of the line returns the row as it is now.
    async fn reads_the_row(&self, state: State, key: u32) {
        let (row, took) = in_time(LIMIT, self.one.read(key)).await;
        assert_eq!(row, self.db.row(), "{state:?}, key {key}");
        assert!(took < NO_WAIT, "{state:?}: {took:?}");
    }
}

async fn survives(state: State) {
    let world = World::new().await;
    for key in [1, 2, 3] {
        assert_eq!((world.one.read(key).await, world.other.read(key).await), (1, 1));
    }
    let gate = Gate::closed();
    let loading = slow_call(&world.one.rows, 4, &world.db, &gate);
    gate.reached_by(1).await;
    let fault = state.begin(&world.server, &world.line);
    world.db.add();
    let outcome = world.one.invalidate(1).await;
    assert!(state.expects().is_none_or(|expected| outcome == expected), "{state:?}: {outcome:?}");
    world.reads_the_row(state, 1).await;
    for key in 10..14 {
        world.reads_the_row(state, key).await;
    }
    // By hand, through the attribute, and both again in what has become of it by now.
    for round in 0..3 {
        world.db.add();
        let _applied_or_queued = world.one.invalidate(1).await;
        world.reads_the_row(state, 1).await;
        let written = in_time(LIMIT, write(&world.one.rows, &world.db, 2)).await.0;
        assert_eq!(written, Ok(world.db.row()), "{state:?}");
        world.reads_the_row(state, 2).await;
        // Loaded in this state, if it was loaded, and no longer good.
        world.db.add();
        let _applied_or_queued = world.one.invalidate(10 + round).await;
        world.reads_the_row(state, 10 + round).await;
    }
    world.db.add();
    for key in [1, 2, 4, 10, 11, 12] {
        let _applied_or_queued = world.one.invalidate(key).await;
    }
    // What this process cannot hear of, if the state is that of its line: of what it had in Redis, and
    // of what it has loaded since.
    let unheard = [3, 13];
    for key in unheard {
        let outcome = world.other.invalidate(key).await;
        assert!(!state.is_of_the_line() || outcome == Invalidation::Applied, "{state:?}");
    }
    state.end(fault, &world.server, &world.line);
    gate.open();
    // It began before all of this, and may return what it found; but not store it.
    assert_eq!(in_time(LIMIT, loading).await.0.unwrap(), 1);
    for key in [1, 2, 4, 10, 11, 12] {
        world.reads_the_row(state, key).await;
    }
    world.one.recovers_and_replays().await;
    world.other.replays().await;
    for key in [1, 2, 4, 10, 11, 12].into_iter().chain(unheard) {
        world.reads_the_row(state, key).await;
    }
    // Nobody is left with what was invalidated, and everybody caches again.
    world.other.connects().await;
    for key in [1, 2, 3, 4, 10, 11, 12, 13] {
        assert_eq!(world.other.read(key).await, world.db.row(), "{state:?}, key {key}");
    }
    until_async("it caches again", async || {
        world.one.read(20).await == world.db.row() && world.other.rows.exists(&20).await
    })
    .await;
}

/// Each on a thread and a runtime of its own, at the same time.
#[test]
fn every_state_of_a_server_and_of_its_line_is_survived() {
    let story = |state| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(survives(state));
    };
    let stories = State::ALL.map(|state| (state, thread::spawn(move || story(state))));
    let failed = stories.into_iter().filter_map(|(state, story)| story.join().err().map(|_| state));
    let failed: Vec<State> = failed.collect();
    assert!(failed.is_empty(), "{failed:?}");
}
