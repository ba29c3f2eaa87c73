//! The shapes of return types: where in it the value to cache is.
//!
//! The attribute cannot see types, so it asks for the shape by method probing: `Probe<R>` has an
//! inherent `__shape` for some `R` only, and dereferences to the next probe for all others. The
//! compiler takes the first that fits, which is found by type and not by name; any alias of
//! `Result` works. The bound on the value stands on the method, so that a value that cannot be
//! cached is one error, on the return type.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{Codec, Erased, ValueCodec};

/// A value that can be cached behind an `Arc`.
///
/// Implemented for every type with these bounds; there is nothing to implement by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "a cached value must be `Serialize + DeserializeOwned + Send + Sync + 'static`",
    note = "derive `serde::Serialize` and `serde::Deserialize`, and own every field"
)]
pub trait SharedValue: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SharedValue for T {}

/// A value that can be cached: each hit gets a clone.
///
/// Implemented for every type with these bounds; there is nothing to implement by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cached",
    label = "a cached value must be `Serialize + DeserializeOwned + Clone + Send + Sync + 'static`",
    note = "derive `Clone`, `serde::Serialize` and `serde::Deserialize`, and own every field; or \
            return `Arc<{Self}>`, which needs no `Clone`"
)]
pub trait CacheValue: SharedValue + Clone {}

#[diagnostic::do_not_recommend]
impl<T: SharedValue + Clone> CacheValue for T {}

/// A value that stands for what a cached function returns, an `R`: what its siblings `set_*` take.
///
/// Of a function that returns a `Result` it is the value of the `Ok`; of any other, what it returns.
/// By value or by reference.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a function that returns `{R}` caches",
    label = "expected the value of the `Ok`, or else what the function returns, or a reference to it"
)]
pub trait SetArg<R> {
    /// Makes a returned value of it.
    fn into_returned(self) -> R;
}

