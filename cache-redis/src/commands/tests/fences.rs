//! INVALIDATE, FENCE and FINISH in each state.

use super::*;

const SETTLE: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::ZERO;

#[tokio::test]
async fn invalidate_in_each_state() {
    let f = fixture().await;
    let unfenced = [State::Absent, State::Lease, State::Value, State::Stale, State::Unreadable];
    for state in unfenced {
        // A finish without its fence is a plain invalidation.
        for writer in [None, Some(token()), Some(*TOKEN)] {
            f.put(state).await;
            let invalidate = |settle| f.connection.invalidate(f.key.as_str(), writer, settle);
            assert_eq!(invalidate(NOW).await, Ok(Outcome::Applied));
            assert_eq!(f.state().await, State::Absent, "{state:?}");
            f.put(state).await;
            assert_eq!(invalidate(SETTLE).await, Ok(Outcome::Applied));
            assert_eq!(f.state().await, State::Tombstone, "{state:?}");
            f.stands_for(SETTLE);
            assert!(!f.fill(*TOKEN).await, "{state:?}");
        }
    }
}

#[tokio::test]
async fn a_tombstone_holds_for_the_longest_time_asked_for() {
    let f = fixture().await;
    f.put_for(State::Tombstone, SETTLE).await;
    for (settle, expected) in [(NOW, SETTLE), (SETTLE / 2, SETTLE), (LONG, LONG)] {
        f.invalidate(settle).await;
        assert_eq!(f.state().await, State::Tombstone);
        f.stands_for(expected);
    }
    f.finish(token(), NOW).await;
    f.stands_for(LONG);
}

#[tokio::test]
async fn fence_in_each_state() {
    let f = fixture().await;
    for state in [
        State::Absent,
        State::Lease,
        State::Value,
        State::Stale,
        State::Unreadable,
        State::Tombstone,
    ] {
        f.put(state).await;
        let writer = token();
        assert!(f.fence(writer, SETTLE).await);
        assert_eq!(f.state().await, State::Fence, "{state:?}");
        let hold = if state == State::Tombstone { LONG } else { SETTLE };
        f.stands_for(hold);
        assert!(!f.fill(*TOKEN).await, "{state:?}");
        f.finish(writer, NOW).await;
        let left = if state == State::Tombstone { State::Tombstone } else { State::Absent };
        assert_eq!(f.state().await, left, "{state:?}");
    }
    f.put(State::Tombstone).await;
    let writer = token();
    assert!(f.fence(writer, SETTLE).await);
    f.finish(writer, NOW).await;
    f.stands_for(LONG);
}

#[tokio::test]
async fn a_fence_stands_until_its_last_writer_has_finished() {
    let f = fixture().await;
    let (first, second) = (token(), token());
    assert!(f.fence(first, LONG).await);
    assert!(f.fence(second, SETTLE).await);
    f.stands_for(LONG);
    assert_eq!(f.bytes().len(), 16 + 2 * 24);
    f.invalidate(NOW).await;
    f.finish(token(), NOW).await;
    assert_eq!(f.bytes().len(), 16 + 2 * 24, "neither ends what is another's");
    f.finish(first, NOW).await;
    assert_eq!(f.state().await, State::Fence);
    f.stands_for(SETTLE);
    f.finish(second, NOW).await;
    assert_eq!(f.state().await, State::Absent);
}

#[tokio::test]
async fn a_fence_keeps_the_longest_hold() {
    let f = fixture().await;
    let (first, second) = (token(), token());
    assert!(f.fence(first, SETTLE).await);
    assert!(f.fence(second, SETTLE).await);
    f.invalidate(LONG).await;
    f.stands_for(LONG);
    f.finish(first, SETTLE).await;
    assert_eq!(f.state().await, State::Fence);
    f.stands_for(LONG);
    f.finish(second, NOW).await;
    assert_eq!(f.state().await, State::Tombstone);
    f.stands_for(LONG);
}

#[tokio::test]
async fn fencing_again_prolongs_and_never_shortens() {
    let f = fixture().await;
    f.put_for(State::Fence, SETTLE).await;
    for (lasting, expected) in [(LONG, LONG), (SETTLE, LONG)] {
        assert!(f.fence(*TOKEN, lasting).await);
        f.stands_for(expected);
        assert_eq!(f.bytes().len(), 16 + 24, "it is one writer");
    }
    f.finish(*TOKEN, NOW).await;
    assert_eq!(f.state().await, State::Absent);
}

