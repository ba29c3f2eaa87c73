//! The contract between the cache and what holds its entries.
//!
//! All state of an entry is under its one key. It is absent, leased (somebody loads), a value, a
//! tombstone (an invalidation that holds for a while) or a fence (somebody writes). The table of
//! what each operation does in each state is in `ARCHITECTURE.md`; the conformance suite in
//! `testing` checks it for any backend.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::glob::Glob;
use crate::health::Health;
use crate::invalidate::Invalidate;
use crate::key::Key;
use crate::near::{NearTier, Tracked};
use crate::payload::Payload;
use crate::token::Token;

/// A boxed future, as the methods of [`Backend`] return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What holds the entries: the in-process store, or a server shared by several processes.
///
/// Every operation on one key is atomic. Tokens decide who may fill: a fill is accepted only while
/// the lease with its own token still stands, so an invalidation between a load and its fill makes
/// the fill fail. Errors are for the cache, which goes on without the backend; they never reach
/// the caller.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a backend",
    label = "expected a backend, such as `RedisBackend`",
    note = "for Redis, enable the feature `redis` and pass `RedisBackend::lazy(url)?`",
    note = "for the store of this process, name no backend"
)]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// Whether values are kept as they are or as bytes.
    fn form(&self) -> Form;

    /// Reads a key. Costs one command and changes nothing.
    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>>;

    /// Called once, before the first [`get_near`](Self::get_near): whom to tell of changes, and for how
    /// long that one serves without a proof that all were told.
    fn attach_near(&self, near: Arc<dyn NearTier>, max_lag: Duration) {
        drop((near, max_lag));
    }

    /// Reads a key as [`get`](Self::get) does, and has the near tier told of its next change.
    fn get_near<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Tracked, BackendError>> {
        Box::pin(async { Ok(Tracked { found: self.get(key).await?, keep_for: None }) })
    }

    /// Asks for the right to fill a key.
    ///
    /// # Cancel safety
    ///
    /// A lease may stand afterwards; the caller releases its token when the future is dropped.
    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>>;

    /// Prolongs a lease; `false` if it no longer stands.
    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>>;

    /// Stores a value if the lease with its token still stands; `false` if it does not.
    ///
    /// # Cancel safety
    ///
    /// The value may or may not be stored; both are correct.
    fn fill<'a>(&'a self, key: &'a Key, fill: Fill) -> BoxFuture<'a, Result<bool, BackendError>>;

    /// Gives a lease back, if it still stands. Called from `Drop`: it does not block, and what it
    /// cannot do at once it hands to the backend's own task.
    fn release(&self, key: &Key, token: Token);

    /// Invalidates a key, for `settle` also against loads that start in that time.
    ///
    /// The invalidation is under way when this returns; awaiting tells the outcome, dropping loses
    /// nothing. Fences of writers stay.
    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate;

    /// Invalidates several keys, each as [`invalidate`](Self::invalidate) does.
    fn invalidate_many(&self, keys: Vec<Key>, settle: Duration) -> Invalidate {
        Invalidate::all(keys.into_iter().map(|key| self.invalidate(key, settle)))
    }

    /// Invalidates every key that `glob` covers, leases included, as [`invalidate`](Self::invalidate).
    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate;

    /// Marks that `writer` is about to write, for at most `fence_ttl`; until it finishes nothing is
    /// filled. `false` if the key is foreign.
    ///
    /// # Cancel safety
    ///
    /// The fence may stand afterwards; the caller finishes the write in any case.
    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>>;

    /// Marks several keys, each as [`fence`](Self::fence) does. An error if any of them may stand
    /// without, but for foreign ones.
    fn fence_many<'a>(
        &'a self,
        keys: &'a [Key],
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<(), BackendError>> {
        Box::pin(async move {
            for key in keys {
                self.fence(key, writer, fence_ttl).await?;
            }
            Ok(())
        })
    }

    /// Ends the write of `writer` and invalidates, also if its fence has run out.
    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate;

    /// Ends the write of several keys, each as [`finish`](Self::finish) does.
    fn finish_many(&self, keys: Vec<Key>, writer: Token, settle: Duration) -> Invalidate {
        Invalidate::all(keys.into_iter().map(|key| self.finish(key, writer, settle)))
    }

    /// Called once, by the manager that the backend is built into: the longest time that the
    /// invalidation of a key waits for the server before it is queued. (Of many keys, a part of
    /// them; of a glob, each page has a limit of its own.)
    fn attach(&self, budget: Duration) {
        let _ = budget;
    }

    /// The number of the outage that goes on, if one does: the server is known not to answer, and
    /// what this process caches by itself meanwhile is good for this outage only. Numbers grow.
    fn outage(&self) -> Option<u64> {
        None
    }

    /// How the backend is.
    fn health(&self) -> Health;

    /// Waits until the backend can be used, or never will be. The caller sets the limit.
    fn ready(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Waits until no invalidation is queued or under way. The caller sets the limit.
    fn drained(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Ends what the backend does by itself, and says how many invalidations are left over.
    fn shut_down(&self) -> usize {
        0
    }
}

/// How a backend keeps values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As bytes with a header, see [`entry`](crate::entry).
    Encoded,
    /// As they are: a hit decodes nothing.
    Typed,
}

