//! The bytes under a key: every state that an entry has on a server.
//!
//! All of them start with the magic `2tc1`, which tells our keys from those of other applications,
//! and a word of four bytes that names the state. Numbers are little-endian, times are milliseconds
//! of the server's clock.
//!
//! | state | word | length | ends |
//! |---|---|---|---|
//! | value | `V`, id of the codec, 0, 0 | [`HEADER_BYTES`] and the payload | with its ttl |
//! | lease | `LLLL` | 24: the holder's token at 8 | with its time |
//! | tombstone | `TTTT` | 8 | with its hold |
//! | fence | `FFFF` | 16 + 24 *n*, *n* ≥ 1: hold at 8 (0 = none), then token and expiry of each writer | with the latest of them |
//!
//! The words differ in more than one byte, so a damaged value never looks like a lease, which
//! would keep everybody waiting.
//!
//! Behind the magic anything else is *unreadable*: damaged, or written by a later version. It is
//! replaced by naming the token at 8. Without the magic, or too short for a token, the bytes are
//! *foreign* and stay as they are.
//!
//! # The header of a value
//!
//! | at | bytes | |
//! |--:|--:|---|
//! | 0 | 4 | magic |
//! | 4 | 4 | `V`, id of the codec, two zeros |
//! | 8 | 16 | token of the filler |
//! | 24 | 4 | version the application gave |
//! | 28 | 4 | milliseconds the load took |
//! | 32 | 8 | soft expiry, 0 = none |
//! | 40 | 8 | checksum over the key, bytes 0 to 40 and the payload |
//! | 48 | 16 | token of a running refresh, zero = none |
//! | 64 | 8 | expiry of that refresh |
//!
//! The last two fields change while the value stands, so the checksum leaves them out. The key is
//! part of it: bytes copied to another key are unreadable there. So is, where failovers are treated
//! strictly, the incarnation of the server: bytes that another incarnation has left are unreadable.

use std::time::Duration;

use twox_hash::XxHash3_64;

use crate::contract::{Body, Entry, Found};
use crate::payload::Payload;
use crate::token::Token;

/// The length of the header of a value.
pub const HEADER_BYTES: usize = 72;

const MAGIC: [u8; 4] = *b"2tc1";
const WORD: usize = 4;
const CODEC: usize = 5;
const TOKEN: usize = 8;
const VERSION: usize = 24;
const COST: usize = 28;
const SOFT_EXPIRY: usize = 32;
const CHECKSUM: usize = 40;

const LEASE_BYTES: usize = 24;
const TOMBSTONE_BYTES: usize = 8;
/// What stands before the writers of a fence, and what each of them takes.
const FENCE_BYTES: usize = 16;
const WRITER_BYTES: usize = 24;

/// Writes header and payload of a value.
///
/// `soft_expiry` is in milliseconds of the clock of the server that will hold the entry; 0 means
/// that the value is fresh until it expires. `incarnation` is that of the server the value is good for,
/// 0 if it is good for any.
#[must_use]
pub fn encode(
    key: &str,
    entry: &Entry,
    codec: u8,
    payload: &[u8],
    soft_expiry: u64,
    incarnation: u64,
) -> Vec<u8> {
    let cost = u32::try_from(entry.load_cost.as_millis()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[b'V', codec, 0, 0]);
    bytes.extend_from_slice(entry.id.as_bytes());
    bytes.extend_from_slice(&entry.version.to_le_bytes());
    bytes.extend_from_slice(&cost.to_le_bytes());
    bytes.extend_from_slice(&soft_expiry.to_le_bytes());
    let sum = checksum(key, &bytes, payload, incarnation);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.resize(HEADER_BYTES, 0);
    bytes.extend_from_slice(payload);
    bytes
}

/// Reads what stands under a key.
///
/// `now` is the time of the server's clock in milliseconds, for the soft expiry. Bytes without our
/// magic are foreign; a value that does not check out is unreadable, never an error. `incarnation` is
/// that of the server, 0 if it does not matter.
#[must_use]
pub fn decode(key: &str, bytes: &[u8], now: u64, incarnation: u64) -> Found {
    decode_owned(key, bytes.to_vec(), now, incarnation)
}

