//! `derive(CacheKey)`: what its options write, and that it stays injective.

use std::marker::PhantomData;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use two_tier_cache::{CacheKey, KeyWriter};

use crate::injective::{assert_an_entry_each, short};
use crate::text::text_of;
use crate::{cases, entries, run, tricky_text};

/// `user:` and the digest that the first 16 bytes of SHA-256 of these parts make.
const DIGEST_OF_ADA: &str = "user:%~2f8c346d89f9b0b295c56c3b73b06116";

#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
struct Search<T> {
    tenant: u32,
    #[cache_key(hash)]
    text: T,
    page: Option<u8>,
}

#[derive(CacheKey)]
struct Traced {
    id: u64,
    #[cache_key(skip)]
    _latitude: f64,
    name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
#[cache_key(hash)]
struct Token(String, Option<String>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, CacheKey)]
enum Login {
    Anonymous,
    Hidden(#[cache_key(hash)] String),
    Shown(String),
    Both(#[cache_key(hash)] Vec<String>, String),
}

#[derive(CacheKey)]
#[allow(dead_code, reason = "what is skipped is read by nobody here")]
enum Place {
    Here(#[cache_key(skip)] f64),
    There {
        #[cache_key(skip)]
        latitude: f64,
        id: u8,
    },
}

#[derive(CacheKey)]
struct Id<T>(u64, PhantomData<T>);

/// No key.
struct Entity;

#[test]
fn a_skipped_field_is_not_in_the_key() {
    let key = |latitude| text_of(&Traced { id: 7, _latitude: latitude, name: "x" });
    assert_eq!(key(1.0), "user:7:x");
    assert_eq!(key(2.0), "user:7:x");
}

#[test]
fn a_variant_with_skipped_fields_is_told_apart_by_its_name() {
    assert_eq!(text_of(&Place::Here(1.0)), "user:Here");
    assert_eq!(text_of(&Place::There { latitude: 1.0, id: 7 }), "user:There:7");
}

#[test]
fn a_hashed_field_is_the_digest_of_its_parts() {
    let hashed = |text: &str| {
        let key = text_of(&Login::Hidden(text.to_owned()));
        key.replace("user:Hidden:", "user:")
    };
    assert_eq!(hashed("ada"), DIGEST_OF_ADA);
    assert_eq!(hashed(&"x".repeat(10_000)).len(), DIGEST_OF_ADA.len());
    let search = |text: &'static str| text_of(&Search { tenant: 7, text, page: Some(2) });
    assert_eq!(search("ada"), format!("{}:2", DIGEST_OF_ADA.replace("user:", "user:7:")));
    assert_eq!(text_of(&Token("ada".into(), None)).len(), DIGEST_OF_ADA.len());
}

#[test]
fn a_writer_by_hand_makes_the_same_digests() {
    struct ByHand;
    impl CacheKey for ByHand {
        fn write_key(&self, key: &mut KeyWriter<'_>) {
            7.write_key(key);
            key.hashed(|key| "ada".write_key(key));
            2.write_key(key);
        }
    }
    assert_eq!(text_of(&ByHand), text_of(&Search { tenant: 7, text: "ada", page: Some(2) }));
}

#[test]
fn what_was_hashed_is_not_left_in_the_key() {
    let key = text_of(&Token("ada:secret".into(), Some("secret".into())));
    assert!(!key.contains("secret") && !key.contains("ada"), "{key}");
}

#[test]
fn a_parameter_that_is_only_a_marker_need_not_be_a_key() {
    assert_eq!(text_of(&Id::<Entity>(7, PhantomData)), "user:7");
}

#[test]
fn a_text_that_looks_like_a_digest_has_an_entry_of_its_own() {
    let mark = DIGEST_OF_ADA.strip_prefix("user:").unwrap();
    let texts = ["ada", mark, &mark.replace('%', "%25")].map(String::from);
    let logins = texts.iter().flat_map(|text| {
        [Login::Hidden(text.clone()), Login::Shown(text.clone()), Login::Both(vec![], text.clone())]
    });
    assert_an_entry_each(logins);
    run(async {
        let (_, entries) = entries();
        assert!(entries.set(&Search { tenant: 7, text: "ada", page: None }, &0).await);
        assert!(!entries.exists(&(7, mark, None::<u8>)).await);
    });
}

fn login() -> impl Strategy<Value = Login> {
    prop_oneof![
        Just(Login::Anonymous),
        short().prop_map(Login::Hidden),
        short().prop_map(Login::Shown),
        (vec(short(), 0..3), short()).prop_map(|(list, text)| Login::Both(list, text)),
    ]
}

/// Around the length at which keys are cut, so that digests are cut in every place.
fn page() -> impl Strategy<Value = Search<(String, Option<String>)>> {
    let text = (tricky_text(3), 0..600_usize).prop_map(|(text, more)| text + &"x".repeat(more));
    (0..3_u32, text, of(short()), of(0..3_u8)).prop_map(|(tenant, text, more, page)| Search {
        tenant,
        text: (text, more),
        page,
    })
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn enums_with_hashed_fields_do_not_collide(values in vec((login(), of(login())), 2..150)) {
        assert_an_entry_each(values);
    }

    #[test]
    fn structs_with_hashed_fields_do_not_collide(values in vec(page(), 2..100)) {
        assert_an_entry_each(values);
    }

    #[test]
    fn hashed_types_do_not_collide(
        values in vec((of((short(), of(short()))), 470..520_usize), 2..100)
    ) {
        assert_an_entry_each(values.into_iter().map(|(token, length)| {
            ("x".repeat(length), token.map(|(a, b)| Token(a, b)))
        }));
    }
}
