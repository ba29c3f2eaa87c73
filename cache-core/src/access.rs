//! One call on one key: looking, acquiring and filling, with everything counted and told.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::backend::{
    Acquire, Acquired, Body, Entry, Fill, Found, Invalidate, Key, Over, Token, Tracked, mutant,
};
use crate::codec::{Erased, ValueCodec};
use crate::contained::Kept;
use crate::events::key_event;
use crate::flight::LeasedHere;
use crate::key::KeyWriter;
use crate::manager::{Inner, Prefix};
use crate::near::Near;
use crate::policy::Policy;
use crate::read_through::{Call, Next};
use crate::store::Hit;
use crate::tier::{Tier, Tiers};

/// How many connections in a row may break under a request for the right to fill.
const ATTEMPTS: u32 = 3;

/// A call on one key.
pub(crate) struct Access<'a> {
    pub(crate) caches: &'a Inner,
    pub(crate) prefix: Arc<Prefix>,
    pub(crate) policy: &'a Policy,
    pub(crate) codec: ValueCodec<'a>,
    pub(crate) key: Key,
    pub(crate) tiers: Tiers,
}

/// What a look at the cache found.
#[derive(Debug)]
pub(crate) enum Looked {
    Hit(Erased),
    /// Nothing to serve, and what a lease may be taken over.
    Miss(Over),
}

impl Looked {
    /// For who wants no more than that: the value goes.
    pub(crate) fn found_any(self) -> bool {
        match self {
            Self::Hit(value) => {
                drop(Kept::new(value));
                true
            }
            Self::Miss(_) => false,
        }
    }
}

/// The answer to a request for the right to fill.
pub(crate) enum Right<'a> {
    /// Another holds the lease.
    Busy,
    Fill(Lease<'a>),
    Hit(Erased),
    /// Load without filling.
    None,
}

/// The right to fill. Dropping it gives the lease back.
pub(crate) struct Lease<'a> {
    access: &'a Access<'a>,
    /// Where it was acquired: there it is filled or given back, whatever happens meanwhile.
    tier: Tier<'a>,
    token: Token,
    /// Whether the lease may stand at the backend.
    standing: bool,
    /// Present once it is granted.
    here: Option<LeasedHere<'a>>,
}

/// How a call begins.
pub(crate) enum Begun<'a, R> {
    /// What to return for a value of this process.
    Hit(R),
    /// The call to go on with.
    Miss(Call<'a>),
}

impl<'a> Access<'a> {
    /// A call on the key with these parts.
    pub(crate) fn new(
        caches: &'a Inner,
        prefix: &Arc<Prefix>,
        policy: &'a Policy,
        codec: ValueCodec<'a>,
        parts: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Self {
        let text = prefix.key_text();
        let key = text.with(parts, |written| text.finished(written));
        Self::at(caches, Arc::clone(prefix), policy, codec, key)
    }

    /// A call on a finished key.
    pub(crate) fn at(
        caches: &'a Inner,
        prefix: Arc<Prefix>,
        policy: &'a Policy,
        codec: ValueCodec<'a>,
        key: Key,
    ) -> Self {
        Self { caches, prefix, policy, codec, key, tiers: Tiers::default() }
    }

    /// Looks for the value in this process. The hit path: synchronous, and the key is a borrowed
    /// buffer that is only kept on a miss.
    #[inline]
    pub(crate) fn begin<R>(
        caches: &'a Inner,
        prefix: &Arc<Prefix>,
        policy: &'a Policy,
        codec: &ValueCodec<'a>,
        parts: impl FnOnce(&mut KeyWriter<'_>),
        give: fn(Erased) -> Option<R>,
    ) -> Begun<'a, R> {
        let text = prefix.key_text();
        // A hit makes what it returns at once, and moves nothing else: what is moved through memory
        // is most of what it costs.
        let found = text.with(parts, |written| {
            let found = caches.in_process(policy).and_then(|(store, now)| store.hit(written, now));
            let Some(Hit { value, version, id }) = found else {
                return Err((text.finished(written), None));
            };
            if version == policy.version
                && let Some(returned) = give(value)
            {
                prefix.counters.hits.up();
                if caches.embedded.is_none() {
                    prefix.counters.near_hits.up();
                }
                key_event!(policy.verbose, "HIT", written);
                return Ok(returned);
            }
            let misfit = Misfit { id, another_type: version == policy.version };
            Err((text.finished(written), Some(misfit)))
        });
        match found {
            Ok(value) => Begun::Hit(value),
            Err((key, misfit)) => {
                let access = Self::at(caches, Arc::clone(prefix), policy, *codec, key);
                let next = match misfit {
                    // What is near may be of another function on the prefix; the server has the say.
                    _ if caches.embedded.is_none() => Next::Look,
                    Some(misfit) => Next::Go(access.misfit(misfit)),
                    None => Next::Go(Looked::Miss(Over::Absent)),
                };
                Begun::Miss(Call { access, next })
            }
        }
    }
}

/// The value of an entry of this process, if its version and type fit; else why not.
fn typed(entry: Entry, version: u32, codec: ValueCodec<'_>) -> Result<Erased, Misfit> {
    let id = entry.id;
    match entry.body {
        Body::Typed(_) if entry.version != version => Err(Misfit { id, another_type: false }),
        Body::Typed(value) if codec.is_of(&value) => Ok(value),
        Body::Typed(_) => Err(Misfit { id, another_type: true }),
        Body::Encoded { .. } => Err(Misfit { id, another_type: false }),
    }
}

/// An entry that this call cannot read.
#[derive(Debug, Clone, Copy)]
struct Misfit {
    id: Token,
    another_type: bool,
}

impl Access<'_> {
    /// Starts to invalidate the key.
    pub(crate) fn invalidate(&self) -> Invalidate {
        let Self { caches, prefix, policy, key, .. } = self;
        caches.invalidate_now(prefix, key.clone(), policy.settle, policy.verbose)
    }

