//! The kinds of values, and who serves them under each codec.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use two_tier_cache::codec::{Bincode, Json, MessagePack, Postcard};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, ttl, two_tier_cached};

use crate::{Shelves, cases, letters, run};

/// A float that is equal to itself, bit for bit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct Float(f64);

impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[tokio::test]
async fn an_absent_value_is_cached_under_every_codec() {
    assert_eq!(letters(None::<u8>).await, "MJPB");
    assert_eq!(letters(None::<Option<u8>>).await, "MJPB");
    assert_eq!(letters(None::<()>).await, "MJPB");
    assert_eq!(letters(None::<Unit>).await, "MJPB");
}

#[tokio::test]
async fn an_option_in_an_option_is_kept_from_codecs_with_one_null() {
    let shelves = Shelves::<Option<Option<u8>>>::new();
    assert_eq!(shelves.letters(&Some(None)).await, "--PB");
    assert_eq!(shelves.letters(&Some(Some(1))).await, "--PB");
    assert_eq!(shelves.letters(&None).await, "MJPB");
    assert_eq!(letters(vec![Some(Some(Some(1))), Some(None), None]).await, "--PB");
}

#[tokio::test]
async fn an_option_of_nothing_is_kept_from_codecs_with_one_null() {
    assert_eq!(letters(Some(())).await, "--PB");
    assert_eq!(letters(Some(Unit)).await, "--PB");
    assert_eq!(letters(HashMap::from([(1, Some(()))])).await, "--PB");
}

#[tokio::test]
async fn nothing_is_a_value() {
    assert_eq!(letters(()).await, "MJPB");
    assert_eq!(letters(Unit).await, "MJPB");
    assert_eq!(letters(vec![(), ()]).await, "MJPB");
    assert_eq!(letters((Unit, String::new(), Vec::<u8>::new())).await, "MJPB");
}

#[tokio::test]
async fn floats_that_json_has_not_go_to_the_default_codec() {
    for float in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(letters(Float(float)).await, "MMPB", "{float}");
        assert_eq!(letters(Some(Float(float))).await, "MMPB", "Some({float})");
        assert_eq!(letters(HashMap::from([(1, vec![Float(float)])])).await, "MMPB");
    }
    assert_eq!(letters(Some(Float(-0.0))).await, "MJPB");
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_float_comes_back_bit_for_bit(bits: u64, single: f32) {
        let float = Float(f64::from_bits(bits));
        let finite = float.0.is_finite() && single.is_finite();
        let expected = if finite { "MJPB" } else { "MMPB" };
        prop_assert_eq!(run(letters((float, Float(single.into())))), expected);
    }

    #[test]
    fn every_text_comes_back(text: String) {
        prop_assert_eq!(run(letters((text.clone(), Some(text)))), "MJPB");
    }

    #[test]
    fn integers_of_every_width_come_back(a: u128, b: i128, c: u64, d: i64) {
        prop_assert_eq!(run(letters((a, b, c, d))), "MJPB");
    }
}

#[tokio::test]
async fn the_ends_of_integers_come_back() {
    assert_eq!(letters((u128::MAX, i128::MIN, i128::MAX)).await, "MJPB");
    assert_eq!(letters((u64::MAX, i64::MIN, u8::MAX, i8::MIN)).await, "MJPB");
    assert_eq!(letters(('\0', char::MAX, true)).await, "MJPB");
}

#[tokio::test]
async fn maps_may_have_any_keys() {
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    struct Point {
        x: u8,
        y: u8,
    }
    assert_eq!(letters(BTreeMap::from([(-1, "a".to_owned()), (2, String::new())])).await, "MJPB");
    assert_eq!(letters(BTreeMap::from([(u128::MAX, 1), (0, 2)])).await, "MJPB");
    assert_eq!(letters(BTreeMap::from([(true, 1)])).await, "MJPB");
    assert_eq!(letters(BTreeMap::from([('a', 1)])).await, "MJPB");
    // JSON has no such keys.
    assert_eq!(letters(BTreeMap::from([((1, 2), 3)])).await, "MMPB");
    assert_eq!(letters(BTreeMap::from([(vec![1_u8], 3)])).await, "MMPB");
    assert_eq!(letters(BTreeMap::from([(Point { x: 1, y: 2 }, 3)])).await, "MMPB");
}

#[tokio::test]
async fn hash_maps_and_sets_are_equal_in_any_order() {
    // Each clone and each decoded value has an order of its own.
    let map: HashMap<u32, HashSet<String>> =
        (0..50).map(|n| (n, (0..n % 5).map(|m| m.to_string()).collect())).collect();
    assert_eq!(letters(map.clone()).await, "MJPB");
    assert_eq!(letters((map.into_keys().collect::<HashSet<u32>>(), 1)).await, "MJPB");
}

