//! [`CacheKey`] for the types of the standard library.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::{CacheKey, KeyWriter};

// The width of an integer is not part of its key: `5_u8` and `5_i64` are the same part.
macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl CacheKey for $integer {
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                key.integer(*self);
            }
        }
        impl CacheKey for NonZero<$integer> {
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                key.integer(self.get());
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! displayed {
    ($($type:ty)*) => {$(
        impl CacheKey for $type {
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                key.display(self);
            }
        }
    )*};
}

displayed!(bool char IpAddr Ipv4Addr Ipv6Addr);

impl CacheKey for str {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.part(self);
    }
}

impl CacheKey for String {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.part(self);
    }
}

impl CacheKey for Duration {
    /// Whole seconds, and the nanoseconds where there are any.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        match self.subsec_nanos() {
            0 => key.plain(self.as_secs()),
            nanos => key.plain(format_args!("{}.{nanos:09}", self.as_secs())),
        }
    }
}

macro_rules! forwarded {
    ($($type:ty)*) => {$(
        impl<T: CacheKey + ?Sized> CacheKey for $type {
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                T::write_key(self, key);
            }
        }
    )*};
}

forwarded!(&T &mut T Box<T> Rc<T> Arc<T>);

impl<T: CacheKey + ToOwned + ?Sized> CacheKey for Cow<'_, T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        T::write_key(self, key);
    }
}

impl<T: CacheKey> CacheKey for Option<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        match self {
            None => key.none(),
            Some(value) => key.some(|key| value.write_key(key)),
        }
    }
}

impl<T: ?Sized> CacheKey for PhantomData<T> {
    fn write_key(&self, _: &mut KeyWriter<'_>) {}
}

// Sequences write their length first, so that the end of one and the start of the next part of the
// key cannot be confused.
impl<T: CacheKey> CacheKey for [T] {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(self.len());
        for item in self {
            item.write_key(key);
        }
    }
}

impl<T: CacheKey, const N: usize> CacheKey for [T; N] {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        self.as_slice().write_key(key);
    }
}

impl<T: CacheKey> CacheKey for Vec<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        self.as_slice().write_key(key);
    }
}

impl<T: CacheKey> CacheKey for BTreeSet<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(self.len());
        for item in self {
            item.write_key(key);
        }
    }
}

impl<K: CacheKey, V: CacheKey> CacheKey for BTreeMap<K, V> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.plain(self.len());
        for (name, value) in self {
            name.write_key(key);
            value.write_key(key);
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: CacheKey),*> CacheKey for ($($name,)*) {
            #[allow(non_snake_case, reason = "the type parameters name the fields")]
            fn write_key(&self, _key: &mut KeyWriter<'_>) {
                let ($($name,)*) = self;
                $($name.write_key(_key);)*
            }
        }
    )*};
}

tuples! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
    (A B C D E F G H I) (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
