//! Servers without memory, without the scripts, without permission, or not ready.

use super::*;
use crate::commands::Target;
use crate::error::{CommandError, Kind};

const SETTLE: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::ZERO;

fn is_refused<T: std::fmt::Debug>(result: &Result<T, CommandError>) -> bool {
    matches!(result, Err(error) if error.kind == Kind::Refused)
}

#[tokio::test]
async fn without_memory_an_invalidation_works_but_does_not_settle() {
    let f = fixture().await;
    for state in [State::Absent, State::Lease, State::Value, State::Unreadable] {
        for (settle, outcome) in [(NOW, Outcome::Applied), (SETTLE, Outcome::Unsettled)] {
            f.put(state).await;
            f.server.fill_memory();
            let ended = f.connection.invalidate(f.key.as_str(), None, settle).await;
            assert_eq!(ended, Ok(outcome), "{state:?}, {settle:?}");
            assert_eq!(f.state().await, State::Absent, "{state:?}, {settle:?}");
            f.server.free_memory();
        }
    }
    f.put_for(State::Tombstone, SETTLE).await;
    f.server.fill_memory();
    f.invalidate(LONG).await;
    f.stands_for(LONG);
}

#[tokio::test]
async fn without_memory_fences_end_as_ever() {
    let f = fixture().await;
    let (first, second) = (token(), token());
    assert!(f.fence(first, LONG).await);
    assert!(f.fence(second, LONG).await);
    f.server.fill_memory();
    f.invalidate(SETTLE).await;
    f.finish(first, NOW).await;
    assert_eq!(f.bytes().len(), 16 + 24);
    f.finish(second, NOW).await;
    assert_eq!(f.state().await, State::Tombstone);
    f.stands_for(SETTLE);
    f.server.free_memory();
    f.put(State::Fence).await;
    f.server.fill_memory();
    f.finish(*TOKEN, NOW).await;
    assert_eq!(f.state().await, State::Absent);
}