/// The four kinds of variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kinds {
    Unit,
    Newtype(Option<u8>),
    Tuple(u8, String),
    Struct { a: u8, b: Option<Box<Self>> },
}

fn kinds() -> Vec<Kinds> {
    vec![
        Kinds::Unit,
        Kinds::Newtype(None),
        Kinds::Newtype(Some(1)),
        Kinds::Tuple(2, "Unit".into()),
        Kinds::Struct { a: 3, b: Some(Box::new(Kinds::Newtype(None))) },
    ]
}

#[tokio::test]
async fn every_kind_of_variant_comes_back() {
    let shelves = Shelves::new();
    for kind in kinds() {
        assert_eq!(shelves.letters(&kind).await, "MJPB", "{kind:?}");
        assert_eq!(letters(Some(kind)).await, "MJPB");
    }
    assert_eq!(letters(kinds()).await, "MJPB");
}

#[tokio::test]
async fn tagged_and_untagged_enums_go_to_the_codec_with_names() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Inside {
        A { x: u8 },
        B,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", content = "of")]
    enum Beside {
        A(u8),
        B { x: Option<u8> },
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
        Many(Vec<Self>),
    }
    assert_eq!(letters(vec![Inside::A { x: 1 }, Inside::B]).await, "MJMM");
    let many = Untagged::Many(vec![Untagged::Number(-1), Untagged::Text("1".into())]);
    assert_eq!(letters(many).await, "MJMM");
    assert_eq!(letters(Untagged::Number(5)).await, "MJMM");
    assert_eq!(letters(vec![Beside::A(1), Beside::B { x: None }]).await, "MJMM");
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_value_that_reads_back_as_another_variant_is_never_served() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Ambiguous {
        Small(u8),
        Large(u64),
        None(Option<u8>),
        Unit(()),
    }
    let shelves = Shelves::new();
    assert_eq!(shelves.letters(&Ambiguous::Small(5)).await, "MJMM");
    assert_eq!(shelves.letters(&Ambiguous::Large(300)).await, "MJMM");
    assert_eq!(shelves.letters(&Ambiguous::Large(5)).await, "----");
    assert_eq!(shelves.letters(&Ambiguous::Unit(())).await, "----");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tree<T> {
    value: T,
    children: Vec<Self>,
}

#[tokio::test]
async fn nested_generics_come_back() {
    let leaf = |value| Tree { value, children: vec![] };
    let tree = Tree { value: Some(kinds()), children: vec![leaf(None), leaf(Some(vec![]))] };
    assert_eq!(letters(tree).await, "MJPB");
}

#[tokio::test]
async fn a_value_that_nests_too_deeply_is_returned_and_not_cached() {
    let deeper = |kind| Kinds::Struct { a: 0, b: Some(Box::new(kind)) };
    let deep = |levels| (0..levels).fold(Kinds::Unit, |kind, _| deeper(kind));
    let shelves = Shelves::new();
    assert_eq!(shelves.letters(&deep(40)).await, "MJPB");
    for levels in 50..80 {
        // Wherever the limits of the codecs are: right, or loaded again.
        shelves.letters(&deep(levels)).await;
    }
    assert_eq!(shelves.letters(&deep(200)).await, "----");
}

macro_rules! shared_through {
    ($($test:ident: $load:ident, $prefix:literal, $codec:expr;)*) => {$(
        #[two_tier_cached(
            prefix = $prefix, ttl = ttl::DEFAULT, codec = $codec, version = 1, skip(loads)
        )]
        async fn $load(loads: &AtomicU32, id: u8) -> Result<Arc<Vec<Kinds>>, Infallible> {
            loads.fetch_add(1, Ordering::SeqCst);
            Ok(Arc::new(vec![Kinds::Newtype(Some(id)), Kinds::Unit]))
        }

        #[tokio::test]
        async fn $test() {
            let loads = AtomicU32::new(0);
            let caches = CacheManager::builder().backend(EncodedBackend::new()).build().unwrap();
            let call = || async { caches.scope($load(&loads, 1)).await.unwrap() };
            let first = call().await;
            assert_eq!(call().await, first);
            assert_eq!(*first, [Kinds::Newtype(Some(1)), Kinds::Unit]);
            assert_eq!(loads.load(Ordering::SeqCst), 1);
        }
    )*};
}

shared_through! {
    a_shared_value_comes_back_through_message_pack: load_m, "shared.m", MessagePack;
    a_shared_value_comes_back_through_json: load_j, "shared.j", Json;
    a_shared_value_comes_back_through_postcard: load_p, "shared.p", Postcard;
    a_shared_value_comes_back_through_bincode: load_b, "shared.b", Bincode;
}
