//! Unequal values of one type never share an entry; equal ones always do.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use two_tier_cache::CacheKey;

use crate::{cases, entries, run, tricky_text};

/// Stores its own number under every value, then reads all of them: where two values shared an
/// entry, one would find the number of the other.
pub(crate) fn assert_an_entry_each<K>(values: impl IntoIterator<Item = K>)
where
    K: CacheKey + Clone + Debug + Eq + Hash,
{
    let distinct: Vec<K> = values.into_iter().collect::<HashSet<K>>().into_iter().collect();
    run(async {
        let (_, entries) = entries();
        for (number, value) in distinct.iter().enumerate() {
            assert!(entries.set(value, &number).await);
        }
        for (number, value) in distinct.iter().cloned().enumerate() {
            match entries.get(&value, async || Err("nothing there")).await {
                Ok(found) if found == number => {}
                Ok(found) => panic!("{value:?} and {:?} share an entry", distinct[found]),
                Err(problem) => panic!("{value:?}: {problem}"),
            }
        }
    });
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
struct Page<'a, T> {
    tenant: Option<T>,
    name: Cow<'a, str>,
    filters: Vec<T>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
struct Newtype(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
enum Sort {
    Newest,
    By(String),
    Both(Newtype, Option<Box<Self>>),
    Named {
        field: String,
        then: Vec<Self>,
    },
    #[allow(non_camel_case_types, reason = "a raw identifier is part of the key without its `r#`")]
    r#type(Option<String>),
}

pub(crate) fn short() -> impl Strategy<Value = String> + Clone {
    // Shared, because a strategy over a union cannot be cloned.
    Rc::new(tricky_text(3))
}

fn sort() -> impl Strategy<Value = Sort> {
    let leaf = prop_oneof![
        Just(Sort::Newest),
        short().prop_map(Sort::By),
        of(short()).prop_map(Sort::r#type),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (short(), of(inner.clone())).prop_map(|(a, b)| Sort::Both(Newtype(a), b.map(Box::new))),
            (short(), vec(inner, 0..3)).prop_map(|(field, then)| Sort::Named { field, then }),
        ]
    })
}

fn page() -> impl Strategy<Value = Page<'static, String>> {
    (of(short()), short(), vec(short(), 0..3)).prop_map(|(tenant, name, filters)| Page {
        tenant,
        name: name.into(),
        filters,
    })
}

macro_rules! injective {
    ($($kind:ident: $value:expr;)*) => {
        proptest! {
            #![proptest_config(cases(32))]
            $(
                #[test]
                fn $kind(values in vec($value, 2..150)) {
                    assert_an_entry_each(values);
                }
            )*
        }
    };
}

injective! {
    texts_do_not_collide: short();
    any_texts_do_not_collide: any::<String>();
    chars_and_bools_do_not_collide: (any::<char>(), any::<bool>());
    integers_do_not_collide: (any::<i128>(), any::<u8>(), any::<i8>());
    tuples_do_not_collide: (short(), short());
    nested_tuples_do_not_collide:
        ((short(), Just(()), short()), (short(), (any::<bool>(), short())));
    options_do_not_collide: (of(short()), of(short()));
    nested_options_do_not_collide: of(of(of(short())));
    options_of_tuples_do_not_collide: (of((of(short()), short())), of(of((short(), short()))));
    options_of_nothing_do_not_collide:
        (of(of(Just(()))), of(Just(PhantomData::<u8>)), of(of(Just(((), ())))));
    options_of_sequences_do_not_collide: (of(of(vec(of(short()), 0..3))), of(short()));
    sequences_do_not_collide: (vec(short(), 0..4), vec(short(), 0..4));
    nested_sequences_do_not_collide: vec(vec(of(short()), 0..3), 0..3);
    sequences_of_nothing_do_not_collide: (vec(Just(()), 0..5), vec(of(Just(())), 0..3));
    arrays_do_not_collide: ([of(short()), of(short())], [any::<bool>(), any::<bool>()]);
    sets_do_not_collide: (btree_set(short(), 0..4), btree_set(short(), 0..4));
    maps_do_not_collide: (btree_map(short(), short(), 0..3), btree_map(short(), short(), 0..3));
    structs_do_not_collide: page();
    enums_do_not_collide: sort();
    options_of_enums_do_not_collide: (of(sort()), of(of(page())));
    addresses_and_times_do_not_collide: (any::<IpAddr>(), time());
    long_texts_do_not_collide: (long_text(), short());
}

