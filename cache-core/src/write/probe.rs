//! What the expansion asks of types it cannot see, by method probing as in `shape.rs`.

use std::ops::Deref;

/// An argument as a target gets it: a clone where the type is `Clone`, so that the body keeps its
/// own, else a reference.
#[derive(Debug)]
pub struct Given<'a, T: ?Sized>(GivenReference<'a, T>);
/// Fits every type.
#[derive(Debug)]
pub struct GivenReference<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Given<'a, T> {
    /// A probe of an argument.
    pub const fn new(argument: &'a T) -> Self {
        Self(GivenReference(argument))
    }
}

impl<T: Clone> Given<'_, T> {
    /// A clone.
    #[must_use]
    pub fn __given(&self) -> T {
        self.0.0.clone()
    }
}

impl<'a, T: ?Sized> Deref for Given<'a, T> {
    type Target = GivenReference<'a, T>;

    fn deref(&self) -> &GivenReference<'a, T> {
        &self.0
    }
}

impl<'a, T: ?Sized> GivenReference<'a, T> {
    /// The argument itself.
    #[must_use]
    pub const fn __given(&self) -> &'a T {
        self.0
    }
}

/// What a function returned: where in it the `result` of the targets is.
#[derive(Debug)]
pub struct Returned<'a, R>(ReturnedPlain<'a, R>);
/// Fits every type.
#[derive(Debug)]
pub struct ReturnedPlain<'a, R>(&'a R);

impl<'a, R> Returned<'a, R> {
    /// A probe of what was returned.
    pub const fn new(returned: &'a R) -> Self {
        Self(ReturnedPlain(returned))
    }
}

impl<'a, T, E> Returned<'a, Result<T, E>> {
    /// The value of `Ok`.
    #[must_use]
    pub const fn __result(&self) -> Option<&'a T> {
        match self.0.0 {
            Ok(value) => Some(value),
            Err(_) => None,
        }
    }
}

impl<'a, R> Deref for Returned<'a, R> {
    type Target = ReturnedPlain<'a, R>;

    fn deref(&self) -> &ReturnedPlain<'a, R> {
        &self.0
    }
}

impl<'a, R> ReturnedPlain<'a, R> {
    /// The value as it is.
    #[must_use]
    pub const fn __result(&self) -> Option<&'a R> {
        Some(self.0)
    }
}

/// Stands where a target uses an argument beside `result`.
#[derive(Debug)]
pub struct BesideResult;

/// An argument that is kept for a target beside `result`: it is `Clone`, because the body takes the
/// original away.
///
/// A bound on [`BesideResult`] and not on `T`: for a `T`, the compiler would advise to borrow what
/// is borrowed already.
#[diagnostic::on_unimplemented(
    message = "`{T}` is used beside `result`, so it must be `Clone`",
    label = "this target runs after the body, which takes the argument away",
    note = "derive `Clone` for it, take it by reference, or use what is in `result` instead"
)]
pub trait Keep<T> {
    /// A clone.
    fn keep(argument: &T) -> T;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Keep<T> for BesideResult {
    fn keep(argument: &T) -> T {
        argument.clone()
    }
}

/// A clone for after the body. The bound stands here, so that its error is on the argument.
#[must_use]
pub fn keep<T>(argument: &T) -> T
where
    BesideResult: Keep<T>,
{
    BesideResult::keep(argument)
}
