//! The bytes of an entry: a header of [`HEADER_BYTES`] and the payload.
//!
//! | at | bytes | |
//! |--:|--:|---|
//! | 0 | 4 | magic `2tc1`: tells our keys from those of other applications |
//! | 4 | 1 | state: `V` value, `L` lease, `T` tombstone, `F` fence |
//! | 5 | 1 | id of the codec |
//! | 6 | 2 | reserved, zero |
//! | 8 | 16 | token: of the filler of a value, of the holder of a lease |
//! | 24 | 4 | version the application gave |
//! | 28 | 4 | milliseconds the load took |
//! | 32 | 8 | soft expiry, milliseconds of the server's clock, 0 = none |
//! | 40 | 8 | checksum over the key, bytes 0 to 40 and the payload |
//! | 48 | 16 | token of a running refresh, zero = none |
//! | 64 | 8 | expiry of that refresh, milliseconds of the server's clock |
//!
//! Numbers are little-endian. The last two fields change while the value stands, so the checksum
//! leaves them out. The key is part of it: bytes copied to another key are unreadable there.

use std::time::Duration;

use twox_hash::XxHash3_64;

use super::{Body, Entry, Found};
use crate::token::Token;

/// The length of the header of a value.
pub const HEADER_BYTES: usize = 72;

const MAGIC: [u8; 4] = *b"2tc1";
const STATE: usize = 4;
const CODEC: usize = 5;
const TOKEN: usize = 8;
const VERSION: usize = 24;
const COST: usize = 28;
const SOFT_EXPIRY: usize = 32;
const CHECKSUM: usize = 40;

/// Writes header and payload of a value.
///
/// `soft_expiry` is in milliseconds of the clock of the server that will hold the entry; 0 means
/// that the value is fresh until it expires.
#[must_use]
pub fn encode(key: &str, entry: &Entry, codec: u8, payload: &[u8], soft_expiry: u64) -> Vec<u8> {
    let cost = u32::try_from(entry.load_cost.as_millis()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[b'V', codec, 0, 0]);
    bytes.extend_from_slice(entry.id.as_bytes());
    bytes.extend_from_slice(&entry.version.to_le_bytes());
    bytes.extend_from_slice(&cost.to_le_bytes());
    bytes.extend_from_slice(&soft_expiry.to_le_bytes());
    let sum = checksum(key, &bytes, payload);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.resize(HEADER_BYTES, 0);
    bytes.extend_from_slice(payload);
    bytes
}

/// Reads what stands under a key.
///
/// `now` is the time of the server's clock in milliseconds, for the soft expiry. Bytes without our
/// magic are foreign; a value that does not check out is unreadable, never an error.
#[must_use]
pub fn decode(key: &str, bytes: &[u8], now: u64) -> Found {
    if bytes.get(..4) != Some(MAGIC.as_slice()) {
        return Found::Foreign;
    }
    match bytes.get(STATE) {
        Some(b'L') => Found::Leased,
        Some(b'T' | b'F') => Found::Held,
        Some(b'V') => decode_value(key, bytes, now),
        _ => Found::Foreign,
    }
}

/// The token in a header, readable or not.
#[must_use]
pub fn id(bytes: &[u8]) -> Option<Token> {
    array(bytes, TOKEN).map(Token::from_bytes)
}

fn decode_value(key: &str, bytes: &[u8], now: u64) -> Found {
    let Some(id) = id(bytes) else {
        return Found::Foreign;
    };
    match checked(key, bytes) {
        None => Found::Unreadable(id),
        Some(fields) => Found::Value(Entry {
            id,
            version: fields.version,
            load_cost: Duration::from_millis(fields.cost.into()),
            stale: fields.soft_expiry != 0 && fields.soft_expiry <= now,
            body: Body::Encoded { codec: fields.codec, payload: bytes[HEADER_BYTES..].into() },
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
fn checked(key: &str, bytes: &[u8]) -> Option<Fields> {
    let payload = bytes.get(HEADER_BYTES..)?;
    let sum = u64::from_le_bytes(array(bytes, CHECKSUM)?);
    if checksum(key, &bytes[..CHECKSUM], payload) != sum {
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

fn checksum(key: &str, header: &[u8], payload: &[u8]) -> u64 {
    use std::hash::Hasher;

    let mut sum = XxHash3_64::new();
    // The length first, so that no byte can move between the key and the header.
    sum.write(&u64::try_from(key.len()).unwrap_or(u64::MAX).to_le_bytes());
    sum.write(key.as_bytes());
    sum.write(header);
    sum.write(payload);
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
            body: Body::Encoded { codec: 1, payload: Box::default() },
        };
        encode(KEY, &entry, 1, b"payload", 5_000)
    }

    fn is_value(found: &Found) -> bool {
        matches!(found, Found::Value(_))
    }

    #[test]
    fn an_entry_comes_back_as_it_was_written() {
        let Found::Value(entry) = decode(KEY, &entry(), 4_999) else {
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
        assert!(matches!(decode(KEY, &entry(), 5_000), Found::Value(entry) if entry.stale));
    }

    #[test]
    fn every_changed_byte_that_the_checksum_covers_makes_it_unreadable() {
        let good = entry();
        let mutable = 48..HEADER_BYTES;
        for at in (0..good.len()).filter(|at| !mutable.contains(at)) {
            for flip in 1..=255 {
                let mut bad = good.clone();
                bad[at] ^= flip;
                assert!(!is_value(&decode(KEY, &bad, 0)), "byte {at} flipped by {flip:#x}");
            }
        }
    }

    #[test]
    fn every_truncation_makes_it_unreadable() {
        let good = entry();
        for len in 0..good.len() {
            assert!(!is_value(&decode(KEY, &good[..len], 0)), "cut to {len} bytes");
        }
    }

    #[test]
    fn bytes_copied_to_another_key_are_unreadable_there() {
        assert!(matches!(decode("shop:user:43", &entry(), 0), Found::Unreadable(_)));
    }

    #[test]
    fn bytes_of_another_application_are_foreign() {
        for bytes in [&b""[..], b"hello", b"{\"id\":1}", b"2tc2V", b"2tc1"] {
            assert!(matches!(decode(KEY, bytes, 0), Found::Foreign), "{bytes:?}");
        }
    }
}