    /// Looks for the value: one `GET`.
    pub(crate) async fn look(&self) -> Looked {
        if let Some(local) = self.caches.outages.left_behind()
            && let Some(entry) = local.store().value(self.key.as_str())
        {
            return self.read(entry);
        }
        let tier = self.tier();
        let looked = match self.caches.near(self.policy).filter(|_| !tier.is_local()) {
            Some((near, keep)) => Box::pin(self.look_near(near, keep, tier)).await,
            None => {
                let found = self.ask(tier, tier.backend.get(&self.key)).await;
                found.map(|found| self.found(found))
            }
        };
        match looked {
            Some(looked) => looked,
            None if tier.is_local() => Looked::Miss(Over::Absent),
            None => Box::pin(self.look_locally()).await,
        }
    }

    /// Looks in the store of the outage, if there is one.
    async fn look_locally(&self) -> Looked {
        let Some(tier) = self.fall_back() else {
            return Looked::Miss(Over::Absent);
        };
        let found = self.ask(tier, tier.backend.get(&self.key)).await;
        found.map_or(Looked::Miss(Over::Absent), |found| self.found(found))
    }

    /// The same, and keeps near what is found.
    async fn look_near(&self, near: &Arc<Near>, keep: Duration, tier: Tier<'_>) -> Option<Looked> {
        near.attach(tier.backend);
        // Taken before the command is sent: whatever changes from then on voids it.
        let mut ticket = near.ticket(&self.key).filter(|_| !mutant("near-late-ticket"));
        let Tracked { found, keep_for } = self.ask(tier, tier.backend.get_near(&self.key)).await?;
        if mutant("near-late-ticket") {
            ticket = near.ticket(&self.key);
        }
        let bytes = match &found {
            Found::Value(Entry { body: Body::Encoded { payload, .. }, .. }) => payload.len(),
            _ => 0,
        };
        let looked = self.found(found);
        if let (Looked::Hit(value), Some(ticket), Some(keep_for)) = (&looked, ticket, keep_for) {
            let value = Erased::clone(value);
            ticket.keep(value, self.policy.version, bytes, keep_for.min(keep));
        }
        Some(looked)
    }

    fn found(&self, found: Found) -> Looked {
        match found {
            Found::Value(entry) => self.read(entry),
            Found::Unreadable(id) => self.unreadable(id),
            Found::Foreign => {
                self.prefix.tell_foreign();
                Looked::Miss(Over::Absent)
            }
            Found::Absent | Found::Held | Found::Leased => Looked::Miss(Over::Absent),
        }
    }

    /// Makes a value of an entry.
    pub(crate) fn read(&self, entry: Entry) -> Looked {
        let (id, version) = (entry.id, entry.version);
        match entry.body {
            Body::Typed(_) => match typed(entry, self.policy.version, self.codec) {
                Ok(value) => Looked::Hit(value),
                Err(misfit) => self.misfit(misfit),
            },
            Body::Encoded { codec, payload } => {
                let value = self.decode(version, codec, &payload);
                value.map_or_else(|| self.unreadable(id), Looked::Hit)
            }
        }
    }

