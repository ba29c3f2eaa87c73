async fn page<'a, E, K>(db: E, of: &'a K, tags: &[&str]) -> Result<Vec<u8>, K::Error>
where
    E: Executor + 'a,
    K: Kind,
{
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
        ::core::concat!(::core::module_path!(), "::", "page"),
        "page",
        {
            const __VALUE: ::core::time::Duration = TTL;
            __VALUE
        },
    );
    let __caches = ::two_tier_cache::__private::current();
    match ::two_tier_cache::__private::attempt(
        &__caches,
        &__FUNCTION,
        ::two_tier_cache::__private::Probe::<Result<Vec<u8>, K::Error>>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        ::two_tier_cache::__private::Instance::new(
            ::core::any::type_name_of_val(&|| ()),
            &[::core::any::type_name::<E>()],
            &[::core::any::type_name_of_val(&db)],
        ),
        |__key| {
            {
                ::two_tier_cache::__private::part(__key, &of);
            }
            {
                ::two_tier_cache::__private::part(__key, &tags);
            }
        },
    ) {
        ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
        ::two_tier_cache::__private::Attempt::Miss(__miss) => {
            __miss
                .load(async move {
                    #[allow(unused_braces)]
                    let __output: Result<Vec<u8>, K::Error> = if false {
                        return ::two_tier_cache::__private::never::<
                            Result<Vec<u8>, K::Error>,
                        >();
                    } else {
                        { db.page(of, tags).await }
                    };
                    #[allow(unreachable_code)] return __output;
                })
                .await
        }
    }
}
///Invalidates what `page` caches for these arguments.
///
///It is under way when this returns. Its keys start with `page:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
fn invalidate_page<'key0, 'a, K>(
    of: &'a K,
    tags: impl ::two_tier_cache::KeyArg<[&'key0 str]>,
) -> ::two_tier_cache::Invalidate
where
    K: Kind,
    str: 'key0,
{
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate(
        &__caches,
        "page",
        ::core::time::Duration::ZERO,
        false,
        |__key| {
            {
                ::two_tier_cache::__private::part(__key, &of);
            }
            {
                ::two_tier_cache::__private::arg::<[&'key0 str]>(__key, &tags);
            }
        },
    )
}
