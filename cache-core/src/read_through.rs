//! The read path: look, join the flight of the key, lead or wait, load, fill.
//!
//! Every path ends in a value or in the function's own error. Who may take whose value is the rule
//! of [`flight`](crate::flight); who may fill is decided by the backend, by token.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::access::{Access, Lease, Looked, Right};
use crate::backend::{Over, timer};
use crate::events::key_event;
use crate::flight::{Leader, Patience, Permit, Role, Waited};
use crate::recursion;

/// How many times `lease_wait` a call waits for the flights of others before it joins the crowd.
const WAITS: u32 = 2;

/// How many loads may panic, one after the other, before the call joins the crowd.
const PANICS: u32 = 3;

/// How many times `lease_wait` a lease is renewed. A load that runs longer may hang, and would keep
/// its key from being cached for as long.
const RENEWALS: u32 = 12;

/// How long the first wait for another process's load lasts before looking again.
const FIRST_POLL: Duration = Duration::from_millis(5);
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// Serves a call that was looked up already.
///
/// `load` is the caller's own: an `Err` of it is what there is to return and not to cache.
///
/// # Cancel safety
///
/// Dropping the future gives back the lease and hands the flight to a waiter.
pub(crate) async fn read_through<T, R, F>(
    access: &Access<'_, T>,
    looked: Looked<T>,
    load: F,
) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    match looked {
        Looked::Hit(value) => Ok(access.hit(value)),
        // On the heap: it is large, and hits should not carry it around.
        Looked::Miss(over) => Box::pin(miss(access, over, load)).await,
    }
}

/// Loads, whatever the cache holds, and fills. A load that began before this call does not do.
///
/// # Cancel safety
///
/// As [`read_through`]; the older value is gone.
pub(crate) async fn refresh<T, R, F>(access: &Access<'_, T>, load: F) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    access.missed();
    if recursion::is_loading(access.caches.id, &access.key) {
        return alone(access, load).await;
    }
    let flights = &access.caches.flights;
    let arrived = flights.turn();
    let began = tokio::time::Instant::now();
    while began.elapsed() < access.caches.limits.lease_wait * WAITS {
        match flights.join(&access.key, arrived) {
            Role::Leader(leader) => {
                return lead(access, leader, Over::Everything, true, load).await;
            }
            Role::Waiter(waiter) => {
                if let Waited::Shared(value) = waiter.late().wait(access.patience()).await
                    && let Some(value) = access.codec.recall(value)
                {
                    return Ok(access.shared(value));
                }
            }
        }
    }
    let _permit = flights.permit(&access.key, access.patience()).await;
    load_for(access, access.acquire(Over::Everything).await, load).await
}

async fn miss<T, R, F>(access: &Access<'_, T>, mut over: Over, load: F) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    access.missed();
    if recursion::is_loading(access.caches.id, &access.key) {
        // The body of a load calls its own key: waiting for itself would never end.
        return alone(access, load).await;
    }
    let flights = &access.caches.flights;
    let arrived = flights.turn();
    let began = tokio::time::Instant::now();
    let (mut first, mut panics) = (true, 0);
    while began.elapsed() < access.caches.limits.lease_wait * WAITS {
        match flights.join(&access.key, arrived) {
            Role::Leader(leader) => return lead(access, leader, over, first, load).await,
            Role::Waiter(waiter) => match waiter.wait(access.patience()).await {
                // It has another type if a handle of that type loads under this key.
                Waited::Shared(value) => {
                    if let Some(value) = access.codec.recall(value) {
                        return Ok(access.shared(value));
                    }
                }
                Waited::Failed => break,
                Waited::Panicked if panics == PANICS => break,
                Waited::Panicked => panics += 1,
                Waited::Empty => {}
            },
        }
        first = false;
        match access.look().await {
            Looked::Hit(value) => return Ok(access.shared(value)),
            Looked::Miss(again) => over = again,
        }
    }
    let permit = flights.permit(&access.key, access.patience()).await;
    in_crowd(access, permit, over, load).await
}

/// Leads the flight: acquires the right to fill, loads, fills, and tells the waiters.
async fn lead<T, R, F>(
    access: &Access<'_, T>,
    leader: Leader<'_>,
    over: Over,
    patient: bool,
    load: F,
) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    let lease = match acquire(access, &leader, over, patient).await {
        Right::Fill(lease) => Some(lease),
        Right::Hit(value) => return Ok(access.shared(value)),
        Right::Busy | Right::None => None,
    };
    leader.start();
    let load = attended(access, Some(&leader), lease.as_ref(), load);
    let (loaded, cost) = timed(access, load).await;
    let Ok(value) = loaded else {
        drop(lease);
        leader.failed();
        return loaded;
    };
    let accepted = store(&value, cost, lease, || leader.seal()).await;
    leader.loaded(access.codec.erase(Arc::clone(&value)), accepted);
    Ok(value)
}

