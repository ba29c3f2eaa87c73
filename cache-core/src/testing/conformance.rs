//! The suite that every backend passes: the table of operations and states, one check per rule.
//!
//! A backend's own tests call [`run`] with something that moves its clock on.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::{
    Acquire, Acquired, Backend, Body, Entry, Fill, Form, Found, Glob, Invalidation, Key, Over,
    Token,
};

const LEASE: Duration = Duration::from_secs(2);
const FENCE: Duration = Duration::from_secs(30);
const TTL: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(5);
/// What two clocks may differ by.
const SOON: Duration = Duration::from_millis(20);
const NOW: Duration = Duration::ZERO;

/// Checks a backend; `wait` lets its clock move on by at least the given time.
///
/// # Cancel safety
///
/// Keys of the suite may be left behind; their entries expire.
///
/// # Panics
///
/// If the backend breaks a rule; the message names it.
pub async fn run<B: Backend, W: AsyncFn(Duration)>(backend: &B, wait: W) {
    let suite = Suite { backend };
    suite.absent().await;
    suite.leased(&wait).await;
    suite.value(&wait).await;
    suite.refresh(&wait).await;
    suite.tombstone(&wait).await;
    suite.fence(&wait).await;
    suite.writers(&wait).await;
    suite.set_by_hand().await;
    suite.glob().await;
}

struct Suite<'a, B> {
    backend: &'a B,
}

