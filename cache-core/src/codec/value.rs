//! What the cache must know of one value type, behind a pointer.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Codec, CodecError, MessagePack, Survey, SurveyError, fingerprint, survey};
use crate::backend::mutant;
use crate::shape::SharedValue;

/// A value of some type.
pub(crate) type Erased = Arc<dyn Any + Send + Sync>;

/// A [`Codec`] fixed to one value type, with both types forgotten. All that the cache does with a
/// value goes through it, so the code around it needs no bounds, and is compiled once and not for
/// each type.
///
/// The values it is given are of its own type: they come out of it, or out of a load beside it, or
/// [`is_of`](Self::is_of) says so.
#[derive(Clone, Copy)]
pub(crate) struct ValueCodec<'a> {
    codec: &'a (dyn Any + Send + Sync),
    of: &'static dyn OfValue,
    type_id: TypeId,
}

/// A [`ValueCodec`] that owns its codec.
#[derive(Clone)]
pub(crate) struct OwnedCodec {
    codec: Arc<dyn Any + Send + Sync>,
    of: &'static dyn OfValue,
    type_id: TypeId,
}

impl OwnedCodec {
    /// The codec for values of type `T`.
    pub(crate) fn new<T: SharedValue, C: Codec>(codec: C) -> Self {
        let ValueCodec { of, type_id, .. } = ValueCodec::new::<T, C>(&codec);
        Self { codec: Arc::new(codec), of, type_id }
    }

    pub(crate) fn lend(&self) -> ValueCodec<'_> {
        ValueCodec { codec: &*self.codec, of: self.of, type_id: self.type_id }
    }
}

impl<'a> ValueCodec<'a> {
    /// The codec for values of type `T`.
    pub(crate) fn new<T: SharedValue, C: Codec>(codec: &'a C) -> Self {
        Self { codec, of: &Typed::<T, C>(PhantomData), type_id: TypeId::of::<T>() }
    }

    /// Looks a value over before it is stored.
    pub(crate) fn survey(self, value: &Erased) -> Result<Survey, SurveyError> {
        contained(|| self.of.survey(&**value)).unwrap_or(Err(SurveyError::Panicked))
    }

    /// Encodes a surveyed value and says which codec it took: this one, or the default where this
    /// one could not give the value back equal.
    pub(crate) fn encode(
        self,
        value: &Erased,
        survey: &Survey,
    ) -> Result<(u8, Vec<u8>), CodecError> {
        let encoded = contained(|| self.of.encode(self.codec, &**value, survey));
        encoded.unwrap_or_else(|| Err(CodecError::new("it panicked")))
    }

    /// Decodes a value written by the codec with this id.
    pub(crate) fn decode(self, id: u8, bytes: &[u8]) -> Result<Erased, CodecError> {
        let decoded = contained(|| self.of.decode(self.codec, id, bytes));
        decoded.unwrap_or_else(|| Err(CodecError::new("it panicked")))
    }

    /// Whether a value is equal after encoding and decoding; `None` if no codec takes it.
    pub(crate) fn round_trips(self, value: &Erased, survey: &Survey) -> Option<bool> {
        contained(|| self.of.round_trips(self.codec, &**value, survey)).unwrap_or(Some(false))
    }

    /// The type of the values.
    #[inline]
    pub(crate) fn type_id(self) -> TypeId {
        self.type_id
    }

    /// Whether a value is of this type.
    #[inline]
    pub(crate) fn is_of(self, value: &Erased) -> bool {
        (**value).type_id() == self.type_id
    }

    /// Whether the values are `Result`s.
    pub(crate) fn is_result(self) -> bool {
        self.of.is_result()
    }
}

/// A value or codec whose type is known again.
///
/// # Panics
///
/// If it is of another type, which is a mistake of the cache.
fn recall<T: 'static>(value: &dyn Any) -> &T {
    value.downcast_ref().unwrap_or_else(|| another_type())
}

#[cold]
pub(crate) fn another_type() -> ! {
    unreachable!("values and codecs are told apart before they are used")
}

/// The functions behind [`ValueCodec`].
trait OfValue: Send + Sync {
    fn survey(&self, value: &dyn Any) -> Result<Survey, SurveyError>;

    fn encode(
        &self,
        codec: &dyn Any,
        value: &dyn Any,
        survey: &Survey,
    ) -> Result<(u8, Vec<u8>), CodecError>;

    fn decode(&self, codec: &dyn Any, id: u8, bytes: &[u8]) -> Result<Erased, CodecError>;

    fn round_trips(&self, codec: &dyn Any, value: &dyn Any, survey: &Survey) -> Option<bool>;

    fn is_result(&self) -> bool;
}

/// What a codec, or the value's own `Serialize` or `Deserialize`, makes of a value; `None` if it
/// panics. Without the cache nobody would have called it. The value is loaded, or not stored, and the
/// codec is asked again.
fn contained<R>(of_the_user: impl FnOnce() -> R) -> Option<R> {
    if mutant("codec-panics") {
        return Some(of_the_user());
    }
    crate::contained::contained(of_the_user)
}

/// The types that a [`ValueCodec`] has forgotten.
struct Typed<T, C>(PhantomData<fn() -> (T, C)>);

impl<T: SharedValue, C: Codec> OfValue for Typed<T, C> {
    fn survey(&self, value: &dyn Any) -> Result<Survey, SurveyError> {
        survey(recall::<T>(value))
    }

    fn encode(
        &self,
        codec: &dyn Any,
        value: &dyn Any,
        survey: &Survey,
    ) -> Result<(u8, Vec<u8>), CodecError> {
        encode(recall::<C>(codec), recall::<T>(value), survey)
    }

    fn decode(&self, codec: &dyn Any, id: u8, bytes: &[u8]) -> Result<Erased, CodecError> {
        let value: T = match id {
            id if id == C::ID => recall::<C>(codec).decode(bytes)?,
            MessagePack::ID => MessagePack.decode(bytes)?,
            other => return Err(CodecError::new(format!("written by the codec with id {other}"))),
        };
        Ok(Arc::new(value))
    }

    fn round_trips(&self, codec: &dyn Any, value: &dyn Any, survey: &Survey) -> Option<bool> {
        let (codec, value) = (recall::<C>(codec), recall::<T>(value));
        let (id, bytes) = encode(codec, value, survey).ok()?;
        Some(match id {
            id if id == C::ID => gives_back(codec, &bytes, value),
            _ => gives_back(&MessagePack, &bytes, value),
        })
    }

    fn is_result(&self) -> bool {
        std::any::type_name::<T>().starts_with("core::result::Result<")
    }
}

fn encode<T: SharedValue, C: Codec>(
    codec: &C,
    value: &T,
    survey: &Survey,
) -> Result<(u8, Vec<u8>), CodecError> {
    if let Some(bytes) = encoded(codec, value, survey) {
        return Ok((C::ID, bytes));
    }
    let default = (C::ID != MessagePack::ID).then(|| encoded(&MessagePack, value, survey));
    match default.flatten() {
        Some(bytes) => Ok((MessagePack::ID, bytes)),
        None => Err(CodecError::new("no codec gives this value back equal")),
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
