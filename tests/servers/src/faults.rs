//! What happens inside a server that runs: it refuses, waits, forgets its clients.

use std::time::Duration;

use crate::client::Client;
use crate::reply::Reply;
use crate::server::RedisServer;

/// What [`RedisServer::pause_clients`] holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paused {
    /// Every command, also the harness's own.
    Everything,
    /// Commands that may write. Scripts count as such.
    Writes,
}

/// A server that is busy with a script. Dropping it ends the script.
#[derive(Debug)]
#[must_use = "the server is busy until this is dropped"]
pub struct Busy<'a> {
    server: &'a RedisServer,
    script: Client,
    threshold: Reply,
}

impl RedisServer {
    /// The server does not do these commands for so long, and then does them.
    #[track_caller]
    pub fn pause_clients(&self, duration: Duration, paused: Paused) {
        let millis = duration.as_millis().to_string();
        let paused = match paused {
            Paused::Everything => "ALL",
            Paused::Writes => "WRITE",
        };
        self.succeed(&["CLIENT", "PAUSE", &millis, paused]);
    }

    /// Commands that need memory fail with `OOM`.
    #[track_caller]
    pub fn fill_memory(&self) {
        self.succeed(&["CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction"]);
    }

    /// Takes back [`fill_memory`](Self::fill_memory): there is no limit.
    #[track_caller]
    pub fn free_memory(&self) {
        self.succeed(&["CONFIG", "SET", "maxmemory", "0"]);
    }

    /// Writes fail with `READONLY`, whether there is a primary at this address or not. If there is
    /// one, its data replaces the server's own.
    #[track_caller]
    pub fn become_replica_of(&self, host: &str, port: u16) {
        self.succeed(&["REPLICAOF", host, &port.to_string()]);
    }

    /// Returns when a replica has the data of its primary.
    #[track_caller]
    pub fn wait_until_synced(&self) {
        let up = |reply: &Reply| match reply {
            Reply::Bulk(Some(info)) => {
                String::from_utf8_lossy(info).contains("master_link_status:up")
            }
            _ => false,
        };
        self.wait_until(&["INFO", "replication"], up);
    }

    /// Takes back [`become_replica_of`](Self::become_replica_of).
    #[track_caller]
    pub fn become_primary(&self) {
        self.succeed(&["REPLICAOF", "NO", "ONE"]);
    }

    /// Everything fails with `BUSY`, until the guard is dropped or the time is over.
    ///
    /// # Panics
    ///
    /// If the server does not get busy.
    #[track_caller]
    pub fn make_busy(&self, at_most: Duration) -> Busy<'_> {
        const THRESHOLD: &str = "busy-reply-threshold";
        let script = "local function now() \
                      local t = redis.call('TIME') return t[1] * 1000000 + t[2] end \
                      local stop = now() + ARGV[1] while now() < stop do end";
        let mut found = self.succeed(&["CONFIG", "GET", THRESHOLD]).array();
        let threshold = found.pop().expect("a setting of Redis 7");
        self.succeed(&["CONFIG", "SET", THRESHOLD, "1"]);
        let mut client = self.client();
        let micros = at_most.as_micros().to_string();
        client.send(&["EVAL", script, "0", &micros]).expect("the server takes a script");
        self.wait_until(&["PING"], |reply| reply.is_error("BUSY"));
        Busy { server: self, script: client, threshold }
    }

    /// New connections have to give this password; those that exist go on.
    #[track_caller]
    pub fn set_password(&self, password: &str) {
        self.succeed(&["CONFIG", "SET", "requirepass", password]);
    }

    /// Adds a user, or changes one, with rules such as `["on", ">password", "~*", "+get"]`.
    #[track_caller]
    pub fn add_acl_user(&self, name: &str, rules: &[&str]) {
        self.succeed(&[&["ACL", "SETUSER", name], rules].concat());
    }

    /// Closes every connection of the test, and returns how many there were.
    #[track_caller]
    pub fn kill_clients(&self) -> i64 {
        let ports = self.launch.ports;
        let mut addresses: Vec<_> = ports.tls.iter().map(|p| format!("127.0.0.1:{p}")).collect();
        if self.launch.unix_socket {
            addresses.push(format!("{}:0", self.launch.socket().display()));
        } else {
            addresses.extend(ports.plain.map(|port| format!("127.0.0.1:{port}")));
        }
        let kill = |address: &String| self.succeed(&["CLIENT", "KILL", "LADDR", address]).int();
        addresses.iter().map(kill).sum()
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        // A server that was killed meanwhile needs none of it, and the script may be over.
        let Ok(mut client) = self.server.connector().try_client() else { return };
        let _killed = client.try_command(&["SCRIPT", "KILL"]);
        let _ended = self.script.receive();
        if let Reply::Bulk(Some(threshold)) = &self.threshold {
            let set = [b"CONFIG", b"SET".as_slice(), b"busy-reply-threshold", threshold];
            let _set = client.try_command(&set);
        }
    }
}
