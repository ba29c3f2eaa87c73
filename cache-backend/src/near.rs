//! The near tier, as a backend sees it: values of this process in front of a server. They are good for
//! as long as the server would tell of a change.

use std::fmt;
use std::time::Duration;

use crate::contract::Found;
use crate::glob::Glob;

/// What a backend tells the near tier of a manager.
///
/// It tells of every change of a key that it has read for the tier. Of its own changes it tells twice:
/// before the command is sent, and once it is answered, before whoever waits for that is told.
///
/// The methods are called from the task that reads the connection, so they do not block; a value that
/// is dropped by them may panic, and that ends nothing.
pub trait NearTier: fmt::Debug + Send + Sync + 'static {
    /// A key may have changed: what is kept of it goes, and what was asked for before now is not kept.
    fn invalidate(&self, key: &str);

    /// Every key that the glob covers may have changed.
    fn invalidate_glob(&self, glob: &Glob);

    /// Any key may have changed.
    fn invalidate_all(&self);

    /// The time of the tier's clock, in milliseconds.
    fn now(&self) -> u64;

    /// Whatever had changed at the server by the time `since` has been told.
    fn proven(&self, since: u64);

    /// Nothing is told from now on, until the next proof.
    fn lost(&self);
}

/// What a read for the near tier found.
#[derive(Debug, Clone)]
pub struct Tracked {
    /// What stands under the key.
    pub found: Found,
    /// For how long it may be kept: what is left of its time to live. `None` if its changes would not
    /// be told.
    pub keep_for: Option<Duration>,
}
