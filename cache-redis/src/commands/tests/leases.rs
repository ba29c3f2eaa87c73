//! ACQUIRE, FILL, RENEW and RELEASE in each state.

use super::*;

#[tokio::test]
async fn acquire_in_each_state() {
    let f = fixture().await;
    let value = |id| Answer::Value(value(&f.key, id, 0));
    let unreadable = || {
        let Answer::Value(mut bytes) = value(*TOKEN) else { unreachable!() };
        bytes[4] = b'W';
        Answer::Value(bytes)
    };
    let (mine, other) = (Over::Unreadable(*TOKEN), Over::Unreadable(token()));
    for (state, over, answer) in [
        (State::Absent, Over::Absent, Answer::Won),
        (State::Absent, mine, Answer::Won),
        (State::Absent, Over::Everything, Answer::Won),
        (State::Lease, Over::Absent, Answer::Busy),
        (State::Lease, mine, Answer::Busy),
        (State::Lease, Over::Everything, Answer::Won),
        (State::Value, Over::Absent, value(*TOKEN)),
        (State::Value, other, value(*TOKEN)),
        (State::Value, mine, Answer::Won),
        (State::Value, Over::Everything, Answer::Won),
        (State::Stale, mine, Answer::Won),
        (State::Stale, Over::Everything, Answer::Won),
        (State::Unreadable, Over::Absent, unreadable()),
        (State::Unreadable, other, unreadable()),
        (State::Unreadable, mine, Answer::Won),
        (State::Unreadable, Over::Everything, Answer::Won),
        (State::Tombstone, Over::Absent, Answer::Held),
        (State::Tombstone, mine, Answer::Held),
        (State::Tombstone, Over::Everything, Answer::Held),
        (State::Fence, Over::Absent, Answer::Held),
        (State::Fence, mine, Answer::Held),
        (State::Fence, Over::Everything, Answer::Held),
    ] {
        f.put(state).await;
        let asking = token();
        let won = answer == Answer::Won;
        let lasting = if won { LONG / 2 } else { LONG };
        assert_eq!(f.acquire_for(asking, over, LONG / 2).await, answer, "{state:?}, {over:?}");
        f.stands_for(lasting);
        assert_eq!(f.state().await, if won { State::Lease } else { state });
        assert_eq!(f.fill(asking).await, won, "{state:?}, {over:?}");
    }
}

#[tokio::test]
async fn a_state_that_has_run_out_is_an_absent_key() {
    let f = fixture().await;
    for state in [State::Lease, State::Value, State::Tombstone, State::Fence] {
        f.put_for(state, SHORT).await;
        f.run_out().await;
        assert_eq!(f.acquire(token(), Over::Absent).await, Answer::Won, "{state:?}");
    }
}

#[tokio::test]
async fn asking_again_with_the_same_token_finds_the_lease_won() {
    let f = fixture().await;
    f.put(State::Lease).await;
    assert_eq!(f.acquire(*TOKEN, Over::Absent).await, Answer::Won);
}

#[tokio::test]
async fn a_lease_or_tombstone_without_an_expiry_runs_out_all_the_same() {
    let f = fixture().await;
    let persist = || f.server.command(&["PERSIST", f.key.as_str()]);
    f.put(State::Lease).await;
    persist();
    assert_eq!(f.acquire(token(), Over::Absent).await, Answer::Busy);
    f.stands_for(LONG);
    f.put(State::Tombstone).await;
    persist();
    assert_eq!(f.acquire(token(), Over::Absent).await, Answer::Won);
    f.put(State::Tombstone).await;
    persist();
    f.invalidate(Duration::ZERO).await;
    assert_eq!(f.state().await, State::Absent);
}

