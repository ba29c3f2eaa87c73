//! Invalidations that survive a crash: written down in the same transaction as the data they are about,
//! and carried out by whoever finds them there.
//!
//! `#[invalidates]` fences the keys that it knows, so a process that is killed after its commit leaves
//! nothing stale of those. What no fence can cover (patterns, keys that only the result names, a Redis
//! that was away) stays for its time to live. Where that is too long, write the invalidation into a table
//! of your own, in the transaction that makes it necessary: the *transactional outbox*, as it is known
//! from messaging. After the commit it is carried out; if the process dies before, another one finds the
//! row, and does it.
//!
//! - Implement [`Outbox`] for a type around your transaction: one `INSERT` of a text.
//! - Call [`record`] before the commit, with the siblings as you would call them otherwise.
//! - After the commit, [`Recorded::committed`]; if that was applied, delete the rows.
//! - When a program starts, and every few seconds, read the rows that are left, give each to
//!   [`CacheManager::apply`](crate::CacheManager::apply), and delete those that were applied. To apply
//!   one twice is harmless.

mod text;

use std::fmt;

pub(crate) use self::text::Written;
pub use self::text::{Record, RecordError};
use crate::backend::{Invalidate, Invalidation};
use crate::manager::{CacheManager, Order};
use crate::write::collecting;

/// Where invalidations are written down: your own transaction.
///
/// # Examples
///
/// ```
/// use two_tier_cache_core::outbox::{Outbox, Record};
///
/// struct Transaction(Vec<String>); // around that of your database
///
/// impl Outbox for Transaction {
///     type Error = std::io::Error;
///
///     async fn record(&mut self, record: &Record) -> Result<(), Self::Error> {
///         self.0.push(record.as_str().to_owned()); // INSERT INTO outbox (record) VALUES (?)
///         Ok(())
///     }
/// }
/// ```
pub trait Outbox {
    /// Why it can fail.
    type Error;

    /// Writes a record down, as a part of the transaction.
    ///
    /// # Errors
    ///
    /// Those of the database. The transaction must not be committed then.
    fn record(&mut self, record: &Record) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Invalidations that are written down and wait for the commit.
///
/// Dropping it starts nothing: after a rollback there is nothing to do, and after a commit the rows are
/// there for whoever looks for them.
#[must_use = "call `committed` after the commit; else the invalidation waits for the next relay"]
pub struct Recorded {
    records: Vec<Record>,
    /// What starts after the commit; nothing once it has.
    orders: Option<Vec<Order>>,
    /// A target was under way before, and is not recorded.
    is_too_late: bool,
}

/// Writes down what `targets` would invalidate, and starts nothing of it.
///
/// Siblings, handles and helpers of your own are called inside of it as they are elsewhere; several go
/// into `Invalidate::all`.
///
/// # Errors
///
/// Those of the outbox.
///
/// # Panics
///
/// Where `targets` does.
///
/// # Cancel safety
///
/// What was written down is a part of the transaction, and ends with it.
pub async fn record<O: Outbox>(
    outbox: &mut O,
    targets: impl FnOnce() -> Invalidate,
) -> Result<Recorded, O::Error> {
    let (started, orders) = collecting(targets);
    let records: Vec<Record> = orders.iter().flat_map(Order::records).collect();
    for record in &records {
        outbox.record(record).await?;
    }
    let is_too_late = started.has_started();
    if is_too_late {
        tracing::error!(
            target: "two_tier_cache",
            "an invalidation had started before it was to be recorded, and is not; make the call \
             inside `record(..)`"
        );
    }
    Ok(Recorded { records, orders: Some(orders), is_too_late })
}

impl Recorded {
    /// What was written down, to be deleted once it was applied.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Starts the invalidations. For after the commit. A second call starts nothing, and answers
    /// `Queued`: it does not know.
    pub fn committed(&mut self) -> Invalidate {
        let unknown = || Invalidate::ended(Invalidation::Queued);
        let Some(orders) = self.orders.take() else { return unknown() };
        // What was under way before the commit says nothing of what is committed.
        let too_late = self.is_too_late.then(unknown);
        Invalidate::all(orders.into_iter().map(Order::start).chain(too_late).collect::<Vec<_>>())
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

impl CacheManager {
    /// Carries out an invalidation that was written down, by this process or another.
    ///
    /// # Errors
    ///
    /// For a record of another namespace than this manager's: nobody would read what it invalidates.
    /// (The key of a namespace can look like one of a prefix without any, and is then taken for it.)
    pub fn apply(&self, record: &Record) -> Result<Invalidate, RecordError> {
        Order::of(self.inner(), record).map(Order::start)
    }
}