#[diagnostic::do_not_recommend]
impl<T> SetArg<T> for T {
    fn into_returned(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> SetArg<T> for &T {
    fn into_returned(self) -> T {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> SetArg<Result<T, E>> for T {
    fn into_returned(self) -> Result<T, E> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone, E> SetArg<Result<T, E>> for &T {
    fn into_returned(self) -> Result<T, E> {
        Ok(self.clone())
    }
}

/// How a return type carries its value, and everything the cache must know of the value's type.
///
/// A struct of pointers and not a trait, so that the code behind it has no bounds that could fail a
/// second time.
pub struct Shape<R> {
    pub(crate) returns: Returns<R>,
    pub(crate) codec: ValueCodec<'static>,
}

/// How a return type carries its value.
pub(crate) struct Returns<R> {
    /// Takes the value out; an `Err` comes back as it is.
    pub(crate) take: fn(R) -> Result<Erased, R>,
    /// Makes a return value from a stored one, unless that is of another type.
    pub(crate) give: fn(Erased) -> Option<R>,
}

impl<R> Clone for Shape<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Shape<R> {}

impl<R> Clone for Returns<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Returns<R> {}

impl<T: CacheValue, E> Returns<Result<T, E>> {
    /// Of a result.
    pub(crate) const RESULT: Self = Self {
        take: |returned| match returned {
            Ok(value) => Ok(Arc::new(value)),
            Err(error) => Err(Err(error)),
        },
        give: |value| Some(Ok(Arc::unwrap_or_clone(value.downcast::<T>().ok()?))),
    };
}

impl<R> std::fmt::Debug for Shape<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shape")
    }
}

/// Finds the [`Shape`] of `R`. The rules are at the top of this file.
#[derive(Debug)]
pub struct Probe<R>(ProbeOptionOfResult<R>);
/// Fits only to refuse.
#[derive(Debug)]
pub struct ProbeOptionOfResult<R>(ProbeSharedResult<R>);
/// Fits only to refuse.
#[derive(Debug)]
pub struct ProbeSharedResult<R>(ProbeResultOfShared<R>);
/// Fits a result of a shared value.
#[derive(Debug)]
pub struct ProbeResultOfShared<R>(ProbeResultOf<R>);
/// Fits every other result.
#[derive(Debug)]
pub struct ProbeResultOf<R>(ProbeShared<R>);
/// Fits a shared value.
#[derive(Debug)]
pub struct ProbeShared<R>(ProbePlain<R>);
/// Fits every type.
#[derive(Debug)]
pub struct ProbePlain<R>(PhantomData<fn() -> R>);

impl<R> Probe<R> {
    /// A probe for `R`.
    #[must_use]
    pub const fn new() -> Self {
        let last = ProbeShared(ProbePlain(PhantomData));
        Self(ProbeOptionOfResult(ProbeSharedResult(ProbeResultOfShared(ProbeResultOf(last)))))
    }
}

impl<R> Default for Probe<R> {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! falls_through {
    ($($probe:ident to $next:ident),*) => {$(
        impl<R> Deref for $probe<R> {
            type Target = $next<R>;

            fn deref(&self) -> &$next<R> {
                &self.0
            }
        }
    )*};
}

falls_through!(
    Probe to ProbeOptionOfResult,
    ProbeOptionOfResult to ProbeSharedResult,
    ProbeSharedResult to ProbeResultOfShared,
    ProbeResultOfShared to ProbeResultOf,
    ProbeResultOf to ProbeShared,
    ProbeShared to ProbePlain
);

/// Implemented by nothing: its message is what a result inside another type gets.
#[diagnostic::on_unimplemented(
    message = "a cached function cannot return a `Result` inside another type",
    label = "the inner `{Self}` would be cached, errors included",
    note = "return one `Result`, with an error type that covers both"
)]
pub trait OuterResult {}

impl<T, E, F> Probe<Result<Result<T, E>, F>> {
    /// Refuses a result inside a result.
    #[must_use]
    pub fn __shape<C: Codec>(&self, _: &'static C) -> Shape<Result<Result<T, E>, F>>
    where
        Result<T, E>: OuterResult,
    {
        unreachable!("`OuterResult` is implemented by nothing")
    }
}

impl<T, E> ProbeOptionOfResult<Option<Result<T, E>>> {
    /// Refuses a result inside an option.
    #[must_use]
    pub fn __shape<C: Codec>(&self, _: &'static C) -> Shape<Option<Result<T, E>>>
    where
        Result<T, E>: OuterResult,
    {
        unreachable!("`OuterResult` is implemented by nothing")
    }
}

impl<T, E> ProbeSharedResult<Arc<Result<T, E>>> {
    /// Refuses a shared result.
    #[must_use]
    pub fn __shape<C: Codec>(&self, _: &'static C) -> Shape<Arc<Result<T, E>>>
    where
        Result<T, E>: OuterResult,
    {
        unreachable!("`OuterResult` is implemented by nothing")
    }
}

impl<T, E> ProbeResultOfShared<Result<Arc<T>, E>> {
    /// The shape of a result of a shared value: hits share one value.
    #[must_use]
    pub fn __shape<C: Codec>(&self, codec: &'static C) -> Shape<Result<Arc<T>, E>>
    where
        T: SharedValue,
    {
        let returns: Returns<Result<Arc<T>, E>> = Returns {
            take: |returned| match returned {
                Ok(value) => Ok(value),
                Err(error) => Err(Err(error)),
            },
            give: |value| Some(Ok(value.downcast::<T>().ok()?)),
        };
        Shape { returns, codec: ValueCodec::new::<T, C>(codec) }
    }
}

impl<T, E> ProbeResultOf<Result<T, E>> {
    /// The shape of a result.
    #[must_use]
    pub fn __shape<C: Codec>(&self, codec: &'static C) -> Shape<Result<T, E>>
    where
        T: CacheValue,
    {
        Shape { returns: Returns::RESULT, codec: ValueCodec::new::<T, C>(codec) }
    }
}

impl<T> ProbeShared<Arc<T>> {
    /// The shape of a shared value: hits share one value.
    #[must_use]
    pub fn __shape<C: Codec>(&self, codec: &'static C) -> Shape<Arc<T>>
    where
        T: SharedValue,
    {
        let returns: Returns<Arc<T>> =
            Returns { take: |value| Ok(value), give: |value| value.downcast::<T>().ok() };
        Shape { returns, codec: ValueCodec::new::<T, C>(codec) }
    }
}

impl<T> ProbePlain<T> {
    /// The shape of a plain value, also of an `Option`.
    #[must_use]
    pub fn __shape<C: Codec>(&self, codec: &'static C) -> Shape<T>
    where
        T: CacheValue,
    {
        let returns = Returns {
            take: |value| Ok(Arc::new(value)),
            give: |value| value.downcast::<T>().ok().map(Arc::unwrap_or_clone),
        };
        Shape { returns, codec: ValueCodec::new::<T, C>(codec) }
    }
}
