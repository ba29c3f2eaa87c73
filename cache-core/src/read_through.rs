//! The read path: look, join the flight of the key, lead or wait, load, fill.
//!
//! Every path ends in a value or in the function's own error. Who may take whose value is the rule
//! of [`flight`](crate::flight); who may fill is decided by the backend, by token.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::access::{Access, Lease, Looked, Right};
use crate::backend::{Over, mutant, timer};
use crate::codec::Erased;
use crate::events::key_event;
use crate::flight::{Leader, Patience, Permit, Role, Waited};
use crate::load::{Load, Progress, ReadPath};
use crate::mutants;
use crate::recursion::{self, Loading};

/// How many times `lease_wait` a call waits for the flights of others before it joins the crowd.
const WAITS: u32 = 2;

/// How many loads may panic, one after the other, before the call joins the crowd.
const PANICS: u32 = 3;

/// How many times `lease_wait` a lease is renewed. A load that runs longer may hang, and would keep
/// its key from being cached for as long.
const RENEWALS: u32 = 12;

/// How long a wait for another process's load lasts before looking again, at least and at most.
const FIRST_POLL: Duration = Duration::from_millis(5);
const LONGEST_POLL: Duration = Duration::from_millis(100);

/// A call that this process has no value for at its beginning.
pub(crate) struct Call<'a> {
    pub(crate) access: Access<'a>,
    pub(crate) next: Next,
}

/// What a call does next.
pub(crate) enum Next {
    Look,
    /// It has looked in this process.
    Go(Looked),
    /// It loads, whatever there is.
    Refresh,
}

impl<'a> Call<'a> {
    /// Ends the call: with a value, or without one if `load` fails. Then its error is what there is
    /// to return, and not to cache.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives back the lease and hands the flight to a waiter.
    pub(crate) fn read_through(self, load: &'a Load) -> ReadPath<'a> {
        Box::pin(async move {
            let Self { access, next } = self;
            let looked = match next {
                Next::Look => access.look().await,
                Next::Go(looked) => looked,
                Next::Refresh => return Box::pin(refresh(&access, load)).await,
            };
            match looked {
                Looked::Hit(value) => Some(access.hit(value)),
                // In a box of its own: its state is large, and a hit would have to make room for it.
                Looked::Miss(over) => Box::pin(miss(&access, over, load)).await,
            }
        })
    }
}

/// Loads, whatever the cache holds, and fills. A load that began before this call does not do.
///
/// # Cancel safety
///
/// As [`Call::read_through`]; the older value is gone.
async fn refresh(access: &Access<'_>, load: &Load) -> Option<Erased> {
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
            Role::Waiter(waiter) => match waiter.late().wait(access.patience()).await {
                Waited::Shared(value) if value.is_of(access.codec) => {
                    return Some(access.shared(value.take()));
                }
                Waited::Shared(_) | Waited::Empty => {}
                // Each has to load for itself, and not one after the other.
                Waited::Failed | Waited::Panicked => break,
            },
        }
    }
    let _permit = flights.permit(&access.key, access.patience()).await;
    load_for(access, access.acquire(Over::Everything).await, load).await
}

async fn miss(access: &Access<'_>, mut over: Over, load: &Load) -> Option<Erased> {
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
                Waited::Shared(value) if value.is_of(access.codec) => {
                    return Some(access.shared(value.take()));
                }
                // It has another type if a handle of that type loads under this key.
                Waited::Shared(_) | Waited::Empty => {}
                Waited::Failed => break,
                Waited::Panicked if panics == PANICS => break,
                Waited::Panicked => panics += 1,
            },
        }
        first = false;
        match access.look().await {
            Looked::Hit(value) => return Some(access.shared(value)),
            Looked::Miss(again) => over = again,
        }
    }
    let permit = flights.permit(&access.key, access.patience()).await;
    in_crowd(access, permit, over, load).await
}

/// Leads the flight: acquires the right to fill, loads, fills, and tells the waiters.
async fn lead(
    access: &Access<'_>,
    leader: Leader<'_>,
    over: Over,
    patient: bool,
    load: &Load,
) -> Option<Erased> {
    let lease = match acquire(access, &leader, over, patient).await {
        Right::Fill(lease) => Some(lease),
        Right::Hit(value) => return Some(access.shared(value)),
        Right::Busy | Right::None => None,
    };
    let lease = lease.filter(|_| !mutant("stamp-after-load"));
    leader.start();
    let load = attended(access, Some(&leader), lease.as_ref(), load);
    let (loaded, cost) = timed(access, load).await;
    let Some(value) = loaded else {
        drop(lease);
        leader.failed();
        return None;
    };
    let accepted = store(&value, cost, lease, || leader.seal()).await
        || mutants::stored_all_the_same(access, &value, cost).await;
    leader.loaded(Erased::clone(&value), accepted);
    Some(value)
}

