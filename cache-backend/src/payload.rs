//! The bytes of a value.

use std::fmt;
use std::ops::Deref;

/// What a codec wrote: the end of a buffer, which may have come from a server with more in front of it
/// and is kept as it came.
#[derive(Clone, Default)]
pub struct Payload {
    bytes: Vec<u8>,
    start: usize,
}

impl Payload {
    /// The bytes from `start` on.
    #[must_use]
    pub fn from_buffer(bytes: Vec<u8>, start: usize) -> Self {
        let start = start.min(bytes.len());
        Self { bytes, start }
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, start: 0 }
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl fmt::Debug for Payload {
    /// Hides the value, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.len())
    }
}
