//! The finished text of a key.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::hash::{Hash, Hasher};

use smol_str::SmolStr;

/// Stands in front of the digest of a key that was cut. `%` is escaped in every part, so no text
/// can look like it.
#[doc(hidden)]
pub const DIGEST_MARK: &str = "%#";
/// 128 bits of SHA-256 in hexadecimal.
#[doc(hidden)]
pub const DIGEST_CHARS: usize = 32;

/// The full text of one key, `namespace:prefix:part:part`. Cheap to clone.
///
/// Its `Debug` form hides the parts, which may be personal data.
#[derive(Clone)]
pub struct Key {
    /// Up to 23 bytes stand in the key itself, so that looking at one is looking at one place.
    text: SmolStr,
    /// The length of `namespace:prefix:`.
    scope: usize,
}

impl Key {
    /// A finished text, of which the first `scope` bytes are `namespace:prefix:`.
    #[must_use]
    pub fn new(text: &str, scope: usize) -> Self {
        Self { text: SmolStr::new(text), scope: scope.min(text.len()) }
    }

    /// Takes over a finished text, for backends that read keys back. Its scope is what stands
    /// before the first part, or the namespace alone.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self::new(text, text.find(':').map_or(text.len(), |colon| colon + 1))
    }

    /// The text as it stands in Redis.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `namespace:prefix:`, with which every key of the same function starts.
    #[must_use]
    pub fn scope(&self) -> &str {
        self.text.get(..self.scope).unwrap_or(&self.text)
    }
}

impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Key {}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Key {
    #[inline]
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} bytes)", self.text.len())
    }
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
        let hex = escape.filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
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
