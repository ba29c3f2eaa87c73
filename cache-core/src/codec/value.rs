//! What the cache must know of one value type, behind a pointer.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::{Codec, CodecError, MessagePack, Survey, SurveyError, fingerprint, survey};
use crate::shape::SharedValue;

/// A value of some type.
pub(crate) type Erased = Arc<dyn Any + Send + Sync>;

/// A [`Codec`] fixed to one value type. All that the cache does with a value goes through it, so
/// the code around it needs no bounds.
pub(crate) trait ValueCodec<T>: Send + Sync {
    /// Looks a value over before it is stored.
    fn survey(&self, value: &T) -> Result<Survey, SurveyError>;

    /// Encodes a surveyed value and says which codec it took: this one, or the default where this
    /// one could not give the value back equal.
    fn encode(&self, value: &T, survey: &Survey) -> Result<(u8, Vec<u8>), CodecError>;

    /// Decodes a value written by the codec with this id.
    fn decode(&self, id: u8, bytes: &[u8]) -> Result<T, CodecError>;

    /// Whether a value is equal after encoding and decoding; `None` if no codec takes it.
    fn round_trips(&self, value: &T, survey: &Survey) -> Option<bool>;

    /// The type of the values.
    fn type_id(&self) -> TypeId;

    /// Whether the values are `Result`s.
    fn is_result(&self) -> bool;

    /// Forgets the type of a value.
    fn erase(&self, value: Arc<T>) -> Erased;

    /// Finds the type of a value again, if it is this one.
    fn recall(&self, value: Erased) -> Option<Arc<T>>;
}

impl<T: SharedValue, C: Codec> ValueCodec<T> for C {
    fn survey(&self, value: &T) -> Result<Survey, SurveyError> {
        survey(value)
    }

    fn encode(&self, value: &T, survey: &Survey) -> Result<(u8, Vec<u8>), CodecError> {
        if let Some(bytes) = encoded(self, value, survey) {
            return Ok((C::ID, bytes));
        }
        let default = (C::ID != MessagePack::ID).then(|| encoded(&MessagePack, value, survey));
        match default.flatten() {
            Some(bytes) => Ok((MessagePack::ID, bytes)),
            None => Err(CodecError::new("no codec gives this value back equal")),
        }
    }

    fn decode(&self, id: u8, bytes: &[u8]) -> Result<T, CodecError> {
        match id {
            id if id == C::ID => Codec::decode(self, bytes),
            MessagePack::ID => Codec::decode(&MessagePack, bytes),
            other => Err(CodecError::new(format!("written by the codec with id {other}"))),
        }
    }

    fn round_trips(&self, value: &T, survey: &Survey) -> Option<bool> {
        let (id, bytes) = ValueCodec::encode(self, value, survey).ok()?;
        Some(match id {
            id if id == C::ID => gives_back(self, &bytes, value),
            _ => gives_back(&MessagePack, &bytes, value),
        })
    }

    fn type_id(&self) -> TypeId {
        TypeId::of::<T>()
    }

    fn is_result(&self) -> bool {
        std::any::type_name::<T>().starts_with("core::result::Result<")
    }

    fn erase(&self, value: Arc<T>) -> Erased {
        value
    }

    fn recall(&self, value: Erased) -> Option<Arc<T>> {
        value.downcast().ok()
    }
}

/// The bytes of a value, if the codec gives it back equal.
fn encoded<T: SharedValue, C: Codec>(codec: &C, value: &T, survey: &Survey) -> Option<Vec<u8>> {
    let bytes = codec.accepts(survey).then(|| codec.encode(value).ok()).flatten()?;
    // Where fields are told apart by position, one that is left out or not read is a wrong value
    // without an error, and only comparing shows it.
    let by_position = C::POSITIONAL || survey.has_unnamed_fields();
    (!by_position || gives_back(codec, &bytes, value)).then_some(bytes)
}

/// Whether these bytes decode to a value equal to this one.
fn gives_back<T: SharedValue, C: Codec>(codec: &C, bytes: &[u8], value: &T) -> bool {
    let decoded: Option<T> = codec.decode(bytes).ok();
    let print = decoded.and_then(|decoded| fingerprint(&decoded).ok());
    print.is_some() && print == fingerprint(value).ok()
}