#[tokio::test]
async fn without_memory_reads_go_on_and_leases_are_refused() {
    let f = fixture().await;
    f.put(State::Value).await;
    f.server.fill_memory();
    assert_eq!(f.state().await, State::Value);
    assert!(matches!(f.acquire(token(), Over::Absent).await, Answer::Value(_)));
    let request = Acquire { token: token(), lease_ttl: LONG, over: Over::Everything };
    assert!(is_refused(&f.connection.acquire(&f.key, request).await));
    assert_eq!(f.state().await, State::Value, "what is refused changes nothing");
    f.server.free_memory();
    f.put(State::Lease).await;
    f.server.fill_memory();
    let bytes = value(&f.key, *TOKEN, 0);
    assert!(is_refused(&f.connection.fill(&f.key, *TOKEN, &bytes, LONG).await));
    assert_eq!(f.connection.renew(&f.key, *TOKEN, LONG / 2).await, Ok(true));
    f.connection.release(&f.key, *TOKEN).await.unwrap();
    assert_eq!(f.state().await, State::Absent);
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_loaded_again() {
    let f = fixture().await;
    let flush = || f.server.command(&["SCRIPT", "FLUSH"]);
    flush();
    assert_eq!(f.acquire(*TOKEN, Over::Absent).await, Answer::Won);
    flush();
    assert_eq!(f.connection.renew(&f.key, *TOKEN, LONG).await, Ok(true));
    flush();
    assert!(f.fill(*TOKEN).await);
    flush();
    f.connection.release(&f.key, *TOKEN).await.unwrap();
    flush();
    assert!(f.connection.probe().await.unwrap() > 0);
    flush();
    assert!(f.fence(*TOKEN, LONG).await);
    flush();
    f.finish(*TOKEN, NOW).await;
    flush();
    let target = |key| Target { key, writers: &[], settle: SETTLE };
    let targets = ["user:1", "user:2", "user:3"].map(target);
    let outcomes = f.connection.invalidate_all(&targets).await.unwrap();
    assert_eq!(outcomes, vec![Ok(Outcome::Applied); 3]);
    assert_eq!(f.server.command(&["DBSIZE"]).int(), 3);
}

#[tokio::test]
async fn all_scripts_can_be_loaded_ahead() {
    let f = fixture().await;
    f.connection.load_scripts().await.unwrap();
    assert!(f.connection.probe().await.is_ok());
}

#[tokio::test]
async fn a_probe_tells_the_time_of_the_server() {
    let f = fixture().await;
    let seconds = |f: &Fixture| f.server.command(&["TIME"]).array()[0].clone().text();
    let before: u64 = seconds(&f).parse().unwrap();
    let told = f.connection.probe().await.unwrap();
    let after: u64 = seconds(&f).parse().unwrap();
    assert!((before * 1_000..(after + 1) * 1_000).contains(&told), "{before} {told} {after}");
}

#[tokio::test]
async fn a_probe_refuses_a_server_that_cannot_work() {
    let unready = |probed: &Result<u64, CommandError>| matches!(probed, Err(error) if error.kind == Kind::Unready);
    let (f, primary) = (fixture().await, RedisServer::start());
    f.server.become_replica_of("127.0.0.1", primary.port());
    let probed = f.connection.probe().await;
    assert!(unready(&probed), "a replica: {probed:?}");
    for over in [Over::Absent, Over::Everything] {
        let request = Acquire { token: token(), lease_ttl: LONG, over };
        let acquired = f.connection.acquire(&f.key, request).await;
        assert!(matches!(&acquired, Err(error) if error.kind == Kind::Unready), "{acquired:?}");
    }
    for settle in [NOW, SETTLE] {
        // Also of an absent key: the primary may have it.
        let ended = f.connection.invalidate(f.key.as_str(), None, settle).await;
        assert!(matches!(&ended, Err(error) if error.kind == Kind::Unready), "{ended:?}");
    }
    f.server.become_primary();
    assert!(f.connection.probe().await.is_ok());
}

#[tokio::test]
async fn a_probe_refuses_a_server_that_is_busy() {
    let f = fixture().await;
    f.connection.load_scripts().await.unwrap();
    let busy = f.server.make_busy(LONG);
    let probed = f.connection.probe().await;
    assert!(matches!(&probed, Err(error) if error.kind == Kind::Unready), "{probed:?}");
    drop(busy);
}

#[tokio::test]
async fn a_probe_refuses_a_server_that_loads() {
    let mut f = fixture().await;
    f.put(State::Value).await;
    f.server.restart_loading(Duration::from_secs(2));
    f.connection = connect(&f.server.url()).await;
    let probed = f.connection.probe().await;
    assert!(matches!(&probed, Err(error) if error.kind == Kind::Unready), "{probed:?}");
}

/// What a user of the server needs to be allowed; also in the documentation.
const RULES: [&str; 15] = [
    "~user:*",
    "+evalsha",
    "+script|load",
    "+role",
    "+scan",
    "+get",
    "+set",
    "+unlink",
    "+type",
    "+getrange",
    "+strlen",
    "+setrange",
    "+pexpire",
    "+pttl",
    "+time",
];

#[tokio::test]
async fn these_permissions_suffice() {
    let mut f = fixture().await;
    let rules = [&["on", ">secret"][..], &RULES].concat();
    f.server.add_acl_user("cache", &rules);
    f.connection = connect(&f.server.url_as("cache", "secret")).await;
    f.connection.load_scripts().await.unwrap();
    f.connection.probe().await.unwrap();
    f.put(State::Stale).await;
    let refresher = token();
    assert!(matches!(f.acquire(refresher, Over::Absent).await, Answer::Refresh(_)));
    assert_eq!(f.connection.renew(&f.key, refresher, LONG).await, Ok(true));
    f.connection.release(&f.key, refresher).await.unwrap();
    f.put(State::Lease).await;
    assert_eq!(f.connection.renew(&f.key, *TOKEN, LONG).await, Ok(true));
    assert!(f.fill(*TOKEN).await);
    f.put(State::Tombstone).await;
    f.put(State::Fence).await;
    f.finish(*TOKEN, SETTLE).await;
    let glob = two_tier_cache_backend::Glob::new("user:".to_owned(), "*");
    let swept =
        crate::commands::sweep::sweep(&f.connection, &glob, NOW, LONG, || {}).await.unwrap();
    assert_eq!((swept.keys, f.state().await), (1, State::Tombstone));
}

#[tokio::test]
async fn a_probe_goes_without_a_role_that_may_not_be_asked_for() {
    let mut f = fixture().await;
    f.server.add_acl_user("cache", &["on", ">secret", "~*", "+@all", "-role"]);
    f.connection = connect(&f.server.url_as("cache", "secret")).await;
    assert!(f.connection.probe().await.is_ok());
}

#[tokio::test]
async fn keys_that_may_not_be_touched_are_refused_one_by_one() {
    let mut f = fixture().await;
    f.put(State::Value).await;
    let rules = [&["on", ">secret"][..], &RULES].concat();
    f.server.add_acl_user("cache", &rules);
    f.connection = connect(&f.server.url_as("cache", "secret")).await;
    let target = |key| Target { key, writers: &[], settle: NOW };
    let targets = ["other:1", f.key.as_str()].map(target);
    let outcomes = f.connection.invalidate_all(&targets).await.unwrap();
    assert!(is_refused(&outcomes[0]), "{outcomes:?}");
    assert_eq!((&outcomes[1], f.state().await), (&Ok(Outcome::Applied), State::Absent));
}
