use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecError, Survey};

/// Where the decoder of `serde_json` stops.
const DECODER_DEPTH: u32 = 128;

/// JSON: readable in `redis-cli`, the slowest and largest.
///
/// JSON has no `NaN` and no infinities, and like MessagePack one `null` for every absent thing;
/// values with either are kept out of it, and values that nest deeper than its decoder goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json;

impl Codec for Json {
    const ID: u8 = 2;
    const POSITIONAL: bool = false;

    fn accepts(&self, survey: &Survey) -> bool {
        let shallow = survey.depth() < DECODER_DEPTH;
        shallow && !survey.has_nested_option() && !survey.has_non_finite_float()
    }

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError> {
        serde_json::to_vec(value).map_err(CodecError::new)
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        serde_json::from_slice(bytes).map_err(CodecError::new)
    }
}
