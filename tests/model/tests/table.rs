//! The table of the model and that of the real backends are one: the same commands, at random, get the
//! same answers.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use two_tier_cache::backend::{
    Acquire, Acquired, Backend, Body, Entry as Real, Fill, Found, Glob, Key, Over, Token,
};
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache_model::mutant::Mutant;
use two_tier_cache_model::table::{Acquired as Expected, Entry};
use two_tier_cache_test_servers::RedisServer;

/// Longer than any of this.
const LONG: Duration = Duration::from_secs(601);
const WRITERS: u8 = 2;

/// A key in the model and in a backend.
struct Both {
    entry: Entry,
    backend: Arc<dyn Backend>,
    key: Key,
    /// The real token of each token of the model.
    tokens: Vec<Token>,
    writers: Vec<Token>,
}

impl Both {
    fn new(backend: &Arc<dyn Backend>, number: usize) -> Self {
        let writers = (0..WRITERS).map(|_| Token::random().unwrap()).collect();
        let key = Key::from_text(&format!("row:{number}"));
        let tokens = vec![Token::random().unwrap()];
        Self { entry: Entry::Absent, backend: Arc::clone(backend), key, tokens, writers }
    }

    fn new_token(&mut self) -> u8 {
        self.tokens.push(Token::random().unwrap());
        u8::try_from(self.tokens.len() - 1).unwrap()
    }

    fn any_token(&self, rng: &mut Rng) -> u8 {
        rng.u8(0..u8::try_from(self.tokens.len()).unwrap())
    }

    fn real(&self, token: u8) -> Token {
        self.tokens[usize::from(token)]
    }

    async fn step(&mut self, rng: &mut Rng) {
        let settle = rng.u8(0..4) == 0;
        let hold = if settle { LONG } else { Duration::ZERO };
        let writer = rng.u8(0..WRITERS);
        let real_writer = self.writers[usize::from(writer)];
        match rng.u8(0..16) {
            0..5 => self.acquire(rng).await,
            5..9 => self.fill(rng).await,
            9 => {
                let token = self.any_token(rng);
                self.entry.release(token);
                self.backend.release(&self.key, self.real(token));
                // Nobody waits for it, so the next command may overtake it.
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            10 => {
                self.entry.invalidate(settle, Mutant::None);
                self.backend.invalidate(self.key.clone(), hold).await;
            }
            11 => {
                // A glob leaves alone what is not there.
                if self.entry != Entry::Absent {
                    self.entry.invalidate(settle, Mutant::None);
                }
                let glob = Glob::new(self.key.as_str().to_owned(), "");
                self.backend.invalidate_glob(glob, hold).await;
            }
            12..14 => {
                self.entry.fence(writer);
                assert!(self.backend.fence(&self.key, real_writer, LONG).await.unwrap());
            }
            _ => {
                self.entry.finish(writer, settle, Mutant::None);
                self.backend.finish(self.key.clone(), real_writer, hold).await;
            }
        }
        self.compare().await;
    }

    async fn acquire(&mut self, rng: &mut Rng) {
        let token = self.new_token();
        let reject = rng.bool().then(|| self.any_token(rng));
        let over = reject.map_or(Over::Absent, |id| Over::Unreadable(self.real(id)));
        let request = Acquire { token: self.real(token), lease_ttl: LONG, over };
        let real = self.backend.acquire(&self.key, request).await.unwrap();
        let expected = self.entry.acquire(token, reject, Mutant::None);
        let same = match (expected, real) {
            (Expected::Value { id, version }, Acquired::Value(entry)) => {
                entry.id == self.real(id) && entry.version == u32::from(version)
            }
            (Expected::Won, Acquired::Won)
            | (Expected::Busy, Acquired::Busy)
            | (Expected::Held, Acquired::Held) => true,
            (_, other) => panic!("{expected:?} and not {other:?}"),
        };
        assert!(same);
    }

    async fn fill(&mut self, rng: &mut Rng) {
        let (token, version) = (self.any_token(rng), rng.u8(..));
        let body = Body::Encoded { codec: 1, payload: vec![version].into() };
        let entry = Real {
            id: self.real(token),
            version: version.into(),
            load_cost: Duration::ZERO,
            stale: false,
            body,
        };
        let fill = Fill { entry, ttl: LONG, fresh_for: LONG, bytes: 1 };
        let real = self.backend.fill(&self.key, fill).await.unwrap();
        assert_eq!(real, self.entry.fill(token, version, Mutant::None));
    }

    async fn compare(&self) {
        let same = match (self.entry, self.backend.get(&self.key).await.unwrap()) {
            (Entry::Value { id, version }, Found::Value(entry)) => {
                entry.id == self.real(id) && entry.version == u32::from(version)
            }
            (Entry::Absent, Found::Absent)
            | (Entry::Lease(_), Found::Leased)
            | (Entry::Tombstone | Entry::Fence { .. }, Found::Held) => true,
            (expected, found) => panic!("{expected:?} and not {found:?}"),
        };
        assert!(same);
    }
}

async fn agree(backend: Arc<dyn Backend>, histories: u64) {
    for seed in 0..histories {
        let mut rng = Rng::with_seed(seed);
        let mut both = Both::new(&backend, usize::try_from(seed).unwrap());
        for _ in 0..40 {
            both.step(&mut rng).await;
        }
    }
}

#[tokio::test]
async fn the_model_and_the_store_of_the_process_agree() {
    agree(Arc::new(EncodedBackend::new()), 200).await;
}

#[tokio::test]
async fn the_model_and_redis_agree() {
    let server = RedisServer::start();
    let backend: Arc<dyn Backend> = Arc::new(RedisBackend::lazy(&server.url()).unwrap());
    backend.attach(Duration::from_secs(20));
    agree(backend, 60).await;
}
