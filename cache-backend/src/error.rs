//! The error of a configuration mistake.

use std::fmt;

/// A mistake in the configuration, found when the program starts.
///
/// Its text names what to change. Nothing else in this library returns an error of its own: trouble
/// with the cache never becomes the caller's error.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    text: String,
}

impl ConfigError {
    /// An error with this text, for backends that check their own configuration.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConfigError").field(&self.text).finish()
    }
}

impl std::error::Error for ConfigError {}
