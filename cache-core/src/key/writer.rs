//! The writer behind [`CacheKey::write_key`](super::CacheKey::write_key).

use std::fmt::{self, Display, Write};

/// Marks an absent option. `%` is escaped in every part, so no text can look like it.
const NONE: &str = "%-";
/// Keeps a present option apart from an absent one where its own text could not.
const SOME: &str = "%+";

/// Collects the parts of a key.
///
/// Each call of [`part`](Self::part) or [`display`](Self::display) adds one part.
pub struct KeyWriter<'a> {
    text: &'a mut String,
}

impl<'a> KeyWriter<'a> {
    pub(crate) fn new(text: &'a mut String) -> Self {
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

    /// Adds one part of digits, which need no escaping.
    pub(crate) fn integer(&mut self, value: impl Display) {
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
        match self.text[start..].strip_prefix(':') {
            None => {
                self.text.push(':');
                self.text.push_str(SOME);
            }
            Some(part) if part.starts_with(NONE) || part.starts_with(SOME) => {
                self.text.insert_str(start + 1, SOME);
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

struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape_into(self.0, text);
        Ok(())
    }
}

fn escape_into(out: &mut String, text: &str) {
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
