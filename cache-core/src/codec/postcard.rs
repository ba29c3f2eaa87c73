use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecError, Survey};

/// Postcard: positional, the smallest. Needs `version = N`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Postcard;

impl Codec for Postcard {
    const ID: u8 = 3;
    const POSITIONAL: bool = true;

    fn accepts(&self, survey: &Survey) -> bool {
        survey.is_positional()
    }

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError> {
        postcard::to_stdvec(value).map_err(CodecError::new)
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        match postcard::take_from_bytes(bytes).map_err(CodecError::new)? {
            (value, []) => Ok(value),
            _ => Err(CodecError::new("trailing bytes")),
        }
    }
}