fn time() -> impl Strategy<Value = Duration> {
    (0..3_u64, 0..3_u32).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

/// Around the length at which keys are cut.
fn long_text() -> impl Strategy<Value = String> {
    let texts = (short(), 490..520_usize, short());
    texts.prop_map(|(head, length, end)| head + &"x".repeat(length) + &end)
}

#[test]
fn every_pair_of_short_texts_and_options_has_its_own_entry() {
    let chars = [":", "%", "-", "+", "a"];
    let mut texts: Vec<String> = vec![String::new()];
    texts.extend(chars.map(String::from));
    texts.extend(chars.iter().flat_map(|a| chars.map(|b| format!("{a}{b}"))));
    let options: Vec<Option<Option<String>>> =
        texts.into_iter().map(|text| Some(Some(text))).chain([Some(None), None]).collect();
    let pairs = options.iter().flat_map(|a| options.iter().map(move |b| (a.clone(), b.clone())));
    assert_an_entry_each(pairs);
}

#[test]
fn the_ends_of_integers_have_entries_of_their_own() {
    assert_an_entry_each([i128::MIN, i64::MIN.into(), -1, 0, 1, u64::MAX.into(), i128::MAX]);
    assert_an_entry_each([u128::MAX, u128::MAX - 1, u64::MAX.into(), 0]);
}

#[test]
fn two_long_texts_that_begin_alike_have_entries_of_their_own() {
    let long = "x".repeat(10_000);
    let texts = ["", "a", "b", ":", "%3A"].map(|end| format!("{long}{end}"));
    assert_an_entry_each(texts.clone());
    assert_an_entry_each(texts.map(|text| (text, 1_u8)));
    // What tells these apart is behind the part that is kept, or in front of it.
    let middle = |char| format!("{}{char}{long}", "x".repeat(5_000));
    assert_an_entry_each([middle('x'), middle('y'), format!("y{long}x"), format!("x{long}y")]);
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn the_width_of_an_integer_is_not_part_of_its_key(small: i8, number: u64) {
        run(async {
            let (_, entries) = entries();
            assert!(entries.set(&small, &0).await);
            assert!(entries.exists(&i16::from(small)).await);
            assert!(entries.exists(&i32::from(small)).await);
            assert!(entries.exists(&i64::from(small)).await);
            assert!(entries.exists(&i128::from(small)).await);
            assert!(!entries.exists(&(i16::from(small) + 1)).await);
            assert!(entries.set(&number, &0).await);
            assert!(entries.exists(&u128::from(number)).await);
            assert!(entries.exists(&i128::from(number)).await);
            if let Some(number) = NonZero::new(number) {
                assert!(entries.exists(&number).await);
            }
        });
    }

    #[test]
    fn who_owns_a_value_is_not_part_of_its_key(text in tricky_text(4), list: Vec<u8>) {
        run(async {
            let (_, entries) = entries();
            assert!(entries.set(text.as_str(), &0).await);
            assert!(entries.exists(&text).await);
            assert!(entries.exists(&&&text).await);
            assert!(entries.exists(&Cow::Borrowed(text.as_str())).await);
            assert!(entries.exists(&Box::new(text.clone())).await);
            assert!(entries.exists(&Arc::<str>::from(text.as_str())).await);
            assert!(entries.exists(&Rc::new(text.clone())).await);
            assert!(entries.exists(&Newtype(text)).await);
            assert!(entries.set(&list, &0).await);
            assert!(entries.exists(list.as_slice()).await);
        });
    }

    #[test]
    fn a_set_has_one_key_however_it_was_filled(values: Vec<u8>) {
        run(async {
            let (_, entries) = entries();
            let forward: BTreeSet<u8> = values.iter().copied().collect();
            let backward: BTreeSet<u8> = values.iter().rev().copied().collect();
            assert!(entries.set(&forward, &0).await);
            assert!(entries.exists(&backward).await);
            let map: BTreeMap<u8, u8> = values.iter().map(|&value| (value, value)).collect();
            assert!(entries.set(&map, &0).await);
            let map: BTreeMap<u8, u8> = values.iter().rev().map(|&value| (value, value)).collect();
            assert!(entries.exists(&map).await);
        });
    }
}
