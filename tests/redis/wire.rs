//! What goes over the wire, and what then stands in Redis.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use two_tier_cache::codec::Json;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{
    CacheManager, HealthState, Invalidation, TwoTierCache, invalidates, two_tier_cached,
};
use two_tier_cache_test_servers::RedisServer;

use crate::races::connected;
use crate::support::{Db, Gate, PREFIX, TTL, call, in_time, read, rows, slow_call};

/// The header of a value.
const HEADER: usize = 72;
/// What takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    id: u32,
    name: String,
}

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn load_row(db: &Db, id: u32) -> Result<u32, Infallible> {
    db.load().await
}

#[two_tier_cached(prefix = "fresh", ttl = TTL, key(id), manager = db.caches(), also(refresh))]
async fn load_fresh(db: &Db, id: u32) -> Result<u32, Infallible> {
    db.load().await
}

#[two_tier_cached(prefix = "near", ttl = TTL, key(id), manager = db.caches(), near = TTL)]
async fn load_near(db: &Db, id: u32) -> Result<u32, Infallible> {
    db.load().await
}

#[two_tier_cached(prefix = "profile", ttl = TTL, key(id), manager = db.caches(), codec = Json)]
async fn load_profile(db: &Db, id: u32) -> Profile {
    let Ok(row) = db.load().await;
    Profile { id: row, name: "Ada: \u{1f642}".to_owned() }
}

/// A server, a manager that is connected to it, and the scripts by their names there.
struct World {
    server: RedisServer,
    caches: CacheManager,
    db: Arc<Db>,
    connecting: Vec<String>,
    scripts: HashMap<String, String>,
}

impl World {
    async fn connected(namespace: Option<&str>) -> Self {
        let server = RedisServer::start();
        let backend = RedisBackend::lazy(&server.url()).unwrap();
        let mut builder = CacheManager::builder().backend(backend).redis_budget(LIMIT);
        if let Some(namespace) = namespace {
            builder = builder.namespace(namespace);
        }
        let caches = builder.build().unwrap();
        let db = Db::with(&caches);
        let mut world =
            Self { server, caches, db, connecting: Vec::new(), scripts: HashMap::new() };
        let monitor = world.server.monitor();
        in_time(LIMIT, connected(&world.caches)).await;
        let commands = monitor.stop();
        for command in &commands {
            if let [script, load, code] = &command[..]
                && (script.as_str(), load.as_str()) == ("SCRIPT", "LOAD")
            {
                let hash = world.server.command(&["SCRIPT", "LOAD", code]).text();
                world.scripts.insert(hash, name_of(code).to_owned());
            }
        }
        world.connecting = commands.iter().map(|command| world.shown(command)).collect();
        world
    }

    fn rows(&self) -> TwoTierCache<u32> {
        rows(&self.caches)
    }

    /// Does something, and returns the commands that it took, without the supervisor's own.
    async fn commands_of(&self, act: impl AsyncFnOnce()) -> Vec<String> {
        let monitor = self.server.monitor();
        in_time(LIMIT, act()).await;
        let commands = monitor.stop();
        let shown = commands.iter().map(|command| self.shown(command));
        shown.filter(|command| !["CLOCK", "ROLE"].contains(&command.as_str())).collect()
    }

    /// A command without the arguments that differ each time; a script with the name in its code.
    fn shown(&self, command: &[String]) -> String {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        match words[..] {
            ["EVALSHA", hash, "0"] => self.scripts[hash].clone(),
            ["EVALSHA", hash, "1", key, ..] => format!("{} {key}", self.scripts[hash]),
            ["SCRIPT", "LOAD", code] => format!("SCRIPT LOAD {}", name_of(code)),
            ["SCAN", _, "MATCH", pattern, "COUNT", _] => format!("SCAN {pattern}"),
            _ => words.join(" "),
        }
    }

    /// The last command of each connection but the harness's.
    fn connections(&self) -> Vec<String> {
        let list = self.server.command(&["CLIENT", "LIST"]).text();
        let here = format!(" laddr=127.0.0.1:{} ", self.server.port());
        let field = |line: &str| Some(line.split_once(" cmd=")?.1.split_once(' ')?.0.to_owned());
        list.lines().filter(|line| line.contains(&here)).filter_map(field).collect()
    }

    fn bytes(&self, key: &str) -> Vec<u8> {
        self.server.command(&["GET", key]).bytes()
    }

    /// Whether the key lives for about so long.
    fn lives_for(&self, key: &str, time: Duration) -> bool {
        let left = self.server.command(&["PTTL", key]).int();
        let most = i64::try_from(time.as_millis()).unwrap();
        (most - 30_000..=most).contains(&left) && left > 0
    }
}

/// The name that stands above the code of a script: `-- NAME(..): ..`.
fn name_of(code: &str) -> &str {
    let names = code.lines().filter_map(|line| Some(line.strip_prefix("-- ")?.split_once('(')?.0));
    let mut names = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase()));
    names.next().expect("a name")
}