    fn decode(&self, version: u32, codec: u8, payload: &[u8]) -> Option<Erased> {
        let fits =
            version == self.policy.version && payload.len() <= self.caches.limits.max_value_bytes;
        fits.then(|| self.codec.decode(codec, payload).ok()).flatten()
    }

    fn misfit(&self, misfit: Misfit) -> Looked {
        if misfit.another_type {
            self.prefix.tell_another_type();
        }
        self.unreadable(misfit.id)
    }

    fn unreadable(&self, id: Token) -> Looked {
        self.prefix.counters.unreadable.up();
        key_event!(self.policy.verbose, "UNREADABLE", self.key.as_str());
        Looked::Miss(Over::Unreadable(id))
    }

    /// Asks for the right to fill.
    pub(crate) async fn acquire(&self, over: Over) -> Right<'_> {
        for _ in 0..ATTEMPTS {
            let tier = self.tier();
            if let Some(right) = self.acquire_from(tier, over).await {
                return right;
            }
            if tier.is_local() {
                break;
            }
            // With another token: the first request may come late. If it was granted, its lease is
            // being given back.
            let again = self.fall_back().is_some() || self.take_broken();
            if !again {
                break;
            }
        }
        Right::None
    }

    /// Asks one tier for the right to fill; `None` if it did not answer.
    async fn acquire_from<'b>(&'b self, tier: Tier<'b>, over: Over) -> Option<Right<'b>> {
        let Some(token) = new_token() else {
            self.came_to_nothing();
            return None;
        };
        let lease_ttl = self.caches.limits.lease_ttl;
        // Made before the request is sent: if this future is dropped, or the reply is lost, the
        // lease may stand all the same, and then it is given back.
        let mut lease = Lease { access: self, tier, token, standing: true, here: None };
        let spent = self.spent();
        let request = Acquire { token, lease_ttl, over };
        let acquired = self.ask(tier, tier.backend.acquire(&self.key, request)).await?;
        lease.standing = matches!(acquired, Acquired::Won | Acquired::Refresh(_));
        Some(match acquired {
            Acquired::Won => {
                lease.here = Some(self.caches.flights.leased(&self.key));
                Right::Fill(lease)
            }
            Acquired::Value(entry) | Acquired::Refresh(entry) => match self.read(entry) {
                Looked::Hit(value) => Right::Hit(value),
                Looked::Miss(_) => Right::None,
            },
            Acquired::Busy => {
                self.refund(spent);
                Right::Busy
            }
            Acquired::Foreign => {
                self.prefix.tell_foreign();
                Right::None
            }
            Acquired::Held => Right::None,
        })
    }
}

/// The token of one attempt.
fn new_token() -> Option<Token> {
    static OF_THE_PROCESS: OnceLock<Option<Token>> = OnceLock::new();
    if mutant("token-per-process") {
        return *OF_THE_PROCESS.get_or_init(Token::random);
    }
    Token::random()
}

impl Lease<'_> {
    /// Whether it is of the store of an outage.
    pub(crate) fn is_local(&self) -> bool {
        self.tier.is_local()
    }

    /// Prepares the fill; `None` if the value must not be stored.
    pub(crate) fn prepare(&self, value: &Erased, load_cost: Duration) -> Option<Fill> {
        self.access.fill_of(self.tier, value, self.token, load_cost)
    }

    /// Prolongs the lease while its load runs.
    pub(crate) async fn renew(&self) {
        let Access { caches, key, .. } = self.access;
        let limits = &caches.limits;
        let renewal = self.tier.backend.renew(key, self.token, limits.lease_ttl);
        // A lease that is lost shows when the fill is rejected.
        let _ = self.access.ask_within(limits.redis_budget, self.tier, renewal).await;
    }

    /// Stores the value, if no invalidation came since the lease was granted.
    pub(crate) async fn fill(mut self, fill: Fill) -> bool {
        let Access { key, prefix, policy, .. } = self.access;
        let ttl = fill.ttl;
        let filled = self.access.ask(self.tier, self.tier.backend.fill(key, fill)).await;
        // Accepted or rejected, the lease is gone; only after an error it may still stand.
        self.standing = filled.is_none();
        // What was stored for an outage that is over meanwhile is out of reach of everybody.
        let accepted = filled == Some(true) && self.access.holds(self.tier);
        if accepted {
            prefix.counters.fills.up();
            key_event!(policy.verbose, "SET", key.as_str(), ttl = tracing::field::debug(ttl));
        } else if filled.is_some() {
            prefix.counters.fills_rejected.up();
            key_event!(policy.verbose, "REJECTED", key.as_str());
        }
        accepted
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.standing {
            self.tier.backend.release(&self.access.key, self.token);
        }
    }
}
