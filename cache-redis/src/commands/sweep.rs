//! Invalidating what a pattern covers.

use std::time::Duration;

use redis::Value;
use tokio::time::timeout;
use two_tier_cache_backend::Glob;

use crate::commands::{Outcome, Target};
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};

/// How many keys the server looks at in one step: it answers nobody else meanwhile, about 0.6 ms.
const PAGE: usize = 1_000;
/// How many keys are invalidated at once.
const CHUNK: usize = 500;

/// What a sweep did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Swept {
    /// How many keys it invalidated. One that moved meanwhile may count twice.
    pub(crate) keys: u64,
    /// How many of them are not held for the time they should be.
    pub(crate) unsettled: u64,
}

/// Invalidates every key that `glob` covers and that is there during the whole sweep.
///
/// Takes time in proportion to all keys of the server. Each round trip may take `limit`; `progress` is
/// called before each page. A key that
/// the server refuses to invalidate does not keep the others from it; the refusal is the result.
///
/// # Cancel safety
///
/// A part of the keys is invalidated. Once more is harmless.
pub(crate) async fn sweep(
    connection: &Connection,
    glob: &Glob,
    settle: Duration,
    limit: Duration,
    progress: impl Fn(),
) -> Result<Swept, CommandError> {
    let pattern = glob.widened();
    let mut swept = Swept::default();
    let mut refused = None;
    let mut cursor = b"0".to_vec();
    loop {
        progress();
        let (next, page) = within(limit, scan(connection, &cursor, &pattern)).await?;
        let keys: Vec<&str> = page.iter().filter_map(|key| covered(key, glob)).collect();
        for chunk in keys.chunks(CHUNK) {
            let targets: Vec<Target<'_>> =
                chunk.iter().map(|&key| Target { key, writers: &[], settle }).collect();
            for outcome in within(limit, connection.invalidate_all(&targets)).await? {
                match outcome {
                    Ok(outcome) => swept.count(outcome),
                    Err(error) if error.kind == Kind::Refused => refused = Some(error),
                    Err(error) => return Err(error),
                }
            }
        }
        if next == b"0" {
            within(limit, confirm(connection, glob)).await?;
            return refused.map_or(Ok(swept), Err);
        }
        cursor = next;
    }
}

/// Writes to no effect, on a key that nothing is ever under: a server that has become a replica must
/// refuse, not say that it covers no key.
async fn confirm(connection: &Connection, glob: &Glob) -> Result<(), CommandError> {
    let nowhere = format!("{}%#", glob.scope());
    connection.invalidate(&nowhere, None, Duration::ZERO).await.map(drop)
}

impl Swept {
    fn count(&mut self, outcome: Outcome) {
        self.keys += 1;
        self.unsettled += u64::from(outcome == Outcome::Unsettled);
    }
}

/// The key, if the pattern covers it. Keys of ours are text; others need no look.
fn covered<'a>(key: &'a [u8], glob: &Glob) -> Option<&'a str> {
    std::str::from_utf8(key).ok().filter(|key| glob.matches(key))
}

/// One step through the keys of the server: the cursor of the next one, and the keys.
async fn scan(
    connection: &Connection,
    cursor: &[u8],
    pattern: &str,
) -> Result<(Vec<u8>, Vec<Vec<u8>>), CommandError> {
    let mut command = redis::cmd("SCAN");
    command.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE);
    page(connection.send(&command).await?).ok_or_else(|| CommandError::unexpected("SCAN"))
}

fn page(reply: Value) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let Value::Array(parts) = reply else { return None };
    let [cursor, Value::Array(keys)] = <[Value; 2]>::try_from(parts).ok()? else { return None };
    let keys = keys.into_iter().map(bytes).collect::<Option<_>>()?;
    Some((bytes(cursor)?, keys))
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

async fn within<T>(
    limit: Duration,
    round_trip: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    let lost = |_| CommandError::new(Kind::Lost, format!("no answer within {limit:?}"));
    timeout(limit, round_trip).await.map_err(lost)?
}

#[cfg(test)]
mod tests {
    use two_tier_cache_backend::{Key, Token};

    use super::*;
    use crate::commands::tests::{Fixture, fixture, value};
    use crate::error::Kind;

    const LIMIT: Duration = Duration::from_secs(10);
    const NOW: Duration = Duration::ZERO;

    /// Puts values under these keys, many at once.
    async fn put(f: &Fixture, keys: &[String]) {
        for keys in keys.chunks(CHUNK) {
            let mut commands = redis::Pipeline::new();
            for key in keys {
                let bytes = value(&Key::from_text(key), Token::random().unwrap(), 0);
                commands.cmd("SET").arg(key).arg(bytes);
            }
            f.connection.send_all(&commands).await.unwrap();
        }
    }

    fn count(f: &Fixture) -> i64 {
        f.server.command(&["DBSIZE"]).int()
    }

    fn glob(scope: &str, pattern: &str) -> Glob {
        Glob::new(scope.to_owned(), pattern)
    }

    fn keys(keys: u64) -> Swept {
        Swept { keys, unsettled: 0 }
    }

