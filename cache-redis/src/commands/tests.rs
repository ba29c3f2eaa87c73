//! The operations against a real server.

mod corruption;
mod faults;
mod fences;
mod foreign;
mod leases;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::time::sleep;
use two_tier_cache_backend::{Acquire, Body, Entry, Found, Key, Over, Token, entry};
use two_tier_cache_test_servers::RedisServer;

use super::{Answer, Got, Outcome};
use crate::connect::connection::Connection;

/// Long enough that no test sees the end of it.
const LONG: Duration = Duration::from_secs(60);
/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(40);

/// A server of its own, a connection to it, and a key.
pub(crate) struct Fixture {
    pub(crate) server: RedisServer,
    pub(crate) connection: Connection,
    pub(crate) key: Key,
}

pub(crate) async fn fixture() -> Fixture {
    let server = RedisServer::start();
    let connection = connect(&server.url()).await;
    Fixture { server, connection, key: Key::from_text("user:1") }
}

pub(crate) async fn connect(url: &str) -> Connection {
    let client = redis::Client::open(url).unwrap();
    let wire = client.get_multiplexed_async_connection().await.unwrap();
    // The crate spawned the driver, which ends with the last clone of `wire`.
    Connection::new(wire, tokio::spawn(async {}).abort_handle(), Arc::default(), false)
}

/// What stands under a key, without the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Lease,
    Value,
    Stale,
    Tombstone,
    Fence,
    Unreadable,
}

/// The token of the lease, value or writer that [`Fixture::put`] puts there.
static TOKEN: LazyLock<Token> = LazyLock::new(token);

impl Fixture {
    /// Brings the key into a state that stands for `lasting`.
    async fn put_for(&self, state: State, lasting: Duration) {
        self.server.command(&["DEL", self.key.as_str()]);
        let (key, connection) = (&self.key, &self.connection);
        match state {
            State::Absent => {}
            State::Lease => {
                assert_eq!(self.acquire_for(*TOKEN, Over::Absent, lasting).await, Answer::Won);
            }
            State::Value => self.set(&value(key, *TOKEN, 0), lasting),
            State::Stale => self.set(&value(key, *TOKEN, 1), lasting),
            State::Tombstone => {
                let outcome = connection.invalidate(key.as_str(), None, lasting).await;
                assert_eq!(outcome, Ok(Outcome::Applied));
            }
            State::Fence => assert_eq!(connection.fence(key, *TOKEN, lasting).await, Ok(true)),
            State::Unreadable => {
                let mut bytes = value(key, *TOKEN, 0);
                bytes[4] = b'W';
                self.set(&bytes, lasting);
            }
        }
    }

    async fn put(&self, state: State) {
        self.put_for(state, LONG).await;
    }

    /// Writes bytes as a fault, or another application, would.
    fn set(&self, bytes: &[u8], lasting: Duration) {
        let millis = lasting.as_millis().to_string();
        self.server.command(&[
            b"SET",
            self.key.as_str().as_bytes(),
            bytes,
            b"PX",
            millis.as_bytes(),
        ]);
    }

    async fn state(&self) -> State {
        match self.connection.get(self.key.as_str()).await.unwrap() {
            Got::Absent => State::Absent,
            Got::Foreign => panic!("foreign"),
            Got::Bytes(bytes) => match entry::decode(self.key.as_str(), &bytes, 2, 0) {
                Found::Leased => State::Lease,
                Found::Value(entry) if entry.stale => State::Stale,
                Found::Value(_) => State::Value,
                Found::Held if bytes.len() == 8 => State::Tombstone,
                Found::Held => State::Fence,
                Found::Unreadable(_) => State::Unreadable,
                Found::Absent | Found::Foreign => panic!("{bytes:?}"),
            },
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.server.command(&["GET", self.key.as_str()]).bytes()
    }

    /// How long the key still stands.
    fn remaining(&self) -> Duration {
        let millis = self.server.command(&["PTTL", self.key.as_str()]).int();
        Duration::from_millis(u64::try_from(millis).expect("a key that expires"))
    }

    #[track_caller]
    fn stands_for(&self, expected: Duration) {
        let remaining = self.remaining();
        let slack = Duration::from_secs(2);
        assert!(
            remaining <= expected + Duration::from_millis(5) && remaining + slack >= expected,
            "stands for {remaining:?}, not {expected:?}"
        );
    }

    /// Waits until a key that stands for [`SHORT`] has run out.
    async fn run_out(&self) {
        sleep(SHORT + Duration::from_millis(10)).await;
    }

    async fn acquire_for(&self, token: Token, over: Over, lease_ttl: Duration) -> Answer {
        let request = Acquire { token, lease_ttl, over };
        self.connection.acquire(&self.key, request).await.unwrap()
    }

    async fn acquire(&self, token: Token, over: Over) -> Answer {
        self.acquire_for(token, over, LONG).await
    }

    async fn fill(&self, token: Token) -> bool {
        let bytes = value(&self.key, token, 0);
        self.connection.fill(&self.key, token, &bytes, LONG).await.unwrap()
    }

    async fn invalidate(&self, settle: Duration) {
        let outcome = self.connection.invalidate(self.key.as_str(), None, settle).await;
        assert_eq!(outcome, Ok(Outcome::Applied));
    }

    async fn finish(&self, writer: Token, settle: Duration) {
        let outcome = self.connection.invalidate(self.key.as_str(), Some(writer), settle).await;
        assert_eq!(outcome, Ok(Outcome::Applied));
    }

    async fn fence(&self, writer: Token, lasting: Duration) -> bool {
        self.connection.fence(&self.key, writer, lasting).await.unwrap()
    }
}

pub(crate) fn token() -> Token {
    Token::random().unwrap()
}

/// The bytes of a value.
pub(crate) fn value(key: &Key, id: Token, soft_expiry: u64) -> Vec<u8> {
    let body = Body::Encoded { codec: 1, payload: Vec::new().into() };
    let entry = Entry { id, version: 3, load_cost: SHORT, stale: false, body };
    entry::encode(key.as_str(), &entry, 1, b"payload", soft_expiry, 0)
}
