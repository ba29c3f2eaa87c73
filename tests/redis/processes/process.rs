//! The parent's side: a server, a database, and processes that use both.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use two_tier_cache_test_servers::RedisServer;

use super::database::Database;
use crate::worker;

/// What takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// What the processes of a test share.
pub(super) struct World {
    pub(super) server: RedisServer,
    pub(super) db: Database,
    dir: PathBuf,
}

/// Times of a process and its cache, where they are not the default.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) lease_ttl: Option<Duration>,
    pub(super) lease_wait: Option<Duration>,
    /// The longest that a command or a reply is under way.
    pub(super) travel: Option<Duration>,
}

/// A process with a cache. Dropping it kills it.
pub(super) struct Process {
    child: Child,
    orders: Mutex<Orders>,
    asked: Asked,
}

/// Where orders go, and the number of the last.
struct Orders {
    pipe: ChildStdin,
    last: u64,
}

/// Who waits for the answer to which order.
type Asked = Arc<Mutex<HashMap<u64, Sender<String>>>>;

/// The answer to an order.
#[must_use = "`get` waits for it"]
pub(super) struct Answer {
    order: String,
    text: Receiver<String>,
}

impl World {
    pub(super) fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("database {} {number}", std::process::id());
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&dir).unwrap();
        Self { server: RedisServer::start(), db: Database::at(&dir), dir }
    }

    /// Starts a process with the times of the default, and returns when it is connected.
    pub(super) fn process(&self) -> Process {
        self.process_with(Times::default())
    }

    pub(super) fn process_with(&self, times: Times) -> Process {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", worker::TEST, "--test-threads=1"]);
        command.env(worker::SERVER, self.server.url()).env(worker::DATABASE, &self.dir);
        for (name, time) in [
            (worker::LEASE_TTL, times.lease_ttl),
            (worker::LEASE_WAIT, times.lease_wait),
            (worker::TRAVEL, times.travel),
        ] {
            if let Some(time) = time {
                command.env(name, time.as_millis().to_string());
            }
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let asked = Asked::default();
        let (answers, for_thread) = (child.stdout.take().unwrap(), Arc::clone(&asked));
        thread::spawn(move || hand_out(answers, &for_thread));
        let orders = Mutex::new(Orders { pipe: child.stdin.take().unwrap(), last: 0 });
        let process = Process { child, orders, asked };
        process.tell("connect");
        process
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.dir);
    }
}

impl Process {
    /// Gives an order; [`worker`] knows which there are.
    pub(super) fn start(&self, order: &str) -> Answer {
        let (sender, text) = channel();
        let mut orders = self.orders.lock().unwrap();
        orders.last += 1;
        let number = orders.last;
        self.asked.lock().unwrap().insert(number, sender);
        writeln!(orders.pipe, "{number} {order}").expect("the process lives");
        Answer { order: order.to_owned(), text }
    }

    /// Gives an order and waits until it is carried out.
    pub(super) fn tell(&self, order: &str) -> String {
        self.start(order).get()
    }

    /// Writes the row of a key and invalidates it in this way.
    pub(super) fn write(&self, key: &str, invalidate: &str) -> u64 {
        let row = self.tell(&format!("write {key}")).parse().unwrap();
        assert_eq!(self.tell(invalidate), "Applied");
        row
    }

    /// Kills the process as the kernel does it, and returns when it is gone.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Answer {
    /// Waits for it.
    pub(super) fn get(self) -> String {
        let text = self.text.recv_timeout(LIMIT);
        text.unwrap_or_else(|error| panic!("no answer to `{}`: {error}", self.order))
    }

    /// Whether the order is still being carried out.
    pub(super) fn is_open(&self) -> bool {
        self.text.try_recv().is_err()
    }
}

/// Gives each answer to whoever asked. What else a test program prints is passed over.
fn hand_out(answers: ChildStdout, asked: &Asked) {
    for line in BufReader::new(answers).lines().map_while(Result::ok) {
        let Some(answer) = line.strip_prefix(worker::ANSWER) else { continue };
        let (number, text) = answer.split_once(' ').unwrap();
        let sender = asked.lock().unwrap().remove(&number.parse().unwrap());
        let _given_up = sender.unwrap().send(text.to_owned());
    }
    asked.lock().unwrap().clear();
}