/// Loads in the crowd of the key, with the permit that bounds how many do so at once.
async fn in_crowd(
    access: &Access<'_>,
    _permit: Permit<'_>,
    over: Over,
    load: &Load,
) -> Option<Erased> {
    // Another of them may have succeeded while this one waited for its permit.
    let over = match access.look().await {
        Looked::Hit(value) => return Some(access.shared(value)),
        Looked::Miss(Over::Absent) => over,
        Looked::Miss(again) => again,
    };
    load_for(access, access.acquire(over).await, load).await
}

/// Loads outside of a flight, and fills if there is the right to.
async fn load_for(access: &Access<'_>, right: Right<'_>, load: &Load) -> Option<Erased> {
    let lease = match right {
        Right::Fill(lease) => Some(lease),
        Right::Hit(value) => return Some(access.shared(value)),
        Right::Busy | Right::None => None,
    };
    let load = attended(access, None, lease.as_ref(), load);
    let (loaded, cost) = timed(access, load).await;
    if let Some(value) = &loaded {
        store(value, cost, lease, || {}).await;
    }
    loaded
}

/// Loads without sharing or filling.
async fn alone(access: &Access<'_>, load: &Load) -> Option<Erased> {
    timed(access, attended(access, None, None, load)).await.0
}

/// Acquires the right to fill; a `patient` leader waits for the load of another process. If the
/// lease is held in this process, there is no flight to wait for: it is about to be given back, or
/// its load takes too long.
async fn acquire<'a>(
    access: &'a Access<'a>,
    leader: &Leader<'_>,
    over: Over,
    patient: bool,
) -> Right<'a> {
    let limit = |access: &Access<'_>| {
        let here = access.caches.flights.is_leased_here(&access.key);
        if patient && !here { access.caches.limits.lease_wait } else { FIRST_POLL }
    };
    let began = tokio::time::Instant::now();
    // A quarter of the time waited so far: whoever waits has the value a quarter too late, at most.
    let pause = || (began.elapsed() / 4).clamp(FIRST_POLL, LONGEST_POLL);
    loop {
        match access.acquire(over).await {
            Right::Busy if began.elapsed() < limit(access) && timer::sleep(pause()).await => {
                leader.beat();
            }
            right => return right,
        }
    }
}

/// Stores a loaded value, if there is a lease for it. `seal` runs just before the fill is sent.
async fn store(
    value: &Erased,
    cost: Duration,
    lease: Option<Lease<'_>>,
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
async fn attended(
    access: &Access<'_>,
    leader: Option<&Leader<'_>>,
    lease: Option<&Lease<'_>>,
    load: &Load,
) -> Option<Erased> {
    load.ask(Loading::new(access.caches.id, access.key.clone()));
    // Beside the load, never instead of it: a backend that hangs must not hold it up.
    let mut attendance = pin!(attend(access, leader, lease));
    let mut attending = true;
    poll_fn(|context| match load.progress() {
        Progress::Ended(value) => Poll::Ready(value),
        Progress::Runs if attending => {
            attending = attendance.as_mut().poll(context).is_pending();
            Poll::Pending
        }
        Progress::Begins | Progress::Runs => Poll::Pending,
    })
    .await
}

/// Shows that the leader lives and renews its lease, for as long as the load may take.
async fn attend(access: &Access<'_>, leader: Option<&Leader<'_>>, lease: Option<&Lease<'_>>) {
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
async fn timed(
    access: &Access<'_>,
    load: impl Future<Output = Option<Erased>>,
) -> (Option<Erased>, Duration) {
    let began = Instant::now();
    let loaded = load.await;
    let cost = began.elapsed();
    let counters = &access.prefix.counters;
    counters.loads.up();
    counters.load_nanos.add(u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX));
    if loaded.is_none() {
        counters.load_errors.up();
    }
    (loaded, cost)
}

impl Access<'_> {
    fn hit(&self, value: Erased) -> Erased {
        self.prefix.counters.hits.up();
        key_event!(self.policy.verbose, "HIT", self.key.as_str());
        value
    }

    fn missed(&self) {
        self.prefix.counters.misses.up();
        key_event!(self.policy.verbose, "MISS", self.key.as_str());
    }

    fn shared(&self, value: Erased) -> Erased {
        self.prefix.counters.shared.up();
        key_event!(self.policy.verbose, "SHARED", self.key.as_str());
        value
    }

    fn patience(&self) -> Patience {
        let limits = &self.caches.limits;
        Patience { stalled_after: limits.lease_ttl, wait: limits.lease_wait }
    }
}
