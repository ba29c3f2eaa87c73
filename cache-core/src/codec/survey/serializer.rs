//! The `Serializer` that surveys instead of writing.

use serde::{Serialize, Serializer, ser};

use super::{Kind, Survey, SurveyError};

macro_rules! numbers {
    ($($method:ident $number:ty),*) => {$(
        fn $method(self, value: $number) -> Result<(), SurveyError> {
            self.0.token(Kind::Number, size_of::<$number>());
            self.0.mix(value);
            Ok(())
        }
    )*};
}

macro_rules! floats {
    ($($method:ident $float:ty),*) => {$(
        fn $method(self, value: $float) -> Result<(), SurveyError> {
            self.0.token(Kind::Float, size_of::<$float>());
            self.0.non_finite |= !value.is_finite();
            self.0.mix(value.to_bits());
            Ok(())
        }
    )*};
}

/// Surveys through `serde`. A type of its own, so that [`Survey`] itself is plain data.
pub(crate) struct Surveyor<'a>(pub(crate) &'a mut Survey);

impl<'a> Serializer for Surveyor<'a> {
    type Ok = ();
    type Error = SurveyError;
    type SerializeSeq = Unordered<'a>;
    type SerializeTuple = Ordered<'a>;
    type SerializeTupleStruct = Ordered<'a>;
    type SerializeTupleVariant = Ordered<'a>;
    type SerializeMap = Unordered<'a>;
    type SerializeStruct = Ordered<'a>;
    type SerializeStructVariant = Ordered<'a>;

    numbers!(
        serialize_bool bool, serialize_char char,
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_i128 i128, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32,
        serialize_u64 u64, serialize_u128 u128
    );
    floats!(serialize_f32 f32, serialize_f64 f64);

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_str(self, value: &str) -> Result<(), SurveyError> {
        self.0.token(Kind::Text, value.len() + 1);
        self.0.mix(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), SurveyError> {
        self.0.token(Kind::Bytes, value.len() + 1);
        self.0.mix(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), SurveyError> {
        self.0.null(Kind::None);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SurveyError> {
        self.0.nested_option |= self.0.in_some;
        self.0.token(Kind::Some, 1);
        self.0.in_some = true;
        self.0.nested(value)
    }

    fn serialize_unit(self) -> Result<(), SurveyError> {
        self.0.null(Kind::Unit);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), SurveyError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), SurveyError> {
        self.0.token(Kind::Variant, 4);
        self.0.mix(index);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), SurveyError> {
        // Formats write the inner value alone, so a `Some` before it stands before that.
        self.0.nested(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), SurveyError> {
        Surveyor(self.0).serialize_unit_variant(name, index, variant)?;
        self.0.nested(value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Unordered<'a>, SurveyError> {
        Unordered::new(self.0, Kind::Items, len)
    }

    fn serialize_tuple(self, _: usize) -> Result<Ordered<'a>, SurveyError> {
        Ordered::new(self.0, 1)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Ordered<'a>, SurveyError> {
        self.0.unnamed_fields = true;
        Ordered::new(self.0, 1)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Ordered<'a>, SurveyError> {
        self.0.unnamed_fields = true;
        Surveyor(self.0).serialize_unit_variant(name, index, variant)?;
        // Formats with names write a variant with fields as two containers.
        self.0.deeper()?;
        Ordered::new(self.0, 2)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Unordered<'a>, SurveyError> {
        Unordered::new(self.0, Kind::Entries, len)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Ordered<'a>, SurveyError> {
        Ordered::new(self.0, 1)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Ordered<'a>, SurveyError> {
        Surveyor(self.0).serialize_unit_variant(name, index, variant)?;
        // Formats with names write a variant with fields as two containers.
        self.0.deeper()?;
        Ordered::new(self.0, 2)
    }
}

/// Tuples and structs: the place of a part is part of the value.
pub(crate) struct Ordered<'a> {
    survey: &'a mut Survey,
    levels: u32,
}

impl<'a> Ordered<'a> {
    fn new(survey: &'a mut Survey, levels: u32) -> Result<Self, SurveyError> {
        survey.token(Kind::Struct, 1);
        survey.deeper()?;
        Ok(Self { survey, levels })
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SurveyError> {
        // The token before this part was not a `Some` that holds it.
        self.survey.in_some = false;
        value.serialize(Surveyor(self.survey))
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), SurveyError> {
        self.survey.bytes += key.len();
        self.survey.mix(key);
        self.part(value)
    }

    fn finish(self) {
        self.survey.level -= self.levels;
    }
}

/// Maps, and sequences: sets serialize as sequences, and their order is not part of the value. No
/// codec reorders a sequence, so nothing is lost by letting the order out of the fingerprint.
pub(crate) struct Unordered<'a> {
    survey: &'a mut Survey,
    sum: u64,
    key: u64,
}

impl<'a> Unordered<'a> {
    fn new(survey: &'a mut Survey, kind: Kind, len: Option<usize>) -> Result<Self, SurveyError> {
        survey.token(kind, 4);
        survey.positional &= len.is_some();
        survey.deeper()?;
        Ok(Self { survey, sum: 0, key: 0 })
    }

    fn add(&mut self, hash: u64) {
        self.sum = self.sum.wrapping_add(hash);
    }

    fn finish(self) {
        self.survey.mix(self.sum);
        self.survey.level -= 1;
    }
}

impl ser::SerializeSeq for Unordered<'_> {
    type Ok = ();
    type Error = SurveyError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SurveyError> {
        let hash = self.survey.unordered(value)?;
        self.add(hash);
        Ok(())
    }

    fn end(self) -> Result<(), SurveyError> {
        self.finish();
        Ok(())
    }
}

impl ser::SerializeMap for Unordered<'_> {
    type Ok = ();
    type Error = SurveyError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SurveyError> {
        self.key = self.survey.unordered(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SurveyError> {
        let value = self.survey.unordered(value)?;
        // Not symmetric, so that a key and a value that change places change the sum.
        self.add(self.key.rotate_left(17).wrapping_mul(value | 1));
        Ok(())
    }

    fn end(self) -> Result<(), SurveyError> {
        self.finish();
        Ok(())
    }
}

macro_rules! ordered_parts {
    ($($trait:ident $method:ident),*) => {$(
        impl ser::$trait for Ordered<'_> {
            type Ok = ();
            type Error = SurveyError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SurveyError> {
                self.part(value)
            }

            fn end(self) -> Result<(), SurveyError> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

ordered_parts!(
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! ordered_fields {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Ordered<'_> {
            type Ok = ();
            type Error = SurveyError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), SurveyError> {
                self.field(key, value)
            }

            fn skip_field(&mut self, _: &'static str) -> Result<(), SurveyError> {
                self.survey.positional = false;
                Ok(())
            }

            fn end(self) -> Result<(), SurveyError> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

ordered_fields!(SerializeStruct, SerializeStructVariant);