impl<B: Backend> Suite<'_, B> {
    /// A key of this run, so that runs on one server do not meet.
    fn key(rule: &str) -> Key {
        let run = u128::from_be_bytes(*token().as_bytes());
        Key::from_text(&format!("conformance:{run:032x}:{rule}"))
    }

    async fn get(&self, key: &Key) -> Found {
        self.backend.get(key).await.expect("GET answers")
    }

    async fn acquire(&self, key: &Key, token: Token, over: Over) -> Acquired {
        let request = Acquire { token, lease_ttl: LEASE, over };
        self.backend.acquire(key, request).await.expect("ACQUIRE answers")
    }

    /// A token that holds the lease of a key.
    async fn lease(&self, key: &Key) -> Token {
        let token = token();
        assert!(matches!(self.acquire(key, token, Over::Absent).await, Acquired::Won));
        token
    }

    async fn fill(&self, key: &Key, token: Token, fresh_for: Duration) -> bool {
        let body = match self.backend.form() {
            Form::Encoded => Body::Encoded { codec: 1, payload: b"value".as_slice().into() },
            Form::Typed => Body::Typed(Arc::new("value")),
        };
        let entry = Entry { id: token, version: 3, load_cost: LEASE, stale: false, body };
        let fill = Fill { entry, ttl: TTL, fresh_for, bytes: 5 };
        self.backend.fill(key, fill).await.expect("FILL answers")
    }

    /// A key that holds a value, and the token it was filled with.
    async fn filled(&self, rule: &str) -> (Key, Token) {
        let key = Self::key(rule);
        let token = self.lease(&key).await;
        assert!(self.fill(&key, token, TTL).await, "{rule}: a fill with a lease is accepted");
        (key, token)
    }

    async fn invalidate(&self, key: &Key, settle: Duration) {
        let outcome = self.backend.invalidate(key.clone(), settle).await;
        assert_eq!(outcome, Invalidation::Applied);
    }

    async fn finish(&self, key: &Key, writer: Token, settle: Duration) {
        let outcome = self.backend.finish(key.clone(), writer, settle).await;
        assert_eq!(outcome, Invalidation::Applied);
    }

    async fn put_fence(&self, key: &Key) -> Token {
        let writer = token();
        assert!(self.backend.fence(key, writer, FENCE).await.expect("FENCE answers"));
        writer
    }

    async fn absent(&self) {
        let key = Self::key("absent");
        assert!(matches!(self.get(&key).await, Found::Absent), "nothing is there at first");
        assert!(!self.fill(&key, token(), TTL).await, "no fill without a lease");
        self.backend.release(&key, token());
        self.invalidate(&key, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Absent), "an absent key stays absent");
    }

    async fn leased(&self, wait: &impl AsyncFn(Duration)) {
        let key = Self::key("leased");
        let mine = self.lease(&key).await;
        assert!(matches!(self.get(&key).await, Found::Leased));
        assert!(matches!(self.acquire(&key, token(), Over::Absent).await, Acquired::Busy));
        assert!(!self.fill(&key, token(), TTL).await, "another's token does not fill");
        self.backend.release(&key, token());
        assert!(matches!(self.get(&key).await, Found::Leased), "another's token does not release");
        wait(LEASE * 3 / 4).await;
        assert!(self.backend.renew(&key, mine, LEASE).await.expect("RENEW answers"));
        wait(LEASE * 3 / 4).await;
        assert!(matches!(self.get(&key).await, Found::Leased), "a renewed lease stands on");
        wait(LEASE).await;
        assert!(!self.backend.renew(&key, mine, LEASE).await.expect("RENEW answers"));
        assert!(!self.fill(&key, mine, TTL).await, "a lease that ran out does not fill");

        let key = Self::key("released");
        let mine = self.lease(&key).await;
        self.backend.release(&key, mine);
        self.settle_release(&key).await;
        assert!(!self.fill(&key, mine, TTL).await, "a lease given back does not fill");

        let key = Self::key("invalidated");
        let mine = self.lease(&key).await;
        self.invalidate(&key, NOW).await;
        assert!(!self.fill(&key, mine, TTL).await, "a fill begun before an invalidation loses");
        let other = self.lease(&key).await;
        assert!(!self.fill(&key, mine, TTL).await, "also while another holds the lease");
        assert!(self.fill(&key, other, TTL).await);
    }

    /// A release is under way when it returns; this waits for its effect.
    async fn settle_release(&self, key: &Key) {
        for _ in 0..1_000 {
            if matches!(self.get(key).await, Found::Absent) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("a lease given back does not stand");
    }

    async fn value(&self, wait: &impl AsyncFn(Duration)) {
        let (key, id) = self.filled("value").await;
        let Found::Value(entry) = self.get(&key).await else { panic!("a filled value is found") };
        assert_eq!((entry.id, entry.version, entry.load_cost), (id, 3, LEASE));
        assert!(!entry.stale);
        assert!(matches!(self.acquire(&key, token(), Over::Absent).await, Acquired::Value(_)));
        assert!(!self.fill(&key, id, TTL).await, "a token fills once");
        let other = Over::Unreadable(token());
        assert!(matches!(self.acquire(&key, token(), other).await, Acquired::Value(_)));
        let rejecting = self.acquire(&key, token(), Over::Unreadable(id)).await;
        assert!(matches!(rejecting, Acquired::Won), "a value rejected by its id is taken over");

        let (key, _) = self.filled("expired").await;
        wait(TTL).await;
        assert!(matches!(self.get(&key).await, Found::Absent), "a value expires");

        let (key, _) = self.filled("invalidated-value").await;
        self.invalidate(&key, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Absent));
    }

    async fn refresh(&self, wait: &impl AsyncFn(Duration)) {
        let key = Self::key("refresh");
        let first = self.lease(&key).await;
        assert!(self.fill(&key, first, NOW).await);
        wait(SOON).await;
        assert!(matches!(self.get(&key).await, Found::Value(entry) if entry.stale));
        let refresher = token();
        let granted = self.acquire(&key, refresher, Over::Absent).await;
        assert!(matches!(granted, Acquired::Refresh(_)), "a stale value leases one refresh");
        assert!(matches!(self.acquire(&key, token(), Over::Absent).await, Acquired::Value(_)));
        assert!(self.fill(&key, refresher, TTL).await, "the refresh fills over the value");
        assert!(matches!(self.get(&key).await, Found::Value(entry) if !entry.stale));

        let key = Self::key("refresh-released");
        let first = self.lease(&key).await;
        assert!(self.fill(&key, first, NOW).await);
        wait(SOON).await;
        let refresher = token();
        assert!(matches!(self.acquire(&key, refresher, Over::Absent).await, Acquired::Refresh(_)));
        self.backend.release(&key, refresher);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(
            matches!(self.get(&key).await, Found::Value(_)),
            "giving up a refresh keeps the value"
        );

        let key = Self::key("refresh-rejected");
        let first = self.lease(&key).await;
        assert!(self.fill(&key, first, NOW).await);
        wait(SOON).await;
        assert!(matches!(self.acquire(&key, token(), Over::Absent).await, Acquired::Refresh(_)));
        let rejecting = self.acquire(&key, token(), Over::Unreadable(first)).await;
        assert!(
            matches!(rejecting, Acquired::Won),
            "an unreadable value is taken over in a refresh"
        );

        let key = Self::key("refresh-invalidated");
        let first = self.lease(&key).await;
        assert!(self.fill(&key, first, NOW).await);
        wait(SOON).await;
        let refresher = token();
        assert!(matches!(self.acquire(&key, refresher, Over::Absent).await, Acquired::Refresh(_)));
        self.invalidate(&key, NOW).await;
        assert!(!self.fill(&key, refresher, TTL).await, "a refresh loses to an invalidation");
    }

    async fn tombstone(&self, wait: &impl AsyncFn(Duration)) {
        let (key, _) = self.filled("tombstone").await;
        self.invalidate(&key, SETTLE).await;
        assert!(matches!(self.get(&key).await, Found::Held));
        assert!(matches!(self.acquire(&key, token(), Over::Absent).await, Acquired::Held));
        assert!(matches!(self.acquire(&key, token(), Over::Everything).await, Acquired::Held));
        wait(SETTLE / 2).await;
        self.invalidate(&key, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "a shorter hold does not shorten");
        wait(SETTLE / 2).await;
        self.lease(&key).await;

        let key = Self::key("tombstone-of-lease");
        let mine = self.lease(&key).await;
        self.invalidate(&key, SETTLE).await;
        assert!(matches!(self.get(&key).await, Found::Held), "settle holds leased keys too");
        assert!(!self.fill(&key, mine, TTL).await);

        let key = Self::key("tombstone-of-absent");
        self.invalidate(&key, SETTLE).await;
        assert!(matches!(self.get(&key).await, Found::Held), "settle holds absent keys too");
    }

    async fn fence(&self, wait: &impl AsyncFn(Duration)) {
        let (key, _) = self.filled("fence").await;
        let writer = self.put_fence(&key).await;
        assert!(matches!(self.get(&key).await, Found::Held), "a fence takes the value away");
        assert!(matches!(self.acquire(&key, token(), Over::Absent).await, Acquired::Held));
        assert!(matches!(self.acquire(&key, token(), Over::Everything).await, Acquired::Held));
        self.invalidate(&key, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "an invalidation leaves the fence");
        self.finish(&key, writer, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Absent));

        let key = Self::key("fence-over-lease");
        let mine = self.lease(&key).await;
        let writer = self.put_fence(&key).await;
        assert!(!self.fill(&key, mine, TTL).await, "a fence takes the lease away");
        self.finish(&key, writer, SETTLE).await;
        assert!(matches!(self.get(&key).await, Found::Held), "the last writer leaves the hold");

        let key = Self::key("fence-over-tombstone");
        self.invalidate(&key, SETTLE).await;
        let writer = self.put_fence(&key).await;
        self.finish(&key, writer, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "a fence keeps the hold under it");

        let key = Self::key("hold-in-fence");
        let writer = self.put_fence(&key).await;
        self.invalidate(&key, SETTLE).await;
        self.finish(&key, writer, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "and one that comes meanwhile");

        let (key, _) = self.filled("late-finish").await;
        self.finish(&key, token(), NOW).await;
        assert!(
            matches!(self.get(&key).await, Found::Absent),
            "a late finish takes the value away"
        );

        let key = Self::key("fence-ran-out");
        let writer = self.put_fence(&key).await;
        wait(FENCE).await;
        let mine = self.lease(&key).await;
        self.finish(&key, writer, NOW).await;
        assert!(!self.fill(&key, mine, TTL).await, "a late finish still invalidates");
    }

    async fn writers(&self, wait: &impl AsyncFn(Duration)) {
        let key = Self::key("stranger");
        let writer = self.put_fence(&key).await;
        self.finish(&key, token(), NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "a stranger ends nobody's fence");
        self.finish(&key, writer, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Absent));

        let key = Self::key("one-by-one");
        let first = self.put_fence(&key).await;
        wait(FENCE / 2).await;
        let second = self.put_fence(&key).await;
        wait(FENCE / 2).await;
        self.finish(&key, second, NOW).await;
        let ended = matches!(self.get(&key).await, Found::Absent);
        assert!(ended, "a writer whose time is over does not hold the key for another");
        self.finish(&key, first, NOW).await;

        let key = Self::key("writers");
        let (first, second) = (self.put_fence(&key).await, self.put_fence(&key).await);
        self.finish(&key, first, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "the first writer leaves the second");
        self.finish(&key, second, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Absent));

        let key = Self::key("hold-of-first-writer");
        let (first, second) = (self.put_fence(&key).await, self.put_fence(&key).await);
        self.finish(&key, first, SETTLE).await;
        self.finish(&key, second, NOW).await;
        assert!(matches!(self.get(&key).await, Found::Held), "the longest hold counts");
    }

    async fn set_by_hand(&self) {
        let (key, _) = self.filled("set").await;
        let setter = token();
        assert!(matches!(self.acquire(&key, setter, Over::Everything).await, Acquired::Won));
        assert!(matches!(self.get(&key).await, Found::Leased), "the older value is gone");
        assert!(self.fill(&key, setter, TTL).await);

        let key = Self::key("set-over-lease");
        let loader = self.lease(&key).await;
        let setter = token();
        assert!(matches!(self.acquire(&key, setter, Over::Everything).await, Acquired::Won));
        assert!(!self.fill(&key, loader, TTL).await, "a load does not fill over a set");
        self.invalidate(&key, NOW).await;
        assert!(!self.fill(&key, setter, TTL).await, "a set loses to an invalidation");
    }

    async fn glob(&self) {
        let root = format!("conformance:{:032x}", u128::from_be_bytes(*token().as_bytes()));
        let key = |parts: &str| Key::from_text(&format!("{root}:{parts}"));
        let (value, escaped) = (key("a:value"), key("a%3Aescaped"));
        let (lease, fence, bystander) = (key("a:lease"), key("a:fence"), key("b:value"));
        for key in [&value, &escaped, &bystander] {
            let token = self.lease(key).await;
            assert!(self.fill(key, token, TTL).await);
        }
        let loader = self.lease(&lease).await;
        self.put_fence(&fence).await;

        let glob = Glob::new(format!("{root}:"), "a:*");
        assert_eq!(self.backend.invalidate_glob(glob, NOW).await, Invalidation::Applied);
        assert!(matches!(self.get(&value).await, Found::Absent));
        assert!(matches!(self.get(&escaped).await, Found::Absent), "globs match decoded text");
        assert!(!self.fill(&lease, loader, TTL).await, "a glob takes leases away");
        assert!(matches!(self.get(&fence).await, Found::Held), "a glob leaves fences");
        assert!(matches!(self.get(&bystander).await, Found::Value(_)), "and what does not match");

        let (lease, glob) = (key("c:lease"), Glob::new(format!("{root}:"), "c:*"));
        let loader = self.lease(&lease).await;
        assert_eq!(self.backend.invalidate_glob(glob, SETTLE).await, Invalidation::Applied);
        assert!(matches!(self.get(&lease).await, Found::Held), "settle holds matching leases");
        assert!(!self.fill(&lease, loader, TTL).await);

        let glob = Glob::new(format!("{root}:"), "b:*");
        assert_eq!(self.backend.invalidate_glob(glob, SETTLE).await, Invalidation::Applied);
        assert!(matches!(self.get(&bystander).await, Found::Held), "settle holds matching keys");
    }
}

fn token() -> Token {
    Token::random().expect("the system has randomness")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Bounds, Store};
    use crate::testing::{EncodedBackend, ManualClock};

    #[tokio::test]
    async fn the_in_process_store_conforms() {
        let clock = ManualClock::new();
        let bounds = Bounds { capacity: 1_000, max_bytes: 1 << 20, max_value_bytes: 1 << 16 };
        let store = Store::new(Form::Typed, bounds, clock.clock());
        run(&store, async |time| clock.advance(time)).await;
    }

    #[tokio::test]
    async fn the_encoded_backend_conforms() {
        let clock = ManualClock::new();
        run(&EncodedBackend::with_clock(&clock), async |time| clock.advance(time)).await;
    }
}
