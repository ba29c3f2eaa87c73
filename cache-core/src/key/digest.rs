//! What long and private text is replaced with.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use two_tier_cache_backend::DIGEST_CHARS;

/// The digest of `text` as it stands in keys: 128 bits of SHA-256 in hexadecimal.
pub(super) struct Hex([u8; DIGEST_CHARS / 2]);

impl Hex {
    pub(super) fn of(text: &str) -> Self {
        let mut kept = [0; DIGEST_CHARS / 2];
        kept.copy_from_slice(&Sha256::digest(text.as_bytes())[..DIGEST_CHARS / 2]);
        Self(kept)
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(DIGEST_CHARS);
        for byte in self.0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}
