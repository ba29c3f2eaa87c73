//! The rule for prefixes and namespaces.

use crate::backend::ConfigError;

/// The longest prefix or namespace, in bytes.
pub const MAX_PREFIX_BYTES: usize = 64;

/// Whether `text` may stand in front of a key: 1 to 64 of `a-z 0-9 _ . -`.
///
/// The set holds no `:` (it separates parts) and nothing a glob gives a meaning to, so a prefix
/// never needs escaping.
pub(crate) const fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_PREFIX_BYTES {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-') {
            return false;
        }
        at += 1;
    }
    true
}

/// Refuses an illegal prefix with an error that names it.
pub(crate) fn check(what: &'static str, text: &str) -> Result<(), ConfigError> {
    if is_valid(text) {
        return Ok(());
    }
    Err(ConfigError::new(format!(
        "{what} must be 1 to {MAX_PREFIX_BYTES} characters of `a-z 0-9 _ . -`; found {text:?}"
    )))
}
