//! What a sibling takes where the cached function takes a `T`.

use std::borrow::Cow;
use std::sync::Arc;

use super::{CacheKey, KeyWriter};

/// A value that names the same key part as a `T`.
///
/// The siblings (`invalidate_*`) take `impl KeyArg<T>` for each argument of the function that is in
/// the key: the value itself, a reference to it, `&str` where the function takes `String`, a slice
/// or an array where it takes `Vec`. Integer literals infer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name the same key part as `{T}`",
    label = "expected a `{T}` or a reference to one"
)]
pub trait KeyArg<T: ?Sized> {
    /// Writes the parts that the `T` would write.
    fn write_key_arg(&self, key: &mut KeyWriter<'_>);
}

#[diagnostic::do_not_recommend]
impl<T: CacheKey> KeyArg<T> for T {
    fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
        self.write_key(key);
    }
}

#[diagnostic::do_not_recommend]
impl<T: CacheKey + ?Sized> KeyArg<T> for &T {
    fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
        T::write_key(self, key);
    }
}

#[diagnostic::do_not_recommend]
impl<T: CacheKey + ?Sized> KeyArg<T> for &&T {
    fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
        T::write_key(self, key);
    }
}

// One key part, written down in another type: strings of every ownership …
macro_rules! strings {
    ($($given:ty => $($wanted:ty)*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl KeyArg<$wanted> for $given {
            fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
                key.part(self);
            }
        }
    )*)*};
}

strings! {
    &str => String Cow<'_, str> Box<str> Arc<str>;
    &&str => String Cow<'_, str> Box<str> Arc<str>;
    String => str Cow<'_, str> Box<str> Arc<str>;
    &String => str Cow<'_, str> Box<str> Arc<str>;
    Cow<'_, str> => str String;
    &Cow<'_, str> => str String;
    Box<str> => str String;
    &Box<str> => str String;
    Arc<str> => str String;
    &Arc<str> => str String;
}

// … and sequences.
macro_rules! sequences {
    ($([$($length:tt)*] $given:ty => $wanted:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: CacheKey, $($length)*> KeyArg<$wanted> for $given {
            fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
                let items: &[T] = &self[..];
                items.write_key(key);
            }
        }
    )*};
}

sequences! {
    [] &[T] => Vec<T>;
    [const N: usize] [T; N] => [T];
    [const N: usize] [T; N] => Vec<T>;
    [const N: usize] &[T; N] => [T];
    [const N: usize] &[T; N] => Vec<T>;
    [] Vec<T> => [T];
    [] &Vec<T> => [T];
}
