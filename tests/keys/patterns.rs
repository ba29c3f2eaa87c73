//! Patterns: what they cover, and that they stay inside their prefix and namespace.

#[path = "glob_reference.rs"]
mod glob_reference;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::Index;
use two_tier_cache::TwoTierCache;
use two_tier_cache::backend::Glob;
use two_tier_cache::testing::EncodedBackend;

use self::glob_reference::{covered_text, pieces, written};
use crate::{cases, entries, on, run, tricky_text};

/// The texts of `texts` that are left after a pattern.
async fn left_after<'a>(pattern: &str, texts: &[&'a str]) -> Vec<&'a str> {
    let (_, entries) = entries();
    for text in texts {
        assert!(entries.set(*text, &0).await);
    }
    entries.invalidate_pattern(pattern).await;
    let mut left = Vec::new();
    for text in texts {
        if entries.exists(*text).await {
            left.push(*text);
        }
    }
    left
}

#[tokio::test]
async fn a_pattern_means_what_it_says() {
    let left = async |pattern, texts| left_after(pattern, texts).await;
    assert_eq!(left("42:*", &["42:de", "42:", "421:de", "42"]).await, ["421:de", "42"]);
    assert_eq!(left("*:de", &["42:de", ":de", "42:den"]).await, ["42:den"]);
    assert_eq!(left("a?c", &["abc", "aéc", "a🦀c", "ac", "abbc"]).await, ["ac", "abbc"]);
    assert_eq!(left("[a-c]x", &["ax", "cx", "dx", "x"]).await, ["dx", "x"]);
    assert_eq!(left("[^a-c]x", &["ax", "dx", "x"]).await, ["ax", "x"]);
    assert_eq!(left(r"\*", &["*", "x", ""]).await, ["x", ""]);
    assert_eq!(left(r"[\]]", &["]", "["]).await, ["["]);
    assert_eq!(left("", &["", "a"]).await, ["a"]);
    assert_eq!(left("*", &["", "a", "a\nb\0", "*"]).await, [""; 0]);
    assert_eq!(left("A", &["a", "A"]).await, ["a"]);
}

#[tokio::test]
async fn a_pattern_is_matched_with_the_text_as_it_reads() {
    assert_eq!(left_after("a:b", &["a:b", "a%3Ab", "ab"]).await, ["a%3Ab", "ab"]);
    assert_eq!(left_after("a:*", &["a:b", "a%3Ab"]).await, ["a%3Ab"]);
    assert_eq!(left_after("a%3A*", &["a:b", "a%3Ab"]).await, ["a:b"]);
    assert_eq!(left_after("50%", &["50%", "50%25"]).await, ["50%25"]);
    assert_eq!(left_after("a\nb", &["a\nb", "a b"]).await, ["a b"]);
    assert_eq!(left_after("a?b", &["a\nb", "a:b", "a%b", "a\u{80}b"]).await, [""; 0]);
}

#[tokio::test]
async fn parts_are_joined_by_colons_and_an_absent_one_reads_as_its_mark() {
    let (_, entries) = entries();
    for (pattern, covered) in [
        ("42:de", true),
        ("42:*", true),
        ("*:de", true),
        ("4?:d[e]", true),
        ("42", false),
        ("42:de:*", false),
        ("42de", false),
    ] {
        assert!(entries.set(&(42, "de"), &0).await);
        entries.invalidate_pattern(pattern).await;
        assert_eq!(entries.exists(&(42, "de")).await, !covered, "{pattern}");
    }
    assert!(entries.set(&(42, None::<u8>), &0).await);
    entries.invalidate_pattern("42:%-").await;
    assert!(!entries.exists(&(42, None::<u8>)).await);
    assert!(entries.set(&(), &0).await);
    entries.invalidate_pattern("").await;
    assert!(!entries.exists(&()).await);
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn patterns_agree_with_a_naive_matcher(
        pattern in pieces(), texts in vec(covered_text(), 1..20)
    ) {
        let written = written(&pattern);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let expected: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| !glob_reference::covers(&pattern, &text.chars().collect::<Vec<_>>()))
            .collect();
        prop_assert_eq!(run(left_after(&written, &texts)), expected, "{}", written);
    }

    #[test]
    fn an_escaped_text_matches_itself_alone(
        text in covered_text(), others in vec(covered_text(), 0..20)
    ) {
        let texts: Vec<&str> = others.iter().chain([&text]).map(String::as_str).collect();
        let expected: Vec<&str> = texts.iter().copied().filter(|other| *other != text).collect();
        prop_assert_eq!(run(left_after(&Glob::escape(&text), &texts)), expected);
        // Near misses, which random texts seldom are.
        for at in 0..text.chars().count() {
            let without: String =
                text.chars().enumerate().filter(|(here, _)| *here != at).map(|(_, c)| c).collect();
            let glob = Glob::new("user:".into(), &Glob::escape(&text));
            let near = format!("user:{}", without.replace('%', "%25"));
            prop_assert!(!glob.matches(&near), "{}", near);
        }
    }

    #[test]
    fn an_escaped_text_keeps_its_place_in_a_pattern(
        head in covered_text(), middle in covered_text(), end in covered_text()
    ) {
        let pattern = format!("{}*{}", Glob::escape(&head), Glob::escape(&end));
        let text = format!("{head}{middle}{end}");
        prop_assert_eq!(run(left_after(&pattern, &[&text])), [""; 0]);
        let class = |char: char| format!("[x{}z]", Glob::escape(&char.to_string()));
        let pattern: String = text.chars().map(class).collect();
        prop_assert_eq!(run(left_after(&pattern, &[&text, "y"])), ["y"], "{}", pattern);
    }

    #[test]
    fn any_pattern_stays_inside_its_prefix_and_namespace(
        pattern in tricky_text(8),
        parts in (tricky_text(3), of(tricky_text(3)), vec(tricky_text(2), 0..3)),
        times in prop_oneof![Just(1_usize), 1..400_usize],
        at: Index,
    ) {
        let parts = (parts.0.repeat(times), parts.1, parts.2);
        run(async {
            let server = EncodedBackend::new();
            let mut others = handles(&server);
            let own = others.swap_remove(at.index(others.len()));
            for entries in others.iter().chain([&own]) {
                assert!(entries.set(&parts, &0).await);
            }
            let text = format!("{}*", Glob::escape(&parts.0));
            for pattern in [pattern.as_str(), "", "*", "**", "?*", "[^a]*", "2:*", "*:*", &text] {
                own.invalidate_pattern(pattern).await;
            }
            assert!(!own.exists(&parts).await);
            for entries in &others {
                assert!(entries.exists(&parts).await, "{own:?} reaches {entries:?}");
            }
        });
    }
}

