//! Siblings and handles address what the function caches.

#![allow(clippy::needless_borrows_for_generic_args, reason = "references are what is tested")]

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use two_tier_cache::{CacheKey, CacheManager, TwoTierCache, two_tier_cached};

use crate::{cases, run, tricky_text};

const TTL: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, CacheKey)]
struct UserId(u64);

#[derive(Debug, Clone, PartialEq, CacheKey)]
enum Sort {
    Newest,
    By { field: String },
}

macro_rules! cached {
    ($($prefix:literal $name:ident($($arg:ident: $ty:ty),*);)*) => {$(
        #[two_tier_cached(prefix = $prefix, ttl = TTL)]
        async fn $name($($arg: $ty),*) -> Vec<String> {
            vec![$(format!("{:?}", $arg)),*]
        }
    )*};
}

cached! {
    "string" by_string(text: String);
    "str" by_str(text: &str);
    "cow" by_cow(text: Cow<'_, str>);
    "arc" by_arc(text: Arc<str>);
    "vec" by_vec(ids: Vec<u64>);
    "array" by_array(ids: [u64; 2]);
    "arc-slice" by_arc_slice(ids: Arc<[u64]>);
    "slice" by_slice(ids: &[u64]);
    "number" by_number(id: u64);
    "signed" by_signed(number: i64);
    "shared" by_shared(number: Arc<u64>);
    "id" by_id(id: UserId);
    "id-ref" by_id_ref(id: &UserId);
    "option" by_option(text: Option<String>);
    "option-str" by_option_str(text: Option<&str>);
    "sort" by_sort(sort: Sort);
    "many" by_many(tenant: u32, name: &str, sort: &Sort, page: Option<u8>);
    "nothing" by_nothing();
}

fn handle(prefix: &str) -> (CacheManager, TwoTierCache<Vec<String>>) {
    let caches = CacheManager::builder().build().unwrap();
    let handle = caches.cache(prefix).build();
    (caches, handle)
}

/// Fills through the function, and checks that the handle with the same key sees it come, and
/// sees it go with every way to call the sibling.
macro_rules! addresses {
    ($prefix:literal, $key:expr, $call:expr, $($invalidate:expr),+ $(,)?) => {{
        let (caches, entries) = handle($prefix);
        caches.scope(async {
            $(
                assert!(!entries.exists($key).await);
                $call.await;
                assert!(entries.exists($key).await, "the handle sees what the function cached");
                $invalidate.await;
                assert!(!entries.exists($key).await, stringify!($invalidate));
            )+
            $call.await;
            entries.invalidate($key).await;
            assert!(entries.set($key, &vec!["from the handle".to_owned()]).await);
            assert_eq!($call.await, ["from the handle"], "the function hits what the handle set");
        })
        .await;
    }};
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_sibling_takes_a_text_in_any_form(text in tricky_text(4)) {
        let borrowed = text.as_str();
        run(async {
            addresses!("string", &text, by_string(text.clone()),
                invalidate_by_string(text.clone()), invalidate_by_string(&text),
                invalidate_by_string(borrowed), invalidate_by_string(&borrowed),
                invalidate_by_string(Cow::Borrowed(borrowed)));
            addresses!("str", &text, by_str(borrowed),
                invalidate_by_str(borrowed), invalidate_by_str(&borrowed),
                invalidate_by_str(text.clone()), invalidate_by_str(&text),
                invalidate_by_str(Cow::Borrowed(borrowed)),
                invalidate_by_str(Box::<str>::from(borrowed)),
                invalidate_by_str(Arc::<str>::from(borrowed)));
            addresses!("cow", &text, by_cow(borrowed.into()),
                invalidate_by_cow(borrowed), invalidate_by_cow(text.clone()),
                invalidate_by_cow(&text), invalidate_by_cow(Cow::Borrowed(borrowed)));
            addresses!("arc", &text, by_arc(borrowed.into()),
                invalidate_by_arc(borrowed), invalidate_by_arc(&text),
                invalidate_by_arc(Arc::<str>::from(borrowed)));
            addresses!("option", &Some(borrowed), by_option(Some(text.clone())),
                invalidate_by_option(Some(text.clone())),
                invalidate_by_option(&Some(text.clone())));
        });
    }

    #[test]
    fn a_sibling_takes_a_sequence_in_any_form(ids: [u64; 3]) {
        let list = ids.to_vec();
        run(async {
            addresses!("vec", &list, by_vec(list.clone()),
                invalidate_by_vec(list.clone()), invalidate_by_vec(&list),
                invalidate_by_vec(list.as_slice()), invalidate_by_vec(ids),
                invalidate_by_vec(&ids));
            addresses!("slice", &list, by_slice(&list),
                invalidate_by_slice(list.as_slice()), invalidate_by_slice(list.clone()),
                invalidate_by_slice(&list), invalidate_by_slice(ids),
                invalidate_by_slice(&ids));
        });
    }

    #[test]
    fn a_sibling_takes_a_value_or_a_reference(id: u64, field in tricky_text(3)) {
        let sort = Sort::By { field };
        run(async {
            addresses!("number", &id, by_number(id),
                invalidate_by_number(id), invalidate_by_number(&id));
            addresses!("id", &id, by_id(UserId(id)),
                invalidate_by_id(UserId(id)), invalidate_by_id(&UserId(id)));
            addresses!("id-ref", &id, by_id_ref(&UserId(id)),
                invalidate_by_id_ref(UserId(id)), invalidate_by_id_ref(&UserId(id)));
            addresses!("sort", &sort, by_sort(sort.clone()),
                invalidate_by_sort(sort.clone()), invalidate_by_sort(&sort));
        });
    }

    #[test]
    fn a_tuple_on_a_handle_is_several_parts(tenant: u32, name in tricky_text(3), page: Option<u8>) {
        let sort = Sort::By { field: name.clone() };
        run(async {
            addresses!("many", &(tenant, name.as_str(), &sort, page),
                by_many(tenant, &name, &sort, page),
                invalidate_by_many(tenant, &name, &sort, page),
                invalidate_by_many(&tenant, name.clone(), sort.clone(), &page));
        });
    }
}

#[tokio::test]
async fn a_sibling_infers_the_type_of_literals() {
    addresses!("string", "a:b", by_string("a:b".into()), invalidate_by_string("a:b"));
    addresses!("vec", &vec![1, 2], by_vec(vec![1, 2]), invalidate_by_vec([1, 2]));
    addresses!("vec", &[0_u8; 0], by_vec(vec![]), invalidate_by_vec([]));
    addresses!("slice", &[1, 2], by_slice(&[1, 2]), invalidate_by_slice([1, 2]));
    addresses!("array", &[1, 2], by_array([1, 2]), invalidate_by_array([1, 2]));
    addresses!("arc-slice", &[1, 2], by_arc_slice([1, 2].into()), invalidate_by_arc_slice([1, 2]));
    addresses!("number", &42, by_number(42), invalidate_by_number(42));
    addresses!("signed", &-1, by_signed(-1), invalidate_by_signed(-1));
    addresses!("shared", &42, by_shared(42.into()), invalidate_by_shared(&42));
    addresses!("option", &None::<u8>, by_option(None), invalidate_by_option(None));
    addresses!("option-str", &None::<u8>, by_option_str(None), invalidate_by_option_str(None));
    addresses!("option-str", "x", by_option_str(Some("x")), invalidate_by_option_str(Some("x")));
    addresses!("sort", "Newest", by_sort(Sort::Newest), invalidate_by_sort(Sort::Newest));
    addresses!(
        "many",
        &(1, "x", "Newest", Some(2)),
        by_many(1, "x", &Sort::Newest, Some(2)),
        invalidate_by_many(1, "x", Sort::Newest, Some(2)),
    );
}

#[tokio::test]
async fn a_function_without_arguments_has_the_key_of_nothing() {
    addresses!("nothing", &(), by_nothing(), invalidate_by_nothing());
}