/// What stands under a key.
#[derive(Debug, Clone)]
pub enum Found {
    /// Nothing.
    Absent,
    /// Data of another application, which is never touched.
    Foreign,
    /// A tombstone or a fence: nothing may be filled for now.
    Held,
    /// Somebody is loading.
    Leased,
    /// A value of ours that does not check out; its filler's token.
    Unreadable(Token),
    /// A value.
    Value(Entry),
}

/// A value as a backend holds it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The token it was filled with.
    pub id: Token,
    /// The version the application gave.
    pub version: u32,
    /// How long the load took.
    pub load_cost: Duration,
    /// Whether its soft expiry has passed, so that a refresh may be leased.
    pub stale: bool,
    /// The value itself.
    pub body: Body,
}

/// The value inside an [`Entry`].
#[derive(Clone)]
pub enum Body {
    /// Encoded by the codec with this id.
    Encoded {
        /// The id of the codec.
        codec: u8,
        /// What it wrote.
        payload: Payload,
    },
    /// As it is.
    Typed(Arc<dyn Any + Send + Sync>),
}

impl fmt::Debug for Body {
    /// Hides the value, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoded { codec, payload } => {
                write!(f, "Encoded(codec {codec}, {} bytes)", payload.len())
            }
            Self::Typed(_) => f.write_str("Typed"),
        }
    }
}

/// A request for the right to fill.
#[derive(Debug, Clone, Copy)]
pub struct Acquire {
    /// New for every attempt.
    pub token: Token,
    /// How long the lease stands unless renewed.
    pub lease_ttl: Duration,
    /// What to take the lease over.
    pub over: Over,
}

/// What a lease may be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Nothing but an absent key.
    Absent,
    /// Also a value and another lease: somebody sets the value by hand.
    Everything,
    /// Also the value filled with this token, which could not be read.
    Unreadable(Token),
}

/// The answer to [`Acquire`].
#[derive(Debug, Clone)]
pub enum Acquired {
    /// Another holds the lease.
    Busy,
    /// Data of another application: load without filling.
    Foreign,
    /// A tombstone or a fence: load without filling.
    Held,
    /// The lease is granted over a stale value, which may be served meanwhile.
    Refresh(Entry),
    /// A value is there.
    Value(Entry),
    /// The lease is granted.
    Won,
}

/// A value to store.
#[derive(Debug, Clone)]
pub struct Fill {
    /// The entry; its id is the token of the lease.
    pub entry: Entry,
    /// When the value expires.
    pub ttl: Duration,
    /// When the value becomes stale; `ttl` if it never does.
    pub fresh_for: Duration,
    /// About how many bytes the value takes.
    pub bytes: usize,
}

/// Why a backend could not do what it was asked. The text is for logs; it holds no keys, values or
/// credentials.
#[derive(Debug)]
pub struct BackendError {
    text: String,
    broken: bool,
}

impl BackendError {
    /// An error with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), broken: false }
    }

    /// The connection broke while the answer was awaited: another attempt may succeed.
    #[must_use]
    pub fn broken(text: impl Into<String>) -> Self {
        Self { text: text.into(), broken: true }
    }

    /// Whether another attempt, with another token, may succeed.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for BackendError {}
