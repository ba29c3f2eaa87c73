//! The server, seen from outside: where it is, and what it answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::builder::Builder;
use crate::client::{Client, Connector};
use crate::launch::Launch;
use crate::monitor::Monitor;
use crate::process::Process;
use crate::reply::Reply;

/// A server needs milliseconds; this is for a machine that has other things to do.
const START_LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(2);

/// A running `redis-server`. Dropping it kills the server and removes its files.
#[derive(Debug)]
pub struct RedisServer {
    /// Before the directory, which is removed after it.
    process: Mutex<Process>,
    pub(crate) launch: Launch,
}

/// Why a server does not answer as it should.
#[derive(Debug)]
pub(crate) enum NotReady {
    /// Not our failure: try another port.
    PortTaken(String),
    Failed(String),
}

impl RedisServer {
    /// Starts a server on a free port, without password, and returns when it answers.
    #[must_use]
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// The settings of a server that is to start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `redis://127.0.0.1:port`, without any password.
    #[must_use]
    #[track_caller]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// `redis://user:password@127.0.0.1:port`; the user may be empty, and is then the default one.
    #[must_use]
    #[track_caller]
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("redis://{user}:{password}@127.0.0.1:{}", self.port())
    }

    /// `rediss://127.0.0.1:port`. The server's certificate is good for `localhost` too.
    #[must_use]
    #[track_caller]
    pub fn tls_url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.tls_port())
    }

    /// `unix://` and the [path](Self::socket_path).
    #[must_use]
    #[track_caller]
    pub fn unix_url(&self) -> String {
        format!("unix://{}", self.socket_path().display())
    }

    /// The port without TLS, the same as long as this server lives.
    ///
    /// # Panics
    ///
    /// If the server was started with [`Builder::tls_only`].
    #[must_use]
    #[track_caller]
    pub fn port(&self) -> u16 {
        self.launch.ports.plain.expect("the server was started with `tls_only`")
    }

    /// The port with TLS.
    ///
    /// # Panics
    ///
    /// If the server was started without [`Builder::tls`].
    #[must_use]
    #[track_caller]
    pub fn tls_port(&self) -> u16 {
        self.launch.ports.tls.expect("the server was started without `tls`")
    }

    /// The Unix socket for the test.
    ///
    /// # Panics
    ///
    /// If the server was started without [`Builder::unix_socket`].
    #[must_use]
    #[track_caller]
    pub fn socket_path(&self) -> PathBuf {
        assert!(self.launch.unix_socket, "the server was started without `unix_socket`");
        self.launch.socket()
    }

    /// The id of the process, another one after each restart.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process().id()
    }

    /// What the server has logged, in all its lives.
    ///
    /// # Panics
    ///
    /// If the log cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        self.launch.log().expect("a log file")
    }

    /// Does one command on a connection of its own. An error of the server is an answer.
    ///
    /// # Panics
    ///
    /// If no answer comes.
    #[track_caller]
    pub fn command(&self, args: &[impl AsRef<[u8]>]) -> Reply {
        self.client().command(args)
    }

    /// How often the server has carried out this command, also in scripts.
    #[must_use]
    pub fn calls_of(&self, command: &str) -> i64 {
        let name = format!("cmdstat_{command}:");
        let info = self.command(&["INFO", "commandstats"]).text();
        let calls =
            |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<i64>().ok();
        info.lines().find(|line| line.starts_with(&name)).and_then(calls).unwrap_or(0)
    }

    /// The clients that speak RESP3, as the server lists them, by their ids. The harness does not.
    #[must_use]
    pub fn resp3_clients(&self) -> BTreeMap<u64, String> {
        let list = self.command(&["CLIENT", "LIST"]).text();
        let id = |line: &str| line.strip_prefix("id=")?.split(' ').next()?.parse().ok();
        let lines = list.lines().filter(|line| line.contains(" resp=3"));
        lines.filter_map(|line| Some((id(line)?, line.to_owned()))).collect()
    }

    /// A connection to keep.
    ///
    /// # Panics
    ///
    /// If the server is not there.
    #[must_use]
    #[track_caller]
    pub fn client(&self) -> Client {
        self.connector().client()
    }

    /// Records all commands from now on.
    #[track_caller]
    pub fn monitor(&self) -> Monitor {
        Monitor::start(self.connector().clone(), self.launch.unix_socket)
    }

    pub(crate) fn spawn(launch: Launch) -> Self {
        Self { process: Mutex::new(launch.spawn(&[])), launch }
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.launch.connector
    }

    /// The process, also after a panic of somebody who held it.
    pub(crate) fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a command that must succeed.
    #[track_caller]
    pub(crate) fn succeed(&self, args: &[&str]) -> Reply {
        match self.command(args) {
            Reply::Error(text) => panic!("`{}` failed: {text}", args.join(" ")),
            reply => reply,
        }
    }

    pub(crate) fn answers(&self) -> Result<(), NotReady> {
        self.wait(&["PING"], |reply| *reply == Reply::Status("PONG".to_owned()))
    }

    /// Asks until the answer is good.
    #[track_caller]
    pub(crate) fn wait_until(&self, question: &[&str], good: impl Fn(&Reply) -> bool) {
        if let Err(NotReady::PortTaken(text) | NotReady::Failed(text)) = self.wait(question, good) {
            panic!("{text}");
        }
    }

    fn wait(&self, question: &[&str], good: impl Fn(&Reply) -> bool) -> Result<(), NotReady> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let asked = self.connector().try_client();
            let answer = asked.and_then(|mut client| client.try_command(question));
            if answer.as_ref().is_ok_and(&good) {
                return Ok(());
            }
            self.goes_on()?;
            if Instant::now() > deadline {
                let log = self.launch.log_tail();
                let text =
                    format!("redis-server still answers {question:?} with {answer:?}\n{log}");
                return Err(NotReady::Failed(text));
            }
            thread::sleep(POLL);
        }
    }

    /// Fails if the process has ended.
    fn goes_on(&self) -> Result<(), NotReady> {
        let state = match self.process().ended() {
            Ok(None) => return Ok(()),
            Ok(Some(status)) => status.to_string(),
            Err(cause) => cause.to_string(),
        };
        let log = self.launch.log_tail();
        let text = format!("redis-server has ended ({state})\n{log}");
        if log.contains("Address already in use") {
            Err(NotReady::PortTaken(text))
        } else {
            Err(NotReady::Failed(text))
        }
    }
}
