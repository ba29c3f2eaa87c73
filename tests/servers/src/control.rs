//! What happens to the process: it dies, comes back, stands still.

use crate::reply::Reply;
use crate::server::RedisServer;

impl RedisServer {
    /// Kills the server, and returns when it is gone. Its port refuses connections from now on.
    ///
    /// # Panics
    ///
    /// If the process cannot be killed.
    #[track_caller]
    pub fn kill(&self) {
        self.process().kill().expect("the server dies");
    }

    /// Kills the server if it runs and starts it again, on the same ports with the same settings,
    /// and returns when it answers. Data is gone, and so is what `CONFIG` and `ACL` have set.
    #[track_caller]
    pub fn restart(&self) {
        self.restart_without_waiting();
        self.wait_until_ready();
    }

    /// The same, but returns as soon as the new process exists.
    #[track_caller]
    pub fn restart_without_waiting(&self) {
        self.restart_with(&[]);
    }

    /// Returns when the server answers, and with no error.
    #[track_caller]
    pub fn wait_until_ready(&self) {
        self.wait_until(&["PING"], |reply| *reply == Reply::Status("PONG".to_owned()));
    }

    /// Stops the process, as a machine that hangs: the kernel still accepts connections and takes
    /// bytes, but nobody answers. Returns when it stands still.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    #[track_caller]
    pub fn pause(&self) {
        self.process().pause().expect("the server runs");
    }

    /// Lets a stopped process go on, with what has arrived meanwhile.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    #[track_caller]
    pub fn resume(&self) {
        self.process().resume().expect("the server runs");
    }

    /// A new process, with more arguments than usual.
    #[track_caller]
    pub(crate) fn restart_with(&self, more: &[&str]) {
        let mut process = self.process();
        process.kill().expect("the server dies");
        *process = self.launch.spawn(more);
    }
}