/// Handles with and without a namespace, in which everything begins like something else.
///
/// No prefix is called like a namespace: `shop` without one leads the same keys as the namespace
/// `shop`, which is for the users to avoid.
fn handles(server: &EncodedBackend) -> Vec<TwoTierCache<usize>> {
    let mut handles = Vec::new();
    for namespace in [None, Some("shop"), Some("shop2"), Some("sho"), Some("shop.user"), Some("u")]
    {
        for prefix in ["user", "users", "user.list", "user-1", "user_", "use", "2"] {
            handles.push(handle(server, namespace, prefix));
        }
    }
    // In a namespace, a prefix may be called like one.
    for namespace in ["shop", "sho"] {
        handles.push(handle(server, Some(namespace), "shop"));
    }
    handles
}

fn handle(server: &EncodedBackend, namespace: Option<&str>, prefix: &str) -> TwoTierCache<usize> {
    let builder = on(server);
    let builder = match namespace {
        Some(namespace) => builder.namespace(namespace),
        None => builder,
    };
    builder.build().unwrap().cache(prefix).build()
}

#[tokio::test]
async fn a_text_with_a_colon_falls_to_the_patterns_that_match_it() {
    for pattern in ["*", "a:*", "a:b", "*:b", "?:?", "[a]:b"] {
        assert_eq!(left_after(pattern, &["a:b"]).await, [""; 0], "{pattern}");
    }
    for pattern in ["b:*", "a:", ":b", "a%3Ab", "a:b:*", "ab"] {
        assert_eq!(left_after(pattern, &["a:b"]).await, ["a:b"], "{pattern}");
    }
}

#[tokio::test]
async fn a_text_of_10_kb_falls_to_the_patterns_that_match_it() {
    let long = format!("tenant7:{}zebra", "x".repeat(10_000));
    for pattern in ["*", "tenant7:*", "*zebra", "tenant?:x*ra", "*x*x*zebr[a-c]", &long] {
        assert_eq!(left_after(pattern, &[&long]).await, [""; 0], "{pattern:.40}");
    }
    for pattern in ["tenant8:*", "tenant7:y*", "tenant7:x", "x*", "", "?", "[^t]*"] {
        assert_eq!(left_after(pattern, &[&long]).await, [&long], "{pattern}");
    }
}

#[tokio::test]
async fn a_long_text_is_not_cut_inside_an_escaped_character() {
    let text = "\u{80}".repeat(500);
    assert_eq!(left_after(&Glob::escape(&text), &[&text]).await, [""; 0]);
}

proptest! {
    #![proptest_config(cases(256))]

    /// Of a long key only the beginning is known, so a pattern may take too many, never too few.
    #[test]
    fn a_long_text_falls_to_every_pattern_that_matches_it(
        text in tricky_text(6), times in 1..400_usize, end in tricky_text(3), kept in 0..2_000_usize
    ) {
        let text = text.repeat(times) + &end;
        let beginning: String = text.chars().take(kept).collect();
        for pattern in [Glob::escape(&text), Glob::escape(&beginning) + "*", format!("*{}", Glob::escape(&end))] {
            prop_assert_eq!(run(left_after(&pattern, &[&text])), [""; 0]);
        }
    }

    #[test]
    fn a_long_text_is_kept_by_patterns_that_begin_otherwise(
        text in tricky_text(6), times in 1..400_usize, at in 0..70_usize
    ) {
        let text = format!("x{}", text.repeat(times));
        prop_assume!(!text.contains('ß'));
        let mut other: Vec<char> = text.chars().take(at + 1).collect();
        *other.last_mut().unwrap() = 'ß';
        let pattern = Glob::escape(&String::from_iter(other)) + "*";
        prop_assert_eq!(run(left_after(&pattern, &[&text])), [&text]);
    }
}
