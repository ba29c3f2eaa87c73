//! A private PostgreSQL server for one test run.
//!
//! Loopback only, on a port the system picked, without a Unix socket and without `fsync`; it
//! shares nothing with a server that already runs here. [`Postgres`] owns the process: however
//! its scope is left, dropping it stops exactly that process. Only killing us outright (`kill -9`)
//! leaves it running.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cluster::Cluster;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// Somebody else may take the port between our look and the server's start.
const PORT_ATTEMPTS: usize = 5;
const START_LIMIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

/// A running server. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub(crate) struct Postgres {
    server: Child,
    port: u16,
    cluster: Cluster,
}

/// How an attempt to start ended.
enum Start {
    Ready,
    /// Not a failure of ours: try another port.
    PortTaken,
}

impl Postgres {
    /// Creates a cluster with the programs in `bin` and serves it.
    pub(crate) fn start(workspace: &Workspace, bin: &Path) -> Outcome<Self> {
        for _ in 0..PORT_ATTEMPTS {
            workspace.go_on()?;
            // Ctrl-C also ends `initdb`; then it is no failure of its own.
            let cluster = Cluster::create(bin, &workspace.target_dir())
                .or_else(|failure| workspace.go_on().and(Err(failure)))?;
            let mut server = Self::spawn(cluster, bin, free_port()?)?;
            match server.wait_until_ready(workspace)? {
                Start::Ready => return Ok(server),
                Start::PortTaken => {}
            }
        }
        Err(Failure::Step(format!("PostgreSQL found every one of {PORT_ATTEMPTS} ports taken")))
    }

    /// What goes into `DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        let password = self.cluster.password();
        format!("postgres://postgres:{password}@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The last lines the server logged.
    pub(crate) fn log_tail(&self) -> String {
        self.cluster.log_tail()
    }

    fn spawn(cluster: Cluster, bin: &Path, port: u16) -> Outcome<Self> {
        use std::os::unix::process::CommandExt;

        let program = bin.join("postgres");
        let log = cluster.new_log()?;
        let both = log.try_clone().map_err(|cause| Failure::because("server log", cause))?;
        let mut command = cluster.command(&program);
        command.arg("-D").arg(cluster.data()).arg("-p").arg(port.to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            // No socket: its path has a length limit, and the port is enough.
            "unix_socket_directories=",
            // The data does not outlive the run.
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
        ] {
            command.args(["-c", setting]);
        }
        // Ctrl-C in the terminal is for us: the tests end first, then the server.
        let spawned = command.process_group(0).stdout(log).stderr(both).spawn();
        let server = spawned.map_err(|cause| Failure::because(program.display(), cause))?;
        Ok(Self { server, port, cluster })
    }

    fn wait_until_ready(&mut self, workspace: &Workspace) -> Outcome<Start> {
        let deadline = Instant::now() + START_LIMIT;
        while !self.is_ready() {
            workspace.go_on()?;
            if let Some(status) = self.exited() {
                let log = self.log_tail();
                if log.contains("could not bind") {
                    return Ok(Start::PortTaken);
                }
                return Err(Failure::because(format!("PostgreSQL did not start ({status})"), log));
            }
            if Instant::now() > deadline {
                let what = format!("PostgreSQL was not ready within {START_LIMIT:?}");
                return Err(Failure::because(what, self.log_tail()));
            }
            thread::sleep(POLL);
        }
        Ok(Start::Ready)
    }

    /// The server writes its state into the eighth line of its pid file, for `pg_ctl` to read.
    fn is_ready(&self) -> bool {
        let file = self.cluster.data().join("postmaster.pid");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().nth(7).is_some_and(|state| state.trim() == "ready")
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        self.server.try_wait().ok().flatten()
    }

    /// Sends the signal to our own child, which is not reaped yet, so its id is still its own.
    fn stop_with(&mut self, signal: Signal, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        // A failure means that it has just ended.
        let _ended = kill_process(Pid::from_child(&self.server), signal);
        while self.exited().is_none() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // INT disconnects the clients and shuts down; QUIT does not clean up; KILL is certain.
        let stopped = self.exited().is_some()
            || self.stop_with(Signal::INT, Duration::from_secs(10))
            || self.stop_with(Signal::QUIT, Duration::from_secs(5))
            || self.stop_with(Signal::KILL, Duration::from_secs(5));
        if !stopped {
            eprintln!("warning: PostgreSQL (pid {}) does not end", self.server.id());
        }
    }
}

/// A port that is free now, chosen by the system and so never PostgreSQL's default.
fn free_port() -> Outcome<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|cause| Failure::because("no free port on 127.0.0.1", cause))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::PathBuf;

    use super::*;
    use crate::tools::POSTGRESQL;

    /// Asks for TLS, as every client may before anything else; `N` is PostgreSQL's "no".
    fn answers_like_postgresql(port: u16) -> bool {
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        client.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
        let mut answer = [0];
        client.read_exact(&mut answer).unwrap();
        answer == *b"N"
    }

    #[test]
    fn serves_until_its_owner_is_gone_even_by_a_panic() {
        let installed = POSTGRESQL.find().expect("run `cargo xtask setup` first");
        let workspace = Workspace::without_signals();
        let (mut port, mut dir) = (0, PathBuf::new());
        let owner = catch_unwind(AssertUnwindSafe(|| {
            let server = Postgres::start(&workspace, &installed.dir).unwrap();
            (port, dir) = (server.port(), server.cluster.data());
            assert!(answers_like_postgresql(port));
            assert!(dir.is_dir());
            panic!("the owner fails");
        }));
        assert_eq!(owner.unwrap_err().downcast_ref(), Some(&"the owner fails"));
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        assert!(!dir.parent().unwrap().exists(), "{}", dir.display());
    }

    #[test]
    fn an_installation_that_cannot_start_says_so() {
        let workspace = Workspace::without_signals();
        let failure = Postgres::start(&workspace, Path::new("/no/such/bin")).unwrap_err();
        assert!(failure.to_string().contains("/no/such/bin/initdb"), "{failure}");
    }
}
