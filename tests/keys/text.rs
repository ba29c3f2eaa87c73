//! The text of keys, as it is documented and as a server shows it.

use std::time::Duration;

use proptest::prelude::*;
use tracing::Level;
use two_tier_cache::{CacheKey, MAX_KEY_BYTES};

use crate::support::events::Events;
use crate::{cases, entries, on, run, tricky_text};

/// The text of a key under the prefix `user`. An entry is really there under it.
pub(crate) fn text_of<K: CacheKey + ?Sized>(key: &K) -> String {
    let (server, entries) = entries();
    let events = Events::catch();
    drop(entries.invalidate(key));
    let told = events.at(Level::DEBUG).pop().expect("an event with the key");
    let text = told.strip_prefix("message=INVALIDATE key=").and_then(|text| text.strip_suffix(' '));
    let text = text.expect("the key as it is").to_owned();
    assert!(run(entries.set(key, &0)));
    assert!(server.bytes(&text).is_some(), "nothing under {text:?}");
    text
}

#[derive(CacheKey)]
struct Page {
    tenant: u64,
    number: u32,
}

#[derive(CacheKey)]
enum Sort {
    Newest,
    By { field: &'static str, up: bool },
}

#[test]
fn a_key_is_the_prefix_and_its_parts() {
    assert_eq!(text_of(&()), "user:");
    assert_eq!(text_of(&42), "user:42");
    assert_eq!(text_of(&(42, "de")), "user:42:de");
    assert_eq!(text_of(&(-1, true, 'x')), "user:-1:true:x");
    assert_eq!(text_of("ada@x.org"), "user:ada@x.org");
    assert_eq!(text_of(&Page { tenant: 7, number: 2 }), "user:7:2");
    assert_eq!(text_of(&Sort::Newest), "user:Newest");
    assert_eq!(text_of(&Sort::By { field: "name", up: false }), "user:By:name:false");
    assert_eq!(text_of(&Duration::from_secs(5)), "user:5");
    assert_eq!(text_of(&Duration::from_millis(5_250)), "user:5.250000000");
}

#[test]
fn a_sequence_is_its_length_and_its_items() {
    assert_eq!(text_of(&[1, 2]), "user:2:1:2");
    assert_eq!(text_of(&(Vec::<u8>::new(), 3)), "user:0:3");
}

#[test]
fn an_absent_option_is_marked_and_a_present_one_is_its_value() {
    assert_eq!(text_of(&None::<u8>), "user:%-");
    assert_eq!(text_of(&Some(1)), "user:1");
    assert_eq!(text_of(&Some(None::<u8>)), "user:%+%-");
    assert_eq!(text_of(&Some(Some(1))), "user:1");
    assert_eq!(text_of(&Some("%-")), "user:%25-");
    assert_eq!(text_of(&Some(())), "user:%+");
}

#[test]
fn only_colons_percents_and_controls_are_escaped() {
    assert_eq!(text_of("a:b"), "user:a%3Ab");
    assert_eq!(text_of("50%"), "user:50%25");
    assert_eq!(text_of("a\nb\0"), "user:a%0Ab%00");
    assert_eq!(text_of("\u{85}"), "user:%C2%85");
    assert_eq!(text_of("é*?[x] \\🦀/"), "user:é*?[x] \\🦀/");
    let mapped = "::ffff:1.2.3.4".parse::<std::net::IpAddr>().unwrap();
    assert_eq!(text_of(&mapped), "user:%3A%3Affff%3A1.2.3.4");
}

#[tokio::test]
async fn a_namespace_leads_every_key() {
    let (server, _) = entries();
    let shop = on(&server).namespace("shop").build().unwrap().cache("user").build();
    assert!(shop.set(&(42, "de"), &0).await);
    assert!(server.bytes("shop:user:42:de").is_some());
}

#[test]
fn a_key_is_whole_up_to_the_limit_and_cut_to_a_digest_beyond() {
    let room = MAX_KEY_BYTES - "user:".len();
    let longest = "x".repeat(room);
    assert_eq!(text_of(&longest), format!("user:{longest}"));
    let cut = text_of(&"x".repeat(room + 1));
    let (kept, digest) = cut.split_once("%#").unwrap();
    assert!(format!("user:{longest}").starts_with(kept));
    assert!(digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(cut.len(), MAX_KEY_BYTES);
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_key_is_short_and_printable_whatever_is_in_it(
        text in tricky_text(4), times in 1..2_000_usize, other in tricky_text(4)
    ) {
        let key = text_of(&(text.repeat(times), other));
        prop_assert!(key.len() <= MAX_KEY_BYTES, "{} bytes", key.len());
        prop_assert!(key.starts_with("user:"));
        prop_assert!(!key.contains(char::is_control));
    }
}
