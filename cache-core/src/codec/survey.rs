//! One pass over a value before it is cached: its size, its fingerprint, and what a codec must know
//! of it to give it back equal.

mod serializer;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use self::serializer::Surveyor;

/// How deeply a cached value may nest, counting every container, option and newtype. Encoders and
/// decoders recurse; a value deeper than this could overflow their stack.
pub(crate) const MAX_DEPTH: u32 = 128;

/// What one pass over a value found.
#[allow(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
#[derive(Debug, Clone)]
pub struct Survey {
    bytes: usize,
    none: bool,
    nested_option: bool,
    non_finite: bool,
    positional: bool,
    unnamed_fields: bool,
    /// Only where values are compared: hashing a long sequence costs more than encoding it.
    hasher: Option<DefaultHasher>,
    /// Of the token just seen.
    level: u32,
    depth: u32,
    /// The token just seen was `Some(`.
    in_some: bool,
    /// Nothing has been seen yet.
    fresh: bool,
}

impl Survey {
    fn new(level: u32, hasher: Option<DefaultHasher>) -> Self {
        Self {
            bytes: 0,
            none: false,
            nested_option: false,
            non_finite: false,
            positional: true,
            unnamed_fields: false,
            hasher,
            level,
            depth: level,
            in_some: false,
            fresh: true,
        }
    }

    /// About how many bytes the value takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How deeply the value nests, counting every container, option and newtype.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Whether the value as a whole is an absent option.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.none
    }

    /// Whether the value holds a `Some(None)`, `Some(Some(_))` or `Some(())`, which formats with
    /// one null cannot tell from an outer `None`.
    #[must_use]
    pub fn has_nested_option(&self) -> bool {
        self.nested_option
    }

    /// Whether the value holds a `NaN` or an infinity.
    #[must_use]
    pub fn has_non_finite_float(&self) -> bool {
        self.non_finite
    }

    /// Whether the value wrote every field and knew every length, so that position alone tells its
    /// fields apart.
    #[must_use]
    pub fn is_positional(&self) -> bool {
        self.positional
    }

    /// Whether the value holds tuple structs or tuple variants. One of their fields that is left out
    /// moves the others, in every format, and leaves no trace here.
    #[must_use]
    pub fn has_unnamed_fields(&self) -> bool {
        self.unnamed_fields
    }

    /// Equal for equal values, also where maps and sets iterate in another order.
    fn hash(&self) -> u64 {
        self.hasher.as_ref().map_or(0, Hasher::finish)
    }

    fn mix(&mut self, part: impl Hash) {
        if let Some(hasher) = &mut self.hasher {
            part.hash(hasher);
        }
    }

    /// Takes note of one token: its kind, and how many bytes it stands for.
    fn token(&mut self, kind: Kind, bytes: usize) {
        self.in_some = false;
        self.fresh = false;
        self.bytes = self.bytes.saturating_add(bytes);
        self.mix(kind);
    }

    /// A token that formats with one null write as that null.
    fn null(&mut self, kind: Kind) {
        self.none |= self.fresh && kind == Kind::None;
        self.nested_option |= self.in_some;
        self.token(kind, 1);
    }

    fn deeper(&mut self) -> Result<(), SurveyError> {
        self.level += 1;
        self.depth = self.depth.max(self.level);
        if self.level > MAX_DEPTH {
            return Err(SurveyError::TooDeep);
        }
        Ok(())
    }

    fn nested<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SurveyError> {
        self.deeper()?;
        value.serialize(Surveyor(self))?;
        self.level -= 1;
        Ok(())
    }

    /// Surveys a part whose place does not matter, and returns its hash.
    fn unordered<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<u64, SurveyError> {
        if self.hasher.is_none() {
            return self.nested(value).map(|()| 0);
        }
        let mut part = Self::new(self.level, Some(DefaultHasher::new()));
        part.nested(value)?;
        self.bytes = self.bytes.saturating_add(part.bytes);
        self.nested_option |= part.nested_option;
        self.non_finite |= part.non_finite;
        self.depth = self.depth.max(part.depth);
        self.positional &= part.positional;
        self.unnamed_fields |= part.unnamed_fields;
        Ok(part.hash())
    }
}