#[tokio::test]
async fn a_writer_whose_time_is_over_holds_nothing() {
    let f = fixture().await;
    let (short, long) = (token(), token());
    assert!(f.fence(short, SHORT).await);
    assert!(f.fence(long, LONG).await);
    f.run_out().await;
    assert!(f.fence(*TOKEN, LONG).await);
    assert_eq!(f.bytes().len(), 16 + 2 * 24, "it is dropped with the next write");
    f.finish(*TOKEN, NOW).await;
    f.finish(long, NOW).await;
    assert_eq!(f.state().await, State::Absent);

    // The key itself may stand for longer than anything in it.
    assert!(f.fence(short, SHORT).await);
    f.run_out_but_stand().await;
    assert_eq!(f.acquire(token(), Over::Absent).await, Answer::Won);
    assert!(f.fence(short, SHORT).await);
    f.run_out_but_stand().await;
    f.invalidate(NOW).await;
    assert_eq!(f.state().await, State::Absent);
}

impl Fixture {
    async fn run_out_but_stand(&self) {
        self.server.command(&["PERSIST", self.key.as_str()]);
        self.run_out().await;
        assert_eq!(self.state().await, State::Fence);
    }
}

#[tokio::test]
async fn many_keys_are_invalidated_at_once() {
    let f = fixture().await;
    let (writers, others) = ([token(), token()], [token()]);
    let keys: Vec<Key> = (0..4).map(|n| Key::from_text(&format!("user:{n}"))).collect();
    for key in &keys[..3] {
        for &writer in &writers {
            assert_eq!(f.connection.fence(key, writer, LONG).await, Ok(true));
        }
    }
    let target = |at: usize, writers, settle| crate::commands::Target {
        key: keys[at].as_str(),
        writers,
        settle,
    };
    let targets = [
        target(0, &writers, NOW),
        target(1, &writers, SETTLE),
        target(2, &others, NOW),
        target(3, &[], SETTLE),
    ];
    let outcomes = f.connection.invalidate_all(&targets).await.unwrap();
    assert_eq!(outcomes, vec![Ok(Outcome::Applied); 4]);
    let left = |at: usize| f.server.command(&["STRLEN", keys[at].as_str()]).int();
    assert_eq!([left(0), left(1), left(2), left(3)], [0, 8, 16 + 2 * 24, 8]);
    assert_eq!(f.connection.invalidate_all(&[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn many_keys_are_fenced_at_once() {
    let f = fixture().await;
    let keys: Vec<Key> = (0..3).map(|n| Key::from_text(&format!("user:{n}"))).collect();
    let writer = token();
    f.server.command(&["RPUSH", "user:1", "a list of somebody else"]);
    // The server may have forgotten the script.
    f.server.command(&["SCRIPT", "FLUSH"]);
    assert_eq!(f.connection.fence_all(&keys, writer, LONG).await, Ok(()));
    let length = |at: usize| f.server.command(&["STRLEN", keys[at].as_str()]).int();
    assert_eq!([length(0), length(2)], [16 + 24; 2]);
    assert_eq!(f.server.command(&["LLEN", "user:1"]).int(), 1);
    assert_eq!(f.connection.fence_all(&[], writer, LONG).await, Ok(()));
    // Also in each state of a full server, as an invalidation is.
    f.server.fill_memory();
    assert_eq!(f.connection.fence_all(&keys, token(), LONG).await, Ok(()));
    assert_eq!([length(0), length(2)], [16 + 2 * 24; 2]);
    f.server.free_memory();
    for state in [State::Absent, State::Lease, State::Value, State::Tombstone] {
        f.put(state).await;
        f.server.fill_memory();
        assert!(f.fence(token(), LONG).await, "{state:?}");
        f.server.free_memory();
        assert_eq!(f.state().await, State::Fence, "{state:?}");
        f.server.command(&["DEL", f.key.as_str()]);
    }
    // One that cannot be fenced is enough to say so.
    f.server.become_replica_of("127.0.0.1", 1);
    let error = f.connection.fence_all(&keys, token(), LONG).await.unwrap_err();
    assert_eq!(error.kind, crate::error::Kind::Unready);
}
