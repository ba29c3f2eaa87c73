//! The finished text of a key.

use two_tier_cache_backend::{DIGEST_CHARS, DIGEST_MARK, Key};

use super::buffer::KeyBuffer;
use super::digest::Hex;
use super::{CacheKey, KeyWriter};

/// The longest key, in bytes. A longer one is cut and ends in a digest of its whole text.
pub const MAX_KEY_BYTES: usize = 512;

/// Writes keys that start with the same text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyText<'a> {
    /// The namespace, if there is one, and the prefix.
    pub(crate) stem: &'a str,
}

impl KeyText<'_> {
    /// Lends the text of one key to `then`.
    #[inline]
    pub(crate) fn with<R>(
        self,
        parts: impl FnOnce(&mut KeyWriter<'_>),
        then: impl FnOnce(&str) -> R,
    ) -> R {
        let mut text = KeyBuffer::new();
        text.push_str(self.stem);
        parts(&mut KeyWriter::new(&mut text));
        if text.len() == self.stem.len() {
            text.push(':');
        }
        if text.len() > MAX_KEY_BYTES {
            digest(text.long());
        }
        then(text.as_str())
    }

    /// Keeps a text that was lent.
    pub(crate) fn finished(self, text: &str) -> Key {
        Key::new(text, self.stem.len() + 1)
    }

    /// The key of one value.
    pub(crate) fn key<K: CacheKey + ?Sized>(self, key: &K) -> Key {
        self.with(|writer| key.write_key(writer), |text| self.finished(text))
    }
}

/// Cuts an over-long text and ends it in the digest of all of it.
#[cold]
fn digest(text: &mut String) {
    let hex = Hex::of(text);
    let mut keep = MAX_KEY_BYTES - DIGEST_MARK.len() - DIGEST_CHARS;
    while !is_cut_point(text, keep) {
        keep -= 1;
    }
    text.truncate(keep);
    text.push_str(DIGEST_MARK);
    text.push_str(&hex.text());
}

/// Whether a text can be cut here: not inside a character, a `%XX`, or a character of several `%XX`.
fn is_cut_point(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let continues = bytes[at] == b'%' && matches!(bytes[at + 1], b'8' | b'9' | b'A' | b'B');
    text.is_char_boundary(at) && !bytes[at - 2..at].contains(&b'%') && !continues
}
