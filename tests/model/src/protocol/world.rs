//! A state of the world, and what is in it.

use super::{Call, Faults, Kind, Stage};
use crate::table::{Acquired, Entry, Token};

/// A state of the world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The version that is committed.
    pub row: u8,
    pub server: Entry,
    /// What a replica of the server has.
    pub replica: Entry,
    /// Which server it is; a value of another one is unreadable.
    pub incarnation: u8,
    pub calls: Vec<Reader>,
    pub flights: [Option<Flight>; 2],
    pub writers: Vec<Writer>,
    /// Commands whose senders no longer wait.
    pub orphans: Vec<Command>,
    /// No read that begins now may return less; nor one of a process that queued an invalidation.
    pub floor: u8,
    pub own_floors: [u8; 2],
    /// Whether a process has an invalidation of the key in its queue.
    pub dirty: [Option<u8>; 2],
    /// Whether the replica of the database lags behind the last commit.
    pub lags: bool,
    pub left: Faults,
    pub stale: bool,
}

/// A cached call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reader {
    pub process: usize,
    pub call: Call,
    pub floor: u8,
    /// The attempts so far, for tokens and bounds.
    pub attempts: u8,
    /// The load of the flight in its process began after it came.
    pub came_before: bool,
}

/// A load that calls of a process wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flight {
    pub leader: usize,
    pub sealed: bool,
}

/// A write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Writer {
    pub kind: Kind,
    pub process: usize,
    pub stage: Stage,
    pub version: u8,
    /// Its fence was placed, has not run out, and was not lost with the key.
    pub fenced: bool,
}

/// A command under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Command {
    Get,
    Acquire { token: Token, reject: Option<Token> },
    Fill { token: Token, version: u8 },
    Release { token: Token },
    Invalidate,
    Fence { writer: u8 },
    Finish { writer: u8 },
}

/// A reply under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reply {
    Entry(Entry),
    Acquired(Acquired),
    Filled(bool),
    Done,
}

impl World {
    pub(super) fn lose_fences(&mut self) {
        self.writers.iter_mut().for_each(|writer| writer.fenced = false);
    }
}