/// Reads what stands under a key, as [`decode`] does, and keeps the buffer of a value.
#[must_use]
pub fn decode_owned(key: &str, bytes: Vec<u8>, now: u64, incarnation: u64) -> Found {
    let Some(word) = bytes.strip_prefix(&MAGIC).and_then(|rest| array(rest, 0)) else {
        return Found::Foreign;
    };
    match (&word, bytes.len()) {
        (b"LLLL", LEASE_BYTES) => Found::Leased,
        (b"TTTT", TOMBSTONE_BYTES) => Found::Held,
        (b"FFFF", length) if is_fence(length) => Found::Held,
        _ => decode_value(key, bytes, now, incarnation),
    }
}

fn is_fence(length: usize) -> bool {
    length
        .checked_sub(FENCE_BYTES)
        .is_some_and(|writers| writers > 0 && writers % WRITER_BYTES == 0)
}

/// The token in a header, readable or not.
#[must_use]
pub fn id(bytes: &[u8]) -> Option<Token> {
    array(bytes, TOKEN).map(Token::from_bytes)
}

fn decode_value(key: &str, bytes: Vec<u8>, now: u64, incarnation: u64) -> Found {
    let Some(id) = id(&bytes) else {
        return Found::Foreign;
    };
    match checked(key, &bytes, incarnation) {
        None => Found::Unreadable(id),
        Some(fields) => Found::Value(Entry {
            id,
            version: fields.version,
            load_cost: Duration::from_millis(fields.cost.into()),
            stale: fields.soft_expiry != 0 && fields.soft_expiry <= now,
            body: Body::Encoded {
                codec: fields.codec,
                payload: Payload::from_buffer(bytes, HEADER_BYTES),
            },
        }),
    }
}

struct Fields {
    codec: u8,
    version: u32,
    cost: u32,
    soft_expiry: u64,
}