/// Loads in the crowd of the key, with the permit that bounds how many do so at once.
async fn in_crowd<T, R, F>(
    access: &Access<'_, T>,
    _permit: Permit<'_>,
    over: Over,
    load: F,
) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    // Another of them may have succeeded while this one waited for its permit.
    let over = match access.look().await {
        Looked::Hit(value) => return Ok(access.shared(value)),
        Looked::Miss(Over::Absent) => over,
        Looked::Miss(again) => again,
    };
    load_for(access, access.acquire(over).await, load).await
}

/// Loads outside of a flight, and fills if there is the right to.
async fn load_for<T, R, F>(
    access: &Access<'_, T>,
    right: Right<'_, T>,
    load: F,
) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    let lease = match right {
        Right::Fill(lease) => Some(lease),
        Right::Hit(value) => return Ok(access.shared(value)),
        Right::Busy | Right::None => None,
    };
    let load = attended(access, None, lease.as_ref(), load);
    let (loaded, cost) = timed(access, load).await;
    if let Ok(value) = &loaded {
        store(value, cost, lease, || {}).await;
    }
    loaded
}

/// Loads without sharing or filling.
pub(crate) async fn alone<T, R, F>(access: &Access<'_, T>, load: F) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    timed(access, load).await.0
}

/// Acquires the right to fill; a `patient` leader waits for the load of another process. If the
/// lease is held in this process, there is no flight to wait for: it is about to be given back, or
/// its load takes too long.
async fn acquire<'a, T>(
    access: &'a Access<'a, T>,
    leader: &Leader<'_>,
    over: Over,
    patient: bool,
) -> Right<'a, T> {
    let limit = |access: &Access<'_, T>| {
        let here = access.caches.flights.is_leased_here(&access.key);
        if patient && !here { access.caches.limits.lease_wait } else { FIRST_POLL }
    };
    let began = tokio::time::Instant::now();
    let mut poll = FIRST_POLL;
    loop {
        match access.acquire(over).await {
            Right::Busy if began.elapsed() < limit(access) && timer::sleep(poll).await => {
                leader.beat();
                poll = (poll * 2).min(LONGEST_POLL);
            }
            right => return right,
        }
    }
}

/// Stores a loaded value, if there is a lease for it. `seal` runs just before the fill is sent.
async fn store<T>(
    value: &Arc<T>,
    cost: Duration,
    lease: Option<Lease<'_, T>>,
    seal: impl FnOnce(),
) -> bool {
    let Some(lease) = lease else { return false };
    let Some(fill) = lease.prepare(value, cost) else {
        return false;
    };
    seal();
    lease.fill(fill).await
}

/// Runs a load: shows the waiters that its leader lives, and keeps the lease standing.
async fn attended<T, R, F>(
    access: &Access<'_, T>,
    leader: Option<&Leader<'_>>,
    lease: Option<&Lease<'_, T>>,
    load: F,
) -> Result<Arc<T>, R>
where
    F: Future<Output = Result<Arc<T>, R>>,
{
    let mut load = pin!(recursion::loading(access.caches.id, access.key.clone(), load));
    // Beside the load, never instead of it: a backend that hangs must not hold it up.
    let mut attendance = pin!(attend(access, leader, lease));
    let mut attending = true;
    poll_fn(|context| {
        if let Poll::Ready(loaded) = load.as_mut().poll(context) {
            return Poll::Ready(loaded);
        }
        attending = attending && attendance.as_mut().poll(context).is_pending();
        Poll::Pending
    })
    .await
}

/// Shows that the leader lives and renews its lease, for as long as the load may take.
async fn attend<T>(
    access: &Access<'_, T>,
    leader: Option<&Leader<'_>>,
    lease: Option<&Lease<'_, T>>,
) {
    let limits = &access.caches.limits;
    let began = tokio::time::Instant::now();
    while timer::sleep(limits.lease_ttl / 2).await {
        if let Some(leader) = leader {
            leader.beat();
        }
        if let Some(lease) = lease
            && began.elapsed() < limits.lease_wait * RENEWALS
        {
            lease.renew().await;
        }
    }
}

/// Runs a load and counts it.
async fn timed<T, R>(
    access: &Access<'_, T>,
    load: impl Future<Output = Result<Arc<T>, R>>,
) -> (Result<Arc<T>, R>, Duration) {
    let began = Instant::now();
    let loaded = load.await;
    let cost = began.elapsed();
    let counters = &access.prefix.counters;
    counters.loads.up();
    counters.load_nanos.add(u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX));
    if loaded.is_err() {
        counters.load_errors.up();
    }
    (loaded, cost)
}

impl<T> Access<'_, T> {
    pub(crate) fn hit(&self, value: Arc<T>) -> Arc<T> {
        self.prefix.counters.hits.up();
        key_event!(self.policy.verbose, "HIT", self.key.as_str());
        value
    }

    fn missed(&self) {
        self.prefix.counters.misses.up();
        key_event!(self.policy.verbose, "MISS", self.key.as_str());
    }

    fn shared(&self, value: Arc<T>) -> Arc<T> {
        self.prefix.counters.shared.up();
        key_event!(self.policy.verbose, "SHARED", self.key.as_str());
        value
    }

    fn patience(&self) -> Patience {
        let limits = &self.caches.limits;
        Patience { stalled_after: limits.lease_ttl, wait: limits.lease_wait }
    }
}
