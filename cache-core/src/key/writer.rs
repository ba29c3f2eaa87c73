//! The writer behind [`CacheKey::write_key`](super::CacheKey::write_key).

use std::fmt::{self, Display, Write};

use super::buffer::KeyBuffer;
use super::digest::Hex;

/// Marks an absent option. `%` is escaped in every part, so no text can look like it.
const NONE: &str = "%-";
/// Keeps a present option apart from an absent one where its own text could not.
const SOME: &str = "%+";
/// Stands in front of a digest that replaces parts.
const HASHED: &str = "%~";

/// Collects the parts of a key.
///
/// Each call of [`part`](Self::part), [`display`](Self::display) or [`hashed`](Self::hashed) adds one
/// part.
pub struct KeyWriter<'a> {
    text: &'a mut KeyBuffer,
}

impl<'a> KeyWriter<'a> {
    pub(crate) fn new(text: &'a mut KeyBuffer) -> Self {
        Self { text }
    }

    /// Adds one part with this text, escaped.
    pub fn part(&mut self, text: &str) {
        self.text.push(':');
        escape_into(self.text, text);
    }

    /// Adds one part with the text `value` displays, escaped.
    ///
    /// For types of your own make sure that different values display differently.
    pub fn display(&mut self, value: impl Display) {
        self.text.push(':');
        // Writing to a string only fails if `Display` itself fails; the part then ends there.
        let _ = write!(Escaped(self.text), "{value}");
    }

    /// Adds one part: a digest of the parts that `parts` writes, for long values and for values that
    /// are not to be read in a key.
    ///
    /// The digest is 128 bits of SHA-256 behind a mark that no other part begins with. Different
    /// parts have different digests, as far as anybody can find out. A digest hides a value from
    /// somebody who reads the key, not from somebody who can guess it and digests the guess: for a
    /// telephone number that is easy. A pattern cannot look inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use two_tier_cache_core::{CacheKey, KeyWriter};
    ///
    /// struct Search {
    ///     tenant: u32,
    ///     text: String,
    /// }
    ///
    /// impl CacheKey for Search {
    ///     fn write_key(&self, key: &mut KeyWriter<'_>) {
    ///         self.tenant.write_key(key);
    ///         key.hashed(|key| self.text.write_key(key));
    ///     }
    /// }
    /// ```
    pub fn hashed(&mut self, parts: impl FnOnce(&mut Self)) {
        let start = self.text.len();
        parts(self);
        let hex = Hex::of(&self.text.as_str()[start..]);
        self.text.truncate(start);
        self.text.push(':');
        self.text.push_str(HASHED);
        self.text.push_str(&hex.text());
    }

    /// Adds one part: the digits of an integer.
    #[inline]
    pub(crate) fn integer(&mut self, value: impl itoa::Integer) {
        self.text.push(':');
        self.text.push_str(itoa::Buffer::new().format(value));
    }

    /// Adds one part of text that needs no escaping.
    pub(crate) fn plain(&mut self, value: impl Display) {
        let _ = write!(self.text, ":{value}");
    }

    pub(crate) fn none(&mut self) {
        self.text.push(':');
        self.text.push_str(NONE);
    }

    /// Writes a present option: as the value alone, unless that could be read as an absent one.
    pub(crate) fn some(&mut self, value: impl FnOnce(&mut Self)) {
        let start = self.text.len();
        value(self);
        match self.text.as_str()[start..].strip_prefix(':') {
            None => {
                self.text.push(':');
                self.text.push_str(SOME);
            }
            Some(part) if part.starts_with(NONE) || part.starts_with(SOME) => {
                self.text.long().insert_str(start + 1, SOME);
            }
            Some(_) => {}
        }
    }
}

impl fmt::Debug for KeyWriter<'_> {
    /// Hides the parts, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyWriter({} bytes)", self.text.len())
    }
}

struct Escaped<'a>(&'a mut KeyBuffer);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape_into(self.0, text);
        Ok(())
    }
}

fn escape_into(out: &mut KeyBuffer, text: &str) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b':' | b'%')) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find(needs_escape) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        if let Some(escaped) = chars.next() {
            for byte in escaped.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn needs_escape(char: char) -> bool {
    matches!(char, ':' | '%') || char.is_control()
}
