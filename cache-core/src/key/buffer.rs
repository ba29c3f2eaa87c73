//! Where a key is written: on the stack, and on the heap only if it is long.

use std::fmt;

use arrayvec::ArrayString;

/// What finds room on the stack, in bytes.
const SHORT: usize = 128;

/// The text of a key that is being written. Every call of a cached function writes one, and keeps it
/// only on a miss.
pub(crate) enum KeyBuffer {
    Short(ArrayString<SHORT>),
    Long(String),
}

impl KeyBuffer {
    #[inline]
    pub(super) fn new() -> Self {
        Self::Short(ArrayString::new_const())
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.as_str().len()
    }

    #[inline]
    pub(super) fn push(&mut self, char: char) {
        if let Self::Short(text) = self
            && text.try_push(char).is_ok()
        {
            return;
        }
        self.long().push(char);
    }

    #[inline]
    pub(super) fn push_str(&mut self, more: &str) {
        if let Self::Short(text) = self
            && text.try_push_str(more).is_ok()
        {
            return;
        }
        self.long().push_str(more);
    }

    /// The text on the heap, for what does not fit or does not happen often.
    #[cold]
    pub(super) fn long(&mut self) -> &mut String {
        if let Self::Short(text) = self {
            let mut long = String::with_capacity(4 * SHORT);
            long.push_str(text);
            *self = Self::Long(long);
        }
        match self {
            Self::Long(text) => text,
            Self::Short(_) => unreachable!("it was made long"),
        }
    }

    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Self::Short(text) => text.truncate(len),
            Self::Long(text) => text.truncate(len),
        }
    }
}

impl fmt::Write for KeyBuffer {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.push_str(more);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_wherever_it_becomes_long() {
        for first in SHORT - 3..SHORT + 3 {
            let mut text = KeyBuffer::new();
            text.push_str(&"a".repeat(first));
            text.push('\u{e9}');
            text.push_str("bc");
            assert_eq!(text.as_str(), format!("{}\u{e9}bc", "a".repeat(first)));
            assert_eq!(matches!(text, KeyBuffer::Short(_)), first + 4 <= SHORT, "{first}");
            text.truncate(first);
            assert_eq!(text.len(), first);
        }
    }
}
