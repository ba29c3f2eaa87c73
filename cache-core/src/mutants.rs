//! Mistakes of the read path that can be switched on, see `mutant` in the backend crate: ways to store
//! a value that must not be stored. Each is one that a cache of this kind has really made.

use std::time::Duration;

use crate::access::{Access, Right};
use crate::backend::{Over, mutant};
use crate::codec::Erased;

/// Stores a value whose fill was rejected, or that was loaded without a lease.
pub(crate) async fn stored_all_the_same(
    access: &Access<'_>,
    value: &Erased,
    cost: Duration,
) -> bool {
    // A second lease, for a value that was loaded before it.
    let anew = mutant("restamp-rejected-fill") || mutant("stamp-after-load");
    // The store of an outage that began after the load did.
    let locally = mutant("insert-without-epoch") && access.fall_back().is_some();
    if !anew && !locally {
        return false;
    }
    let Right::Fill(lease) = access.acquire(Over::Everything).await else {
        return false;
    };
    match lease.prepare(value, cost) {
        Some(fill) => lease.fill(fill).await,
        None => false,
    }
}
