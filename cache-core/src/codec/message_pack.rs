use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecError, Survey};

/// MessagePack with field names: the default.
///
/// Fields may be added, left out and reordered; values stay readable for other languages. `None`,
/// `()` and `Some(None)` share one encoding in this format, so values that nest options so are
/// kept out of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessagePack;

impl Codec for MessagePack {
    const ID: u8 = 1;
    const POSITIONAL: bool = false;

    fn accepts(&self, survey: &Survey) -> bool {
        !survey.has_nested_option()
    }

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError> {
        rmp_serde::to_vec_named(value).map_err(CodecError::new)
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        let mut rest = bytes;
        let value = T::deserialize(&mut rmp_serde::Deserializer::new(&mut rest))
            .map_err(CodecError::new)?;
        if rest.is_empty() { Ok(value) } else { Err(CodecError::new("trailing bytes")) }
    }
}
