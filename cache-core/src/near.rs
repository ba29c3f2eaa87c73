//! The near tier: values of this process in front of a server shared with others.
//!
//! A value comes in only from a read that the server tracks: it tells of the next change of the key.
//! Each such read takes a ticket *before* it is sent; a change that is told meanwhile makes the ticket
//! void, so a reply that was overtaken by an invalidation is not kept. What the process stores itself is
//! never offered: the server has told of that change already.
//!
//! Values are served only while the channel has proved itself alive within `near_max_lag`, counted from
//! when the question was sent. A server that hangs, a connection of which one half is gone, or a process
//! that was stopped for a while proves nothing, and its values are passed by.
//!
//! The protocol is client-side caching as Redis 6 has it, with the in-flight tokens that its
//! documentation asks for; `tests/model/src/near.rs` explores it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::backend::{
    Acquire, Acquired, Backend, Body, Entry, Fill, Form, Glob, Key, NearTier, Over, Token,
};
use crate::clock::{Clock, Moment};
use crate::codec::Erased;
use crate::store::{Bounds, Store};

/// The coarse clock may be late by a tick of the kernel, of which there are at least 100 a second.
const TICK: Duration = Duration::from_millis(10);

/// How long a read may take before another of the same key may be kept in its place.
const TICKET_TTL: Duration = Duration::from_secs(1);

/// The near tier of one manager.
#[derive(Debug)]
pub(crate) struct Near {
    store: Store,
    clock: Clock,
    max_lag: Duration,
    /// Values may be served before this time, in milliseconds of the clock.
    good_until: AtomicU64,
    attached: AtomicBool,
    tickets: AtomicU64,
}

/// The right to keep what a read finds, while no change of its key is told.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    near: &'a Near,
    key: &'a Key,
    token: Token,
    taken: Instant,
    used: bool,
}

impl Near {
    pub(crate) fn new(bounds: Bounds, max_lag: Duration, clock: Clock) -> Self {
        Self {
            store: Store::new(Form::Typed, bounds, clock.clone()),
            clock,
            max_lag,
            good_until: AtomicU64::new(0),
            attached: AtomicBool::new(false),
            tickets: AtomicU64::new(0),
        }
    }

    /// Has the backend tell of changes. Done when the first function asks for it: where none does,
    /// nothing is asked of the server.
    pub(crate) fn attach(self: &Arc<Self>, backend: &dyn Backend) {
        if !self.attached.swap(true, Ordering::Relaxed) {
            backend.attach_near(Arc::clone(self) as _, self.max_lag);
        }
    }

    /// The values, if they may be served now.
    #[inline]
    pub(crate) fn served(&self) -> Option<(&Store, Moment)> {
        let now = self.clock.now();
        let good = now.millis() < self.good_until.load(Ordering::Acquire);
        good.then_some((&self.store, now))
    }

    /// Takes a ticket for a read that is sent next; `None` while another has it.
    pub(crate) fn ticket<'a>(&'a self, key: &'a Key) -> Option<Ticket<'a>> {
        let token = self.next_token();
        let request = Acquire { token, lease_ttl: TICKET_TTL, over: Over::Absent };
        let won = matches!(self.store.acquire(key, request), Acquired::Won);
        won.then(|| Ticket { near: self, key, token, taken: Instant::now(), used: false })
    }

    /// Nobody else has to guess it.
    fn next_token(&self) -> Token {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.tickets.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        Token::from_bytes(bytes)
    }
}

impl Ticket<'_> {
    /// Keeps what the read has found, for at most `keep_for` since it was sent.
    pub(crate) fn keep(mut self, value: Erased, version: u32, bytes: usize, keep_for: Duration) {
        // What is left of the value's life was told after the ticket was taken, and the store rounds
        // up: never longer than at the server.
        let ttl = keep_for.saturating_sub(self.taken.elapsed() + TICK);
        if ttl.is_zero() {
            return;
        }
        let entry = Entry {
            id: self.token,
            version,
            load_cost: Duration::ZERO,
            stale: false,
            body: Body::Typed(value),
        };
        self.used = self.near.store.fill(self.key, Fill { entry, ttl, fresh_for: ttl, bytes });
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if !self.used {
            self.near.store.release(self.key, self.token);
        }
    }
}

impl NearTier for Near {
    fn invalidate(&self, key: &str) {
        self.store.invalidate(&Key::from_text(key), Duration::ZERO);
    }

    fn invalidate_glob(&self, glob: &Glob) {
        self.store.invalidate_glob(glob, Duration::ZERO, |_, _| false);
    }

    fn invalidate_all(&self) {
        self.store.clear();
    }

    fn now(&self) -> u64 {
        self.clock.now().millis()
    }

    fn proven(&self, since: u64) {
        let lag = u64::try_from(self.max_lag.saturating_sub(TICK).as_millis()).unwrap_or(u64::MAX);
        self.good_until.store(since.saturating_add(lag), Ordering::Release);
    }

    fn lost(&self) {
        self.good_until.store(0, Ordering::Release);
    }
}
