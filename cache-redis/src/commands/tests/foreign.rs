//! Data of other applications stays as it is.

use two_tier_cache_test_servers::Reply;

use super::*;
use crate::commands::Target;

/// Strings that are not ours. The last ones start as ours do, but have no room for a token.
const STRINGS: [&[u8]; 8] = [
    b"",
    b"hello",
    b"2tc",
    b"2tc2LLLLtokentokentokent",
    b"2tc1",
    b"2tc1TTT",
    b"2tc1TTTTx",
    b"2tc1LLLLtokentokentoken",
];

const OTHERS: [&[&str]; 5] = [
    &["RPUSH", "user:1", "2tc1"],
    &["HSET", "user:1", "field", "value"],
    &["SADD", "user:1", "member"],
    &["ZADD", "user:1", "1", "member"],
    &["XADD", "user:1", "1-1", "field", "value"],
];

impl Fixture {
    fn dump(&self) -> (Reply, Reply) {
        let key = self.key.as_str();
        (self.server.command(&["DUMP", key]), self.server.command(&["PTTL", key]))
    }

    /// Tries everything on the key, with all tokens that could be read into it.
    async fn stays_as_it_is(&self, what: &str) {
        let before = self.dump();
        let bytes = self.server.command(&["GETRANGE", self.key.as_str(), "8", "23"]);
        let inside = match bytes {
            Reply::Bulk(Some(bytes)) => <[u8; 16]>::try_from(bytes).map(Token::from_bytes).ok(),
            _ => None,
        };
        let (key, connection) = (&self.key, &self.connection);
        for token in [inside, Some(Token::from_bytes([0; 16])), Some(token())].into_iter().flatten()
        {
            for over in [Over::Absent, Over::Everything, Over::Unreadable(token)] {
                assert_eq!(self.acquire(token, over).await, Answer::Foreign, "{what}");
            }
            assert!(!self.fill(token).await, "{what}");
            assert_eq!(connection.renew(key, token, LONG).await, Ok(false), "{what}");
            connection.release(key, token).await.unwrap();
            assert!(!self.fence(token, LONG).await, "{what}");
            for settle in [Duration::ZERO, LONG] {
                self.invalidate(settle).await;
                self.finish(token, settle).await;
            }
        }
        assert_eq!(self.dump(), before, "{what}");
    }
}

#[tokio::test]
async fn foreign_strings_stay_as_they_are() {
    let f = fixture().await;
    for bytes in STRINGS {
        f.server.command(&[b"SET".as_slice(), f.key.as_str().as_bytes(), bytes]);
        let Got::Bytes(read) = f.connection.get(f.key.as_str()).await.unwrap() else {
            panic!("{bytes:?} is a string");
        };
        assert!(matches!(entry::decode(f.key.as_str(), &read, 0, 0), Found::Foreign), "{bytes:?}");
        f.stays_as_it_is(&format!("{bytes:?}")).await;
    }
}

#[tokio::test]
async fn other_types_stay_as_they_are() {
    let f = fixture().await;
    for command in OTHERS {
        f.server.command(&["DEL", f.key.as_str()]);
        assert!(!matches!(f.server.command(command), Reply::Error(_)), "{command:?}");
        assert_eq!(f.connection.get(f.key.as_str()).await, Ok(Got::Foreign), "{command:?}");
        f.stays_as_it_is(&format!("{command:?}")).await;
    }
}

#[tokio::test]
async fn a_foreign_key_does_not_keep_others_from_being_invalidated() {
    let f = fixture().await;
    f.server.command(&["RPUSH", "user:0", "x"]);
    f.put(State::Value).await;
    let target = |key| Target { key, writers: &[], settle: Duration::ZERO };
    let targets = ["user:0", f.key.as_str(), "user:2"].map(target);
    let outcomes = f.connection.invalidate_all(&targets).await.unwrap();
    assert_eq!(outcomes, vec![Ok(Outcome::Applied); 3]);
    assert_eq!(f.state().await, State::Absent);
    assert_eq!(f.server.command(&["LLEN", "user:0"]).int(), 1);
}
