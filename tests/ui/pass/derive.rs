#![deny(missing_docs, unused_qualifications, warnings)]
#![forbid(unsafe_code)]
#![allow(dead_code)]

//! `derive(CacheKey)` on every kind of type.

use std::marker::PhantomData;

use two_tier_cache::{CacheKey, KeyWriter};

/// Has no fields.
#[derive(CacheKey)]
pub struct Unit;

/// Has none either.
#[derive(CacheKey)]
pub struct Empty {}

/// Has no value.
#[derive(CacheKey)]
pub enum Never {}

/// Is generic in every way.
#[derive(CacheKey)]
pub struct Generic<'a, T, U: Clone, const N: usize>
where
    T: Ord + 'a,
{
    key: &'a T,
    field0: [U; N],
    writer: (u8, Option<&'a str>),
    kind: PhantomData<U>,
}

/// Has names that the expansion could use.
#[derive(CacheKey)]
pub struct Tuple<T>(T, pub u8, Box<[T]>);

/// Has variants of every kind.
#[derive(CacheKey)]
pub enum Sort<'a, T> {
    /// Alone.
    Newest,
    /// With a value.
    By(&'a str, T),
    /// With names.
    Range {
        /// From.
        key: u64,
        /// To.
        r#type: u64,
    },
}

/// May be unsized.
#[derive(CacheKey)]
pub struct Text(str);

/// What a marker or an identifier of something that is no key is made of.
pub struct NoKey;

/// An identifier is a key whatever it identifies.
#[derive(CacheKey)]
pub struct Id<T: ?Sized> {
    number: u64,
    of: PhantomData<T>,
}

/// Needs no bound on what it only marks, identifies or skips.
#[derive(CacheKey)]
pub struct Unbounded<'a, T, U, V>(Id<T>, PhantomData<U>, #[cache_key(skip)] Option<&'a V>);

/// Has identifiers of its own.
pub trait Entity {
    /// Its identifier.
    type Id;
}

impl Entity for NoKey {
    type Id = u64;
}

/// Needs what belongs to a parameter to be a key, not the parameter.
#[derive(CacheKey)]
pub struct Projected<T: Entity>
where
    T::Id: Copy,
{
    id: T::Id,
    others: Vec<<T as Entity>::Id>,
}

/// Holds itself, under its name and as `Self`.
#[derive(CacheKey)]
pub struct Node<T: Entity> {
    id: T::Id,
    next: Option<Box<(T::Id, Node<T>)>>,
    all: Vec<Self>,
}

/// Holds itself beside a parameter that occurs nowhere else.
#[derive(CacheKey)]
pub enum List<T> {
    /// The end.
    End,
    /// One more.
    More(Box<(T, List<T>)>),
}

/// Has a private type in its bounds.
#[derive(CacheKey)]
pub struct Public<T>(Private<T>);

#[derive(CacheKey)]
struct Private<T>(T);

/// Ends in something without a size.
#[derive(CacheKey)]
pub struct Unsized<T: ?Sized> {
    tenant: u64,
    rest: T,
}

/// Writes digests.
#[derive(CacheKey)]
pub struct Hashed<'a, T> {
    #[cache_key(hash)]
    text: &'a str,
    #[cache_key(hash)]
    list: Vec<T>,
    #[cache_key(skip)]
    position: f64,
}

/// Is written as one digest.
#[derive(CacheKey)]
#[cache_key(hash, crate = ::two_tier_cache)]
pub enum HashedWhole<T> {
    /// Alone.
    Newest,
    /// With a value.
    By {
        /// The value.
        key: T,
        /// Left out.
        #[cache_key(skip)]
        r#move: f64,
    },
    /// With nothing that is written.
    Near(#[cache_key(skip)] f64),
}

mod renamed {
    pub(crate) use ::two_tier_cache as caching;
}

mod elsewhere {
    #[derive(two_tier_cache::CacheKey)]
    #[cache_key(crate = crate::renamed::caching)]
    pub(crate) struct r#Fn {
        r#type: u64,
    }
}

macro_rules! with_names_of_ours {
    ($ty:ty, $name:ident) => {
        #[derive(CacheKey)]
        struct FromMacro {
            $name: $ty,
            #[cache_key(skip)]
            field1: f64,
        }
    };
}

with_names_of_ours!(Option<u64>, key);

#[allow(non_upper_case_globals, reason = "a constant must not become a pattern in the expansion")]
const key: u64 = 1;

fn is_key<T: CacheKey + ?Sized>(_: &T, _: &mut Option<KeyWriter<'_>>) {}

fn is_key_type<T: CacheKey + ?Sized>() {}

fn main() {
    let none = &mut None;
    is_key(&Unit, none);
    is_key(&Empty {}, none);
    let generic =
        Generic { key: &1, field0: ["x"], writer: (1, Some("x")), kind: PhantomData::<&str> };
    is_key(&generic, none);
    is_key(&Tuple(1, 2, Box::new([3])), none);
    is_key(&Sort::Range::<u8> { key: 1, r#type: 2 }, none);
    is_key_type::<Text>();
    is_key_type::<Id<dyn Entity<Id = NoKey>>>();
    is_key_type::<Unbounded<'_, NoKey, NoKey, NoKey>>();
    is_key_type::<Projected<NoKey>>();
    is_key_type::<Node<NoKey>>();
    is_key_type::<List<u8>>();
    is_key_type::<Public<u8>>();
    is_key_type::<Unsized<str>>();
    is_key_type::<Unsized<[u8]>>();
    is_key_type::<Hashed<'_, u8>>();
    is_key_type::<HashedWhole<u8>>();
    is_key_type::<elsewhere::r#Fn>();
    is_key_type::<FromMacro>();
    let _ = key;
}
