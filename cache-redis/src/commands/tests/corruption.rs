//! A damaged value is taken over, whatever byte is hit.

use super::*;

/// What the cache does with it: a read, a request with what that read found, and a fill.
async fn is_replaced(f: &Fixture, what: &str) {
    let read = f.connection.get(f.key.as_str()).await.unwrap();
    let Got::Bytes(bytes) = read else { panic!("{what}: {read:?}") };
    let found = entry::decode(f.key.as_str(), &bytes, 0, 0);
    let Found::Unreadable(id) = found else { panic!("{what}: {found:?}") };
    // A damaged soft expiry may lease a refresh, which may be filled as well.
    let (Answer::Value(answer) | Answer::Refresh(answer)) = f.acquire(token(), Over::Absent).await
    else {
        panic!("{what}: it is there");
    };
    assert_eq!(answer, bytes, "{what}");
    let mine = token();
    assert_eq!(f.acquire(mine, Over::Unreadable(id)).await, Answer::Won, "{what}");
    assert!(f.fill(mine).await, "{what}");
    assert_eq!(f.state().await, State::Value, "{what}");
}

#[tokio::test]
async fn a_value_damaged_at_any_byte_is_replaced() {
    let f = fixture().await;
    let good = value(&f.key, *TOKEN, 0);
    // What is behind the checksum says nothing about the value.
    let changing = 48..entry::HEADER_BYTES;
    for at in (4..good.len()).filter(|at| !changing.contains(at)) {
        for flip in [0x01, 0x1a, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            f.set(&bad, LONG);
            is_replaced(&f, &format!("byte {at} flipped by {flip:#x}")).await;
            f.set(&bad, LONG);
            f.invalidate(Duration::ZERO).await;
            assert_eq!(f.state().await, State::Absent, "byte {at} flipped by {flip:#x}");
        }
    }
}

#[tokio::test]
async fn a_value_without_its_magic_is_foreign() {
    let f = fixture().await;
    for at in 0..4 {
        let mut bad = value(&f.key, *TOKEN, 0);
        bad[at] ^= 0x20;
        f.set(&bad, LONG);
        let over = Over::Unreadable(*TOKEN);
        assert_eq!(f.acquire(token(), over).await, Answer::Foreign, "byte {at}");
        f.invalidate(Duration::ZERO).await;
        assert_eq!(f.bytes(), bad, "byte {at}");
    }
}

#[tokio::test]
async fn a_value_of_another_length_is_replaced() {
    let f = fixture().await;
    let good = value(&f.key, *TOKEN, 0);
    for len in (24..good.len()).chain(good.len() + 1..good.len() + 3) {
        let mut bad = good.clone();
        bad.resize(len, b'x');
        f.set(&bad, LONG);
        is_replaced(&f, &format!("{len} bytes")).await;
    }
}

#[tokio::test]
async fn a_state_of_another_length_is_replaced() {
    let f = fixture().await;
    for (word, len) in [(b"LLLL", 25), (b"TTTT", 24), (b"FFFF", 24), (b"FFFF", 65)] {
        let mut bad = [b"2tc1", word.as_slice()].concat();
        bad.resize(len, 7);
        f.set(&bad, LONG);
        is_replaced(&f, &format!("{word:?} of {len} bytes")).await;
    }
}

#[tokio::test]
async fn a_fence_with_impossible_times_can_be_finished() {
    let f = fixture().await;
    for time in [u64::MAX, 1 << 63, 1 << 53] {
        let mut fence = b"2tc1FFFF".to_vec();
        fence.extend(time.to_le_bytes());
        fence.extend(*TOKEN.as_bytes());
        fence.extend(time.to_le_bytes());
        f.set(&fence, LONG);
        assert_eq!(f.acquire(token(), Over::Absent).await, Answer::Held);
        assert!(f.fence(token(), LONG).await, "{time:#x}");
        f.finish(*TOKEN, Duration::ZERO).await;
        assert_eq!(f.state().await, State::Fence, "{time:#x}");
    }
}
