//! Patterns over the parts of a key, part by part.

use super::buffer::KeyBuffer;
use super::{CacheKey, KeyArg, KeyWriter};
use crate::backend::Glob;

/// Matches any value of a key part, in the siblings `invalidate_*_where`.
///
/// Of a type that writes no part, such as `()` or `PhantomData`, pass the value instead: there is only
/// one, and `Any` stands for at least one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Any;

/// What matches the part of a key that a `T` would write: what names it ([`KeyArg`]), or [`Any`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` matches no key part of a `{T}`",
    label = "expected a `{T}`, a reference to one, or `Any`"
)]
pub trait KeyMatch<T: ?Sized> {
    /// Adds itself to the pattern.
    fn write_match(&self, pattern: &mut KeyPattern);
}

// All of them are keys, which `Any` can never be.
#[diagnostic::do_not_recommend]
impl<T: ?Sized, K: KeyArg<T> + CacheKey> KeyMatch<T> for K {
    fn write_match(&self, pattern: &mut KeyPattern) {
        pattern.exactly(|key| self.write_key_arg(key));
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> KeyMatch<T> for Any {
    fn write_match(&self, pattern: &mut KeyPattern) {
        pattern.any();
    }
}

/// What matches a part of a key that is an expression: a value like it, or [`Any`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` matches no part of a cache key",
    label = "expected what the expression in `key(..)` gives, or `Any`"
)]
pub trait PartMatch {
    /// Adds itself to the pattern.
    fn write_match(&self, pattern: &mut KeyPattern);
}

#[diagnostic::do_not_recommend]
impl<K: CacheKey> PartMatch for K {
    fn write_match(&self, pattern: &mut KeyPattern) {
        pattern.exactly(|key| self.write_key(key));
    }
}

#[diagnostic::do_not_recommend]
impl PartMatch for Any {
    fn write_match(&self, pattern: &mut KeyPattern) {
        pattern.any();
    }
}

/// A glob that grows part by part.
#[derive(Default)]
pub struct KeyPattern {
    text: String,
    /// Whether there is a part already, which may be empty.
    begun: bool,
}

impl KeyPattern {
    /// Any text: of one part or of several.
    pub fn any(&mut self) {
        self.separate();
        self.text.push('*');
    }

    /// Exactly what `parts` writes.
    pub fn exactly(&mut self, parts: impl FnOnce(&mut KeyWriter<'_>)) {
        let mut written = KeyBuffer::new();
        parts(&mut KeyWriter::new(&mut written));
        // A value that writes no part stands for none.
        if let Some(parts) = written.as_str().strip_prefix(':') {
            self.separate();
            self.text.push_str(&Glob::literally(parts));
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            self.text.push(':');
        }
    }
}

impl std::fmt::Debug for KeyPattern {
    /// Hides the text, which may hold personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyPattern({} bytes)", self.text.len())
    }
}
