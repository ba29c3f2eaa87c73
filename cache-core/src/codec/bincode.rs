use bincode::config::{Configuration, Limit, LittleEndian, Varint, standard};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecError, Survey};

/// A length that corrupt bytes claim is believed up to here, counted as it would be in memory. A
/// value over it does not come back, so it goes to the default codec.
const LIMIT: usize = 1024 * 1024 * 1024;

const CONFIG: Configuration<LittleEndian, Varint, Limit<LIMIT>> = standard().with_limit::<LIMIT>();

/// bincode 2: positional, the fastest. Needs `version = N`.
///
/// This is the 2.0.1 release. bincode has been unmaintained since December 2025
/// (RUSTSEC-2025-0141); [`Postcard`](super::Postcard) is the maintained choice of its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bincode;

impl Codec for Bincode {
    const ID: u8 = 4;
    const POSITIONAL: bool = true;

    fn accepts(&self, survey: &Survey) -> bool {
        survey.is_positional()
    }

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError> {
        bincode::serde::encode_to_vec(value, CONFIG).map_err(CodecError::new)
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        let (value, read) =
            bincode::serde::decode_from_slice(bytes, CONFIG).map_err(CodecError::new)?;
        if read == bytes.len() { Ok(value) } else { Err(CodecError::new("trailing bytes")) }
    }
}
