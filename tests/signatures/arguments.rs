//! Arguments of the standard types, each part of the key.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZero, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use two_tier_cache::two_tier_cached;

use super::{Error, TTL, check, row};

#[two_tier_cached(prefix = "arguments.str", ttl = TTL)]
async fn by_str(name: &str) -> Result<u32, Error> {
    if name.is_empty() { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn text_by_reference() {
    check(["ada", "ada:"], async |name| by_str(name).await.unwrap(), invalidate_by_str).await;
}

#[two_tier_cached(prefix = "arguments.string", ttl = TTL)]
async fn by_string(name: String, of: &String) -> Option<u32> {
    (name != *of).then_some(row().await)
}

#[tokio::test]
async fn owned_text() {
    let owned = |name: &str| name.to_owned();
    let call = async |name: String| by_string(name, &owned("x")).await.unwrap();
    check([owned("ada"), owned("bob")], call, |name| invalidate_by_string(name, "x")).await;
}

#[two_tier_cached(prefix = "arguments.slice", ttl = TTL)]
async fn by_slice(ids: &[u64]) -> Result<Vec<(u64, u32)>, Error> {
    let row = row().await;
    Ok(ids.iter().map(|id| (*id, row)).collect())
}

#[tokio::test]
async fn a_slice() {
    let call = async |ids: Vec<u64>| by_slice(&ids).await.unwrap()[0].1;
    check([vec![1, 2], vec![1]], call, |ids| invalidate_by_slice(&ids)).await;
}

#[two_tier_cached(prefix = "arguments.slices", ttl = TTL)]
async fn by_texts(names: &[&str], tags: &[String]) -> Option<u32> {
    (names.len() >= tags.len()).then_some(row().await)
}

#[tokio::test]
async fn slices_of_texts() {
    let tags = ["x".to_owned()];
    let call = async |names: &'static [&'static str]| by_texts(names, &tags).await.unwrap();
    check([&["a", "b"][..], &["ab"]], call, |names| invalidate_by_texts(names, &tags)).await;
}

#[two_tier_cached(prefix = "arguments.vec", ttl = TTL)]
async fn by_vec(ids: Vec<u64>, names: Vec<String>) -> Option<u32> {
    (ids.len() >= names.len()).then_some(row().await)
}

#[tokio::test]
async fn vectors() {
    let names = |name: &str| vec![name.to_owned()];
    let call = async |ids| by_vec(ids, names("x")).await.unwrap();
    check([vec![1], vec![2]], call, |ids| invalidate_by_vec(&ids, names("x"))).await;
}

#[two_tier_cached(prefix = "arguments.optional_str", ttl = TTL)]
async fn by_optional_str(search: Option<&str>, limit: Option<u32>) -> Option<u32> {
    (search.is_some() || limit.is_some()).then_some(row().await)
}

#[tokio::test]
async fn optional_text_and_number() {
    let keys = [(Some("ada"), None), (None, Some(3))];
    let call = async |(search, limit)| by_optional_str(search, limit).await.unwrap();
    check(keys, call, |(search, limit)| invalidate_by_optional_str(search, limit)).await;
}

#[two_tier_cached(prefix = "arguments.optional_ref", ttl = TTL)]
async fn by_optional_reference(after: Option<&(i64, String)>) -> u32 {
    row().await + u32::from(after.is_some_and(|(id, _)| *id < 0))
}

#[tokio::test]
async fn an_optional_reference() {
    let cursor = (7, "ada".to_owned());
    let call = async |after| by_optional_reference(after).await;
    check([Some(&cursor), None], call, invalidate_by_optional_reference).await;
}

/// A field of a patch: absent, null, or a value.
#[two_tier_cached(prefix = "arguments.nested_option", ttl = TTL)]
async fn by_nested_option(patch: Option<Option<u32>>) -> u32 {
    row().await + patch.flatten().unwrap_or_default()
}

#[tokio::test]
async fn an_option_in_an_option() {
    check([Some(None), None], async |id| by_nested_option(id).await, invalidate_by_nested_option)
        .await;
}

#[two_tier_cached(prefix = "arguments.cow", ttl = TTL)]
async fn by_cow(lang: Cow<'_, str>, ids: Cow<'_, [u64]>) -> Result<(String, u32), Error> {
    if ids.is_empty() { Err(Error) } else { Ok((lang.into_owned(), row().await)) }
}

#[tokio::test]
async fn text_that_is_owned_or_not() {
    let keys = [Cow::Borrowed("de"), Cow::Owned("fr".to_owned())];
    let ids = || Cow::Borrowed(&[1, 2][..]);
    let call = async |lang| by_cow(lang, ids()).await.unwrap().1;
    check(keys, call, |lang| invalidate_by_cow(lang, ids())).await;
}

#[two_tier_cached(prefix = "arguments.tuple", ttl = TTL)]
async fn by_tuple(at: (u64, &str), between: &(i32, i32)) -> Option<u32> {
    (at.0 != 0 && between.0 < between.1).then_some(row().await)
}

#[tokio::test]
async fn tuples() {
    let call = async |at| by_tuple(at, &(1, 2)).await.unwrap();
    check([(1, "a"), (1, "b")], call, |at| invalidate_by_tuple(at, (1, 2))).await;
}

#[two_tier_cached(prefix = "arguments.non_zero", ttl = TTL)]
async fn by_non_zero(id: NonZeroU64, of: Option<NonZero<i16>>) -> Result<u32, Error> {
    of.map_or(Err(Error), |_| Ok(id))?;
    Ok(row().await)
}

#[tokio::test]
async fn numbers_that_are_not_zero() {
    let keys = [NonZeroU64::MIN, NonZeroU64::MAX];
    let of = NonZero::new(-1);
    let call = async |id| by_non_zero(id, of).await.unwrap();
    check(keys, call, |id| invalidate_by_non_zero(id, of)).await;
}

#[two_tier_cached(prefix = "arguments.address", ttl = TTL)]
async fn by_address(peer: IpAddr, v4: Ipv4Addr, v6: &Ipv6Addr) -> Result<u32, Error> {
    if peer == v4 || peer == *v6 { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn addresses() {
    let keys = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    let (v4, v6) = (Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED);
    let call = async |peer| by_address(peer, v4, &v6).await.unwrap();
    check(keys, call, |peer| invalidate_by_address(peer, v4, v6)).await;
}

#[two_tier_cached(prefix = "arguments.duration", ttl = TTL)]
async fn by_window(window: Duration) -> Option<u32> {
    (!window.is_zero()).then_some(row().await)
}

#[tokio::test]
async fn a_duration() {
    let keys = [Duration::from_secs(60), Duration::from_millis(60_001)];
    check(keys, async |window| by_window(window).await.unwrap(), invalidate_by_window).await;
}

#[two_tier_cached(prefix = "arguments.array", ttl = TTL)]
async fn by_hash(id: [u8; 16], hash: &[u8; 32]) -> Result<u32, Error> {
    if id[..] == hash[..16] { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn arrays() {
    let call = async |id| by_hash(id, &[0; 32]).await.unwrap();
    check([[1; 16], [2; 16]], call, |id| invalidate_by_hash(id, [0; 32])).await;
}

#[two_tier_cached(prefix = "arguments.set", ttl = TTL)]
async fn by_tags(tags: BTreeSet<String>, options: &BTreeMap<&str, u32>) -> Option<u32> {
    (tags.len() >= options.len()).then_some(row().await)
}

#[tokio::test]
async fn ordered_sets_and_maps() {
    let set = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<BTreeSet<_>>();
    let options = BTreeMap::from([("limit", 1)]);
    let call = async |tags| by_tags(tags, &options).await.unwrap();
    let keys = [set(&["a", "b"]), set(&["a,b"])];
    check(keys, call, |tags| invalidate_by_tags(tags, &options)).await;
}

#[two_tier_cached(prefix = "arguments.shared", ttl = TTL)]
async fn by_shared_text(host: Arc<str>, path: Box<str>, of: &Arc<str>) -> Result<u32, Error> {
    if *host == *path && host == *of { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn shared_and_boxed_text() {
    let of: Arc<str> = "of".into();
    let call = async |host: Arc<str>| by_shared_text(host, "/".into(), &of).await.unwrap();
    check([Arc::from("a.org"), Arc::from("b.org")], call, |host| {
        invalidate_by_shared_text(host, "/", "of")
    })
    .await;
}

#[two_tier_cached(prefix = "arguments.shared_slice", ttl = TTL)]
async fn by_shared_ids(ids: Arc<[u64]>, of: Box<[u32]>) -> Option<u32> {
    (ids.len() >= of.len()).then_some(row().await)
}

#[tokio::test]
async fn shared_and_boxed_slices() {
    let call = async |ids| by_shared_ids(ids, [1].into()).await.unwrap();
    check([Arc::from([1, 2]), Arc::from([12])], call, |ids| {
        invalidate_by_shared_ids(ids, Box::from([1]))
    })
    .await;
}

/// As in `iter().map(|id| ..)` with a closure that takes a reference.
#[two_tier_cached(prefix = "arguments.reference", ttl = TTL)]
async fn by_reference(id: &u64, name: &&str) -> Option<u32> {
    (name.len() as u64 != *id).then_some(row().await)
}

#[tokio::test]
async fn references_to_numbers_and_to_references() {
    let call = async |id| by_reference(&id, &"ada").await.unwrap();
    check([1, 2], call, |id| invalidate_by_reference(id, "ada")).await;
}

#[two_tier_cached(prefix = "arguments.numbers", ttl = TTL)]
async fn by_numbers(a: i8, b: u128, c: usize, d: bool, e: char) -> Result<u32, Error> {
    if d && a == 0 && b == 0 && c == 0 && e == ':' { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn numbers_of_every_width() {
    let keys = [(-1, u128::MAX, 0, true, ':'), (-1, u128::MAX, 0, true, '%')];
    let call = async |(a, b, c, d, e)| by_numbers(a, b, c, d, e).await.unwrap();
    check(keys, call, |(a, b, c, d, e)| invalidate_by_numbers(a, b, c, d, e)).await;
}
