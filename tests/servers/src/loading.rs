//! A server that reads its data back, slowly.

use std::time::Duration;

use crate::server::RedisServer;

/// About how long the server sleeps for each key; between keys it answers.
const KEY_DELAY: Duration = Duration::from_millis(5);
/// Not the usual name: no later start may find it.
const FILE: &str = "loading.rdb";

impl RedisServer {
    /// Restarts the server, with its data, so that it takes about this long to load it, and returns
    /// when it answers. Until then it answers everything with `LOADING`;
    /// [`wait_until_ready`](Self::wait_until_ready) waits for the end.
    ///
    /// # Panics
    ///
    /// If the data cannot be saved.
    #[track_caller]
    pub fn restart_loading(&self, duration: Duration) {
        let own_keys = self.succeed(&["DBSIZE"]).int().unsigned_abs();
        let padding = (duration.as_micros() / KEY_DELAY.as_micros()).max(1);
        self.add_padding(padding);
        let delay = duration.as_micros() / (u128::from(own_keys) + padding);
        let delay = delay.max(1).to_string();
        self.succeed(&["CONFIG", "SET", "dbfilename", FILE]);
        // Events are served by the byte, so the bytes have to be there.
        self.succeed(&["CONFIG", "SET", "rdbcompression", "no"]);
        self.succeed(&["SAVE"]);
        let slow = ["--key-load-delay", &delay, "--loading-process-events-interval-bytes", "1024"];
        let from = ["--dbfilename", FILE, "--appendonly", "no"];
        self.restart_with(&[&slow[..], &from[..]].concat());
        self.wait_until(&["PING"], |reply| reply.is_error("LOADING"));
    }

    /// Adds keys that are read back one by one, but have expired by then.
    #[track_caller]
    fn add_padding(&self, count: u128) {
        let script = "for i = 1, ARGV[1] do \
                      redis.call('SET', 'padding:' .. i, string.rep('x', 1500), 'PX', 1) end";
        // Expired keys stay until they are saved.
        self.succeed(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]);
        self.succeed(&["EVAL", script, "0", &count.to_string()]);
    }
}
