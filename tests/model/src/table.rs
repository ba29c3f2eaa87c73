//! The table of the protocol: what stands under the one key, and what each command makes of it.
//!
//! `tests/table.rs` gives the same commands to this and to the real backends, and compares.

use crate::mutant::Mutant;

/// A token: of an attempt to fill, or the id of a value, which is its filler's token.
pub type Token = u8;

/// What stands under the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// Nothing.
    Absent,
    /// Somebody loads.
    Lease(Token),
    /// A value: the version of the row in it, and the token it was filled with.
    Value { version: u8, id: Token },
    /// An invalidation that holds.
    Tombstone,
    /// Writers at work, as bits, and whether to hold on after the last.
    Fence { writers: u8, hold: bool },
}

/// The answer to a request for the right to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Acquired {
    Won,
    Busy,
    Held,
    Value { version: u8, id: Token },
}

impl Entry {
    /// ACQUIRE: `reject` is the id of a value that could not be read.
    pub fn acquire(&mut self, token: Token, reject: Option<Token>, mutant: Mutant) -> Acquired {
        match *self {
            Self::Absent => {}
            Self::Lease(holder) if holder == token => {}
            Self::Lease(_) => return Acquired::Busy,
            Self::Value { id, .. } if reject == Some(id) => {}
            Self::Value { version, id } => return Acquired::Value { version, id },
            // A reader whose clock is fast sees that the time of all this is over.
            Self::Tombstone | Self::Fence { .. } if mutant == Mutant::ReadersClock => {}
            Self::Tombstone | Self::Fence { .. } => return Acquired::Held,
        }
        *self = Self::Lease(token);
        Acquired::Won
    }

    /// FILL: whether it was accepted.
    pub fn fill(&mut self, token: Token, version: u8, mutant: Mutant) -> bool {
        let accepted = match *self {
            Self::Lease(holder) => holder == token,
            Self::Absent => mutant == Mutant::FillIfAbsent,
            Self::Value { .. } => mutant == Mutant::BlindRefresh,
            _ => false,
        };
        if accepted {
            *self = Self::Value { version, id: token };
        }
        accepted
    }

    /// RELEASE.
    pub fn release(&mut self, token: Token) {
        if *self == Self::Lease(token) {
            *self = Self::Absent;
        }
    }

    /// INVALIDATE, for `settle` also against what begins in that time.
    pub fn invalidate(&mut self, settle: bool, mutant: Mutant) {
        match self {
            Self::Tombstone => {}
            Self::Fence { .. } if mutant == Mutant::GlobRemovesFence => *self = Self::Absent,
            Self::Fence { hold, .. } => *hold |= settle,
            Self::Absent | Self::Lease(_) | Self::Value { .. } => self.clear(settle),
        }
    }

    /// FENCE.
    pub fn fence(&mut self, writer: u8) {
        let (writers, hold) = match *self {
            Self::Fence { writers, hold } => (writers, hold),
            Self::Tombstone => (0, true),
            _ => (0, false),
        };
        *self = Self::Fence { writers: writers | 1 << writer, hold };
    }

    /// FINISH, also of a writer whose fence is gone.
    pub fn finish(&mut self, writer: u8, settle: bool, mutant: Mutant) {
        let Self::Fence { writers, hold } = *self else {
            return self.invalidate(settle, mutant);
        };
        let (left, hold) = (writers & !(1 << writer), hold || settle);
        if left == 0 || mutant == Mutant::FirstWriterRemovesFence {
            self.clear(hold);
        } else {
            *self = Self::Fence { writers: left, hold };
        }
    }

    /// The time of one writer is over.
    pub fn outlive(&mut self, writer: u8) {
        if let Self::Fence { writers, hold } = *self {
            let left = writers & !(1 << writer);
            if left == 0 {
                self.clear(hold);
            } else {
                *self = Self::Fence { writers: left, hold };
            }
        }
    }

    /// Whether this writer's fence stands.
    #[must_use]
    pub fn is_fenced_by(self, writer: u8) -> bool {
        matches!(self, Self::Fence { writers, .. } if writers & (1 << writer) != 0)
    }

    fn clear(&mut self, hold: bool) {
        *self = if hold { Self::Tombstone } else { Self::Absent };
    }
}