/// The kinds of tokens, so that `0_u8` and an empty string hash differently.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Bytes,
    Entries,
    Float,
    Items,
    None,
    Number,
    Some,
    Struct,
    Text,
    Unit,
    Variant,
}

/// Surveys a value.
///
/// # Errors
///
/// If the value nests too deeply or refuses to be serialized.
pub(crate) fn survey<T: Serialize + ?Sized>(value: &T) -> Result<Survey, SurveyError> {
    let mut survey = Survey::new(0, None);
    value.serialize(Surveyor(&mut survey))?;
    Ok(survey)
}

/// A number that is equal for equal values, also where maps and sets iterate in another order.
///
/// # Errors
///
/// As [`survey`].
pub(crate) fn fingerprint<T: Serialize + ?Sized>(value: &T) -> Result<u64, SurveyError> {
    let mut survey = Survey::new(0, Some(DefaultHasher::new()));
    value.serialize(Surveyor(&mut survey))?;
    Ok(survey.hash())
}

/// Why a value could not be surveyed. Never the text of the value's own `Serialize`, which may hold
/// the value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SurveyError {
    Panicked,
    Refused,
    TooDeep,
}

impl fmt::Display for SurveyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => f.write_str("its `Serialize` panics"),
            Self::Refused => f.write_str("its `Serialize` returns an error"),
            Self::TooDeep => write!(f, "it nests deeper than {MAX_DEPTH} levels"),
        }
    }
}

impl std::error::Error for SurveyError {}

impl serde::ser::Error for SurveyError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap, HashSet};

    use super::*;

    fn of<T: Serialize>(value: T) -> Survey {
        survey(&value).unwrap()
    }

    fn print<T: Serialize>(value: T) -> u64 {
        fingerprint(&value).unwrap()
    }

    #[test]
    fn only_an_outer_none_is_none() {
        assert!(of(None::<u8>).is_none());
        assert!(!of(Some(1)).is_none());
        assert!(!of(vec![None::<u8>]).is_none());
        assert!(!of(()).is_none());
    }

    #[test]
    fn options_that_one_null_cannot_tell_apart_are_found_anywhere() {
        assert!(of(Some(None::<u8>)).has_nested_option());
        assert!(of(Some(Some(1))).has_nested_option());
        assert!(of(Some(())).has_nested_option());
        assert!(of(HashMap::from([(1, vec![Some(())])])).has_nested_option());
        assert!(!of(Some(vec![None::<u8>])).has_nested_option());
        assert!(!of((Some(1), None::<u8>)).has_nested_option());
    }

    #[test]
    fn non_finite_floats_are_found() {
        assert!(of((1, f64::NAN)).has_non_finite_float());
        assert!(of(f32::INFINITY).has_non_finite_float());
        assert!(!of(1.5).has_non_finite_float());
    }

    #[test]
    fn the_order_of_maps_and_sets_is_not_part_of_the_fingerprint() {
        let forward: HashSet<u32> = (0..100).collect();
        let backward: HashSet<u32> = (0..100).rev().collect();
        assert_eq!(print(&forward), print(&backward));
        let map: HashMap<u32, u32> = (0..100).map(|n| (n, n + 1)).collect();
        let sorted: BTreeMap<u32, u32> = (0..100).map(|n| (n, n + 1)).collect();
        assert_eq!(print(&map), print(&sorted));
    }

    #[test]
    fn different_values_have_different_fingerprints() {
        assert_ne!(print((1, 2)), print((2, 1)));
        assert_ne!(print("ab"), print("ba"));
        assert_ne!(print(Some(0)), print(None::<u8>));
        assert_ne!(print(HashMap::from([(1, 2)])), print(HashMap::from([(2, 1)])));
    }

    #[test]
    fn a_value_too_deep_for_a_stack_is_refused() {
        #[derive(Serialize)]
        struct List(Option<Box<Self>>);
        let deep = (0..200).fold(List(None), |list, _| List(Some(Box::new(list))));
        assert!(survey(&deep).is_err());
    }
}