#[tokio::test]
async fn a_stale_value_leases_one_refresh_at_a_time() {
    let f = fixture().await;
    f.put(State::Stale).await;
    let stored = f.bytes();
    let first = token();
    let answer = f.acquire_for(first, Over::Absent, SHORT).await;
    assert_eq!(answer, Answer::Refresh(stored.clone()), "the bytes are as they were");
    f.stands_for(LONG);
    assert_ne!(f.bytes(), stored, "the refresh stands in the header");
    assert!(matches!(f.acquire(token(), Over::Absent).await, Answer::Value(_)));
    assert_eq!(f.state().await, State::Stale, "and the value checks out");
    f.run_out().await;
    assert!(!f.fill(first).await, "a refresh that ran out does not fill");
    assert_eq!(f.connection.renew(&f.key, first, LONG).await, Ok(false));
    let second = token();
    assert!(matches!(f.acquire(second, Over::Absent).await, Answer::Refresh(_)));
    f.connection.release(&f.key, first).await.unwrap();
    assert!(!f.fill(first).await);
    assert!(f.fill(second).await);
    assert!(!f.fill(second).await, "a token fills once");
    assert_eq!(f.state().await, State::Value);
}

#[tokio::test]
async fn a_refresh_given_back_can_be_leased_again() {
    let f = fixture().await;
    f.put(State::Stale).await;
    let stored = f.bytes();
    let refresher = token();
    assert!(matches!(f.acquire(refresher, Over::Absent).await, Answer::Refresh(_)));
    f.connection.release(&f.key, refresher).await.unwrap();
    assert_eq!(f.bytes(), stored);
    f.stands_for(LONG);
    assert!(!f.fill(refresher).await);
    assert!(matches!(f.acquire(token(), Over::Absent).await, Answer::Refresh(_)));
}

#[tokio::test]
async fn a_refresh_is_renewed() {
    let f = fixture().await;
    f.put(State::Stale).await;
    let refresher = token();
    let answer = f.acquire_for(refresher, Over::Absent, SHORT).await;
    assert!(matches!(answer, Answer::Refresh(_)));
    assert_eq!(f.connection.renew(&f.key, refresher, LONG).await, Ok(true));
    f.run_out().await;
    f.stands_for(LONG);
    assert!(matches!(f.acquire(token(), Over::Absent).await, Answer::Value(_)));
    assert!(f.fill(refresher).await);
}

#[tokio::test]
async fn fill_renew_and_release_in_each_state() {
    let f = fixture().await;
    for state in [
        State::Absent,
        State::Lease,
        State::Value,
        State::Stale,
        State::Unreadable,
        State::Tombstone,
        State::Fence,
    ] {
        f.put(state).await;
        // Whoever put it there may fill only if it is a lease.
        for token in [token(), *TOKEN] {
            let mine = state == State::Lease && token == *TOKEN;
            assert_eq!(f.connection.renew(&f.key, token, LONG / 2).await, Ok(mine), "{state:?}");
            if mine {
                f.stands_for(LONG / 2);
            }
            assert_eq!(f.fill(token).await, mine, "{state:?}");
            assert_eq!(f.state().await, if mine { State::Value } else { state });
            f.put(state).await;
            f.connection.release(&f.key, token).await.unwrap();
            assert_eq!(f.state().await, if mine { State::Absent } else { state });
        }
    }
}

#[tokio::test]
async fn a_filled_value_comes_back_and_has_its_ttl() {
    let f = fixture().await;
    f.put(State::Lease).await;
    let bytes = value(&f.key, *TOKEN, 0);
    let ttl = Duration::from_secs(10);
    assert_eq!(f.connection.fill(&f.key, *TOKEN, &bytes, ttl).await, Ok(true));
    f.stands_for(ttl);
    assert_eq!(f.connection.get(f.key.as_str()).await, Ok(Got::Bytes(bytes)));
}

#[tokio::test]
async fn times_are_rounded_up_and_limited() {
    let f = fixture().await;
    let ten_years = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    for (ttl, expected) in [(Duration::MAX, ten_years), (LONG, LONG)] {
        f.put(State::Lease).await;
        let bytes = value(&f.key, *TOKEN, 0);
        assert_eq!(f.connection.fill(&f.key, *TOKEN, &bytes, ttl).await, Ok(true));
        f.stands_for(expected);
    }
    for (time, millis) in [(0, 1), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
        assert_eq!(crate::commands::millis(Duration::from_nanos(time)), millis);
    }
}
