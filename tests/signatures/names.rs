//! Names: those that the user gave another meaning, and those that the expansion has too.

use two_tier_cache::two_tier_cached;

use super::{Db, TTL, User, check, row};

/// Everything of the prelude that the expansion could lean on, as something else.
mod shadowed {
    use crate::{TTL, row};

    pub(super) struct Result<T>(pub(super) T);
    enum Maybe<T> {
        Some(T),
        None,
    }
    use Maybe::{None, Some};
    struct Option;
    struct Clone;
    struct Send;
    struct Sync;
    struct Fn;
    struct Box;
    struct Duration;
    struct Future;

    #[allow(dead_code, reason = "it is in the way")]
    fn drop(_: (Option, Clone, Send, Sync, Fn, Box, Duration, Future)) {}

    impl<T: serde::Serialize> serde::Serialize for Result<T> {
        fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
            self.0.serialize(to)
        }
    }

    impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Result<T> {
        fn deserialize<D: serde::Deserializer<'de>>(
            from: D,
        ) -> std::result::Result<Self, D::Error> {
            T::deserialize(from).map(Self)
        }
    }

    impl<T: std::clone::Clone> std::clone::Clone for Result<T> {
        fn clone(&self) -> Self {
            Self(self.0.clone())
        }
    }

    /// It is a plain value, whatever it is called.
    #[two_tier_cache::two_tier_cached(prefix = "names.shadowed", ttl = TTL)]
    pub(super) async fn load(id: u64) -> Result<u32> {
        match if id == 0 { None } else { Some(id) } {
            Some(_) => Result(row().await),
            None => Result(0),
        }
    }
}

#[tokio::test]
async fn of_the_prelude() {
    check([1, 2], async |id| shadowed::load(id).await.0, shadowed::invalidate_load).await;
}

/// Modules, types, functions and macros named like what the expansion reaches for by path.
mod in_the_way {
    #![allow(dead_code, reason = "they are in the way")]

    use crate::{Db, Error, TTL, User};

    mod core {}
    mod std {}
    mod alloc {}
    mod two_tier_cache {}
    mod __private {}

    type Invalidate = ();
    struct Attempt;
    struct Probe;
    struct Function;
    struct KeyArg;
    struct MessagePack;

    fn current() {}
    fn attempt() {}
    fn part() {}
    fn arg() {}
    fn invalidate() {}
    fn never() {}

    #[::two_tier_cache::two_tier_cached(prefix = "names.in_the_way", ttl = TTL, skip(db))]
    pub(super) async fn load(db: &Db, id: u64) -> Result<User, Error> {
        Ok(User { id, row: db.row().await })
    }
}

#[tokio::test]
async fn of_crates_and_types() {
    let call = async |id| in_the_way::load(&Db, id).await.unwrap().row;
    check([1, 2], call, in_the_way::invalidate_load).await;
}

/// Nothing at all is in scope.
mod without_prelude {
    #![no_implicit_prelude]

    use crate::{Db, Error, TTL, User};

    #[::two_tier_cache::two_tier_cached(prefix = "names.no_prelude", ttl = TTL, skip(db), jitter = 0.1)]
    pub(crate) async fn load(
        db: &Db,
        id: u64,
        names: &[&str],
    ) -> ::std::result::Result<::std::option::Option<User>, Error> {
        if names.is_empty() {
            return ::std::result::Result::Err(Error);
        }
        let row = db.row().await;
        ::std::result::Result::Ok(::std::option::Option::Some(User { id, row }))
    }

    #[derive(::two_tier_cache::CacheKey)]
    pub(crate) enum Key<'a, T> {
        One { id: u64, of: ::std::option::Option<T> },
        Many(&'a [u64]),
    }

    #[::two_tier_cache::two_tier_cached(prefix = "names.no_prelude_key", ttl = TTL, key(key))]
    pub(crate) async fn by_key(db: &Db, key: &Key<'_, u8>) -> u32 {
        db.row().await
    }
}

#[tokio::test]
async fn without_a_prelude() {
    let call = async |id| without_prelude::load(&Db, id, &["a"]).await.unwrap().unwrap().row;
    check([1, 2], call, |id| without_prelude::invalidate_load(id, ["a"])).await;
    let key = |of| without_prelude::Key::One { id: 1, of };
    let call = async |of| without_prelude::by_key(&Db, &key(of)).await;
    check([Some(1), None], call, |of| without_prelude::invalidate_by_key(&key(of))).await;
    let many = || without_prelude::Key::Many(&[1]);
    assert_ne!(row().await, without_prelude::by_key(&Db, &many()).await);
}

/// Locals and arguments with the names of the expansion's own.
#[two_tier_cached(prefix = "names.arguments", ttl = TTL, skip(caches, miss))]
async fn by_own_names(key: &str, value: u64, caches: &Db, miss: u32, output: &str) -> Option<User> {
    let codec = value;
    let shape = key.len() + output.len();
    let row = caches.row().await;
    (shape != 0).then_some(User { id: codec + u64::from(miss), row })
}

#[tokio::test]
async fn of_arguments_and_locals() {
    let call = async |key| by_own_names(key, 1, &Db, 0, "x").await.unwrap().row;
    check(["a", "b"], call, |key| invalidate_by_own_names(key, 1, "x")).await;
}

#[two_tier_cached(prefix = "names.fields", ttl = TTL, key(db.key, caches.0))]
async fn by_own_fields(db: Fields, caches: (u64, u64)) -> Result<u32, u64> {
    if caches.1 == 0 { Err(db.key) } else { Ok(row().await) }
}

#[derive(Clone, Copy)]
struct Fields {
    key: u64,
}

#[tokio::test]
async fn of_fields() {
    let call = async |key| by_own_fields(Fields { key }, (1, 2)).await.unwrap();
    check([1, 2], call, |key| invalidate_by_own_fields(Fields { key }, (1, 0))).await;
}

/// A function that has the name of its own module and of a type.
#[allow(non_snake_case, reason = "it is what is tested")]
#[two_tier_cached(prefix = "names.type", ttl = TTL)]
async fn names(User: u64) -> Option<User> {
    Some(User { id: User, row: row().await })
}

#[tokio::test]
async fn of_the_module_and_of_a_type() {
    check([1, 2], async |id| names(id).await.unwrap().row, invalidate_names).await;
}
