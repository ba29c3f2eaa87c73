//! A line to a server that can be disturbed: slow, silent, cut, or cut in the middle of a reply.

mod line;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use self::line::Line;

/// A TCP proxy on a loopback port of its own, in front of a server on another. Each fault takes effect
/// on the connections there are, and on those to come.
///
/// Dropping it cuts all of them.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Commands,
    Replies,
}

/// What is wrong with every connection, or with one.
#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    delay: Duration,
    holds_commands: bool,
    holds_replies: bool,
    refuses: bool,
    /// Cut a connection once so many bytes of a reply have passed.
    cuts_replies_after: Option<usize>,
    /// How many bytes pass in a millisecond.
    speed: Option<usize>,
    /// The one connection on which nothing passes.
    silent: Option<usize>,
}

#[derive(Debug, Default)]
struct Shared {
    server: AtomicU16,
    faults: Mutex<Faults>,
    changed: Condvar,
    lines: Mutex<Vec<Arc<Line>>>,
    accepted: AtomicUsize,
    commands: AtomicU64,
    replies: AtomicU64,
    closed: AtomicBool,
}

impl Proxy {
    /// A proxy to the server on this port.
    ///
    /// # Panics
    ///
    /// If there is no port to listen on.
    #[must_use]
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound listener").port();
        let shared = Arc::new(Shared { server: AtomicU16::new(server), ..Shared::default() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.closed.load(Ordering::SeqCst) {
                    return;
                }
                accepting.connect(client);
            }
        });
        Self { port, shared }
    }

    /// The port that stands for the server's.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// New connections go to the server on this port.
    pub fn point_at(&self, server: u16) {
        self.shared.server.store(server, Ordering::SeqCst);
    }

    /// Every piece takes so long, each way.
    pub fn delay(&self, delay: Duration) {
        self.change(|faults| faults.delay = delay);
    }

    /// So many bytes pass in a millisecond, each way.
    pub fn slow(&self, bytes_per_millisecond: usize) {
        self.change(|faults| faults.speed = Some(bytes_per_millisecond.max(1)));
    }

    /// Commands are on their way until [`deliver`](Self::deliver), also if their client hangs up.
    pub fn hold_commands(&self) {
        self.change(|faults| faults.holds_commands = true);
    }

    /// Replies are on their way until [`deliver`](Self::deliver).
    pub fn hold_replies(&self) {
        self.change(|faults| faults.holds_replies = true);
    }

    /// Nothing passes, and nobody is told: a black hole, until [`deliver`](Self::deliver).
    pub fn hold(&self) {
        self.change(|faults| (faults.holds_commands, faults.holds_replies) = (true, true));
    }

    /// Nothing passes on one connection: the one before which so many others were made.
    pub fn silence(&self, connection: usize) {
        self.change(|faults| faults.silent = Some(connection));
    }

    /// What was held arrives, and nothing is held any more.
    pub fn deliver(&self) {
        self.change(|faults| (faults.holds_commands, faults.holds_replies) = (false, false));
    }

    /// Replies that were held arrive; commands that are held stay so.
    pub fn deliver_replies(&self) {
        self.change(|faults| faults.holds_replies = false);
    }

    /// New connections are closed at once.
    pub fn refuse(&self) {
        self.change(|faults| faults.refuses = true);
    }

    /// Every reply ends after so many bytes, and its connection with it.
    pub fn cut_replies_after(&self, bytes: usize) {
        self.change(|faults| faults.cuts_replies_after = Some(bytes));
    }

    /// Closes every connection.
    pub fn cut(&self) {
        let lines = std::mem::take(&mut *self.shared.lines());
        for line in &lines {
            line.cut();
        }
        // What is held on them is let go of, and finds nobody.
        self.shared.changed.notify_all();
    }

    /// Leaves every connection half open: the server's end is closed, the client's stays, and is
    /// silent.
    pub fn strand(&self) {
        for line in self.shared.lines().iter() {
            line.strand();
        }
    }

    /// Ends every fault that goes on; what was held arrives.
    pub fn pass(&self) {
        self.change(|faults| *faults = Faults::default());
    }

    /// How many connections clients have made, also those that were refused.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// How many bytes of commands and of replies have passed.
    #[must_use]
    pub fn passed(&self) -> [u64; 2] {
        [&self.shared.commands, &self.shared.replies].map(|bytes| bytes.load(Ordering::SeqCst))
    }

    fn change(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.shared.faults());
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.pass();
        self.cut();
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(self: &Arc<Self>, client: TcpStream) {
        let number = self.accepted.fetch_add(1, Ordering::SeqCst);
        if self.faults().refuses {
            return;
        }
        let server = (Ipv4Addr::LOCALHOST, self.server.load(Ordering::SeqCst));
        let Ok(server) = TcpStream::connect(server) else { return };
        let Ok(line) = Line::between(client, server, number) else { return };
        let line = Arc::new(line);
        let mut lines = self.lines();
        lines.retain(|line| !line.is_cut());
        lines.push(Arc::clone(&line));
        drop(lines);
        for way in [Way::Commands, Way::Replies] {
            let (shared, line) = (Arc::clone(self), Arc::clone(&line));
            thread::spawn(move || line.carry(way, &shared));
        }
    }

    /// Waits while pieces of this way are held, and returns what is wrong then.
    fn wait(&self, way: Way, line: &Line) -> Faults {
        let mut faults = self.faults();
        loop {
            let held = match way {
                Way::Commands => faults.holds_commands,
                Way::Replies => faults.holds_replies,
            };
            if !(held || faults.silent == Some(line.number)) || line.is_cut() {
                return *faults;
            }
            faults = self.changed.wait(faults).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn count(&self, way: Way, bytes: usize) {
        let counter = match way {
            Way::Commands => &self.commands,
            Way::Replies => &self.replies,
        };
        counter.fetch_add(bytes as u64, Ordering::SeqCst);
    }
}
