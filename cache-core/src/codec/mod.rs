//! Codecs: how a value becomes bytes for a backend that stores bytes.
//!
//! [`MessagePack`] with field names is the default. The positional codecs are smaller and faster,
//! but a field left out by `skip_serializing_if` makes them read the *next* field in its place: a
//! wrong value without an error. So they need `version = N`, and each value is surveyed before it
//! is encoded: one that a codec could not give back equal is encoded with the default instead.

#[cfg(feature = "bincode")]
mod bincode;
#[cfg(feature = "json")]
mod json;
mod message_pack;
#[cfg(feature = "postcard")]
mod postcard;
mod survey;
mod value;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "bincode")]
pub use self::bincode::Bincode;
#[cfg(feature = "json")]
pub use self::json::Json;
pub use self::message_pack::MessagePack;
#[cfg(feature = "postcard")]
pub use self::postcard::Postcard;
pub use self::survey::Survey;
pub(crate) use self::survey::{SurveyError, fingerprint, survey};
pub(crate) use self::value::{Erased, OwnedCodec, ValueCodec, another_type};

/// Turns values into bytes and back.
///
/// The codecs of this crate have the ids 1 to 4; a codec of your own takes one from 128 up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec",
    label = "expected a value of a type that implements `Codec`",
    note = "the codecs of two-tier-cache are in `two_tier_cache::codec`: `MessagePack`, and each with \
            the feature of its name `Json`, `Postcard` and `Bincode`",
    note = "a type of your own implements `two_tier_cache::codec::Codec`"
)]
pub trait Codec: Send + Sync + 'static {
    /// Stands in the header of every entry, so that a reader knows what wrote it.
    const ID: u8;

    /// Whether fields are told apart by position only. Such a codec needs `version = N`.
    const POSITIONAL: bool;

    /// Whether a value surveyed like this comes back equal. One that does not is encoded with the
    /// default codec, or kept out of the backend.
    fn accepts(&self, survey: &Survey) -> bool;

    /// Encodes a value.
    ///
    /// # Errors
    ///
    /// If the value cannot be written in this format.
    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError>;

    /// Decodes a value from exactly these bytes.
    ///
    /// # Errors
    ///
    /// If the bytes are not one value of this type, or bytes are left over.
    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError>;
}

/// Why a value could not be encoded or decoded.
#[derive(Debug)]
pub struct CodecError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl CodecError {
    /// Wraps the error of a format.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: source.into() }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the codec refused the value or the bytes")
    }
}

impl std::error::Error for CodecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}