#[tokio::test]
async fn connecting_brings_the_scripts_and_asks_whether_the_server_is_well() {
    let world = World::connected(None).await;
    let expected = [
        "HELLO 3",
        "SCRIPT LOAD ACQUIRE",
        "SCRIPT LOAD CLOCK",
        "SCRIPT LOAD FENCE",
        "SCRIPT LOAD FILL",
        "SCRIPT LOAD INVALIDATE",
        "SCRIPT LOAD RELEASE",
        "SCRIPT LOAD RENEW",
        "CLOCK",
        "ROLE",
    ];
    // A server before 7.2 refuses to hear who is there, and shows nobody that.
    let heard = |command: &&String| !command.starts_with("CLIENT SETINFO LIB-");
    let commands: Vec<&String> = world.connecting.iter().filter(heard).collect();
    let (connecting, after) = commands.split_at(expected.len());
    assert_eq!(connecting, expected);
    let expected = ["GET row:0", "CLOCK", "ROLE"];
    assert!(after.iter().all(|command| expected.contains(&command.as_str())), "{after:?}");
    assert_eq!(world.connections().len(), 1);
    assert_eq!(world.caches.health().state, HealthState::Connected);
}

#[tokio::test]
async fn a_hit_is_one_get() {
    let world = World::connected(None).await;
    let (rows, db) = (world.rows(), &world.db);
    load_row(db, 7).await.unwrap();
    let commands = world.commands_of(async || {
        for _ in 0..50 {
            assert_eq!(load_row(db, 7).await, Ok(1));
            assert_eq!(read(&rows, 7, db).await, 1);
        }
    });
    assert_eq!(commands.await, ["GET row:7"; 100]);
    let commands = world.commands_of(async || {
        let calls: Vec<_> = (0..100).map(|_| call(&rows, 7, db)).collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), 1);
        }
    });
    assert_eq!(commands.await, ["GET row:7"; 100], "also when they come together");
    assert_eq!(db.loads(), 1);
}