/// The fields behind the token, if the checksum says that they are what was written.
fn checked(key: &str, bytes: &[u8], incarnation: u64) -> Option<Fields> {
    let payload = bytes.get(HEADER_BYTES..)?;
    if !matches!(bytes[WORD..TOKEN], [b'V', _, 0, 0]) {
        return None;
    }
    let sum = u64::from_le_bytes(array(bytes, CHECKSUM)?);
    if checksum(key, &bytes[..CHECKSUM], payload, incarnation) != sum {
        return None;
    }
    Some(Fields {
        codec: bytes[CODEC],
        version: u32::from_le_bytes(array(bytes, VERSION)?),
        cost: u32::from_le_bytes(array(bytes, COST)?),
        soft_expiry: u64::from_le_bytes(array(bytes, SOFT_EXPIRY)?),
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn checksum(key: &str, header: &[u8], payload: &[u8], incarnation: u64) -> u64 {
    use std::hash::Hasher;

    let mut sum = XxHash3_64::new();
    // The length first, so that no byte can move between the key and the header.
    sum.write(&u64::try_from(key.len()).unwrap_or(u64::MAX).to_le_bytes());
    sum.write(key.as_bytes());
    sum.write(header);
    sum.write(payload);
    if incarnation != 0 {
        sum.write(&incarnation.to_le_bytes());
    }
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "shop:user:42";

    fn entry() -> Vec<u8> {
        let entry = Entry {
            id: Token::random().unwrap(),
            version: 7,
            load_cost: Duration::from_millis(12),
            stale: false,
            body: Body::Encoded { codec: 1, payload: Payload::default() },
        };
        encode(KEY, &entry, 1, b"payload", 5_000, 0)
    }

    fn is_value(found: &Found) -> bool {
        matches!(found, Found::Value(_))
    }

    /// Whether it can be replaced by naming the token that stands in its bytes.
    fn is_unreadable(found: &Found, bytes: &[u8]) -> bool {
        matches!(found, Found::Unreadable(token) if Some(*token) == id(bytes))
    }

    #[test]
    fn an_entry_comes_back_as_it_was_written() {
        let Found::Value(entry) = decode(KEY, &entry(), 4_999, 0) else {
            panic!("not a value");
        };
        assert_eq!((entry.version, entry.load_cost), (7, Duration::from_millis(12)));
        assert!(!entry.stale);
        assert!(
            matches!(entry.body, Body::Encoded { codec: 1, payload } if *payload == *b"payload")
        );
    }

    #[test]
    fn a_value_is_stale_from_its_soft_expiry_on() {
        assert!(matches!(decode(KEY, &entry(), 5_000, 0), Found::Value(entry) if entry.stale));
    }

    #[test]
    fn every_changed_byte_that_the_checksum_covers_makes_it_unreadable() {
        let good = entry();
        let mutable = 48..HEADER_BYTES;
        for at in (0..good.len()).filter(|at| !mutable.contains(at)) {
            for flip in 1..=255 {
                let mut bad = good.clone();
                bad[at] ^= flip;
                let found = decode(KEY, &bad, 0, 0);
                let expected = match at {
                    0..WORD => matches!(found, Found::Foreign),
                    _ => is_unreadable(&found, &bad),
                };
                assert!(expected, "byte {at} flipped by {flip:#x}: {found:?}");
            }
        }
    }

    #[test]
    fn every_truncation_makes_it_unreadable() {
        let good = entry();
        for len in 0..good.len() {
            let (bytes, found) = (&good[..len], decode(KEY, &good[..len], 0, 0));
            let expected = match len {
                0..LEASE_BYTES => matches!(found, Found::Foreign),
                _ => is_unreadable(&found, bytes),
            };
            assert!(expected, "cut to {len} bytes: {found:?}");
        }
    }

    #[test]
    fn the_other_states_have_their_word_and_their_length() {
        let of = |word: &[u8], len: usize| {
            let mut bytes = [MAGIC.as_slice(), word].concat();
            bytes.resize(len, 1);
            bytes
        };
        let lengths = |word: &[u8], accepts: fn(&Found) -> bool| -> Vec<usize> {
            (8..120).filter(|&len| accepts(&decode(KEY, &of(word, len), 0, 0))).collect()
        };
        let held = |found: &Found| matches!(found, Found::Held);
        assert_eq!(lengths(b"LLLL", |found| matches!(found, Found::Leased)), [24]);
        assert_eq!(lengths(b"TTTT", held), [8]);
        assert_eq!(lengths(b"FFFF", held), [40, 64, 88, 112]);
        for (word, len) in [(b"LLLL", 25), (b"TTTT", 24), (b"FFFF", 41), (b"XXXX", 40)] {
            let bytes = of(word, len);
            assert!(is_unreadable(&decode(KEY, &bytes, 0, 0), &bytes), "{word:?}, {len} bytes");
        }
        for (word, len) in [(b"LLLL", 23), (b"TTTT", 9), (b"FFFF", 16), (b"V\x01\0\0", 23)] {
            assert!(matches!(decode(KEY, &of(word, len), 0, 0), Found::Foreign), "{word:?}, {len}");
        }
    }

    #[test]
    fn a_changed_byte_in_another_state_does_not_make_it_a_value() {
        for (word, len) in [(b"LLLL", LEASE_BYTES), (b"TTTT", TOMBSTONE_BYTES), (b"FFFF", 112)] {
            let mut bytes = [MAGIC.as_slice(), word].concat();
            bytes.resize(len, 0);
            for (at, flip) in (0..len).flat_map(|at| (1..=255).map(move |flip| (at, flip))) {
                bytes[at] ^= flip;
                assert!(!is_value(&decode(KEY, &bytes, 0, 0)), "byte {at} of {word:?}");
                bytes[at] ^= flip;
            }
        }
    }

    #[test]
    fn what_another_incarnation_has_left_is_unreadable() {
        let Found::Value(entry) = decode(KEY, &entry(), 0, 0) else { panic!("not a value") };
        let of = |incarnation| encode(KEY, &entry, 1, b"payload", 5_000, incarnation);
        for (written, read) in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1)] {
            let bytes = of(written);
            let found = decode(KEY, &bytes, 0, read);
            assert_eq!(is_value(&found), written == read, "{written}, {read}");
            assert_eq!(is_unreadable(&found, &bytes), written != read, "{written}, {read}");
        }
    }

    #[test]
    fn bytes_copied_to_another_key_are_unreadable_there() {
        assert!(matches!(decode("shop:user:43", &entry(), 0, 0), Found::Unreadable(_)));
    }

    #[test]
    fn bytes_of_another_application_are_foreign() {
        for bytes in [&b""[..], b"hello", b"{\"id\":1}", b"2tc2V", b"2tc1", b"2tc1TTT"] {
            assert!(matches!(decode(KEY, bytes, 0, 0), Found::Foreign), "{bytes:?}");
        }
    }
}
