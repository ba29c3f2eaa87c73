//! Faults, and what ends them.

use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;
use two_tier_cache_test_servers::{Paused, Proxy, RedisServer};

/// What is done to a server, a line to it, or a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    BlackHole,
    Busy,
    ClientsKilled,
    ClientsPaused,
    Cut,
    Delay,
    Eviction,
    Flush,
    HalfOpen,
    HalfReply,
    LateCommands,
    LateReplies,
    OldDump,
    OutOfMemory,
    ProcessKilled,
    ProcessStopped,
    Readonly,
    RedisKilled,
    RedisStopped,
    ScriptsFlushed,
    SlowLine,
    WrongPassword,
}

/// More of what loses commands than of what is merely slow.
const OF_SERVER: [Kind; 11] = [
    Kind::Busy,
    Kind::ClientsKilled,
    Kind::ClientsPaused,
    Kind::Eviction,
    Kind::Flush,
    Kind::OutOfMemory,
    Kind::Readonly,
    Kind::RedisKilled,
    Kind::RedisStopped,
    Kind::ScriptsFlushed,
    Kind::WrongPassword,
];
const OF_LINE: [Kind; 8] = [
    Kind::BlackHole,
    Kind::Cut,
    Kind::Delay,
    Kind::HalfOpen,
    Kind::HalfReply,
    Kind::LateCommands,
    Kind::LateReplies,
    Kind::SlowLine,
];

impl Kind {
    /// The next fault. Only what treats failovers strictly is to survive an older dump.
    pub(crate) fn choose(rng: &mut Rng, strict: bool) -> Self {
        match rng.u32(0..10) {
            3 if strict && rng.bool() => Self::OldDump,
            0..2 => Self::ProcessKilled,
            2 => Self::ProcessStopped,
            3..6 => OF_SERVER[rng.usize(0..OF_SERVER.len())],
            _ => OF_LINE[rng.usize(0..OF_LINE.len())],
        }
    }

    /// The next fault of a line, beside another.
    pub(crate) fn choose_of_line(rng: &mut Rng) -> Self {
        OF_LINE[rng.usize(0..OF_LINE.len())]
    }

    /// Whether the server may lose a fence by it.
    pub(crate) fn loses_keys(self) -> bool {
        matches!(self, Self::Eviction | Self::Flush | Self::OldDump | Self::RedisKilled)
    }
}

/// Does something to the server, for a while.
pub(crate) fn disturb_server(server: &RedisServer, kind: Kind, time: Duration) {
    match kind {
        Kind::Busy => {
            // Until it is killed: a short script would be over before anybody sees that it runs.
            let busy = server.make_busy(Duration::from_secs(30));
            sleep(time);
            drop(busy);
        }
        Kind::ClientsKilled => drop(server.kill_clients()),
        Kind::ClientsPaused => {
            server.pause_clients(time, Paused::Everything);
            sleep(time);
        }
        Kind::Eviction => evict(server, time),
        Kind::Flush => drop(server.command(&["FLUSHALL"])),
        Kind::OldDump => {
            server.command(&["SAVE"]);
            sleep(time);
            server.restart();
        }
        Kind::OutOfMemory => {
            server.fill_memory();
            sleep(time);
            server.free_memory();
        }
        Kind::Readonly => {
            // Nobody listens there.
            server.become_replica_of("127.0.0.1", 1);
            sleep(time);
            server.become_primary();
        }
        Kind::RedisKilled => {
            server.kill();
            sleep(time);
            server.restart();
        }
        Kind::RedisStopped => {
            server.pause();
            sleep(time);
            server.resume();
        }
        Kind::ScriptsFlushed => drop(server.command(&["SCRIPT", "FLUSH"])),
        Kind::WrongPassword => {
            server.set_password("another");
            server.kill_clients();
            sleep(time);
            server.set_password("");
        }
        _ => {}
    }
}

/// The server has no room, and makes some at random: leases, fences and values go.
fn evict(server: &RedisServer, time: Duration) {
    let fill =
        "for i = 1, 3000 do redis.call('SET', 'filler:' .. i, ('x'):rep(500), 'PX', 3000) end";
    server.command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "2mb"]);
    server.command(&["EVAL", fill, "0"]);
    sleep(time);
    server.command(&["CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction"]);
}

/// Does something to a line, for a while.
pub(crate) fn disturb_line(line: &Proxy, kind: Kind, time: Duration, rng: &mut Rng) {
    match kind {
        Kind::BlackHole => line.hold(),
        Kind::Cut => line.cut(),
        Kind::Delay => line.delay(Duration::from_millis(rng.u64(1..40))),
        Kind::HalfOpen => line.strand(),
        Kind::HalfReply => line.cut_replies_after(rng.usize(1..40)),
        Kind::LateCommands => line.hold_commands(),
        Kind::LateReplies => line.hold_replies(),
        Kind::SlowLine => line.slow(rng.usize(1..30)),
        _ => return,
    }
    sleep(time);
    line.pass();
}
