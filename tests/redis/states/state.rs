//! The states, and how each begins and ends.

use std::time::Duration;

use two_tier_cache::Invalidation;
use two_tier_cache_test_servers::{Builder, Paused, Proxy, RedisServer};

/// A state of the server or of the line to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Killed,
    Hung,
    PausedForAll,
    PausedForWrites,
    Loading,
    OutOfMemory,
    CannotSave,
    Readonly,
    WrongPassword,
    TooManyClients,
    BlackHole,
    HalfOpen,
    Slow,
    Flushed,
    ScriptsForgotten,
    LosesKeys,
    HalfReplies,
    Refused,
    Cut,
    LateCommands,
    LateReplies,
}

impl State {
    /// `BUSY` has a test of its own, because its server answers nobody, the harness included.
    pub(super) const ALL: [Self; 21] = [
        Self::Killed,
        Self::Hung,
        Self::PausedForAll,
        Self::PausedForWrites,
        Self::Loading,
        Self::OutOfMemory,
        Self::CannotSave,
        Self::Readonly,
        Self::WrongPassword,
        Self::TooManyClients,
        Self::BlackHole,
        Self::HalfOpen,
        Self::Slow,
        Self::Flushed,
        Self::ScriptsForgotten,
        Self::LosesKeys,
        Self::HalfReplies,
        Self::Refused,
        Self::Cut,
        Self::LateCommands,
        Self::LateReplies,
    ];

    /// A server that can be brought into each of them.
    pub(super) fn builder() -> Builder {
        RedisServer::builder().args(["--enable-protected-configs", "yes"])
    }

    pub(super) fn begin(self, server: &RedisServer, line: &Proxy) -> Option<Client> {
        match self {
            Self::Killed => server.kill(),
            Self::Hung => server.pause(),
            Self::PausedForAll => server.pause_clients(Duration::from_secs(2), Paused::Everything),
            Self::PausedForWrites => server.pause_clients(Duration::from_secs(2), Paused::Writes),
            Self::Loading => server.restart_loading(Duration::from_secs(2)),
            Self::OutOfMemory => server.fill_memory(),
            Self::CannotSave => {
                // Nobody can write there, so the next dump fails.
                set(server, &["dir", "/proc", "save", "3600 1"]);
                set(server, &["stop-writes-on-bgsave-error", "yes"]);
                server.command(&["BGSAVE"]);
                let failed = || {
                    let info = server.command(&["INFO", "persistence"]).text();
                    info.contains("rdb_last_bgsave_status:err")
                };
                while !failed() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            Self::Readonly => server.become_replica_of("127.0.0.1", 1),
            Self::WrongPassword => {
                server.set_password("another");
                server.kill_clients();
            }
            Self::TooManyClients => {
                let mut admin = server.client();
                set(server, &["maxclients", "1"]);
                admin.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
                return Some(admin);
            }
            Self::BlackHole => line.hold(),
            Self::HalfOpen => line.strand(),
            Self::Slow => line.slow(1),
            Self::Flushed => drop(server.command(&["FLUSHALL"])),
            Self::ScriptsForgotten => drop(server.command(&["SCRIPT", "FLUSH"])),
            Self::LosesKeys => {
                set(server, &["maxmemory-policy", "allkeys-random", "maxmemory", "2mb"]);
                let fill =
                    "for i = 1, 5000 do redis.call('SET', 'other:' .. i, ('x'):rep(500)) end";
                server.command(&["EVAL", fill, "0"]);
            }
            Self::HalfReplies => line.cut_replies_after(3),
            Self::Refused => {
                line.refuse();
                line.cut();
            }
            Self::Cut => line.cut(),
            Self::LateCommands => line.hold_commands(),
            Self::LateReplies => line.hold_replies(),
        }
        None
    }

    /// What an invalidation answers that is asked for as it begins, where that is certain.
    pub(super) fn expects(self) -> Option<Invalidation> {
        match self {
            Self::OutOfMemory | Self::Flushed | Self::ScriptsForgotten | Self::LosesKeys => {
                Some(Invalidation::Applied)
            }
            // Whether the next connection is there in time.
            Self::Cut | Self::HalfOpen => None,
            _ => Some(Invalidation::Queued),
        }
    }

    /// Whether others reach the server as ever.
    pub(super) fn is_of_the_line(self) -> bool {
        matches!(
            self,
            Self::BlackHole
                | Self::HalfOpen
                | Self::Slow
                | Self::HalfReplies
                | Self::Refused
                | Self::Cut
                | Self::LateCommands
                | Self::LateReplies
        )
    }

    pub(super) fn end(self, admin: Option<Client>, server: &RedisServer, line: &Proxy) {
        match self {
            Self::Killed => server.restart(),
            Self::Hung => server.resume(),
            Self::OutOfMemory => server.free_memory(),
            Self::CannotSave => set(server, &["stop-writes-on-bgsave-error", "no"]),
            Self::Readonly => server.become_primary(),
            Self::WrongPassword => server.set_password(""),
            Self::TooManyClients => {
                let mut admin = admin.expect("it was kept");
                admin.command(&["CONFIG", "SET", "maxclients", "100"]);
            }
            Self::LosesKeys => set(server, &["maxmemory", "0", "maxmemory-policy", "noeviction"]),
            _ => line.pass(),
        }
    }
}

/// A connection that was there before there were too many.
pub(super) type Client = two_tier_cache_test_servers::Client;

fn set(server: &RedisServer, settings: &[&str]) {
    let reply = server.command(&[&["CONFIG", "SET"], settings].concat());
    assert!(!reply.is_error(""), "{settings:?}: {reply:?}");
}
