//! The finished text of a key.

use std::borrow::{Borrow, Cow};
use std::cell::Cell;
use std::fmt::{self, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{CacheKey, KeyWriter};

/// The longest key, in bytes. A longer one is cut and ends in a digest of its whole text.
pub const MAX_KEY_BYTES: usize = 512;

/// Stands in front of the digest. `%` is escaped in every part, so no text can look like it.
const DIGEST_MARK: &str = "%#";
/// 128 bits of SHA-256 in hexadecimal.
const DIGEST_CHARS: usize = 32;

/// The full text of one key, `namespace:prefix:part:part`. Cheap to clone.
///
/// Its `Debug` form hides the parts, which may be personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// Takes over a finished text, for backends that read keys back.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The text as it stands in Redis.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} bytes)", self.0.len())
    }
}

thread_local! {
    /// A key is written for every call but kept only on a miss, so hits reuse one buffer.
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

/// Writes keys that start with the same text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyText<'a> {
    /// The namespace with its colon, or nothing.
    pub(crate) lead: &'a str,
    pub(crate) prefix: &'a str,
}

impl KeyText<'_> {
    /// Lends the text of one key to `then`.
    pub(crate) fn with<R>(
        self,
        parts: impl FnOnce(&mut KeyWriter<'_>),
        then: impl FnOnce(&str) -> R,
    ) -> R {
        // Not there while a thread ends; a new buffer does as well.
        let mut text = BUFFER.try_with(Cell::take).unwrap_or_default();
        text.clear();
        text.push_str(self.lead);
        text.push_str(self.prefix);
        let start = text.len();
        parts(&mut KeyWriter::new(&mut text));
        if text.len() == start {
            text.push(':');
        }
        if text.len() > MAX_KEY_BYTES {
            digest(&mut text);
        }
        let result = then(&text);
        // A buffer that grew far over the limit is not worth keeping for ever.
        if text.capacity() <= 4 * MAX_KEY_BYTES {
            let _gone = BUFFER.try_with(|buffer| buffer.set(text));
        }
        result
    }

    /// The key of one value.
    pub(crate) fn key<K: CacheKey + ?Sized>(self, key: &K) -> Key {
        self.with(|writer| key.write_key(writer), Key::from_text)
    }
}

/// Cuts an over-long text and ends it in the digest of all of it.
fn digest(text: &mut String) {
    let sum = Sha256::digest(text.as_bytes());
    let mut keep = MAX_KEY_BYTES - DIGEST_MARK.len() - DIGEST_CHARS;
    while !is_cut_point(text, keep) {
        keep -= 1;
    }
    text.truncate(keep);
    text.push_str(DIGEST_MARK);
    for byte in &sum[..DIGEST_CHARS / 2] {
        let _ = write!(text, "{byte:02x}");
    }
}

/// Whether a text can be cut here: not inside a character, a `%XX`, or a character of several `%XX`.
fn is_cut_point(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let continues = bytes[at] == b'%' && matches!(bytes[at + 1], b'8' | b'9' | b'A' | b'B');
    text.is_char_boundary(at) && !bytes[at - 2..at].contains(&b'%') && !continues
}

/// Whether this text was cut, so that only its beginning is known.
pub(crate) fn is_digested(text: &str) -> bool {
    digest_start(text).is_some()
}

fn digest_start(text: &str) -> Option<usize> {
    let start = text.len().checked_sub(DIGEST_MARK.len() + DIGEST_CHARS)?;
    text.get(start..)?.starts_with(DIGEST_MARK).then_some(start)
}

/// The text with its escapes resolved and its digest, if any, cut off: what patterns match.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    let text = &text[..digest_start(text).unwrap_or(text.len())];
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
