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

fn is_key<T: CacheKey + ?Sized>(_: &T, _: &mut Option<KeyWriter<'_>>) {}

fn main() {
    let key = &mut None;
    is_key(&Unit, key);
    is_key(&Empty {}, key);
    let generic =
        Generic { key: &1, field0: ["x"], writer: (1, Some("x")), kind: PhantomData::<&str> };
    is_key(&generic, key);
    is_key(&Tuple(1, 2, Box::new([3])), key);
    is_key(&Sort::Range::<u8> { key: 1, r#type: 2 }, key);
}
