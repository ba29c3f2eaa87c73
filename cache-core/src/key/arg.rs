//! What a sibling takes where the cached function takes a `T`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::{CacheKey, KeyWriter};

/// A value that names the same key part as a `T`.
///
/// The siblings (`invalidate_*`) take `impl KeyArg<T>` for each argument of the function that is in
/// the key:
///
/// | the function takes | the sibling takes |
/// |---|---|
/// | any `T` | `T`, `&T`, `&&T`, `&Box<T>`, `&Rc<T>`, `&Arc<T>` |
/// | `Box<T>`, `Rc<T>`, `Arc<T>` | also `&T` |
/// | `&str`, `String`, `Cow<str>`, `Box<str>`, `Rc<str>`, `Arc<str>` | any of them, or a reference to one |
/// | `&[T]`, `[T; N]`, `Vec<T>`, `Box<[T]>`, `Rc<[T]>`, `Arc<[T]>` | any of them, or a reference to one |
/// | `Option<T>` | `Option<T>`, `&Option<T>` |
///
/// Number literals, `None` and `[]` get the type of the function's argument. That is why what is
/// inside an option, a sequence or a tuple is taken only in the function's own type: if
/// `Option<&str>` could stand for an `Option<String>`, then `None` could be of both. Write
/// `Some(name.to_owned())` there. An argument whose type is a parameter of the function, by value,
/// tells that type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name the same key part as `{T}`",
    label = "expected a `{T}` or a reference to one",
    note = "pass what the cached function takes, by value or by reference; inside an option, a \
            sequence or a tuple the types must be the same"
)]
pub trait KeyArg<T: ?Sized> {
    /// Writes the parts that the `T` would write.
    fn write_key_arg(&self, key: &mut KeyWriter<'_>);
}

// The one that is recommended: of a type that is no key at all, the message is then that it is none.
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

// Whoever owns a value, by reference: a call borrows `&Arc<T>` as `&T`, which the sibling cannot
// know. Not by value, or the type of a generic function could not be inferred from its key.
macro_rules! owners {
    ($($owner:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: CacheKey + ?Sized> KeyArg<T> for &$owner<T> {
            fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
                T::write_key(self, key);
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: CacheKey + ?Sized> KeyArg<$owner<T>> for &T {
            fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
                T::write_key(self, key);
            }
        }
    )*};
}

owners!(Box Rc Arc);

// One key part, written down in another type: strings of every ownership, where the rules above do
// not have them already …
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
    &str => String Cow<'_, str>;
    &&str => String Cow<'_, str> Box<str> Rc<str> Arc<str>;
    String => str Cow<'_, str> Box<str> Rc<str> Arc<str>;
    &String => str Cow<'_, str> Box<str> Rc<str> Arc<str>;
    &&String => str Cow<'_, str> Box<str> Rc<str> Arc<str>;
    Cow<'_, str> => str String Box<str> Rc<str> Arc<str>;
    &Cow<'_, str> => str String Box<str> Rc<str> Arc<str>;
    Box<str> => str String Cow<'_, str> Rc<str> Arc<str>;
    &Box<str> => String Cow<'_, str> Rc<str> Arc<str>;
    Rc<str> => str String Cow<'_, str> Box<str> Arc<str>;
    &Rc<str> => String Cow<'_, str> Box<str> Arc<str>;
    Arc<str> => str String Cow<'_, str> Box<str> Rc<str>;
    &Arc<str> => String Cow<'_, str> Box<str> Rc<str>;
}

// … and sequences. An array where the function takes one of another length names no entry.
macro_rules! sequences {
    ($([$($length:tt)*] $given:ty => $($wanted:ty),*;)*) => {
        $(sequences!(@each [$($length)*] $given => $($wanted),*);)*
    };
    (@each $length:tt $given:ty => $($wanted:ty),*) => {
        $(sequences!(@one $length $given => $wanted);)*
    };
    (@one [$($length:tt)*] $given:ty => $wanted:ty) => {
        #[diagnostic::do_not_recommend]
        impl<T: CacheKey, $($length)*> KeyArg<$wanted> for $given {
            fn write_key_arg(&self, key: &mut KeyWriter<'_>) {
                let items: &[T] = &self[..];
                items.write_key(key);
            }
        }
    };
}

sequences! {
    [] &[T] => Vec<T>;
    [const N: usize] &[T] => [T; N];
    [const N: usize] [T; N] => [T], Vec<T>, Box<[T]>, Rc<[T]>, Arc<[T]>;
    [const N: usize] &[T; N] => [T], Vec<T>, Box<[T]>, Rc<[T]>, Arc<[T]>;
    [] Vec<T> => [T], Box<[T]>, Rc<[T]>, Arc<[T]>;
    [const N: usize] Vec<T> => [T; N];
    [] &Vec<T> => [T], Box<[T]>, Rc<[T]>, Arc<[T]>;
    [const N: usize] &Vec<T> => [T; N];
    [] Box<[T]> => [T], Vec<T>, Rc<[T]>, Arc<[T]>;
    [const N: usize] Box<[T]> => [T; N];
    [] &Box<[T]> => Vec<T>, Rc<[T]>, Arc<[T]>;
    [const N: usize] &Box<[T]> => [T; N];
    [] Rc<[T]> => [T], Vec<T>, Box<[T]>, Arc<[T]>;
    [const N: usize] Rc<[T]> => [T; N];
    [] &Rc<[T]> => Vec<T>, Box<[T]>, Arc<[T]>;
    [const N: usize] &Rc<[T]> => [T; N];
    [] Arc<[T]> => [T], Vec<T>, Box<[T]>, Rc<[T]>;
    [const N: usize] Arc<[T]> => [T; N];
    [] &Arc<[T]> => Vec<T>, Box<[T]>, Rc<[T]>;
    [const N: usize] &Arc<[T]> => [T; N];
}