#[tokio::test]
async fn a_miss_is_a_look_a_lease_and_a_fill() {
    let world = World::connected(None).await;
    let (rows, db) = (world.rows(), &world.db);
    let miss = async || assert_eq!(load_row(db, 7).await, Ok(1));
    assert_eq!(world.commands_of(miss).await, ["GET row:7", "ACQUIRE row:7", "FILL row:7"]);
    let look = async || assert!(!rows.exists(&8).await);
    assert_eq!(world.commands_of(look).await, ["GET row:8"]);
    let fail = async || {
        assert_eq!(rows.get(&8, || async { Err("no") }).await, Err("no"));
        // It is given back while the caller goes on.
        while world.server.command(&["EXISTS", "row:8"]).int() == 1 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    assert_eq!(world.commands_of(fail).await, ["GET row:8", "ACQUIRE row:8", "RELEASE row:8"]);
}

#[tokio::test]
async fn a_refresh_takes_the_lease_over_the_value_and_fills() {
    let world = World::connected(None).await;
    load_fresh(&world.db, 7).await.unwrap();
    let row = world.db.add();
    let refresh = async || assert_eq!(refresh_load_fresh(&world.db, 7).await, Ok(row));
    assert_eq!(world.commands_of(refresh).await, ["ACQUIRE fresh:7", "FILL fresh:7"]);
}

#[tokio::test]
async fn a_read_for_the_near_tier_is_three_commands_and_a_hit_near_is_none() {
    let world = World::connected(None).await;
    let load = async || assert_eq!(load_near(&world.db, 7).await, Ok(1));
    // The first call that asks for it has the server tell of changes.
    let commands = world.commands_of(load).await;
    let told = |command: &&String| *command != "CLIENT TRACKING ON OPTIN";
    let commands: Vec<&String> = commands.iter().filter(told).collect();
    assert_eq!(commands, ["GET near:7", "ACQUIRE near:7", "FILL near:7"]);
    let is_told = || world.server.command(&["CLIENT", "LIST"]).text().contains(" flags=t ");
    while !is_told() {
        sleep(Duration::from_millis(1)).await;
    }
    // It knows as soon as the answer is there.
    let mut commands = world.commands_of(load).await;
    while commands == ["GET near:7"] {
        commands = world.commands_of(load).await;
    }
    assert_eq!(commands, ["CLIENT CACHING YES", "GET near:7", "PTTL near:7"]);
    while !world.commands_of(load).await.is_empty() {}
    let hits = async || {
        for _ in 0..100 {
            load().await;
        }
    };
    assert_eq!(world.commands_of(hits).await, [""; 0]);
    let invalidate =
        async || assert_eq!(invalidate_load_near(&world.db, 7).await, Invalidation::Applied);
    assert_eq!(world.commands_of(invalidate).await, ["INVALIDATE near:7"]);
}

#[tokio::test]
async fn an_invalidation_of_a_key_is_one_command() {
    let world = World::connected(None).await;
    let (rows, db) = (world.rows(), &world.db);
    load_row(db, 7).await.unwrap();
    let one = async || assert_eq!(invalidate_load_row(db, 7).await, Invalidation::Applied);
    assert_eq!(world.commands_of(one).await, ["INVALIDATE row:7"]);
    let many = async || assert_eq!(rows.invalidate_many([7, 8]).await, Invalidation::Applied);
    assert_eq!(world.commands_of(many).await, ["INVALIDATE row:7", "INVALIDATE row:8"]);
}

#[invalidates(load_row(db, 7_u32), via(rows.invalidate_many([8_u32, 7])))]
async fn write(db: &Db, rows: &TwoTierCache<u32>) {
    db.add();
    drop(rows.clone());
}

#[tokio::test]
async fn a_write_fences_in_one_round_trip_and_finishes() {
    let world = World::connected(None).await;
    let (rows, db) = (world.rows(), &world.db);
    let write = async || write(db, &rows).await;
    let mut commands = world.commands_of(write).await;
    let finishes = commands.split_off(3);
    assert_eq!(commands, ["FENCE row:7", "FENCE row:8", "FENCE row:7"]);
    assert!(finishes.iter().all(|command| command.starts_with("INVALIDATE row:")), "{finishes:?}");
    assert_eq!(world.server.command(&["EXISTS", "row:7", "row:8"]).int(), 0);
}

#[tokio::test]
async fn a_set_is_a_lease_and_a_fill() {
    let world = World::connected(None).await;
    let rows = world.rows();
    for row in [1, 2] {
        let set = async || assert!(rows.set(&7, &row).await);
        assert_eq!(world.commands_of(set).await, ["ACQUIRE row:7", "FILL row:7"]);
    }
}

#[tokio::test]
async fn a_pattern_is_pages_and_invalidations_on_a_connection_of_its_own() {
    let world = World::connected(Some("shop")).await;
    let (rows, db) = (world.rows(), &world.db);
    for key in [1, 2, 30] {
        read(&rows, key, db).await;
    }
    let others = "for i = 1, 2500 do redis.call('SET', 'other:' .. i, '') end";
    world.server.command(&["EVAL", others, "0"]);
    let sweep = async || assert_eq!(rows.invalidate_pattern("?").await, Invalidation::Applied);
    let mut commands = world.commands_of(sweep).await;
    commands.retain(|command| !command.starts_with("CLIENT"));
    assert_eq!(commands.remove(0), "HELLO 3", "a connection of its own");
    // Wider than what was asked for: one character may be three in a key.
    let (pages, mut invalidations): (Vec<_>, Vec<_>) =
        commands.into_iter().partition(|command| command == "SCAN shop:row:*");
    assert!((3..10).contains(&pages.len()), "a thousand keys at a time: {invalidations:?}");
    invalidations.sort();
    // The first one changes nothing: it has a server that became a replica refuse.
    let expected = ["%#", "1", "2"].map(|key| format!("INVALIDATE shop:row:{key}"));
    assert_eq!(invalidations, expected);

    assert!(rows.exists(&30).await);
    assert_eq!(rows.invalidate_pattern("nothing").await, Invalidation::Applied);
    in_time(LIMIT, async {
        while world.connections().len() > 1 {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let [last] = world.connections().try_into().unwrap();
    assert!(["get", "role"].contains(&&*last), "`{last}` went where the calls go");
}

#[tokio::test]
async fn a_value_stands_under_its_readable_key_until_its_time_is_over() {
    for (namespace, key) in [(None, "row:7"), (Some("shop"), "shop:row:7")] {
        let world = World::connected(namespace).await;
        load_row(&world.db, 7).await.unwrap();
        assert_eq!(world.server.command(&["DBSIZE"]).int(), 1);
        assert!(world.bytes(key).starts_with(b"2tc1V"));
        assert!(world.lives_for(key, TTL));
        let short = Duration::from_secs(40);
        let rows: TwoTierCache<u32> = world.caches.cache(PREFIX).ttl(short).build();
        assert!(rows.set(&7, &1).await);
        assert!(world.lives_for(key, short), "a set takes the time of its handle");
    }
}

#[tokio::test]
async fn as_json_a_value_is_readable_behind_its_header() {
    let world = World::connected(None).await;
    load_profile(&world.db, 7).await;
    let bytes = world.bytes("profile:7");
    let json = std::str::from_utf8(&bytes[HEADER..]).unwrap();
    assert_eq!(json, "{\"id\":1,\"name\":\"Ada: \u{1f642}\"}");
}

#[tokio::test]
async fn leases_and_tombstones_run_out_by_themselves() {
    let world = World::connected(None).await;
    let gate = Gate::closed();
    let loading = slow_call(&world.rows(), 7, &world.db, &gate);
    gate.reached_by(1).await;
    let lease = world.bytes("row:7");
    assert!(lease.starts_with(b"2tc1LLLL") && lease.len() == 24, "{lease:?}");
    assert!(world.lives_for("row:7", Duration::from_secs(2)));
    gate.open();
    loading.await.unwrap();
    let settle = Duration::from_secs(50);
    let rows: TwoTierCache<u32> = world.caches.cache(PREFIX).ttl(TTL).settle(settle).build();
    rows.invalidate(&7).await;
    assert_eq!(world.bytes("row:7"), b"2tc1TTTT");
    assert!(world.lives_for("row:7", settle));
}