    #[tokio::test]
    async fn a_sweep_goes_through_all_pages() {
        let f = fixture().await;
        put(&f, &(0..3_000).map(|n| format!("user:{n}:{}", n % 3)).collect::<Vec<_>>()).await;
        put(&f, &(0..3_000).map(|n| format!("users:{n}:1")).collect::<Vec<_>>()).await;
        let swept = sweep(&f.connection, &glob("user:", "*:1"), NOW, LIMIT, || {}).await;
        assert_eq!((swept, count(&f)), (Ok(keys(1_000)), 5_000));
        // Most pages have nothing that matches.
        let swept = sweep(&f.connection, &glob("user:", "2999:*"), NOW, LIMIT, || {}).await;
        assert_eq!((swept, count(&f)), (Ok(keys(1)), 4_999));
        f.server.command(&["SCRIPT", "FLUSH"]);
        let swept = sweep(&f.connection, &glob("user:", "*"), LIMIT, LIMIT, || {}).await;
        assert_eq!((swept, count(&f)), (Ok(keys(1_999)), 4_999));
        let held = f.server.command(&["STRLEN", "user:0:0"]).int();
        assert_eq!(held, 8, "a tombstone holds it");
    }

    #[tokio::test]
    async fn patterns_match_decoded_text_literally() {
        let f = fixture().await;
        for (scope, pattern, hit, miss) in [
            ("user:", "domain.com:*", "user:domain.com%3Ax", "user:domainxcom%3Ax"),
            ("user:", "a:b", "user:a%3Ab", "user:a%3Abc"),
            ("user:", "50%*", "user:50%25 off", "user:50"),
            ("user:", r"a\*b*", "user:a*b1", "user:axb1"),
            ("user:", r"\[a\]", "user:[a]", "user:a"),
            ("user:", "x-y^z", "user:x-y^z", "user:x-yz"),
            ("user:", r"back\\slash", r"user:back\slash", "user:backslash"),
            ("user:", "größe", "user:größe", "user:groesse"),
            ("user:", "a\nb*", "user:a%0Abc", "user:ab"),
            (r"a*b?[c]\^-:", "1*", r"a*b?[c]\^-:12", "axbxc^-:12"),
            ("a-b.c_d:", "?", "a-b.c_d:1", "a-bxc_d:1"),
        ] {
            f.server.command(&["FLUSHALL"]);
            put(&f, &[hit.to_owned(), miss.to_owned()]).await;
            let swept = sweep(&f.connection, &glob(scope, pattern), NOW, LIMIT, || {}).await;
            assert_eq!(swept, Ok(keys(1)), "{pattern}");
            assert_eq!(f.server.command(&["EXISTS", miss]).int(), 1, "{pattern}");
        }
    }

    #[tokio::test]
    async fn foreign_keys_in_the_way_stay() {
        let f = fixture().await;
        put(&f, &["user:1".to_owned()]).await;
        f.server.command(&["RPUSH", "user:list", "x"]);
        f.server.command(&["SET", "user:text", "x"]);
        f.server.command(&[b"SET".as_slice(), b"user:\xff\xfe", b"x"]);
        let swept = sweep(&f.connection, &glob("user:", "*"), NOW, LIMIT, || {}).await;
        assert!(swept.is_ok(), "{swept:?}");
        assert_eq!(count(&f), 3);
        assert_eq!(f.server.command(&["EXISTS", "user:1"]).int(), 0);
    }

    #[tokio::test]
    async fn without_memory_a_sweep_tells_what_it_could_not_hold() {
        let f = fixture().await;
        put(&f, &["user:1".to_owned(), "user:2".to_owned()]).await;
        f.server.fill_memory();
        let swept = sweep(&f.connection, &glob("user:", "*"), LIMIT, LIMIT, || {}).await;
        assert_eq!((swept, count(&f)), (Ok(Swept { keys: 2, unsettled: 2 }), 0));
    }

    #[tokio::test]
    async fn a_key_that_is_refused_does_not_spare_the_others() {
        let mut f = fixture().await;
        put(&f, &(0..20).map(|n| format!("user:{n}")).collect::<Vec<_>>()).await;
        let rules = ["on", ">secret", "~user:1*", "+@all"];
        f.server.add_acl_user("cache", &rules);
        f.connection = crate::commands::tests::connect(&f.server.url_as("cache", "secret")).await;
        let swept = sweep(&f.connection, &glob("user:", "*"), NOW, LIMIT, || {}).await;
        assert!(matches!(&swept, Err(error) if error.kind == Kind::Refused), "{swept:?}");
        assert_eq!(count(&f), 9, "0 and 2 to 9 are left");
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_ends_a_sweep() {
        let f = fixture().await;
        f.server.pause();
        let limit = Duration::from_millis(20);
        let swept = sweep(&f.connection, &glob("user:", "*"), NOW, limit, || {}).await;
        f.server.resume();
        assert!(matches!(&swept, Err(error) if error.kind == Kind::Lost), "{swept:?}");
    }
}
